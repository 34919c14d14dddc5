//! Carries out what one search wants, several things at once where it wants
//! several, and feeds what comes of them back in.

mod telling;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ticketfall_core::configuration::{Configuration, OnMatch};
use ticketfall_core::ids::ProfileId;
use ticketfall_core::limits::{Ledger, Limits};
use ticketfall_core::monitor::{Effect, Input, Monitor, Stage};
use ticketfall_core::offer::SeatGroup;
use ticketfall_core::pace::Purpose;
use ticketfall_core::taken::Free;
use ticketfall_core::watch::{Member as Terms, Standing};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::face::Face;
use super::life::{SearchLife, rethrown};
use super::member::Member;
use super::record::Wish;
use super::roll::Roll;
use super::stopwatch::Stopwatch;
use super::tidings::Listener;
use super::watch_runner::{Choose, Command, WatchHandle, at};
use super::{Order, SearchView, failed, locked, record};
use crate::notify::Notice;
use crate::telemetry::stages;

/// The word for a search that ended in a panic.
const FAILED: &str = "Stopped";

type Pending = Pin<Box<dyn Future<Output = Option<Input>> + Send>>;

/// What a search runs with.
#[derive(Debug)]
pub(super) struct MonitorParts {
    pub(super) member: Arc<Member>,
    pub(super) watch: WatchHandle,
    pub(super) ledger: Arc<Mutex<Ledger>>,
    pub(super) limits: Limits,
    pub(super) venue: TimeZone,
    pub(super) waiting_since: Timestamp,
    pub(super) configuration: Configuration,
    pub(super) orders: mpsc::Sender<Order>,
    pub(super) life: Arc<SearchLife>,
}

pub(super) struct MonitorRunner {
    parts: MonitorParts,
    monitor: Option<Monitor>,
    pending: JoinSet<Option<Input>>,
    stopwatch: Stopwatch,
    wake_at: Option<Timestamp>,
    pub(super) face: Face,
    tidings: Listener,
    fell_before: Option<Timestamp>,
    /// The fall that the status may speak of; a hold that is on its way decides first whether it was missed.
    fell_at: Option<Timestamp>,
    /// The status that was told last: the word, and what there was to say about it.
    told: Option<(String, Option<String>)>,
    /// How often the store had changed what somebody wants when the configuration was read.
    rewished: u64,
}

impl MonitorRunner {
    /// A runner that has not begun, and where its search can be followed.
    pub(super) fn new(parts: MonitorParts, roll: Arc<Roll>) -> (Box<Self>, watch::Receiver<SearchView>) {
        let (face, seen) = Face::new(parts.member.profile().clone(), roll);
        let tidings = parts.watch.tidings.clone();
        let fell_before = tidings.latest().fell_at;
        let runner = Self {
            parts,
            monitor: None,
            pending: JoinSet::new(),
            wake_at: None,
            face,
            tidings,
            fell_before,
            fell_at: None,
            told: None,
            rewished: 0,
            stopwatch: Stopwatch::default(),
        };
        (Box::new(runner), seen)
    }

    /// Runs until the search is over; a panic in it ends it, and no other.
    pub(super) async fn run(self: Box<Self>, orders: mpsc::Receiver<Order>) {
        let (member, life) = (Arc::clone(&self.parts.member), Arc::clone(&self.parts.life));
        // What wraps a future keeps it more than once, as large as it is.
        let running = Box::pin(self.run_to_its_end(orders));
        let running = AssertUnwindSafe(life.until_given_up(running));
        if running.catch_unwind().await.is_err() {
            let (profile, watched) = (member.profile().clone(), member.watched().clone());
            tracing::error!(%profile, %watched, "the search failed");
            let reason = failed().reason().map(str::to_owned);
            let notice =
                Notice::Status { profile, watched, status: FAILED.to_owned(), reason: reason.clone() };
            member.notices().tell(member.clock().now(), notice);
            member.tell_status(FAILED, reason);
        }
    }

