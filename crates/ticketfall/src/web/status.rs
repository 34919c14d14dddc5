//! What a status means for whoever looks: its colour and shape, what it says, and what to do next.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ticketfall_core::monitor::Held;
use ticketfall_core::status::Status;

use super::links;
use super::words::{self, Moment};
use crate::monitoring::SearchView;
use crate::notify::seat_in_words;
use crate::store::notes::Note;
use crate::store::profiles::{BrowserChoice, Profile};

/// How a status looks: a colour, a shape and a place among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// Seats are in the basket.
    Held,
    /// A person is needed.
    Needs,
    /// The site said stop.
    Blocked,
    /// Seats fell and got away; looking goes on.
    Fell,
    /// Waiting: a queue, or a site that asked for time.
    Waiting,
    /// Looking.
    Looking,
    /// Not looking.
    Stopped,
}

impl Tone {
    /// Of a status.
    pub(super) fn of(status: &Status) -> Self {
        match status {
            Status::Tickets => Self::Held,
            Status::SessionError { .. } | Status::KeyNotFound { .. } | Status::Captcha { .. } => Self::Needs,
            Status::Blocked { .. } => Self::Blocked,
            Status::TicketFall { .. } => Self::Fell,
            Status::Queue { .. } | Status::BackingOff { .. } | Status::StartingAgain => Self::Waiting,
            Status::SearchingTickets => Self::Looking,
            Status::Stopped { .. } => Self::Stopped,
        }
    }

    /// Its name in the style sheet.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Needs => "needs",
            Self::Blocked => "blocked",
            Self::Fell => "fell",
            Self::Waiting => "waiting",
            Self::Looking => "looking",
            Self::Stopped => "stopped",
        }
    }
}

/// A status in one word, with its shape.
#[derive(Debug, Clone)]
pub(super) struct Badge {
    pub(super) tone: &'static str,
    pub(super) label: String,
}

/// A sentence with a time that counts in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// Before the time.
    pub(super) words: String,
    /// A time that is awaited.
    pub(super) until: Option<Moment>,
    /// A time that has been.
    pub(super) since: Option<Moment>,
}

/// What a button does.
#[derive(Debug, Clone)]
pub(super) struct Action {
    /// Where it leads.
    pub(super) href: String,
    /// What it says.
    pub(super) label: &'static str,
    /// Whether it asks for a change.
    pub(super) is_post: bool,
    /// Whether it is the one to press now.
    pub(super) is_first: bool,
    /// Whether it leaves the dashboard.
    pub(super) is_away: bool,
}

impl Action {
    /// Asks for a change.
    pub(super) fn post(href: String, label: &'static str) -> Self {
        Self { href, label, is_post: true, is_first: false, is_away: false }
    }

    /// Leads somewhere else in the dashboard.
    pub(super) fn go(href: String, label: &'static str) -> Self {
        Self { is_post: false, ..Self::post(href, label) }
    }

    /// Leads to the seller.
    pub(super) fn away(href: String, label: &'static str) -> Self {
        Self { is_away: true, ..Self::go(href, label) }
    }

    /// The same, as the one to press now.
    pub(super) fn first(self) -> Self {
        Self { is_first: true, ..self }
    }
}

/// The word of a search, or that there is none.
pub(super) fn badge(search: Option<&SearchView>) -> Badge {
    let Some(SearchView { status, label, .. }) = search else {
        return Badge { tone: Tone::Stopped.name(), label: "Stopped".to_owned() };
    };
    let label = match status {
        Status::Queue { place: Some(place), .. } => format!("{label} · {place} ahead"),
        Status::StartingAgain
        | Status::SearchingTickets
        | Status::TicketFall { .. }
        | Status::Tickets
        | Status::SessionError { .. }
        | Status::KeyNotFound { .. }
        | Status::Captcha { .. }
        | Status::Queue { place: None, .. }
        | Status::Blocked { .. }
        | Status::BackingOff { .. }
        | Status::Stopped { .. } => label.clone(),
    };
    Badge { tone: Tone::of(status).name(), label }
}

