//! The form that says what a member wants: drawn from a search, or from what somebody sent; read into a
//! configuration.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use ticketfall_core::configuration::{Configuration, OnMatch};
use ticketfall_core::criteria::TypeWanted;
use ticketfall_core::ids::AreaId;
use ticketfall_core::plan::Plan;
use ticketfall_core::price::{Currency, Price};

use super::super::venue::Stands;
use super::super::{Web, words};
use super::Known;

/// The form's fields, the configuration's, and what people call them.
const FIELDS: [(&str, &str, &str); 7] = [
    ("event", "event", "the match page"),
    ("seats", "seatCount", "the number of seats"),
    ("type", "selectedType", "the type"),
    ("speed", "speedLimit", "the seconds between looks"),
    ("timeout", "requestTimeout", "the longest wait for an answer"),
    ("priority", "priority", "the priority"),
    ("keyword", "keyword1", "the access keyword"),
];

/// What was sent, field by field.
#[derive(Debug, Default)]
pub(in crate::web) struct Given(pub(in crate::web) Vec<(String, String)>);

/// The form as it is drawn.
#[derive(Debug)]
pub(in crate::web) struct WishForm {
    pub(in crate::web) event: String,
    pub(in crate::web) seats: String,
    pub(in crate::web) price: String,
    pub(in crate::web) currency: &'static str,
    pub(in crate::web) is_together: bool,
    pub(in crate::web) kind: String,
    pub(in crate::web) stands: Vec<StandChoice>,
    pub(in crate::web) chosen: usize,
    pub(in crate::web) rows: String,
    pub(in crate::web) speed: String,
    pub(in crate::web) timeout: String,
    pub(in crate::web) priority: String,
    pub(in crate::web) is_notify: bool,
    pub(in crate::web) has_keyword: bool,
}

/// The areas of a stand, to be chosen from.
#[derive(Debug)]
pub(in crate::web) struct StandChoice {
    pub(in crate::web) name: String,
    pub(in crate::web) areas: Vec<AreaChoice>,
}

/// An area to be chosen.
#[derive(Debug)]
pub(in crate::web) struct AreaChoice {
    pub(in crate::web) id: String,
    pub(in crate::web) name: String,
    pub(in crate::web) is_chosen: bool,
}

impl Given {
    /// What a field says; nothing when it is empty.
    pub(in crate::web) fn get(&self, name: &str) -> Option<&str> {
        let (_, text) = self.0.iter().find(|(field, _)| field == name)?;
        Some(text.trim()).filter(|text| !text.is_empty())
    }

    fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(field, _)| field == name).map(|(_, text)| text.trim()).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }

    fn rows(&self) -> Vec<&str> {
        let rows = self.get("rows").unwrap_or_default().split(',').map(str::trim);
        rows.filter(|row| !row.is_empty()).collect()
    }

    /// Whether a keyword that is kept shall stay.
    pub(in crate::web) fn keeps_keyword(&self) -> bool {
        self.get("keyword").is_none() && !self.has("forget")
    }

    /// The configuration that was sent, or all that is wrong with it.
    pub(in crate::web) fn configuration(&self, currency: Currency) -> Result<Configuration, Vec<String>> {
        let price = self.get("price").map(|text| Price::parse(text, Some(currency))).transpose();
        let fields = FIELDS.iter().filter_map(|(field, wire, _)| Some((*wire, self.get(field)?)));
        let mut wire: Map<String, Value> =
            fields.map(|(wire, text)| (wire.to_owned(), Value::from(text))).collect();
        wire.insert("together".to_owned(), json!(self.has("together")));
        wire.insert("selectedAreas".to_owned(), json!(self.all("area")));
        wire.insert("rows".to_owned(), json!(self.rows()));
        wire.insert("onMatch".to_owned(), json!(self.get("match").unwrap_or("hold")));
        if let Ok(Some(price)) = &price {
            wire.insert("maxPrice".to_owned(), json!(price));
        }
        let read = serde_json::from_value::<Configuration>(Value::Object(wire));
        match (read, price) {
            (Ok(configuration), Ok(_)) => Ok(configuration),
            (read, price) => {
                let refused = read.err().map(|error| for_people(&error.to_string()));
                let unread = price.err().map(|error| format!("Ticketfall cannot {error}."));
                Err(refused.into_iter().chain(unread).collect())
            }
        }
    }
}

/// The wire's names are for programs.
fn for_people(error: &str) -> String {
    let words = FIELDS.iter().fold(error.to_owned(), |error, (_, wire, words)| {
        error.replace(&format!(" as {wire}:"), &format!(" as {words}:"))
    });
    format!("Ticketfall cannot {words}.")
}

impl WishForm {
    /// The form as the search has it, or with what usually fits.
    pub(in crate::web) fn of(web: &Web, known: &Known) -> Self {
        let wish = known.wish.as_ref();
        let usual = Configuration::default();
        let wanted = wish.map_or(&usual, |wish| &wish.configuration);
        let chosen: BTreeSet<&str> = wanted.selected_areas.iter().map(AreaId::as_str).collect();
        let seller = wish.and_then(|wish| web.supervisor.seller(&wish.key.seller));
        Self {
            event: wish.map(|wish| wish.event_url.to_string()).unwrap_or_default(),
            seats: wanted.seat_count.get().to_string(),
            price: words::amount(wanted.max_price),
            currency: seller.map_or(wanted.max_price.currency(), |seller| seller.currency).code(),
            is_together: wanted.together,
            kind: match &wanted.selected_type {
                TypeWanted::All => String::new(),
                TypeWanted::Named(name) => name.clone(),
            },
            stands: stands(known, &chosen),
            chosen: chosen.len(),
            rows: wanted.rows.join(", "),
            speed: wanted.speed_limit.to_string(),
            timeout: wanted.request_timeout().as_millis().to_string(),
            priority: wanted.priority.to_string(),
            is_notify: wanted.on_match == OnMatch::Notify,
            has_keyword: wish.is_some_and(|wish| wish.keyword.is_some()),
        }
    }

    /// The same with what was sent, so that nothing has to be written twice.
    pub(in crate::web) fn with(self, known: &Known, given: &Given) -> Self {
        let text = |name: &str| given.get(name).unwrap_or_default().to_owned();
        let chosen: BTreeSet<&str> = given.all("area").into_iter().collect();
        Self {
            event: text("event"),
            seats: text("seats"),
            price: text("price"),
            is_together: given.has("together"),
            kind: text("type"),
            stands: stands(known, &chosen),
            chosen: chosen.len(),
            rows: text("rows"),
            speed: text("speed"),
            timeout: text("timeout"),
            priority: text("priority"),
            is_notify: given.get("match") == Some("notify"),
            ..self
        }
    }
}

fn stands(known: &Known, chosen: &BTreeSet<&str>) -> Vec<StandChoice> {
    let plan: Option<&Plan> = known.event.as_ref().and_then(|event| event.plan.as_ref());
    let Some(plan) = plan else { return Vec::new() };
    let choice = |area: &super::super::venue::Area| AreaChoice {
        id: area.id.to_string(),
        name: area.name.clone(),
        is_chosen: chosen.contains(area.id.as_str()),
    };
    Stands::of(plan)
        .0
        .iter()
        .map(|stand| StandChoice {
            name: stand.name.clone(),
            areas: stand.areas.iter().map(choice).collect(),
        })
        .collect()
}