    async fn run_to_its_end(mut self: Box<Self>, mut orders: mpsc::Receiver<Order>) {
        // What an earlier search of this run left in the ledger ends here; the basket says what is true.
        locked(&self.parts.ledger).forget(self.profile(), self.parts.member.watched());
        let criteria = Arc::new(self.parts.configuration.criteria());
        let doubt = self.parts.member.doubt().await;
        let (monitor, effects) = Monitor::start(self.parts.member.watched().event.clone(), criteria, doubt);
        self.monitor = Some(monitor);
        self.join(Standing::Unable).await;
        Box::pin(self.carry_out_all(effects)).await;
        // What a step needs is boxed, so that waiting for the next one takes no room for it.
        while !self.is_over() {
            self.parts.life.turns();
            let clock = self.parts.member.clock();
            tokio::select! {
                biased;
                Some(order) = orders.recv() => Box::pin(self.on_order(order)).await,
                Some(done) = self.pending.join_next() => {
                    if let Some(input) = done.unwrap_or_else(rethrown) {
                        Box::pin(self.on_done(input)).await;
                    }
                }
                () = self.tidings.changed() => self.show(),
                () = at(clock, self.wake_at) => {
                    self.wake_at = None;
                    Box::pin(self.step(Input::Tick)).await;
                }
            }
        }
        let leave = Command::Leave(self.profile().clone(), self.parts.orders.clone());
        self.parts.watch.tell(leave).await;
        self.parts.member.keep_session().await;
        self.parts.member.statuses.write().await;
    }

    fn profile(&self) -> &ProfileId {
        self.parts.member.profile()
    }

    fn stage(&self) -> Option<&Stage> {
        self.monitor.as_ref().map(Monitor::stage)
    }

    fn is_over(&self) -> bool {
        matches!(self.stage(), Some(Stage::Ended(_)))
    }

    async fn on_order(&mut self, order: Order) {
        match order {
            Order::Input(input) => {
                if matches!(*input, Input::Allotted(_)) {
                    stages::over("taken up");
                    self.stopwatch.seen(self.parts.member.clock().now());
                }
                self.step(*input).await;
            }
            Order::Renew => self.step(Input::RenewalDue).await,
            Order::Reconfigure => self.read_wish(),
            Order::TakeUp(wish) => self.take_up(*wish).await,
            Order::StartAgain => {
                if let Some(wish) = record::wish(&self.parts.member).await {
                    self.take_up(wish).await;
                }
                if self.parts.member.has_import().await {
                    self.step(Input::RenewalDue).await;
                }
                self.step(Input::StartAgain).await;
            }
            Order::Rejoin => self.rejoin().await,
            Order::Stop(written) => {
                self.parts.member.is_not_wanted(written);
                self.step(Input::Stop).await;
            }
        }
    }

    /// Says to a watch that began anew what the one before knew of this search.
    async fn rejoin(&self) {
        self.join(self.standing()).await;
        for group in self.monitor.iter().flat_map(Monitor::takes) {
            self.parts.watch.tell(Command::Take(group.clone())).await;
        }
    }

    /// Asks the store beside the search, which asks for seats meanwhile, where what somebody wants has changed; what
    /// cannot be read changes nothing.
    fn read_wish(&mut self) {
        if self.parts.member.store.rewished() == self.rewished {
            return;
        }
        let (member, orders) = (Arc::clone(&self.parts.member), self.parts.orders.clone());
        self.pending.spawn(async move {
            let wish = record::wish(&member).await?;
            // A search that is that busy is told again.
            orders.try_send(Order::TakeUp(Box::new(wish))).ok().and(None)
        });
    }

    async fn take_up(&mut self, Wish { rewished, configuration }: Wish) {
        // One that was read before it was started again counts no more.
        if rewished < self.rewished {
            return;
        }
        self.rewished = rewished;
        if configuration == self.parts.configuration {
            return;
        }
        let criteria = Arc::new(configuration.criteria());
        self.parts.member.take_up(&configuration);
        self.parts.configuration = configuration;
        self.step(Input::Reconfigured(criteria)).await;
        let standing = self.standing();
        self.join(standing).await;
    }

    fn standing(&self) -> Standing {
        match self.stage() {
            Some(Stage::Looking) => self.in_line(),
            Some(
                Stage::Resting { .. }
                | Stage::Calling { .. }
                | Stage::AwaitingPerson { .. }
                | Stage::Preparing { .. },
            ) => Standing::Unable,
            Some(_) | None => Standing::Sitting,
        }
    }

