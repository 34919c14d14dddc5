//! How we behave on the wire: pace, `Retry-After`, checks and blocks, one hold at a time, and no wait without end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use ticketfall_core::offer::{PartSeats, SeatGroup};
use ticketfall_core::pace::Budget;
use ticketfall_core::seat::SeatRun;

use crate::rehearsal::{Answered, Carried};

/// No request may take longer: the longest that a wish allows, and a little.
const WAIT_MAX: Duration = Duration::from_secs(31);
/// No page that stops anybody is longer, in bytes.
const STOP_MAX: usize = 4_096;
/// Pages that want a person, or say stop.
const STOPS: [&str; 5] = [
    "\"response\":\"block\"",
    "abuse-component",
    "Browsing Activity Has Been Paused",
    "Identity Verified",
    "Restricted access",
];

#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// The least time between looks.
    pub(super) floor: Duration,
    pub(super) budget: Option<Budget>,
    /// Whether each member is shown something else, and looks alone.
    pub(super) is_alone: bool,
}

/// Area, row and cell.
pub(super) type Seat = (String, i64, i64);

/// Who sent a request: which process, for whom.
type Sender = (usize, String);

/// From when until when a process was asked to ask nothing.
#[derive(Debug, Clone, Copy)]
struct Bar {
    life: usize,
    from: Duration,
    until: Duration,
}

pub(super) struct Conduct {
    rules: Rules,
    known: usize,
    open: BTreeSet<usize>,
    bars: Vec<Bar>,
    stopped: BTreeMap<Sender, Duration>,
    basket_read: BTreeSet<Sender>,
    /// When the last release was answered.
    released: BTreeMap<Sender, Duration>,
    writing: BTreeMap<Sender, usize>,
    /// The seats that the seller chose at each member's last lock.
    chosen: BTreeMap<String, Vec<Seat>>,
    /// Who was granted seats, and has neither read the basket nor given them back since.
    granted: BTreeMap<Sender, Duration>,
    looked: Option<(usize, Duration)>,
    sent: Vec<(usize, Duration)>,
    slept: Vec<(Duration, Duration)>,
}

/// What a step showed.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) broken: Vec<String>,
    /// Looks that were answered to the process that runs now, and when.
    pub(super) looks: Vec<Look>,
    /// Whether anything but looks came and went.
    pub(super) is_close: bool,
}

/// A look that was answered.
pub(super) struct Look {
    pub(super) at: Duration,
    /// Whose watch looked, where each looks alone.
    pub(super) by: Option<String>,
    pub(super) answer: Option<Answered>,
}

