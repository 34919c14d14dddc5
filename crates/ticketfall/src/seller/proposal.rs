//! A first draft of a definition, made by looking at one page of a seller: where it is, how it says what is on
//! sale, and how that becomes offers. A person goes on from there.

mod place;
mod sketch;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use scraper::Html;
use serde_json::Value;
use ticketfall_core::offer::Market;
use ticketfall_core::price::Currency;
use ticketfall_core::reading::Reading;
use url::Url;

use super::capture;
use super::dialects::read::{Circumstances, Read};
use super::dialects::{html, schema_org, tolerant};
use place::Place;
use sketch::Sketch;

/// The most scripts of a page that are looked into.
const SCRIPTS_MAX: usize = 200;

/// The most assignments of a script that are looked at.
const ASSIGNMENTS_MAX: usize = 200;

/// A draft, and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The definition's file.
    pub text: String,
    /// What was found on the page, for people.
    pub found: Vec<String>,
}

/// How a page says what is on sale.
enum Way {
    /// In the words of schema.org.
    SchemaOrg(String),
    /// As JSON, or as JSON in one of its elements.
    Json { document: String, sketch: Sketch, note: String },
    /// In no way that is known.
    None,
}

/// Looks at a page, whose URL may be known, and proposes a definition of its seller.
pub fn propose(bytes: &[u8], url: Option<&Url>, now: Timestamp) -> Proposal {
    let answer = capture::read(bytes);
    let text = html::text(&answer.body);
    let is_page = text.trim_start().starts_with('<');
    let page = is_page.then(|| html::parsed(&answer.body).ok()).flatten();
    let place = Place::found(url, page.as_ref());
    let way = match &page {
        Some(page) => way_of_page(&answer.body, page, now),
        None => tolerant(&text).map_or(Way::None, |(value, _)| way_of_json(&value, "", "the answer is JSON")),
    };
    written(&place, &way, currency(&text))
}

fn way_of_page(bytes: &[u8], page: &Html, now: Timestamp) -> Way {
    let given = Circumstances {
        market: Market::Primary,
        currency: Currency::GBP,
        event: None,
        now,
        zone: &TimeZone::UTC,
    };
    match schema_org::read(bytes, &given) {
        Ok(Read { offers, .. }) => {
            let offers = match offers.len() {
                1 => "1 offer".to_owned(),
                count => format!("{count} offers"),
            };
            return Way::SchemaOrg(format!("an event with {offers} that can be had"));
        }
        Err(Reading::NotOnSale { reason }) => return Way::SchemaOrg(format!("an event: {reason}")),
        Err(_) => {}
    }
    embedded(page).into_iter().max_by_key(Way::score).unwrap_or(Way::None)
}

/// JSON in the scripts of a page, each with what could be made of it.
fn embedded(page: &Html) -> Vec<Way> {
    let Ok(scripts) = html::selector("script") else { return Vec::new() };
    let mut ways = Vec::new();
    for script in page.select(&scripts).take(SCRIPTS_MAX) {
        let text: String = script.text().collect();
        let selector = match (script.attr("id"), script.attr("type")) {
            (Some(id), _) if is_word(id) => format!("script#{id}"),
            (_, Some(kind)) if is_word(&kind.replace(['/', '+'], "")) => format!("script[type=\"{kind}\"]"),
            _ => "script".to_owned(),
        };
        let trimmed = text.trim_start();
        if trimmed.starts_with(['{', '[']) {
            let document = format!("read = {{ selector = {} }}\n", quoted(&selector));
            if let Ok((value, _)) = tolerant(trimmed) {
                ways.push(way_of_json(&value, &document, &format!("JSON in {selector}")));
            }
        }
        ways.extend(assigned(&text, &selector));
    }
    ways
}

