//! The requests of a definition, compiled: what `RequestTemplate::build` turns into a request is
//! pinned to the seller's own hosts and never one that only people may make.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use ticketfall_core::ids::EventId;
use ticketfall_core::offer::Market;
use url::Url;

use super::{Definition, Source};
use crate::seller::classify::rules::ValueTest;
use crate::seller::dialects::mapped::DocumentRule;
use crate::seller::template::{Template, TemplateError, Values, encoded};
use crate::seller::transport::Request;
use crate::session::Secret;

/// Values that are secret, or may have a secret in them.
const SECRETS: [&str; 5] = ["page_key", "keyword", "page_url", "api_key", "captured"];

/// Why a request is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A template could not be filled in.
    #[error("{place}: cannot {error}")]
    Template {
        /// Which part of the request.
        place: &'static str,
        /// Why.
        error: TemplateError,
    },
    /// The user has set no API key.
    #[error("no API key is set: put it into a file, and name that as sellers.{0}.api_key_file")]
    NoApiKey(String),
    /// The config that should name the URL has not been read, or lacks it.
    #[error("the event's config names no {0}")]
    NoUrl(String),
    /// Not a URL, header or document when filled in.
    #[error("{0}")]
    Malformed(String),
    /// Another host than the seller's.
    #[error("{0} is none of the seller's hosts; a definition lists further ones under `hosts`")]
    Foreign(String),
    /// For people only.
    #[error("{0} is only for people and is never requested")]
    Never(String),
}

/// All requests but the holds.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    pub(crate) page: RequestTemplate,
    pub(crate) config: Option<RequestTemplate>,
    pub(crate) primary: Option<RequestTemplate>,
    pub(crate) exchange: Option<RequestTemplate>,
    /// What the program joins to a feed, by name.
    pub(crate) documents: BTreeMap<String, RequestTemplate>,
    pub(crate) totals: Option<RequestTemplate>,
    pub(crate) seat_map: Option<RequestTemplate>,
    pub(crate) release: Option<RequestTemplate>,
    pub(crate) basket: Option<RequestTemplate>,
    pub(crate) basket_count: Option<RequestTemplate>,
    pub(crate) order_page: Option<RequestTemplate>,
}

impl Requests {
    /// The feed of one market.
    pub(crate) fn feed(&self, market: Market) -> Option<&RequestTemplate> {
        match market {
            Market::Primary => self.primary.as_ref(),
            Market::Exchange => self.exchange.as_ref(),
        }
    }
}

/// The steps of a hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct HoldSteps {
    /// The values without which the first step is not sent.
    pub(crate) needs: Vec<String>,
    pub(crate) best_available: Vec<RequestTemplate>,
    pub(crate) seats: Vec<RequestTemplate>,
    /// How an accepted answer is recognised as a refusal.
    pub(in crate::seller) refused: Vec<RefusedRule>,
}

/// One way in which a step is refused although its status means yes.
#[derive(Debug, Clone)]
pub(in crate::seller) struct RefusedRule {
    pub(in crate::seller) text: Vec<String>,
    pub(in crate::seller) json: Option<ValueTest>,
    pub(in crate::seller) reason_pointer: Option<String>,
    pub(in crate::seller) reason: Option<String>,
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// To a path below the origin and the prefix.
    Path(Template),
    /// To a path of another of the seller's hosts.
    Elsewhere(String, Template),
    /// To the URL that the event's config gives this name.
    UrlFrom(String),
}

/// What a request says.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    None,
    Json(Template),
    Form(Vec<(String, Template)>),
}

/// A value of an answer that later steps use, by name.
#[derive(Debug, Clone)]
pub(crate) enum CaptureKind {
    /// One value, which must be there.
    Value(String, Source),
    /// All that the JSON pointers find, in one list.
    List(String, Vec<String>),
}

/// Where in a step's answer the seats are that it gave: a captured list, and names of its objects' fields.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) list: String,
    pub(crate) area: String,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) band: Option<String>,
}

