//! What can stand in the way of a search: by a name for programs, in words for people, and with what to do.

use std::fmt;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use ticketfall_core::ids::{EventKey, ProfileId};
use ticketfall_core::price::Price;
use url::Url;

use crate::seller::transport::NetworkError;
use crate::store;

/// What a search needs before it starts; the names are kept, for programs go by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Need {
    /// A member of that name.
    Profile,
    /// What was sealed can be opened.
    Vault,
    /// The member's way out is known.
    Proxy,
    /// The member's browser can be opened.
    Browser,
    /// There is a session, or a browser that could sign in.
    SignedIn,
    /// A match page.
    Event,
    /// A definition that knows the page.
    Seller,
    /// The access keyword, where the event needs one.
    Keyword,
    /// Seats and prices that the limits allow.
    Limits,
    /// No other search of the member's.
    Search,
}

impl Need {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Vault => "vault",
            Self::Proxy => "proxy",
            Self::Browser => "browser",
            Self::SignedIn => "signedIn",
            Self::Event => "event",
            Self::Seller => "seller",
            Self::Keyword => "keyword",
            Self::Limits => "limits",
            Self::Search => "search",
        }
    }
}

/// One reason why a search cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody of that name.
    #[error("there is no profile `{0}`")]
    NoProfile(ProfileId),
    /// What was sealed does not open.
    #[error("the profile's {what} cannot be opened: {why}")]
    Sealed {
        /// What.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// GoLogin does not say what proxy its profile has.
    #[error("the profile's proxy is not known: cannot {0}")]
    ProxyUnknown(String),
    /// The member's browser cannot be opened.
    #[error("the profile's browser is not to be had: {0}")]
    NoBrowser(String),
    /// No session, and no browser to sign in with.
    #[error("nobody is signed in: {0}")]
    NotSignedIn(String),
    /// No match page was named, and the browser shows none.
    #[error("no event is given, and no tab of the profile's browser shows one")]
    NoEvent,
    /// Not a URL.
    #[error("the event `{0}` is no URL")]
    NotAUrl(String),
    /// No definition knows that page.
    #[error("no seller definition knows {}", bare(.0))]
    NoSeller(Url),
    /// The event opens to an access keyword only, and none is given.
    #[error("the event {0} opens to an access keyword only, and none is given")]
    NoKeyword(EventKey),
    /// More seats than the seller's posted limit.
    #[error("{wanted} seats are wanted, and the seller gives a member {limit} at most")]
    OverPosted {
        /// Seats wanted.
        wanted: u32,
        /// Seats allowed.
        limit: u32,
    },
    /// More seats than the member's own limit.
    #[error("{wanted} seats are wanted, and the profile's own limit is {limit}")]
    OverOwn {
        /// Seats wanted.
        wanted: u32,
        /// Seats allowed.
        limit: u32,
    },
    /// A price that no seat has.
    #[error("a seat may cost {0} at most, and no seat is that cheap")]
    NoPrice(Price),
    /// A price and a cap that cannot be compared.
    #[error("a seat may cost {price}, and the profile's cap for all of them is {cap}: another currency")]
    OtherCurrency {
        /// The most that one seat may cost.
        price: Price,
        /// The most that all may cost.
        cap: Price,
    },
    /// The profile searches at another event already.
    #[error("the profile searches at {0} already")]
    Elsewhere(EventKey),
    /// The search that is there was stopped, and a hold of it is still on its way.
    #[error("the profile's last search is still giving seats back")]
    Ending,
    /// The service has been asked to end.
    #[error("the service is about to end")]
    ServiceEnds,
}

impl Refusal {
    /// What is missing.
    pub fn need(&self) -> Need {
        match self {
            Self::NoProfile(_) => Need::Profile,
            Self::Sealed { .. } => Need::Vault,
            Self::ProxyUnknown(_) => Need::Proxy,
            Self::NoBrowser(_) => Need::Browser,
            Self::NotSignedIn(_) => Need::SignedIn,
            Self::NoEvent | Self::NotAUrl(_) => Need::Event,
            Self::NoSeller(_) => Need::Seller,
            Self::NoKeyword(_) => Need::Keyword,
            Self::OverPosted { .. }
            | Self::OverOwn { .. }
            | Self::NoPrice(_)
            | Self::OtherCurrency { .. } => Need::Limits,
            Self::Elsewhere(_) | Self::Ending | Self::ServiceEnds => Need::Search,
        }
    }

