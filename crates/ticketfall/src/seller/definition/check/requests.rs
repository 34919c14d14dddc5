//! Checks and compiles the requests of a draft.

use std::collections::BTreeMap;

use http::{HeaderName, Method};
use serde::de::IgnoredAny;
use ticketfall_core::offer::Market;
use toml::Spanned;

use super::pages::{POINTER, is_pointer, selector, source};
use crate::seller::classify::rules::ValueTest;
use crate::seller::definition::draft::{self, SentAs, Text, Texts};
use crate::seller::definition::problem::Report;
use crate::seller::definition::{
    Body, CaptureKind, Granted, HoldSteps, RefusedRule, RequestTemplate, Requests, Source, Spot, Target,
};
use crate::seller::dialects::mapped::DocumentRule;
use crate::seller::template::{KNOWN, Position, Template, TemplateError, Templates, Values};

/// What the client sets itself.
const OWN_HEADERS: [&str; 6] =
    ["cookie", "host", "user-agent", "content-length", "transfer-encoding", "connection"];

/// What a request is in a definition, where it does not say otherwise itself.
struct Role {
    label: String,
    sent_as: SentAs,
}

impl Role {
    fn new(label: impl Into<String>, sent_as: SentAs) -> Self {
        Self { label: label.into(), sent_as }
    }
}

/// Compiles requests, and notes what is wrong with them.
pub(super) struct Writer<'w> {
    pub(super) templates: &'w mut Templates,
    pub(super) headers: &'w draft::Headers,
    pub(super) hosts: &'w [Text],
    pub(super) report: &'w mut Report,
}

