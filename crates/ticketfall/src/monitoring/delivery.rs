//! Carries notices to the webhook: written down first, tried again with growing waits, and forgotten only when
//! they have arrived or are given up. So a notice survives a restart, and a fall that flickers is told once.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast::error::RecvError;

use super::{Supervisor, locked};
use crate::notify::webhook::{Undelivered, Webhook};
use crate::notify::{Dated, Notice};
use crate::store::deliveries::{self, Delivery};
use crate::telemetry::metrics::Counter;

const WAIT_MIN: Duration = Duration::from_secs(5);
const WAIT_MAX: Duration = Duration::from_hours(1);
/// A notice that is older is of no use to anybody.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// The delivery that is only a test.
const TEST: &str = "test";
/// What tells two notices of the same thing apart.
const FLEETING: [&str; 9] =
    ["at", "id", "firstSeen", "lastSeen", "goneAt", "tookMs", "blindMs", "secondsLeft", "expiresAt"];

/// Who was told of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestTold {
    /// The webhook and whether it took it, where there is one.
    pub webhook: Option<(String, Result<(), Undelivered>)>,
}

impl Supervisor {
    /// Tells the webhook from now on, and what an earlier run left undelivered.
    pub fn tell_webhook(&self, webhook: Webhook) {
        let webhook = Arc::new(webhook);
        *locked(&self.0.webhook) = Some(Arc::clone(&webhook));
        let supervisor = self.clone();
        self.0.tasks.spawn(async move {
            let ending = supervisor.0.ending.clone();
            ending.run_until_cancelled(supervisor.deliver_all(&webhook)).await;
        });
    }

    /// Tells everybody a notice that says nothing, and the webhook at once.
    pub async fn test_notices(&self) -> TestTold {
        let now = self.0.parts.clock.now();
        let notice = Notice::Test { words: "this is a test".to_owned() };
        self.notices().tell(now, notice.clone());
        let webhook = locked(&self.0.webhook).clone();
        let Some(webhook) = webhook else { return TestTold { webhook: None } };
        let body = body(&Dated { number: 0, at: now, notice }).to_string();
        let delivered = webhook.deliver(TEST, body, now).await;
        TestTold { webhook: Some((webhook.place(), delivered)) }
    }

    async fn deliver_all(&self, webhook: &Webhook) {
        let clock = self.0.parts.clock;
        let mut heard = self.notices().listen_after(u64::MAX);
        let mut last = heard.last;
        let mut turn = self.turn().await;
        loop {
            let is_changed = tokio::select! {
                biased;
                told = heard.live.recv() => match told {
                    Ok(dated) => {
                        last = dated.number;
                        self.send_on_its_way(webhook, &dated).await
                    }
                    Err(RecvError::Lagged(missed)) => {
                        self.notices().were_missed(missed);
                        heard = self.notices().listen_after(last);
                        for dated in std::mem::take(&mut heard.missed) {
                            last = dated.number;
                            self.send_on_its_way(webhook, &dated).await;
                        }
                        true
                    }
                    Err(RecvError::Closed) => return,
                },
                () = super::watch_runner::at(clock, turn) => {
                    self.deliver_first(webhook).await;
                    true
                }
            };
            if is_changed {
                turn = self.turn().await;
            }
        }
    }

    /// When the next delivery is due.
    async fn turn(&self) -> Option<Timestamp> {
        self.first().await.map(|delivery| delivery.next_at)
    }

    /// Whether the notice is wanted and was not on its way already.
    async fn send_on_its_way(&self, webhook: &Webhook, dated: &Dated) -> bool {
        let notice = body(dated);
        if !webhook.wants(notice["event"].as_str().unwrap_or_default()) {
            return false;
        }
        let store = &self.0.parts.store;
        let added = deliveries::add(store, subject(&notice), notice.to_string(), dated.at).await;
        added.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot keep a notice for the webhook");
            false
        })
    }

    async fn first(&self) -> Option<Delivery> {
        let first = deliveries::first(&self.0.parts.store).await;
        first.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot read what is on its way to the webhook");
            None
        })
    }

    async fn deliver_first(&self, webhook: &Webhook) {
        let Some(delivery) = self.first().await else { return };
        let now = self.0.parts.clock.now();
        let delivered = webhook.deliver(&delivery.id.to_string(), delivery.body.clone(), now).await;
        let result = if delivered.is_ok() { "delivered" } else { "failed" };
        self.notices().metrics().count(Counter::Deliveries, &[("result", result)]);
        let store = &self.0.parts.store;
        let written = match delivered {
            Ok(()) => deliveries::forget(store, delivery.id).await,
            Err(why) => {
                let next_at = now + wait(delivery.tries);
                let is_over = why == Undelivered::Gone || next_at.duration_since(delivery.told_at) > AGE_MAX;
                let place = webhook.place();
                if is_over {
                    tracing::warn!(place, %why, "a notice is given up: the webhook did not take it");
                    deliveries::forget(store, delivery.id).await
                } else {
                    tracing::info!(place, %why, tries = delivery.tries + 1, "the webhook is tried again");
                    deliveries::again(store, delivery.id, next_at).await
                }
            }
        };
        if let Err(error) = written {
            tracing::error!(%error, "cannot note what became of a delivery");
            // What cannot be noted would be delivered again and again at once.
            self.0.parts.clock.sleep_until(now + WAIT_MAX).await;
        }
    }
}

/// Doubles with each try.
fn wait(tries: u32) -> Duration {
    WAIT_MIN.saturating_mul(2_u32.saturating_pow(tries)).min(WAIT_MAX)
}

fn body(dated: &Dated) -> Value {
    serde_json::to_value(dated).expect("notices are plain data")
}

/// The same for notices of the same thing, however often it comes and goes.
fn subject(notice: &Value) -> String {
    let digest = Sha256::digest(lasting(notice).to_string());
    digest.iter().take(16).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn lasting(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !FLEETING.contains(&name.as_str()));
            Value::Object(kept.map(|(name, value)| (name.clone(), lasting(value))).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(lasting).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn waits_grow_to_an_hour() {
        let waits: Vec<u64> = [0, 1, 2, 9, 10, 40].map(|tries| wait(tries).as_secs()).to_vec();
        assert_eq!(waits, [5, 10, 20, 2_560, 3_600, 3_600]);
    }

    #[test]
    fn a_fall_that_comes_back_is_the_same_subject_and_another_is_not() {
        let fall = |number: u64, row: i64, at: &str| {
            let seats = json!({ "run": { "y": row, "start": 1, "end": 2 } });
            subject(
                &json!({ "event": "fall", "at": at, "fall": { "id": number, "seats": seats, "firstSeen": at } }),
            )
        };
        assert_eq!(fall(1, 7, "2026-11-22T21:41:10Z"), fall(2, 7, "2026-11-22T21:43:00Z"));
        assert_ne!(fall(1, 7, "2026-11-22T21:41:10Z"), fall(1, 8, "2026-11-22T21:41:10Z"));
    }
}