    fn in_line(&self) -> Standing {
        match self.parts.configuration.on_match {
            OnMatch::Hold if self.parts.member.can_hold() => Standing::Seeking,
            OnMatch::Hold | OnMatch::Notify => Standing::Notified,
        }
    }

    async fn join(&self, standing: Standing) {
        let terms = Terms {
            criteria: Arc::new(self.parts.configuration.criteria()),
            interval: self.parts.configuration.interval(),
            priority: self.parts.configuration.priority,
            waiting_since: self.parts.waiting_since,
            standing,
        };
        let (member, orders) = (Arc::clone(&self.parts.member), self.parts.orders.clone());
        self.parts.watch.tell(Command::Join { member, terms, orders }).await;
    }

    async fn step(&mut self, input: Input) {
        let Some(monitor) = self.monitor.take() else { return };
        let (monitor, effects) = monitor.step(input, self.parts.member.clock().now());
        self.monitor = Some(monitor);
        self.carry_out_all(effects).await;
    }

    /// Takes in what was under way; who is ready by it, and has nothing to do but wait in line, closes its connections.
    async fn on_done(&mut self, input: Input) {
        let gets_ready = matches!(
            (self.stage(), &input),
            (Some(Stage::ReadingBasket { .. }), Input::BasketRead(_))
                | (Some(Stage::Looking), Input::Prepared)
        );
        self.step(input).await;
        if gets_ready && matches!(self.stage(), Some(Stage::Looking)) {
            self.parts.member.rest();
        }
    }

    /// Carries out in order; a permit is answered at once, so a hold leaves within the same turn.
    async fn carry_out_all(&mut self, effects: Vec<Effect>) {
        self.parts.life.is_unproven_now(self.monitor.as_ref().is_some_and(Monitor::is_unproven));
        let mut effects: VecDeque<Effect> = effects.into();
        while let Some(effect) = effects.pop_front() {
            if let Effect::AskPermit { seats, cost } = effect {
                let (profile, watched) = (self.profile().clone(), self.parts.member.watched().clone());
                let permit =
                    locked(&self.parts.ledger).permit(&profile, &watched, &self.parts.limits, (seats, cost));
                stages::over("permitted");
                let input = permit.map_or_else(Input::Denied, Input::Permitted);
                let monitor = self.monitor.take().expect("the monitor is only away during a step");
                let (monitor, more) = monitor.step(input, self.parts.member.clock().now());
                self.monitor = Some(monitor);
                effects.extend(more);
            } else {
                self.carry_out(effect).await;
            }
        }
        self.show();
    }

    async fn carry_out(&mut self, effect: Effect) {
        let (profile, watched) = (self.profile().clone(), self.parts.member.watched().clone());
        match effect {
            Effect::AskPermit { .. } => {}
            Effect::Enter { seats, cost } => {
                locked(&self.parts.ledger).basket_read(&profile, &watched, seats, cost);
                self.parts.member.reconcile(seats > 0).await;
            }
            Effect::Forget => locked(&self.parts.ledger).forget(&profile, &watched),
            Effect::Settle { permit, seats, cost } => locked(&self.parts.ledger).settle(permit, seats, cost),
            Effect::Seek => self.stand(self.in_line()).await,
            Effect::Sit => self.stand(Standing::Sitting).await,
            Effect::Withdraw => self.stand(Standing::Unable).await,
            Effect::Take(group) => self.parts.watch.tell(Command::Take(group)).await,
            Effect::LetGo { group, free } => {
                self.parts.watch.tell(Command::LetGo { group, free }).await;
            }
            Effect::WakeAt(when) => self.wake_at = Some(when),
            Effect::Tell(story) => self.tell(story).await,
            Effect::Hold { .. } => {
                // Its request leaves before this search, or anybody else, does another thing.
                let mut holding = self.begin(effect);
                match poll_fn(|context| Poll::Ready(holding.as_mut().poll(context))).await {
                    Poll::Ready(input) => drop(self.pending.spawn(std::future::ready(input))),
                    Poll::Pending => {
                        tokio::task::yield_now().await;
                        self.pending.spawn(holding);
                    }
                }
            }
            Effect::Prepare
            | Effect::ReadBasket
            | Effect::ReadKey
            | Effect::ViewSeats { .. }
            | Effect::Release
            | Effect::Deliver
            | Effect::CallPerson(_)
            | Effect::ShowAgain(_)
            | Effect::LookForPerson => {
                let pending = self.begin(effect);
                self.pending.spawn(pending);
            }
        }
    }

