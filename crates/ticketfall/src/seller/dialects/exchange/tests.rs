use std::sync::Arc;

use proptest::prelude::*;
use ticketfall_core::offer::Stock;
use ticketfall_core::price::Price;
use ticketfall_core::seat::SeatRun;

use super::*;
use crate::seller::definition::SeatMapRules;
use crate::seller::dialects::read::{Read, ReadContext, Unknown};
use ticketfall_core::offer::Market;
use ticketfall_core::price::Currency;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/exchange/", $name)).as_slice()
    };
}

fn config() -> Config {
    read_config(fixture!("config.json"), Currency::GBP).unwrap()
}

fn read(market: Market, bytes: &[u8]) -> Result<Read, Unknown> {
    let catalogue = config().catalogue;
    read_availability(bytes, &ReadContext { market, currency: Currency::GBP, catalogue: &catalogue })
}

fn rules() -> SeatMapRules {
    SeatMapRules { available: vec!["A".to_owned()], first_x: 0, first_y: 0 }
}

fn runs(stock: &Stock) -> Vec<(i32, i32, i32)> {
    match stock {
        Stock::Runs(runs) => runs.iter().map(|run| (run.y, run.start, run.end)).collect(),
        Stock::Count { .. } => Vec::new(),
    }
}

fn pence(pence: i64) -> Price {
    Price::new(pence, Currency::GBP)
}

#[test]
fn an_empty_feed_is_no_offers_and_not_unknown() {
    assert_eq!(read(Market::Exchange, fixture!("availability-empty.json")), Ok(Read::default()));
}

#[test]
fn one_offer_is_read_whole() {
    let read = read(Market::Exchange, fixture!("availability-one.json")).unwrap();
    let [offer] = &read.offers[..] else { panic!("{read:?}") };
    assert_eq!((offer.area.as_str(), offer.area_name.as_deref()), ("1201", Some("East Lower 1")));
    assert_eq!(
        (offer.market, offer.band.as_deref(), offer.price),
        (Market::Exchange, Some("12"), Some(pence(7500)))
    );
    assert_eq!(runs(&offer.stock), [(7, 120, 122)]);
    assert_eq!(
        offer.classes.iter().map(|class| (&*class.id, class.price)).collect::<Vec<_>>(),
        [("5511", Some(pence(7500))), ("5512", Some(pence(2500)))]
    );
}

#[test]
fn numbers_may_be_texts_and_a_band_may_lack_its_zero() {
    let read = read(Market::Exchange, fixture!("availability-many.json")).unwrap();
    let shown: Vec<_> =
        read.offers.iter().map(|offer| (offer.area.as_str(), offer.band.as_deref(), offer.price)).collect();
    assert_eq!(
        shown,
        [
            ("1201", Some("12"), Some(pence(107_500))),
            ("1201", Some("07"), Some(pence(4850))),
            ("1202", Some("99"), None),
        ]
    );
    assert_eq!(runs(&read.offers[0].stock), [(7, 120, 122), (9, 4, 4)]);
    assert_eq!(read.dropped.count, 0);
}

#[test]
fn a_price_of_the_club_never_stands_in_for_one_of_the_exchange() {
    let unpriced = String::from_utf8_lossy(fixture!("availability-one.json")).replace("£75.00", "ask us");
    let exchange = read(Market::Exchange, unpriced.as_bytes()).unwrap();
    assert_eq!((exchange.offers[0].price, exchange.offers[0].classes.len()), (None, 0));
    let primary = read(Market::Primary, fixture!("availability-one.json")).unwrap();
    assert_eq!(primary.offers[0].price, None);
    assert_eq!(primary.offers[0].classes[0].price, Some(pence(7500)));
}

#[test]
fn what_is_broken_is_dropped_and_counted_and_the_rest_is_read() {
    let read = read(Market::Exchange, fixture!("availability-partly-broken.json")).unwrap();
    let [offer] = &read.offers[..] else { panic!("{read:?}") };
    assert_eq!((runs(&offer.stock), offer.price), (vec![(2, 6, 8)], Some(pence(3000))));
    assert_eq!(read.dropped.count, 7, "{:?}", read.dropped.described);
    assert!(
        read.dropped.described.iter().any(|told| told.contains("area 1203") && told.contains("back to 4"))
    );
}

