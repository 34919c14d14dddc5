use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use ticketfall_core::ids::EventId;
use ticketfall_core::offer::{Market, Stock};
use ticketfall_core::price::Currency;

use super::*;

fn read_for(page: &str, event: Option<&str>) -> Result<Read, Reading> {
    let event = event.map(|event| EventId::new(event).unwrap());
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let zone = TimeZone::get("Europe/London").unwrap();
    let given = Circumstances {
        market: Market::Primary,
        currency: Currency::GBP,
        event: event.as_ref(),
        now,
        zone: &zone,
    };
    read(page.as_bytes(), &given)
}

fn told(page: &str) -> Vec<String> {
    let read = match read_for(page, None) {
        Ok(read) => read,
        Err(reading) => return vec![format!("{}: {}", reading.name(), reading.reason().unwrap_or("-"))],
    };
    let words = read.offers.iter().map(|offer| {
        let price = offer.price.map_or("?".to_owned(), |price| price.to_string());
        let Stock::Count { available, .. } = offer.stock else { panic!("{offer:?}") };
        let count = available.map_or("?".to_owned(), |count| count.to_string());
        format!("{} {price} × {count}", offer.area)
    });
    words.collect()
}

/// A page with one block of JSON-LD.
fn page(json: &str) -> String {
    format!("<html><script type=\"application/ld+json\">{json}</script></html>")
}

/// A page that tells of one event with these offers.
fn event(offers: &str) -> String {
    page(&format!(
        r#"{{"@context":"https://schema.org","@type":"SportsEvent","name":"Derby","offers":{offers}}}"#
    ))
}

