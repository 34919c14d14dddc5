//! Whatever the document of a definition with a program is: found and turned into offers, or unknown. The program
//! runs in a process of its own, as always; that process is the Ticketfall that `TICKETFALL` names.
#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use ticketfall::seller::{Definition, Kind, Saved, read_saved};

/// Tells back what it is given: every document becomes the program's output.
const ECHO: &str = r#"
version = 1
id = "echo"
name = "Echo"
dialect = "mapped"
origin = "https://echo.example"
time_zone = "Europe/London"
currency = "GBP"
event_urls = ["/events/{event}"]

[pace]
floor = "30s"

[requests.availability.primary]
path = "/events/{{ event }}"

[mapped]
program = "if type == \"array\" then .[] else . end"
"#;

static ECHOES: LazyLock<[Definition; 2]> = LazyLock::new(|| {
    let ticketfall =
        std::env::var_os("TICKETFALL").expect("TICKETFALL names a Ticketfall to run programs with");
    let embedded = ECHO.replace("[mapped]", "[mapped]\nread = { selector = \"script\" }");
    [ECHO, &embedded].map(|text| {
        Definition::parse("echo.toml", text).expect("a sound definition").mapped_by(ticketfall.clone().into())
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
