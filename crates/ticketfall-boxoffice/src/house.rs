//! The box office's one state and everything that it decides. It reads no clock: `now` is the time since the opening.
//! Whatever was due is caught up with before a question is answered, in exact time order.

mod agenda;
mod books;
mod falls;
mod holds;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) use self::holds::{BasketLine, Claim, Pick, Selection};

use self::agenda::{Agenda, Due};
use crate::books::{FallRecord, LogLine};
use crate::event::{self, Admission, Event, EventId};
use crate::fault::Faults;
use crate::member::{self, Member, MemberId};
use crate::queue_room::QueueRoom;
use crate::refusal::{Reason, Refusal};
use crate::script::{Private, Script};
use crate::session::Sessions;
use crate::site::feed_cache::FeedCache;
use crate::site::pace::Pacemaker;
use crate::stadium::{AreaId, Place, Stadium};
use crate::stock::Stock;

/// How many lines of the log are kept.
const LOG_MAX: usize = 250_000;

/// The whole box office.
#[derive(Clone, Debug)]
pub(crate) struct House {
    pub(crate) seed: u64,
    pub(crate) opens_at: String,
    pub(crate) script: Script,
    pub(crate) stadium: Stadium,
    pub(crate) members: Vec<Member>,
    pub(crate) sessions: Sessions,
    pub(crate) faults: Faults,
    pub(crate) pacemaker: Pacemaker,
    pub(crate) feed_cache: FeedCache,
    pub(crate) queue_room: Option<QueueRoom>,
    /// Members who have a captcha to answer.
    pub(crate) unproven: BTreeSet<MemberId>,
    events: BTreeMap<EventId, Event>,
    stocks: BTreeMap<EventId, Stock>,
    holdings: BTreeMap<MemberId, BTreeSet<(EventId, Place)>>,
    refusals: BTreeMap<MemberId, BTreeMap<&'static str, u32>>,
    falls: Vec<FallRecord>,
    not_fallen: Vec<String>,
    weather: fastrand::Rng,
    agenda: Agenda,
    log: std::collections::VecDeque<LogLine>,
    answers_refused: u64,
}

impl House {
    pub(crate) fn open(seed: u64, script: Script, members: usize, opens_at: String) -> Self {
        let events: BTreeMap<EventId, Event> =
            event::season().into_iter().map(|event| (event.id, event)).collect();
        let mut faults = Faults::default();
        script.faults.iter().cloned().for_each(|fault| faults.add(fault));
        let mut house = Self {
            seed,
            opens_at,
            stadium: Stadium::build(seed),
            members: member::roster(members),
            sessions: Sessions::new(seed, script.limits),
            faults,
            pacemaker: Pacemaker::default(),
            feed_cache: FeedCache::default(),
            queue_room: script.room.clone().map(|room| QueueRoom::new(seed, room)),
            unproven: BTreeSet::new(),
            stocks: events.keys().map(|id| (*id, Stock::default())).collect(),
            events,
            holdings: BTreeMap::new(),
            refusals: BTreeMap::new(),
            falls: Vec::new(),
            not_fallen: Vec::new(),
            weather: crate::tokens::rng(seed, &["weather"]),
            agenda: Agenda::default(),
            log: std::collections::VecDeque::new(),
            answers_refused: 0,
            script,
        };
        house.lay_out();
        house
    }

    /// Puts the script on the agenda.
    fn lay_out(&mut self) {
        self.stock_the_opening();
        for (index, fall) in self.script.falls.iter().enumerate() {
            for time in 0..fall.count {
                self.agenda.put_down(fall.at + fall.every * time, Due::ScriptFall(index));
            }
        }
        self.expect_weather(Duration::ZERO);
    }

    /// Catches up with everything that was due by `now`.
    pub(crate) fn advance(&mut self, now: Duration) {
        while let Some((at, due)) = self.agenda.next(now) {
            match due {
                Due::ScriptFall(index) => self.fall_by_script(index, at),
                Due::Weather => self.fall_by_weather(at),
                Due::RivalBuys { rival, fall } => self.rival_buys(rival, fall, at),
                Due::HoldsEnd { event, by } => self.end_holds(event, by, at),
            }
        }
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.values()
    }

    pub(crate) fn event(&self, id: EventId) -> Option<&Event> {
        self.events.get(&id)
    }

    pub(crate) fn stock(&self, id: EventId) -> Option<&Stock> {
        self.stocks.get(&id)
    }

    /// The event, where this session may look at it now.
    pub(crate) fn admit(&self, id: EventId, session: &str, now: Duration) -> Result<&Event, Refusal> {
        let event = self.events.get(&id).ok_or(Refusal::NotFound)?;
        let reason = match &event.admission {
            Admission::Archived => Some(Reason::Archived),
            Admission::NotSold => Some(Reason::NoSalesModes),
            Admission::Keyword(_) if !self.sessions.has_unlocked(session, id) => Some(Reason::Restricted),
            Admission::Open | Admission::Keyword(_) => {
                self.is_closed(id, now).then_some(Reason::NoSalesModes)
            }
        };
        reason.map_or(Ok(event), |reason| Err(Refusal::NotAllowed { event: id, reason }))
    }

    fn is_closed(&self, id: EventId, now: Duration) -> bool {
        self.script.closings.iter().any(|closing| closing.event == id && closing.at <= now)
    }

    /// The account with this address and password.
    pub(crate) fn member_by_login(&self, email: &str, password: &str) -> Option<MemberId> {
        self.members
            .iter()
            .position(|member| member.email.eq_ignore_ascii_case(email) && member.password == password)
    }

    pub(crate) fn member_by_email(&self, email: &str) -> Option<MemberId> {
        self.members.iter().position(|member| member.email == email)
    }

    /// The areas that are not for this member.
    pub(crate) fn hidden_from(&self, member: MemberId) -> BTreeSet<AreaId> {
        let is_shown = |private: &&Private| private.members.contains(&self.members[member].email);
        let hidden = self.script.private.iter().filter(|private| !is_shown(private));
        hidden.filter_map(|private| private.area.id()).collect()
    }

    /// Counts a refusal; true every other time, so that answers can take turns.
    pub(crate) fn count_refusal(&mut self, member: Option<MemberId>, refusal: &Refusal) -> bool {
        if let Some(member) = member {
            *self.refusals.entry(member).or_default().entry(refusal.kind()).or_default() += 1;
        }
        self.answers_refused += 1;
        self.answers_refused.is_multiple_of(2)
    }

    pub(crate) fn write_down(&mut self, line: LogLine) {
        if self.log.len() == LOG_MAX {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }

    pub(crate) fn log(&self) -> Vec<LogLine> {
        self.log.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
