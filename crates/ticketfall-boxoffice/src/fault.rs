//! What goes wrong on purpose: when, for whom, on which requests, and how.

mod written;

use std::time::Duration;

use serde::Deserialize;

use self::written::Written;
use crate::site::route::Route;

/// One thing that goes wrong, until its time or its number of times is used up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fault {
    /// From when, since the opening.
    pub at: Duration,
    /// For how long; without end when left out.
    pub lasts: Option<Duration>,
    /// How many times; once when neither this nor `lasts` is given.
    pub times: Option<u32>,
    /// On which requests.
    pub on: Selector,
    /// For the member with this address only.
    pub member: Option<String>,
    /// How.
    pub kind: FaultKind,
}

/// Which requests a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Those of one kind.
    Kind(RequestKind),
    /// Those whose path under the club's prefix fits a pattern, where `*` stands for anything.
    Path(String),
}

/// The kinds of request that a fault can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// Every request.
    Any,
    /// The sign-in form and what it sends.
    SignIn,
    /// The match page.
    Page,
    /// The event's configuration.
    Config,
    /// Either availability feed.
    Availability,
    /// The totals of the areas.
    AreaTotals,
    /// The seat map.
    SeatMap,
    /// Every kind of feed.
    Feed,
    /// The POST that locks the best available seats.
    Lock,
    /// The PUT that moves locked seats to the basket.
    Put,
    /// The PUT that takes concrete seats.
    Select,
    /// Every request that holds seats.
    Hold,
    /// The DELETE that gives holds back.
    Release,
    /// The basket's page.
    Basket,
    /// The number of things in the basket.
    Count,
    /// The payment pages.
    Payment,
}

/// How a request goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A bare error status, with `Retry-After` in seconds where given.
    Status {
        /// One of 400, 403, 404, 429, 500, 502, 503.
        status: u16,
        /// Seconds.
        retry_after: Option<u64>,
    },
    /// `{"response":"block"}` with a 200.
    Block,
    /// A page with an abuse component, with a 200.
    Abuse,
    /// The page that says browsing was paused.
    Paused,
    /// The page that wants an identity verified.
    Identity,
    /// A captcha, which stands before everything that the member asks for until a person has answered it.
    Captcha,
    /// The page that says access is restricted.
    Restricted,
    /// The answer of somebody who is not signed in.
    SignedOut,
    /// A hold answers 200 and nothing is booked.
    EmptyBasket,
    /// The page key has just changed.
    StaleKey,
    /// Everything is booked and the answer never comes.
    GrantThenSilence,
    /// Everything is decided at once and the answer comes this much later.
    Slow(Duration),
    /// The body breaks off in the middle.
    Truncated,
    /// HTML with a 200 where something else was due.
    Garbage,
    /// The right JSON with every value null.
    NullFields,
    /// A 200 with no body.
    EmptyBody,
    /// A redirect to the same address.
    RedirectLoop,
}

impl Fault {
    /// This fault, once, on any request, from the opening on.
    pub fn once(kind: FaultKind) -> Self {
        Self {
            at: Duration::ZERO,
            lasts: None,
            times: None,
            on: Selector::Kind(RequestKind::Any),
            member: None,
            kind,
        }
    }

    /// The same, from this time since the opening on.
    #[must_use]
    pub fn at(self, at: Duration) -> Self {
        Self { at, ..self }
    }

    /// The same, for this long instead of once.
    #[must_use]
    pub fn lasting(self, lasts: Duration) -> Self {
        Self { lasts: Some(lasts), ..self }
    }

    /// The same, this many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The same, on requests of this kind.
    #[must_use]
    pub fn on(self, kind: RequestKind) -> Self {
        Self { on: Selector::Kind(kind), ..self }
    }

    /// The same, for the member with this address.
    #[must_use]
    pub fn member(self, email: &str) -> Self {
        Self { member: Some(email.to_owned()), ..self }
    }

    fn strikes(&self, target: &Target<'_>) -> bool {
        let begun = self.at <= target.now;
        let over = self.lasts.is_some_and(|lasts| self.at + lasts <= target.now) || self.times == Some(0);
        let member = self.member.as_deref().is_none_or(|email| target.member == Some(email));
        begun && !over && member && self.on.fits(target)
    }
}

/// The request that a fault may strike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) now: Duration,
    pub(crate) route: &'a Route,
    pub(crate) path: &'a str,
    pub(crate) member: Option<&'a str>,
}