    /// The word of the status that a running search would have for it.
    pub fn status(&self) -> &'static str {
        match self.need() {
            Need::Keyword => "KeyNotFound",
            Need::Browser | Need::SignedIn | Need::Proxy | Need::Vault => "SessionError",
            Need::Profile | Need::Event | Need::Seller | Need::Limits | Need::Search => "Stopped",
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::NoProfile(id) => format!("add it with `ticketfall profile add {id}`"),
            Self::Sealed { .. } => "put the vault's key back, or sign in and give the proxy anew".to_owned(),
            Self::ProxyUnknown(_) => {
                "give the profile its proxy with --proxy, or set gologin.token_file".to_owned()
            }
            Self::NoBrowser(_) => "`ticketfall doctor` says which browsers can be used".to_owned(),
            Self::NotSignedIn(_) => {
                "import cookies with `ticketfall cookies import`, or give the profile a browser".to_owned()
            }
            Self::NoEvent => "give the match page's URL, or open it in the profile's browser".to_owned(),
            Self::NotAUrl(_) => "give the match page's URL, starting with https://".to_owned(),
            Self::NoSeller(_) => "`ticketfall seller list` shows the sellers that are known".to_owned(),
            Self::NoKeyword(_) => {
                "give it as `keyword1` (`--keyword`), or the whole link that the seller sent".to_owned()
            }
            Self::OverPosted { limit, .. } => format!("ask for {limit} seats or fewer"),
            Self::OverOwn { limit, .. } => {
                format!("ask for {limit} seats or fewer, or raise the profile's limit")
            }
            Self::NoPrice(_) => "give `maxPrice` what one seat may cost".to_owned(),
            Self::OtherCurrency { cap, .. } => format!("give `maxPrice` in {}", cap.currency().code()),
            Self::Elsewhere(_) => "stop that search first".to_owned(),
            Self::Ending => "try again in a minute".to_owned(),
            Self::ServiceEnds => "start it again once the service runs".to_owned(),
        }
    }
}

impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Refusal", 4)?;
        fields.serialize_field("need", &self.need())?;
        fields.serialize_field("status", self.status())?;
        fields.serialize_field("why", &self.to_string())?;
        fields.serialize_field("advice", &self.advice())?;
        fields.end()
    }
}

/// Why a search did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// All that stands in the way.
    #[error("{}", Listed(.0))]
    Refused(Vec<Refusal>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The connection could not be set up.
    #[error("{0}")]
    Connection(#[from] NetworkError),
}

impl From<Refusal> for StartError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

struct Listed<'a>(&'a [Refusal]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |refusal: &Refusal| format!("{}: {refusal}", refusal.need().name());
        f.write_str(&self.0.iter().map(named).collect::<Vec<_>>().join("; "))
    }
}

/// A page without its query, which may hold a keyword.
fn bare(url: &Url) -> Url {
    let mut bare = url.clone();
    bare.set_query(None);
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_written_with_its_name_its_status_and_what_to_do() {
        let refusal = Refusal::OverOwn { wanted: 4, limit: 2 };
        insta::assert_json_snapshot!(refusal, @r#"
        {
          "need": "limits",
          "status": "Stopped",
          "why": "4 seats are wanted, and the profile's own limit is 2",
          "advice": "ask for 2 seats or fewer, or raise the profile's limit"
        }
        "#);
    }

    #[test]
    fn the_names_for_programs_are_the_same_everywhere() {
        for need in [
            Need::Profile,
            Need::Vault,
            Need::Proxy,
            Need::Browser,
            Need::SignedIn,
            Need::Event,
            Need::Seller,
            Need::Keyword,
            Need::Limits,
            Need::Search,
        ] {
            assert_eq!(serde_json::to_value(need).unwrap(), need.name());
        }
    }

    #[test]
    fn a_page_that_nobody_knows_is_told_without_its_keyword() {
        let page = Url::parse("https://tickets.example/EDP/Event/Index/1?spell=open-sesame").unwrap();
        assert_eq!(
            Refusal::NoSeller(page).to_string(),
            "no seller definition knows https://tickets.example/EDP/Event/Index/1"
        );
    }
}
