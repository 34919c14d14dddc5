//! The events on sale: dates, who may see them, and the price list of each.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::Pence;

/// The id of an event, as the URLs write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub u32);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u32> for EventId {
    fn from(id: u32) -> Self {
        Self(id)
    }
}

impl std::str::FromStr for EventId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A seat quality: the index of its line in the price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Band(usize);

pub(crate) const SIDE: Band = Band(0);
pub(crate) const SIDE_BACK: Band = Band(1);
pub(crate) const GOAL: Band = Band(2);
pub(crate) const HIGH: Band = Band(3);
pub(crate) const FAMILY: Band = Band(4);
pub(crate) const CLUB_LEVEL: Band = Band(5);

struct BandLine {
    code: &'static str,
    adult: Pence,
    classes: &'static [usize],
}

const EVERYBODY: &[usize] = &[0, 1, 2, 3];
const BANDS: [BandLine; 6] = [
    BandLine { code: "12", adult: Pence(7_500), classes: EVERYBODY },
    BandLine { code: "07", adult: Pence(6_100), classes: EVERYBODY },
    BandLine { code: "03", adult: Pence(5_200), classes: EVERYBODY },
    BandLine { code: "01", adult: Pence(4_400), classes: EVERYBODY },
    BandLine { code: "09", adult: Pence(3_900), classes: &[0, 2] },
    BandLine { code: "15", adult: Pence(14_500), classes: &[0] },
];

/// Buyer classes: the name, and the share of the adult price in percent.
const CLASSES: [(&str, u32); 4] =
    [("Adult", 100), ("Concession 65+", 60), ("Junior", 40), ("Young Adult 18-20", 70)];

impl Band {
    /// The code in the feeds, two digits such as `07`.
    pub fn code(self) -> &'static str {
        BANDS[self.0].code
    }

    /// The band with this code; a leading zero may be missing.
    pub fn by_code(code: &str) -> Option<Self> {
        let bare = |text: &str| text.trim_start_matches('0').to_owned();
        BANDS.iter().position(|line| bare(line.code) == bare(code)).map(Self)
    }

    /// Every band of the price list.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..BANDS.len()).map(Self)
    }
}

/// The id of a buyer class; different for every event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassId(pub u32);

/// Who may open an event's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Every member.
    Open,
    /// Members who bring this keyword in `?spell=`.
    Keyword(String),
    /// Nobody: it is over.
    Archived,
    /// Nobody: it is not sold here.
    NotSold,
}

/// Which of the two documented shapes a best-available lock answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockShape {
    /// `{"LockedSeats":[…]}`
    LockedSeats,
    /// `{"MainSeat":{…},"CompanionSeats":[…]}`
    MainSeat,
}

/// One dated match.
#[derive(Clone, Debug)]
pub struct Event {
    /// The id in the URLs.
    pub id: EventId,
    /// The title, such as `Northend v Rovers`.
    pub title: &'static str,
    /// The kick-off as the page prints it.
    pub kick_off: &'static str,
    /// The same for programs, by the clock of the stadium.
    pub begins: &'static str,
    /// Who may open its page.
    pub admission: Admission,
    /// How its locks are written.
    pub lock_shape: LockShape,
    first_class: u32,
    price_percent: u32,
}

/// The access keyword of the restricted event.
pub const KEYWORD: &str = "5b0c8f6e-2f4d-4c1b-9a57-3d1e8c7a9042";

/// The league match that most of the exchange is about.
pub const LEAGUE_MATCH: EventId = EventId(4001);
/// The cup tie.
pub const CUP_TIE: EventId = EventId(4002);

/// Every event of the season.
pub(crate) fn season() -> Vec<Event> {
    let match_on = |id, title, [kick_off, begins]: [&'static str; 2]| Event {
        id: EventId(id),
        title,
        kick_off,
        begins,
        admission: Admission::Open,
        lock_shape: LockShape::LockedSeats,
        first_class: 101 + (id - 4001) * 110,
        price_percent: 100,
    };
    vec![
        match_on(4001, "Northend v Rovers", ["Sat 28 Nov 2026, 15:00", "2026-11-28T15:00"]),
        Event {
            lock_shape: LockShape::MainSeat,
            price_percent: 60,
            ..match_on(
                4002,
                "Cup tie: Northend v Harbour Town",
                ["Wed 2 Dec 2026, 19:45", "2026-12-02T19:45"],
            )
        },
        Event {
            admission: Admission::Archived,
            ..match_on(4003, "Northend v Millfield", ["Sat 31 Oct 2026, 15:00", "2026-10-31T15:00"])
        },
        Event {
            admission: Admission::Keyword(KEYWORD.to_owned()),
            ..match_on(4004, "Northend v Castle Park", ["Sat 12 Dec 2026, 12:30", "2026-12-12T12:30"])
        },
        Event {
            admission: Admission::NotSold,
            ..match_on(4005, "Northend v Old Quay", ["Sat 26 Dec 2026, 15:00", "2026-12-26T15:00"])
        },
    ]
}

/// One line of an event's price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceLine {
    /// The seat quality.
    pub band: Band,
    /// The buyer class.
    pub class: ClassId,
    /// The class as people read it.
    pub class_name: &'static str,
    /// The price of one seat.
    pub price: Pence,
}

impl Event {
    /// The price list: every band with the classes that may buy it.
    pub fn prices(&self) -> impl Iterator<Item = PriceLine> {
        Band::all().flat_map(|band| self.classes(band))
    }

    /// The lines of one band, adults first.
    pub fn classes(&self, band: Band) -> impl Iterator<Item = PriceLine> {
        let line = &BANDS[band.0];
        (self.first_class..).map(ClassId).zip(CLASSES).enumerate().filter_map(
            move |(index, (class, (class_name, percent)))| {
                let price = line.adult.percent(self.price_percent).percent(percent);
                line.classes.contains(&index).then_some(PriceLine { band, class, class_name, price })
            },
        )
    }

    /// What `class` pays for a seat of `band`; nothing where the class may not buy it.
    pub fn price(&self, band: Band, class: ClassId) -> Option<Pence> {
        self.classes(band).find(|line| line.class == class).map(|line| line.price)
    }

    /// What an adult pays for a seat of `band`.
    pub fn adult_price(&self, band: Band) -> Pence {
        BANDS[band.0].adult.percent(self.price_percent)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn class_ids_differ_between_events() {
        let season = season();
        let all: Vec<BTreeSet<ClassId>> =
            season.iter().map(|event| event.prices().map(|line| line.class).collect()).collect();
        assert!(all.windows(2).all(|pair| pair[0].is_disjoint(&pair[1])));
    }

    #[test]
    fn a_band_sells_only_to_its_classes() {
        let league = &season()[0];
        let adult = league.classes(CLUB_LEVEL).next().unwrap();
        let concession = league.classes(SIDE).nth(1).unwrap();
        assert_eq!(league.price(CLUB_LEVEL, adult.class), Some(Pence(14_500)));
        assert_eq!(league.price(CLUB_LEVEL, concession.class), None);
        assert_eq!(league.price(SIDE, concession.class), Some(Pence(4_500)));
    }

    #[test]
    fn a_band_is_found_with_and_without_its_leading_zero() {
        assert_eq!(Band::by_code("07"), Some(SIDE_BACK));
        assert_eq!(Band::by_code("7"), Some(SIDE_BACK));
        assert_eq!(Band::by_code("70"), None);
        assert_eq!(Band::by_code(""), None);
    }
}