#[test]
fn one_offer_is_read_however_it_says_that_it_can_be_had() {
    for word in [
        "https://schema.org/InStock",
        "http://schema.org/InStock/",
        "InStock",
        "instock",
        "schema:LimitedAvailability",
        "OnlineOnly",
        "InStoreOnly",
        "PreSale",
        "PreOrder",
    ] {
        let offer =
            format!(r#"{{"@type":"Offer","price":"13.00","priceCurrency":"USD","availability":"{word}"}}"#);
        assert_eq!(told(&event(&offer)), ["Derby $13.00 × ?"], "{word}");
    }
}

#[test]
fn what_cannot_be_had_is_no_offer() {
    for word in
        ["SoldOut", "https://schema.org/OutOfStock", "Discontinued", "Reserved", "BackOrder", "MadeToOrder"]
    {
        let offer = format!(r#"{{"@type":"Offer","price":13,"availability":"{word}"}}"#);
        assert_eq!(told(&event(&offer)), [] as [&str; 0], "{word}");
    }
    assert_eq!(told(&event(r#"{"availability":"InStock","inventoryLevel":{"value":0}}"#)), [] as [&str; 0]);
}

#[test]
fn an_offer_that_does_not_say_whether_it_can_be_had_is_unknown() {
    let why = &told(&event(r#"{"@type":"Offer","price":"13.00"}"#))[0];
    assert!(why.starts_with("unknown:") && why.contains("does not say"), "{why}");
    let why = &told(&event(r#"{"@type":"Offer","availability":"Perhaps"}"#))[0];
    assert!(why.contains("\"Perhaps\" is not known"), "{why}");
    assert!(told(&event("[]"))[0].contains("of no offers"));
    assert!(told(&event("null"))[0].contains("of no offers"));
    let one_of_two = r#"[{"availability":"SoldOut"},{"price":1}]"#;
    assert!(told(&event(one_of_two))[0].starts_with("unknown:"), "{:?}", told(&event(one_of_two)));
}

#[test]
fn several_offers_have_their_own_names_prices_and_numbers() {
    let offers = r#"[
        {"@type":"Offer","name":"East &amp; West","price":"9.9","priceCurrency":"GBP","availability":"InStock","inventoryLevel":"10"},
        {"@type":"Offer","name":"Terrace","price":"£1,075.00","availability":"InStock","inventoryLevel":{"@type":"QuantitativeValue","value":3}},
        {"@type":"Offer","name":"Away","availability":"InStock","priceSpecification":[{"price":25,"priceCurrency":"EUR"}]},
        {"@type":"Offer","name":"Members","price":"5","availability":"SoldOut"}]"#;
    assert_eq!(told(&event(offers)), ["East & West £9.90 × 10", "Terrace £1,075.00 × 3", "Away €25.00 × ?"]);
}

#[test]
fn an_aggregate_counts_its_tickets_and_costs_what_the_cheapest_does() {
    let offers = r#"{"@type":"AggregateOffer","lowPrice":"35","highPrice":"90","offerCount":"1938","priceCurrency":"USD"}"#;
    assert_eq!(told(&event(offers)), ["Derby $35.00 × 1938"]);
    assert_eq!(told(&event(r#"{"@type":"AggregateOffer","lowPrice":"35","offerCount":0}"#)), [] as [&str; 0]);
    let nested = r#"{"@type":"AggregateOffer","lowPrice":5,"offers":[{"name":"A","price":7,"availability":"InStock"}]}"#;
    assert_eq!(told(&event(nested)), ["A £7.00 × ?"]);
}

#[test]
fn an_offer_counts_only_in_its_time() {
    let dated = |from: &str, through: &str| {
        event(&format!(
            r#"{{"price":5,"availability":"InStock","validFrom":"{from}","validThrough":"{through}"}}"#
        ))
    };
    assert_eq!(told(&dated("2026-11-22T11:59", "2026-11-22")), ["Derby £5.00 × ?"]);
    assert_eq!(told(&dated("2026-11-22T12:01+00:00", "")), [] as [&str; 0]);
    assert_eq!(told(&dated("", "2026-11-21")), [] as [&str; 0]);
    let read = read_for(&dated("2026-11-22T12:01:00Z", ""), None).unwrap();
    assert_eq!(read.changes_at, Some("2026-11-22T12:01:00Z".parse().unwrap()));
}

#[test]
fn a_cancelled_event_is_not_on_sale() {
    let json = r#"{"@type":"MusicEvent","eventStatus":"https://schema.org/EventCancelled","offers":{"availability":"InStock"}}"#;
    assert_eq!(told(&page(json)), ["notOnSale: EventCancelled"]);
    let moved = r#"{"@type":"MusicEvent","name":"Gala","eventStatus":"EventRescheduled","offers":{"availability":"InStock"}}"#;
    assert_eq!(told(&page(moved)), ["Gala ? × ?"]);
}

#[test]
fn graphs_lists_and_references_are_followed() {
    let graph = r##"{"@context":"https://schema.org","@graph":[{"@type":"WebPage","name":"x"},
        {"@type":["Thing","http://schema.org/TheaterEvent"],"name":"Play","offers":{"@id":"#o"}},
        {"@id":"#o","@type":"Offer","price":12,"availability":"InStock"}]}"##;
    assert_eq!(told(&page(graph)), ["Play £12.00 × ?"]);
    let list = r#"[false,null,[{"@type":"Festival","name":"Fair","offers":[{"availability":"InStock"}]}]]"#;
    assert_eq!(told(&page(list)), ["Fair ? × ?"]);
    let inside = r#"{"@type":"WebPage","mainEntity":{"@type":"Event","name":"In","offers":{"availability":"InStock"}}}"#;
    assert_eq!(told(&page(inside)), ["In ? × ?"]);
}

#[test]
fn broken_blocks_hide_no_others() {
    let page = "<script type='application/ld+json'>null</script><script type='application/ld+json'>{oops</script>\
        <script type='Application/LD+JSON; charset=utf-8'>{ // the event\n\"@type\": \"Event\", \"name\": \"Two\nlines\",\
        \"offers\": [{\"availability\": \"InStock\", \"price\": 3,},] /* yes */ }</script>";
    assert_eq!(told(page), ["Two lines £3.00 × ?"]);
    assert_eq!(read_for(page, None).unwrap().dropped.count, 1);
}

#[test]
fn a_block_that_is_escaped_as_a_whole_is_read() {
    let json = "{&quot;@type&quot;:&quot;Event&quot;,&quot;name&quot;:&quot;Esc&quot;,\
                &quot;offers&quot;:{&quot;availability&quot;:&quot;InStock&quot;}}";
    assert_eq!(told(&page(json)), ["Esc ? × ?"]);
}

#[test]
fn an_offer_that_hangs_on_no_event_is_read_when_it_is_for_one() {
    let loose = r#"[{"@type":"Event","name":"Solo"},{"@type":"Offer","price":8,"availability":"InStock"}]"#;
    assert_eq!(told(&page(loose)), ["Solo £8.00 × ?"]);
    let named = r#"{"@type":"Offer","price":8,"availability":"InStock","itemOffered":{"@type":"Event","name":"Named"}}"#;
    assert_eq!(told(&page(named)), ["Named £8.00 × ?"]);
    let scarf = r#"{"@type":"Offer","price":8,"availability":"InStock","itemOffered":{"@type":"Product","name":"Scarf"}}"#;
    assert!(told(&page(scarf))[0].contains("nothing of an event"));
}

#[test]
fn of_several_events_the_wanted_one_counts() {
    let json = r#"[{"@type":"Event","name":"One","url":"https://t.example/shows/71","offers":{"availability":"InStock"}},
        {"@type":"Event","name":"Two","url":"https://t.example/shows/7","offers":{"availability":"SoldOut"}}]"#;
    assert_eq!(read_for(&page(json), Some("7")).unwrap().offers.len(), 0);
    assert_eq!(read_for(&page(json), Some("71")).unwrap().offers.len(), 1);
    let Err(Reading::Unknown { reason }) = read_for(&page(json), Some("9")) else { panic!() };
    assert_eq!(reason, "the page tells of 2 events, and none of them is 9");
}

#[test]
fn microdata_is_read_like_json_ld() {
    let page = r#"<div itemscope itemtype="https://schema.org/Event"><span itemprop="name"> North v South </span>
        <div itemprop="location" itemscope itemtype="https://schema.org/Place"><b itemprop="name">Ground</b></div>
        <div itemprop="offers" itemscope itemtype="https://schema.org/AggregateOffer">
        from <span itemprop="lowPrice">$35</span> <span itemprop="offerCount">1938</span> left</div></div>"#;
    assert_eq!(told(page), ["North v South $35.00 × 1938"]);
    let open_span = r#"<div itemscope itemtype="http://schema.org/Event"><p itemprop=name>Gig</p>
        <span itemprop="offers" itemscope itemtype="http://schema.org/Offer"><i itemprop="price" content="13.00">$13</i>
        <span itemprop="priceCurrency" content="USD" /><link itemprop="availability" href="http://schema.org/InStock"></span></div>"#;
    assert_eq!(told(open_span), ["Gig $13.00 × ?"]);
}

#[test]
fn rdfa_is_read_like_json_ld() {
    let page = r#"<div vocab="https://schema.org/" typeof="Event"><span property="name">Fair</span>
        <div property="offers" typeof="Offer"><span property="price" content="12.50">12,50</span>
        <meta property="priceCurrency" content="EUR"><link property="availability" href="InStock"></div></div>"#;
    assert_eq!(told(page), ["Fair €12.50 × ?"]);
}

#[test]
fn a_page_that_says_it_twice_is_read_once() {
    let json = r#"{"@type":"Event","name":"A","offers":{"price":1,"availability":"InStock"}}"#;
    let both = format!(
        "{}<p itemscope itemtype=Event><i itemprop=name>B</i><b itemprop=offers itemscope>\
         <meta itemprop=availability content=InStock></b></p>",
        page(json)
    );
    assert_eq!(told(&both), ["A £1.00 × ?"]);
    let only_second = both.replace("\"offers\"", "\"other\"");
    assert_eq!(told(&only_second), ["B ? × ?"]);
}

#[test]
fn a_page_without_any_vocabulary_is_unknown() {
    for page in ["<p>Sold out</p>", "{}", "[]", r#"{"@type":"NewsArticle","name":"x"}"#, "<html>"] {
        assert!(told(page)[0].starts_with("unknown:"), "{page}");
    }
}

#[test]
fn a_price_that_is_not_understood_leaves_an_offer_without_one() {
    let read = read_for(&event(r#"{"price":"from £5","availability":"InStock"}"#), None).unwrap();
    assert_eq!((read.offers[0].price, read.dropped.count), (None, 1));
    let free = event(r#"{"price":0,"priceCurrency":"pounds","availability":"InStock"}"#);
    assert_eq!(read_for(&free, None).unwrap().offers[0].price, None);
}

#[test]
fn a_page_that_is_half_broken_is_unknown_where_the_other_half_sells_nothing() {
    let sold_out = r#"<div itemscope itemtype="https://schema.org/Event"><div itemprop="offers" itemscope
        itemtype="https://schema.org/Offer"><link itemprop="availability" href="https://schema.org/SoldOut"></div></div>"#;
    assert_eq!(read_for(sold_out, None).unwrap().offers, []);
    let half = format!("<script type=\"application/ld+json\">{{\"@type\":\"Event\",\"off</script>{sold_out}");
    assert!(matches!(read_for(&half, None), Err(Reading::Unknown { .. })));
}

proptest! {
    #[test]
    fn no_page_breaks_the_reader(text in "(<(div|script type=application/ld\\+json|p itemscope itemprop=offers|b typeof=Event|/div|/script)>|[{}\\[\\]\":,a-z0-9@]){0,40}") {
        drop(read_for(&text, None));
        drop(read_for(&page(&text), Some("7")));
    }
}
