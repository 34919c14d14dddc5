//! Why the box office says no. The log tells which it was; the answer is as vague as a real seller's.

use crate::event::EventId;

/// A request that is not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    SignedOut,
    NotFound,
    NotAllowed { event: EventId, reason: Reason },
    NotXhr,
    NotJson,
    NoKey,
    StaleKey,
    Repeated(&'static str),
    Malformed(String),
    BadParameter(&'static str),
    WrongQuantity,
    OverTheLimit,
    SeatGone,
    NotLocked,
    WrongPriceClass,
    WrongMarket,
    EventClosed,
}

/// Why an event's page is closed to somebody, in the words of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Archived,
    Restricted,
    NoSalesModes,
}

impl Reason {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Archived => "EventArchived",
            Self::Restricted => "EventRestricted",
            Self::NoSalesModes => "EventNoAvailableSalesModesOrSoldOut",
        }
    }

    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Archived => "This event is over.",
            Self::Restricted => "This event is open only to members who have its access code.",
            Self::NoSalesModes => "This event is not on sale, or is sold out.",
        }
    }

    pub(crate) fn by_code(code: &str) -> Option<Self> {
        [Self::Archived, Self::Restricted, Self::NoSalesModes]
            .into_iter()
            .find(|reason| reason.code() == code)
    }
}

impl Refusal {
    /// The kind, as the books count it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::NotFound => "not_found",
            Self::NotAllowed { .. } => "not_allowed",
            Self::NotXhr => "not_xhr",
            Self::NotJson => "not_json",
            Self::NoKey => "no_key",
            Self::StaleKey => "stale_key",
            Self::Repeated(_) => "repeated_header",
            Self::Malformed(_) => "malformed",
            Self::BadParameter(_) => "bad_parameter",
            Self::WrongQuantity => "wrong_quantity",
            Self::OverTheLimit => "over_the_limit",
            Self::SeatGone => "seat_taken",
            Self::NotLocked => "not_locked",
            Self::WrongPriceClass => "wrong_price_class",
            Self::WrongMarket => "wrong_market",
            Self::EventClosed => "event_closed",
        }
    }

    /// What it really was, for the log.
    pub(crate) fn note(&self) -> String {
        let kind = self.kind().replace('_', " ");
        match self {
            Self::NotAllowed { event, reason } => format!("refused: event {event}: {}", reason.code()),
            Self::Repeated(header) => format!("refused: repeated header {header}"),
            Self::Malformed(why) => format!("refused: malformed body: {why}"),
            Self::BadParameter(name) => format!("refused: bad parameter {name}"),
            Self::SignedOut
            | Self::NotFound
            | Self::NotXhr
            | Self::NotJson
            | Self::NoKey
            | Self::StaleKey
            | Self::WrongQuantity
            | Self::OverTheLimit
            | Self::SeatGone
            | Self::NotLocked
            | Self::WrongPriceClass
            | Self::WrongMarket
            | Self::EventClosed => format!("refused: {kind}"),
        }
    }

    /// What the client is told with a 400; a stale key and a lost seat read alike.
    pub(crate) fn sentence(&self) -> &'static str {
        match self {
            Self::OverTheLimit => "You have reached the maximum number of tickets for this event.",
            Self::EventClosed => "Sales for this event are closed.",
            Self::NotXhr | Self::NotJson | Self::Repeated(_) | Self::Malformed(_) | Self::BadParameter(_) => {
                "Bad Request"
            }
            Self::SignedOut
            | Self::NotFound
            | Self::NotAllowed { .. }
            | Self::NoKey
            | Self::StaleKey
            | Self::WrongQuantity
            | Self::SeatGone
            | Self::NotLocked
            | Self::WrongPriceClass
            | Self::WrongMarket => "Sorry, we could not complete your request. Please try again.",
        }
    }
}
