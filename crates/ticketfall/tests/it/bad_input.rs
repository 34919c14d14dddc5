//! More than a hundred thousand inputs with something wrong in them: nothing panics, nothing grows without bound,
//! what is not understood is unknown, and a refusal says what and where.

pub(crate) mod mutated;

use std::collections::BTreeMap;

use jiff::Timestamp;
use mutated::{Format, Mutated, mutated, try_each};
use serde::de::IgnoredAny;
use serde_json::Value;
use ticketfall::config::{self, Environment};
use ticketfall::cookies;
use ticketfall::seller::{Definition, Definitions, Inspection, Kind, Saved, propose, read_saved};

use crate::sellers::{Example, executable};

const ANSWERS: u32 = 8_000;
const EXCHANGE_ANSWERS: u32 = 40_000;
const PROGRAM_ANSWERS: u32 = 2_000;
const PROPOSALS: u32 = 3_000;
const DEFINITIONS: u32 = 8_000;
const CONFIGURATIONS: u32 = 8_000;
const COOKIES: u32 = 20_000;
/// The longest refusal, in bytes: a person reads it.
const WORDS_MAX: usize = 4_000;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/exchange/", $name))
    };
}

/// What a club answers, and what each is; guessed where it is not said.
fn pages() -> [(&'static [u8], Option<Kind>); 8] {
    [
        (fixture!("availability-many.json"), Some(Kind::Availability)),
        (fixture!("availability-one.json"), None),
        (fixture!("availability-partly-broken.json"), Some(Kind::Availability)),
        (fixture!("basket.html"), Some(Kind::Basket)),
        (fixture!("config.json"), Some(Kind::Config)),
        (fixture!("locked.json"), None),
        (fixture!("page.html"), Some(Kind::Page)),
        (fixture!("seat-map.json"), Some(Kind::SeatMap)),
    ]
}

fn shipped(id: &str) -> Definition {
    let shipped = Definitions::shipped();
    let found = shipped.list().find(|definition| definition.id.as_str() == id);
    Definition::clone(found.unwrap())
}

fn with_format(bytes: Vec<u8>) -> (Format, Vec<u8>) {
    let is_json = serde_json::from_slice::<Value>(&bytes).is_ok();
    (if is_json { Format::Json } else { Format::Text }, bytes)
}

fn read(definition: &Definition, bytes: &[u8], kind: Option<Kind>) -> Inspection {
    let now = Timestamp::constant(1_795_383_660, 0);
    read_saved(definition, Saved { kind, ..Saved::alone(bytes, now) })
}

/// What holds for every answer: nothing is claimed of what was not understood, and nothing grows.
fn is_bounded(inspection: &Inspection, bytes: &[u8]) {
    if let Some(snapshot) = inspection.reading.snapshot() {
        let is_none = snapshot.offers.is_empty();
        assert!(
            !is_none || inspection.dropped.count == 0,
            "dropped everything, and claims that there is none"
        );
        assert!(snapshot.offers.len() <= bytes.len());
    }
    let told = inspection.dropped.described.iter().chain(&inspection.steps).chain([&inspection.summary]);
    let longest = told.map(String::len).max().unwrap_or_default();
    assert!(longest <= WORDS_MAX, "{longest} bytes of words");
    assert!(inspection.dropped.described.len() <= 100 && inspection.steps.len() <= 200);
}

#[test]
fn whatever_a_club_answers_is_read_or_unknown() {
    let club = shipped("boxoffice");
    let sound = pages().map(|(page, _)| with_format(page.to_vec())).into();
    try_each(EXCHANGE_ANSWERS, &mutated(sound), |Mutated { from, bytes }| {
        let (_, kind) = pages()[from];
        let inspection = read(&club, &bytes, kind);
        is_bounded(&inspection, &bytes);
        let is_json = serde_json::from_slice::<IgnoredAny>(&bytes).is_ok();
        assert!(is_json || inspection.reading.snapshot().is_none(), "seats in what is no JSON");
    });
}

/// Answers of the other dialects, each with who reads it.
fn elsewhere() -> Vec<(Definition, Vec<u8>)> {
    let schema_org = r#"<html><script type="application/ld+json">{"@context":"https://schema.org","@type":"SportsEvent",
        "name":"Northend – Southport","startDate":"2026-12-05T15:00","offers":[{"@type":"Offer","price":"45.50",
        "priceCurrency":"GBP","availability":"InStock","name":"East Lower","validFrom":"2026-11-01"},
        {"@type":"AggregateOffer","lowPrice":20,"highPrice":"99.00","offerCount":3,"availability":"LimitedAvailability"}]}
        </script><div itemscope itemtype="https://schema.org/Event"><span itemprop="name">Cup</span>
        <div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><meta itemprop="price" content="30">
        <link itemprop="availability" href="https://schema.org/SoldOut"></div></div></html>"#;
    let discovery = r#"{"id":"a1","sales":{"public":{"startDateTime":"2026-11-01T09:00:00Z",
        "endDateTime":"2026-12-05T15:00:00Z"},"presales":[{"startDateTime":"2026-10-01T09:00:00Z"}]},
        "dates":{"status":{"code":"onsale"}},"priceRanges":[{"type":"standard","currency":"GBP","min":20.5,"max":80}]}"#;
    let inventory = r#"[{"eventId":"a","status":"TICKETS_AVAILABLE","resaleStatus":"FEW_TICKETS_LEFT"},
        {"eventid":"b","status":"TICKETS_NOT_AVAILABLE"}]"#;
    let seatgeek = r#"{"id":7,"status":"normal","datetime_utc":"2026-12-05T15:00:00",
        "stats":{"listing_count":12,"lowest_price":45.5,"median_price":60}}"#;
    [
        ("schema-org", schema_org),
        ("discovery", discovery),
        ("inventory-status", inventory),
        ("seatgeek", seatgeek),
    ]
    .map(|(id, text)| (shipped(id), text.as_bytes().to_vec()))
    .into()
}

