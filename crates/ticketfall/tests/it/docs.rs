//! What the documentation tells people to write works.

use std::path::{Path, PathBuf};

use ticketfall::seller::Definition;

const SELLERS: &str = include_str!("../../../../docs/sellers.md");
const SECURITY: &str = include_str!("../../../../docs/security.md");
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
    let named = tests_named_in(invariants);
    assert!(named.len() >= 11, "{named:?}");
    assert_eq!(missing(&named), [] as [&str; 0]);
}

#[test]
fn every_test_that_is_named_against_an_attack_is_there() {
    let named = tests_named_in(SECURITY);
    assert!(named.len() >= 60, "{named:?}");
    assert_eq!(missing(&named), [] as [&str; 0]);
}

#[test]
fn every_attack_has_what_stops_it_and_the_test_that_shows_it() {
    let tables = SECURITY.split("| they can try | what stops it | shown by |\n|---|---|---|\n").skip(1);
    let attacks = tables.flat_map(|table| table.lines().take_while(|line| line.starts_with("| ")));
    let unshown: Vec<&str> = attacks.clone().filter(|attack| tests_named_in(attack).is_empty()).collect();
    assert!(attacks.count() >= 30);
    assert_eq!(unshown, [] as [&str; 0]);
}

/// The words in backticks that can only be tests.
fn tests_named_in(text: &str) -> Vec<&str> {
    let is_test = |word: &&str| word.matches('_').count() > 2 && !word.contains(['/', ':', '.', ' ']);
    text.split('`').skip(1).step_by(2).filter(is_test).collect()
}

fn missing<'t>(named: &[&'t str]) -> Vec<&'t str> {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let is_there = |test: &str| {
        let signature = format!("fn {test}(");
        sources.iter().any(|text| text.contains(&signature))
    };
    named.iter().copied().filter(|test| !is_there(test)).collect()
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
