//! A venue as its areas' names tell it: stands, their tiers, and the areas in order.

use std::collections::BTreeMap;

use ticketfall_core::ids::AreaId;
use ticketfall_core::plan::Plan;

/// The stands of a ground in the order they are walked past, from the one on top of a map.
const COMPASS: [&str; 4] = ["north", "east", "south", "west"];
/// Tiers from the pitch up; others keep the order of their names.
const TIERS: [&str; 4] = ["lower", "middle", "club", "upper"];

/// One area, by its name's parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) id: AreaId,
    /// All of its name.
    pub(super) name: String,
    /// The part that is its own: "5" of "East Lower 5".
    pub(super) short: String,
    /// The part between: "Lower".
    pub(super) tier: String,
}

/// Areas that stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) name: String,
    pub(super) areas: Vec<Area>,
}

/// Every stand of a venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stands(pub(super) Vec<Stand>);

impl Stands {
    /// The areas of a plan that have a name, or a number in place of one.
    pub(super) fn of(plan: &Plan) -> Self {
        let areas = plan.areas.iter().map(|(id, area)| {
            let name = area.name.as_deref().unwrap_or(id.as_str());
            (id.clone(), name.to_owned())
        });
        Self::called(areas)
    }

    /// Areas by what they are called.
    pub(super) fn called(areas: impl Iterator<Item = (AreaId, String)>) -> Self {
        let mut stands: BTreeMap<(usize, String), Vec<Area>> = BTreeMap::new();
        for (id, name) in areas {
            let (stand, tier, short) = parts(&name);
            let at = (compass(&stand).unwrap_or(COMPASS.len()), stand);
            stands.entry(at).or_default().push(Area { id, name, short, tier });
        }
        let stand = |((_, name), mut areas): ((usize, String), Vec<Area>)| {
            areas.sort_by_cached_key(|area| (tier_rank(&area.tier), area.tier.clone(), natural(&area.short)));
            Stand { name, areas }
        };
        Self(stands.into_iter().map(stand).collect())
    }

    /// The same, when it is a ground with a stand on each side.
    pub(super) fn bowl(&self) -> Option<[&Stand; 4]> {
        let is_bowl = self.0.len() == COMPASS.len()
            && self.0.iter().enumerate().all(|(at, stand)| compass(&stand.name) == Some(at));
        let [north, east, south, west] = self.0.as_slice() else { return None };
        is_bowl.then_some([north, east, south, west])
    }
}

impl Stand {
    /// Its areas by tier, the one nearest the pitch first.
    pub(super) fn tiers(&self) -> Vec<&[Area]> {
        self.areas.chunk_by(|one, next| one.tier == next.tier).collect()
    }
}

fn compass(stand: &str) -> Option<usize> {
    let first = stand.split_whitespace().next()?.to_lowercase();
    COMPASS.iter().position(|side| *side == first)
}

fn tier_rank(tier: &str) -> usize {
    let tier = tier.to_lowercase();
    TIERS.iter().position(|known| tier.contains(known)).unwrap_or(0)
}

/// A name's stand, tier and own part: "East Lower 5" is `("East", "Lower", "5")`.
fn parts(name: &str) -> (String, String, String) {
    let words: Vec<&str> = name.split_whitespace().collect();
    match words.as_slice() {
        [stand, between @ .., own] if own.contains(|c: char| c.is_ascii_digit()) => {
            ((*stand).to_owned(), between.join(" "), (*own).to_owned())
        }
        [stand, rest @ ..] if !rest.is_empty() => ((*stand).to_owned(), String::new(), rest.join(" ")),
        _ => (String::new(), String::new(), name.to_owned()),
    }
}

/// Numbers count: 10 comes after 9.
fn natural(text: &str) -> (u64, String) {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (digits.parse().unwrap_or(u64::MAX), text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands(names: &[&str]) -> Stands {
        Stands::called(names.iter().map(|name| (AreaId::new(name).unwrap(), (*name).to_owned())))
    }

    fn drawn(stands: &Stands) -> String {
        let stand = |stand: &Stand| {
            let tiers = stand.tiers().into_iter().map(|areas| {
                let short: Vec<&str> = areas.iter().map(|area| area.short.as_str()).collect();
                format!("{} {}", areas[0].tier, short.join(" "))
            });
            format!("{}: {}", stand.name, tiers.collect::<Vec<_>>().join(" / "))
        };
        stands.0.iter().map(stand).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_ground_with_a_stand_on_each_side_is_a_bowl_from_the_north_on() {
        let ground =
            stands(&["West 1", "South 1", "East Upper 2", "East Lower 10", "East Lower 9", "North 1"]);
        assert_eq!(drawn(&ground), "North:  1\nEast: Lower 9 10 / Upper 2\nSouth:  1\nWest:  1");
        assert!(ground.bowl().is_some());
    }

    #[test]
    fn other_venues_are_grouped_by_the_first_word() {
        let hall = stands(&["Stalls Left", "Stalls Right", "Circle B2", "Circle A1", "1205"]);
        assert_eq!(drawn(&hall), ":  1205\nCircle:  A1 B2\nStalls:  Left Right");
        assert!(hall.bowl().is_none());
    }
}
