use super::*;
use crate::seller::{Definition, Saved, read_saved};

fn proposed(page: &str, url: &str) -> Proposal {
    propose(page.as_bytes(), Some(&Url::parse(url).unwrap()), Timestamp::UNIX_EPOCH)
}

fn definition(proposal: &Proposal) -> Definition {
    Definition::parse("draft.toml", &proposal.text)
        .unwrap_or_else(|error| panic!("{error}\n{}", proposal.text))
}

#[test]
fn a_page_that_speaks_schema_org_needs_no_program() {
    let page = r#"<p>£12</p><script type="application/ld+json">{"@type":"Event","offers":{"availability":"InStock"}}</script>"#;
    let proposal = proposed(page, "https://www.halls.example/whats-on/4001-gala");
    let definition = definition(&proposal);
    assert_eq!(definition.id.as_str(), "halls-example");
    assert_eq!(definition.event_id_from("https://www.halls.example/whats-on/77").unwrap().as_str(), "77");
    assert!(proposal.found[2].contains("1 offer "), "{:?}", proposal.found);
    let read = read_saved(&definition, Saved::alone(page.as_bytes(), Timestamp::UNIX_EPOCH));
    assert_eq!(read.reading.snapshot().unwrap().offers.len(), 1);
}

#[test]
fn json_in_a_page_is_found_with_its_likeliest_list() {
    let page = r#"<script>var a = {"menu":[{"name":"Home","count":1}]};
        window.__SEATS__ = {"listings":[{"sectionName":"N1","row":"F","seat_no":12,"price":"£79.20"}]};</script>"#;
    let proposal = proposed(page, "https://t.example/show?id=9");
    assert!(proposal.text.contains("after = \"window.__SEATS__ =\""), "{}", proposal.text);
    assert!(proposal.text.contains(
        ".listings[]\n| {area: .sectionName, price: .price, seats: [{row: .row, seat: .seat_no}]}"
    ));
    assert!(proposal.text.contains("currency = \"GBP\""));
    definition(&proposal);
}

#[test]
fn json_in_a_string_and_json_of_its_own_are_found() {
    let string =
        r#"<script>load(JSON.parse("{\"areas\":[{\"area\":\"A\",\"qty\":2,\"pence\":700}]}"))</script>"#;
    let proposal = proposed(string, "https://t.example/7");
    assert!(proposal.text.contains("string = true"), "{}", proposal.text);
    assert!(proposal.text.contains("{area: .area, price: {minor: .pence}, count: .qty}"));
    definition(&proposal);
    let own = r#"<script id="__DATA__" type="application/json">{"z":[{"zone":"A","price":7}]}</script>"#;
    let proposal = proposed(own, "https://t.example/7");
    assert!(proposal.text.contains("selector = \"script#__DATA__\""), "{}", proposal.text);
    definition(&proposal);
}

#[test]
fn an_api_is_read_as_it_is() {
    let proposal = proposed(
        r#"{"offers":[{"block":"A","price":7.5,"free-seats":3}]}"#,
        "https://api.t.example/v1/events/7/offers",
    );
    assert!(proposal.text.contains("path = \"/v1/events/{{ event }}/offers\""), "{}", proposal.text);
    assert!(proposal.text.contains(".\"free-seats\""));
    definition(&proposal);
}

#[test]
fn a_page_that_tells_nothing_still_makes_a_file_that_can_be_used() {
    for page in ["<p>Hello</p>", "", "{}", "\u{0}\u{1}", "<script>x = {</script>"] {
        let proposal = propose(page.as_bytes(), None, Timestamp::UNIX_EPOCH);
        assert!(definition(&proposal).is_template(), "{page}");
        assert!(proposal.found.last().unwrap().contains("nothing on the page"));
    }
}
