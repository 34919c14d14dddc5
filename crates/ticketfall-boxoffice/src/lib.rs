//! The simulated seller: a club's ticket exchange with a stadium, members, rivals, falls and faults, all in memory.
//! Everything that it does follows from its seed, its script and the requests it gets.

mod books;
mod box_office;
mod event;
mod fault;
mod house;
mod member;
mod money;
mod queue_room;
mod refusal;
mod rivals;
mod script;
mod session;
mod site;
mod stadium;
mod stock;
mod tokens;

pub use books::{Books, Cause, FallRecord, FallenSeat, Fate, LogLine, MemberBook, Owner, SeatBook};
pub use box_office::{BoxOffice, Settings};
pub use event::{
    Admission, Band, CUP_TIE, ClassId, Event, EventId, KEYWORD, LEAGUE_MATCH, LockShape, PriceLine,
};
pub use fault::{Fault, FaultKind, RequestKind, Selector};
pub use member::Member;
pub use money::{NotMoney, Pence};
pub use queue_room::{ClientBook, PlaceBook, PlaceStanding, RoomBook};
pub use script::{
    Cache, Closing, Fall, Limits, Opening, Pace, Pause, Private, Rivals, Room, RoomSecret, Script,
    ScriptError, Weather,
};
pub use site::{PREFIX, QUEUE_PREFIX, SESSION_COOKIE};
pub use stadium::{AREAS, Area, AreaId, AreaRef, Place, Printed, Row, SEATS, Stadium};
pub use stock::Market;
