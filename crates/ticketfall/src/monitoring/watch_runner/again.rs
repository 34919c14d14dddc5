//! A watch that ended by a mistake of ours, or got stuck, and begins anew: with its members, and with what the
//! store knows of its falls. When that happens is not decided here.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use ticketfall_core::watch::Input;
use tokio::sync::mpsc;

use super::{Command, Order, Seated, WatchParts, WatchRunner, record};
use crate::seller::LookMemory;

/// How a stretch of looking ended.
enum Ended {
    /// Its last member has left.
    Wholly,
    /// By a mistake of ours.
    Badly,
    /// It is to begin anew.
    Stuck,
}

impl WatchRunner {
    /// Runs until its last member has left, however often it has to begin anew.
    pub(in crate::monitoring) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let life = Arc::clone(&self.life);
        loop {
            let running = AssertUnwindSafe(self.run_on(&mut commands)).catch_unwind();
            let ended = tokio::select! {
                biased;
                () = life.to_begin_anew() => Ended::Stuck,
                ended = running => ended.map_or(Ended::Badly, |()| Ended::Wholly),
            };
            let goes_on = match ended {
                Ended::Wholly => false,
                Ended::Stuck => true,
                Ended::Badly => self.wait_for_it(&mut commands).await,
            };
            if !goes_on {
                return;
            }
            self.begin_anew().await;
        }
    }

    /// Waits until it may begin anew; nobody is left waiting for an answer meanwhile. False when all have left.
    async fn wait_for_it(&mut self, commands: &mut mpsc::Receiver<Command>) -> bool {
        tracing::error!(watched = %self.parts.key.event, "the watch failed");
        let life = Arc::clone(&self.life);
        life.is_gone_now(true);
        loop {
            tokio::select! {
                biased;
                () = life.to_begin_anew() => break,
                command = commands.recv() => match command {
                    Some(command) => self.on_command_meanwhile(command),
                    None => return false,
                }
            }
        }
        life.is_gone_now(false);
        true
    }

    /// What members stand for and hold, they say again when it begins; a choice that is not made is no choice.
    fn on_command_meanwhile(&mut self, command: Command) {
        match command {
            Command::Join { member, terms, orders } => {
                let seated = Seated { member: Arc::clone(&member), orders, criteria: terms.criteria };
                self.seated.insert(member.profile().clone(), seated);
            }
            Command::Leave(profile, orders) => {
                if self.seated.get(&profile).is_some_and(|seated| seated.orders.same_channel(&orders)) {
                    self.seated.remove(&profile);
                }
            }
            Command::Spend(spending) => self.spending = spending,
            Command::Stands(..)
            | Command::Take(_)
            | Command::LetGo { .. }
            | Command::Planned(_)
            | Command::Choose(_) => {}
        }
    }

    /// A look that was on its way is dropped, and its connection with it.
    async fn begin_anew(&mut self) {
        (self.looking, self.wake_at, self.due_at) = (None, None, None);
        self.memory = Some(LookMemory::default());
        self.parts.book.lock().end(self.writer, self.parts.clock.now());
        let WatchParts { store, sightings, key, .. } = &self.parts;
        let known = record::book(store, sightings, key).await;
        let unread = |error: &_| tracing::error!(%error, what = "falls", "cannot read what is kept: what is remembered counts");
        let watch = self.parts.watch(known.inspect_err(unread).ok());
        self.writer = watch.writer();
        self.watch = Some(watch);
        self.readings = record::Readings::new(self.parts.key.event.clone());
        let known = self.seated.values().next().map(|seated| seated.member.prepared());
        self.step(Input::Spend(self.spending.clone())).await;
        if let Some(known) = known {
            self.step(Input::Planned(Arc::clone(&known.plan))).await;
        }
        tracing::info!(watched = %self.parts.key.event, members = self.seated.len(), "the watch begins anew");
        for profile in self.seated.keys() {
            self.order(profile, Order::Rejoin);
        }
    }
}
