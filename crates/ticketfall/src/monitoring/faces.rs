//! What the faces are shown besides searches, and what they may ask for in a member's browser.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{EventKey, ProfileId, SellerId};
use ticketfall_core::pace::PaceRules;
use ticketfall_core::price::Currency;
use url::Url;

use super::refusal::{Refusal, StartError};
use super::{Supervisor, keywords};
use crate::seller::Definition;
use crate::store::monitors::{self, MonitorRow};
use crate::store::{self, profiles};

/// A seller that is known.
#[derive(Debug, Clone)]
pub struct SellerView {
    /// Its name for programs.
    pub id: SellerId,
    /// Its name for people.
    pub name: String,
    /// Where it is.
    pub origin: Url,
    /// The venue's time.
    pub time_zone: TimeZone,
    /// The currency of prices that do not say.
    pub currency: Currency,
    /// Whether everybody is shown the same offers.
    pub is_shared: bool,
    /// Whether its origin is yet to be set.
    pub is_template: bool,
    /// How fast it may be asked.
    pub pace: PaceRules,
    /// The most seats of one event that its terms give a member.
    pub per_member: Option<u32>,
    /// Where a person pays.
    pub order_page: Option<Url>,
}

/// What became of the wish to see a member's browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrowserShown {
    /// It is open.
    Open,
    /// Browsers have no windows here.
    NoWindows,
    /// The member has none.
    NoBrowser,
    /// There is no such member.
    NoProfile,
    /// It cannot be shown; finishes "cannot …".
    Failed(String),
}

impl Supervisor {
    /// Every seller that is known, by name.
    pub fn sellers(&self) -> Vec<SellerView> {
        self.0.parts.definitions.list().map(SellerView::of).collect()
    }

    /// The seller of that name.
    pub fn seller(&self, id: &SellerId) -> Option<SellerView> {
        self.0.parts.definitions.get(id).map(SellerView::of)
    }

    /// The event that a match page is about, where a seller knows it.
    pub fn event_of(&self, page: &str) -> Option<EventKey> {
        let (definition, event) = self.0.parts.definitions.for_url(page)?;
        Some(EventKey { seller: definition.id.clone(), event })
    }

    /// What a profile's search was last for, with its keyword.
    pub async fn last_wish(&self, profile: &ProfileId) -> Result<Option<Configuration>, StartError> {
        let rows = monitors::of_profiles(&self.0.parts.store, vec![profile.clone()]).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(self.wish_of(row)?))
    }

    /// What a kept search is for, with its keyword.
    pub(super) fn wish_of(&self, row: MonitorRow) -> Result<Configuration, Refusal> {
        let event = Some(row.event_url.to_string());
        let opened = keywords::opened(&self.0.parts.vault, row);
        let refused = |why| Refusal::Sealed { what: "access keyword", why };
        Ok(Configuration { event, ..opened.map_err(refused)? })
    }

    /// Starts a profile's last search as it was.
    pub async fn start_again(&self, profile: &ProfileId) -> Result<EventKey, StartError> {
        let wish = self.last_wish(profile).await?.ok_or(Refusal::NoEvent)?;
        self.start(profile, wish).await
    }

    /// Whether members' browsers have windows that a person can see.
    pub fn has_windows(&self) -> bool {
        !self.0.parts.browsers.headless
    }

    /// Opens a member's browser, at `page` where one is given.
    pub async fn show_browser(
        &self,
        profile: &ProfileId,
        page: Option<&Url>,
    ) -> Result<BrowserShown, store::Error> {
        let Some(row) = profiles::get(&self.0.parts.store, profile).await? else {
            return Ok(BrowserShown::NoProfile);
        };
        if row.browser == profiles::BrowserChoice::None {
            return Ok(BrowserShown::NoBrowser);
        }
        if !self.has_windows() && row.browser == profiles::BrowserChoice::Local {
            return Ok(BrowserShown::NoWindows);
        }
        let proxy = match self.0.proxy(&row).await {
            Ok(proxy) => proxy,
            Err(error) => return Ok(BrowserShown::Failed(error.to_string())),
        };
        let seat = self.0.seat_of(&row, proxy);
        let shown = match (seat.open().await, page) {
            (Ok(Some(browser)), Some(page)) => browser.open(page).await.map(drop),
            (Ok(_), _) => Ok(()),
            (Err(error), _) => Err(error),
        };
        Ok(shown.map_or_else(|error| BrowserShown::Failed(error.to_string()), |()| BrowserShown::Open))
    }
}

impl SellerView {
    fn of(definition: &Arc<Definition>) -> Self {
        Self {
            id: definition.id.clone(),
            name: definition.name.clone(),
            origin: definition.origin().clone(),
            time_zone: definition.time_zone.clone(),
            currency: definition.currency,
            is_shared: definition.shared,
            is_template: definition.is_template(),
            pace: definition.pace,
            per_member: definition.per_member,
            order_page: definition.order_page_url(),
        }
    }
}
