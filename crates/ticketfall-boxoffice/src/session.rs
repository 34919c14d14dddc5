//! Who is asking: visitors, the members' sessions, and the page key that each session's writes must carry.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::event::EventId;
use crate::member::MemberId;
use crate::script::Limits;
use crate::tokens;

const SESSION_ID_LENGTH: usize = 48;
const VISITOR_ID_LENGTH: usize = 24;
const KEY_LENGTH: usize = 92;

/// A member's signed-in state.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) member: MemberId,
    id: String,
    opened: Duration,
    used: Duration,
    writes: u32,
    turns: u64,
    unlocked: BTreeSet<EventId>,
}

/// Every session of the house.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    seed: u64,
    limits: Limits,
    opened: u64,
    visitors: u64,
    by_id: BTreeMap<String, Session>,
}

impl Sessions {
    pub(crate) fn new(seed: u64, limits: Limits) -> Self {
        Self { seed, limits, opened: 0, visitors: 0, by_id: BTreeMap::new() }
    }

    /// The id of a visitor who has none yet.
    pub(crate) fn new_visitor(&mut self) -> String {
        self.visitors += 1;
        tokens::token(self.seed, &["visitor", &self.visitors.to_string()], VISITOR_ID_LENGTH)
    }

    /// The hidden token of the sign-in form as this visitor gets it.
    pub(crate) fn form_token(&self, visitor: &str) -> String {
        tokens::token(self.seed, &["form", visitor], KEY_LENGTH)
    }

    /// Opens a session; the answer is its id.
    pub(crate) fn open(&mut self, member: MemberId, now: Duration) -> String {
        // Signing in is rare: the time to forget what has run out.
        let lasts = self.lasts();
        self.by_id.retain(|_, session| now < session.used + lasts);
        self.opened += 1;
        let id = tokens::token(self.seed, &["session", &self.opened.to_string()], SESSION_ID_LENGTH);
        let session = Session {
            member,
            id: id.clone(),
            opened: now,
            used: now,
            writes: 0,
            turns: 0,
            unlocked: BTreeSet::new(),
        };
        self.by_id.insert(id.clone(), session);
        id
    }

    /// The session with this id, renewed by being used; nothing where it is unknown or has run out.
    pub(crate) fn renew(&mut self, id: &str, now: Duration) -> Option<MemberId> {
        let lasts = self.lasts();
        let session = self.by_id.get_mut(id).filter(|session| now < session.used + lasts)?;
        session.used = now;
        Some(session.member)
    }

    pub(crate) fn close(&mut self, id: &str) {
        self.by_id.remove(id);
    }

    pub(crate) fn close_all_of(&mut self, member: MemberId) {
        self.by_id.retain(|_, session| session.member != member);
    }

    /// The page key that writes of this session must carry now.
    pub(crate) fn key(&self, id: &str, now: Duration) -> Option<String> {
        let session = self.by_id.get(id)?;
        let age = now.saturating_sub(session.opened).as_secs() / self.limits.key_seconds;
        let spent = self.limits.key_writes.map_or(0, |writes| session.writes / writes);
        let generation = age + u64::from(spent) + session.turns;
        Some(tokens::token(self.seed, &["key", &session.id, &generation.to_string()], KEY_LENGTH))
    }

    /// Counts a write that carried the right key.
    pub(crate) fn count_write(&mut self, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.writes += 1;
        }
    }

    /// Changes the page key before its time.
    pub(crate) fn turn_key(&mut self, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.turns += 1;
        }
    }

    /// Lets a session see an event whose keyword it brought.
    pub(crate) fn unlock(&mut self, id: &str, event: EventId) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.unlocked.insert(event);
        }
    }

    pub(crate) fn has_unlocked(&self, id: &str, event: EventId) -> bool {
        self.by_id.get(id).is_some_and(|session| session.unlocked.contains(&event))
    }

    fn lasts(&self) -> Duration {
        Duration::from_mins(self.limits.session_minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_session_lasts_as_long_as_it_is_used() {
        let mut sessions = Sessions::new(1, Limits::default());
        let id = sessions.open(3, seconds(0));
        assert_eq!(sessions.renew(&id, seconds(29 * MINUTE)), Some(3));
        assert_eq!(sessions.renew(&id, seconds(58 * MINUTE)), Some(3));
        assert_eq!(sessions.renew(&id, seconds(88 * MINUTE)), None);
    }

    #[test]
    fn a_page_key_changes_with_time_and_with_writes() {
        let mut sessions = Sessions::new(1, Limits { key_writes: Some(2), ..Limits::default() });
        let id = sessions.open(0, seconds(10));
        let first = sessions.key(&id, seconds(10)).unwrap();
        assert_eq!(sessions.key(&id, seconds(309)).unwrap(), first);
        assert_ne!(sessions.key(&id, seconds(310)).unwrap(), first);
        sessions.count_write(&id);
        assert_eq!(sessions.key(&id, seconds(10)).unwrap(), first);
        sessions.count_write(&id);
        assert_ne!(sessions.key(&id, seconds(10)).unwrap(), first);
    }

    #[test]
    fn every_session_has_a_key_of_its_own() {
        let mut sessions = Sessions::new(1, Limits::default());
        let (first, second) = (sessions.open(0, seconds(0)), sessions.open(0, seconds(0)));
        assert_ne!(sessions.key(&first, seconds(0)), sessions.key(&second, seconds(0)));
    }

    #[test]
    fn signing_a_member_out_ends_every_session_of_theirs() {
        let mut sessions = Sessions::new(1, Limits::default());
        let (ada, ben) = (sessions.open(0, seconds(0)), sessions.open(1, seconds(0)));
        sessions.close_all_of(0);
        assert_eq!(sessions.renew(&ada, seconds(1)), None);
        assert_eq!(sessions.renew(&ben, seconds(1)), Some(1));
    }
}
