//! Checks what a definition reads from pages: elements, values elsewhere in an answer, the basket.

use crate::seller::definition::draft;
use crate::seller::definition::problem::Report;
use crate::seller::definition::{BasketJson, BasketPage, BasketRules, BasketSeats, MatchPage, Source, Spot};

use super::duration;

pub(super) fn match_page(draft: draft::Page, report: &mut Report) -> Option<MatchPage> {
    let marker = draft.marker.map(|marker| spot(marker, report));
    let name = draft.name.and_then(|name| source(name, report));
    let begins = draft.begins.and_then(|begins| source(begins, report));
    Some(MatchPage { key: source(draft.key, report)?, marker, name, begins })
}

/// A value of an answer, which is in one place of three.
pub(super) fn source(draft: toml::Spanned<draft::Source>, report: &mut Report) -> Option<Source> {
    let span = draft.span();
    let draft::Source { selector, attribute, pointer, header } = draft.into_inner();
    match (selector, pointer, header) {
        (Some(selector), None, None) => Some(Source::Page(spot(draft::Spot { selector, attribute }, report))),
        (None, Some(pointer), None) => {
            if !is_pointer(pointer.get_ref()) {
                report.at(pointer.span(), POINTER);
            }
            Some(Source::Json(pointer.into_inner()))
        }
        (None, None, Some(header)) => {
            let name = report.take(header.span(), header.get_ref().parse(), "use the name of a header")?;
            Some(Source::Header(name))
        }
        _ => {
            report.at(
                span,
                "a value is in a page, in JSON or in a header: give `selector`, `pointer` or `header`",
            );
            None
        }
    }
}

pub(super) fn basket(draft: draft::BasketPage, report: &mut Report) -> Option<BasketRules> {
    let lasts = draft.lasts.as_ref().and_then(|lasts| duration(lasts, report));
    if let Some(json) = draft.json {
        if !pointers(json.get_ref()).iter().all(|pointer| is_pointer(pointer)) {
            report.at(json.span(), POINTER);
        }
        return Some(BasketRules { seats: BasketSeats::Json(Box::new(json.into_inner())), lasts });
    }
    let mut optional = |place: Option<draft::Spot>| place.map(|place| spot(place, report));
    let (area, block, row, price) =
        (optional(draft.area), optional(draft.block), optional(draft.row), optional(draft.price));
    let (event, expiry) = (optional(draft.event), optional(draft.expiry));
    let (Some(line), Some(seat)) = (optional(draft.line), optional(draft.seat)) else {
        report.whole("[basket] needs a `line` and a `seat`, or `json` where the basket is no page");
        return None;
    };
    let page = BasketPage { line, empty: draft.empty, event, area, block, row, seat, price, expiry };
    Some(BasketRules { seats: BasketSeats::Page(Box::new(page)), lasts })
}

fn pointers(places: &BasketJson) -> Vec<&String> {
    let BasketJson { list, event, area, block, row, seat, price, price_minor, expiry } = places;
    let optional = [event, area, block, row, seat, price, price_minor, expiry];
    [list].into_iter().chain(optional.into_iter().flatten()).collect()
}

pub(super) fn spot(draft: draft::Spot, report: &mut Report) -> Spot {
    let span = draft.selector.span();
    let selector = draft.selector.into_inner();
    if let Err(error) = selector.parse::<lol_html::Selector>() {
        report.at(span, format!("this is no CSS selector that can be used here: {error}"));
    }
    Spot { selector, attribute: draft.attribute }
}

/// A selector of an element in a document, which may be any that browsers know.
pub(super) fn selector(text: &draft::Text, report: &mut Report) {
    if let Err(error) = scraper::Selector::parse(text.get_ref()) {
        report.at(text.span(), format!("this is no CSS selector: {error}"));
    }
}

pub(super) const POINTER: &str = "a JSON pointer is empty or begins with a slash, such as /cart/id";

pub(super) fn is_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}
