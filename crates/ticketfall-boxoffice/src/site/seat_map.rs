//! The seat map: one section an area, every cell of its matrix in runs of codes.

use bytes::Bytes;
use serde::Serialize;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use super::feed_cache;
use crate::event::EventId;
use crate::house::House;
use crate::refusal::Refusal;
use crate::stadium::{Area, AreaId};
use crate::stock::{Market, Standing, Stock};

/// What a cell of the map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    OnSale(Market),
    Sold,
    Held,
    NoSeat,
}

impl Cell {
    const ALL: [Self; 5] =
        [Self::OnSale(Market::Primary), Self::Sold, Self::Held, Self::OnSale(Market::Exchange), Self::NoSeat];

    fn code(self) -> &'static str {
        match self {
            Self::OnSale(Market::Primary) => "01",
            Self::Sold => "02",
            Self::Held => "03",
            Self::OnSale(Market::Exchange) => "04",
            Self::NoSeat => "10",
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Self::OnSale(_) => "A",
            Self::Sold => "S",
            Self::Held => "H",
            Self::NoSeat => "N",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SeatMap<'a> {
    sections: Vec<Section<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Section<'a> {
    #[serde(rename = "SectionName")]
    name: &'a str,
    price_level: u32,
    row_names: Vec<RowName<'a>>,
    seat_names: &'a [String],
    extended_ticket_types: Vec<String>,
    status_summary: Vec<Status>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RowName<'a> {
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    code: &'static str,
    symbol: &'static str,
}

pub(super) fn answer(house: &mut House, ask: &Ask, who: &SignedIn) -> Result<Answer, Refusal> {
    let event: EventId = ask.query.need("eventId")?;
    let only = ask.query.optional("areaId")?.map(AreaId);
    if only.is_some_and(|area| house.stadium.area(area).is_none()) {
        return Err(Refusal::BadParameter("areaId"));
    }
    house.admit(event, &who.session, ask.now)?;
    let hidden = house.hidden_from(who.member);
    Ok(feed_cache::answer(house, (ask, who), |house| {
        seat_map(house, event, |area| only.is_none_or(|only| only == area) && !hidden.contains(&area))
    }))
}

fn seat_map(house: &House, event: EventId, is_shown: impl Fn(AreaId) -> bool) -> Bytes {
    let areas = house.stadium.areas().iter().filter(|area| is_shown(area.id));
    let sections = areas.filter_map(|area| Some(section(area, house.stock(event)?)));
    Answer::json(&SeatMap { sections: sections.collect() }).body
}

fn section<'a>(area: &'a Area, stock: &Stock) -> Section<'a> {
    // The platform leaves the leading zero out in some sections and not in others.
    let bare = area.id.0.is_multiple_of(2);
    let status = |cell: Cell| Status {
        code: if bare { cell.code().trim_start_matches('0') } else { cell.code() },
        symbol: cell.symbol(),
    };
    Section {
        name: &area.name,
        price_level: area.rows.first().and_then(|row| row.band.code().parse().ok()).unwrap_or_default(),
        row_names: area.rows.iter().map(|row| RowName { name: &row.name }).collect(),
        seat_names: &area.seat_names,
        extended_ticket_types: cells(area, stock),
        status_summary: Cell::ALL.into_iter().map(status).collect(),
    }
}

/// The matrix as `code,count` runs, row after row.
fn cells(area: &Area, stock: &Stock) -> Vec<String> {
    let mut runs = Runs::default();
    let width = u16::try_from(area.seat_names.len()).unwrap_or(u16::MAX);
    for (y, row) in area.rows_by_y() {
        let seats = row.cells();
        runs.add(Cell::NoSeat, seats.start);
        let mut next = seats.start;
        for (x, seat) in stock.row(area.id, y) {
            runs.add(Cell::Sold, x - next);
            runs.add(cell(seat.standing, seat.offer.market), 1);
            next = x + 1;
        }
        runs.add(Cell::Sold, seats.end - next);
        runs.add(Cell::NoSeat, width - seats.end);
    }
    runs.0.into_iter().map(|(cell, count)| format!("{},{count}", cell.code())).collect()
}

fn cell(standing: Standing, market: Market) -> Cell {
    match standing {
        Standing::OnSale => Cell::OnSale(market),
        Standing::Locked { .. } | Standing::InBasket { .. } => Cell::Held,
        Standing::Bought { .. } => Cell::Sold,
    }
}

#[derive(Default)]
struct Runs(Vec<(Cell, u32)>);

impl Runs {
    fn add(&mut self, cell: Cell, count: u16) {
        match self.0.last_mut() {
            _ if count == 0 => {}
            Some((last, counted)) if *last == cell => *counted += u32::from(count),
            Some(_) | None => self.0.push((cell, u32::from(count))),
        }
    }
}
