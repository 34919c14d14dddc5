//! What the seller keeps for members against what is known here: limits, one seat for one of us, nothing forgotten.

use jiff::Timestamp;
use ticketfall::monitoring::SearchView;
use ticketfall::store::holds::{self, AskedHold, HoldState};
use ticketfall_boxoffice::{MemberBook, SeatBook};
use ticketfall_core::status::Status;

use super::conduct::Conduct;
use crate::rehearsal::{Scene, profile};

/// The seats and the pounds that a member allows at most.
pub(super) type Own = (Option<u32>, Option<i64>);

/// What must never be so, at any step.
pub(super) async fn broken(scene: &Scene, conduct: &Conduct, own: Own, began: Timestamp) -> Vec<String> {
    let books = scene.office.books();
    // Whether it was a poll, only the wire can tell: who was not told to wait asks once more.
    let is_sound = |violation: &String| violation.ends_with("while waiting");
    let mut broken: Vec<String> = books.violations().into_iter().filter(|one| !is_sound(one)).collect();
    for member in &books.members {
        let name = member.name.to_lowercase();
        let kept: Vec<&SeatBook> = member.locked.iter().chain(&member.basket).collect();
        let is_proven = seen(scene, &name).and_then(|view| view.held?.group).is_some();
        broken.extend(over(&name, &kept, (own.0, own.1.filter(|_| is_proven))));
        if !kept.is_empty() && conduct.has_read(scene.life(), &name) && !is_known(scene, &name, member).await
        {
            let seats = kept.len();
            broken
                .push(format!("{:?}: the seller keeps {seats} seats for {name}, and nobody knows", books.at));
        }
        broken.extend(unrecorded(scene, &name).await);
    }
    broken.extend(rivals(&asking(scene, &books.members, began).await, conduct));
    broken
}

/// Holds that this process asked for, and whose end is open; a clock that was set back makes none of an earlier one's.
async fn asking(scene: &Scene, members: &[MemberBook], began: Timestamp) -> Vec<AskedHold> {
    let mut asking = Vec::new();
    for member in members {
        let open = holds::open_for(&scene.store, &profile(&member.name.to_lowercase())).await.unwrap();
        let is_asked = |state: &HoldState| matches!(state, HoldState::Asked | HoldState::Unknown { .. });
        let lived = began..=scene.clock_now();
        let asked = open.into_iter().filter(|row| lived.contains(&row.asked.at) && is_asked(&row.state));
        asking.extend(asked.map(|row| row.asked));
    }
    asking
}

/// Members who ask for the same seats, and for whom the seller has not chosen others.
fn rivals(asking: &[AskedHold], conduct: &Conduct) -> Vec<String> {
    let gets = |one: &AskedHold| conduct.asked_for(one.profile.as_str(), &one.group);
    let meet = |one: &AskedHold, other: &AskedHold| {
        let others = gets(other);
        one.group.overlaps(&other.group) && gets(one).iter().any(|seat| others.contains(seat))
    };
    let pairs =
        asking.iter().enumerate().flat_map(|(n, one)| asking[n + 1..].iter().map(move |other| (one, other)));
    pairs
        .filter(|(one, other)| one.profile != other.profile && meet(one, other))
        .map(|(one, other)| format!("{} and {} ask for the same seats", one.profile, other.profile))
        .collect()
}

/// What they cost counts once the search has proven them: a seller may choose dearer ones, which are given back, and a
/// person may have put others there.
fn over(name: &str, kept: &[&SeatBook], (seats, pounds): Own) -> Vec<String> {
    let mut broken = Vec::new();
    if seats.is_some_and(|most| kept.len() > most as usize) {
        broken.push(format!("{name} holds {} seats and allows {seats:?}", kept.len()));
    }
    let pence: i64 = kept.iter().map(|seat| i64::from(seat.price.0)).sum();
    if pounds.is_some_and(|most| pence > most * 100) {
        broken.push(format!("{name} holds seats for {pence} pence and allows {pounds:?} pounds"));
    }
    broken
}

/// Whether the search shows the seats, or the store has a hold that is not over.
async fn is_known(scene: &Scene, name: &str, member: &MemberBook) -> bool {
    let shown = seen(scene, name).and_then(|view| view.held).map_or(0, |held| held.seats.len());
    if member.locked.is_empty() && shown == member.basket.len() {
        return true;
    }
    !holds::open_for(&scene.store, &profile(name)).await.unwrap().is_empty()
}

/// Seats that the search shows, and of which the store says that they are over.
async fn unrecorded(scene: &Scene, name: &str) -> Option<String> {
    let held = seen(scene, name)?.held?;
    let rows = holds::open_for(&scene.store, &profile(name)).await.unwrap();
    let stands =
        rows.iter().any(|row| matches!(row.state, HoldState::Proven { .. } | HoldState::Left { .. }));
    (!stands)
        .then(|| format!("{name} shows {} seats, and no hold on record stands for them", held.seats.len()))
}

fn seen(scene: &Scene, name: &str) -> Option<SearchView> {
    scene.supervisor.status(&profile(name)).map(|(_, view)| view)
}

/// What is not in order yet: searches in trouble, locks, holds that are open, baskets that are shown otherwise.
pub(super) async fn unsettled(scene: &Scene) -> Vec<String> {
    let mut open = Vec::new();
    for member in &scene.office.books().members {
        let name = member.name.to_lowercase();
        let Some(view) = seen(scene, &name) else { continue };
        if matches!(view.status, Status::Stopped { .. } | Status::Blocked { .. }) {
            continue;
        }
        let searches =
            matches!(view.status, Status::SearchingTickets | Status::TicketFall { .. } | Status::Tickets);
        if !searches && !scene.is_closed() {
            open.push(format!("{name} is in trouble: {} {:?}", view.label, view.status.reason()));
        }
        let shown = view.held.map_or(0, |held| held.seats.len());
        if !member.locked.is_empty() || shown != member.basket.len() {
            let (locked, basket) = (member.locked.len(), member.basket.len());
            open.push(format!(
                "{name} shows {shown} seats; {locked} are locked, and the basket has {basket}"
            ));
        }
        let rows = holds::open_for(&scene.store, &profile(&name)).await.unwrap();
        let is_open = |state: &HoldState| {
            matches!(state, HoldState::Asked | HoldState::Granted | HoldState::Unknown { .. })
        };
        // Where nothing is sold any more, no basket is read.
        if shown == 0 && !scene.is_closed() && rows.iter().any(|row| is_open(&row.state)) {
            open.push(format!("{name} has a hold that is neither known nor over"));
        }
    }
    open
}
