//! The waiting room: a line of places, the tokens that take a browser to the site, and the passes that let it stay.
//! It reads no clock: `now` is the time since the opening.

mod books;
mod conduct;
mod pass;
mod places;
mod schedule;
mod seal;
mod token;

use std::time::Duration;

pub use self::books::{ClientBook, PlaceBook, PlaceStanding, RoomBook};
pub(crate) use self::conduct::Client;
pub(crate) use self::pass::COMPONENT;

use self::conduct::Conduct;
use self::pass::Pass;
use self::places::{Places, Position, Stage};
use self::schedule::Schedule;
use self::seal::Seal;
use self::token::Token;
use crate::event::EventId;
use crate::script::Room;
use crate::tokens;

const SECRET_LENGTH: usize = 48;

/// The waiting room of a box office.
#[derive(Clone, Debug)]
pub(crate) struct QueueRoom {
    script: Room,
    schedule: Schedule,
    seal: Seal,
    seal_of_another: Seal,
    places: Places,
    conduct: Conduct,
    tokens_given: u32,
}

/// What a browser sees of its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// A check that a person has to answer.
    Check { code: String, missed: u32 },
    /// The line.
    Line(Line),
    /// The way on to the site, with a token.
    Onward { url: String },
}

/// A place in the line as its browser sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: u64,
    pub(crate) ahead: u64,
    /// Whether anybody is let through yet.
    pub(crate) has_started: bool,
    pub(crate) is_paused: bool,
    /// How long it still takes; nothing where nobody knows.
    pub(crate) wait: Option<Duration>,
    /// How much of its way it has come, from 0 to 100.
    pub(crate) percent: u64,
}

/// What a visit to the waiting room comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// The room is not open: the site is.
    NotNeeded,
    /// There is no room for another place.
    Full,
    /// The browser has a place.
    Place { queue_id: String, sight: Sight },
}

/// What the site makes of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// It is good: the value of the cookie.
    Pass(String),
    /// It is not what the room signed.
    BadHash,
    /// Its time is over.
    Expired,
}

/// What the site makes of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// It is good.
    Stay,
    /// It is good, and renewed: the new value of the cookie.
    Renewed(String),
    /// There is none, or not a good one.
    TurnedAway,
}

impl QueueRoom {
    pub(crate) fn new(seed: u64, script: Room) -> Self {
        let secret = match &script.secret {
            Some(secret) => secret.reveal().to_owned(),
            None => tokens::token(seed, &["room secret"], SECRET_LENGTH),
        };
        Self {
            schedule: Schedule::of(&script),
            seal: Seal::new(&secret),
            seal_of_another: Seal::new(&format!("not {secret}")),
            places: Places::new(seed, script.ahead),
            conduct: Conduct::default(),
            tokens_given: 0,
            script,
        }
    }

    pub(crate) fn script(&self) -> &Room {
        &self.script
    }

    /// Whether requests about `event` need a pass now; those about none need one where the whole site is guarded.
    pub(crate) fn guards(&self, event: Option<EventId>, now: Duration) -> bool {
        self.is_open(now) && (self.script.event.is_none() || self.script.event == event)
    }

    /// A browser comes to the room, with the queue id that it was given before, on its way to `target`.
    pub(crate) fn visit(&mut self, queue_id: Option<&str>, target: &str, now: Duration) -> Visit {
        if !self.is_open(now) {
            return Visit::NotNeeded;
        }
        let served = self.schedule.served(now);
        let known = queue_id.filter(|id| self.places.look(id, served, now).is_some()).map(str::to_owned);
        let queue_id = known.or_else(|| {
            if self.script.soft_block {
                self.places.put_before_the_check(target)
            } else {
                self.places.join(target, served, now)
            }
        });
        let sight = queue_id.as_deref().and_then(|id| {
            if let Some(place) = self.places.look(id, served, now) {
                target.clone_into(&mut place.target);
            }
            self.look(id, now)
        });
        queue_id.zip(sight).map_or(Visit::Full, |(queue_id, sight)| Visit::Place { queue_id, sight })
    }

