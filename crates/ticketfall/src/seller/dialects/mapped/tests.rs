use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::{Offer, Quantity, Stock};
use ticketfall_core::seat::SeatRun;

use super::*;

/// Runs a program right here; the process that it usually has is tried out from outside.
fn read_with(program: &str, feed: &str, documents: &[(&str, &str)]) -> Result<Read, Reading> {
    let documents: Documents = documents
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Bytes::copy_from_slice(text.as_bytes())))
        .collect();
    let given =
        Given { documents: &documents, event: None, market: Market::Primary, currency: Currency::GBP };
    let mut outputs = Vec::new();
    let compiled = program::compiled(program).map_err(Unknown)?;
    program::run(&compiled, feed.as_bytes(), &variables(given)?, |output| {
        outputs.push(output.into_bytes());
        Ok(())
    })
    .map_err(Unknown)?;
    gathered(&outputs, given)
}

fn read(program: &str, feed: &str) -> Read {
    read_with(program, feed, &[]).unwrap()
}

fn offers(program: &str, feed: &str) -> Vec<Offer> {
    let read = read(program, feed);
    assert_eq!(read.dropped.described, [] as [&str; 0]);
    read.offers
}

fn unknown(program: &str, feed: &str) -> String {
    match read_with(program, feed, &[]) {
        Err(Reading::Unknown { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

/// The offers in few words: area, price in minor units, and seats.
fn told(offers: &[Offer]) -> Vec<String> {
    let price = |offer: &Offer| match offer.price {
        Some(price) => format!("{} {}", price.minor(), price.currency().code()),
        None => "?".to_owned(),
    };
    let seats = |offer: &Offer| match &offer.stock {
        Stock::Runs(runs) => {
            let runs = runs.iter().map(|SeatRun { y, start, end }| format!("{y}:{start}-{end}"));
            runs.collect::<Vec<_>>().join(" ")
        }
        Stock::Count { available, together } => format!("{available:?}/{together:?}"),
    };
    offers.iter().map(|offer| format!("{} | {} | {}", offer.area, price(offer), seats(offer))).collect()
}

#[test]
fn a_columnar_list_of_seats_with_a_price_table_is_read() {
    let feed = r#"[[["LOWER 3","7","12","O",1],["LOWER 3","7","13","O",1],["LOWER 3","7","14","S",0],
        ["LOWER 3","7","15","O",1],["UPPER 1","C","4","O",1]],
        ["LEVELSECTIONCD","ROWCD","SEATCD","SEATSTATUS","AVAILABLE"]]"#;
    let prices = r#"{"LOWER 3": {"pence": 7500}, "UPPER 1": {"pence": 4250}}"#;
    let program = r"
        .[1] as $names | .[0][] | [$names, .] | transpose | map({(.[0]): .[1]}) | add
        | select(.AVAILABLE == 1)
        | {area: .LEVELSECTIONCD, seats: [{row: .ROWCD, seat: .SEATCD}],
           price: {minor: $documents.prices[.LEVELSECTIONCD].pence}}";
    let read = read_with(program, feed, &[("prices", prices)]).unwrap();
    let c = 1_000_000_003;
    assert_eq!(
        told(&read.offers),
        ["LOWER 3 | 7500 GBP | 7:12-13 7:15-15".to_owned(), format!("UPPER 1 | 4250 GBP | {c}:4-4")]
    );
    let plan = &read.names.areas[&AreaId::new("UPPER 1").unwrap()];
    assert_eq!((&*plan.rows[&c], &*plan.seats[&4]), ("C", "4"));
}

#[test]
fn features_with_an_amount_in_thousandths_are_read() {
    let feed = r#"{"features":[{"properties":{"block":{"name":{"en":"Block 109"}},"area":{"name":{"en":"East"}},
        "row":"4","number":"7","seatCategory":"1","amount":79200}}]}"#;
    let program = r#".features[].properties | {area: .block.name.en, areaName: "\(.area.name.en) \(.block.name.en)",
        band: .seatCategory, seats: [{row, seat: .number}], price: {thousandths: .amount}}"#;
    let read = read(program, feed);
    assert_eq!(told(&read.offers), ["Block 109 | 7920 GBP | 4:7-7"]);
    assert_eq!(read.offers[0].area_name.as_deref(), Some("East Block 109"));
    assert_eq!(read.offers[0].band.as_deref(), Some("1"));
}

