//! What the checker says of the offers after a fall: explained once for each different wish.

use std::collections::BTreeMap;
use std::sync::Arc;

use ticketfall_core::checker::{Verdict, check_ticket};
use ticketfall_core::criteria::Criteria;
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::offer::Snapshot;
use ticketfall_core::plan::Plan;

use crate::notify::{Notice, RefusedOffers, wanted_in_words};

/// How many different wishes are explained after a fall; beyond that it is too much to read.
const WISHES_MAX: usize = 16;
const GROUPS_TOLD: usize = 5;

/// A notice for each of the first wishes.
pub(super) fn verdicts<'w>(
    watched: &EventKey,
    snapshot: &Snapshot,
    plan: &Plan,
    members: impl Iterator<Item = (&'w ProfileId, &'w Arc<Criteria>)>,
) -> Vec<Notice> {
    let mut wishes: Vec<(&Arc<Criteria>, Vec<ProfileId>)> = Vec::new();
    for (profile, wish) in members {
        if let Some((_, profiles)) = wishes.iter_mut().find(|(criteria, _)| *criteria == wish) {
            profiles.push(profile.clone());
        } else if wishes.len() < WISHES_MAX {
            wishes.push((wish, vec![profile.clone()]));
        }
    }
    let explained = |(criteria, profiles): (&Arc<Criteria>, Vec<ProfileId>)| {
        let verdict = check_ticket(criteria, snapshot, plan);
        Notice::Verdict {
            watched: watched.clone(),
            profiles,
            wanted: wanted_in_words(criteria),
            groups: verdict.groups.iter().take(GROUPS_TOLD).map(|group| plan.describe(group)).collect(),
            refused: by_reason(&verdict),
        }
    };
    wishes.into_iter().map(explained).collect()
}

/// Refused offers counted by reason, with one of each in words.
fn by_reason(verdict: &Verdict) -> Vec<RefusedOffers> {
    let mut reasons: BTreeMap<&'static str, RefusedOffers> = BTreeMap::new();
    for refusal in &verdict.refusals {
        let reason = refusal.reason.name();
        reasons
            .entry(reason)
            .or_insert_with(|| RefusedOffers { reason, offers: 0, example: refusal.reason.to_string() })
            .offers += 1;
    }
    reasons.into_values().collect()
}
