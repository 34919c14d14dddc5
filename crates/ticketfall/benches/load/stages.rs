//! Listens to the stages that the service goes through, and when.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use ticketfall::telemetry::stages::TARGET;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// The time in nanoseconds, which another process on this machine tells the same.
pub(crate) fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

/// What was heard.
#[derive(Debug, Clone)]
pub(crate) enum Heard {
    /// A stage was over at this time in nanoseconds.
    Over(u128, String),
    /// A look began so many microseconds late.
    Late(u64),
}

/// Hears from when it is made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ear {
    heard: Arc<Mutex<Vec<Heard>>>,
    /// Else only of looks that began late: what is kept here counts as the service's own work and memory.
    every_stage: bool,
}

impl Ear {
    pub(crate) fn open() -> Self {
        Self::default().opened()
    }

    /// Hears every stage.
    pub(crate) fn of_stages() -> Self {
        Self { every_stage: true, ..Self::default() }.opened()
    }

    fn opened(self) -> Self {
        tracing_subscriber::registry().with(self.clone()).init();
        self
    }

    /// What was heard since it was last asked.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().expect("nobody panics with what was heard"))
    }
}

impl<S: Subscriber> Layer<S> for Ear {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == TARGET
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut heard = Reader { every_stage: self.every_stage, heard: None };
        event.record(&mut heard);
        if let Some(heard) = heard.heard {
            self.heard.lock().expect("nobody panics with what was heard").push(heard);
        }
    }
}

struct Reader {
    every_stage: bool,
    heard: Option<Heard>,
}

impl Visit for Reader {
    fn record_str(&mut self, _: &Field, stage: &str) {
        self.heard = self.every_stage.then(|| Heard::Over(now(), stage.to_owned()));
    }

    fn record_u128(&mut self, _: &Field, micros: u128) {
        self.heard = u64::try_from(micros).ok().map(Heard::Late);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
