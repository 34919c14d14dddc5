//! The handle to a running box office, and the thin shell that serves it. The one place that reads a clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::time::Instant;

use crate::books::{Books, Cause, FallRecord, LogLine};
use crate::event::Event;
use crate::fault::Fault;
use crate::house::House;
use crate::member::Member;
use crate::queue_room::QueueRoom;
use crate::script::{Fall, Room, Script};
use crate::site::{self, ask::Ask};
use crate::stadium::Stadium;

/// The longest body that is read, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// How many demo accounts there are unless the settings say otherwise.
const MEMBERS: usize = 12;

/// What a run follows from.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The seed of the stadium and of everything that is left to chance.
    pub seed: u64,
    /// What falls, what fails, and the rules of the house.
    pub script: Script,
    /// When the doors opened, as the home page prints it; nothing when empty.
    pub opens_at: String,
    /// How many demo accounts there are.
    pub members: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 1, script: Script::default(), opens_at: String::new(), members: MEMBERS }
    }
}

/// A running box office; clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct BoxOffice {
    house: Arc<Mutex<House>>,
    opened: Instant,
}

impl BoxOffice {
    /// Opens the doors; the clock starts here. Panics on a script that `Script::from_toml` would refuse.
    pub fn open(settings: Settings) -> Self {
        if let Some(complaint) = settings.script.complaint() {
            panic!("cannot use the script: {complaint}");
        }
        let house = House::open(settings.seed, settings.script, settings.members, settings.opens_at);
        Self { house: Arc::new(Mutex::new(house)), opened: clock() }
    }

    /// The whole site, and `/_boxoffice/*` for whoever runs it.
    pub fn router(&self) -> Router {
        Router::new().fallback(serve).with_state(self.clone())
    }

    /// How long ago the doors opened.
    pub fn now(&self) -> Duration {
        clock().saturating_duration_since(self.opened)
    }

    /// Every request to the site in the order of their arrival; the oldest are dropped when there are very many.
    pub fn log(&self) -> Vec<LogLine> {
        self.caught_up().1.log()
    }

    /// Who has what, and what became of every fall.
    pub fn books(&self) -> Books {
        let (now, house) = self.caught_up();
        house.books(now)
    }

    /// The demo accounts.
    pub fn members(&self) -> Vec<Member> {
        self.caught_up().1.members.clone()
    }

    /// The season's events.
    pub fn events(&self) -> Vec<Event> {
        self.caught_up().1.events().cloned().collect()
    }

    /// The ground.
    pub fn stadium(&self) -> Stadium {
        self.caught_up().1.stadium.clone()
    }

    /// Lets seats fall now, whatever its time says; where it cannot come, the books say why.
    pub fn fall(&self, fall: Fall) -> Option<FallRecord> {
        let (now, mut house) = self.caught_up();
        let fall = Fall { at: now, ..fall };
        house.fall_or_note(&fall, now, Cause::Injected)
    }

    /// Adds a fault; it begins now where its time has passed.
    pub fn inject(&self, fault: Fault) {
        let (now, mut house) = self.caught_up();
        let at = fault.at.max(now);
        house.faults.add(Fault { at, ..fault });
    }

    /// Puts a waiting room in front of the site, in place of any other; its times count from now.
    pub fn open_room(&self, room: Room) {
        let (now, mut house) = self.caught_up();
        let seed = house.seed;
        house.queue_room = Some(QueueRoom::new(seed, room.later_by(now)));
    }

    /// Ends every session of the member with this address.
    pub fn sign_out(&self, email: &str) {
        let mut house = self.caught_up().1;
        if let Some(member) = house.member_by_email(email) {
            house.sessions.close_all_of(member);
        }
    }

    fn caught_up(&self) -> (Duration, MutexGuard<'_, House>) {
        let now = self.now();
        // A panic in one request must not close the house for all others.
        let mut house = self.house.lock().unwrap_or_else(PoisonError::into_inner);
        house.advance(now);
        (now, house)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock; paused in tests")]
fn clock() -> Instant {
    Instant::now()
}

async fn serve(State(office): State<BoxOffice>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // A body that is too long or breaks off is treated, and logged, like one that makes no sense.
    let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
    let answer = {
        let (now, mut house) = office.caught_up();
        site::answer(&mut house, &Ask::new(now, &parts, body))
    };
    answer.deliver().await
}
