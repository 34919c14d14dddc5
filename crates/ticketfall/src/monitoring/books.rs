//! The book of each event that is watched: read from the store for the first watch, shared by all that follow.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::book::Book;
use ticketfall_core::ids::EventKey;
use ticketfall_core::pace::later;
use ticketfall_core::watch::{Effect, Input, Watch};
use tokio::sync::watch;

use super::sightings::Sightings;
use super::{WatchKey, locked, record};
use crate::store::{self, Store};

/// When somebody looked last at an event that nobody watches any more.
type Looked = Arc<Mutex<BTreeMap<EventKey, Timestamp>>>;

/// No floor is longer than this.
const FLOOR_MAX: Duration = Duration::from_hours(24);

/// One event's book, for as long as somebody watches; locked for a step, never across an await.
#[derive(Debug)]
pub(super) struct SharedBook {
    event: EventKey,
    book: Mutex<Book>,
    looked: Looked,
    /// Rings when one watch lets go seats that another may give out at once.
    bell: watch::Sender<u64>,
}

impl SharedBook {
    pub(super) fn lock(&self) -> MutexGuard<'_, Book> {
        locked(&self.book)
    }

    /// Lets a watch take one step, and tells the others what it let go.
    pub(super) fn step(&self, watch: Watch, input: Input, now: Timestamp) -> (Watch, Vec<Effect>) {
        let mut book = self.lock();
        let before = book.handed_on();
        let stepped = watch.step(input, &mut book, now);
        if book.handed_on() != before {
            self.bell.send_replace(book.handed_on());
        }
        stepped
    }

    /// Hears of seats that a watch has let go.
    pub(super) fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }
}

/// Whoever watches next keeps the floor after whoever watched last.
impl Drop for SharedBook {
    fn drop(&mut self) {
        let Some(looked_at) = self.lock().looked_at() else { return };
        let mut looked = locked(&self.looked);
        looked.retain(|_, at| later(*at, FLOOR_MAX) > looked_at);
        looked.insert(self.event.clone(), looked_at);
    }
}

/// Every book that is in use.
#[derive(Debug, Default)]
pub(super) struct Books {
    open: Mutex<BTreeMap<EventKey, Weak<SharedBook>>>,
    looked: Looked,
}

impl Books {
    /// The book in which a watch that begins will write.
    pub(super) async fn of(
        &self,
        store: &Store,
        sightings: &Sightings,
        key: &WatchKey,
    ) -> Result<Arc<SharedBook>, store::Error> {
        if let Some(book) = self.open(&key.event) {
            return Ok(book);
        }
        let known = record::book(store, sightings, key).await?;
        let mut books = locked(&self.open);
        if let Some(book) = books.get(&key.event).and_then(Weak::upgrade) {
            return Ok(book);
        }
        books.retain(|_, book| book.strong_count() > 0);
        let known = known.after(locked(&self.looked).remove(&key.event));
        let book = Arc::new(SharedBook {
            event: key.event.clone(),
            book: Mutex::new(known),
            looked: Arc::clone(&self.looked),
            bell: watch::Sender::default(),
        });
        books.insert(key.event.clone(), Arc::downgrade(&book));
        Ok(book)
    }

    fn open(&self, event: &EventKey) -> Option<Arc<SharedBook>> {
        locked(&self.open).get(event).and_then(Weak::upgrade)
    }
}
