//! Templates of requests: text with `{{ values }}`. No value can reach out of its place in a path, a query, a
//! header or a body.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// What a value may not contain as itself in a path or a query: all but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Steps that one rendering may take, so that no definition can hang the service.
const FUEL: u64 = 200_000;

/// The values that a template may name.
pub(crate) const KNOWN: [&str; 18] = [
    "event",
    "keyword",
    "page_key",
    "api_key",
    "page_url",
    "origin",
    "prefix",
    "market",
    "quantity",
    "together",
    "area",
    "area_name",
    "band",
    "class",
    "price_minor",
    "seats",
    "urls",
    "captured",
];

/// Why a template cannot be read or filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Not a template.
    #[error("read the template: {0}")]
    Syntax(String),
    /// It names a value that nobody gives.
    #[error("fill in `{0}`: nobody gives such a value, there is {list}", list = KNOWN.join(", "))]
    Unknown(String),
    /// A value that it needs is missing now.
    #[error("fill in the template: a value is missing ({0})")]
    Missing(String),
    /// A value does not fit where it stands, or the template runs for too long.
    #[error("fill in the template: {0}")]
    Unfit(String),
}

/// Where a template's values stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// In the path of a URL: each value is percent-encoded.
    Path,
    /// The value of a query parameter or of a form's field: whoever uses it encodes it as a whole.
    Query,
    /// The value of a header.
    Header,
    /// In a JSON document: each value is written as JSON.
    Json,
}

impl Position {
    fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Json => "json",
        }
    }
}

/// One template of a definition; [`Templates::render`] fills it in.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    name: String,
    uses: BTreeSet<String>,
    /// What it comes to whatever the values are.
    fixed: Option<String>,
}

impl Template {
    /// Whether it names this value.
    pub(crate) fn uses(&self, value: &str) -> bool {
        self.uses.contains(value)
    }
}

/// What is put into templates. Some of it is secret, so only names are shown.
#[derive(Clone, Default)]
pub(crate) struct Values {
    all: BTreeMap<&'static str, Value>,
    /// All of them as a template takes them, once one has been filled in.
    joined: OnceLock<Value>,
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.all.keys()).finish()
    }
}

impl Values {
    /// The same values and one more; what serializes to null counts as missing.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        self.all.insert(name, Value::from(Serde(value)));
        Self { joined: OnceLock::new(), ..self }
    }

    /// Whether a value of this name is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.all.get(name).is_some_and(|value| !value.is_none() && !value.is_undefined())
    }

    /// The text that `name` has under `key`.
    pub(crate) fn text_in(&self, name: &str, key: &str) -> Option<String> {
        self.all.get(name)?.get_attr(key).ok()?.as_str().map(str::to_owned)
    }
}

/// The templates of one definition, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Templates(Environment<'static>);

impl Default for Templates {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(escaping_of);
        environment.set_formatter(write_escaped);
        environment.set_fuel(Some(FUEL));
        environment.add_filter("number", number);
        environment.add_filter("encoded", |value: &Value| encoded(&value.to_string()));
        Self(environment)
    }
}

impl Templates {
    /// Compiles `source`, which may name no other values than the [`KNOWN`] ones.
    pub(crate) fn add(&mut self, position: Position, source: &str) -> Result<Template, TemplateError> {
        let name = format!("{}/{source}", position.name());
        self.0
            .add_template_owned(name.clone(), source.to_owned())
            .map_err(|error| TemplateError::Syntax(told(&error)))?;
        let compiled = self.0.get_template(&name).expect("it was added a moment ago");
        let uses: BTreeSet<_> = compiled.undeclared_variables(false).into_iter().collect();
        match uses.iter().find(|value| !KNOWN.contains(&value.as_str())) {
            Some(unknown) => Err(TemplateError::Unknown(unknown.clone())),
            None => Ok(Template { name, uses, fixed: is_fixed(source).then(|| source.to_owned()) }),
        }
    }

    /// Fills a template in; a value that is missing is an error wherever it would be printed.
    pub(crate) fn render(&self, template: &Template, values: &Values) -> Result<String, TemplateError> {
        if let Some(fixed) = &template.fixed {
            return Ok(fixed.clone());
        }
        let compiled = self.0.get_template(&template.name).expect("a template is added before it is used");
        let values = values.joined.get_or_init(|| Value::from(values.all.clone()));
        compiled.render(values).map_err(|error| {
            if error.kind() == ErrorKind::UndefinedError {
                TemplateError::Missing(told(&error))
            } else {
                TemplateError::Unfit(told(&error))
            }
        })
    }
}

/// A text in which nothing is to be filled in; the line's end is the template's, not the text's.
fn is_fixed(source: &str) -> bool {
    !["{{", "{%", "{#"].iter().any(|sign| source.contains(sign)) && !source.ends_with(['\n', '\r'])
}

