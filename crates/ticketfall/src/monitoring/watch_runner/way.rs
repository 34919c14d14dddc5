//! The ways to a watch: one that keeps it running, and one that only remembers it.

use std::sync::Arc;

use jiff::Timestamp;
use ticketfall_core::watch::View;
use tokio::sync::{mpsc, watch};

use super::Command;
use crate::monitoring::event_facts::EventFacts;
use crate::monitoring::life::WatchLife;
use crate::monitoring::tidings::Listener;

/// The way to a running watch, which runs for as long as somebody has one.
#[derive(Debug, Clone)]
pub(in crate::monitoring) struct WatchHandle {
    pub(in crate::monitoring) commands: mpsc::Sender<Command>,
    pub(in crate::monitoring) view: watch::Receiver<View>,
    pub(in crate::monitoring) tidings: Listener,
    pub(in crate::monitoring) facts: Arc<EventFacts>,
    pub(in crate::monitoring) life: Arc<WatchLife>,
}

/// What is remembered of a watch without keeping it running.
#[derive(Debug)]
pub(in crate::monitoring) struct WatchEntry {
    commands: mpsc::WeakSender<Command>,
    view: watch::Receiver<View>,
    tidings: Listener,
    facts: Arc<EventFacts>,
    life: Arc<WatchLife>,
}

impl WatchEntry {
    /// The way to the watch, while it runs.
    pub(in crate::monitoring) fn handle(&self) -> Option<WatchHandle> {
        let commands = self.commands.upgrade().filter(|commands| !commands.is_closed())?;
        let (view, tidings) = (self.view.clone(), self.tidings.clone());
        let (facts, life) = (Arc::clone(&self.facts), Arc::clone(&self.life));
        Some(WatchHandle { commands, view, tidings, facts, life })
    }

    /// When it looked last, also where it has ended since.
    pub(in crate::monitoring) fn looked_at(&self) -> Option<Timestamp> {
        self.view.borrow().looked_at
    }

    /// What the watch shows of itself, while it runs.
    pub(in crate::monitoring) fn view(&self) -> Option<View> {
        self.handle().map(|handle| handle.view.borrow().clone())
    }
}

impl WatchHandle {
    pub(in crate::monitoring) fn entry(&self) -> WatchEntry {
        let (view, tidings) = (self.view.clone(), self.tidings.clone());
        let (facts, life) = (Arc::clone(&self.facts), Arc::clone(&self.life));
        WatchEntry { commands: self.commands.downgrade(), view, tidings, facts, life }
    }

    /// Tells the watch; one that has ended needs no telling.
    pub(in crate::monitoring) async fn tell(&self, command: Command) {
        let _ended_already = self.commands.send(command).await;
    }
}
