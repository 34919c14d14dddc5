//! What became of a fall for a member, and why it did not ask for it.

use ticketfall_core::checker::check_ticket;
use ticketfall_core::criteria::Criteria;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::ProfileId;
use ticketfall_core::offer::Snapshot;
use ticketfall_core::plan::Plan;

use super::turn::became;
use crate::store::holds::HoldRow;

/// What became of a fall for a member, by all holds at the event and by what it wants now.
pub(super) fn of(
    fall: &Fall,
    profile: &ProfileId,
    holds: &[HoldRow],
    wanted: Option<(&Criteria, &Plan)>,
) -> String {
    let tries: Vec<&HoldRow> = holds.iter().filter(|hold| hold.is_for(fall)).collect();
    let own = tries.iter().rev().filter(|hold| hold.asked.profile == *profile);
    let own: Vec<String> =
        own.map(|hold| format!("hold {}: {}", hold.id.number(), became(&hold.state))).collect();
    if !own.is_empty() {
        return own.join("; ");
    }
    if let Some(other) = tries.iter().max_by_key(|hold| hold.id) {
        let (whose, number) = (&other.asked.profile, other.id.number());
        return format!("given to {whose}, hold {number}: {}", became(&other.state));
    }
    match wanted.map(|(criteria, plan)| why_not(fall, criteria, plan)) {
        Some(Some(why)) => format!("nobody asked: by what is wanted now, {why}"),
        Some(None) => "nobody asked, though it fits what is wanted now: nobody was in line then".to_owned(),
        None => "nobody asked".to_owned(),
    }
}

/// Why a fall is not what is wanted; none where it is.
pub(super) fn why_not(fall: &Fall, criteria: &Criteria, plan: &Plan) -> Option<String> {
    let snapshot = Snapshot { offers: vec![fall.offer()].into() };
    check_ticket(criteria, &snapshot, plan).refusals.first().map(|refusal| refusal.reason.to_string())
}