#[test]
fn a_feed_of_which_nothing_is_understood_is_unknown_and_never_none() {
    for (bytes, why) in [
        (fixture!("availability-nulls.json"), "none of the"),
        (fixture!("availability-truncated.json"), "breaks off after"),
        (fixture!("maintenance.html"), "a page instead of JSON"),
        (fixture!("block.json"), "no JSON that is understood"),
        (b"".as_slice(), "an empty answer"),
        (b"null".as_slice(), "no JSON that is understood"),
        (b"[null]".as_slice(), "none of the"),
    ] {
        let Unknown(told) = read(Market::Exchange, bytes).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn areas_and_bands_are_shared_by_all_readings() {
    let catalogue = config().catalogue;
    let context = ReadContext { market: Market::Exchange, currency: Currency::GBP, catalogue: &catalogue };
    let one = read_availability(fixture!("availability-one.json"), &context).unwrap();
    let other = read_availability(fixture!("availability-one.json"), &context).unwrap();
    assert!(Arc::ptr_eq(&one.offers[0].classes, &other.offers[0].classes));
    let names = [&one, &other].map(|read| read.offers[0].area_name.clone().unwrap());
    assert!(Arc::ptr_eq(&names[0], &names[1]));
}

#[test]
fn a_config_names_areas_prices_and_urls() {
    let Config { catalogue, urls, dropped } = config();
    let names: Vec<_> = catalogue.areas().map(|area| (area.id.as_str(), area.name.as_deref())).collect();
    assert_eq!(names, [("1201", Some("East Lower 1")), ("1202", Some("East  Lower 2")), ("1203", None)]);
    let prices: Vec<_> =
        catalogue.band("12").unwrap().classes.iter().map(|class| (&*class.name, class.price)).collect();
    assert_eq!(prices, [("Adult", Some(pence(7500))), ("Junior", Some(pence(2500)))]);
    let prices: Vec<_> =
        catalogue.band("7").unwrap().classes.iter().map(|class| (&*class.name, class.price)).collect();
    assert_eq!(prices, [("Adult", Some(pence(4850))), ("5513", None)]);
    assert_eq!(urls["AvailabilityUrl"], "/northend/EDP/Ism/SeatMap?eventId=4001");
    assert_eq!(urls["PurgeLocksUrl"], "/northend/EDP/Ism/PurgeLocks");
    assert_eq!((urls.len(), dropped.count), (2, 2));
}

#[test]
fn a_config_that_says_nothing_is_unknown() {
    for bytes in [b"{}".as_slice(), fixture!("block.json"), fixture!("maintenance.html"), b"[]"] {
        assert!(read_config(bytes, Currency::GBP).is_err());
    }
}

#[test]
fn a_seat_map_becomes_runs_and_names() {
    let read = read_seat_map(fixture!("seat-map.json"), &config().catalogue, &rules()).unwrap();
    let [area] = &read.map.areas[..] else { panic!("{read:?}") };
    assert_eq!((area.area.as_str(), area.band.as_deref(), area.classes.len()), ("1201", Some("12"), 2));
    let run = |y, start, end| SeatRun { y, start, end };
    assert_eq!(area.runs, [run(0, 1, 3), run(1, 0, 1), run(1, 3, 3), run(2, 0, 1)]);
    let plan = &read.plan.areas[&area.area];
    assert_eq!(plan.rows.iter().map(|(y, name)| (*y, &**name)).collect::<Vec<_>>(), [(0, "A"), (1, "B")]);
    assert_eq!(
        plan.seats.iter().map(|(x, name)| (*x, &**name)).collect::<Vec<_>>(),
        [(0, "10"), (1, "9"), (2, "8"), (3, "7")]
    );
    assert_eq!(read.plan.areas.len(), 3);
}

#[test]
fn a_section_that_is_not_understood_is_dropped_with_why() {
    let read = read_seat_map(fixture!("seat-map.json"), &config().catalogue, &rules()).unwrap();
    assert_eq!(read.dropped.count, 3);
    assert!(read.dropped.described[0].contains("1 cells for 1 rows of 2 seats"), "{:?}", read.dropped);
    assert!(read.dropped.described[1].contains("the config names no such area"));
}

#[test]
fn coordinates_begin_where_the_definition_says() {
    let rules = SeatMapRules { first_x: 1, first_y: 100, ..rules() };
    let read = read_seat_map(fixture!("seat-map.json"), &config().catalogue, &rules).unwrap();
    assert_eq!(read.map.areas[0].runs[0], SeatRun { y: 100, start: 2, end: 4 });
    assert_eq!(read.plan.areas[&read.map.areas[0].area].rows[&100].as_ref(), "A");
}

#[test]
fn a_map_of_two_markets_has_no_run_across_them() {
    let bytes = br#"{"Sections": [{"SectionName": "East Lower 1", "RowNames": [{"Name": "A"}], "SeatNames": ["1", "2", "3"],
        "ExtendedTicketTypes": ["01,1", "01,1", "04,1"],
        "StatusSummary": [{"Code": "01", "Symbol": "A"}, {"Code": "04", "Symbol": "A"}]}]}"#;
    let read = read_seat_map(bytes, &config().catalogue, &rules()).unwrap();
    assert_eq!(
        read.map.areas[0].runs,
        [SeatRun { y: 0, start: 0, end: 1 }, SeatRun { y: 0, start: 2, end: 2 }]
    );
}