#[test]
fn whatever_a_page_or_an_official_api_answers_is_read_or_unknown() {
    for (definition, sound) in elsewhere() {
        try_each(ANSWERS, &mutated(vec![with_format(sound)]), |Mutated { bytes, .. }| {
            is_bounded(&read(&definition, &bytes, Some(Kind::Availability)), &bytes);
        });
    }
}

#[test]
fn whatever_a_definitions_program_is_given_is_read_or_unknown() {
    let config =
        BTreeMap::from([("config".to_owned(), Example::of(4).file("config.json").as_bytes().to_vec())]);
    for number in [2, 3, 4] {
        let example = Example::of(number);
        let definition = Definition::parse("example.toml", example.file(".toml")).unwrap();
        let definition = definition.mapped_by(executable());
        let saved = example.files.iter().filter(|(name, _)| name.rsplit('.').next() != Some("toml"));
        let sound = saved.map(|(_, text)| with_format(text.as_bytes().to_vec())).collect();
        try_each(PROGRAM_ANSWERS, &mutated(sound), |Mutated { bytes, .. }| {
            let kind = Some(Kind::Availability);
            let saved = Saved { documents: &config, kind, ..Saved::alone(&bytes, Timestamp::UNIX_EPOCH) };
            is_bounded(&read_saved(&definition, saved), &bytes);
        });
    }
}

#[test]
fn what_the_fuzzer_begins_with_is_read() {
    let file = |name: &str| {
        std::fs::read(format!("{}/../../fuzz/{name}", env!("CARGO_MANIFEST_DIR")))
            .expect("a file for the fuzzer")
    };
    for (definition, seed) in [("echo.toml", "mapped/offers.json"), ("embedded.toml", "mapped/page.html")] {
        let text = String::from_utf8(file(&format!("definitions/{definition}"))).unwrap();
        let definition = Definition::parse(definition, &text).unwrap().mapped_by(executable());
        let inspection = read(&definition, &file(&format!("seeds/{seed}")), Some(Kind::Availability));
        let offers = inspection.reading.snapshot().map_or(0, |snapshot| snapshot.offers.len());
        assert!(offers > 0, "{seed}: {:?}", inspection.reading);
    }
}

