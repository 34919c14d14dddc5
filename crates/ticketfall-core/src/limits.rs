//! The right to ask for a hold: one ledger knows the posted limit, the
//! member's own, and all that is held or in flight.

use std::collections::BTreeMap;

use crate::ids::{EventKey, ProfileId};
use crate::price::Price;

/// What one member may hold at one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The seller's posted limit, in seats, where it posts one.
    pub posted: Option<u32>,
    /// The member's own limit, in seats.
    pub own: Option<u32>,
    /// The most that all seats together may cost.
    pub cost_max: Option<Price>,
}

/// Why a hold may not be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The basket has not been read since the start.
    #[error("the basket has not been read yet")]
    BasketUnread,
    /// One hold is on its way already.
    #[error("another hold is in flight")]
    InFlight,
    /// More than the seller's posted limit.
    #[error("{wanted} seats beside {held} held are over the seller's limit of {limit}")]
    OverPosted {
        /// Seats asked for.
        wanted: u32,
        /// Seats held or bought.
        held: u32,
        /// Seats allowed.
        limit: u32,
    },
    /// More than the member's own limit.
    #[error("{wanted} seats beside {held} held are over the member's own limit of {limit}")]
    OverOwn {
        /// Seats asked for.
        wanted: u32,
        /// Seats held or bought.
        held: u32,
        /// Seats allowed.
        limit: u32,
    },
    /// More than the member's cost cap, or in a currency that cannot be added to it.
    #[error("the seats would cost more than the member's cap of {cap}")]
    OverCost {
        /// The cap.
        cap: Price,
    },
}

/// The right to ask for one hold. Only the ledger makes one, and takes it back.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a permit blocks its member until it is settled"]
pub struct Permit {
    profile: ProfileId,
    event: EventKey,
    seats: u32,
    /// What was held before cost, and the cap on all of it.
    cap: Option<(Option<Price>, Price)>,
    number: u64,
}

impl Permit {
    /// The cap on the cost of all seats, where seats that cost `cost` together would be over it.
    pub fn cap_under(&self, cost: Option<Price>) -> Option<Price> {
        self.cap.filter(|(before, cap)| !within(*before, cost, *cap)).map(|(_, cap)| cap)
    }

    /// How many seats it is for.
    pub fn seats(&self) -> u32 {
        self.seats
    }

    /// Its number, unique within one ledger.
    pub fn number(&self) -> u64 {
        self.number
    }
}

#[derive(Debug, Default)]
struct Account {
    in_flight: Option<u64>,
    held: u32,
    cost: Option<Price>,
}

/// Seats held, bought and in flight, over every member and event.
#[derive(Debug, Default)]
pub struct Ledger {
    accounts: BTreeMap<(ProfileId, EventKey), Account>,
    permits: u64,
}

impl Ledger {
    /// Enters what a basket holds, together with what is known to be bought; before that nothing is permitted.
    pub fn basket_read(&mut self, profile: &ProfileId, event: &EventKey, seats: u32, cost: Option<Price>) {
        let account = self.accounts.entry((profile.clone(), event.clone())).or_default();
        account.held = seats;
        account.cost = cost;
    }

    /// Forgets a member's account at an event, so that its basket must be read again.
    pub fn forget(&mut self, profile: &ProfileId, event: &EventKey) {
        self.accounts.remove(&(profile.clone(), event.clone()));
    }

    /// Seats that are held or bought, where the basket has been read.
    pub fn held(&self, profile: &ProfileId, event: &EventKey) -> Option<u32> {
        Some(self.accounts.get(&(profile.clone(), event.clone()))?.held)
    }

    /// Gives the right to ask for `seats` that cost `cost` together.
    pub fn permit(
        &mut self,
        profile: &ProfileId,
        event: &EventKey,
        limits: &Limits,
        (seats, cost): (u32, Option<Price>),
    ) -> Result<Permit, Denied> {
        let key = (profile.clone(), event.clone());
        let account = self.accounts.get_mut(&key).ok_or(Denied::BasketUnread)?;
        account.allows(limits, seats, cost)?;
        self.permits += 1;
        account.in_flight = Some(self.permits);
        let cap = limits.cost_max.map(|cap| (account.cost, cap));
        Ok(Permit { profile: key.0, event: key.1, seats, cap, number: self.permits })
    }

    /// Takes a permit back, and enters the seats that the hold brought; none when it brought nothing.
    pub fn settle(&mut self, permit: Permit, seats: u32, cost: Option<Price>) {
        let key = (permit.profile, permit.event);
        if let Some(account) = self.accounts.get_mut(&key).filter(|a| a.in_flight == Some(permit.number)) {
            account.in_flight = None;
            account.held = account.held.saturating_add(seats);
            account.cost = match (account.cost, cost) {
                (Some(before), Some(more)) => before.plus(more).or(Some(before)),
                (before, more) => before.or(more),
            };
        }
    }
}