/// One request of a definition.
#[derive(Debug, Clone)]
pub(crate) struct RequestTemplate {
    pub(crate) label: Arc<str>,
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) query: Vec<(String, Template)>,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    pub(crate) body: Body,
    /// The statuses that mean yes; `None` is any of 2xx.
    pub(crate) accepted: Option<Vec<u16>>,
    pub(crate) captures: Vec<CaptureKind>,
    pub(crate) granted: Option<Granted>,
    /// Where in the answer the document is.
    pub(crate) read: DocumentRule,
    /// Whether it is a page, whose redirects within the seller are followed.
    pub(crate) is_page: bool,
}

impl RequestTemplate {
    /// Whether the status means yes.
    pub(crate) fn accepts(&self, status: u16) -> bool {
        self.accepted.as_ref().map_or((200..300).contains(&status), |accepted| accepted.contains(&status))
    }

    /// Fills the request in and checks where it goes.
    pub(crate) fn build(&self, definition: &Definition, values: &Values) -> Result<Request, BuildError> {
        let url = self.address(definition, values)?;
        let mut headers = self.filled_headers(definition, values)?;
        let body = self.filled_body(definition, values)?;
        if let Some((kind, _)) = &body {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        }
        let body = body.map(|(_, body)| body).unwrap_or_default();
        Ok(Request { method: self.method.clone(), url, headers, body })
    }

    /// Where it goes; a place where requests may go.
    fn address(&self, definition: &Definition, values: &Values) -> Result<Url, BuildError> {
        let mut url = self.url(definition, values)?;
        let mut parameters = filled_pairs(definition, &self.query, values, "query")?;
        parameters.retain(|(_, value)| !value.is_empty());
        set_parameters(&mut url, &parameters);
        permitted(definition, url)
    }

    fn url(&self, definition: &Definition, values: &Values) -> Result<Url, BuildError> {
        let written = match &self.target {
            Target::Path(template) => {
                format!("{}{}", definition.prefix, filled(definition, template, values, "path")?)
            }
            Target::Elsewhere(host, template) => {
                let scheme = definition.origin.scheme();
                format!("{scheme}://{host}{}", filled(definition, template, values, "path")?)
            }
            Target::UrlFrom(name) => {
                values.text_in("urls", name).ok_or_else(|| BuildError::NoUrl(name.clone()))?
            }
        };
        definition.origin.join(&written).map_err(|error| BuildError::Malformed(format!("no URL: {error}")))
    }

    fn filled_headers(&self, definition: &Definition, values: &Values) -> Result<HeaderMap, BuildError> {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 3);
        for (name, template) in &self.headers {
            let text = filled(definition, template, values, "headers")?;
            let mut value = HeaderValue::from_str(&text)
                .map_err(|error| BuildError::Malformed(format!("the header {name}: {error}")))?;
            value.set_sensitive(SECRETS.iter().any(|secret| template.uses(secret)));
            headers.insert(name.clone(), value);
        }
        Ok(headers)
    }

    fn filled_body(
        &self,
        definition: &Definition,
        values: &Values,
    ) -> Result<Option<(&'static str, Bytes)>, BuildError> {
        match &self.body {
            Body::None => Ok(None),
            Body::Json(template) => {
                let text = filled(definition, template, values, "json")?;
                serde_json::from_str::<serde::de::IgnoredAny>(&text)
                    .map_err(|error| BuildError::Malformed(format!("the body is no JSON: {error}")))?;
                Ok(Some(("application/json", text.into())))
            }
            Body::Form(fields) => {
                let fields = filled_pairs(definition, fields, values, "form")?;
                let joined: Vec<_> = fields.iter().map(|(name, value)| pair(name, value)).collect();
                Ok(Some(("application/x-www-form-urlencoded", joined.join("&").into())))
            }
        }
    }
}

impl Definition {
    /// The page of an event, for a browser to open.
    pub fn event_url(&self, event: &EventId, keyword: Option<&str>) -> Result<Url, BuildError> {
        let values = self.bare_values().with("event", event).with("keyword", keyword);
        self.requests.page.address(self, &values)
    }

    /// The page where a person pays for what is held.
    pub fn order_page_url(&self) -> Option<Url> {
        let page = self.requests.order_page.as_ref().or(self.requests.basket.as_ref())?;
        page.address(self, &self.bare_values()).ok()
    }

