//! Reads a configuration as it is given on the wire, and names the field of
//! whatever is wrong with it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::values::{REQUEST_TIMEOUT, SEAT_COUNT, SPEED_LIMIT};
use super::{Configuration, ConfigurationError, Keyword, OnMatch, RequestTimeout, SeatCount, SpeedLimit};
use crate::criteria::TypeWanted;
use crate::ids::AreaId;
use crate::price::Price;

const LIST_MAX: usize = 200;
const TEXT_MAX: usize = 200;
const URL_MAX: usize = 2_048;
const SHOWN_MAX: usize = 60;

const SELECTED_TYPE: Field =
    Field { name: "selectedType", allowed: "\"All\", or the name of an area, ticket type or buyer class" };
const SELECTED_AREAS: Field =
    Field { name: "selectedAreas", allowed: "a list of at most 200 area ids; an empty one is any area" };
const KEYWORD: Field = Field { name: "keyword1", allowed: "a text of at most 200 characters in one line" };
const EVENT: Field =
    Field { name: "event", allowed: "the match page's URL, starting with https:// or http://" };
const MAX_PRICE: Field =
    Field { name: "maxPrice", allowed: "like {\"amount\": \"100.00\", \"currency\": \"GBP\"}" };
const TOGETHER: Field = Field { name: "together", allowed: "true or false" };
const ROWS: Field =
    Field { name: "rows", allowed: "a list of at most 200 printed row names; an empty one is any row" };
const ON_MATCH: Field = Field { name: "onMatch", allowed: "\"hold\" or \"notify\"" };
const PRIORITY: Field = Field { name: "priority", allowed: "a whole number from -2147483648 to 2147483647" };

/// A field by its name on the wire, and what it may be.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) allowed: &'static str,
}

impl Field {
    pub(super) fn refuse(&self, value: String) -> ConfigurationError {
        ConfigurationError { field: self.name, value, allowed: self.allowed.to_owned() }
    }

    fn take<T>(
        &self,
        given: Option<Given>,
        default: T,
        read: impl FnOnce(&Given) -> Option<T>,
    ) -> Result<T, ConfigurationError> {
        let Some(given) = given else { return Ok(default) };
        read(&given).ok_or_else(|| self.refuse(given.to_string().chars().take(SHOWN_MAX).collect()))
    }
}

/// The fields as given: left out and null are the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wire {
    speed_limit: Option<Given>,
    seat_count: Option<Given>,
    selected_type: Option<Given>,
    selected_areas: Option<Given>,
    keyword1: Option<Given>,
    request_timeout: Option<Given>,
    event: Option<Given>,
    max_price: Option<Given>,
    together: Option<Given>,
    rows: Option<Given>,
    on_match: Option<Given>,
    priority: Option<Given>,
}

impl TryFrom<Wire> for Configuration {
    type Error = ConfigurationError;

    fn try_from(wire: Wire) -> Result<Self, ConfigurationError> {
        let default = Self::default();
        let speed = |given: &Given| SpeedLimit::read(&given.text()?);
        let seats = |given: &Given| SeatCount::read(given.whole()?);
        let timeout = |given: &Given| RequestTimeout::read(given.whole()?);
        let areas = |given: &Given| given.list(|text| AreaId::new(text).ok());
        let event = |given: &Given| url(&given.text()?).map(Some);
        Ok(Self {
            speed_limit: SPEED_LIMIT.take(wire.speed_limit, default.speed_limit, speed)?,
            seat_count: SEAT_COUNT.take(wire.seat_count, default.seat_count, seats)?,
            selected_type: SELECTED_TYPE.take(wire.selected_type, default.selected_type, wanted_type)?,
            selected_areas: SELECTED_AREAS.take(wire.selected_areas, default.selected_areas, areas)?,
            keyword1: keyword(wire.keyword1)?,
            request_timeout: REQUEST_TIMEOUT.take(wire.request_timeout, default.request_timeout, timeout)?,
            event: EVENT.take(wire.event, default.event, event)?,
            max_price: max_price(wire.max_price, default.max_price)?,
            together: TOGETHER.take(wire.together, default.together, Given::flag)?,
            rows: ROWS.take(wire.rows, default.rows, |given| given.list(|text| Some(text.to_owned())))?,
            on_match: ON_MATCH.take(wire.on_match, default.on_match, on_match)?,
            priority: PRIORITY.take(wire.priority, default.priority, Given::whole)?,
        })
    }
}

