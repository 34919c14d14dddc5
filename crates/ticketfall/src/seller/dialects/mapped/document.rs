//! Where in an answer the document is that a program gets: the answer itself, JSON in a script of a page, or
//! rows of a page by CSS selector.

use std::borrow::Cow;

use scraper::ElementRef;
use serde_json::{Map, Value};

use crate::seller::definition::Spot;
use crate::seller::dialects::read::Unknown;
use crate::seller::dialects::{html, tolerant};

/// The most rows of one page.
const ROWS_MAX: usize = 20_000;

/// How a document is found in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum DocumentRule {
    /// The answer is the document.
    #[default]
    Json,
    /// JSON in a page: in the element that the selector finds first, or in the first that has `after` in it.
    Embedded {
        /// Finds elements.
        selector: String,
        /// The attribute that holds it; left out, the text.
        attribute: Option<String>,
        /// What stands right before it.
        after: Option<String>,
        /// Whether it is the text of a string, as for `JSON.parse("…")`.
        string: bool,
    },
    /// A list with an object for each row of a page.
    Rows {
        /// Finds rows.
        row: String,
        /// What each object has, by name.
        fields: Vec<(String, Spot)>,
        /// What the page says, one or the other, when it has no rows.
        empty: Vec<String>,
    },
}

impl DocumentRule {
    /// The document in an answer, as JSON.
    pub(crate) fn found<'a>(&self, answer: &'a [u8]) -> Result<Cow<'a, [u8]>, Unknown> {
        let value = match self {
            Self::Json => return json(answer),
            Self::Embedded { selector, attribute, after, string } => {
                let text = embedded(answer, selector, attribute.as_deref(), after.as_deref())?;
                value_in(&text, *string, after.is_some()).map_err(Unknown)?
            }
            Self::Rows { row, fields, empty } => rows(answer, row, fields, empty)?,
        };
        Ok(Cow::Owned(value.to_string().into_bytes()))
    }
}

fn json(answer: &[u8]) -> Result<Cow<'_, [u8]>, Unknown> {
    let start = answer.trim_ascii_start();
    if start.is_empty() {
        Err(Unknown("an empty answer instead of JSON".to_owned()))
    } else if start.starts_with(b"<") {
        Err(Unknown("a page instead of JSON; `read` says where in a page the JSON is".to_owned()))
    } else {
        Ok(Cow::Borrowed(answer.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(answer)))
    }
}

/// The text in which the JSON begins.
fn embedded(
    answer: &[u8],
    selector: &str,
    attribute: Option<&str>,
    after: Option<&str>,
) -> Result<String, Unknown> {
    let page = html::parsed(answer)?;
    let wanted = html::selector(selector)?;
    let texts = page.select(&wanted).filter_map(|element| match attribute {
        Some(attribute) => element.attr(attribute).map(str::to_owned),
        None => Some(element.text().collect::<String>()),
    });
    let mut any = false;
    for text in texts {
        any = true;
        match after {
            None => return Ok(text),
            Some(mark) => {
                if let Some(at) = text.find(mark) {
                    return Ok(text[at + mark.len()..].to_owned());
                }
            }
        }
    }
    Err(Unknown(match after {
        Some(mark) if any => format!("no element {selector:?} of the page has {mark:?} in it"),
        Some(_) | None => format!("the page has no element {selector:?}"),
    }))
}

fn value_in(text: &str, string: bool, goes_on: bool) -> Result<Value, String> {
    let value = if goes_on { tolerant::read(text)?.0 } else { tolerant::read_whole(text)? };
    if !string {
        return Ok(value);
    }
    let inner = value.as_str().ok_or("a string with JSON in it is due, and something else stands there")?;
    tolerant::read_whole(inner)
}

fn rows(answer: &[u8], row: &str, fields: &[(String, Spot)], empty: &[String]) -> Result<Value, Unknown> {
    let page = html::parsed(answer)?;
    let wanted = html::selector(row)?;
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, spot)| Ok((name, html::selector(&spot.selector)?, spot.attribute.as_deref())))
        .collect::<Result<_, Unknown>>()?;
    let read = |element: ElementRef<'_>| {
        let values = fields.iter().map(|(name, selector, attribute)| {
            // A row may itself be what a field is read from.
            let found =
                if selector.matches(&element) { Some(element) } else { element.select(selector).next() };
            let text = found.and_then(|found| match attribute {
                Some(attribute) => found.attr(attribute).map(|text| text.trim().to_owned()),
                None => Some(html::words(found)),
            });
            ((*name).clone(), text.map_or(Value::Null, Value::String))
        });
        Value::Object(values.collect::<Map<_, _>>())
    };
    let rows: Vec<Value> = page.select(&wanted).take(ROWS_MAX).map(read).collect();
    if rows.is_empty() && !says_empty(&page.root_element(), empty) {
        return Err(Unknown(format!("the page has no row {row:?}, and does not say that there is none")));
    }
    Ok(Value::Array(rows))
}

