//! `explain`: the story of a hold or of a member, in order, from the store alone; a running service is not asked.

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use ticketfall_core::ids::ProfileId;

use super::falls::duration;
use super::{Context, Exit, Failure};
use crate::store::holds::{self, HoldId};
use crate::store::{self, Store, profiles};
use crate::story::{Turn, of_hold, of_member};

/// So many names or numbers that are near are named.
const NEAR_MAX: u32 = 3;
/// Names that are less alike are not what was meant.
const ALIKE: f64 = 0.7;

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The number of a hold, or a member's name
    #[arg(value_name = "HOLD|PROFILE")]
    what: String,
    /// For a member: how far back, like 90m, 1h or 7d
    #[arg(long, default_value = "24h", value_name = "TIME", value_parser = duration)]
    since: SignedDuration,
}

/// A story as it is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Story {
    /// `hold` or `profile`.
    of: &'static str,
    /// Which.
    id: String,
    /// What happened, in order.
    turns: Vec<Turn>,
}

impl Explain {
    pub(super) async fn run(self, context: &mut Context) -> Result<Exit, Failure> {
        let Some(kept) = context.store_to_read().await? else { return Err(self.unknown(&[])) };
        let Some(told) = self.story(&kept, context.clock.now()).await? else {
            return Err(self.nothing_of_that_name(&kept).await?);
        };
        let zone = TimeZone::system();
        context.printer.answer(&told, |told| told.text(&zone))?;
        Ok(if told.turns.is_empty() { Exit::NothingFound } else { Exit::Done })
    }

    async fn story(&self, store: &Store, now: Timestamp) -> Result<Option<Story>, store::Error> {
        if let Ok(number) = self.what.parse()
            && let Some(row) = holds::get(store, HoldId::new(number)).await?
        {
            let turns = of_hold(store, &row).await?;
            return Ok(Some(Story { of: "hold", id: self.what.clone(), turns }));
        }
        let Ok(profile) = ProfileId::new(self.what.as_str()) else { return Ok(None) };
        let Some(profile) = profiles::get(store, &profile).await? else { return Ok(None) };
        let since = now.saturating_sub(self.since).unwrap_or(Timestamp::MIN);
        let turns = of_member(store, &profile.id, since, now).await?;
        Ok(Some(Story { of: "profile", id: self.what.clone(), turns }))
    }

    async fn nothing_of_that_name(&self, store: &Store) -> Result<Failure, store::Error> {
        let near = if let Ok(number) = self.what.parse() {
            let numbers = holds::numbers_near(store, number, NEAR_MAX).await?;
            numbers.into_iter().map(|number| number.to_string()).collect()
        } else {
            let all = profiles::all(store).await?;
            near_names(&self.what, &all.into_iter().map(|profile| profile.id.to_string()).collect::<Vec<_>>())
        };
        Ok(self.unknown(&near))
    }

    fn unknown(&self, near: &[String]) -> Failure {
        let what = &self.what;
        let failure = Failure::because(
            Exit::NothingFound,
            format!("explain {what}: no hold and no profile is called so"),
        );
        if near.is_empty() {
            return failure.advise("`ticketfall profile list` shows the profiles; their holds have numbers");
        }
        failure.advise(format!("did you mean {}?", near.join(", ")))
    }
}

fn near_names(name: &str, names: &[String]) -> Vec<String> {
    let mut near: Vec<(f64, &String)> =
        names.iter().map(|other| (strsim::jaro_winkler(name, other), other)).collect();
    near.retain(|(alike, _)| *alike >= ALIKE);
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    near.iter().take(NEAR_MAX as usize).map(|(_, name)| (*name).clone()).collect()
}

impl Story {
    fn text(&self, zone: &TimeZone) -> String {
        if self.turns.is_empty() {
            return "nothing is known of that time\n".to_owned();
        }
        self.turns.iter().map(|turn| line(turn, zone)).collect()
    }
}

/// In a line of a terminal, or more.
fn line(Turn { at, kind, text }: &Turn, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M:%S%.3f");
    format!("{at}  {kind:<9} {text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_named_nearest_first() {
        let names = ["ben", "chloe", "ada"].map(str::to_owned);
        assert_eq!(near_names("aba", &names), ["ada"]);
        assert_eq!(near_names("zzz", &names), [] as [&str; 0]);
    }
}
