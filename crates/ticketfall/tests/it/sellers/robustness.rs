//! Whatever a seller answers, reading it ends, and what is not understood is unknown.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ticketfall::seller::{Definition, Definitions, Kind, Saved, read_saved};

use super::{Example, executable};

/// How much the largest answers have, in bytes.
const LARGE: usize = 20 << 20;

/// A definition of each dialect, and three with programs.
fn sellers() -> Vec<Definition> {
    let shipped = Definitions::shipped();
    let mut sellers: Vec<Definition> =
        shipped.list().map(|definition| Definition::clone(definition)).collect();
    for number in [2, 3, 4] {
        let definition = Definition::parse("docs/sellers.md", Example::of(number).file(".toml")).unwrap();
        sellers.push(definition.mapped_by(executable()));
    }
    sellers
}

/// How many offers come of an answer; nothing where it is no answer with seats.
fn offers(definition: &Definition, answer: &[u8]) -> Option<usize> {
    let documents =
        BTreeMap::from([("config".to_owned(), Example::of(4).file("config.json").as_bytes().to_vec())]);
    let now = Timestamp::constant(1_795_383_660, 0);
    let kind = Some(Kind::Availability);
    let inspection =
        read_saved(definition, Saved { documents: &documents, kind, ..Saved::alone(answer, now) });
    inspection.reading.snapshot().map(|snapshot| snapshot.offers.len())
}

#[test]
fn no_answer_of_any_kind_is_taken_for_offers() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(5_000), close.repeat(5_000));
    let strange: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b" \n\t".to_vec(),
        b"null".to_vec(),
        b"true".to_vec(),
        b"1e999".to_vec(),
        b"\"offers\"".to_vec(),
        b"{\"offers\":".to_vec(),
        b"[{\"AreaId\":1,\"PriceBands\":[{\"Pri".to_vec(),
        b"<html><script type=\"application/ld+json\">{\"@type\":\"Event\",\"off".to_vec(),
        b"\xff\xfe\x00[\x00]\x00".to_vec(),
        b"{\"offers\":\"\xc3\x28\"}".to_vec(),
        vec![0; 1_000],
        b"Service Unavailable".to_vec(),
        b"{\"offers\":[{\"zone\":null,\"price\":null,\"left\":null,\"limits\":null}]}".to_vec(),
        b"{\"stats\":{\"listing_count\":null,\"lowest_price\":null},\"dates\":null}".to_vec(),
        b"{\"dates\":{\"status\":{\"code\":7}},\"stats\":[]}".to_vec(),
        b"[{\"eventId\":\"1\",\"status\":\"UNKNOWN\"},null,7]".to_vec(),
        deep("[", "]").into_bytes(),
        deep("{\"a\":", "}").into_bytes(),
        deep("<div>", "</div>").into_bytes(),
    ];
    for seller in sellers() {
        for answer in &strange {
            let shown = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
            assert_eq!(offers(&seller, answer).unwrap_or_default(), 0, "{} of {shown:?}", seller.id);
        }
    }
}

#[test]
fn an_answer_of_twenty_megabytes_ends_no_reading() {
    let filled = |part: &str, length: usize| part.repeat(length / part.len());
    let large = [
        filled("[", LARGE),
        format!("[\"{}\"]", filled("x", LARGE)),
        format!("<html>{}", filled("<div>", LARGE)),
        format!("<script type=\"application/ld+json\">{}</script>", filled("{\"@graph\":[", LARGE / 4)),
        // Many small parts cost a build for debugging the most.
        format!("[{}1]", filled("1,", LARGE / 16)),
    ];
    let one_each = ["schema-org", "exchange", "discovery", "arena"];
    for seller in sellers().into_iter().filter(|seller| one_each.contains(&seller.id.as_str())) {
        for answer in &large {
            let count = offers(&seller, answer.as_bytes()).unwrap_or_default();
            assert_eq!(count, 0, "{} of {:?}", seller.id, &answer[..40]);
        }
    }
}

#[test]
fn a_large_answer_that_is_sound_is_read() {
    let seller = sellers().into_iter().find(|seller| seller.id.as_str() == "arena").unwrap();
    let padding = format!("{{\"noise\":\"{}\"}}", "x".repeat(2_000));
    let offers_of = |count: usize| {
        let offer = "{\"zone\":{\"id\":\"B\"},\"price\":{\"cents\":4550},\"left\":4}";
        format!(
            "{{\"offers\":[{}],\"more\":[{}]}}",
            vec![offer; count].join(","),
            vec![&*padding; 1_000].join(",")
        )
    };
    assert_eq!(offers(&seller, offers_of(3).as_bytes()), Some(3));
    assert_eq!(offers(&seller, offers_of(30_000).as_bytes()), None);
}

#[test]
fn a_program_that_was_stopped_runs_again_for_the_next_answer() {
    let text = Example::of(2)
        .file(".toml")
        .replace(".offers[]", "if .offers == 1 then (def f: f; f) else .offers[] end");
    let seller = Definition::parse("loops.toml", &text).unwrap().mapped_by(executable());
    let sound = Example::of(2).file("offers.json").to_owned();
    assert_eq!(offers(&seller, sound.as_bytes()), Some(2));
    assert_eq!(offers(&seller, b"{\"offers\":1}"), None);
    assert_eq!(offers(&seller, sound.as_bytes()), Some(2));
}