impl Conduct {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            known: 0,
            open: BTreeSet::new(),
            bars: Vec::new(),
            stopped: BTreeMap::new(),
            basket_read: BTreeSet::new(),
            released: BTreeMap::new(),
            writing: BTreeMap::new(),
            chosen: BTreeMap::new(),
            granted: BTreeMap::new(),
            looked: None,
            sent: Vec::new(),
            slept: Vec::new(),
        }
    }

    pub(super) fn pardon(&mut self, name: &str) {
        self.stopped.retain(|(_, by), _| by != name);
    }

    pub(super) fn sleeps(&mut self, from: Duration, time: Duration) {
        self.slept.push((from, time));
    }

    /// Whether this member's basket was read since this process began.
    pub(super) fn has_read(&self, life: usize, name: &str) -> bool {
        self.basket_read.contains(&(life, name.to_owned()))
    }

    /// The seats that a member who asked for these may get: where the seller has chosen, those that it chose.
    pub(super) fn asked_for(&self, name: &str, group: &SeatGroup) -> Vec<Seat> {
        if let Some(chosen) = self.chosen.get(name).filter(|chosen| !chosen.is_empty()) {
            return chosen.clone();
        }
        let runs = group.parts.iter().filter_map(|part| match &part.seats {
            PartSeats::Run(run) => Some((part.area.to_string(), *run)),
            PartSeats::Any(_) => None,
        });
        let seats = |(area, run): (String, SeatRun)| {
            (run.start..=run.end).map(move |x| (area.clone(), run.y.into(), x.into()))
        };
        runs.flat_map(seats).collect()
    }

    /// Takes in what left and what came back, in order of time; at one instant, what came back is first.
    pub(super) fn step(&mut self, carried: &[Carried], (life, now): (usize, Duration)) -> Seen {
        let mut moves: Vec<(Duration, bool, usize)> = Vec::new();
        for (number, one) in carried.iter().enumerate().skip(self.known) {
            moves.push((one.left, true, number));
            self.open.insert(number);
        }
        self.known = carried.len();
        let done = self.open.iter().filter_map(|number| Some((carried[*number].done?, false, *number)));
        moves.extend(done);
        moves.sort_unstable();
        let mut seen = Seen::default();
        for (at, leaves, number) in moves {
            let one = &carried[number];
            seen.is_close |= !one.is_look();
            if leaves {
                self.on_left(number, one, &mut seen.broken);
            } else {
                self.open.remove(&number);
                self.on_done(number, one, at);
                if one.is_look() && one.life == life {
                    seen.looks.push(Look { at, by: self.watch_of(one), answer: one.answer.clone() });
                }
            }
        }
        seen.broken.extend(self.open.iter().filter_map(|number| self.endless(&carried[*number], now)));
        seen
    }

    fn endless(&self, one: &Carried, now: Duration) -> Option<String> {
        let slept = self.slept.iter().filter(|(from, _)| *from >= one.left).map(|(_, time)| *time);
        let latest = one.left + WAIT_MAX + slept.sum::<Duration>();
        (now > latest).then(|| format!("{} waits without end", named(one)))
    }

    fn on_left(&mut self, number: usize, one: &Carried, broken: &mut Vec<String>) {
        let sender = sender(one);
        if one.path.contains("/Checkout/Payment") {
            broken.push(format!("{} asks for a payment page", named(one)));
        }
        let bars = |bar: &&Bar| bar.life == one.life && bar.from < one.left && one.left < bar.until;
        if let Some(bar) = self.bars.iter().find(bars) {
            broken.push(format!("{} was to wait until {:?}", named(one), bar.until));
        }
        // What is held, or may be, is still read and given back, for which a page key may be needed.
        let is_about_held = one.method == "DELETE"
            || one.path.contains("/Checkout/Basket")
            || (one.path.contains("/EDP/Event/Index/") && self.released.get(&sender) == Some(&one.left));
        if !is_about_held && self.stopped.get(&sender).is_some_and(|since| *since < one.left) {
            broken.push(format!("{} asks after a check, a block or a queue", named(one)));
        }
        if one.is_hold() && !self.basket_read.contains(&sender) {
            broken.push(format!("{} holds before the basket was read", named(one)));
        }
        if one.method == "DELETE" || one.is_basket() {
            self.granted.remove(&sender);
        }
        if one.is_write() && self.writing.insert(sender, number).is_some() {
            broken.push(format!("{} asks for two things at once", named(one)));
        }
        if one.is_hold() && !one.path.contains("/EDP/BestAvailable/") || one.method == "POST" {
            self.chosen.remove(&one.by.clone().unwrap_or_default());
        }
        if one.is_look() {
            broken.extend(self.too_soon(one));
        }
        broken.extend(self.over_budget(one));
    }

    /// Grants of this process that nobody has looked into.
    pub(super) fn ungrasped(&self, life: usize) -> Vec<String> {
        let of_this_life = self.granted.iter().filter(|((of, _), _)| *of == life);
        of_this_life
            .map(|((_, name), at)| format!("{name} was granted seats at {at:?}, and does nothing about it"))
            .collect()
    }

    fn too_soon(&mut self, one: &Carried) -> Option<String> {
        let before = self.looked.replace((one.life, one.left));
        let since =
            before.filter(|(life, _)| *life == one.life).map(|(_, at)| one.left.saturating_sub(at))?;
        (since < self.rules.floor).then(|| format!("{} looks sooner than the seller allows", named(one)))
    }

    fn watch_of(&self, one: &Carried) -> Option<String> {
        one.by.clone().filter(|_| self.rules.is_alone)
    }

    fn over_budget(&mut self, one: &Carried) -> Option<String> {
        let budget = self.rules.budget?;
        self.sent.push((one.life, one.left));
        self.sent.retain(|(life, at)| *life == one.life && *at + budget.window > one.left);
        let is_over = self.sent.len() > usize::try_from(budget.requests).unwrap();
        is_over.then(|| format!("{} is over the budget", named(one)))
    }

    fn on_done(&mut self, number: usize, one: &Carried, at: Duration) {
        let sender = sender(one);
        if self.writing.get(&sender) == Some(&number) {
            self.writing.remove(&sender);
        }
        if one.method == "DELETE" {
            self.released.insert(sender.clone(), at);
        }
        if one.is_hold() && one.method == "POST" {
            let answer = one.answer.as_ref().and_then(|answer| serde_json::from_slice(&answer.body).ok());
            self.chosen.insert(sender.1.clone(), answer.as_ref().map(locked).unwrap_or_default());
        }
        let Some(answer) = &one.answer else { return };
        if let Some(wait) = answer.retry_after.filter(|_| matches!(answer.status, 429 | 503)) {
            self.bars.push(Bar { life: one.life, from: at, until: at + wait });
        }
        if one.is_basket() && answer.status == 200 {
            self.basket_read.insert(sender.clone());
        }
        if is_grant(one, answer) {
            self.granted.insert(sender.clone(), at);
        }
        let said = || String::from_utf8_lossy(&answer.body);
        let says_stop = answer.body.len() < STOP_MAX && STOPS.iter().any(|stop| said().contains(stop));
        if says_stop || answer.is_queue {
            self.stopped.entry(sender).or_insert(at);
        }
    }
}

/// The seats in a lock's answer, whatever its shape.
fn locked(answer: &Value) -> Vec<Seat> {
    let seat = |seat: &Value| {
        let area = seat.get("AreaId")?.as_u64()?.to_string();
        Some((area, seat.get("YCoord")?.as_i64()?, seat.get("XCoord")?.as_i64()?))
    };
    match (seat(answer), answer) {
        (Some(seat), _) => vec![seat],
        (None, Value::Array(all)) => all.iter().flat_map(locked).collect(),
        (None, Value::Object(all)) => all.values().flat_map(locked).collect(),
        (None, _) => Vec::new(),
    }
}

/// The last step of a hold, and a yes to it.
fn is_grant(one: &Carried, answer: &Answered) -> bool {
    let is_yes = |body: &[u8]| body.starts_with(b"\"OK") || body.starts_with(b"{\"Success\":true");
    one.is_hold() && one.method == "PUT" && answer.status == 200 && is_yes(&answer.body)
}

fn sender(one: &Carried) -> Sender {
    (one.life, one.by.clone().unwrap_or_default())
}

fn named(one: &Carried) -> String {
    format!("{:?}: {} {}", one.left, one.by.as_deref().unwrap_or("somebody"), one.brief())
}