fn wanted_type(given: &Given) -> Option<TypeWanted> {
    line(&given.text()?).filter(|text| !text.is_empty())?.parse().ok()
}

fn keyword(given: Option<Given>) -> Result<Keyword, ConfigurationError> {
    let Some(given) = given else { return Ok(Keyword::default()) };
    given.text().ok_or_else(keyword_refused).and_then(|text| keyword_from(&text))
}

pub(super) fn keyword_from(text: &str) -> Result<Keyword, ConfigurationError> {
    line(text).map(Keyword).ok_or_else(keyword_refused)
}

fn keyword_refused() -> ConfigurationError {
    KEYWORD.refuse("what was given (it is not shown)".to_owned())
}

fn max_price(given: Option<Given>, default: Price) -> Result<Price, ConfigurationError> {
    let Some(given) = given else { return Ok(default) };
    let refused = || MAX_PRICE.refuse(given.to_string().chars().take(SHOWN_MAX).collect());
    let Given::Map(fields) = &given else { return Err(refused()) };
    let (Some(amount), Some(currency), 2) = (fields.get("amount"), fields.get("currency"), fields.len())
    else {
        return Err(refused());
    };
    let (Given::Text(amount), Given::Text(currency)) = (amount, currency) else { return Err(refused()) };
    Price::from_amount(amount, currency).map_err(|error| {
        let allowed = format!("{} (cannot {error})", MAX_PRICE.allowed);
        ConfigurationError { allowed, ..refused() }
    })
}

fn on_match(given: &Given) -> Option<OnMatch> {
    match given.text()?.trim() {
        "hold" => Some(OnMatch::Hold),
        "notify" => Some(OnMatch::Notify),
        _ => None,
    }
}

fn url(text: &str) -> Option<String> {
    let text = text.trim();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let is_plain = !text.chars().any(|c| c.is_control() || c.is_whitespace());
    (is_plain && !host.is_empty() && text.len() <= URL_MAX).then(|| text.to_owned())
}

fn line(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = text.chars().count() <= TEXT_MAX && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// A value of any shape, so that a wrong one can be named together with its field.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Null,
    Flag(bool),
    Whole(i64),
    Decimal(f64),
    Text(String),
    List(Vec<Given>),
    Map(BTreeMap<String, Given>),
}

impl Given {
    fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Null | Self::Whole(_) | Self::Decimal(_) | Self::Text(_) | Self::List(_) | Self::Map(_) => {
                None
            }
        }
    }

    /// Texts, and numbers as they are written.
    fn text(&self) -> Option<String> {
        match self {
            Self::Whole(number) => Some(number.to_string()),
            Self::Decimal(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Null | Self::Flag(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    fn whole<T: std::str::FromStr>(&self) -> Option<T> {
        self.text()?.trim().parse().ok()
    }

    fn list<T: PartialEq>(&self, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        let Self::List(values) = self else { return None };
        let mut list = Vec::with_capacity(values.len().min(LIST_MAX));
        for value in values {
            let text = line(&value.text()?).filter(|text| !text.is_empty())?;
            let entry = read(&text)?;
            if !list.contains(&entry) {
                list.push(entry);
            }
            if list.len() > LIST_MAX {
                return None;
            }
        }
        Some(list)
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Flag(flag) => flag.fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::Decimal(number) => number.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(values) => {
                f.write_str("[")?;
                for (at, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Map(fields) => {
                f.write_str("{")?;
                for (at, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}{name:?}: {value}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
        }
    }
}
