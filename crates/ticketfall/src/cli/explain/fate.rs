//! Which hold was for which fall, and why a member did not ask for one.

use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::checker::check_ticket;
use ticketfall_core::criteria::Criteria;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::ProfileId;
use ticketfall_core::offer::{Offer, Part, PartSeats, Quantity, Snapshot, Stock};
use ticketfall_core::plan::Plan;

use super::turn::became;
use crate::store::holds::HoldRow;

/// A hold that is asked for so long after its fall was gone was for that fall.
const ASKED_WITHIN: Duration = Duration::from_mins(1);

/// Whether a hold asked for seats of a fall while it was there, or just after.
pub(super) fn is_for(hold: &HoldRow, fall: &Fall) -> bool {
    let until = fall.gone_at.and_then(|gone| gone.checked_add(ASKED_WITHIN).ok()).unwrap_or(Timestamp::MAX);
    let is_then = (fall.first_seen..=until).contains(&hold.asked.at);
    is_then && hold.asked.group.parts.iter().any(|part| has(part, fall))
}

fn has(part: &Part, fall: &Fall) -> bool {
    part.area == fall.area
        && match (&part.seats, &fall.seats) {
            (PartSeats::Run(one), PartSeats::Run(other)) => one.overlaps(other),
            (PartSeats::Any(_), _) | (_, PartSeats::Any(_)) => true,
        }
}

/// What became of a fall for a member, by all holds at the event and by what it wants now.
pub(super) fn of(
    fall: &Fall,
    profile: &ProfileId,
    holds: &[HoldRow],
    wanted: Option<(&Criteria, &Plan)>,
) -> String {
    let tries: Vec<&HoldRow> = holds.iter().filter(|hold| is_for(hold, fall)).collect();
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
    let snapshot = Snapshot { offers: vec![offer(fall)] };
    check_ticket(criteria, &snapshot, plan).refusals.first().map(|refusal| refusal.reason.to_string())
}

fn offer(fall: &Fall) -> Offer {
    let stock = match &fall.seats {
        PartSeats::Run(run) => Stock::Runs(vec![*run]),
        PartSeats::Any(seats) => Stock::Count { available: Some(*seats), together: Some(*seats) },
    };
    Offer {
        area: fall.area.clone(),
        area_name: fall.area_name.clone(),
        market: fall.market,
        band: fall.band.clone(),
        kind: None,
        price: fall.price,
        classes: [].into(),
        quantity: Quantity::default(),
        stock,
    }
}
