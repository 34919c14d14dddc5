//! Whether every promise is kept, judged after every step by the box office's books, the wire and the store.

mod conduct;
mod holdings;
mod sights;

use std::time::Duration;

use jiff::Timestamp;

use self::conduct::{Conduct, Rules};
use self::holdings::Own;
use self::sights::Sights;
use super::day::Day;
use crate::rehearsal::Scene;

/// How often everything is looked at, also when nothing was held or given back.
const LOOKS_CLOSELY_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Judge {
    conduct: Conduct,
    sights: Sights,
    own: Own,
    /// When the process began, by its own clock.
    began: Timestamp,
    looked_closely: Duration,
    heard: usize,
    broken: Vec<String>,
}

impl Judge {
    pub(super) fn new(day: &Day) -> Self {
        let rules = Rules { floor: day.floor, budget: day.budget, is_alone: day.is_alone };
        Self {
            conduct: Conduct::new(rules),
            sights: Sights::default(),
            own: day.own,
            began: Timestamp::MIN,
            looked_closely: Duration::ZERO,
            heard: 0,
            broken: Vec::new(),
        }
    }

    pub(super) fn is_content(&self) -> bool {
        self.broken.is_empty()
    }

    pub(super) fn into_broken(self) -> Vec<String> {
        self.broken
    }

    pub(super) fn complain(&mut self, broken: Vec<String>) {
        self.broken.extend(broken);
    }

    /// A person did something about a check or a block.
    pub(super) fn person_acts(&mut self, name: &str) {
        self.conduct.pardon(name);
    }

    /// For this long nothing of ours ran, whatever was due.
    pub(super) fn sleeps(&mut self, from: Duration, time: Duration) {
        self.conduct.sleeps(from, time);
    }

    /// Another process has begun.
    pub(super) async fn begins_anew(&mut self, scene: &Scene, now: Timestamp) {
        self.began = now;
        let heard = scene.heard_since(&mut self.heard);
        self.sights.begin_anew(&heard, &scene.falls().await);
    }

    /// Judges what has happened since the last step.
    pub(super) async fn step(&mut self, scene: &Scene) {
        let now = scene.now();
        let seen = scene.wire.read(|carried| self.conduct.step(carried, (scene.life(), now)));
        self.broken.extend(seen.broken);
        let heard = scene.heard_since(&mut self.heard);
        self.broken.extend(self.sights.step(&seen.looks, &heard, &scene.supervisor.every_watch()));
        if seen.is_close || now >= self.looked_closely + LOOKS_CLOSELY_EVERY {
            self.looked_closely = now;
            let held = holdings::broken(scene, &self.conduct, self.own, self.began).await;
            self.broken.extend(held);
        }
    }

    /// What is not in order yet, now that nothing goes wrong any more.
    pub(super) async fn unsettled(&self, scene: &Scene) -> Vec<String> {
        let mut open = holdings::unsettled(scene).await;
        open.extend(self.conduct.ungrasped(scene.life()));
        open
    }

    /// What must be so when the day is over.
    pub(super) async fn at_the_end(&mut self, scene: &Scene) {
        self.broken.extend(scene.exposed());
        self.broken.extend(scene.failures());
        self.broken.extend(self.sights.unrecorded(&scene.falls().await));
    }
}
