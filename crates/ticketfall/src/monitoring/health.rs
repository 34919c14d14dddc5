//! Looks after the service itself: observes its parts, tells what is wrong and what is right again, and begins anew
//! what is stuck or has failed. What that is and when, core decides.

use std::convert::Infallible;
use std::time::Duration;

use jiff::Timestamp;
use ticketfall_core::eye::Eye;
use ticketfall_core::health::{Concern, Effect, Health, Sign, Trouble};
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::pace::Purpose;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::watch_runner::{WatchEntry, WatchHandle};
use super::{Search, Supervisor, WatchKey, locked};
use crate::notify::Notice;
use crate::store::{self, runs};
use crate::telemetry::metrics::Counter;

const OBSERVED_EVERY: Duration = Duration::from_secs(10);

/// How the service itself does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthView {
    /// When that was observed; none where nobody does.
    pub observed_at: Option<Timestamp>,
    /// What is wrong.
    pub troubles: Vec<Trouble>,
}

impl HealthView {
    /// What is wrong with the store, where something is.
    pub fn store(&self) -> Option<&Trouble> {
        self.troubles.iter().find(|trouble| trouble.concern == Concern::Store)
    }
}

/// A record that waits behind all others to be written, so that its age is the age of the oldest.
#[derive(Debug, Default)]
struct Probe {
    writing: JoinSet<Result<(), store::Error>>,
    asked_at: Option<Timestamp>,
    failed: Option<String>,
}

impl Supervisor {
    /// How the service itself does.
    pub fn health(&self) -> HealthView {
        locked(&self.0.health).clone()
    }

    /// Looks after itself for as long as it is awaited.
    pub async fn look_after_itself(&self) -> Infallible {
        let (mut health, mut probe, mut mending) = (Health::default(), Probe::default(), JoinSet::new());
        loop {
            let now = self.0.parts.clock.now();
            while mending.try_join_next().is_some() {}
            probe.ask(self, now);
            for effect in health.observe(self.signs(&probe), now) {
                match effect {
                    Effect::Began(trouble) => self.tell_trouble(trouble, false, now),
                    Effect::Over(trouble) => self.tell_trouble(trouble, true, now),
                    Effect::Mend(concern) => {
                        let supervisor = self.clone();
                        mending.spawn(async move { supervisor.mend(concern).await });
                    }
                }
            }
            let troubles = health.troubles().cloned().collect();
            *locked(&self.0.health) = HealthView { observed_at: Some(now), troubles };
            tokio::time::sleep(OBSERVED_EVERY).await;
        }
    }

    fn tell_trouble(&self, trouble: Trouble, over: bool, now: Timestamp) {
        let Trouble { concern, words, since, remedy } = trouble;
        let notice = Notice::Health {
            part: concern.name(),
            watched: concern.event().cloned(),
            profile: concern.profile().cloned(),
            over,
            words,
            remedy: remedy.words(),
            since,
        };
        self.notices().tell(now, notice);
    }

    fn signs(&self, probe: &Probe) -> Vec<(Concern, Sign)> {
        let mut signs = vec![
            (Concern::Store, self.sign_of_the_store(probe)),
            (Concern::Stream, self.notices().sign()),
            (Concern::Clock, Sign::Clock(self.0.parts.clock.apart())),
        ];
        let unproven = self.unproven();
        for (key, watch) in self.running_watches() {
            signs.extend(self.signs_of(&key, &watch, unproven.contains(&key.event)));
        }
        let searches = locked(&self.0.searches);
        let looked_after = searches.iter().filter(|(_, search)| !search.is_stopped);
        signs.extend(looked_after.map(|(profile, search)| {
            (Concern::Search(profile.clone(), search.watched.clone()), search.sign())
        }));
        signs
    }

    fn sign_of_the_store(&self, probe: &Probe) -> Sign {
        let unwritten = self.0.sightings.unwritten();
        Sign::Store {
            waiting: self.0.parts.store.waiting().saturating_sub(probe.writing.len()) + unwritten.records,
            since: probe.asked_at.into_iter().chain(unwritten.since).min(),
            failed: probe.failed.clone().or(unwritten.failed),
            looks_wait: unwritten.is_full,
        }
    }