    async fn stand(&self, standing: Standing) {
        self.parts.watch.tell(Command::Stands(self.profile().clone(), standing)).await;
    }

    /// A proof does not wait; getting ready does.
    fn basket_is_read_for(&self) -> Purpose {
        match self.stage() {
            Some(Stage::Proving { .. }) => Purpose::Hold,
            _ => Purpose::Upkeep,
        }
    }

    /// What takes a while, and ends in an input.
    fn begin(&self, effect: Effect) -> Pending {
        let member = Arc::clone(&self.parts.member);
        let watch = self.parts.watch.clone();
        match effect {
            Effect::Prepare => Box::pin(async move {
                let (input, plan) = member.prepare().await;
                if let Some(plan) = plan {
                    watch.tell(Command::Planned(plan)).await;
                }
                Some(input)
            }),
            Effect::ReadBasket => {
                let purpose = self.basket_is_read_for();
                Box::pin(async move { Some(Input::BasketRead(member.basket(purpose).await)) })
            }
            Effect::ReadKey => Box::pin(async move { Some(member.read_key().await) }),
            Effect::ViewSeats { instead_of } => self.view_seats(instead_of),
            Effect::Hold { request, attempt } => {
                Box::pin(async move { Some(Input::HoldAnswered(member.hold(request, attempt).await)) })
            }
            Effect::Release => Box::pin(async move { Some(Input::Released(member.release().await)) }),
            Effect::Deliver => {
                let held = self.monitor.as_ref().and_then(Monitor::held).cloned();
                Box::pin(async move {
                    member.deliver(held?).await;
                    Some(Input::Delivered)
                })
            }
            Effect::CallPerson(person) => {
                Box::pin(async move { Some(Input::PersonCalled(member.call(&person).await)) })
            }
            Effect::ShowAgain(person) => {
                Box::pin(async move { Some(Input::PersonShown(member.call(&person).await)) })
            }
            Effect::LookForPerson => {
                Box::pin(async move { Some(Input::PersonSeen(member.person_seen().await)) })
            }
            Effect::AskPermit { .. }
            | Effect::Enter { .. }
            | Effect::Forget
            | Effect::Settle { .. }
            | Effect::Seek
            | Effect::Sit
            | Effect::Withdraw
            | Effect::Take(_)
            | Effect::LetGo { .. }
            | Effect::WakeAt(_)
            | Effect::Tell(_) => Box::pin(async { None }),
        }
    }

    /// Reads the seat map, and lets the watch choose on it.
    fn view_seats(&self, instead_of: SeatGroup) -> Pending {
        let (member, watch) = (Arc::clone(&self.parts.member), self.parts.watch.clone());
        let criteria = Arc::clone(self.monitor.as_ref().expect("a step has ended").criteria());
        Box::pin(async move {
            let map = match member.seat_map().await {
                Ok(map) => map,
                Err(reading) => return Some(Input::Turned(reading)),
            };
            let (reply, chosen) = oneshot::channel();
            watch.tell(Command::Choose(Choose { criteria, map, instead_of, reply })).await;
            Some(Input::SeatsViewed(chosen.await.unwrap_or_default()))
        })
    }
}

/// However a search ends, its watch counts on it no more, and others may have the seats that it took.
impl Drop for MonitorRunner {
    fn drop(&mut self) {
        let taken = self.monitor.iter().flat_map(Monitor::takes).cloned();
        let let_go = taken.map(|group| Command::LetGo { group, free: Free::Later });
        let leave = Command::Leave(self.profile().clone(), self.parts.orders.clone());
        for command in let_go.chain([leave]) {
            // A watch that has ended, or is that far behind, finds the way to this search closed.
            drop(self.parts.watch.commands.try_send(command));
        }
    }
}