/// The faults of a run that are not used up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, mut fault: Fault) {
        // A fault without an end would outlast its scenario unnoticed.
        if fault.times.is_none() && fault.lasts.is_none() {
            fault.times = Some(1);
        }
        self.0.push(fault);
    }

    /// The first fault that strikes this request; it is used up by one.
    pub(crate) fn strike(&mut self, target: &Target<'_>) -> Option<FaultKind> {
        let fault = self.0.iter_mut().find(|fault| fault.strikes(target))?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.kind.clone())
    }
}

impl Selector {
    fn fits(&self, target: &Target<'_>) -> bool {
        match self {
            Self::Kind(kind) => kind.covers(target.route),
            Self::Path(pattern) => fits(pattern, target.path),
        }
    }
}

impl RequestKind {
    fn covers(self, route: &Route) -> bool {
        match self {
            Self::Any => true,
            Self::SignIn => matches!(route, Route::SignInForm | Route::SignIn),
            Self::Page => matches!(route, Route::MatchPage(_)),
            Self::Config => matches!(route, Route::Config(_)),
            Self::Availability => matches!(route, Route::Available(_)),
            Self::AreaTotals => matches!(route, Route::AreaTotals),
            Self::SeatMap => matches!(route, Route::SeatMap),
            Self::Feed => route.is_feed(),
            Self::Lock => matches!(route, Route::Lock(_)),
            Self::Put => matches!(route, Route::Put(_)),
            Self::Select => matches!(route, Route::Select(_)),
            Self::Hold => matches!(route, Route::Lock(_) | Route::Put(_) | Route::Select(_)),
            Self::Release => matches!(route, Route::Purge),
            Self::Basket => matches!(route, Route::Basket),
            Self::Count => matches!(route, Route::BasketCount | Route::BasketCountBare),
            Self::Payment => matches!(route, Route::Payment | Route::Pay),
        }
    }
}

/// Whether `text` fits `pattern`, where `*` stands for any characters or none.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(index, _)| index).chain([rest.len()]);
            ends.into_iter().any(|index| fits(tail, &rest[index..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::LEAGUE_MATCH;

    fn target(seconds: u64, route: &Route) -> Target<'_> {
        Target {
            now: Duration::from_secs(seconds),
            route,
            path: "/EDP/Ism/SeatMap",
            member: Some("ada@example.org"),
        }
    }

    #[test]
    fn a_fault_without_an_end_strikes_once() {
        let mut faults = Faults::default();
        faults.add(Fault::once(FaultKind::Block).at(Duration::from_secs(5)));
        assert_eq!(faults.strike(&target(4, &Route::SeatMap)), None);
        assert_eq!(faults.strike(&target(9, &Route::SeatMap)), Some(FaultKind::Block));
        assert_eq!(faults.strike(&target(9, &Route::SeatMap)), None);
    }

    #[test]
    fn a_fault_with_a_duration_is_over_at_its_end() {
        let mut faults = Faults::default();
        faults.add(Fault::once(FaultKind::Abuse).at(Duration::from_secs(5)).lasting(Duration::from_secs(2)));
        let struck: Vec<bool> =
            (4..9).map(|second| faults.strike(&target(second, &Route::SeatMap)).is_some()).collect();
        assert_eq!(struck, [false, true, true, false, false]);
    }

    #[test]
    fn a_fault_strikes_only_its_requests_and_its_member() {
        let page = Route::MatchPage(LEAGUE_MATCH);
        let mut faults = Faults::default();
        faults.add(Fault::once(FaultKind::Paused).on(RequestKind::Feed).member("ben@example.org"));
        faults.add(Fault::once(FaultKind::Garbage).on(RequestKind::Page));
        assert_eq!(faults.strike(&target(1, &Route::SeatMap)), None);
        assert_eq!(faults.strike(&target(1, &page)), Some(FaultKind::Garbage));
        let ben = Target { member: Some("ben@example.org"), ..target(1, &Route::SeatMap) };
        assert_eq!(faults.strike(&ben), Some(FaultKind::Paused));
    }

    #[test]
    fn a_star_stands_for_anything() {
        assert!(fits("/EDP/*", "/EDP/Seats/AvailableResale"));
        assert!(fits("*Seat*", "/EDP/Ism/SelectResaleSeat"));
        assert!(fits("/a", "/a") && fits("/a*", "/a"));
        assert!(!fits("/a", "/ab") && !fits("*b", "/a"));
    }
}
