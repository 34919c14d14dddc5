use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(value: Value) -> Result<Configuration, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn the_original_configuration_reads_as_the_defaults() {
    let original = json!({
        "speedLimit": "1", "seatCount": 2, "selectedType": "All",
        "selectedAreas": [], "keyword1": "", "requestTimeout": 30000
    });
    assert_eq!(read(original), Ok(Configuration::default()));
    assert_eq!(read(json!({})), Ok(Configuration::default()));
    assert_eq!(read(json!({ "seatCount": null, "event": null })), Ok(Configuration::default()));
}

#[test]
fn the_defaults_are_written_with_the_names_of_the_wire() {
    let wire = serde_json::to_string(&Configuration::default()).unwrap();
    insta::assert_snapshot!(wire, @r#"{"speedLimit":"1","seatCount":2,"selectedType":"All","selectedAreas":[],"keyword1":"","requestTimeout":30000,"maxPrice":{"amount":"100.00","currency":"GBP"},"together":true,"rows":[],"onMatch":"hold","priority":0}"#);
}

#[test]
fn the_speed_limit_is_a_text_or_a_number_of_seconds() {
    let interval = |speed: Value| read(json!({ "speedLimit": speed })).unwrap().interval();
    assert_eq!(interval(json!("1.5")), Duration::from_millis(1_500));
    assert_eq!(interval(json!(1.5)), Duration::from_millis(1_500));
    assert_eq!(interval(json!(2)), Duration::from_secs(2));
    assert_eq!(interval(json!("0.1")), Duration::from_millis(100));
    assert_eq!(interval(json!(86_400)), Duration::from_hours(24));
}

#[test]
fn a_value_out_of_range_is_refused_with_its_field_and_what_is_allowed() {
    let refused = [
        json!({ "speedLimit": "0.05" }),
        json!({ "speedLimit": 86_401 }),
        json!({ "speedLimit": "fast" }),
        json!({ "speedLimit": 1e300 }),
        json!({ "seatCount": 0 }),
        json!({ "seatCount": 21 }),
        json!({ "seatCount": "two" }),
        json!({ "selectedType": " " }),
        json!({ "selectedAreas": "12" }),
        json!({ "selectedAreas": [["12"]] }),
        json!({ "requestTimeout": 999 }),
        json!({ "event": "ftp://northend.example/1" }),
        json!({ "maxPrice": 100 }),
        json!({ "maxPrice": { "amount": "1.005", "currency": "GBP" } }),
        json!({ "together": "yes" }),
        json!({ "rows": [null] }),
        json!({ "onMatch": "buy" }),
        json!({ "priority": 1.5 }),
    ];
    let errors: Vec<_> =
        refused.into_iter().map(|wire| format!("cannot {}", read(wire).unwrap_err())).collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn lists_and_urls_have_limits() {
    let rows = |count: usize| json!({ "rows": (0..count).map(|row| row.to_string()).collect::<Vec<_>>() });
    assert!(read(rows(200)).is_ok() && read(rows(201)).is_err());
    let event = |url: &str| read(json!({ "event": url }));
    assert!(event("https://northend.example/1").is_ok() && event("https://").is_err());
    assert!(event("https://northend.example/a b").is_err());
    assert!(event(&format!("https://northend.example/{}", "1".repeat(2_048))).is_err());
}

#[test]
fn an_unknown_field_is_refused_by_name() {
    assert!(read(json!({ "seatcount": 2 })).unwrap_err().contains("seatcount"));
}

#[test]
fn an_access_keyword_is_written_nowhere_and_shows_in_no_error() {
    let with = read(json!({ "keyword1": " northend-2026 " })).unwrap();
    assert_eq!(with.keyword1.reveal(), Some("northend-2026"));
    assert!(!format!("{with:?}").contains("northend"));
    assert!(!serde_json::to_string(&with).unwrap().contains("northend"));
    let error = Keyword::new("two\nlines of northend").unwrap_err();
    assert!(error.field == "keyword1" && !error.to_string().contains("northend"));
    assert!(!read(json!({ "keyword1": ["northend-2026"] })).unwrap_err().contains("northend"));
    assert_eq!(Configuration::default().keyword1.reveal(), None);
}

#[test]
fn area_ids_may_be_numbers_and_are_kept_once() {
    let areas = read(json!({ "selectedAreas": [12, "7", "12"] })).unwrap().selected_areas;
    assert_eq!(areas, [AreaId::new("12").unwrap(), AreaId::new("7").unwrap()]);
}

#[test]
fn one_seat_is_always_together() {
    let criteria = read(json!({ "seatCount": 1, "together": false })).unwrap().criteria();
    assert_eq!((criteria.seats, criteria.together), (1, true));
    assert!(!read(json!({ "together": false })).unwrap().criteria().together);
}

#[test]
fn flags_of_a_command_read_like_the_wire() {
    assert_eq!("1.50".parse::<SpeedLimit>().unwrap().to_string(), "1.5");
    assert!("25h".parse::<SpeedLimit>().unwrap_err().to_string().contains("speedLimit"));
    assert_eq!("4".parse(), SeatCount::new(4));
    assert!(SeatCount::new(21).is_err());
    assert_eq!("1000".parse(), RequestTimeout::from_millis(1_000));
    assert!(SpeedLimit::new(Duration::from_millis(99)).is_err());
}

prop_compose! {
    fn configurations()(
        millis in 100..=86_400_000_u64, seats in 1..=20_u32, name in "[A-Z][a-z]{0,8}",
        areas in prop::collection::btree_set("[a-z0-9]{1,4}", 0..4), keyword in "[a-z]{0,6}",
        timeout in 1_000..=120_000_u32, minor in 0..1_000_000_i64, flags in any::<(bool, bool)>(),
        event in prop::option::of("https://northend\\.example/[0-9]{1,4}"), priority in any::<i32>(),
        rows in prop::collection::btree_set("[A-Z]{1,2}", 0..3),
    ) -> Configuration {
        Configuration {
            speed_limit: SpeedLimit::new(Duration::from_millis(millis)).unwrap(),
            seat_count: SeatCount::new(seats).unwrap(),
            selected_type: name.parse().unwrap(),
            selected_areas: areas.into_iter().map(|id| AreaId::new(id).unwrap()).collect(),
            keyword1: Keyword(keyword),
            request_timeout: RequestTimeout::from_millis(timeout).unwrap(),
            event,
            max_price: Price::new(minor, Currency::EUR),
            together: flags.0,
            rows: rows.into_iter().collect(),
            on_match: if flags.1 { OnMatch::Hold } else { OnMatch::Notify },
            priority,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_can_be_read_back_but_for_the_keyword(configuration in configurations()) {
        let wire = serde_json::to_string(&configuration).unwrap();
        let read = serde_json::from_str::<Configuration>(&wire).unwrap();
        prop_assert_eq!(read, Configuration { keyword1: Keyword::default(), ..configuration });
    }

    #[test]
    fn any_interval_in_range_can_be_read_back(nanos in 100_000_000..=86_400_000_000_000_u64) {
        let limit = SpeedLimit::new(Duration::from_nanos(nanos)).unwrap();
        prop_assert_eq!(limit.to_string().parse(), Ok(limit));
    }
}
