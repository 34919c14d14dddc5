mod mapped;

use ticketfall_core::ids::EventId;
use url::Url;

use super::*;
use crate::seller::template::Values;

const OWN: &str = r#"
based_on = "exchange"
id = "northend"
name = "Northend FC"
origin = "https://tickets.northend.example"
prefix = "/northend"
"#;

fn northend() -> Definition {
    Definition::parse("northend.toml", OWN).unwrap()
}

fn with(more: &str) -> Result<Definition, DefinitionError> {
    Definition::parse("northend.toml", &format!("{OWN}{more}"))
}

fn told(more: &str) -> String {
    with(more).unwrap_err().to_string()
}

fn event() -> EventId {
    EventId::new("4001").unwrap()
}

fn values_of(definition: &Definition) -> Values {
    let page = definition.event_url(&event(), None).unwrap();
    definition.values(&event(), None, Some(page.as_str()))
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn the_definitions_that_ship_are_sound() {
    for id in ["boxoffice", "discovery", "exchange", "inventory-status", "schema-org", "seatgeek"] {
        let definition = Definition::parse(id, crate::seller::shipped(id).unwrap()).unwrap();
        assert_eq!(definition.id.as_str(), id);
        let is_exchange = definition.dialect == Dialect::Exchange;
        assert_eq!(definition.can_hold(), is_exchange);
        let holds = [&definition.hold.best_available, &definition.hold.seats];
        assert!(holds.iter().all(|steps| steps.is_empty() != is_exchange));
    }
}

#[test]
fn what_ships_keeps_its_floor() {
    let floor =
        |id: &str| Definition::parse(id, crate::seller::shipped(id).unwrap()).unwrap().pace.floor.as_secs();
    let ids = ["boxoffice", "exchange", "schema-org", "discovery", "inventory-status", "seatgeek"];
    assert_eq!(ids.map(floor), [0, 2, 30, 18, 18, 30]);
}

#[test]
fn five_lines_make_a_definition_of_a_shipped_one() {
    let definition = northend();
    assert_eq!(definition.pace.floor, Duration::from_secs(2));
    assert_eq!((definition.per_member, definition.shared, definition.private), (Some(4), true, false));
    assert_eq!(
        definition.event_url(&event(), None).unwrap().as_str(),
        "https://tickets.northend.example/northend/EDP/Event/Index/4001"
    );
    assert_eq!(definition.order_page_url().unwrap().path(), "/northend/Checkout/Basket");
    assert!(!definition.is_template());
}

#[test]
fn the_shipped_exchange_waits_for_its_origin() {
    let shipped = Definition::parse("exchange", crate::seller::shipped("exchange").unwrap()).unwrap();
    assert!(shipped.is_template());
    assert!(!shipped.at_origin(&url("https://tickets.northend.example")).is_template());
}

#[test]
fn one_key_of_a_table_can_be_replaced() {
    let definition = with("[pace]\nfloor = \"5s\"\n").unwrap();
    assert_eq!(definition.pace.floor, Duration::from_secs(5));
    assert_eq!(definition.pace.budget.unwrap().requests, 90);
}

#[test]
fn one_way_of_saying_where_replaces_the_other() {
    let definition = with("[requests.seat_map]\npath = \"/map\"\n").unwrap();
    let seat_map = definition.requests.seat_map.as_ref().unwrap();
    let built = seat_map.build(&definition, &values_of(&definition)).unwrap();
    assert_eq!(built.url.path(), "/northend/map");
}

#[test]
fn a_definition_must_be_based_on_one_that_ships() {
    let error = Definition::parse("n.toml", &OWN.replace("\"exchange\"", "\"exchagne\"")).unwrap_err();
    assert!(error.to_string().contains("n.toml:2:12: there is no such definition"), "{error}");
}

#[test]
fn an_unknown_key_is_an_error_with_its_place() {
    let error = with("[pace]\nflour = \"2s\"\n").unwrap_err().to_string();
    assert!(error.contains("northend.toml:8:1: unknown field `flour`"), "{error}");
}

#[test]
fn all_problems_are_told_at_once_each_with_its_place() {
    let text = r#"
        based_on = "exchange"
        id = "northend"
        name = "Northend FC"
        origin = "http://10.0.0.7/tickets"
        prefix = "northend/"
        time_zone = "Europe/Nowhere"
        currency = "POUNDS"
        event_urls = ["/EDP/Event/{number}"]
        look = ["primary", "exchange"]
        [page]
        key = { selector = "input[" }
        [requests.basket]
        path = "Checkout/{{ evnt }}"
    "#;
    let error = Definition::parse("n.toml", text).unwrap_err();
    let lines: Vec<_> = error
        .to_string()
        .lines()
        .skip(1)
        .map(|line| line.trim().split(':').nth(1).unwrap().to_owned())
        .collect();
    let mut found: Vec<u32> = lines.iter().map(|line| line.parse().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, [5, 6, 7, 8, 9, 12, 14, 14], "{error}");
    let labels = miette::Diagnostic::labels(&error).unwrap().count();
    assert_eq!(labels, 8);
}

#[test]
fn a_private_host_wants_saying_so() {
    for origin in [
        "https://127.0.0.1",
        "https://localhost:9000",
        "https://[::1]",
        "https://192.168.1.4",
        "https://100.64.0.1",
    ] {
        let text = OWN.replace("https://tickets.northend.example", origin);
        let error = Definition::parse("n.toml", &text).unwrap_err().to_string();
        assert!(error.contains("private = true"), "{error}");
        assert!(Definition::parse("n.toml", &format!("{text}private = true\n")).is_ok());
    }
    assert!(told("hosts = [\"127.0.0.1\"]\n").contains("private = true"));
    assert!(
        Definition::parse("n.toml", &OWN.replace("https:", "http:"))
            .unwrap_err()
            .to_string()
            .contains("in the clear")
    );
}

#[test]
fn requests_that_could_not_work_are_found_before_they_are_sent() {
    for (more, why) in [
        ("[requests.config]\npath = \"/{{ evnt }}\"", "nobody gives such a value"),
        ("[requests.config]\npath = \"/{{ event\"", "cannot read the template"),
        ("[requests.config]\npath = \"config\"", "begins with a slash"),
        ("[requests.config]\npath = \"/x\"\nurl_from = \"X\"", "not both"),
        ("[requests.config]\nmethod = \"FETCH\"", "use GET"),
        ("[requests.config]\njson = '{\"a\": \"{{ event }}\"}'", "values bring their own quotes"),
        ("[requests.config.headers]\nCookie = \"a=b\"", "set by the client"),
        ("[requests.config]\ncapture = { cart = \"cart\" }", "begins with a slash"),
        (
            "[requests.config]\ngranted = { list = \"gone\", area = \"a\", x = \"x\", y = \"y\" }",
            "capture_list",
        ),
        ("[[classify]]\nreading = \"blocked\"", "fits every answer"),
        ("[hold]\nneeds = [\"luck\"]", "no such value"),
        ("[pace]\nreserve = 90", "leaves no request"),
        ("[limits]\nper_member = 0", "at least 1"),
        ("version = 2", "reads version 1"),
    ] {
        let error = told(more);
        assert!(error.contains(why), "{more}: {error}");
    }
}

#[test]
fn an_event_is_known_by_its_url() {
    let definition = northend();
    let known = |url: &str| definition.event_id_from(url).map(|event| event.as_str().to_owned());
    assert_eq!(
        known("https://tickets.northend.example/northend/EDP/Event/Index/4001?position=3").as_deref(),
        Some("4001")
    );
    assert_eq!(
        known("https://tickets.northend.example/Northend/edp/event/index/4001/").as_deref(),
        Some("4001")
    );
    for foreign in [
        "https://tickets.northend.example/northend/EDP/Event/Index/",
        "https://tickets.northend.example/northend/EDP/Event/Index/4001/more",
        "https://tickets.northend.example/EDP/Event/Index/4001",
        "https://tickets.northend.example.evil.example/northend/EDP/Event/Index/4001",
        "http://tickets.northend.example/northend/EDP/Event/Index/4001",
        "4001",
    ] {
        assert_eq!(known(foreign), None, "{foreign}");
    }
    let keyed = "https://tickets.northend.example/northend/EDP/Event/Index/4004?Spell=open%20sesame";
    assert_eq!(definition.keyword_from(keyed).as_deref(), Some("open sesame"));
    let bare = |url: &str| definition.without_keyword(&self::url(url)).to_string();
    assert!(bare(keyed).ends_with("/Index/4004"), "{}", bare(keyed));
    assert!(bare(&format!("{keyed}&position=3")).ends_with("/Index/4004?position=3"));
}

#[test]
fn which_events_need_a_keyword_is_said_one_by_one_or_of_all() {
    let needs = |more: &str| {
        let definition = with(more).unwrap();
        ["4001", "4004"].map(|id| definition.needs_keyword(&EventId::new(id).unwrap()))
    };
    assert_eq!(needs(""), [false, false]);
    assert_eq!(needs("keyword_events = ['4004']"), [false, true]);
    assert_eq!(needs("keyword_events = ['*']"), [true, true]);
}

#[test]
fn a_url_that_definition_makes_is_one_that_it_knows() {
    let definition = northend();
    let made = definition.event_url(&event(), Some("a&b")).unwrap();
    assert_eq!(definition.event_id_from(made.as_str()), Some(event()));
    assert_eq!(definition.keyword_from(made.as_str()).as_deref(), Some("a&b"));
}

#[test]
fn paying_is_only_for_people_however_it_is_written() {
    let definition = northend();
    for path in [
        "/northend/Checkout/Payment",
        "/northend/checkout/PAYMENT/Index",
        "/Checkout//Payment/",
        "/Checkout/x/../Payment",
        "/Checkout/%50ayment",
        "/northend/Checkout%2FPayment",
        "/Checkout\\Payment",
        "/a/%2e%2e/Checkout/Payment/x",
    ] {
        assert!(
            definition.is_never_requested(&url(&format!("https://tickets.northend.example{path}"))),
            "{path}"
        );
    }
    for path in ["/northend/Checkout/Basket", "/northend/Checkout/PaymentTerms", "/northend/Payment"] {
        assert!(
            !definition.is_never_requested(&url(&format!("https://tickets.northend.example{path}"))),
            "{path}"
        );
    }
}

#[test]
fn no_definition_can_ask_for_payment() {
    let definition =
        with("never = []\n[requests.config]\npath = \"/Checkout/Payment/{{ event }}\"\n").unwrap();
    let built = definition.requests.config.as_ref().unwrap().build(&definition, &values_of(&definition));
    assert!(matches!(built, Err(BuildError::Never(_))), "{built:?}");
}

#[test]
fn a_url_that_the_config_names_may_not_lead_elsewhere() {
    let definition = northend();
    let seat_map = definition.requests.seat_map.as_ref().unwrap();
    for (target, foreign) in [
        ("https://evil.example/steal", true),
        ("//evil.example/steal", true),
        ("http://tickets.northend.example/northend", true),
        ("https://tickets.northend.example:8443/", true),
        ("https://ada:pw@tickets.northend.example/", true),
        ("https://northend.queue-it.net/", true),
        ("/northend/EDP/Ism/SeatMap?eventId=4001", false),
    ] {
        let values = values_of(&definition).with(
            "urls",
            [("AvailabilityUrl", target)].into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        );
        let built = seat_map.build(&definition, &values);
        assert_eq!(matches!(built, Err(BuildError::Foreign(_))), foreign, "{target}: {built:?}");
    }
}

#[test]
fn further_hosts_and_waiting_rooms_are_told_apart() {
    let definition = with("hosts = [\"feeds.northend.example\"]\n").unwrap();
    assert!(definition.is_own(&url("https://feeds.northend.example/x")));
    for foreign in [
        "https://feeds.northend.example:444/x",
        "http://feeds.northend.example/x",
        "https://x.feeds.northend.example/",
    ] {
        assert!(!definition.is_own(&url(foreign)), "{foreign}");
    }
    assert!(definition.is_waiting_room(&url("https://northend.queue-it.net/?c=northend")));
    assert!(!definition.is_waiting_room(&url("https://evilqueue-it.net/")));
}

#[test]
fn a_write_carries_one_key_and_one_origin() {
    let definition = with("[headers.write]\nrequestverificationtoken = \"{{ page_key }}\"\n").unwrap();
    let values = values_of(&definition).with("page_key", "k3y").with("urls", ()).with("class", "5511");
    let values = values
        .with("market", "exchange")
        .with("quantity", 2)
        .with("together", true)
        .with("area", "12\"/&")
        .with("band", "07");
    let step = &definition.hold.best_available[0];
    let request = step.build(&definition, &values).unwrap();
    for name in ["requestverificationtoken", "origin", "x-requested-with", "content-type", "referer"] {
        assert_eq!(request.headers.get_all(name).iter().count(), 1, "{name}");
    }
    assert_eq!(request.headers["origin"], "https://tickets.northend.example");
    assert!(!format!("{:?}", request.headers).contains("k3y"));
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        (body["EventId"].as_i64(), body["AreaId"].as_str(), body["PriceBandId"].as_str()),
        (Some(4001), Some("12\"/&"), Some("07"))
    );
    assert_eq!(request.url.path(), "/northend/EDP/BestAvailable/ResaleSeats");
}

