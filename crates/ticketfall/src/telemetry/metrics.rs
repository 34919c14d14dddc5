//! Numbers for Prometheus, in base units. Each service counts for itself, and no number is told apart by a
//! member or a seat.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder as _, SharedString, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// How many observations are kept before they are added up.
const RAW_MAX: u32 = 1_024;
/// Where observations are told apart, in seconds: a look takes tens of milliseconds, a queue an hour.
const QUICK: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const SLOW: [f64; 9] = [1.0, 10.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0];

const METADATA: Metadata<'_> = Metadata::new(module_path!(), Level::INFO, None);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Looks, by `seller` and `outcome`.
    Looks,
    /// Falls, by `seller`.
    Falls,
    /// Holds that were answered, by `seller` and `result`.
    Holds,
    /// Baskets that were read to judge a hold, by `seller` and `result`.
    Proofs,
    /// Webhook deliveries that were tried, by `result`.
    Deliveries,
    /// Parts of the service that were begun anew, by `part`.
    Restarts,
    /// Lines of the log that were not read in time, by where `to`.
    LinesLost,
}

/// What goes up and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gauge {
    /// Searches by `status`.
    Searches,
    /// Seconds for which no reading could be understood, the longest of each `seller`.
    Blind,
    /// Requests that may be sent now, by `host`.
    BudgetLeft,
    /// Requests of a whole budget, by `host`.
    BudgetLimit,
    /// Sessions that are kept.
    Sessions,
    /// Seconds since the oldest of them was taken.
    SessionAge,
    /// What is wrong with the service itself, by `part`.
    Troubles,
    /// Records that wait to be written.
    StoreWaiting,
}

/// What takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Histogram {
    /// From a look's request to its last byte, by `seller`.
    LookTook,
    /// From when a look was due to when it began, by `seller`.
    LookLate,
    /// From when seats were seen to when they were proven, by `seller`.
    SeenToHeld,
    /// In a waiting room, by `seller`.
    QueueWait,
}

impl Counter {
    const ALL: [Self; 7] = [
        Self::Looks,
        Self::Falls,
        Self::Holds,
        Self::Proofs,
        Self::Deliveries,
        Self::Restarts,
        Self::LinesLost,
    ];

    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Looks => ("ticketfall_looks_total", "Looks that were answered."),
            Self::Falls => ("ticketfall_falls_total", "Seats that fell, each fall once."),
            Self::Holds => ("ticketfall_holds_total", "Holds that were asked for and answered."),
            Self::Proofs => ("ticketfall_proofs_total", "Baskets that were read to judge a hold."),
            Self::Deliveries => {
                ("ticketfall_webhook_deliveries_total", "Webhook deliveries that were tried.")
            }
            Self::Restarts => {
                ("ticketfall_restarts_total", "Watches and searches that were begun anew, found in trouble.")
            }
            Self::LinesLost => {
                ("ticketfall_log_lines_lost_total", "Lines of the log that were not read in time.")
            }
        }
    }
}

impl Gauge {
    const ALL: [Self; 8] = [
        Self::Searches,
        Self::Blind,
        Self::BudgetLeft,
        Self::BudgetLimit,
        Self::Sessions,
        Self::SessionAge,
        Self::Troubles,
        Self::StoreWaiting,
    ];

    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Searches => ("ticketfall_searches", "Searches by status."),
            Self::Blind => {
                ("ticketfall_blind_seconds", "How long no reading could be understood, up to now.")
            }
            Self::BudgetLeft => ("ticketfall_budget_left_requests", "Requests that may be sent now."),
            Self::BudgetLimit => ("ticketfall_budget_limit_requests", "Requests of a whole budget."),
            Self::Sessions => ("ticketfall_sessions", "Sessions that are kept."),
            Self::SessionAge => {
                ("ticketfall_oldest_session_age_seconds", "Since the oldest session that is kept was taken.")
            }
            Self::Troubles => ("ticketfall_troubles", "What is wrong with the service itself, by part."),
            Self::StoreWaiting => ("ticketfall_store_waiting_records", "Records that wait to be written."),
        }
    }
}

impl Histogram {
    const ALL: [Self; 4] = [Self::LookTook, Self::LookLate, Self::SeenToHeld, Self::QueueWait];

    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::LookTook => ("ticketfall_look_duration_seconds", "From a look's request to its last byte."),
            Self::LookLate => {
                ("ticketfall_look_lateness_seconds", "From when a look was due to when it began.")
            }
            Self::SeenToHeld => {
                ("ticketfall_seen_to_held_seconds", "From when seats were seen to when they were proven.")
            }
            Self::QueueWait => ("ticketfall_queue_wait_seconds", "Time in a waiting room."),
        }
    }

    const fn bounds(self) -> &'static [f64] {
        match self {
            Self::LookTook | Self::LookLate | Self::SeenToHeld => &QUICK,
            Self::QueueWait => &SLOW,
        }
    }
}

