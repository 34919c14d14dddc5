//! Whatever stands in a seller definition: understood, or refused with the file's name; and what is understood reads.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use ticketfall::seller::{Definition, Kind, Saved, read_saved};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Definition::parse("club.toml", text) {
        Ok(definition) => {
            for kind in [Kind::Config, Kind::SeatMap, Kind::Page, Kind::Basket] {
                let saved = Saved::alone(b"<p>{\"Sections\":[]}</p>", Timestamp::UNIX_EPOCH);
                drop(read_saved(&definition, Saved { kind: Some(kind), ..saved }));
            }
        }
        Err(refusal) => assert!(refusal.to_string().contains("club.toml")),
    }
});
