//! Everybody, in the order in which people look for them: who holds or needs somebody first, then by what each is
//! called. It is kept while searches change, so that a page costs what it shows, however many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};

use ticketfall_core::ids::ProfileId;
use ticketfall_core::status::Status;

use super::{Supervisor, locked};
use crate::store::{self, profiles};

/// How a member stands, who should be seen first first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Seats are in the basket.
    Holds,
    /// A person is needed.
    Needs,
    /// The site said stop.
    Blocked,
    /// The search goes on.
    Searches,
    /// There is none.
    Rests,
}

impl Standing {
    const ALL: [Self; 5] = [Self::Holds, Self::Needs, Self::Blocked, Self::Searches, Self::Rests];

    /// Of a status. Whoever is merely on the way keeps a place, so that lines do not move with every fall.
    pub fn of(status: &Status) -> Self {
        match status {
            Status::Tickets => Self::Holds,
            Status::SessionError { .. } | Status::KeyNotFound { .. } | Status::Captcha { .. } => Self::Needs,
            Status::Blocked { .. } => Self::Blocked,
            Status::StartingAgain
            | Status::SearchingTickets
            | Status::TicketFall { .. }
            | Status::Queue { .. }
            | Status::BackingOff { .. } => Self::Searches,
            Status::Stopped { .. } => Self::Rests,
        }
    }
}

/// Which members a page shows.
#[derive(Debug, Clone)]
pub struct RollQuery {
    /// With this in what they are called, in lower case.
    pub called: String,
    /// Standing between these.
    pub standing: RangeInclusive<Standing>,
    /// Which page of them, counted from one; a page that is not there is the nearest.
    pub page: usize,
    /// So many a page.
    pub page_rows: usize,
}

/// A page of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollPage {
    /// How many there are of all.
    pub all: usize,
    /// Those who are called so.
    pub called: Counts,
    /// Who is on the page, in order.
    pub shown: Vec<ProfileId>,
    /// Which page it is.
    pub page: usize,
    /// Of how many.
    pub pages: usize,
}

/// How many stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([usize; Standing::ALL.len()]);

impl Counts {
    /// How many stand between these.
    pub fn of(&self, standing: &RangeInclusive<Standing>) -> usize {
        let within = Standing::ALL.into_iter().filter(|one| standing.contains(one));
        within.map(|one| self.0[one as usize]).sum()
    }
}

/// Which search of a profile's speaks; what an earlier one still says does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Voice(u64);

/// Who waits to start again speaks before every search.
const WAITING: Voice = Voice(0);

#[derive(Debug, Default)]
pub(super) struct Roll(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    /// As of which change of the names; none before they were read.
    named: Option<u64>,
    names: BTreeMap<ProfileId, Arc<str>>,
    searches: BTreeMap<ProfileId, Stood>,
    /// Those of each standing.
    order: [BTreeSet<Entry>; Standing::ALL.len()],
    words: BTreeMap<&'static str, u32>,
    voices: u64,
}

/// How a search stands.
#[derive(Debug, Clone, Copy)]
struct Stood {
    voice: Voice,
    standing: Standing,
    word: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// What people call the member, and its name, in lower case.
    called: Arc<str>,
    profile: ProfileId,
}

impl Supervisor {
    /// A page of members.
    pub async fn roll(&self, asked: &RollQuery) -> Result<RollPage, store::Error> {
        self.call_the_roll().await?;
        Ok(locked(&self.0.roll.0).page(asked))
    }

    /// The first of those who hold or need somebody, so many at most, and how many there are.
    pub async fn urgent(&self, most: usize) -> Result<(Vec<ProfileId>, usize), store::Error> {
        let standing = Standing::Holds..=Standing::Blocked;
        let asked = RollQuery { called: String::new(), standing: standing.clone(), page: 1, page_rows: most };
        let page = self.roll(&asked).await?;
        Ok((page.shown, page.called.of(&standing)))
    }

    /// Reads what everybody is called, where that has changed.
    async fn call_the_roll(&self) -> Result<(), store::Error> {
        let store = &self.0.parts.store;
        let change = store.renamed();
        if self.0.roll.named() != Some(change) {
            self.0.roll.name(change, profiles::labels(store).await?);
        }
        Ok(())
    }
}

impl Roll {
    /// A search begins to speak for its profile.
    pub(super) fn begins(&self, profile: &ProfileId, status: &Status) -> Voice {
        let mut book = locked(&self.0);
        book.voices += 1;
        let voice = Voice(book.voices);
        book.put(profile, Some(Stood::of(voice, status)));
        voice
    }