/// JSON that a script assigns to something, or parses from a string.
fn assigned(text: &str, selector: &str) -> Vec<Way> {
    let mut ways = Vec::new();
    for (at, mark) in text.match_indices("JSON.parse(") {
        let after = &text[at + mark.len()..];
        let inner = tolerant(after).ok().and_then(|(value, _)| Some(value.as_str()?.to_owned()));
        if let Some((value, _)) = inner.and_then(|inner| tolerant(&inner).ok()) {
            let document = format!(
                "read = {{ selector = {}, after = \"JSON.parse(\", string = true }}\n",
                quoted(selector)
            );
            ways.push(way_of_json(&value, &document, "JSON in a string of a script"));
        }
    }
    let name_before = |at: usize| {
        let name = text[..at].trim_end().rsplit([' ', ';', '\n', '\t', ',', '(']).next()?;
        is_word(&name.replace(['.', '[', ']', '"', '\''], "")).then_some(name)
    };
    let begins = |at: &usize| text[at + 1..].trim_start().starts_with(['{', '[']);
    let signs = text.match_indices('=').map(|(at, _)| at).filter(begins).take(ASSIGNMENTS_MAX);
    for (at, name) in signs.filter_map(|at| Some((at, name_before(at)?))) {
        let rest = text[at + 1..].trim_start();
        if let Ok((value, _)) = tolerant(rest) {
            let before = text[..=at].rfind(name).map_or("", |start| &text[start..=at]);
            let document =
                format!("read = {{ selector = {}, after = {} }}\n", quoted(selector), quoted(before));
            ways.push(way_of_json(&value, &document, &format!("JSON behind {before:?}")));
        }
    }
    ways
}

fn way_of_json(value: &Value, document: &str, note: &str) -> Way {
    match Sketch::of(value) {
        Some(sketch) => Way::Json { document: document.to_owned(), sketch, note: note.to_owned() },
        None => Way::None,
    }
}

impl Way {
    fn score(&self) -> usize {
        match self {
            Self::SchemaOrg(_) => usize::MAX,
            Self::Json { sketch, .. } => sketch.score,
            Self::None => 0,
        }
    }
}

fn written(place: &Place, way: &Way, currency: &str) -> Proposal {
    let mut found =
        vec![format!("the seller is at {}", place.origin), format!("events are at {}", place.pattern)];
    let head = format!(
        "id = {}\nname = {}\norigin = {}\n",
        quoted(&place.id),
        quoted(&place.name),
        quoted(&place.origin)
    );
    let common = format!(
        "# For the times in statuses, and for prices that name no currency: are these right?\n\
         time_zone = \"Europe/London\"\ncurrency = \"{currency}\"\nevent_urls = [{}]\n",
        quoted(&place.pattern)
    );
    let floor =
        "\n# The least time between two looks. What do the seller's terms say?\n[pace]\nfloor = \"30s\"\n";
    let text = match way {
        Way::SchemaOrg(what) => {
            found.push(format!("the page tells of {what}, in the words of schema.org"));
            format!("based_on = \"schema-org\"\n{head}{common}{floor}")
        }
        Way::Json { document, sketch, note } => {
            found.push(format!("{note}; what looks like offers is at {}", sketch.path));
            let feed = place.request();
            format!(
                "version = 1\n{head}dialect = \"mapped\"\n{common}{floor}\n[requests.availability.primary]\n\
                 {feed}{document}\n# Each output is an offer; docs/sellers.md says what one may have.\n\
                 [mapped]\nprogram = '''\n{}'''\n",
                sketch.program
            )
        }
        Way::None => {
            found.push("nothing on the page is known: neither schema.org nor JSON with prices".to_owned());
            format!(
                "version = 1\n{head}dialect = \"mapped\"\n{common}{floor}\n[requests.availability.primary]\n{}\
                 # What is one row of the page, what is in it, and what does the page say when there is none?\n\
                 read = {{ row = \".ticket\", fields = {{ area = {{ selector = \".area\" }}, price = {{ selector = \
                 \".price\" }} }}, empty = [\"sold out\"] }}\n\n[mapped]\nprogram = '''\n.[] | {{area, price}}\n'''\n",
                place.request()
            )
        }
    };
    Proposal { text, found }
}

/// The currency whose sign the text has most.
fn currency(text: &str) -> &'static str {
    let signs = [
        ("GBP", "£"),
        ("GBP", "GBP"),
        ("EUR", "€"),
        ("EUR", "EUR"),
        ("USD", "$"),
        ("USD", "USD"),
        ("PLN", "zł"),
    ];
    // A dollar sign stands in every script, so it counts only before a digit.
    let count = |sign: &str| {
        let found = text
            .match_indices(sign)
            .filter(|(at, _)| sign != "$" || text[at + 1..].starts_with(|next: char| next.is_ascii_digit()));
        found.count()
    };
    let most = signs.iter().map(|(code, sign)| (count(sign), *code)).rev().max_by_key(|(count, _)| *count);
    most.filter(|(count, _)| *count > 0).map_or("GBP", |(_, code)| code)
}

fn is_word(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$');
    !text.is_empty() && text.chars().all(is_letter)
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests;