#[test]
fn facets_with_counts_are_read_with_their_market() {
    let feed = r#"{"facets":[{"count":3,"shapes":["s_12"],"inventoryTypes":["resale"],
        "listPriceRange":[{"currency":"EUR","min":75.5,"max":120}]},{"count":0,"shapes":["s_13"]}]}"#;
    let program = r#".facets[] | {area: .shapes[0], count,
        market: (if .inventoryTypes == ["resale"] then "exchange" else "primary" end),
        price: (.listPriceRange[0]? // null | if . then {amount: .min, currency} else null end)}"#;
    let read = read(program, feed);
    assert_eq!(told(&read.offers), ["s_12 | 7550 EUR | Some(3)/None"]);
    assert_eq!(read.offers[0].market, Market::Exchange);
}

#[test]
fn a_graph_of_related_parts_is_joined() {
    let feed = r#"{"data":[{"type":"price","attributes":{"value":"75,00 €"},"relationships":{
          "offer":{"data":{"id":"o1"}},"zone":{"data":{"id":"z1"}}}}],
        "included":[{"type":"offer","id":"o1","attributes":{"name":"Adult","limits":{"min":2,"max":6,"multiple":2}}},
          {"type":"zone","id":"z1","relationships":{"area":{"data":{"id":"a1"}}}},
          {"type":"area","id":"a1","attributes":{"name":"North","free":8}}]}"#;
    let program = r#"(.included | map({(.type + .id): .}) | add) as $all
        | .data[] | $all["offer" + .relationships.offer.data.id] as $offer
        | $all["zone" + .relationships.zone.data.id] as $zone
        | $all["area" + $zone.relationships.area.data.id] as $area
        | {area: $area.id, areaName: $area.attributes.name, kind: $offer.attributes.name,
           count: $area.attributes.free, price: .attributes.value,
           quantity: ($offer.attributes.limits | {min, max, step: .multiple})}"#;
    let offers = offers(program, feed);
    assert_eq!(told(&offers), ["a1 | 7500 EUR | Some(8)/None"]);
    assert_eq!(offers[0].quantity, Quantity { min: 2, max: Some(6), step: 2 });
    assert_eq!(offers[0].kind.as_deref(), Some("Adult"));
}

