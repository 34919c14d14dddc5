//! What the box office tells about itself afterwards: the log, and who has what.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::event::EventId;
use crate::money::Pence;
use crate::queue_room::RoomBook;
use crate::script::span;
use crate::stadium::{AreaId, AreaRef};
use crate::stock::Market;

/// One request, and what was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// When it came, since the opening (in JSON: seconds).
    #[serde(serialize_with = "span::serialize")]
    pub at: Duration,
    /// The method.
    pub method: String,
    /// The path, with the club's prefix.
    pub path: String,
    /// The query; an access keyword is left out of it.
    pub query: String,
    /// The address of the member who was signed in.
    pub member: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// What was really decided, such as `refused: seat taken`.
    pub note: String,
}

/// Why seats came on sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// They were on sale from the beginning.
    Opening,
    /// The script said so.
    Script,
    /// They fell by themselves.
    Weather,
    /// Somebody outside asked for it.
    Injected,
    /// A member gave them back, or let their time run out.
    GivenBack,
}

/// Seats that came on sale together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FallRecord {
    /// The number of the fall, from zero.
    pub number: usize,
    /// When, since the opening (in JSON: seconds).
    #[serde(serialize_with = "span::serialize")]
    pub at: Duration,
    /// Why.
    pub cause: Cause,
    /// At which event.
    pub event: EventId,
    /// The area's id.
    pub area: AreaId,
    /// The area's name.
    pub area_name: String,
    /// The printed name of the row.
    pub row: String,
    /// The map coordinate of the row.
    pub y: u16,
    /// The seats, and what became of them.
    pub seats: Vec<FallenSeat>,
    /// The price of one, for an adult.
    pub price: Pence,
    /// Who sells.
    pub market: Market,
}

/// One seat of a fall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FallenSeat {
    /// The printed name.
    pub seat: String,
    /// The map coordinate.
    pub x: u16,
    /// What became of it.
    pub fate: Fate,
    #[serde(skip)]
    pub(crate) given_back: Option<Duration>,
}

impl FallenSeat {
    pub(crate) fn new(x: u16, seat: &str) -> Self {
        Self { seat: seat.to_owned(), x, fate: Fate::StillThere, given_back: None }
    }
}

/// What became of a fallen seat; members by address, rivals by name, times since the opening (in JSON: seconds).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Fate {
    /// It is on sale.
    StillThere,
    /// A member has it locked or in the basket.
    Held {
        /// Who.
        member: String,
        /// Since when.
        #[serde(serialize_with = "span::serialize")]
        at: Duration,
    },
    /// A member has bought it.
    Bought {
        /// Who.
        member: String,
        /// When.
        #[serde(serialize_with = "span::serialize")]
        at: Duration,
    },
    /// A rival has bought it.
    Taken {
        /// Who.
        rival: String,
        /// When.
        #[serde(serialize_with = "span::serialize")]
        at: Duration,
    },
    /// A member had it and it came on sale again, which is a fall of its own.
    GivenBack {
        /// When.
        #[serde(serialize_with = "span::serialize")]
        at: Duration,
    },
}

/// Who has a seat; members by address, rivals by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Owner {
    /// Nobody: it is on sale.
    OnSale,
    /// A member has it locked.
    Locked {
        /// Who.
        member: String,
        /// Until when.
        #[serde(serialize_with = "span::serialize")]
        until: Duration,
    },
    /// A member has it in the basket.
    InBasket {
        /// Who.
        member: String,
        /// Until when.
        #[serde(serialize_with = "span::serialize")]
        until: Duration,
    },
    /// A member has bought it.
    Bought {
        /// Who.
        member: String,
    },
    /// A rival has bought it.
    Taken {
        /// Who.
        rival: String,
    },
}

impl Owner {
    /// The address of the member who has the seat.
    pub fn member(&self) -> Option<&str> {
        match self {
            Self::Locked { member, .. } | Self::InBasket { member, .. } | Self::Bought { member } => {
                Some(member)
            }
            Self::OnSale | Self::Taken { .. } => None,
        }
    }
}

/// One seat that ever came on sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatBook {
    /// Of which event.
    pub event: EventId,
    /// The area's id.
    pub area: AreaId,
    /// The area's name.
    pub area_name: String,
    /// The printed name of the row.
    pub row: String,
    /// The printed name of the seat.
    pub seat: String,
    /// The map coordinate of the row.
    pub y: u16,
    /// The map coordinate of the seat.
    pub x: u16,
    /// Who sells.
    pub market: Market,
    /// What it costs whoever has it; an adult's price while nobody does.
    pub price: Pence,
    /// Who has it.
    #[serde(flatten)]
    pub owner: Owner,
}

