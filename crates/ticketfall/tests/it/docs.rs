//! What the documentation tells people to write works.

use std::path::{Path, PathBuf};

use ticketfall::seller::Definition;

const SELLERS: &str = include_str!("../../../../docs/sellers.md");
const ARCHITECTURE: &str = include_str!("../../../../ARCHITECTURE.md");

#[test]
fn the_worked_example_of_a_definition_is_a_definition() {
    let section = SELLERS.split("## A club that runs the exchange").nth(1).unwrap();
    let example = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
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

#[test]
fn every_test_that_is_named_for_an_invariant_is_there() {
    let invariants = ARCHITECTURE.split("## Invariants").nth(1).unwrap().split("\n## ").next().unwrap();
    let is_test = |word: &&str| word.matches('_').count() > 2 && !word.contains(['/', ':', '.']);
    let named: Vec<&str> = invariants.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() >= 11, "{named:?}");
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    for test in named {
        let signature = format!("fn {test}(");
        assert!(sources.iter().any(|text| text.contains(&signature)), "no test is called {test}");
    }
}

fn sources(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path: PathBuf| {
            if path.is_dir() {
                return sources(&path);
            }
            let is_source = path.extension().is_some_and(|extension| extension == "rs");
            is_source.then(|| std::fs::read_to_string(&path).unwrap()).into_iter().collect()
        })
        .collect()
}