#[test]
fn an_area_and_a_band_may_be_left_out() {
    let definition = northend();
    let values = Values::default()
        .with("event", "4001")
        .with("origin", "o")
        .with("page_url", "p")
        .with("page_key", "k");
    let values = values
        .with("market", "primary")
        .with("quantity", 1)
        .with("together", false)
        .with("area", ())
        .with("band", ());
    let request = definition.hold.best_available[0].build(&definition, &values).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert!(body.get("AreaId").is_none() && body.get("PriceBandId").is_none());
    assert_eq!(request.url.path(), "/northend/EDP/BestAvailable/RegularSeats");
}

#[test]
fn a_form_is_a_body_too() {
    let more = "[[hold.seats]]\nmethod = \"POST\"\npath = \"/hold\"\nform = { token = \"{{ page_key }}\", seat = \"a b&c\", who = \"{{ area }}\" }\n";
    let definition = with(more).unwrap();
    let values = values_of(&definition).with("page_key", "k=&").with("area", "é");
    let request = definition.hold.seats[0].build(&definition, &values).unwrap();
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.body, "seat=a%20b%26c&token=k%3D%26&who=%C3%A9");
}

#[test]
fn a_page_of_the_waiting_room_is_told_by_its_path_or_its_elements() {
    let page = |keys: &str| with(&format!("[[waiting_room.page]]\n{keys}"));
    let refused = page("shows = \"refused\"\npath = \"/Wrong/\"\nreason = \"no\"\n").unwrap();
    let is_refusal = |path: &str| refused.waiting_room.is_refusal(&url(&format!("https://q.example{path}")));
    assert!(is_refusal("/wrong/?c=x") && !is_refusal("/?c=x"));
    for (keys, said) in [
        ("shows = \"paused\"\n", "name a `path` or a `selector`"),
        ("shows = \"paused\"\npath = \"/p\"\nreason = \"no\"\n", "belongs to shows = \"refused\""),
        ("shows = \"paused\"\nselector = \"[\"\n", "no CSS selector"),
        ("shows = \"over\"\npath = \"/p\"\n", "unknown variant"),
    ] {
        let told = page(keys).unwrap_err().to_string();
        assert!(told.contains(said), "{told}");
    }
}
