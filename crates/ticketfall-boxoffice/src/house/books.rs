//! Writes the books from the house's state.

use std::time::Duration;

use super::House;
use crate::books::{Books, FallRecord, Fate, MemberBook, Owner, SeatBook};
use crate::event::EventId;
use crate::member::MemberId;
use crate::rivals;
use crate::stadium::Place;
use crate::stock::{Buyer, Market, Seat, Standing};

impl House {
    pub(crate) fn books(&self, now: Duration) -> Books {
        let seats = self.stocks.iter().flat_map(|(event, stock)| {
            stock.seats().map(move |(place, seat)| self.seat_book(*event, place, seat))
        });
        let on_sale =
            |market| self.stocks.values().map(move |stock| stock.on_sale(market).count()).sum::<usize>();
        Books {
            at: now,
            posted_limit: self.script.limits.posted,
            members: (0..self.members.len()).map(|member| self.member_book(member)).collect(),
            seats: seats.collect(),
            falls: (0..self.falls.len()).filter_map(|number| self.fall_record(number)).collect(),
            not_fallen: self.not_fallen.clone(),
            room: self.queue_room.as_ref().map(|room| room.book(now)),
            on_sale_by_index: on_sale(Market::Primary) + on_sale(Market::Exchange),
        }
    }

    /// A fall with what became of its seats.
    pub(crate) fn fall_record(&self, number: usize) -> Option<FallRecord> {
        let mut record = self.falls.get(number)?.clone();
        let stock = self.stocks.get(&record.event)?;
        for fallen in &mut record.seats {
            let seat = stock.seat(Place { area: record.area, y: record.y, x: fallen.x })?;
            fallen.fate = match fallen.given_back {
                Some(at) => Fate::GivenBack { at },
                None => self.fate(seat),
            };
        }
        Some(record)
    }

    fn fate(&self, seat: &Seat) -> Fate {
        let at = seat.since;
        match seat.standing {
            Standing::OnSale => Fate::StillThere,
            Standing::Locked { by, .. } | Standing::InBasket { by, .. } => {
                Fate::Held { member: self.email(by), at }
            }
            Standing::Bought { by: Buyer::Member(by), .. } => Fate::Bought { member: self.email(by), at },
            Standing::Bought { by: Buyer::Rival(by), .. } => Fate::Taken { rival: rivals::name(by), at },
        }
    }

    fn seat_book(&self, event: EventId, place: Place, seat: &Seat) -> SeatBook {
        let printed = self.stadium.printed(place);
        let (owner, price) = match seat.standing {
            Standing::OnSale => (Owner::OnSale, seat.offer.price),
            Standing::Locked { by, until } => {
                (Owner::Locked { member: self.email(by), until }, seat.offer.price)
            }
            Standing::InBasket { by, until, price, .. } => {
                (Owner::InBasket { member: self.email(by), until }, price)
            }
            Standing::Bought { by: Buyer::Member(by), price } => {
                (Owner::Bought { member: self.email(by) }, price)
            }
            Standing::Bought { by: Buyer::Rival(by), price } => {
                (Owner::Taken { rival: rivals::name(by) }, price)
            }
        };
        SeatBook {
            event,
            area: place.area,
            area_name: printed.area.to_owned(),
            row: printed.row.to_owned(),
            seat: printed.seat.to_owned(),
            y: place.y,
            x: place.x,
            market: seat.offer.market,
            price,
            owner,
        }
    }

    fn member_book(&self, id: MemberId) -> MemberBook {
        let member = &self.members[id];
        let refusals = self.refusals.get(&id).into_iter().flatten();
        let mut book = MemberBook {
            name: member.name.clone(),
            email: member.email.clone(),
            locked: Vec::new(),
            basket: Vec::new(),
            bought: Vec::new(),
            refusals: refusals.map(|(kind, times)| ((*kind).to_owned(), *times)).collect(),
        };
        // From the member's own list and not from the stock: the two are compared when violations are looked for.
        for &(event, place) in self.holdings.get(&id).into_iter().flatten() {
            let Some(seat) = self.stocks.get(&event).and_then(|stock| stock.seat(place)) else { continue };
            let list = match seat.standing {
                Standing::InBasket { .. } => &mut book.basket,
                Standing::Bought { .. } => &mut book.bought,
                Standing::OnSale | Standing::Locked { .. } => &mut book.locked,
            };
            list.push(self.seat_book(event, place, seat));
        }
        book
    }

    pub(crate) fn email(&self, member: MemberId) -> String {
        self.members[member].email.clone()
    }
}
