//! The other buyers: who notices a fall, how soon, and under which name. They buy inside the house.

use std::time::Duration;

use crate::money::Pence;
use crate::script::Rivals;
use crate::tokens;

const NAMES: [&str; 16] = [
    "Magpie",
    "Jackdaw",
    "Heron",
    "Kestrel",
    "Wren",
    "Curlew",
    "Dipper",
    "Fieldfare",
    "Gannet",
    "Lapwing",
    "Merlin",
    "Nuthatch",
    "Osprey",
    "Plover",
    "Siskin",
    "Turnstone",
];

/// The name of a rival in the books.
pub(crate) fn name(rival: usize) -> String {
    let name = NAMES[rival % NAMES.len()];
    match rival / NAMES.len() {
        0 => name.to_owned(),
        again => format!("{name} {}", again + 1),
    }
}

/// The rivals who go for a fall, with how long after it each tries to buy.
pub(crate) fn reactions(rivals: &Rivals, seed: u64, fall: usize, price: Pence) -> Vec<(usize, Duration)> {
    if rivals.max_price.is_some_and(|most| most < price) {
        return Vec::new();
    }
    let [least, most] = rivals.reaction_ms;
    let mut rng = tokens::rng(seed, &["rivals", &fall.to_string()]);
    let mut reactions = Vec::new();
    for rival in 0..rivals.count {
        // Both are drawn for everybody, so that one rival's appetite never moves another's reaction.
        let (hunger, delay) = (rng.f64(), rng.u64(least..=most));
        if hunger < rivals.appetite {
            reactions.push((rival, Duration::from_millis(delay)));
        }
    }
    reactions
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn rivals(count: usize, appetite: f64) -> Rivals {
        Rivals { count, appetite, reaction_ms: [5, 90], max_price: Some(Pence(10_000)) }
    }

    #[test]
    fn the_hungry_all_go_and_the_others_never() {
        assert_eq!(reactions(&rivals(9, 1.0), 1, 0, Pence(100)).len(), 9);
        assert_eq!(reactions(&rivals(9, 0.0), 1, 0, Pence(100)).len(), 0);
    }

    #[test]
    fn nobody_goes_for_what_is_too_dear() {
        assert_eq!(reactions(&rivals(9, 1.0), 1, 0, Pence(10_000)).len(), 9);
        assert_eq!(reactions(&rivals(9, 1.0), 1, 0, Pence(10_001)).len(), 0);
    }

    #[test]
    fn reactions_stay_within_the_script_and_follow_from_the_seed() {
        let once = reactions(&rivals(50, 0.5), 1, 7, Pence(100));
        assert!(once.iter().all(|(_, delay)| (5..=90).contains(&delay.as_millis())));
        assert_eq!(once, reactions(&rivals(50, 0.5), 1, 7, Pence(100)));
        assert_ne!(once, reactions(&rivals(50, 0.5), 1, 8, Pence(100)));
    }

    #[test]
    fn every_rival_has_a_name_of_its_own() {
        let names: BTreeSet<String> = (0..100).map(name).collect();
        assert_eq!(names.len(), 100);
    }
}
