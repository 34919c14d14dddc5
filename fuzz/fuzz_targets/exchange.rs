//! Whatever a club exchange answers, as each kind of answer: read, or unknown.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use ticketfall::seller::{Definition, Definitions, Kind, Saved, read_saved};

static CLUB: LazyLock<Definition> = LazyLock::new(|| {
    let shipped = Definitions::shipped();
    let club = shipped.list().find(|definition| definition.id.as_str() == "boxoffice");
    Definition::clone(club.expect("it ships"))
});

fuzz_target!(|bytes: &[u8]| {
    let kinds = [Kind::Availability, Kind::Config, Kind::SeatMap, Kind::Page, Kind::Basket];
    for kind in kinds.map(Some).into_iter().chain([None]) {
        let read = read_saved(&CLUB, Saved { kind, ..Saved::alone(bytes, Timestamp::UNIX_EPOCH) });
        let offers = read.reading.snapshot().map_or(1, |snapshot| snapshot.offers.len());
        assert!(offers > 0 || read.dropped.count == 0, "dropped everything, and claims that there is none");
        assert!(offers <= bytes.len().max(1));
    }
});
