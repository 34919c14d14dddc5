//! The story of a hold: from the fall that it came of to what became of it, over all of its tries.

use jiff::{SignedDuration, Timestamp};
use ticketfall_core::plan::Plan;

use super::fate::why_not;
use super::turn::Turn;
use crate::notify::wanted_in_words;
use crate::store::falls::{self, FallQuery, FallRow};
use crate::store::holds::{self, HoldQuery, HoldRow, HoldState};
use crate::store::{self, Store, events, exchanges, monitors, notes, profiles};

/// Tries that follow a refusal this soon belong together.
const NEXT_TRY_WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// What is told of a hold this long after its last turn is told of it.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(1);
/// A fall that was first seen so long before is looked for.
const FELL_WITHIN: SignedDuration = SignedDuration::from_hours(24);
const ROWS_MAX: u32 = 1_000;
/// What the holds say themselves.
const SAID: [&str; 2] = ["held", "refused"];

/// What happened to a hold, in order; another try of the same tells the same.
pub async fn of_hold(store: &Store, hold: &HoldRow) -> Result<Vec<Turn>, store::Error> {
    let event = events::get(store, &hold.asked.key).await?;
    let plan = event.and_then(|event| event.plan).unwrap_or_default();
    let tries = tries(store, hold).await?;
    let first = tries.first().unwrap_or(hold);
    let mut turns = origin(store, first, &plan).await?;
    turns.extend(permit(store, first).await?);
    for hold in &tries {
        turns.push(Turn::asked(hold, &plan));
        turns.extend(exchanges::of_hold(store, hold.id).await?.into_iter().map(Turn::exchanged));
        turns.push(Turn::became(hold));
        turns.extend(Turn::deadline(hold));
    }
    let last = tries.last().unwrap_or(hold);
    let until = last.changed_at.saturating_add(TOLD_WITHIN).unwrap_or(Timestamp::MAX);
    let noted = notes::recent(store, &hold.asked.profile, ROWS_MAX).await?;
    let noted = noted.into_iter().rev().filter(|note| (first.asked.at..=until).contains(&note.at));
    turns.extend(noted.filter(|note| !SAID.contains(&note.kind.as_str())).map(Turn::noted));
    turns.sort_by_key(|turn| turn.at);
    Ok(turns)
}

/// The hold and the tries before and after it, one after the other's refusal.
async fn tries(store: &Store, hold: &HoldRow) -> Result<Vec<HoldRow>, store::Error> {
    let query = HoldQuery { profile: Some(hold.asked.profile.clone()), before: None, rows_max: ROWS_MAX };
    let mut all = holds::query(store, query).await?;
    all.retain(|other| other.asked.key == hold.asked.key);
    all.reverse();
    let follows = |one: &HoldRow, next: &HoldRow| {
        let soon = one.changed_at.saturating_add(NEXT_TRY_WITHIN).unwrap_or(Timestamp::MAX);
        matches!(one.state, HoldState::Refused { .. }) && next.asked.at <= soon
    };
    let chain = all.chunk_by(follows).find(|chain| chain.iter().any(|other| other.id == hold.id));
    Ok(chain.map_or_else(|| vec![hold.clone()], <[HoldRow]>::to_vec))
}

/// The fall that it came of, and how that fits what is wanted now.
async fn origin(store: &Store, hold: &HoldRow, plan: &Plan) -> Result<Vec<Turn>, store::Error> {
    let (key, at) = (&hold.asked.key, hold.asked.at);
    let query = FallQuery {
        seller: Some(key.seller.clone()),
        event: Some(key.event.clone()),
        since: at.saturating_sub(FELL_WITHIN).unwrap_or(Timestamp::MIN),
        until: at.saturating_add(TOLD_WITHIN).unwrap_or(Timestamp::MAX),
        rows_max: ROWS_MAX,
    };
    let fallen = falls::query(store, query).await?.into_iter().map(|FallRow { fall, .. }| fall);
    let fall = fallen.filter(|fall| hold.is_for(fall)).max_by_key(|fall| fall.first_seen);
    let Some(fall) = fall else {
        return Ok(vec![Turn::new(
            at,
            "fell",
            "no fall on record has these seats: they were on sale before",
        )]);
    };
    let mut turns = vec![Turn::new(fall.first_seen, "fell", format!("{} at {key}", fall.describe(plan)))];
    if let Some(row) = monitors::get(store, &hold.asked.profile, key).await? {
        let criteria = row.configuration.criteria();
        let fits = match why_not(&fall, &criteria, plan) {
            None => "which this fits".to_owned(),
            Some(why) => format!("which this does not fit any more: {why}"),
        };
        let text = format!("{} is wanted now, {fits}", wanted_in_words(&criteria));
        turns.push(Turn::new(fall.first_seen, "matched", text));
    }
    Ok(turns)
}

/// No hold is asked for without a permit; what the member's own limits are now.
async fn permit(store: &Store, hold: &HoldRow) -> Result<Option<Turn>, store::Error> {
    let Some(profile) = profiles::get(store, &hold.asked.profile).await? else { return Ok(None) };
    let seats = profile.seats_max.map(|seats| format!("{seats} seats of one event"));
    let cost = profile.cost_max.map(|cost| format!("{cost} for all of them"));
    let limits: Vec<String> = seats.into_iter().chain(cost).collect();
    let limits = if limits.is_empty() { "the seller's own".to_owned() } else { limits.join(", ") };
    let text = format!("given to {}, whose limits are {limits}", profile.id);
    Ok(Some(Turn::new(hold.asked.at, "permit", text)))
}