#[test]
fn whatever_a_page_looks_like_a_definition_is_proposed_that_can_be_read() {
    let pages = elsewhere().into_iter().map(|(_, bytes)| with_format(bytes)).collect();
    try_each(PROPOSALS, &mutated(pages), |Mutated { bytes, .. }| {
        let proposal = propose(&bytes, None, Timestamp::UNIX_EPOCH);
        assert!(proposal.text.len() <= 20_000 + 4 * bytes.len());
    });
}

#[test]
fn whatever_stands_in_a_definition_is_understood_or_refused_in_words() {
    let shipped = ["boxoffice", "discovery", "exchange", "inventory-status", "schema-org", "seatgeek"];
    let file = |id: &str| std::fs::read(format!("{}/sellers/{id}.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut sound: Vec<_> = shipped.iter().map(|id| (Format::Toml, file(id))).collect();
    for number in [1, 2, 3, 4] {
        sound.push((Format::Toml, Example::of(number).file(".toml").as_bytes().to_vec()));
    }
    try_each(DEFINITIONS, &mutated(sound), |Mutated { bytes, .. }| {
        let text = String::from_utf8_lossy(&bytes);
        match Definition::parse("club.toml", &text) {
            Ok(definition) => {
                let (page, kind) = pages()[bytes.len() % 8];
                is_bounded(&read(&definition, page, kind), page);
            }
            Err(refusal) => is_in_words(&refusal.to_string(), "club.toml"),
        }
    });
}

/// A refusal names the file, and is short enough to be read.
fn is_in_words(refusal: &str, file: &str) {
    assert!(refusal.contains(file), "{refusal:?} does not say where");
    assert!(refusal.len() <= WORDS_MAX, "{} bytes of words", refusal.len());
}

#[test]
fn whatever_stands_in_the_configuration_is_understood_or_refused_in_words() {
    let sample = include_str!("../../../../docs/configuration.md");
    let sample = sample.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ticketfall.toml");
    let environment = Environment { home_dir: "/home/ada".into(), ..Environment::default() };
    let sound = vec![(Format::Toml, sample.as_bytes().to_vec())];
    try_each(CONFIGURATIONS, &mutated(sound), |Mutated { bytes, .. }| {
        // A file that is written over is flushed to the disk; a new one is not.
        drop(std::fs::remove_file(&path));
        std::fs::write(&path, &bytes).unwrap();
        if let Err(refusal) = config::load(Some(&path), &[], &environment) {
            is_in_words(&chain(&refusal), "ticketfall.toml");
        }
    });
}

/// An error with everything that caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

#[test]
fn whatever_stands_in_a_cookies_file_its_values_are_never_repeated() {
    const VALUE: &str = "c4nary-0f-a-s3ssion";
    let netscape = format!(
        "# Netscape HTTP Cookie File\n.northend.example\tTRUE\t/\tTRUE\t1800000000\tauth\t{VALUE}\n\
         #HttpOnly_tickets.northend.example\tFALSE\t/northend\tFALSE\t0\tbasket\t{VALUE}\n"
    );
    let extension = format!(
        r#"[{{"name":"auth","value":"{VALUE}","domain":".northend.example","path":"/","secure":true,"httpOnly":true,
        "sameSite":"lax","expirationDate":1800000000.5,"hostOnly":false,"session":false}}]"#
    );
    let devtools = format!(
        r#"{{"cookies":[{{"name":"auth","value":"{VALUE}","domain":"northend.example","path":"/","expires":-1,
        "secure":true,"httpOnly":false,"sameSite":"None","partitionKey":{{"topLevelSite":"https://a.example"}}}}],"origins":[]}}"#
    );
    let sound = [netscape, extension, devtools].map(|text| with_format(text.into_bytes()));
    try_each(COOKIES, &mutated(sound.into()), |Mutated { bytes, .. }| {
        let said = match cookies::read(&bytes) {
            Ok(read) => {
                assert!(read.cookies.len() + read.refused.len() <= bytes.len());
                let refused = read.refused.iter().map(ToString::to_string);
                refused.collect::<Vec<_>>().join("; ")
            }
            Err(refusal) => refusal.to_string(),
        };
        assert!(!said.contains(VALUE), "a value is repeated");
    });
}
