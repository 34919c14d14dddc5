//! A match day drawn from its seed: the seller's evening, what members want, and what happens to the service.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use jiff::SignedDuration;
use ticketfall_boxoffice::{
    Cache, Closing, Fall, Fault, FaultKind, LEAGUE_MATCH, Limits, Opening, Pace, Pence, Private, RequestKind,
    Rivals, Room, Script,
};
use ticketfall_core::configuration::{Configuration, OnMatch, RequestTimeout, SeatCount, SpeedLimit};
use ticketfall_core::pace::Budget;
use ticketfall_core::price::{Currency, Price};

use crate::rehearsal::{Carried, Mishap, Trip, Way};

pub(super) const CAST: [&str; 5] = ["ada", "ben", "chloe", "dev", "esi"];
const AREAS: [&str; 3] = ["East Lower 5", "East Lower 6", "West Lower 3"];
const ROWS: [&str; 3] = ["C", "F", "H"];
const PRICES: [u32; 5] = [4_400, 6_100, 7_500, 9_900, 14_500];
const TROUBLES: usize = 24;

/// Everything that a match day follows from.
#[derive(Debug, Clone)]
pub(super) struct Day {
    pub(super) seed: u64,
    pub(super) script: Script,
    pub(super) members: usize,
    /// Seats and pounds that a member allows at most.
    pub(super) own: (Option<u32>, Option<i64>),
    /// The least time between looks.
    pub(super) floor: Duration,
    pub(super) budget: Option<Budget>,
    /// Whether each member is shown something else, and looks alone.
    pub(super) is_alone: bool,
    /// When the last thing goes wrong.
    pub(super) evening: Duration,
    pub(super) happenings: Vec<Happening>,
}

