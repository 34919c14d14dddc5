//! What the waiting room tells about itself afterwards.

use std::time::Duration;

use serde::Serialize;

use super::QueueRoom;
use super::places::{Place, Stage};
use crate::script::span;

/// The state of the waiting room at one instant; it has no queue id and no pass in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomBook {
    /// Whether it guards the site.
    pub is_open: bool,
    /// The last number that was let through.
    pub served: u64,
    /// Every place, in order of its number; those before the check come first.
    pub places: Vec<PlaceBook>,
    /// Every client that was turned away from the site or had a pass: members, then other browsers.
    pub clients: Vec<ClientBook>,
    /// What clients did and must not.
    pub violations: Vec<String>,
}

/// The place of one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceBook {
    /// Its number, counted from one; nothing before the check.
    pub number: Option<u64>,
    /// How many are in front of it.
    pub ahead: u64,
    /// How often its browser asked for it.
    pub asked: u32,
    /// Who used its pass: a member's address, or a number for another browser.
    pub client: Option<String>,
    /// How far it is.
    #[serde(flatten)]
    pub standing: PlaceStanding,
}

/// How far a place is; times since the opening (in JSON: seconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum PlaceStanding {
    /// A person has to answer a check.
    Checking {
        /// How many answers were wrong.
        missed: u32,
    },
    /// In the line.
    Waiting {
        /// Since when.
        #[serde(serialize_with = "span::serialize")]
        joined: Duration,
    },
    /// It may go on to the site.
    LetThrough {
        /// Since when.
        #[serde(serialize_with = "span::serialize")]
        at: Duration,
    },
    /// It was at the site.
    Gone {
        /// Since when.
        #[serde(serialize_with = "span::serialize")]
        at: Duration,
    },
}

/// What one client asked of the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientBook {
    /// A member's address, or a number for another browser.
    pub name: String,
    /// How many of its requests had no pass.
    pub turned_away: u32,
    /// How many of those came after it had been told to wait.
    pub polls: u32,
}

impl RoomBook {
    /// How many places were let through.
    pub fn passes(&self) -> usize {
        let through = |place: &&PlaceBook| match place.standing {
            PlaceStanding::LetThrough { .. } | PlaceStanding::Gone { .. } => true,
            PlaceStanding::Checking { .. } | PlaceStanding::Waiting { .. } => false,
        };
        self.places.iter().filter(through).count()
    }

    /// How many requests to the site came from clients that had been told to wait.
    pub fn polls(&self) -> u32 {
        self.clients.iter().map(|client| client.polls).sum()
    }
}

impl QueueRoom {
    pub(crate) fn book(&self, now: Duration) -> RoomBook {
        let served = self.schedule.served(now);
        let mut places: Vec<PlaceBook> =
            self.places.iter().map(|(id, place)| place_book(place, self.conduct.user(id), served)).collect();
        places.sort_by_key(|place| place.number);
        let clients = self.conduct.records().map(|record| ClientBook {
            name: record.name.clone(),
            turned_away: record.turned_away,
            polls: record.polls,
        });
        RoomBook {
            is_open: self.is_open(now),
            served,
            places,
            clients: clients.collect(),
            violations: self.conduct.violations(),
        }
    }
}

fn place_book(place: &Place, client: Option<String>, served: u64) -> PlaceBook {
    let number = place.stage.position().map(|position| position.number);
    PlaceBook {
        number,
        ahead: number.map_or(0, |number| number.saturating_sub(served + 1)),
        asked: place.asked,
        client,
        standing: match place.stage {
            Stage::Checking { missed, .. } => PlaceStanding::Checking { missed },
            Stage::Waiting(position) => PlaceStanding::Waiting { joined: position.joined },
            Stage::LetThrough { at, .. } => PlaceStanding::LetThrough { at },
            Stage::Gone { at, .. } => PlaceStanding::Gone { at },
        },
    }
}