/// What one member has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemberBook {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Seats that are locked and in no basket yet.
    pub locked: Vec<SeatBook>,
    /// Seats in the basket.
    pub basket: Vec<SeatBook>,
    /// Seats that are paid for.
    pub bought: Vec<SeatBook>,
    /// How often each kind of refusal was met.
    pub refusals: BTreeMap<String, u32>,
}

impl MemberBook {
    fn seats(&self) -> impl Iterator<Item = &SeatBook> {
        self.locked.iter().chain(&self.basket).chain(&self.bought)
    }
}

/// The state of the whole box office at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Books {
    /// When, since the opening (in JSON: seconds).
    #[serde(serialize_with = "span::serialize")]
    pub at: Duration,
    /// How many seats of one event a member may hold and have bought.
    pub posted_limit: usize,
    /// What each member has.
    pub members: Vec<MemberBook>,
    /// Every seat that ever came on sale.
    pub seats: Vec<SeatBook>,
    /// Every fall so far, in order.
    pub falls: Vec<FallRecord>,
    /// Falls that could not come, and why.
    pub not_fallen: Vec<String>,
    /// The waiting room, where there is one.
    pub room: Option<RoomBook>,
    #[serde(skip)]
    pub(crate) on_sale_by_index: usize,
}

impl Books {
    /// What the member with this address has.
    pub fn member(&self, email: &str) -> Option<&MemberBook> {
        self.members.iter().find(|member| member.email == email)
    }

    /// The seats of an event that are on sale.
    pub fn seats_on_sale(&self, event: impl Into<EventId>) -> Vec<&SeatBook> {
        let event = event.into();
        self.seats.iter().filter(|seat| seat.event == event && seat.owner == Owner::OnSale).collect()
    }

    /// Who has the seat with these printed names; nothing where it never came on sale.
    pub fn owner(
        &self,
        event: impl Into<EventId>,
        area: impl Into<AreaRef>,
        row: &str,
        seat: &str,
    ) -> Option<&Owner> {
        let (event, area) = (event.into(), area.into().id()?);
        let mut named = self.seats.iter().filter(|book| book.row == row && book.seat == seat);
        named.find(|book| book.event == event && book.area == area).map(|book| &book.owner)
    }

    /// Everything in the books that must never be so; empty when they are sound.
    pub fn violations(&self) -> Vec<String> {
        let mut violations = Vec::new();
        let mut owners: BTreeMap<(EventId, AreaId, u16, u16), &str> = BTreeMap::new();
        for member in &self.members {
            let mut by_event: BTreeMap<EventId, usize> = BTreeMap::new();
            for seat in member.seats() {
                *by_event.entry(seat.event).or_default() += 1;
                if let Some(other) = owners.insert((seat.event, seat.area, seat.y, seat.x), &member.email) {
                    violations.push(format!("{} belongs to {other} and to {}", seat.name(), member.email));
                }
            }
            let over = by_event.into_iter().filter(|(_, seats)| *seats > self.posted_limit);
            violations.extend(
                over.map(|(event, seats)| format!("{} has {seats} seats of event {event}", member.email)),
            );
        }
        for seat in &self.seats {
            let listed = owners.get(&(seat.event, seat.area, seat.y, seat.x)).copied();
            if listed != seat.owner.member() {
                violations.push(format!(
                    "{} is with {:?} and listed with {listed:?}",
                    seat.name(),
                    seat.owner
                ));
            }
            if let Owner::Locked { until, .. } | Owner::InBasket { until, .. } = &seat.owner
                && *until <= self.at
            {
                violations.push(format!("{} is held past its end at {until:?}", seat.name()));
            }
        }
        violations.extend(self.count_violation());
        violations.extend(self.room.iter().flat_map(|room| room.violations.iter().cloned()));
        violations
    }

    fn count_violation(&self) -> Option<String> {
        let on_sale = self.seats.iter().filter(|seat| seat.owner == Owner::OnSale).count();
        (on_sale != self.on_sale_by_index)
            .then(|| format!("{on_sale} seats are on sale and {} are shown", self.on_sale_by_index))
    }

    /// The addresses of the members who hold or have bought something.
    pub fn holders(&self) -> BTreeSet<&str> {
        self.seats.iter().filter_map(|seat| seat.owner.member()).collect()
    }
}

impl SeatBook {
    fn name(&self) -> String {
        format!("event {}, {}, row {}, seat {}", self.event, self.area_name, self.row, self.seat)
    }
}