impl Writer<'_> {
    /// All requests. Without one for the event page, the first of the event URLs is it; without feeds, the page is.
    pub(super) fn all(
        &mut self,
        draft: &draft::Requests,
        event_url: Option<&Text>,
        look: &[Market],
    ) -> Option<Requests> {
        let by_url = event_url.map(request_by_url);
        let Some(page) = draft.page.as_ref().or(by_url.as_ref()) else {
            self.report.whole("no event page: give `event_urls`, or [requests.page]");
            return None;
        };
        let page = self.request(page, &Role::new("page", SentAs::Page));
        let mut optional = |request: &Option<draft::Request>, role: Role| {
            request.as_ref().and_then(|request| self.request(request, &role))
        };
        let feeds = &draft.availability;
        let (mut primary, mut exchange) = (
            optional(&feeds.primary, Role::new("availability/primary", SentAs::Xhr)),
            optional(&feeds.exchange, Role::new("availability/exchange", SentAs::Xhr)),
        );
        if feeds.primary.is_none() && feeds.exchange.is_none() {
            match look {
                [Market::Exchange] => exchange.clone_from(&page),
                [Market::Primary] => primary.clone_from(&page),
                _ => {}
            }
        }
        let documents = draft.documents.iter().map(|(name, request)| {
            let role = Role::new(format!("document/{name}"), SentAs::Xhr);
            Some((name.clone(), optional(&Some(request.clone()), role)?))
        });
        let documents = documents.collect::<Option<_>>()?;
        Some(Requests {
            primary,
            exchange,
            documents,
            config: optional(&draft.config, Role::new("config", SentAs::Xhr)),
            totals: optional(&draft.totals, Role::new("totals", SentAs::Xhr)),
            seat_map: optional(&draft.seat_map, Role::new("seat map", SentAs::Xhr)),
            release: optional(&draft.release, Role::new("release", SentAs::Xhr)),
            basket: optional(&draft.basket, Role::new("basket", SentAs::Page)),
            basket_count: optional(&draft.basket_count, Role::new("basket count", SentAs::Xhr)),
            order_page: optional(&draft.order_page, Role::new("order page", SentAs::Page)),
            page: page?,
        })
    }

    pub(super) fn hold(&mut self, draft: &draft::Hold) -> Option<HoldSteps> {
        for need in &draft.needs {
            if !KNOWN.contains(&need.get_ref().as_str()) {
                self.report.at(need.span(), format!("there is no such value; there is {}", KNOWN.join(", ")));
            }
        }
        Some(HoldSteps {
            needs: draft.needs.iter().map(|need| need.get_ref().clone()).collect(),
            best_available: self.steps(&draft.best_available)?,
            seats: self.steps(&draft.seats)?,
            refused: draft.refused.iter().filter_map(|refused| self.refused(refused)).collect(),
        })
    }

    fn refused(&mut self, draft: &draft::Refused) -> Option<RefusedRule> {
        if draft.text.is_empty() && draft.json.is_none() {
            self.report
                .whole("a rule of [[hold.refused]] fits every answer; name a `text` or `json` that it needs");
            return None;
        }
        Some(RefusedRule {
            text: draft.text.clone(),
            json: draft.json.as_ref().map(ValueTest::from),
            reason_pointer: draft.reason_pointer.clone(),
            reason: draft.reason.clone(),
        })
    }

    fn steps(&mut self, drafts: &[draft::Request]) -> Option<Vec<RequestTemplate>> {
        let steps: Vec<_> = drafts
            .iter()
            .enumerate()
            .map(|(n, step)| {
                let label = step.label.clone().unwrap_or_else(|| (n + 1).to_string());
                self.request(step, &Role::new(format!("hold/{label}"), SentAs::Xhr))
            })
            .collect();
        steps.into_iter().collect()
    }

    fn request(&mut self, draft: &draft::Request, role: &Role) -> Option<RequestTemplate> {
        let method = self.method(draft)?;
        let is_write = role.sent_as == SentAs::Xhr && method != Method::GET;
        let sent_as = draft.sent_as.unwrap_or(if is_write { SentAs::Write } else { role.sent_as });
        Some(RequestTemplate {
            label: role.label.as_str().into(),
            target: self.target(draft, &role.label)?,
            query: self.pairs(&draft.query),
            headers: self.headers_for(sent_as, &draft.headers),
            body: self.body(draft),
            accepted: draft.accepted.as_ref().map(|accepted| accepted.get_ref().clone()),
            captures: self.captures(draft),
            granted: self.granted(draft),
            read: draft.read.as_ref().map(|read| self.document(read)).unwrap_or_default(),
            is_page: sent_as == SentAs::Page,
            method,
        })
    }

    fn method(&mut self, draft: &draft::Request) -> Option<Method> {
        let Some(text) = &draft.method else { return Some(Method::GET) };
        let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let method = known.into_iter().find(|method| method.as_str() == text.get_ref());
        if method.is_none() {
            self.report.at(text.span(), "use GET, POST, PUT, PATCH or DELETE");
        }
        method
    }

    fn target(&mut self, draft: &draft::Request, label: &str) -> Option<Target> {
        match (&draft.path, &draft.url_from) {
            (Some(path), None) => {
                if !path.get_ref().starts_with('/') || path.get_ref().contains(['?', '#']) {
                    self.report.at(path.span(), "a path begins with a slash; parameters go into `query`");
                }
                let template = self.template(Position::Path, path);
                match &draft.host {
                    Some(host) => {
                        self.host(host).zip(template).map(|(host, path)| Target::Elsewhere(host, path))
                    }
                    None => template.map(Target::Path),
                }
            }
            (None, Some(name)) => Some(Target::UrlFrom(name.get_ref().clone())),
            (None, None) => {
                self.report
                    .whole(format!("the request `{label}` goes nowhere; give it a `path` or a `url_from`"));
                None
            }
            (Some(path), Some(_)) => {
                self.report.at(path.span(), "a request has a `path` or a `url_from`, not both");
                None
            }
        }
    }

    fn host(&mut self, host: &Text) -> Option<String> {
        let name = host.get_ref().to_lowercase();
        if !self.hosts.iter().any(|own| own.get_ref().to_lowercase() == name) {
            self.report
                .at(host.span(), "a request goes to the seller's own hosts; list this one under `hosts`");
            return None;
        }
        Some(name)
    }

    fn body(&mut self, draft: &draft::Request) -> Body {
        match (&draft.json, &draft.form) {
            (Some(json), None) => self.template(Position::Json, json).map_or(Body::None, Body::Json),
            (None, Some(form)) => Body::Form(self.pairs(form)),
            (None, None) => Body::None,
            (Some(json), Some(_)) => {
                self.report.at(json.span(), "a request has a `json` or a `form`, not both");
                Body::None
            }
        }
    }

    fn pairs(&mut self, texts: &Texts) -> Vec<(String, Template)> {
        texts
            .iter()
            .filter_map(|(name, text)| Some((name.clone(), self.template(Position::Query, text)?)))
            .collect()
    }

    /// Those of its kind, then its own; each name once.
    fn headers_for(&mut self, sent_as: SentAs, own: &Texts) -> Vec<(HeaderName, Template)> {
        let headers = self.headers;
        let usual: &[&Texts] = match sent_as {
            SentAs::Page => &[&headers.page],
            SentAs::Xhr => &[&headers.xhr],
            SentAs::Write => &[&headers.xhr, &headers.write],
        };
        let mut once = BTreeMap::new();
        for (name, text) in usual.iter().flat_map(|texts| texts.iter()).chain(own) {
            once.insert(name.to_lowercase(), text);
        }
        once.into_iter().filter_map(|(name, text)| self.header(&name, text)).collect()
    }

    fn header(&mut self, name: &str, text: &Text) -> Option<(HeaderName, Template)> {
        if OWN_HEADERS.contains(&name) {
            self.report.at(text.span(), format!("`{name}` is set by the client; leave it out"));
        }
        let name = self.report.take(text.span(), name.parse::<HeaderName>(), "use the name of a header")?;
        Some((name, self.template(Position::Header, text)?))
    }

    fn captures(&mut self, draft: &draft::Request) -> Vec<CaptureKind> {
        let mut captures = Vec::new();
        for (name, pointer) in &draft.capture {
            let pointer = self.pointer(pointer);
            captures.push(CaptureKind::Value(name.clone(), Source::Json(pointer)));
        }
        for (name, place) in &draft.capture_from {
            let found = source(place.clone(), self.report);
            captures.extend(found.map(|found| CaptureKind::Value(name.clone(), found)));
        }
        for (name, pointers) in &draft.capture_list {
            let pointers = pointers.iter().map(|pointer| self.pointer(pointer)).collect();
            captures.push(CaptureKind::List(name.clone(), pointers));
        }
        captures
    }

    fn pointer(&mut self, pointer: &Text) -> String {
        if !is_pointer(pointer.get_ref()) {
            self.report.at(pointer.span(), POINTER);
        }
        pointer.get_ref().clone()
    }

    fn document(&mut self, draft: &Spanned<draft::DocumentPlace>) -> DocumentRule {
        let place = draft.get_ref();
        for text in place.selector.iter().chain(&place.row) {
            selector(text, self.report);
        }
        for spot in place.fields.values() {
            selector(&spot.selector, self.report);
        }
        match (&place.selector, &place.row) {
            (Some(selector), None) => DocumentRule::Embedded {
                selector: selector.get_ref().clone(),
                attribute: place.attribute.clone(),
                after: place.after.clone(),
                string: place.string,
            },
            (None, Some(row)) => DocumentRule::Rows {
                row: row.get_ref().clone(),
                fields: place.fields.iter().map(|(name, field)| (name.clone(), field_spot(field))).collect(),
                empty: place.empty.clone(),
            },
            _ => {
                let what = "a document is in an element or in rows of a page: give `selector` or `row`";
                self.report.at(draft.span(), what);
                DocumentRule::Json
            }
        }
    }

    fn granted(&mut self, draft: &draft::Request) -> Option<Granted> {
        let granted = draft.granted.clone()?;
        let span = granted.list.span();
        if !draft.capture_list.contains_key(granted.list.get_ref()) {
            self.report
                .at(span, "the seats are in a list of this step's `capture_list`; name one that it has");
        }
        let list = granted.list.into_inner();
        Some(Granted { list, area: granted.area, x: granted.x, y: granted.y, band: granted.band })
    }

    fn template(&mut self, position: Position, text: &Text) -> Option<Template> {
        let added = self.templates.add(position, text.get_ref());
        let advice = "docs/sellers.md lists the values and how they are written";
        let template = self.report.take(text.span(), added, advice)?;
        match self.templates.render(&template, &samples()) {
            Ok(body) if position == Position::Json => {
                if let Err(error) = serde_json::from_str::<IgnoredAny>(&body) {
                    let message =
                        format!("filled in, this is no JSON: {error}; values bring their own quotes");
                    self.report.at(text.span(), message);
                }
            }
            Err(error @ TemplateError::Unfit(_)) => self.report.at(text.span(), format!("cannot {error}")),
            // What an earlier step captures is not known before it is sent.
            Ok(_) | Err(TemplateError::Missing(_) | TemplateError::Syntax(_) | TemplateError::Unknown(_)) => {
            }
        }
        Some(template)
    }
}

fn field_spot(draft: &draft::Spot) -> Spot {
    Spot { selector: draft.selector.get_ref().clone(), attribute: draft.attribute.clone() }
}

/// The request of an event's page, by the pattern of its URL.
fn request_by_url(pattern: &Text) -> draft::Request {
    let text = pattern.get_ref();
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let parameter = query.split('&').filter_map(|pair| pair.split_once('='));
    let template = |text: &str| Spanned::new(pattern.span(), text.replace("{event}", "{{ event }}"));
    draft::Request {
        path: Some(template(path)),
        query: parameter.map(|(name, value)| (name.to_owned(), template(value))).collect(),
        ..draft::Request::default()
    }
}

/// A value of each kind, to fill every template in once before it matters.
fn samples() -> Values {
    let seat = serde_json::json!({"area": "1", "x": 2, "y": 3, "class": "4", "band": "5"});
    "event keyword page_key api_key page_url origin prefix area area_name band class"
        .split(' ')
        .fold(Values::default(), |values, name| values.with(name, "1"))
        .with("market", "exchange")
        .with("quantity", 2)
        .with("together", true)
        .with("price_minor", 7500)
        .with("seats", [&seat, &seat])
}
