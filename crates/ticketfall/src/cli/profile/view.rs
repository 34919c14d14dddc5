//! Members as they are shown: what is secret is only said to be there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;
use ticketfall_core::price::Price;

use crate::cli::printer::{pairs, table};
use crate::store::profiles::{self, BrowserChoice, GoLoginApi, Profile};
use crate::store::{Error, Store, sessions};
use crate::telemetry::plain;

/// A member as `profile` answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    id: ProfileId,
    label: String,
    browser: BrowserChoice,
    /// Whether it has one.
    proxy: bool,
    seats_max: Option<u32>,
    cost_max: Option<Price>,
    created_at: Timestamp,
    session_taken_at: Option<Timestamp>,
}

impl Member {
    pub(super) fn new(profile: &Profile, session_taken_at: Option<Timestamp>) -> Self {
        Self {
            id: profile.id.clone(),
            label: profile.label.clone(),
            browser: profile.browser.clone(),
            proxy: profile.proxy.is_some(),
            seats_max: profile.seats_max,
            cost_max: profile.cost_max,
            created_at: profile.created_at,
            session_taken_at,
        }
    }

    pub(super) fn text(&self) -> String {
        pairs(&[
            ("profile", self.id.to_string()),
            ("label", self.label.clone()),
            ("browser", self.browser()),
            ("proxy", if self.proxy { "set, sealed" } else { "none" }.to_owned()),
            (
                "seats",
                self.seats_max.map_or("the seller's limit".to_owned(), |seats| format!("at most {seats}")),
            ),
            ("cost", self.cost_max.map_or("no limit".to_owned(), |cost| format!("at most {cost}"))),
            ("added", whole_seconds(self.created_at)),
            ("session", self.session_taken_at.map_or("none yet".to_owned(), whole_seconds)),
        ])
    }

    fn browser(&self) -> String {
        match &self.browser {
            BrowserChoice::Local => "local".to_owned(),
            BrowserChoice::Endpoint { url } => plain(url),
            BrowserChoice::GoLogin { id, api: GoLoginApi::Local } => format!("gologin:{id}"),
            BrowserChoice::GoLogin { id, api: GoLoginApi::Cloud } => format!("gologin-cloud:{id}"),
            BrowserChoice::None => "none".to_owned(),
        }
    }
}

pub(super) async fn all(store: &Store) -> Result<Vec<Member>, Error> {
    let mut members = Vec::new();
    for profile in profiles::all(store).await? {
        members.push(member(store, &profile).await?);
    }
    Ok(members)
}

pub(super) async fn member(store: &Store, profile: &Profile) -> Result<Member, Error> {
    let session = sessions::get(store, &profile.id).await?;
    Ok(Member::new(profile, session.map(|session| session.taken_at)))
}

pub(super) fn list(members: &[Member]) -> String {
    if members.is_empty() {
        return String::new();
    }
    let rows = members.iter().map(|member| {
        [
            member.id.to_string(),
            member.label.clone(),
            member.browser(),
            if member.proxy { "set" } else { "none" }.to_owned(),
            member.session_taken_at.map_or("none yet".to_owned(), whole_seconds),
        ]
    });
    table(["profile", "label", "browser", "proxy", "session"], rows)
}

fn whole_seconds(at: Timestamp) -> String {
    format!("{at:.0}")
}
