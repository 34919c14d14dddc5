//! A search as it is shown: the status word for word, and what is known beyond the word.

use jiff::Timestamp;
use serde::Serialize;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::ProfileId;
use ticketfall_core::monitor;
use ticketfall_core::price::Price;
use ticketfall_core::status::Status;
use url::Url;
use utoipa::ToSchema;

use super::shown::{self, Money, SeatShown};
use super::{Api, SellerView};
use crate::monitoring::SearchView;
use crate::store::monitors::{Desired, MonitorRow};

/// A search and how it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Monitor {
    /// Whose.
    profile: String,
    /// The status, word for word: `SearchingTickets`, `TicketFall_09:41pm`, `Tickets`, `SessionError`,
    /// `KeyNotFound`, `Captcha`, `Queue`, `Blocked`, `BackingOff`, `StartingAgain` or `Stopped`.
    status: String,
    /// Why, where there is more to say than the word.
    detail: Option<String>,
    /// The seller.
    seller: Option<String>,
    /// The seller's number of the event.
    event: Option<String>,
    /// The match page.
    #[schema(value_type = Option<String>)]
    event_url: Option<Url>,
    /// While waiting our turn: the place in line.
    queue: Option<Place>,
    /// While backing off: when the next look is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_look_at: Option<Timestamp>,
    /// What the basket holds.
    held: Option<Held>,
    /// What is wanted; the keyword is left out.
    #[schema(value_type = Option<shown::Configuration>)]
    configuration: Option<Configuration>,
    /// Whether it starts with the service.
    starts_with_service: bool,
    /// Since when it waits for its seats.
    #[schema(value_type = Option<String>, format = DateTime)]
    waiting_since: Option<Timestamp>,
    /// When the status was last told.
    #[schema(value_type = Option<String>, format = DateTime)]
    status_at: Option<Timestamp>,
}

/// A place in a waiting room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Place {
    /// How many are ahead, where the page says so.
    ahead: Option<u32>,
    /// How long it is expected to take, where the page says so.
    expected_seconds: Option<u64>,
}

/// Seats that are proven in the basket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Held {
    /// As the basket prints them.
    seats: Vec<SeatShown>,
    /// What they cost together.
    #[schema(value_type = Option<Money>)]
    total: Option<Price>,
    /// When the seller takes them back.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Where a person pays.
    #[schema(value_type = Option<String>)]
    order_page: Option<Url>,
}

impl Monitor {
    /// The search of a row: as it runs, or as it was.
    pub(super) fn of(api: &Api, row: MonitorRow) -> Self {
        let running = api.supervisor.status(&row.profile).filter(|(key, _)| *key == row.key);
        let seller = api.supervisor.seller(&row.key.seller);
        let shown = Self {
            seller: Some(row.key.seller.to_string()),
            event: Some(row.key.event.to_string()),
            event_url: Some(row.event_url),
            configuration: Some(row.configuration),
            starts_with_service: row.desired == Desired::Running,
            waiting_since: Some(row.waiting_since),
            status_at: row.status.as_ref().map(|status| status.at),
            ..Self::never(&row.profile)
        };
        match running {
            Some((_, view)) => shown.running(view, seller.as_ref()),
            None => shown.resting(row.desired, row.status.as_ref().map(|status| status.label.as_str())),
        }
    }

    /// A search that was never started.
    pub(super) fn never(profile: &ProfileId) -> Self {
        Self {
            profile: profile.to_string(),
            status: "Stopped".to_owned(),
            detail: Some("no search was started".to_owned()),
            seller: None,
            event: None,
            event_url: None,
            queue: None,
            next_look_at: None,
            held: None,
            configuration: None,
            starts_with_service: false,
            waiting_since: None,
            status_at: None,
        }
    }

    fn running(self, view: SearchView, seller: Option<&SellerView>) -> Self {
        let order_page = seller.and_then(|seller| seller.order_page.clone());
        let (queue, next_look_at) = match &view.status {
            Status::Queue { place, expected, .. } => {
                let expected_seconds = expected.map(|expected| expected.as_secs());
                (Some(Place { ahead: *place, expected_seconds }), None)
            }
            Status::BackingOff { until, .. } => (None, Some(*until)),
            Status::StartingAgain
            | Status::SearchingTickets
            | Status::TicketFall { .. }
            | Status::Tickets
            | Status::SessionError { .. }
            | Status::KeyNotFound { .. }
            | Status::Captcha { .. }
            | Status::Blocked { .. }
            | Status::Stopped { .. } => (None, None),
        };
        let detail = view.status.reason().map(str::to_owned);
        let held = view.held.map(|held| Held::of(&held, order_page));
        Self { status: view.label, detail, queue, next_look_at, held, ..self }
    }

    /// A search that nobody carries out: it was stopped, it ended, or it could not be started.
    fn resting(self, desired: Desired, last: Option<&str>) -> Self {
        let (status, detail) = match (desired, last) {
            (_, Some("Blocked")) => ("Blocked", "the site said stop"),
            (Desired::Stopped, _) => ("Stopped", "stopped"),
            (Desired::Running, _) => ("Stopped", "it could not be started with the service: start it again"),
        };
        Self { status: status.to_owned(), detail: Some(detail.to_owned()), ..self }
    }
}

impl Held {
    fn of(held: &monitor::Held, order_page: Option<Url>) -> Self {
        let seats = held.seats.iter().map(SeatShown::from).collect();
        Self { seats, total: held.total, expires_at: held.expires_at, order_page }
    }
}