fn says_empty(page: &ElementRef<'_>, empty: &[String]) -> bool {
    let words = html::words(*page).to_lowercase();
    empty.iter().any(|text| words.contains(&text.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: &DocumentRule, answer: &str) -> Result<String, String> {
        let found = rule.found(answer.as_bytes()).map_err(|Unknown(why)| why)?;
        Ok(String::from_utf8(found.into_owned()).unwrap())
    }

    fn embedded(selector: &str, after: Option<&str>, string: bool) -> DocumentRule {
        let (selector, after) = (selector.to_owned(), after.map(str::to_owned));
        DocumentRule::Embedded { selector, attribute: None, after, string }
    }

    #[test]
    fn json_is_found_in_a_script_of_its_own() {
        let page =
            "<script>let a</script><script id=state type='application/json'>{\"a\":\"&amp;\"}</script>";
        assert_eq!(found(&embedded("#state", None, false), page).unwrap(), r#"{"a":"&amp;"}"#);
        let why = found(&embedded("#other", None, false), page).unwrap_err();
        assert_eq!(why, "the page has no element \"#other\"");
    }

    #[test]
    fn json_is_found_in_the_middle_of_a_script() {
        let page = "<script>let n = 1;</script><script>\nwindow.seats = [{a: 1,}];\nstart()</script>";
        let rule = embedded("script", Some("window.seats ="), false);
        assert_eq!(found(&rule, page).unwrap(), r#"[{"a":1}]"#);
        let why = found(&rule, "<script>let n</script>").unwrap_err();
        assert!(why.contains("has \"window.seats =\" in it"), "{why}");
        assert!(found(&rule, "<script>window.seats = [1</script>").unwrap_err().contains("breaks off"));
    }

    #[test]
    fn json_is_found_in_a_string_of_a_script() {
        let page = r#"<script>go(JSON.parse("{\"price\":\"\u00a379.20\",\"sold\":false}"))</script>"#;
        let rule = embedded("script", Some("JSON.parse("), true);
        assert_eq!(found(&rule, page).unwrap(), r#"{"price":"£79.20","sold":false}"#);
        assert!(found(&rule, "<script>JSON.parse([])</script>").unwrap_err().contains("something else"));
    }

    #[test]
    fn rows_are_read_by_selector_and_none_is_believed_only_when_it_is_said() {
        let spot = |selector: &str, attribute: Option<&str>| Spot {
            selector: selector.to_owned(),
            attribute: attribute.map(str::to_owned),
        };
        let fields =
            [("area", spot("h3", None)), ("id", spot(".area", Some("data-id"))), ("free", spot(".n", None))];
        let rule = DocumentRule::Rows {
            row: ".area".to_owned(),
            fields: fields.map(|(name, spot)| (name.to_owned(), spot)).into(),
            empty: vec!["nothing left".to_owned()],
        };
        let page = "<div class=area data-id=7><h3> Sektor\n 12 </h3><p class=n>Miejsc wolnych 3</p></div>\
                    <div class=area><h3>Sektor 13</h3></div>";
        assert_eq!(
            found(&rule, page).unwrap(),
            r#"[{"area":"Sektor 12","free":"Miejsc wolnych 3","id":"7"},{"area":"Sektor 13","free":null,"id":null}]"#
        );
        assert_eq!(found(&rule, "<p>Sorry, NOTHING <b>left</b></p>").unwrap(), "[]");
        assert!(found(&rule, "<p>Back soon</p>").unwrap_err().contains("does not say"));
    }

    #[test]
    fn a_page_is_not_taken_for_json() {
        assert!(found(&DocumentRule::Json, " <html>").unwrap_err().contains("a page instead"));
        assert!(found(&DocumentRule::Json, " ").unwrap_err().contains("empty"));
        assert_eq!(found(&DocumentRule::Json, "\u{feff}[]").unwrap(), "[]");
    }
}
