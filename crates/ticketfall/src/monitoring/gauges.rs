//! What goes up and down, looked up when somebody asks for the numbers.

use std::time::Duration;

use ticketfall_core::watch::View;

use super::Supervisor;
use crate::store::{self, sessions};
use crate::telemetry;
use crate::telemetry::metrics::{Counter, Gauge, Metrics};

/// Every status word, a fall's without its time.
const WORDS: [&str; 11] = [
    "StartingAgain",
    "SearchingTickets",
    "TicketFall",
    "Tickets",
    "SessionError",
    "KeyNotFound",
    "Captcha",
    "Queue",
    "Blocked",
    "BackingOff",
    "Stopped",
];

const SESSIONS_WITHIN: Duration = Duration::from_secs(2);

/// Every part of the service that can be in trouble.
const PARTS: [&str; 7] = ["watch", "sight", "queue", "search", "stream", "store", "clock"];

impl Supervisor {
    /// All numbers of the service, as Prometheus reads them.
    pub async fn metrics(&self) -> Result<String, store::Error> {
        let metrics = self.notices().metrics();
        self.tell_searches(metrics);
        self.tell_sellers(metrics);
        self.tell_health(metrics);
        self.tell_sessions(metrics).await?;
        Ok(metrics.text())
    }

    /// A store that does not answer leaves what was told of them last: all other numbers are told without it.
    async fn tell_sessions(&self, metrics: &Metrics) -> Result<(), store::Error> {
        let asked = tokio::time::timeout(SESSIONS_WITHIN, sessions::ages(&self.0.parts.store)).await;
        let Ok(ages) = asked else { return Ok(()) };
        let (sessions, oldest) = ages?;
        let now = self.0.parts.clock.now();
        let oldest = oldest.map(|at| now.duration_since(at).as_secs_f64());
        metrics.set(Gauge::Sessions, &[], sessions.into());
        metrics.set(Gauge::SessionAge, &[], oldest.unwrap_or_default().max(0.0));
        Ok(())
    }

    fn tell_searches(&self, metrics: &Metrics) {
        let counts = self.0.roll.words();
        for word in WORDS {
            let count = counts.get(word).copied().unwrap_or_default();
            metrics.set(Gauge::Searches, &[("status", word)], count.into());
        }
    }

    fn tell_health(&self, metrics: &Metrics) {
        let health = self.health();
        for part in PARTS {
            let troubles = health.troubles.iter().filter(|trouble| trouble.concern.name() == part).count();
            let troubles = u32::try_from(troubles).unwrap_or(u32::MAX);
            metrics.set(Gauge::Troubles, &[("part", part)], troubles.into());
        }
        let waiting = self.0.parts.store.waiting() + self.0.sightings.unwritten().records;
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        metrics.set(Gauge::StoreWaiting, &[], waiting.into());
        for (to, lost) in telemetry::lines_lost() {
            metrics.counted(Counter::LinesLost, &[("to", to)], lost);
        }
    }

    /// Sellers that nobody looks at are not blind.
    fn tell_sellers(&self, metrics: &Metrics) {
        let watches = self.watches();
        for seller in self.sellers().into_iter().filter(|seller| !seller.is_template) {
            let views = watches.iter().filter(|(key, _)| key.seller == seller.id).map(|(_, view)| view);
            let blind = views.map(|view: &View| view.blind).max().unwrap_or(Duration::ZERO);
            metrics.set(Gauge::Blind, &[("seller", seller.id.as_str())], blind.as_secs_f64());
        }
        for (host, left, rules) in self.budgets() {
            let host = [("host", host.as_str())];
            if let Some((left, budget)) = left.zip(rules.budget) {
                metrics.set(Gauge::BudgetLeft, &host, left.into());
                metrics.set(Gauge::BudgetLimit, &host, budget.requests.into());
            }
        }
    }
}