#[test]
fn totals_are_added_up() {
    assert_eq!(read_totals(br#"[{"AvailableSeats": 3, "AreaId": 1}, {"AvailableSeats": 4}]"#), Ok(7));
    assert!(read_totals(br#"[{"AvailableSeats": null}]"#).is_err());
}

/// JSON of the right names with values of any kind.
fn anything() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<i64>().prop_map(Into::into),
        "[0-9£,. a-z-]{0,8}".prop_map(Into::into),
    ];
    let name = prop_oneof![
        Just("AreaId"),
        Just("PriceBands"),
        Just("PriceBandCode"),
        Just("TotalValueFormatted"),
        Just("AvailableSeatsIntervals"),
        Just("YCoord"),
        Just("StartXCoord"),
        Just("EndXCoord"),
        Just("Sections"),
        Just("SectionName"),
        Just("RowNames"),
        Just("SeatNames"),
        Just("ExtendedTicketTypes"),
        Just("StatusSummary"),
        Just("Areas"),
        Just("Prices"),
        Just("Urls"),
        Just("Id"),
        Just("Name"),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn read_as_everything(bytes: &[u8]) {
    let catalogue = config().catalogue;
    for market in [Market::Primary, Market::Exchange] {
        if let Ok(read) = read(market, bytes) {
            assert!(
                !read.offers.is_empty() || read.dropped.count == 0,
                "dropped everything and claimed none"
            );
        }
    }
    drop(read_config(bytes, Currency::GBP));
    drop(read_seat_map(bytes, &catalogue, &rules()));
    drop(read_totals(bytes));
    sections_as_areas(bytes);
}

#[test]
fn a_map_of_which_a_section_is_broken_is_unknown_where_the_others_have_no_seats() {
    let section = |code: &str, cells: &str| {
        format!(
            r#"{{"SectionName":"East Lower 1","RowNames":[{{"Name":"A"}}],"SeatNames":["1"],
                "ExtendedTicketTypes":["{cells}"],"StatusSummary":[{{"{code}":"1","Symbol":"A"}},{{"Code":"2","Symbol":"S"}}]}}"#
        )
    };
    let map = |sections: &[String]| {
        let text = format!(r#"{{"Sections":[{}]}}"#, sections.join(","));
        read_seat_map(text.as_bytes(), &config().catalogue, &rules())
    };
    let (sold, broken, free) = (section("Code", "02,1"), section("Kode", "01,1"), section("Code", "01,1"));
    assert!(map(std::slice::from_ref(&sold)).unwrap().map.areas[0].runs.is_empty());
    assert!(map(&[sold, broken.clone()]).is_err());
    assert_eq!(map(&[broken, free]).unwrap().dropped.count, 1);
}

proptest! {
    #[test]
    fn no_bytes_panic_a_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn no_json_panics_a_reader(json in anything()) {
        read_as_everything(json.to_string().as_bytes());
    }

    #[test]
    fn runs_of_a_map_cover_its_available_cells(cells in proptest::collection::vec(any::<bool>(), 1..60), width in 1usize..7) {
        let rows = cells.len() / width;
        prop_assume!(rows > 0);
        let cells = &cells[..rows * width];
        let codes: Vec<_> = cells.iter().map(|on| format!("{},1", if *on { "01" } else { "02" })).collect();
        let map = serde_json::json!({"Sections": [{
            "SectionName": "East Lower 1", "ExtendedTicketTypes": codes,
            "RowNames": vec![serde_json::json!({"Name": "A"}); rows], "SeatNames": vec!["1"; width],
            "StatusSummary": [{"Code": "1", "Symbol": "A"}, {"Code": "2", "Symbol": "S"}],
        }]});
        let read = read_seat_map(map.to_string().as_bytes(), &config().catalogue, &rules()).unwrap();
        for (n, on) in cells.iter().enumerate() {
            let (y, x) = (i32::try_from(n / width).unwrap(), i32::try_from(n % width).unwrap());
            let covering = read.map.areas[0].runs.iter().filter(|run| run.contains(y, x)).count();
            prop_assert_eq!(covering, usize::from(*on));
        }
    }
}
