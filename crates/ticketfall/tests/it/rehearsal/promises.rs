//! What must be so after every rehearsal, whatever its story was.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use ticketfall::notify::Dated;
use ticketfall::store::Store;
use ticketfall::store::holds::{self, HoldRow, HoldState};
use ticketfall_boxoffice::Books;

use super::wire::Carried;

const SECRETS_MAX: usize = 100;

/// Holds, releases and payments as the wire carried them.
pub(crate) fn on_the_wire(carried: &[Carried]) -> Vec<String> {
    let mut broken: Vec<String> = carried
        .iter()
        .filter(|one| one.path.contains("/Checkout/Payment"))
        .map(|one| format!("{:?} asked for a payment page", one.by))
        .collect();
    let writes: Vec<&Carried> =
        carried.iter().filter(|one| one.is_hold() || one.method == "DELETE").collect();
    for (number, earlier) in writes.iter().enumerate() {
        let until = earlier.done.unwrap_or(std::time::Duration::MAX);
        let later = writes[number + 1..].iter().find(|later| later.by == earlier.by && later.left < until);
        broken.extend(later.map(|later| {
            format!(
                "{:?} asked twice at once: {} {} and {} {}",
                earlier.by, earlier.method, earlier.path, later.method, later.path
            )
        }));
    }
    broken
}

/// Seats that two members asked for at the same time.
pub(crate) async fn between_members(store: &Store, now: Timestamp) -> Vec<String> {
    let rows = holds::recent(store, 100_000).await.unwrap();
    let mut broken = Vec::new();
    for (number, one) in rows.iter().enumerate() {
        for other in &rows[number + 1..] {
            let apart = ended(one, now) <= other.asked.at || ended(other, now) <= one.asked.at;
            if one.asked.profile != other.asked.profile
                && !apart
                && one.asked.group.overlaps(&other.asked.group)
            {
                broken.push(format!(
                    "{} and {} asked for the same seats at once",
                    one.asked.profile, other.asked.profile
                ));
            }
        }
    }
    broken
}

fn ended(row: &HoldRow, now: Timestamp) -> Timestamp {
    match row.state {
        HoldState::Asked | HoldState::Granted | HoldState::Unknown { .. } => now,
        HoldState::Proven { .. }
        | HoldState::Left { .. }
        | HoldState::Refused { .. }
        | HoldState::Released
        | HoldState::Expired
        | HoldState::Gone => row.changed_at,
    }
}

/// Seats that the box office keeps for a member and nobody here knows of; `held` is what searches show.
pub(crate) async fn known(books: &Books, store: &Store, held: &BTreeMap<String, usize>) -> Vec<String> {
    let mut broken = Vec::new();
    for member in &books.members {
        let profile = member.name.to_lowercase().replace(' ', "");
        let kept = member.locked.len() + member.basket.len();
        let shown = held.get(&profile).copied().unwrap_or(0);
        if kept == 0 || kept == shown {
            continue;
        }
        let open = holds::open_for(store, &super::profile(&profile)).await.unwrap();
        if open.is_empty() {
            broken.push(format!(
                "the seller keeps {kept} seats for {profile}, who shows {shown} and has no open hold"
            ));
        }
    }
    broken
}

/// Where a secret stands in the clear: in notices, in the log, in the data directory.
pub(crate) fn secrets(secrets: &[String], notices: &[Dated], log: &str, directory: &Path) -> Vec<String> {
    let mut places = vec![
        ("a notice".to_owned(), serde_json::to_string(notices).unwrap()),
        ("the log".to_owned(), log.to_owned()),
    ];
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        places.push((path.display().to_string(), text));
    }
    // A crowd has thousands; some of every kind are enough.
    let some = secrets.iter().step_by(secrets.len().div_ceil(SECRETS_MAX).max(1));
    some.flat_map(|secret| places.iter().filter(move |(_, text)| text.contains(secret)))
        .map(|(place, _)| format!("a secret stands in {place}"))
        .collect()
}
