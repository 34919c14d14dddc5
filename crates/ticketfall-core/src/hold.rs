//! What is asked of a seller to hold seats, what it answers, and what its
//! basket says: only the basket is proof.

use std::sync::Arc;
use std::time::Duration;

use crate::ids::{AreaId, EventId};
use crate::offer::{Part, SeatGroup};
use crate::price::Price;
use crate::reading::Reading;

/// One hold to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldRequest {
    /// So many seats of this area and band, whichever the seller picks.
    BestAvailable {
        /// Where, how many and at what price.
        part: Part,
        /// Whether they must be adjacent.
        together: bool,
    },
    /// Exactly these seats.
    Seats(SeatGroup),
}

/// A seat that the seller says it gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedSeat {
    /// Its area.
    pub area: AreaId,
    /// The row's map coordinate.
    pub y: i32,
    /// The seat's map coordinate.
    pub x: i32,
    /// The price band, where the answer names it.
    pub band: Option<Arc<str>>,
}

/// How a seller answered a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOutcome {
    /// Every step was accepted.
    Granted {
        /// The seats, where the answer names them.
        seats: Vec<GrantedSeat>,
    },
    /// Refused: the key is stale, a seat is gone, the number is wrong; a seller seldom says which.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the answer says, for people.
        reason: String,
        /// Whether an earlier step locked seats that must be given back.
        locked: bool,
    },
    /// An answer to something else: a waiting room, a sign-in page, a captcha, a request to slow down.
    Turned {
        /// What it was.
        reading: Reading,
        /// Whether an earlier step locked seats that must be given back.
        locked: bool,
    },
    /// No answer that can be understood: the hold may stand.
    Unknown {
        /// What stood in the way.
        reason: String,
    },
}

/// A seat as the basket page prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasketSeat {
    /// The event it is for, where the page says so.
    pub event: Option<EventId>,
    /// The printed area.
    pub area: Option<Arc<str>>,
    /// The printed block.
    pub block: Option<Arc<str>>,
    /// The printed row.
    pub row: Option<Arc<str>>,
    /// The printed seat.
    pub seat: Option<Arc<str>>,
    /// Its price, where the page says so.
    pub price: Option<Price>,
}

/// A basket that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Basket {
    /// All seats in it, of every event.
    pub seats: Vec<BasketSeat>,
    /// How long until it is emptied, where the page says so.
    pub expires_in: Option<Duration>,
}

/// What reading the basket told us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BasketReading {
    /// It was read.
    Read(Basket),
    /// Something else came: a waiting room, a sign-in page, a failure; the basket is unknown.
    Turned(Reading),
}
