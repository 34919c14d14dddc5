//! The match page: what is on sale in words, for people, and the page key, for their browser's script.

use askama::Template;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use crate::event::{Admission, Event, EventId};
use crate::house::House;
use crate::money::Pence;
use crate::refusal::Refusal;
use crate::stadium::{Place, Stadium};
use crate::stock::{Market, Run, runs};

#[derive(Template)]
#[template(path = "match_page.html")]
struct MatchPage<'a> {
    event: &'a Event,
    member: &'a str,
    key: &'a str,
    posted: usize,
    lots: Vec<Lot<'a>>,
}

/// A run of seats in words.
struct Lot<'a> {
    area: &'a str,
    area_id: u32,
    row: &'a str,
    first: &'a str,
    last: &'a str,
    seats: usize,
    price: Pence,
    band: &'static str,
    seller: &'static str,
    market: &'static str,
}

pub(super) fn answer(house: &mut House, ask: &Ask, who: &SignedIn, id: EventId) -> Result<Answer, Refusal> {
    let keyword = house.event(id).map(|event| event.admission.clone());
    if let (Some(Admission::Keyword(keyword)), Some(spell)) = (keyword, ask.query.get("spell"))
        && spell.eq_ignore_ascii_case(&keyword)
    {
        house.sessions.unlock(&who.session, id);
    }
    let event = house.admit(id, &who.session, ask.now)?;
    let key = house.sessions.key(&who.session, ask.now).unwrap_or_default();
    Ok(Answer::page(&MatchPage {
        event,
        member: &house.members[who.member].name,
        key: &key,
        posted: house.script.limits.posted,
        lots: lots(house, id),
    }))
}

fn lots(house: &House, id: EventId) -> Vec<Lot<'_>> {
    let markets = [Market::Exchange, Market::Primary].into_iter();
    let stocks = markets.filter_map(|market| house.stock(id).map(|stock| runs(stock.on_sale(market))));
    stocks.flatten().map(|run| lot(&house.stadium, run)).collect()
}

fn lot(stadium: &Stadium, run: Run) -> Lot<'_> {
    let printed = |x| stadium.printed(Place { area: run.area, y: run.y, x });
    let (seller, market) = match run.offer.market {
        Market::Primary => ("club", "Regular"),
        Market::Exchange => ("exchange", "Resale"),
    };
    let ends = [printed(run.first_x).seat, printed(run.last_x).seat];
    // Where the names fall along the map, people still read them upwards.
    let falling = (ends[0].len(), ends[0]) > (ends[1].len(), ends[1]);
    let [first, last] = if falling { [ends[1], ends[0]] } else { ends };
    Lot {
        area: printed(run.first_x).area,
        area_id: run.area.0,
        row: printed(run.first_x).row,
        first,
        last,
        seats: run.len(),
        price: run.offer.price,
        band: run.offer.band.code(),
        seller,
        market,
    }
}