impl Account {
    fn allows(&self, limits: &Limits, wanted: u32, cost: Option<Price>) -> Result<(), Denied> {
        let held = self.held;
        let over = |limit: &u32| held.saturating_add(wanted) > *limit;
        if self.in_flight.is_some() {
            return Err(Denied::InFlight);
        }
        if let Some(limit) = limits.posted.filter(over) {
            return Err(Denied::OverPosted { wanted, held, limit });
        }
        if let Some(limit) = limits.own.filter(over) {
            return Err(Denied::OverOwn { wanted, held, limit });
        }
        match limits.cost_max {
            Some(cap) if !within(self.cost, cost, cap) => Err(Denied::OverCost { cap }),
            Some(_) | None => Ok(()),
        }
    }
}

/// A cost that is not known is not within any cap.
fn within(before: Option<Price>, cost: Option<Price>, cap: Price) -> bool {
    let total = match (before, cost) {
        (_, None) => None,
        (None, Some(cost)) => Some(cost),
        (Some(before), Some(cost)) => before.plus(cost),
    };
    total.and_then(|total| total.compare(cap)).is_some_and(std::cmp::Ordering::is_le)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{EventId, SellerId};
    use crate::price::Currency;

    fn ada() -> ProfileId {
        ProfileId::new("ada").unwrap()
    }

    fn cup_tie() -> EventKey {
        EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("4002").unwrap() }
    }

    fn pounds(amount: i64) -> Price {
        Price::new(amount * 100, Currency::GBP)
    }

    fn limits(posted: u32) -> Limits {
        Limits { posted: Some(posted), own: None, cost_max: Some(pounds(500)) }
    }

    #[test]
    fn nothing_is_permitted_before_the_basket_has_been_read() {
        let mut ledger = Ledger::default();
        let ask = |ledger: &mut Ledger| ledger.permit(&ada(), &cup_tie(), &limits(4), (2, Some(pounds(100))));
        assert_eq!(ask(&mut ledger), Err(Denied::BasketUnread));
        ledger.basket_read(&ada(), &cup_tie(), 0, None);
        assert!(ask(&mut ledger).is_ok());
        ledger.forget(&ada(), &cup_tie());
        assert_eq!(ask(&mut ledger), Err(Denied::BasketUnread));
    }

    #[test]
    fn only_one_hold_is_in_flight_for_a_member_and_an_event() {
        let mut ledger = Ledger::default();
        ledger.basket_read(&ada(), &cup_tie(), 0, None);
        let permit = ledger.permit(&ada(), &cup_tie(), &limits(4), (2, Some(pounds(100)))).unwrap();
        assert_eq!(
            ledger.permit(&ada(), &cup_tie(), &limits(4), (1, Some(pounds(50)))),
            Err(Denied::InFlight)
        );
        ledger.settle(permit, 0, None);
        assert!(ledger.permit(&ada(), &cup_tie(), &limits(4), (1, Some(pounds(50)))).is_ok());
    }

    #[test]
    fn seats_in_the_basket_count_against_every_limit() {
        let mut ledger = Ledger::default();
        ledger.basket_read(&ada(), &cup_tie(), 3, Some(pounds(300)));
        let denied = ledger.permit(&ada(), &cup_tie(), &limits(4), (2, Some(pounds(100))));
        assert_eq!(denied, Err(Denied::OverPosted { wanted: 2, held: 3, limit: 4 }));
        let own = Limits { posted: None, own: Some(3), cost_max: None };
        let denied = ledger.permit(&ada(), &cup_tie(), &own, (1, None));
        assert_eq!(denied, Err(Denied::OverOwn { wanted: 1, held: 3, limit: 3 }));
        let denied = ledger.permit(&ada(), &cup_tie(), &limits(9), (3, Some(pounds(201))));
        assert_eq!(denied, Err(Denied::OverCost { cap: pounds(500) }));
    }

    #[test]
    fn an_unknown_cost_is_not_within_a_cap() {
        let mut ledger = Ledger::default();
        ledger.basket_read(&ada(), &cup_tie(), 0, None);
        assert!(matches!(
            ledger.permit(&ada(), &cup_tie(), &limits(4), (1, None)),
            Err(Denied::OverCost { .. })
        ));
    }

    proptest! {
        #[test]
        fn nobody_holds_more_than_a_limit_allows(
            posted in 1_u32..8,
            asks in prop::collection::vec((1_u32..5, 1_i64..120, any::<bool>()), 1..60),
        ) {
            let mut ledger = Ledger::default();
            ledger.basket_read(&ada(), &cup_tie(), 0, None);
            let (mut held, mut cost) = (0, 0);
            for (seats, price, granted) in asks {
                let price = price * i64::from(seats);
                if let Ok(permit) = ledger.permit(&ada(), &cup_tie(), &limits(posted), (seats, Some(pounds(price)))) {
                    prop_assert_eq!(permit.seats(), seats);
                    let got = if granted { (seats, Some(pounds(price))) } else { (0, None) };
                    if granted {
                        held += seats;
                        cost += price;
                    }
                    ledger.settle(permit, got.0, got.1);
                }
                prop_assert!(held <= posted && cost <= 500);
                prop_assert_eq!(ledger.held(&ada(), &cup_tie()), Some(held));
            }
        }
    }
}
