//! Whatever the document of a definition with a program is: found and turned into offers, or unknown. The program
//! runs in a process of its own, as always; that process is the Ticketfall that `TICKETFALL` names.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use ticketfall::seller::{Definition, Kind, Saved, read_saved};

static ECHOES: LazyLock<[Definition; 2]> = LazyLock::new(|| {
    let ticketfall =
        std::env::var_os("TICKETFALL").expect("TICKETFALL names a Ticketfall to run programs with");
    [include_str!("../definitions/echo.toml"), include_str!("../definitions/embedded.toml")].map(|text| {
        Definition::parse("fuzz", text).expect("a sound definition").mapped_by(ticketfall.clone().into())
    })
});

fuzz_target!(|bytes: &[u8]| {
    for definition in &*ECHOES {
        let kind = Some(Kind::Availability);
        let read = read_saved(definition, Saved { kind, ..Saved::alone(bytes, Timestamp::UNIX_EPOCH) });
        let offers = read.reading.snapshot().map_or(1, |snapshot| snapshot.offers.len());
        assert!(offers > 0 || read.dropped.count == 0, "dropped everything, and claims that there is none");
    }
});
