//! Carries out what a watch wants: looks through the gate, hands seats to
//! monitors, and only then tells and records what fell.

mod again;
mod way;

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use ticketfall_core::book::{Book, Writer};
use ticketfall_core::criteria::Criteria;
use ticketfall_core::fall::Fall;
use ticketfall_core::ids::ProfileId;
use ticketfall_core::monitor;
use ticketfall_core::offer::{Market, SeatGroup};
use ticketfall_core::pace::{Purpose, later};
use ticketfall_core::plan::Plan;
use ticketfall_core::rhythm::Spending;
use ticketfall_core::seat_view::{SeatMap, SeatView, view_seats};
use ticketfall_core::taken::{Free, Taken};
use ticketfall_core::watch::{Effect, Input, Member as Terms, Phase, Standing, View, Watch};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use super::books::SharedBook;
use super::life::WatchLife;
use super::member::Member;
use super::sightings::Sightings;
use super::tidings::{Teller, Tidings, tidings};
use super::verdicts::verdicts;
use super::{Order, WatchKey, record};
use crate::clock::Clock;
use crate::notify::{Notice, Notices};
use crate::seller::gate::Gate;
use crate::seller::{Look, LookMemory};
use crate::store::Store;
use crate::telemetry::{metrics::Histogram, stages};

pub(super) use way::{WatchEntry, WatchHandle};

const COMMANDS: usize = 1_024;
/// After so long a look is tried again that could not be kept.
const UNWRITTEN: Duration = Duration::from_secs(1);
/// So often a watch lets others go first, for the sake of a hold.
const YIELDS: usize = 4;

/// What a watch is told by monitors.
#[derive(Debug)]
pub(super) enum Command {
    Join { member: Arc<Member>, terms: Terms, orders: mpsc::Sender<Order> },
    Stands(ProfileId, Standing),
    Leave(ProfileId, mpsc::Sender<Order>),
    Take(SeatGroup),
    LetGo { group: SeatGroup, free: Free },
    Planned(Arc<Plan>),
    Spend(Option<Box<Spending>>),
    Choose(Choose),
}

/// A choice of concrete seats on a seat map, in place of others that were refused.
#[derive(Debug)]
pub(super) struct Choose {
    pub(super) criteria: Arc<Criteria>,
    pub(super) map: SeatMap,
    pub(super) instead_of: SeatGroup,
    pub(super) reply: oneshot::Sender<Option<SeatGroup>>,
}

/// What a watch runs with.
#[derive(Debug)]
pub(super) struct WatchParts {
    pub(super) key: WatchKey,
    /// Shared with all watches at the event.
    pub(super) book: Arc<SharedBook>,
    pub(super) clock: Clock,
    pub(super) store: Store,
    /// Where it tells what is to be kept.
    pub(super) sightings: Arc<Sightings>,
    pub(super) notices: Notices,
    pub(super) gate: Arc<Gate>,
}

type Looking = Pin<Box<dyn Future<Output = (ProfileId, Look, LookMemory)> + Send>>;

#[derive(Debug)]
struct Seated {
    member: Arc<Member>,
    orders: mpsc::Sender<Order>,
    criteria: Arc<Criteria>,
}

pub(super) struct WatchRunner {
    parts: WatchParts,
    watch: Option<Watch>,
    /// As whom the watch writes in the book.
    writer: Writer,
    seated: BTreeMap<ProfileId, Seated>,
    /// Rings when another watch at the event lets seats go.
    freed: watch::Receiver<u64>,
    memory: Option<LookMemory>,
    looking: Option<Looking>,
    wake_at: Option<Timestamp>,
    /// When the look that begins now was due.
    due_at: Option<Timestamp>,
    view: watch::Sender<View>,
    tidings: Teller,
    /// What is to be told of the last look once seats are handed out.
    untold: Option<Notice>,
    readings: record::Readings,
    /// What the watch was told last, for one that begins anew.
    spending: Option<Box<Spending>>,
    life: Arc<WatchLife>,
}