    fn running_watches(&self) -> Vec<(WatchKey, WatchHandle)> {
        let watches = locked(&self.0.watches);
        watches.iter().filter_map(|(key, entry)| Some((key.clone(), entry.handle()?))).collect()
    }

    /// Events at which a hold is not proven yet.
    fn unproven(&self) -> Vec<EventKey> {
        let searches = locked(&self.0.searches);
        let is_unproven = |search: &&Search| !search.orders.is_closed() && search.life.is_unproven();
        searches.values().filter(is_unproven).map(|search| search.watched.clone()).collect()
    }

    fn signs_of(&self, key: &WatchKey, watch: &WatchHandle, is_unproven: bool) -> Vec<(Concern, Sign)> {
        let now = self.0.parts.clock.now();
        let view = watch.view.borrow().clone().at(now);
        let seller = self.0.parts.definitions.get(&key.event.seller);
        let gate = seller.map(|seller| self.0.gate_of(seller));
        let is_barred = gate.is_some_and(|gate| gate.opens_at(Purpose::Look).is_some());
        let of = |concern: fn(EventKey, Option<ProfileId>) -> Concern| {
            concern(key.event.clone(), key.eye.alone().cloned())
        };
        let (waiting, room) = places(&watch.commands);
        let blind = view.blind_total;
        let is_gone = watch.life.is_gone();
        vec![
            (of(Concern::Watch), Sign::Watch { view: Box::new(view), is_barred, is_gone, is_unproven }),
            (of(Concern::Sight), Sign::Sight(blind)),
            (of(Concern::Queue), Sign::Queue { waiting, room, dropped: watch.life.dropped() }),
        ]
    }

    async fn mend(&self, concern: Concern) {
        tracing::info!(part = concern.name(), "a part of the service is begun anew");
        self.notices().metrics().count(Counter::Restarts, &[("part", concern.name())]);
        match concern {
            Concern::Watch(event, alone) => {
                let key = WatchKey { event, eye: alone.map_or(Eye::Everybody, Eye::Alone) };
                let watch = locked(&self.0.watches).get(&key).and_then(WatchEntry::handle);
                if let Some(watch) = watch {
                    watch.life.begin_anew();
                }
            }
            Concern::Search(profile, _) => self.search_anew(&profile).await,
            Concern::Sight(..) | Concern::Queue(..) | Concern::Stream | Concern::Store | Concern::Clock => {}
        }
    }

    /// Ends a search that does nothing, and starts it as after a restart of the service: it reads its basket before
    /// anything else.
    async fn search_anew(&self, profile: &ProfileId) {
        let running = locked(&self.0.searches)
            .get(profile)
            .filter(|search| !search.is_stopped)
            .map(|search| (search.life.clone(), search.orders.clone()));
        let Some((life, orders)) = running else { return };
        life.give_up();
        orders.closed().await;
        let started = self.resume_one(profile).await;
        if let Err(error) = started {
            tracing::error!(%profile, %error, "cannot begin the search anew");
        }
    }
}

impl Search {
    fn sign(&self) -> Sign {
        let is_gone = self.is_gone();
        Sign::Search {
            is_gone,
            turns: self.life.turned(),
            waiting: places(&self.orders).0,
            // Nobody but a search that begins anew can prove what one that is gone has left.
            is_unproven: !is_gone && self.life.is_unproven(),
        }
    }
}

impl Probe {
    /// Takes in how the last one fared, and asks for the next when that is written.
    fn ask(&mut self, supervisor: &Supervisor, now: Timestamp) {
        if let Some(written) = self.writing.try_join_next() {
            self.failed = match written {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_panicked) => Some("write: it failed by a mistake of ours".to_owned()),
            };
        }
        if self.writing.is_empty() {
            let store = supervisor.0.parts.store.clone();
            self.writing.spawn(async move { runs::latest_alive(&store, now).await });
            self.asked_at = Some(now);
        }
    }
}

/// How many places of a queue are taken, and how many there are.
fn places<T>(queue: &mpsc::Sender<T>) -> (usize, usize) {
    (queue.max_capacity() - queue.capacity(), queue.max_capacity())
}