#[test]
fn nested_price_levels_with_nulls_are_read() {
    let feed = r#"{"offerPrices":[{"min":1,"max":null,"increment":1,"zonePrices":[
        {"priceZoneId":"P1","priceLevels":[{"availability":{"amount":4},"prices":[{"base":3500}]}]},
        {"priceZoneId":"P2","priceLevels":[{"availability":{"amount":0},"prices":[{"base":null}]}]},
        {"priceZoneId":"P3","priceLevels":[{"availability":null,"prices":null}]}]}]}"#;
    let program = r".offerPrices[] | {min, max, step: .increment} as $quantity
        | .zonePrices[] | .priceZoneId as $zone | .priceLevels[]
        | {area: $zone, quantity: $quantity, count: .availability.amount,
           price: (.prices[0].base? // null | if . then {minor: .} else null end)}";
    assert_eq!(told(&offers(program, feed)), ["P1 | 3500 GBP | Some(4)/None", "P3 | ? | None/None"]);
}

#[test]
fn seats_come_as_runs_lists_points_or_counts() {
    let feed = "null";
    let program = r#"
        {area: "A", price: 10, runs: [{row: "F", from: 12, to: "14"}, {y: 7, start: 120, end: 122}]},
        {area: "B", price: 10, seats: [{row: 3, seat: 1}, {row: 3, seat: 2}, {row: 3, seat: 4}]},
        {area: "C", price: 10, seats: [{y: 1, x: 5, row: "R", seat: "105"}]},
        {area: "C", price: 10, seats: [{y: 1, x: 6}]},
        {area: "C", price: 20, seats: [{y: 1, x: 7}]},
        {area: "D", price: 10, count: "3", together: 2},
        [{area: "E", count: null}, {area: "F"}]"#;
    let row_f = 1_000_000_006;
    assert_eq!(
        told(&offers(program, feed)),
        [
            format!("A | 1000 GBP | {row_f}:12-14 7:120-122"),
            "B | 1000 GBP | 3:1-2 3:4-4".to_owned(),
            "C | 1000 GBP | 1:5-6".to_owned(),
            "C | 2000 GBP | 1:7-7".to_owned(),
            "D | 1000 GBP | Some(3)/Some(2)".to_owned(),
            "E | ? | None/None".to_owned(),
            "F | ? | None/None".to_owned(),
        ]
    );
}

#[test]
fn nothing_on_sale_is_none_and_a_shape_that_changed_is_unknown() {
    assert_eq!(read(".listings[] | {area: .a}", r#"{"listings":[]}"#), Read::default());
    assert!(unknown(".listings[] | {area: .a}", r#"{"items":[]}"#).contains("the program fails"));
    assert!(unknown(".listings[] | {area: .a}", "{\"listings\":[{").contains("no JSON"));
    assert!(unknown(".[] | {area: .name}", r#"[{"title":"N"}]"#).contains("none of the 1 parts"));
    assert!(unknown("error(\"back soon\")", "null").contains("back soon"));
}

#[test]
fn a_program_can_say_what_else_the_answer_means() {
    let told = |program| read_with(program, "null", &[]).unwrap_err();
    let reason = "sold out".to_owned();
    assert_eq!(told(r#"{reading: "notOnSale", reason: "sold out"}"#), Reading::NotOnSale { reason });
    assert_eq!(told(r#"{area: "N", count: 1}, {reading: "signedOut"}"#), Reading::SignedOut);
    assert!(matches!(told(r#"{reading: "great"}"#), Reading::Unknown { .. }));
}

#[test]
fn what_is_not_understood_is_told_and_hides_nothing() {
    let program = r#"{area: "N", count: 2, price: "free"}, {area: "N", cuont: 2}, {area: null, count: 1}, "N",
        {area: "N", count: 1, seats: []}, {area: "N", seats: [{seat: 1}]}, {area: "N", count: -1},
        {area: "N", runs: [{row: 1, from: 2}]}, {area: "N", quantity: {min: 4, max: 2}}, nan,
        {area: "N", price: 5, classes: [{id: 7, name: "Adult", price: {minor: 500}}, {id: "8"}]}"#;
    let read = read(program, "null");
    assert_eq!(told(&read.offers), ["N | ? | Some(2)/None", "N | 500 GBP | None/None"]);
    assert_eq!(read.offers[1].classes[0].price.unwrap().minor(), 500);
    assert_eq!(read.dropped.count, 10);
    let described = read.dropped.described.join("\n");
    for why in
        ["output 1: the price", "`cuont`", "a `row` or a `y`", "no number of seats", "4 seats at least"]
    {
        assert!(described.contains(why), "{why} is missing in {described}");
    }
}

#[test]
fn huge_numbers_and_wrong_types_break_nothing() {
    let feed = r#"[{"area":1e999,"count":1},{"area":"N","count":99999999999999999999},
        {"area":"N","count":18446744073709551615,"price":1e308},{"area":{"a":1}},{"area":"N","count":[1]}]"#;
    let read = read(".[]", feed);
    assert_eq!(told(&read.offers), ["N | ? | Some(4294967295)/None"]);
    assert_eq!(read.dropped.count, 5);
}

proptest! {
    #[test]
    fn no_output_breaks_the_gathering(outputs in prop::collection::vec("[\\[\\]{}\":,a-z0-9 .-]{0,60}", 0..6)) {
        let outputs: Vec<_> = outputs.into_iter().map(String::into_bytes).collect();
        let documents = BTreeMap::new();
        let given =
            Given { documents: &documents, event: None, market: Market::Primary, currency: Currency::GBP };
        drop(gathered(&outputs, given));
    }
}
