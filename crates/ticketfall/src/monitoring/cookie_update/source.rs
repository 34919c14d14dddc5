//! Where fresh cookies come from.

use std::sync::Arc;

use super::report::{Failed, FailureKind, Step};
use crate::browser::Error;
use crate::browser::gologin::GoLogin;
use crate::cookies::service::Service;
use crate::cookies::{self, ImportedCookies};
use crate::store::profiles::{BrowserChoice, Profile};

/// A place that has cookies of many members.
#[derive(Debug)]
pub enum Source {
    /// A service of the user's.
    Service(Service),
    /// GoLogin's cloud, for members whose browsers are its own. Every question is one of its budget.
    GoLogin(Arc<GoLogin>),
}

impl Source {
    /// Whether it has anything for a member.
    pub fn serves(&self, profile: &Profile) -> bool {
        match self {
            Self::Service(_) => true,
            Self::GoLogin(_) => matches!(profile.browser, BrowserChoice::GoLogin { .. }),
        }
    }

    /// Whether the member's browser lacks what it gives.
    pub(super) fn is_news_to_the_browser(&self) -> bool {
        match self {
            Self::Service(_) => true,
            Self::GoLogin(_) => false,
        }
    }

    pub(super) async fn fetch(&self, profile: &Profile) -> Result<ImportedCookies, Failed> {
        let gologin = match self {
            Self::Service(service) => return Ok(service.fetch(&profile.id).await?),
            Self::GoLogin(gologin) => gologin,
        };
        let BrowserChoice::GoLogin { id, .. } = &profile.browser else {
            let why = format!("take cookies of GoLogin's for {}: its browser is not GoLogin's", profile.id);
            return Err(Failed::at(Step::Fetching, &why));
        };
        let kept = gologin.cookies(id).await.map_err(|error| unfetched(&error))?;
        cookies::read(&kept).map_err(|error| Failed::at(Step::Fetching, &error))
    }
}

impl From<Service> for Source {
    fn from(service: Service) -> Self {
        Self::Service(service)
    }
}

/// A GoLogin that wants no more questions is as good as out of reach.
fn unfetched(error: &Error) -> Failed {
    let failed = Failed::at(Step::Fetching, error);
    if matches!(error, Error::GoLoginClosed { .. }) {
        Failed { kind: FailureKind::Unreachable, ..failed }
    } else {
        failed
    }
}