fn told(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

fn escaping_of(name: &str) -> AutoEscape {
    match name.split_once('/') {
        Some(("json", _)) => AutoEscape::Json,
        Some((position, _)) => AutoEscape::Custom(position.to_owned().into()),
        None => AutoEscape::None,
    }
}

fn write_escaped(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    let AutoEscape::Custom(position) = state.auto_escape().clone() else {
        return minijinja::escape_formatter(out, state, value);
    };
    if value.is_none() && position != "query" {
        return Err(missing("it is not known here"));
    }
    let text = if value.is_none() { String::new() } else { value.to_string() };
    match &*position {
        // A server, or the URL itself, would take dots for a way up.
        "path" if matches!(text.as_str(), "" | "." | "..") => Err(unfit("a value is no part of a path")),
        "path" => Ok(out.write_str(&encoded(&text))?),
        "header" if text.chars().any(char::is_control) => {
            Err(unfit("a value with a control character does not fit into a header"))
        }
        _ => Ok(out.write_str(&text)?),
    }
}

fn unfit(detail: &'static str) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, detail)
}

fn missing(detail: &'static str) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::UndefinedError, detail)
}

/// A whole number as a number, anything else as the text it is.
fn number(value: &Value) -> Result<Value, minijinja::Error> {
    let Some(text) = value.as_str() else {
        return if value.is_none() { Err(missing("it is not known here")) } else { Ok(value.clone()) };
    };
    let number = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
    Ok(number.map_or_else(|| value.clone(), Value::from))
}

/// Percent-encoded, so that it is one value of a path, a query or a form.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(position: Position, source: &str, values: &Values) -> Result<String, TemplateError> {
        let mut templates = Templates::default();
        let template = templates.add(position, source)?;
        templates.render(&template, values)
    }

    fn area(area: &str) -> Values {
        Values::default().with("area", area)
    }

    #[test]
    fn a_value_stays_in_its_place_in_a_path() {
        let hostile = area("a/../b?c&d=\"e\"#f");
        let escaped = "/x/a%2F..%2Fb%3Fc%26d%3D%22e%22%23f";
        assert_eq!(filled(Position::Path, "/x/{{ area }}", &hostile).unwrap(), escaped);
    }

    #[test]
    fn a_value_cannot_climb_out_of_a_path() {
        for dots in ["..", ".", ""] {
            assert!(matches!(
                filled(Position::Path, "/x/{{ area }}", &area(dots)),
                Err(TemplateError::Unfit(_))
            ));
        }
    }

    #[test]
    fn a_value_stays_in_its_place_in_a_json_document() {
        let body = filled(Position::Json, r#"{"AreaId": {{ area }}}"#, &area("a\",\"b\":\"\n/")).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap()["AreaId"], "a\",\"b\":\"\n/");
    }

    #[test]
    fn a_value_cannot_add_a_header() {
        assert!(filled(Position::Header, "{{ area }}", &area("x\r\nOrigin: evil")).is_err());
        assert_eq!(filled(Position::Header, "{{ area|encoded }}", &area("a b/c")).unwrap(), "a%20b%2Fc");
    }

    #[test]
    fn a_whole_number_can_be_written_as_one() {
        let number = |text| filled(Position::Json, "{{ area|number }}", &area(text)).unwrap();
        assert_eq!([number("1201"), number("007"), number("a1")], ["1201", "\"007\"", "\"a1\""]);
        assert_eq!(
            filled(Position::Json, "{{ area|number }}", &Values::default().with("area", None::<u8>)),
            Err(TemplateError::Missing("it is not known here".to_owned()))
        );
    }

    #[test]
    fn a_misspelt_value_is_found_before_anything_is_sent() {
        let error = Templates::default().add(Position::Path, "/{{ evnt }}").unwrap_err();
        assert_eq!(error, TemplateError::Unknown("evnt".to_owned()));
        assert!(error.to_string().contains("there is event, keyword"));
    }

    #[test]
    fn a_value_that_is_added_later_is_filled_in_too() {
        let mut templates = Templates::default();
        let template = templates.add(Position::Path, "/{{ area }}/{{ band }}").unwrap();
        let values = area("1").with("band", None::<u8>);
        assert!(templates.render(&template, &values).is_err());
        assert_eq!(templates.render(&template, &values.with("band", "B")).unwrap(), "/1/B");
    }

    #[test]
    fn a_text_with_nothing_to_fill_in_is_what_a_template_of_it_says() {
        for text in ["", "/a b/%7B", "{\"a\": {\"b\": 1}}", "a\n", "a\n\n", "a\r\n", "\n a", "}} a %}"] {
            for position in [Position::Path, Position::Query, Position::Header, Position::Json] {
                let rendered = filled(position, &format!("{{# says nothing #}}{text}"), &area("1"));
                assert_eq!(filled(position, text, &area("1")), rendered, "{text:?} in {position:?}");
            }
        }
    }

    #[test]
    fn a_template_that_never_ends_is_stopped() {
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        assert!(filled(Position::Json, endless, &Values::default()).is_err());
    }

    proptest! {
        #[test]
        fn whatever_a_value_is_the_document_stays_whole(text in any::<String>()) {
            let body = filled(Position::Json, "[{{ area }}, 1]", &area(&text)).unwrap();
            prop_assert_eq!(serde_json::from_str::<(String, u8)>(&body).unwrap(), (text, 1));
        }
    }
}