    /// What the browser with this queue id sees; nothing where its place is used up or was never given.
    pub(crate) fn look(&mut self, queue_id: &str, now: Duration) -> Option<Sight> {
        let (is_open, served) = (self.is_open(now), self.schedule.served(now));
        let place = self.places.look(queue_id, served, now)?;
        place.asked += 1;
        if !is_open {
            return Some(Sight::Onward { url: place.target.clone() });
        }
        match place.stage.clone() {
            Stage::Checking { code, missed } => Some(Sight::Check { code, missed }),
            Stage::Waiting(position) => Some(Sight::Line(self.line(position, now))),
            Stage::LetThrough { at, .. } => {
                let target = place.target.clone();
                Some(Sight::Onward { url: with_token(&target, &self.next_token(queue_id, at, now)) })
            }
            Stage::Gone { .. } => None,
        }
    }

    /// A person's answer to the check: what they typed, and whether they said that they are one.
    pub(crate) fn answer_check(&mut self, queue_id: &str, code: &str, is_person: bool, now: Duration) {
        let served = self.schedule.served(now);
        self.places.answer_check(queue_id, if is_person { code } else { "" }, served, now);
    }

    /// A client comes to the site with a token.
    pub(crate) fn enter(&mut self, token: &str, client: &Client, now: Duration) -> Entry {
        let Some(token) = Token::read(token, &self.seal).filter(|token| token.event == self.script.id) else {
            return Entry::BadHash;
        };
        if token.until < self.clock(now) {
            return Entry::Expired;
        }
        let waited = self.places.has_gone(&token.queue_id, now);
        self.conduct.use_pass(&token.queue_id, client, waited);
        let pass = Pass {
            event: token.event,
            queue_id: token.queue_id,
            fixed_minutes: (!token.extend).then_some(self.script.pass_minutes),
            issued: self.clock(now),
        };
        Entry::Pass(pass.write(&self.seal))
    }

    /// A client asks the site for something that is guarded, with its cookie.
    pub(crate) fn admit(&mut self, cookie: Option<&str>, client: &Client, now: Duration) -> Leave {
        let pass = cookie.and_then(|cookie| Pass::read(cookie, &self.seal));
        let (minutes, at) = (self.script.pass_minutes, Duration::from_secs(self.clock(now)));
        let Some(pass) = pass.filter(|pass| pass.event == self.script.id && pass.is_good(minutes, at)) else {
            return Leave::TurnedAway;
        };
        let waited = self.places.has_gone(&pass.queue_id, now);
        self.conduct.use_pass(&pass.queue_id, client, waited);
        pass.renewed(at).map_or(Leave::Stay, |pass| Leave::Renewed(pass.write(&self.seal)))
    }

    /// Counts a request to the site that is sent to the room.
    pub(crate) fn turn_away(&mut self, client: &Client) {
        self.conduct.turn_away(client);
    }

    fn is_open(&self, now: Duration) -> bool {
        self.script.opens <= now && self.script.closes.is_none_or(|closes| now < closes)
    }

    fn line(&self, position: Position, now: Duration) -> Line {
        let ahead = position.number.saturating_sub(self.schedule.served(now) + 1);
        Line {
            number: position.number,
            ahead,
            has_started: self.schedule.has_started(now),
            is_paused: self.schedule.is_paused(now),
            wait: self.schedule.wait(position.number, now),
            // The last step is the way through, so that a full bar is never seen waiting.
            percent: (position.ahead.saturating_sub(ahead)) * 100 / (position.ahead + 1),
        }
    }

    /// A token for this place: the first few may be spoiled.
    fn next_token(&mut self, queue_id: &str, let_through: Duration, now: Duration) -> String {
        let (number, bad) = (self.tokens_given, self.script.bad_tokens);
        self.tokens_given += 1;
        let is_late = number >= bad && number - bad < self.script.late_tokens;
        let until = if is_late {
            self.clock(now).saturating_sub(1)
        } else {
            self.clock(Stage::onward_until(let_through))
        };
        let (event, extend) = (self.script.id.clone(), self.script.extend);
        let token = Token { event, until, extend, queue_id: queue_id.to_owned() };
        token.write(if number < bad { &self.seal_of_another } else { &self.seal })
    }

    /// What the clock on the wall shows, in seconds since 1970.
    fn clock(&self, now: Duration) -> u64 {
        self.script.epoch.saturating_add(now.as_secs())
    }
}

fn with_token(target: &str, token: &str) -> String {
    let joint = if target.contains('?') { '&' } else { '?' };
    format!("{target}{joint}queueittoken={token}")
}

#[cfg(test)]
mod tests;