impl WatchRunner {
    /// A runner, and the way to it.
    pub(super) fn new(parts: WatchParts) -> (Self, mpsc::Receiver<Command>, WatchHandle) {
        let watch = parts.watch(None);
        let (commands, orders) = mpsc::channel(COMMANDS);
        let (view, seen) = watch::channel(watch.view(parts.clock.now()));
        let (tidings, told) = tidings();
        let readings = record::Readings::new(parts.key.event.clone());
        let life = Arc::<WatchLife>::default();
        let runner = Self {
            freed: parts.book.listen(),
            parts,
            writer: watch.writer(),
            watch: Some(watch),
            seated: BTreeMap::new(),
            memory: Some(LookMemory::default()),
            looking: None,
            wake_at: None,
            due_at: None,
            view,
            tidings,
            untold: None,
            readings,
            spending: None,
            life: Arc::clone(&life),
        };
        (runner, orders, WatchHandle { commands, view: seen, tidings: told, facts: Arc::default(), life })
    }

    /// Runs until its last member has left.
    async fn run_on(&mut self, commands: &mut mpsc::Receiver<Command>) {
        loop {
            let input = tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(command) => self.on_command(command),
                    None => break,
                },
                (by, look, memory) = looked(&mut self.looking) => {
                    if let Some(plan) = self.plan().taught(&look.names) {
                        self.step(Input::Planned(Arc::new(plan))).await;
                    }
                    Some(self.on_look(by, look, memory))
                }
                Ok(()) = self.freed.changed() => Some(Input::Freed),
                () = at(self.parts.clock, self.wake_at) => {
                    self.due_at = self.wake_at.take();
                    Some(Input::Tick)
                }
            };
            if let Some(input) = input {
                self.step(input).await;
            }
            if self.readings.are_due(self.parts.clock.now()) {
                self.flush();
            }
        }
        self.flush();
    }

    fn on_command(&mut self, command: Command) -> Option<Input> {
        match command {
            Command::Join { member, terms, orders } => {
                let profile = member.profile().clone();
                let criteria = Arc::clone(&terms.criteria);
                self.seated.insert(profile.clone(), Seated { member, orders, criteria });
                Some(Input::Joined(profile, terms))
            }
            Command::Stands(profile, standing) => Some(Input::Stands(profile, standing)),
            Command::Leave(profile, orders) => {
                let is_seated = |seated: &Seated| seated.orders.same_channel(&orders);
                self.seated.get(&profile).is_some_and(is_seated).then(|| self.unseat(profile))
            }
            Command::Take(group) => Some(Input::Taken(group)),
            Command::LetGo { group, free } => Some(Input::LetGo { group, free }),
            Command::Planned(plan) => Some(Input::Planned(plan)),
            Command::Spend(spending) => {
                self.spending.clone_from(&spending);
                Some(Input::Spend(spending))
            }
            Command::Choose(choose) => {
                self.choose(choose);
                None
            }
        }
    }

    fn unseat(&mut self, profile: ProfileId) -> Input {
        self.seated.remove(&profile);
        Input::Left(profile)
    }

    /// Chooses and takes in one go, so that two members never choose the same seats.
    fn choose(&mut self, choose: Choose) {
        let Some(watch) = &self.watch else { return };
        let market = choose.instead_of.parts.first().map_or(Market::Exchange, |part| part.market);
        let known = watch.latest().cloned().unwrap_or_default();
        let view = SeatView { map: &choose.map, known: &known, plan: watch.plan(), market };
        let best = |taken: &Taken| view_seats(&choose.criteria, view, taken).groups.into_iter().next();
        let chosen = self.parts.book.lock().swap(self.writer, &choose.instead_of, best);
        // A monitor that has ended meanwhile lets its seats go by itself.
        let _gone = choose.reply.send(chosen);
    }

    fn on_look(&mut self, by: ProfileId, look: Look, memory: LookMemory) -> Input {
        self.memory = Some(memory);
        self.readings.count(look.reading.name(), self.parts.clock.now());
        let view = self.view.borrow();
        self.untold = Some(Notice::Reading {
            watched: self.parts.key.event.clone(),
            by: by.clone(),
            reading: look.reading.name(),
            reason: look.reading.reason().map(str::to_owned),
            offers: look.reading.snapshot().map_or(view.offers, |snapshot| snapshot.offers.len()),
            took_ms: u64::try_from(look.took.as_millis()).unwrap_or(u64::MAX),
            blind_ms: u64::try_from(view.blind.as_millis()).unwrap_or(u64::MAX),
        });
        Input::Answered { by, reading: look.reading, fresh_for: look.fresh_for }
    }

    /// Steps, and carries out in order; what has to be written is written after seats were handed out.
    async fn step(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let now = self.parts.clock.now();
            let watch = self.watch.take().expect("the watch is only away during a step");
            let (watch, effects) = self.parts.book.step(watch, input, now);
            self.watch = Some(watch);
            for effect in effects {
                if !matches!(effect, Effect::Allot(..)) {
                    self.tell_reading(now);
                }
                inputs.extend(self.carry_out(effect, now).await);
            }
            self.tell_reading(now);
        }
        self.show();
    }

    fn tell_reading(&mut self, now: Timestamp) {
        if let Some(reading) = self.untold.take() {
            self.parts.notices.tell(now, reading);
        }
    }

    fn show(&self) {
        let Some(watch) = &self.watch else { return };
        let view = watch.view(self.parts.clock.now());
        let barred_before = self.tidings.latest().barred_until;
        let is_trying = view.blind_since.is_some() && matches!(view.phase, Phase::Looking { .. });
        let barred_until = self.parts.gate.barred_until().or(barred_before.filter(|_| is_trying));
        let next = Tidings { fell_at: view.fell_at, barred_until, is_trying };
        self.view.send_replace(view);
        self.tidings.tell(next);
    }

    async fn carry_out(&mut self, effect: Effect, now: Timestamp) -> Vec<Input> {
        match effect {
            Effect::Look(by) => return self.look(by).into_iter().collect(),
            Effect::WakeAt(when) => self.wake_at = Some(when),
            Effect::Allot(profile, group) => return self.allot(profile, group),
            Effect::Compare => {
                // Whoever was given seats asks for them before this goes on; what they tell the watch wakes it early.
                for _ in 0..YIELDS {
                    tokio::task::yield_now().await;
                }
                return vec![Input::Compare];
            }
            Effect::Match(profile, group) => self.tell_match(profile, group, now),
            Effect::Fell(falls) => self.on_fell(falls, now),
            Effect::Reached => self.tell_verdicts(now),
            Effect::Gone(falls) => self.on_gone(falls, now),
            Effect::Turned(profile, reading) => {
                self.order(&profile, Order::Input(Box::new(monitor::Input::Turned(reading))));
            }
            Effect::Renew(profile) => {
                self.order(&profile, Order::Renew);
            }
            Effect::Reconfigure(profile) => {
                self.order(&profile, Order::Reconfigure);
            }
        }
        Vec::new()
    }

    /// Who does not take the seats loses its place in line: what it misses, the next one gets.
    fn allot(&mut self, profile: ProfileId, group: SeatGroup) -> Vec<Input> {
        stages::over("allotted");
        let order = Order::Input(Box::new(monitor::Input::Allotted(group.clone())));
        if self.order(&profile, order) {
            return Vec::new();
        }
        let is_gone = self.seated.get(&profile).is_none_or(|seated| seated.orders.is_closed());
        let let_go = Input::LetGo { group, free: Free::AtOnce };
        if is_gone { vec![let_go, self.unseat(profile)] } else { vec![let_go] }
    }

    fn look(&mut self, by: ProfileId) -> Option<Input> {
        let member = Arc::clone(&self.seated.get(&by)?.member);
        if let Some(until) = self.parts.gate.opens_at(Purpose::Look) {
            return Some(Input::Barred(until));
        }
        if !self.parts.sightings.has_room(&self.parts.key.event) {
            return Some(Input::Barred(later(self.parts.clock.now(), UNWRITTEN)));
        }
        if let Some(due_at) = self.due_at.take() {
            let late: Duration = self.parts.clock.now().duration_since(due_at).try_into().unwrap_or_default();
            stages::looked_late(late.as_micros());
            let seller = [("seller", self.parts.key.event.seller.as_str())];
            self.parts.notices.metrics().observe(Histogram::LookLate, &seller, late);
        }
        let mut memory = self.memory.take().unwrap_or_default();
        self.looking = Some(Box::pin(async move {
            match AssertUnwindSafe(member.look(&mut memory)).catch_unwind().await {
                Ok(look) => (by, look, memory),
                Err(_panic) => {
                    (by, Look::failed("the look failed on our side: the log says why"), LookMemory::default())
                }
            }
        }));
        None
    }

    /// Whether the order was taken; a search whose queue is full is busy enough.
    fn order(&self, profile: &ProfileId, order: Order) -> bool {
        let Some(seated) = self.seated.get(profile) else { return false };
        let sent = seated.orders.try_send(order);
        if matches!(sent, Err(TrySendError::Full(_))) {
            self.life.drops();
        }
        sent.is_ok()
    }

    fn tell_match(&self, profile: ProfileId, group: SeatGroup, now: Timestamp) {
        let seats = self.plan().describe(&group);
        let watched = self.parts.key.event.clone();
        self.parts.notices.tell(now, Notice::Match { profile, watched, group, seats });
    }

    fn on_fell(&mut self, falls: Vec<Fall>, now: Timestamp) {
        let plan = self.plan();
        for fall in &falls {
            let (watched, seats) = (self.parts.key.event.clone(), fall.describe(&plan));
            self.parts.notices.tell(now, Notice::Fall { watched, fall: fall.clone(), seats });
        }
        self.tell_verdicts(now);
        self.parts.sightings.tell(&self.parts.key, falls);
    }

    fn on_gone(&mut self, falls: Vec<Fall>, now: Timestamp) {
        let plan = self.plan();
        for fall in &falls {
            let (watched, seats) = (self.parts.key.event.clone(), fall.describe(&plan));
            self.parts.notices.tell(now, Notice::Gone { watched, fall: fall.clone(), seats });
        }
        self.parts.sightings.tell(&self.parts.key, falls);
    }

    fn tell_verdicts(&self, now: Timestamp) {
        let Some((watch, snapshot)) = self.watch.as_ref().and_then(|w| Some((w, w.latest()?))) else {
            return;
        };
        let members = self.seated.iter().map(|(profile, seated)| (profile, &seated.criteria));
        for notice in verdicts(&self.parts.key.event, snapshot, watch.plan(), members) {
            self.parts.notices.tell(now, notice);
        }
    }

    /// Keeps what was counted, and when open falls were last seen.
    fn flush(&mut self) {
        let Some(watch) = &self.watch else { return };
        let open = self.parts.book.lock().open_falls(self.writer);
        let blind = watch.view(self.parts.clock.now()).blind_total;
        self.parts.sightings.still(&self.parts.key, open, self.readings.take(blind));
    }

    fn plan(&self) -> Arc<Plan> {
        self.watch.as_ref().map(|watch| Arc::clone(watch.plan())).unwrap_or_default()
    }
}

impl WatchParts {
    /// A watch that begins; with a book as the store has it, which counts where no other watch writes in the one there is.
    fn watch(&self, known: Option<Book>) -> Watch {
        let mut book = self.book.lock();
        if let Some(known) = known.filter(|_| Arc::strong_count(&self.book) == 1) {
            *book = known.after(book.looked_at());
        }
        Watch::new(self.gate.rules().floor, self.key.eye.clone(), &mut book)
    }
}

/// However a watch ends, others find in the book that it looks no more.
impl Drop for WatchRunner {
    fn drop(&mut self) {
        self.parts.book.lock().end(self.writer, self.parts.clock.now());
    }
}

/// The look that is on its way, if one is; never ends otherwise.
async fn looked(looking: &mut Option<Looking>) -> (ProfileId, Look, LookMemory) {
    match looking.as_mut() {
        Some(look) => {
            let answer = look.await;
            *looking = None;
            answer
        }
        None => std::future::pending().await,
    }
}

/// Ends at the time given; never without one.
pub(super) async fn at(clock: Clock, when: Option<Timestamp>) {
    match when {
        Some(when) => clock.sleep_until(when).await,
        None => std::future::pending().await,
    }
}