/// Something that happens to the service.
#[derive(Debug, Clone)]
pub(super) struct Happening {
    pub(super) at: Duration,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// A member starts a search, or starts it again with another wish.
    Start(&'static str, Box<Configuration>),
    Stop(&'static str),
    /// The stored wish changes, and nobody says so.
    Rewish(&'static str, Box<Configuration>),
    /// The seller ends the member's sessions.
    SignOut(&'static str),
    /// The member signs in by hand, and starts again.
    SignIn(&'static str),
    /// A person pays for what is in the basket.
    Pay(&'static str),
    Crash(Crash),
    /// A member stops the moment a hold's request has left; the process may die in the middle of that.
    StopAtHold(&'static str, Option<Crash>),
    /// The service is ended in order, and begins again.
    Restart(Duration),
    /// The machine sleeps: time passes, and nothing runs.
    Sleep(Duration),
}

/// The process dies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crash {
    /// After so much has moved on the wire.
    pub(super) moves: usize,
    /// After so many turns in which everybody else did what they could.
    pub(super) turns: usize,
    /// For so long nothing runs.
    pub(super) down: Duration,
    /// By so much the wall clock is set.
    pub(super) jump: SignedDuration,
}

impl Day {
    pub(super) fn draw(seed: u64) -> Self {
        let mut draw = Draw(Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let evening = Duration::from_secs(draw.among(40, 100));
        let members = draw.size(2, CAST.len());
        let mut script = draw.script(evening);
        // Drawn apart, so that the days of other sellers stay what they were.
        let private = Draw(Rng::with_seed(!seed)).private(&CAST[..members]);
        let is_alone = private.is_some();
        script.private = private.unwrap_or_default();
        let falls: Vec<Duration> = script.falls.iter().map(|fall| fall.at).collect();
        let mut happenings = draw.happenings(&CAST[..members], &falls, evening);
        // Drawn by itself: what every seed stood for before stays as it was.
        let mut draw_more = Draw(Rng::with_seed(seed.wrapping_mul(0x2545_f491_4f6c_dd1d)));
        happenings.extend(draw_more.perhaps(3, |d| d.stop_at_hold(&CAST[..members], &falls, evening)));
        happenings.sort_by_key(|happening| happening.at);
        Self {
            seed,
            members,
            own: (draw.perhaps(3, |d| d.0.u32(1..=4)), draw.perhaps(3, |d| d.0.i64(60..=400))),
            floor: Duration::from_secs(draw.among(0, 2)),
            budget: draw.perhaps(4, |d| Budget {
                requests: d.0.u32(40..=90),
                window: Duration::from_mins(1),
                reserve: d.0.u32(10..=20),
            }),
            is_alone,
            script,
            evening,
            happenings,
        }
    }

    /// Nothing is steady before the evening is over.
    pub(super) fn way(&self) -> Way {
        let (seed, evening) = (self.seed, self.evening);
        Arc::new(move |number, carried: &Carried| {
            let mut draw = Draw(Rng::with_seed(seed ^ (number as u64).wrapping_mul(0xff51_afd7_ed55_8ccd)));
            let (there, back) = (draw.millis(1, 60), draw.millis(1, 60));
            if carried.left >= evening {
                return Trip { there, back, mishap: None };
            }
            let risky = if carried.is_write() || carried.is_basket() { 16 } else { 60 };
            let slow = |draw: &mut Draw, usual| {
                if draw.0.usize(..risky * 2) == 0 { draw.millis(200, 9_000) } else { usual }
            };
            let (there, back) = (slow(&mut draw, there), slow(&mut draw, back));
            let mishap = draw.perhaps(risky, |d| *d.pick(&[Mishap::RequestLost, Mishap::AnswerLost]));
            Trip { there, back, mishap }
        })
    }
}

/// What is left to chance.
struct Draw(Rng);

impl Draw {
    fn among(&mut self, least: u64, most: u64) -> u64 {
        self.0.u64(least..=most)
    }

    fn size(&mut self, least: usize, most: usize) -> usize {
        self.0.usize(least..=most)
    }

    fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.among(least, most))
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.0.usize(..all.len())]
    }

    /// Once in so many times.
    fn perhaps<T>(&mut self, times: usize, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.0.usize(..times) == 0).then(|| value(self))
    }

    fn within(&mut self, end: Duration) -> Duration {
        self.millis(0, u64::try_from(end.as_millis()).unwrap())
    }

    fn script(&mut self, evening: Duration) -> Script {
        let falls = (0..self.size(3, 9)).map(|_| self.fall(evening)).collect();
        let faults = (0..self.size(0, 7)).map(|_| self.fault(evening)).collect();
        Script {
            falls,
            faults,
            closings: self
                .perhaps(12, |d| Closing { at: d.within(evening), event: LEAGUE_MATCH })
                .into_iter()
                .collect(),
            opening: Opening { lots: self.0.u32(0..=3), ..Opening::default() },
            rivals: Rivals {
                count: self.size(0, 4),
                reaction_ms: [self.among(1, 400), self.among(400, 9_000)],
                appetite: f64::from(self.0.u32(0..=10)) / 10.0,
                max_price: None,
            },
            limits: self.limits(),
            pace: Pace { requests_per_minute: self.perhaps(8, |d| d.size(40, 150)) },
            cache: Cache { max_age: self.perhaps(4, |d| d.among(1, 5)).unwrap_or_default() },
            room: self.perhaps(6, |d| d.room(evening)),
            ..Script::default()
        }
    }

    /// What only some are shown, by a seller that shows each member something else.
    fn private(&mut self, cast: &[&str]) -> Option<Vec<Private>> {
        self.perhaps(4, |draw| {
            let areas = AREAS.iter().filter_map(|area| {
                let shown = cast.iter().filter(|_| draw.0.bool()).map(|name| format!("{name}@example.org"));
                Some(Private { area: (*area).into(), members: shown.collect() })
                    .filter(|private| !private.members.is_empty())
            });
            areas.collect()
        })
    }

    fn fall(&mut self, evening: Duration) -> Fall {
        let latest = evening.saturating_sub(Duration::from_secs(10));
        let fall = Fall::of(LEAGUE_MATCH).seats(self.0.u16(1..=4)).at(self.within(latest));
        let (area, row): (&str, &str) = (*self.pick(&AREAS), *self.pick(&ROWS));
        fall.area(area).row(row).price(Pence(*self.pick(&PRICES)))
    }

    fn limits(&mut self) -> Limits {
        Limits {
            posted: self.size(2, 5),
            basket_minutes: self.among(1, 3),
            lock_seconds: self.among(5, 60),
            key_seconds: self.among(15, 300),
            key_writes: self.perhaps(3, |d| d.0.u32(1..=4)),
            session_minutes: 30,
        }
    }

    fn room(&mut self, evening: Duration) -> Room {
        let opens = self.within(evening / 2);
        let closes = (opens + self.millis(5_000, 30_000)).min(evening);
        let host = Some("localhost".to_owned());
        Room {
            event: Some(LEAGUE_MATCH),
            opens,
            closes: Some(closes),
            per_minute: 1,
            host,
            ..Room::default()
        }
    }

    /// Whatever goes wrong is over by the end of the evening.
    fn fault(&mut self, evening: Duration) -> Fault {
        let at = self.within(evening.saturating_sub(Duration::from_secs(5)));
        let (kind, on) = self.trouble();
        let fault = Fault::once(kind).on(on).at(at);
        if self.0.bool() {
            fault.lasting(self.millis(500, 12_000).min(evening.saturating_sub(at)))
        } else {
            fault.times(self.0.u32(1..=3)).lasting(evening.saturating_sub(at))
        }
    }

    fn trouble(&mut self) -> (FaultKind, RequestKind) {
        use RequestKind::{Basket, Config, Feed, Hold, Lock, Page, Put, Release, SeatMap, Select};
        let anywhere =
            *self.pick(&[Feed, Feed, Hold, Put, Lock, Select, Basket, Page, Release, Config, SeatMap]);
        let near_the_hold = *self.pick(&[Hold, Put, Lock, Select, Basket, Release]);
        let readable = *self.pick(&[Feed, Basket, Put, Lock, Page, Config, SeatMap]);
        let status = |status, retry_after| FaultKind::Status { status, retry_after };
        match self.size(0, TROUBLES) {
            0 => (status(400, None), near_the_hold),
            1 => (status(403, None), anywhere),
            2 => (status(404, None), anywhere),
            3 => (status(429, Some(self.among(1, 20))), anywhere),
            4 => (status(503, Some(self.among(1, 20))), anywhere),
            5..=7 => (status(*self.pick(&[500, 502, 503]), None), anywhere),
            8 => (self.pick(&[FaultKind::Block, FaultKind::Abuse, FaultKind::Restricted]).clone(), anywhere),
            9 => (self.pick(&[FaultKind::Identity, FaultKind::Paused]).clone(), anywhere),
            10 => (FaultKind::SignedOut, anywhere),
            11 => (FaultKind::EmptyBasket, Hold),
            12 => (FaultKind::StaleKey, *self.pick(&[Lock, Put, Select, Release])),
            13..=15 => (FaultKind::GrantThenSilence, near_the_hold),
            16..=17 => (FaultKind::Slow(self.millis(100, 20_000)), anywhere),
            18..=19 => (FaultKind::Truncated, readable),
            20 => (FaultKind::Garbage, readable),
            21 => (FaultKind::NullFields, *self.pick(&[Feed, Config, SeatMap, Lock])),
            22 => (FaultKind::EmptyBody, readable),
            _ => (FaultKind::RedirectLoop, *self.pick(&[Feed, Basket, Page])),
        }
    }

    fn wish(&mut self) -> Box<Configuration> {
        let pounds = self.0.i64(40..=160);
        Box::new(Configuration {
            seat_count: SeatCount::new(self.0.u32(1..=3)).unwrap(),
            speed_limit: SpeedLimit::new(Duration::from_secs(self.among(1, 6))).unwrap(),
            request_timeout: RequestTimeout::from_millis(self.0.u32(3_000..=30_000)).unwrap(),
            max_price: Price::new(pounds * 100, Currency::GBP),
            together: self.0.u8(..4) != 0,
            rows: self.perhaps(5, |d| vec![(*d.pick(&ROWS)).to_owned()]).unwrap_or_default(),
            on_match: if self.0.u8(..12) == 0 { OnMatch::Notify } else { OnMatch::Hold },
            priority: self.0.i32(0..=2),
            ..Configuration::default()
        })
    }

    fn happenings(&mut self, cast: &[&'static str], falls: &[Duration], evening: Duration) -> Vec<Happening> {
        let mut all: Vec<Happening> = cast
            .iter()
            .map(|name| Happening { at: self.millis(1, 15_000), what: What::Start(name, self.wish()) })
            .collect();
        for _ in 0..self.size(0, 6) {
            let name = self.pick(cast);
            let what = match self.size(0, 7) {
                0 => What::Stop(name),
                1 => What::Start(name, self.wish()),
                2 => What::Rewish(name, self.wish()),
                3 => What::SignOut(name),
                4 => What::SignIn(name),
                5 => What::Pay(name),
                6 => What::Restart(self.millis(0, 5_000)),
                _ => What::Sleep(self.millis(500, 40_000)),
            };
            all.push(Happening { at: self.soon_after_one_of(falls, evening), what });
        }
        for _ in 0..self.size(0, 3) {
            let crash = What::Crash(self.crash());
            all.push(Happening { at: self.soon_after_one_of(falls, evening), what: crash });
        }
        all.sort_by_key(|happening| happening.at);
        all
    }

    fn stop_at_hold(&mut self, cast: &[&'static str], falls: &[Duration], evening: Duration) -> Happening {
        let crash = (self.0.u8(..3) != 0).then(|| Crash { turns: self.size(0, 5), ..self.crash() });
        let what = What::StopAtHold(self.0.choice(cast.iter().copied()).unwrap(), crash);
        // In time for the fall, so that its hold is the one.
        let at = self.pick(falls).saturating_sub(Duration::from_secs(1)).min(evening);
        Happening { at, what }
    }

    /// Where it hurts: around holds.
    fn soon_after_one_of(&mut self, falls: &[Duration], evening: Duration) -> Duration {
        if self.0.u8(..3) == 0 {
            return self.within(evening);
        }
        *self.pick(falls) + self.millis(0, 4_500)
    }

    fn crash(&mut self) -> Crash {
        let jump = self.perhaps(3, |d| SignedDuration::from_secs(d.0.i64(-7_200..=7_200)));
        Crash {
            moves: self.size(0, 14),
            turns: self.size(0, 12),
            down: self.millis(0, 4_000),
            jump: jump.unwrap_or_default(),
        }
    }
}