    /// How a search stands now.
    pub(super) fn stands(&self, profile: &ProfileId, voice: Voice, status: &Status) {
        let mut book = locked(&self.0);
        if book.searches.get(profile).is_some_and(|stood| stood.voice == voice) {
            book.put(profile, Some(Stood::of(voice, status)));
        }
    }

    /// A search is to start again.
    pub(super) fn waits(&self, profile: &ProfileId, status: &Status) {
        locked(&self.0).put(profile, Some(Stood::of(WAITING, status)));
    }

    /// It is not, or has started.
    pub(super) fn waits_no_more(&self, profile: &ProfileId) {
        let mut book = locked(&self.0);
        if book.searches.get(profile).is_some_and(|stood| stood.voice == WAITING) {
            book.put(profile, None);
        }
    }

    /// The profile's search is forgotten.
    pub(super) fn forget(&self, profile: &ProfileId) {
        locked(&self.0).put(profile, None);
    }

    /// As of which change of the names it was called.
    pub(super) fn named(&self) -> Option<u64> {
        locked(&self.0).named
    }

    /// Takes in what everybody is called as of a change of the names.
    pub(super) fn name(&self, change: u64, labels: Vec<(ProfileId, String)>) {
        let called = |(profile, label): (ProfileId, String)| {
            let called = format!("{}\n{}", label.to_lowercase(), profile.as_str().to_lowercase());
            (profile, Arc::from(called))
        };
        let mut book = locked(&self.0);
        book.named = Some(change);
        book.names = labels.into_iter().map(called).collect();
        book.order_anew();
    }

    /// How many searches there are of each word.
    pub(super) fn words(&self) -> BTreeMap<&'static str, u32> {
        locked(&self.0).words.clone()
    }
}

impl Stood {
    fn of(voice: Voice, status: &Status) -> Self {
        Self { voice, standing: Standing::of(status), word: status.word() }
    }
}

impl Book {
    fn put(&mut self, profile: &ProfileId, stood: Option<Stood>) {
        let before = match stood {
            Some(stood) => self.searches.insert(profile.clone(), stood),
            None => self.searches.remove(profile),
        };
        for (word, change) in [(before, -1), (stood, 1)] {
            if let Some(Stood { word, .. }) = word {
                let count = self.words.entry(word).or_default();
                *count = count.saturating_add_signed(change);
            }
        }
        let standing = |stood: Option<Stood>| stood.map_or(Standing::Rests, |stood| stood.standing);
        let (before, now) = (standing(before), standing(stood));
        if before == now {
            return;
        }
        let Some(called) = self.names.get(profile).cloned() else { return };
        let entry = Entry { called, profile: profile.clone() };
        self.order[before as usize].remove(&entry);
        self.order[now as usize].insert(entry);
    }

    fn order_anew(&mut self) {
        self.order = Default::default();
        for (profile, called) in &self.names {
            let standing = self.searches.get(profile).map_or(Standing::Rests, |stood| stood.standing);
            let entry = Entry { called: Arc::clone(called), profile: profile.clone() };
            self.order[standing as usize].insert(entry);
        }
    }

    fn page(&self, asked: &RollQuery) -> RollPage {
        let all = Counts(self.order.each_ref().map(BTreeSet::len));
        let within = Standing::ALL.into_iter().filter(|standing| asked.standing.contains(standing));
        let everybody = all.of(&(Standing::Holds..=Standing::Rests));
        if asked.called.is_empty() {
            let within = within.flat_map(|standing| &self.order[standing as usize]);
            return cut(asked, (everybody, all), within);
        }
        let is_called = |entry: &&Entry| entry.called.contains(&*asked.called);
        let found = self.order.each_ref().map(|entries| entries.iter().filter(is_called).collect::<Vec<_>>());
        let called = Counts(found.each_ref().map(Vec::len));
        let within = within.flat_map(|standing| found[standing as usize].iter().copied());
        cut(asked, (everybody, called), within)
    }
}

/// The page that was asked for of those `within`.
fn cut<'b>(
    asked: &RollQuery,
    (all, called): (usize, Counts),
    within: impl Iterator<Item = &'b Entry>,
) -> RollPage {
    let pages = called.of(&asked.standing).div_ceil(asked.page_rows).max(1);
    let page = asked.page.clamp(1, pages);
    let within = within.skip((page - 1) * asked.page_rows).take(asked.page_rows);
    RollPage { all, called, shown: within.map(|entry| entry.profile.clone()).collect(), page, pages }
}

#[cfg(test)]
mod tests;
