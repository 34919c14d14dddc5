//! What a seller's falls teach, learnt once for all of its watches.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ticketfall_core::ids::SellerId;
use ticketfall_core::pace::later;
use ticketfall_core::rhythm::{Comparison, Past, Rhythm, compare};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::store::{self, Store, pasts};

const PAST: Duration = Duration::from_hours(90 * 24);
/// A watch that asks within so long of another takes up what that one was taught.
const SERVES: Duration = Duration::from_hours(1);

/// What is asked: whose falls, and against which even looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    pub(super) seller: SellerId,
    pub(super) asked: Duration,
    pub(super) floor: Duration,
}

/// What came out.
#[derive(Debug, Clone)]
pub(super) struct Lesson {
    pub(super) comparison: Comparison,
    /// When seats fall, where looking by it wins.
    pub(super) rhythm: Option<Arc<Rhythm>>,
}

/// Every lesson that still serves; nothing where too little fell to compare.
#[derive(Debug)]
pub(in crate::monitoring) struct Lessons {
    clock: Clock,
    store: Store,
    taught: Mutex<BTreeMap<Question, (Timestamp, Option<Lesson>)>>,
}

impl Lessons {
    pub(in crate::monitoring) fn new(clock: Clock, store: Store) -> Self {
        Self { clock, store, taught: Mutex::default() }
    }

    pub(super) async fn ask(
        &self,
        question: Question,
        venue: &TimeZone,
    ) -> Result<Option<Lesson>, store::Error> {
        // Held while something is learnt, so that a thousand watches of a seller do not learn the same all at once.
        let mut taught = self.taught.lock().await;
        let now = self.clock.now();
        taught.retain(|_, (at, _)| later(*at, SERVES) > now);
        if let Some((_, lesson)) = taught.get(&question) {
            return Ok(lesson.clone());
        }
        let since = now.checked_sub(PAST).unwrap_or(Timestamp::MIN);
        let all = pasts::since(&self.store, &question.seller, since).await?;
        let (venue, asked, floor) = (venue.clone(), question.asked, question.floor);
        let learnt = tokio::task::spawn_blocking(move || learn(&all, &venue, asked, floor)).await;
        // A runtime that ends, or a day that cannot be reckoned with, leaves looks as they were: even.
        let lesson = learnt.unwrap_or(None);
        taught.insert(question, (now, lesson.clone()));
        Ok(lesson)
    }
}

fn learn(all: &[Past], venue: &TimeZone, asked: Duration, floor: Duration) -> Option<Lesson> {
    let comparison = compare(all, venue, asked, floor)?;
    let rhythm = comparison.wins().then(|| Arc::new(Rhythm::learn(all.iter(), venue)));
    Some(Lesson { comparison, rhythm })
}

#[cfg(test)]
mod tests {
    use ticketfall_core::eye::Eye;
    use ticketfall_core::fall::Fall;
    use ticketfall_core::ids::{EventId, EventKey};

    use super::*;
    use crate::store::falls::tests::pair;
    use crate::store::{events, falls};

    const SECOND: Duration = Duration::from_secs(1);
    const DAY: i64 = 86_400;

    /// One that came at this second of the opening, and is gone two seconds later.
    fn fall(number: u64, second: i64) -> Fall {
        let came = pair(number, second);
        Fall { gone_at: Some(later(came.last_seen, 2 * SECOND)), ..came }
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_watch_was_taught_serves_the_others_for_an_hour() {
        let store = Store::in_memory().unwrap();
        let clock = Clock::starting_at("2026-11-28T15:00:00Z".parse().unwrap());
        let key =
            EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("501").unwrap() };
        let page = "https://northend.example/EDP/Event/Index/501".parse().unwrap();
        events::seen(&store, &key, &page, None, clock.now()).await.unwrap();
        let lessons = Lessons::new(clock, store.clone());
        let question = Question { seller: key.seller.clone(), asked: 10 * SECOND, floor: SECOND };
        let falls_taught = async |question: &Question| {
            let lesson = lessons.ask(question.clone(), &TimeZone::UTC).await.unwrap();
            lesson.map_or(0, |lesson| lesson.comparison.falls)
        };
        assert_eq!(falls_taught(&question).await, 0);
        let fallen = vec![fall(1, -DAY), fall(2, 0)];
        falls::keep(&store, &key, &Eye::Everybody, fallen).await.unwrap();
        tokio::time::sleep(59 * 60 * SECOND).await;
        assert_eq!(falls_taught(&question).await, 0, "it is the lesson of an hour ago");
        let sooner = Question { asked: 5 * SECOND, ..question.clone() };
        assert_eq!(falls_taught(&sooner).await, 2, "another question is learnt by itself");
        tokio::time::sleep(60 * SECOND).await;
        assert_eq!(falls_taught(&question).await, 2);
    }
}