/// What there is to say of a search beyond its word.
pub(super) fn line(
    search: Option<&SearchView>,
    last: Option<&Note>,
    now: Timestamp,
    venue: &TimeZone,
) -> Line {
    let Some(search) = search else {
        return Line { words: "not looking".to_owned(), ..Line::default() };
    };
    let words = |words: String| Line { words, ..Line::default() };
    match &search.status {
        Status::Tickets => {
            let until = search.held.as_ref().map(|held| Moment::left(held.expires_at, now));
            Line { words: "pay within".to_owned(), until, since: None }
        }
        Status::TicketFall { at } => {
            let refused = last.filter(|note| note.kind == "refused" && note.at >= *at);
            let why = refused.map_or("taken, or not what is wanted".to_owned(), |note| note.text.clone());
            words(format!("{}: {why}", Moment::clock(*at, now, venue).text))
        }
        Status::Queue { expected: Some(expected), .. } => {
            words(format!("our turn in about {}", words::lasted(*expected)))
        }
        Status::Queue { expected: None, .. } => words("waiting our turn in the browser".to_owned()),
        Status::BackingOff { until, reason } => Line {
            words: format!("{}; next look in", reason.as_deref().unwrap_or("the site asked for time")),
            until: Some(Moment::left(*until, now)),
            since: None,
        },
        Status::StartingAgain => words("its turn comes soon".to_owned()),
        Status::SearchingTickets => words("nothing fits yet".to_owned()),
        Status::SessionError { reason }
        | Status::KeyNotFound { reason }
        | Status::Captcha { reason }
        | Status::Blocked { reason }
        | Status::Stopped { reason } => words(reason.clone()),
    }
}

/// What a person can do about a member's search, the most urgent first.
pub(super) fn actions(
    profile: &Profile,
    search: Option<&SearchView>,
    order_page: Option<&str>,
) -> Vec<Action> {
    let to = |what: &str| links::member_does(&profile.id, what);
    let has_browser = profile.browser != BrowserChoice::None;
    let (start, stop) = (Action::post(to("again"), "Start"), Action::post(to("stop"), "Stop"));
    let Some(search) = search else { return vec![start] };
    match &search.status {
        Status::Tickets => {
            let order = order_page.map(|page| Action::away(page.to_owned(), "Order page").first());
            let shown = has_browser.then(|| Action::post(to("order-page"), "Show in browser"));
            order.into_iter().chain(shown).chain([stop]).collect()
        }
        Status::SessionError { .. } | Status::Captcha { .. } | Status::Queue { .. } => {
            let shown = if has_browser {
                Action::post(to("browser"), "Show browser")
            } else {
                Action::go(links::import(&profile.id), "Import cookies")
            };
            vec![shown.first(), stop]
        }
        Status::KeyNotFound { .. } => {
            vec![
                Action::go(format!("{}#wanted", links::member(&profile.id)), "Give the keyword").first(),
                stop,
            ]
        }
        Status::Blocked { .. } | Status::Stopped { .. } => vec![start],
        Status::StartingAgain
        | Status::SearchingTickets
        | Status::TicketFall { .. }
        | Status::BackingOff { .. } => vec![stop],
    }
}

/// Whether a search with this status goes on by itself.
pub(super) fn is_running(status: &Status) -> bool {
    !matches!(Tone::of(status), Tone::Stopped | Tone::Blocked)
}

/// Held seats in one line: "2 seats · East Lower 5, row 11, 22–23 · £122".
pub(super) fn held(held: &Held) -> String {
    let count = u64::try_from(held.seats.len()).unwrap_or(u64::MAX);
    let total = held.total.map(words::price);
    let parts = [Some(words::counted(count, "seat")), Some(seats(held)), total];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Seats of one row are named together.
fn seats(held: &Held) -> String {
    let first = held.seats.first();
    let is_one_row = first.is_some_and(|first| {
        held.seats.iter().all(|seat| seat.area == first.area && seat.row == first.row && seat.seat.is_some())
    });
    let Some(first) = first.filter(|_| is_one_row) else {
        return held.seats.iter().map(seat_in_words).collect::<Vec<_>>().join("; ");
    };
    let names: Vec<&str> = held.seats.iter().filter_map(|seat| seat.seat.as_deref()).collect();
    let row = first.row.as_deref().map(|row| format!("row {row}"));
    let parts = [first.area.as_deref().map(str::to_owned), row, Some(in_order(names))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Seats that follow each other are told by the first and the last: "22–23".
fn in_order(mut names: Vec<&str>) -> String {
    let numbers: Option<Vec<u32>> = names.iter().map(|name| name.parse().ok()).collect();
    if let Some(mut numbers) = numbers {
        numbers.sort_unstable();
        let follow = numbers.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        if let (Some(first), Some(last), true) =
            (numbers.first(), numbers.last(), follow && numbers.len() > 1)
        {
            return format!("{first}–{last}");
        }
    }
    names.sort_by_key(|name| (name.len(), (*name).to_owned()));
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_that_follow_each_other_are_told_by_the_first_and_the_last() {
        assert_eq!(in_order(vec!["23", "22"]), "22–23");
        assert_eq!(in_order(vec!["25", "22"]), "22, 25");
        assert_eq!(in_order(vec!["22"]), "22");
        assert_eq!(in_order(vec!["B", "A"]), "A, B");
    }
}
