//! Which request is which: the table of the wire, read from method and path.

use http::Method;

use super::PREFIX;
use crate::event::EventId;
use crate::stock::Market;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Home,
    SignInForm,
    SignIn,
    SignOut,
    Captcha,
    CaptchaAnswer,
    Problem,
    NotAllowed,
    MatchPage(EventId),
    Config(EventId),
    Available(Market),
    AreaTotals,
    SeatMap,
    Lock(Market),
    Put(Market),
    Select(Market),
    Purge,
    Basket,
    BasketCount,
    BasketCountBare,
    Payment,
    Pay,
    Nowhere,
}

/// Who may ask, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Anybody, signed in or not.
    Anybody,
    /// A member's browser.
    Page,
    /// The script of a member's page.
    Feed,
    /// The script of a member's page, with the page key.
    Write,
}

impl Route {
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let Some(path) = path.strip_prefix(PREFIX) else {
            return if path == "/" { Self::Home } else { Self::Nowhere };
        };
        match *method {
            Method::GET | Method::HEAD => Self::read(path),
            Method::POST => Self::post(path),
            Method::PUT => Self::put(path),
            Method::DELETE if path == "/EDP/Ism/PurgeLocks" => Self::Purge,
            _ => Self::Nowhere,
        }
    }

    fn read(path: &str) -> Self {
        match path {
            "" | "/" => Self::Home,
            "/Authentication/Login" => Self::SignInForm,
            "/Authentication/Logout" => Self::SignOut,
            "/Captcha" => Self::Captcha,
            "/Error/CommonWithTitle" => Self::Problem,
            "/EDP/Validation/EventNotAllowed" => Self::NotAllowed,
            "/EDP/Seats/AvailableRegular" => Self::Available(Market::Primary),
            "/EDP/Seats/AvailableResale" => Self::Available(Market::Exchange),
            "/EDP/Ism/AreaAvailability" => Self::AreaTotals,
            "/EDP/Ism/SeatMap" => Self::SeatMap,
            "/Checkout/Basket" => Self::Basket,
            "/Checkout/Basket/ItemsCount" => Self::BasketCountBare,
            _ if path.starts_with("/Checkout/Payment/") => Self::Payment,
            _ => event_in(path, "/EDP/Event/Index/")
                .map(Self::MatchPage)
                .or_else(|| event_in(path, "/EDP/Event/Config/").map(Self::Config))
                .unwrap_or(Self::Nowhere),
        }
    }

    fn post(path: &str) -> Self {
        match path {
            "/Authentication/Login" => Self::SignIn,
            "/Authentication/Logout" => Self::SignOut,
            "/EDP/BestAvailable/RegularSeats" => Self::Lock(Market::Primary),
            "/EDP/BestAvailable/ResaleSeats" => Self::Lock(Market::Exchange),
            "/Captcha" => Self::CaptchaAnswer,
            "/Checkout/Basket/ItemsCount" => Self::BasketCount,
            _ if path.starts_with("/Checkout/Payment/") => Self::Pay,
            _ => Self::Nowhere,
        }
    }

    fn put(path: &str) -> Self {
        match path {
            "/EDP/BestAvailable/RegularSeats" => Self::Put(Market::Primary),
            "/EDP/BestAvailable/ResaleSeats" => Self::Put(Market::Exchange),
            "/EDP/Ism/SelectRegularSeat" => Self::Select(Market::Primary),
            "/EDP/Ism/SelectResaleSeat" => Self::Select(Market::Exchange),
            _ => Self::Nowhere,
        }
    }

    pub(crate) fn audience(&self) -> Audience {
        match self {
            Self::Home
            | Self::SignInForm
            | Self::SignIn
            | Self::SignOut
            | Self::Captcha
            | Self::CaptchaAnswer
            | Self::Problem
            | Self::NotAllowed
            | Self::Nowhere => Audience::Anybody,
            Self::MatchPage(_) | Self::Basket | Self::Payment | Self::Pay => Audience::Page,
            Self::Config(_)
            | Self::Available(_)
            | Self::AreaTotals
            | Self::SeatMap
            | Self::BasketCount
            | Self::BasketCountBare => Audience::Feed,
            Self::Lock(_) | Self::Put(_) | Self::Select(_) | Self::Purge => Audience::Write,
        }
    }

    /// Whether this is one of the feeds about an event.
    pub(crate) fn is_feed(&self) -> bool {
        matches!(self, Self::Config(_) | Self::Available(_) | Self::AreaTotals | Self::SeatMap)
    }
}

fn event_in(path: &str, before: &str) -> Option<EventId> {
    path.strip_prefix(before)?.parse().ok().map(EventId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_and_path_together_make_the_route() {
        let at = |method, path: &str| Route::of(&method, &format!("{PREFIX}{path}"));
        assert_eq!(at(Method::GET, "/EDP/Event/Index/4001"), Route::MatchPage(EventId(4001)));
        assert_eq!(at(Method::GET, "/EDP/Event/Index/4001x"), Route::Nowhere);
        assert_eq!(at(Method::POST, "/EDP/BestAvailable/ResaleSeats"), Route::Lock(Market::Exchange));
        assert_eq!(at(Method::PUT, "/EDP/BestAvailable/ResaleSeats"), Route::Put(Market::Exchange));
        assert_eq!(at(Method::GET, "/EDP/BestAvailable/ResaleSeats"), Route::Nowhere);
        assert_eq!(at(Method::DELETE, "/EDP/Ism/PurgeLocks"), Route::Purge);
        assert_eq!(at(Method::PATCH, "/Checkout/Basket"), Route::Nowhere);
        assert_eq!(Route::of(&Method::GET, "/"), Route::Home);
        assert_eq!(Route::of(&Method::GET, "/elsewhere"), Route::Nowhere);
    }
}
