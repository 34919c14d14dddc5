//! How the looks at an event are spread over the day, and what that was judged by.

use serde::Serialize;
use ticketfall_core::rhythm::Comparison;
use utoipa::ToSchema;

use crate::monitoring::Spread;

/// How the looks at an event are spread over the day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Spread)]
pub(super) struct SpreadShown {
    /// `switchedOff`, `untaught` and `evenly` are even; `likely` is where falls are likely.
    how: &'static str,
    /// What it was judged by, where enough fell.
    compared: Option<Compared>,
    /// Seconds between looks in each hour of the venue's day, where that is not even.
    hours: Option<Vec<f64>>,
}

/// Shares of falls, from 0 to 1, that as many looks in a day would have seen.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Compared {
    /// Over how many days.
    days: usize,
    /// Of how many falls.
    falls: usize,
    /// Evenly spaced.
    even: f64,
    /// Where falls are likely.
    likely: f64,
    /// The least that is gained, 95 times in 100.
    gain_min: f64,
    /// The most.
    gain_max: f64,
}

impl SpreadShown {
    /// The same for programs.
    pub(super) fn of(spread: &Spread) -> Self {
        let even = |how| Self { how, compared: None, hours: None };
        match spread {
            Spread::SwitchedOff => even("switchedOff"),
            Spread::Untaught => even("untaught"),
            Spread::Evenly(comparison) => Self { compared: Some(Compared::of(comparison)), ..even("evenly") },
            Spread::Likely(comparison, intervals) => {
                let hours = intervals.iter().map(std::time::Duration::as_secs_f64).collect();
                Self { how: "likely", compared: Some(Compared::of(comparison)), hours: Some(hours) }
            }
        }
    }
}

impl Compared {
    fn of(comparison: &Comparison) -> Self {
        let Comparison { days, falls, even, likely, gain_min, gain_max } = *comparison;
        Self { days, falls, even, likely, gain_min, gain_max }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn programs_read_how_looks_are_spread_and_why() {
        let comparison =
            Comparison { days: 12, falls: 340, even: 0.5, likely: 0.75, gain_min: 0.125, gain_max: 0.375 };
        let spread = Spread::Likely(comparison, Box::new([Duration::from_secs(40); 24]));
        let told = serde_json::to_value(SpreadShown::of(&spread)).unwrap();
        assert_eq!((&told["how"], &told["hours"][23]), (&"likely".into(), &40.0.into()));
        assert_eq!(
            told["compared"],
            serde_json::json!({
                "days": 12, "falls": 340, "even": 0.5, "likely": 0.75, "gainMin": 0.125, "gainMax": 0.375
            })
        );
        let told = serde_json::to_value(SpreadShown::of(&Spread::Untaught)).unwrap();
        assert_eq!(told, serde_json::json!({ "how": "untaught", "compared": null, "hours": null }));
    }
}
