//! Plays a match day: the service against the box office on virtual time, judged after every step.
//! One thread does everything in one order, so that a seed always tells the same story.

use std::fmt::Write as _;
use std::panic;
use std::time::Duration;

use jiff::SignedDuration;
use ticketfall::clock::Clock;
use ticketfall::store::monitors::{self, Desired, MonitorRow};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::price::{Currency, Price};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::Level;

use super::day::{CAST, Crash, Day, Happening, What};
use super::judge::Judge;
use crate::rehearsal::{Carried, Rehearsal, Scene, Spoken, Tamper, event_url, profile, stop_for, turn};

/// How long nothing may move before a crash comes all the same.
const PATIENCE: Duration = Duration::from_secs(20);
/// After the evening everything must be in order within this time.
const SETTLES_WITHIN: Duration = Duration::from_mins(12);

/// What became of a match day.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Everything that happened, a line each.
    pub(super) story: String,
    /// What must never be so; empty on a good day.
    pub(super) broken: Vec<String>,
}

/// Plays the day from its beginning to its end, or to the first promise that is broken.
pub(super) fn play(day: &Day, tamper: Tamper) -> Report {
    let spoken = Spoken::begin();
    let _listening = spoken.listen(Level::INFO);
    let day = day.clone();
    runtime().block_on(async {
        let mut evening = JoinSet::new();
        evening.spawn(Box::pin(Evening::play(day, tamper, spoken)));
        evening.join_next().await.unwrap().unwrap_or_else(|error| match error.try_into_panic() {
            Ok(panic) => panic::resume_unwind(panic),
            Err(cancelled) => panic!("{cancelled}"),
        })
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

struct Evening {
    day: Day,
    scene: Scene,
    judge: Judge,
    moved: watch::Receiver<usize>,
    /// What people do that takes a while; it ends with the process.
    doing: JoinSet<()>,
    said: String,
}

impl Evening {
    async fn play(day: Day, tamper: Tamper, spoken: Spoken) -> Report {
        let scene = Scene::open(rehearsal(&day, tamper), spoken).await;
        scene.wire.listen();
        let (moved, judge) = (scene.wire.moved(), Judge::new(&day));
        let mut evening = Self { day, scene, judge, moved, doing: JoinSet::new(), said: String::new() };
        for Happening { at, what } in evening.day.happenings.clone() {
            evening.until(at).await;
            if evening.judge.is_content() {
                evening.happens(what).await;
            }
        }
        evening.until(evening.day.evening).await;
        evening.settle().await;
        evening.close().await
    }

    fn say(&mut self, text: &str) {
        let now = self.scene.now().as_millis();
        writeln!(self.said, "{:>4}.{:03} {text}", now / 1000, now % 1000).unwrap();
    }

    /// Lets time pass, and judges after everything that moves.
    async fn until(&mut self, when: Duration) {
        while self.scene.now() < when && self.judge.is_content() {
            tokio::select! {
                biased;
                () = self.scene.after(when) => {}
                _ = self.moved.changed() => {}
            }
            self.step().await;
        }
    }

    /// One step is over when nothing more comes of it at this instant.
    async fn step(&mut self) {
        loop {
            self.moved.mark_unchanged();
            tokio::time::sleep(Duration::from_millis(1)).await;
            if !self.moved.has_changed().unwrap() {
                break;
            }
        }
        self.judge.step(&self.scene).await;
    }

    async fn happens(&mut self, what: What) {
        match what {
            What::Start(name, wish) => self.start(name, *wish),
            What::Stop(name) => self.stop(name),
            What::Rewish(name, wish) => self.rewish(name, *wish).await,
            What::SignOut(name) => {
                self.say(&format!("-- {name} is signed out"));
                self.scene.sign_out(name);
            }
            What::SignIn(name) => {
                self.sign_in(name).await;
                self.start_again(name).await;
            }
            What::Pay(name) => {
                let paid = self.scene.pay(name).await;
                self.say(&format!("-- {name} pays: {paid}"));
            }
            What::Crash(crash) => self.crash(crash).await,
            What::StopAtHold(name, crash) => self.stop_at_hold(name, crash).await,
            What::Restart(down) => self.restart(down).await,
            What::Sleep(time) => {
                self.say(&format!("-- the machine sleeps for {time:?}"));
                self.judge.sleeps(self.scene.now(), time);
                tokio::time::advance(time).await;
            }
        }
    }

    fn stop(&mut self, name: &'static str) {
        self.say(&format!("-- {name} stops"));
        let supervisor = self.scene.supervisor.clone();
        self.doing.spawn(async move {
            supervisor.stop(&profile(name)).await;
        });
    }

    fn start(&mut self, name: &'static str, wish: Configuration) {
        self.say(&format!("-- {name} starts"));
        self.judge.person_acts(name);
        let (supervisor, event) = (self.scene.supervisor.clone(), Some(event_url(4001)));
        self.doing.spawn(async move {
            drop(supervisor.start(&profile(name), Configuration { event, ..wish }).await);
        });
    }

    async fn rewish(&mut self, name: &'static str, wish: Configuration) {
        let Some(row) = self.row(name).await else { return };
        self.say(&format!("-- {name} wants something else"));
        let event = row.configuration.event.clone();
        let row = MonitorRow { configuration: Configuration { event, ..wish }, ..row };
        monitors::put(&self.scene.store, row).await.unwrap();
    }

    async fn sign_in(&mut self, name: &'static str) {
        self.say(&format!("-- {name} signs in"));
        self.scene.sign_in_again(name).await;
    }

    async fn start_again(&mut self, name: &'static str) {
        if let Some(row) = self.row(name).await.filter(|row| row.desired == Desired::Running) {
            self.start(name, row.configuration);
        }
    }

    async fn row(&self, name: &str) -> Option<MonitorRow> {
        let rows = monitors::all(&self.scene.store).await.unwrap();
        rows.into_iter().find(|row| row.profile == profile(name))
    }

    /// The process dies after so much has moved, in the middle of whatever it is at.
    async fn crash(&mut self, crash: Crash) {
        for _ in 0..crash.moves {
            drop(timeout(PATIENCE, self.moved.changed()).await);
        }
        for _ in 0..crash.turns {
            turn().await;
        }
        self.go_down(crash).await;
    }

    /// A stop that comes when a hold's request has just left, and perhaps a death in the middle of it.
    async fn stop_at_hold(&mut self, name: &'static str, crash: Option<Crash>) {
        let is_own = |one: &&Carried| one.is_hold() && one.by.as_deref() == Some(name);
        let held = |scene: &Scene| scene.wire.read(|all| all.iter().filter(is_own).count());
        let (before, latest) = (held(&self.scene), self.scene.now() + PATIENCE);
        while held(&self.scene) == before && self.scene.now() < latest {
            drop(timeout(PATIENCE, self.moved.changed()).await);
        }
        let Some(crash) = crash else {
            self.stop(name);
            return self.step().await;
        };
        self.say(&format!("-- {name} stops"));
        stop_for(&self.scene.supervisor, &profile(name), crash.turns).await;
        self.go_down(crash).await;
    }

    async fn go_down(&mut self, crash: Crash) {
        self.say(&format!("-- crash; down for {:?}, the clock jumps by {:#}", crash.down, crash.jump));
        self.scene.die();
        self.rise(crash.down, self.scene.clock_set_by(crash.jump)).await;
    }

    async fn restart(&mut self, down: Duration) {
        let supervisor = self.scene.supervisor.clone();
        let mut ending = JoinSet::new();
        ending.spawn(async move { supervisor.shut_down().await });
        while ending.try_join_next().is_none() && self.judge.is_content() {
            drop(timeout(PATIENCE, self.moved.changed()).await);
            self.step().await;
        }
        self.say(&format!("-- restart; down for {down:?}"));
        self.scene.die();
        self.rise(down, self.scene.clock_set_by(SignedDuration::ZERO)).await;
    }

    /// What should run starts again, as `serve` does it.
    async fn rise(&mut self, down: Duration, clock: Clock) {
        self.doing.abort_all();
        tokio::time::sleep(down).await;
        self.scene.rise(clock).await;
        self.judge.begins_anew(&self.scene, clock.now()).await;
        let supervisor = self.scene.supervisor.clone();
        self.doing.spawn(async move {
            supervisor.line_up(Vec::new()).await.unwrap();
            supervisor.resume_all().await;
        });
    }

    /// Nothing goes wrong any more: whoever searches must get in order, and what is held must be known.
    async fn settle(&mut self) {
        self.say("-- the evening is over");
        let latest = self.scene.now() + SETTLES_WITHIN;
        let mut helped = false;
        while self.judge.is_content() {
            let open = self.judge.unsettled(&self.scene).await;
            if open.is_empty() {
                return;
            }
            if self.scene.now() >= latest {
                self.judge.complain(open);
                return;
            }
            if !helped {
                helped = true;
                for name in &CAST[..self.day.members] {
                    self.sign_in(name).await;
                    self.start_again(name).await;
                }
            }
            self.until(self.scene.now() + Duration::from_secs(5)).await;
        }
    }

    async fn close(mut self) -> Report {
        self.judge.at_the_end(&self.scene).await;
        let wire = self.scene.wire.read(|carried| {
            let line = |one: &Carried| {
                let status = one.answer.as_ref().map_or(0, |answer| answer.status);
                let (by, done) = (one.by.as_deref().unwrap_or("?"), one.done.unwrap_or_default());
                format!("{:?} {by} {} -> {status} at {done:?}", one.left, one.brief())
            };
            carried.iter().map(line).collect::<Vec<_>>().join("\n")
        });
        let story = format!("{}\n{}\n{wire}\n", self.said, self.scene.timeline());
        let broken = self.judge.into_broken();
        if broken.is_empty() {
            self.scene.supervisor.shut_down().await;
        }
        Report { story, broken }
    }
}

fn rehearsal(day: &Day, tamper: Tamper) -> Rehearsal {
    let (own, floor, budget, is_alone) = (day.own, day.floor, day.budget, day.is_alone);
    let posted = u32::try_from(day.script.limits.posted).unwrap();
    Rehearsal::of(day.script.clone())
        .seed(day.seed)
        .members(day.members)
        .way(day.way())
        .tampered(tamper)
        .seller(move |definition| {
            definition.per_member = Some(posted);
            definition.shared = !is_alone;
            definition.pace.floor = floor;
            definition.pace.budget = budget;
        })
        .profiles(move |profile| {
            profile.seats_max = own.0;
            profile.cost_max = own.1.map(|pounds| Price::new(pounds * 100, Currency::GBP));
        })
}
