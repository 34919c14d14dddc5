//! What the documentation tells people to write works.

use ticketfall::seller::Definition;

const SELLERS: &str = include_str!("../../../../docs/sellers.md");

#[test]
fn the_worked_example_of_a_definition_is_a_definition() {
    let example = SELLERS.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let definition = Definition::parse("docs/sellers.md", example).unwrap();
    let event = definition.event_id_from("https://tickets.northend.example/northend/EDP/Event/Index/4001");
    assert_eq!(event.unwrap().as_str(), "4001");
    assert_eq!(definition.per_member, Some(4));
    assert_eq!(definition.pace.floor.as_secs(), 3);
}

#[test]
fn every_part_of_the_shipped_exchange_is_explained() {
    let shipped: toml::Table = include_str!("../../sellers/exchange.toml").parse().unwrap();
    for part in shipped.keys() {
        let written = [format!("`{part}`"), format!("`[{part}]`"), format!("`[[{part}]]`")];
        assert!(written.iter().any(|part| SELLERS.contains(part)), "{part} is not explained");
    }
}
