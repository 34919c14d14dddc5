//! From a file's text to a draft, with the definition that it is based on laid under it.

use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use serde::Deserialize as _;

use super::draft::Draft;
use super::problem::Report;

/// Reads a draft; `base_of` gives the text of a definition by its id.
pub(super) fn read(
    text: &str,
    base_of: impl Fn(&str) -> Option<&'static str>,
    report: &mut Report,
) -> Option<Draft> {
    let mut own = parsed(text, report)?;
    let padded;
    if let Some(based_on) = own.get_mut().remove("based_on") {
        let base = based_on.get_ref().as_str().and_then(base_of);
        let Some(base) = base else {
            report
                .at(based_on.span(), "there is no such definition to be based on; `seller list` names them");
            return None;
        };
        // The base's spans begin where the file ends, so that a problem's span tells which text it is in.
        padded = format!("{}{base}", "\n".repeat(text.len() + 1));
        let mut whole = parsed(&padded, report)?;
        lay_over(whole.get_mut(), own.into_inner());
        return drafted(whole, report);
    }
    drafted(own, report)
}

fn parsed<'t>(text: &'t str, report: &mut Report) -> Option<Spanned<DeTable<'t>>> {
    DeTable::parse(text).map_err(|error| note(report, &error)).ok()
}

fn drafted(table: Spanned<DeTable<'_>>, report: &mut Report) -> Option<Draft> {
    Draft::deserialize(Deserializer::from(table)).map_err(|error| note(report, &error)).ok()
}

fn note(report: &mut Report, error: &toml::de::Error) {
    let message = error.message().to_owned();
    match error.span() {
        Some(span) => report.at(span, message),
        None => report.whole(message),
    }
}

/// Keys of which a request, or the place of a value, has one or the other.
const INSTEAD: [(&str, &str); 10] = [
    ("path", "url_from"),
    ("url_from", "path"),
    ("json", "form"),
    ("form", "json"),
    ("selector", "pointer"),
    ("selector", "header"),
    ("pointer", "selector"),
    ("pointer", "header"),
    ("header", "selector"),
    ("header", "pointer"),
];

/// A key that both have is the upper one's, but tables are merged.
fn lay_over<'t>(lower: &mut DeTable<'t>, upper: DeTable<'t>) {
    for (given, other) in INSTEAD {
        if upper.contains_key(given) {
            lower.remove(other);
        }
    }
    for (key, value) in upper {
        let span = value.span();
        match (lower.get_mut(&key).map(Spanned::get_mut), value.into_inner()) {
            (Some(DeValue::Table(lower)), DeValue::Table(upper)) => lay_over(lower, upper),
            (_, value) => drop(lower.insert(key, Spanned::new(span, value))),
        }
    }
}
