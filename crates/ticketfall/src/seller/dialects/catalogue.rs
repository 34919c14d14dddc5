//! What an event's config says once for all readings: areas, price bands with their buyer classes, URLs.

use std::collections::BTreeMap;
use std::sync::Arc;

use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::PriceClass;

/// An area of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// As the seller numbers it.
    pub id: AreaId,
    /// What it is called.
    pub name: Option<Arc<str>>,
}

/// A price band of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// As the seller writes it.
    pub code: Arc<str>,
    /// Its buyer classes with what the club takes for a seat.
    pub classes: Arc<[PriceClass]>,
}

impl Band {
    /// A band with these classes.
    pub fn new(code: Arc<str>, classes: Vec<PriceClass>) -> Self {
        Self { code, classes: classes.into() }
    }
}

/// The areas and bands of one event, shared by all of its readings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    areas: BTreeMap<Arc<str>, Area>,
    by_name: BTreeMap<String, AreaId>,
    bands: BTreeMap<Arc<str>, Band>,
}

impl Catalogue {
    /// A catalogue of these areas and bands.
    pub fn new(areas: impl IntoIterator<Item = Area>, bands: impl IntoIterator<Item = Band>) -> Self {
        let mut catalogue = Self::default();
        for area in areas {
            if let Some(name) = &area.name {
                catalogue.by_name.insert(folded(name), area.id.clone());
            }
            catalogue.areas.insert(area.id.as_str().into(), area);
        }
        catalogue.bands = bands.into_iter().map(|band| (band.code.clone(), band)).collect();
        catalogue
    }

    /// All areas, by number.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.areas.values()
    }

    /// The area of a number.
    pub fn area(&self, id: &str) -> Option<&Area> {
        self.areas.get(id)
    }

    /// The area of a printed name, letter case and white space apart.
    pub fn area_named(&self, name: &str) -> Option<&Area> {
        self.area(self.by_name.get(&folded(name))?.as_str())
    }

    /// All bands, by code.
    pub fn bands(&self) -> impl Iterator<Item = &Band> {
        self.bands.values()
    }

    /// The band of a code, which some feeds write without its leading zeros.
    pub fn band(&self, code: &str) -> Option<&Band> {
        self.bands.get(code).or_else(|| {
            let bare = code.trim_start_matches('0');
            self.bands.values().find(|band| band.code.trim_start_matches('0') == bare)
        })
    }
}

fn folded(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}