    /// Why no feed can be asked for, when that wants an API key and there is none.
    pub(crate) fn lacks_api_key(&self) -> Option<BuildError> {
        let feeds = self.look.iter().filter_map(|market| self.requests.feed(*market));
        let wants_key = |feed: &RequestTemplate| {
            let headers = feed.headers.iter().map(|(_, template)| template);
            feed.query
                .iter()
                .map(|(_, template)| template)
                .chain(headers)
                .any(|template| template.uses("api_key"))
        };
        let lacks = self.api_key.is_none() && feeds.into_iter().any(wants_key);
        lacks.then(|| BuildError::NoApiKey(self.id.to_string()))
    }

    /// What templates that are about no event may name.
    pub(crate) fn bare_values(&self) -> Values {
        Values::default()
            .with("origin", self.origin.origin().ascii_serialization())
            .with("prefix", &self.prefix)
            .with("api_key", self.api_key.as_ref().map(Secret::reveal))
    }

    /// What every template may name about an event, whose page this is.
    pub(crate) fn values(&self, event: &EventId, keyword: Option<&str>, page: Option<&str>) -> Values {
        self.bare_values().with("event", event).with("keyword", keyword).with("page_url", page)
    }
}

fn filled(
    definition: &Definition,
    template: &Template,
    values: &Values,
    place: &'static str,
) -> Result<String, BuildError> {
    if definition.api_key.is_none() && template.uses("api_key") {
        return Err(BuildError::NoApiKey(definition.id.to_string()));
    }
    definition.templates.render(template, values).map_err(|error| BuildError::Template { place, error })
}

fn filled_pairs(
    definition: &Definition,
    pairs: &[(String, Template)],
    values: &Values,
    place: &'static str,
) -> Result<Vec<(String, String)>, BuildError> {
    let filled = |(name, template): &(String, Template)| {
        Ok((name.clone(), filled(definition, template, values, place)?))
    };
    pairs.iter().map(filled).collect()
}

/// The URL, if a request may go there.
pub(crate) fn permitted(definition: &Definition, url: Url) -> Result<Url, BuildError> {
    if !definition.is_own(&url) {
        return Err(BuildError::Foreign(url.host_str().unwrap_or("nowhere").to_owned()));
    }
    if definition.is_never_requested(&url) {
        return Err(BuildError::Never(url.path().to_owned()));
    }
    Ok(url)
}

/// One pair of a query or a form.
fn pair(name: &str, value: &str) -> String {
    format!("{}={}", encoded(name), encoded(value))
}

/// Sets parameters, each in the place of those before it of the same name.
fn set_parameters(url: &mut Url, parameters: &[(String, String)]) {
    if parameters.is_empty() {
        return;
    }
    let is_set =
        |name: &str, by: &[(String, String)]| by.iter().any(|(set, _)| set.eq_ignore_ascii_case(name));
    let kept =
        url.query().unwrap_or_default().split('&').filter(|pair| {
            !pair.is_empty() && !is_set(pair.split('=').next().unwrap_or_default(), parameters)
        });
    let set = parameters
        .iter()
        .enumerate()
        .filter(|(at, (name, _))| !is_set(name, &parameters[at + 1..]))
        .map(|(_, (name, value))| pair(name, value));
    let query: Vec<_> = kept.map(str::to_owned).chain(set).collect();
    url.set_query(Some(&query.join("&")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_takes_the_place_of_those_before_it_of_its_name() {
        let set = |url: &str, parameters: &[(&str, &str)]| {
            let mut url: Url = format!("https://northend.example/seats{url}").parse().unwrap();
            let owned: Vec<_> = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            set_parameters(&mut url, &owned);
            url.query().map(str::to_owned)
        };
        assert_eq!(set("", &[]), None);
        assert_eq!(set("?a=1", &[]).as_deref(), Some("a=1"));
        assert_eq!(set("?A=1&b=2&&c", &[("a", "x y"), ("d", "&")]).as_deref(), Some("b=2&c&a=x%20y&d=%26"));
        assert_eq!(set("", &[("a", "1"), ("b", "2"), ("A", "3")]).as_deref(), Some("b=2&A=3"));
    }
}