/// The numbers of one service; clones count into the same.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    raw: AtomicU32,
}

/// What tells numbers of one kind apart.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

impl Default for Metrics {
    fn default() -> Self {
        let builder = Histogram::ALL.into_iter().fold(PrometheusBuilder::new(), |builder, histogram| {
            let name = Matcher::Full(histogram.told().0.to_owned());
            builder.set_buckets_for_metric(name, histogram.bounds()).expect("there are bounds")
        });
        let recorder = builder.build_recorder();
        for counter in Counter::ALL {
            let (name, help) = counter.told();
            recorder.describe_counter(KeyName::from_const_str(name), None, SharedString::const_str(help));
        }
        for gauge in Gauge::ALL {
            let (name, help) = gauge.told();
            recorder.describe_gauge(KeyName::from_const_str(name), None, SharedString::const_str(help));
        }
        for histogram in Histogram::ALL {
            let (name, help) = histogram.told();
            let unit = Some(Unit::Seconds);
            recorder.describe_histogram(KeyName::from_const_str(name), unit, SharedString::const_str(help));
        }
        Self(Arc::new(Inner { handle: recorder.handle(), recorder, raw: AtomicU32::new(0) }))
    }
}

impl Metrics {
    /// Counts one.
    pub fn count(&self, counter: Counter, labels: Labels<'_>) {
        self.0.recorder.register_counter(&key(counter.told().0, labels), &METADATA).increment(1);
    }

    /// Notes how many there are by now, which somebody else counts.
    pub fn counted(&self, counter: Counter, labels: Labels<'_>, by_now: usize) {
        let by_now = u64::try_from(by_now).unwrap_or(u64::MAX);
        self.0.recorder.register_counter(&key(counter.told().0, labels), &METADATA).absolute(by_now);
    }

    /// Notes a value of now.
    pub fn set(&self, gauge: Gauge, labels: Labels<'_>, value: f64) {
        self.0.recorder.register_gauge(&key(gauge.told().0, labels), &METADATA).set(value);
    }

    /// Notes how long something took.
    pub fn observe(&self, histogram: Histogram, labels: Labels<'_>, took: Duration) {
        let key = key(histogram.told().0, labels);
        self.0.recorder.register_histogram(&key, &METADATA).record(took.as_secs_f64());
        // Where nobody asks for the numbers, they must not pile up.
        if self.0.raw.fetch_add(1, Ordering::Relaxed) >= RAW_MAX {
            self.0.raw.store(0, Ordering::Relaxed);
            self.0.handle.run_upkeep();
        }
    }

    /// All numbers, as Prometheus reads them.
    pub fn text(&self) -> String {
        self.0.handle.render()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn key(name: &'static str, labels: Labels<'_>) -> Key {
    let labels: Vec<Label> =
        labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
    Key::from_parts(name, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_follows_the_rules() {
        let counters = Counter::ALL.map(|counter| counter.told().0);
        assert!(counters.iter().all(|name| name.ends_with("_total")), "{counters:?}");
        let histograms = Histogram::ALL.map(|histogram| histogram.told().0);
        assert!(histograms.iter().all(|name| name.ends_with("_seconds")), "{histograms:?}");
        let gauges = Gauge::ALL.map(|gauge| gauge.told().0);
        for name in counters.iter().chain(&histograms).chain(&gauges) {
            assert!(name.starts_with("ticketfall_") && !name.contains("milli"), "{name}");
        }
    }

    #[test]
    fn two_services_in_one_process_count_apart() {
        let (one, other) = (Metrics::default(), Metrics::default());
        let same = one.clone();
        one.count(Counter::Falls, &[("seller", "boxoffice")]);
        same.count(Counter::Falls, &[("seller", "boxoffice")]);
        assert!(one.text().contains("ticketfall_falls_total{seller=\"boxoffice\"} 2"), "{}", one.text());
        assert!(!other.text().contains("boxoffice"));
    }

    #[test]
    fn what_takes_time_is_told_by_how_often_it_took_how_long() {
        let metrics = Metrics::default();
        for _ in 0..=RAW_MAX {
            metrics.observe(Histogram::LookTook, &[], Duration::from_millis(30));
        }
        let text = metrics.text();
        assert!(text.contains("ticketfall_look_duration_seconds_bucket{le=\"0.025\"} 0"), "{text}");
        assert!(text.contains(&format!("ticketfall_look_duration_seconds_count {}", RAW_MAX + 1)), "{text}");
    }
}
