//! Asking a seller to hold seats: the definition's steps in turn, each sent once. What is not surely
//! refused may stand; only the basket tells.

use serde_json::{Map, Value};
use ticketfall_core::hold::{GrantedSeat, HoldOutcome, HoldRequest};
use ticketfall_core::ids::{AreaId, EventId};
use ticketfall_core::offer::{Part, PartSeats, SeatGroup};
use ticketfall_core::reading::Reading;
use ticketfall_core::seat::SeatRun;

use super::client::{Client, Outcome, Told};
use super::definition::{CaptureKind, Granted, RefusedRule, RequestTemplate, Source};
use super::dialects::read::Unknown;
use super::exchange_record::{Exchange, shown_url};
use super::page;
use super::prepare::{Prepared, value_at};
use super::template::Values;
use super::transport::{Answer, Sent};
use crate::quote::{brief, excerpt};

impl Client {
    /// Asks for a hold, with the page key and the prices that are ready.
    pub async fn hold(
        &self,
        request: &HoldRequest,
        event: &EventId,
        prepared: &Prepared,
    ) -> Told<HoldOutcome> {
        let mut exchanges = Vec::new();
        let values = self.values(event).with("urls", &prepared.urls);
        let hold = &self.definition.hold;
        let (steps, values) = match request {
            HoldRequest::BestAvailable { part, together } => {
                (&hold.best_available, Some(best_available(values, part, *together)))
            }
            HoldRequest::Seats(group) => (&hold.seats, concrete(values, group)),
        };
        let outcome = match self.ready(steps, values) {
            Ok(values) => self.steps(steps, &values, &mut exchanges).await,
            Err(reading) => HoldOutcome::Turned { reading, locked: false },
        };
        Told { outcome, exchanges }
    }

    /// The values with which the first step may be sent: what a later one would lack must not lock seats in vain.
    fn ready(&self, steps: &[RequestTemplate], values: Option<Values>) -> Result<Values, Reading> {
        let unknown = |reason: String| Reading::Unknown { reason };
        let values = values.ok_or_else(|| unknown("seats that are not known by their places".to_owned()))?;
        if steps.is_empty() {
            return Err(unknown("the definition cannot ask for such a hold".to_owned()));
        }
        match self.definition.hold.needs.iter().find(|need| !values.has(need)) {
            Some(need) if need == "page_key" => {
                Err(Reading::KeyMissing { reason: "no page key is at hand".to_owned() })
            }
            Some(need) => Err(unknown(format!("a hold needs `{need}`, which is not known"))),
            None => Ok(values),
        }
    }

    async fn steps(
        &self,
        steps: &[RequestTemplate],
        values: &Values,
        log: &mut Vec<Exchange>,
    ) -> HoldOutcome {
        let mut captured = Map::new();
        let mut granted = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            let values = values.clone().with("captured", &captured);
            let outcome = self.ask(step, &values, log).await;
            let locked = number > 0;
            let said = log.last().and_then(|exchange| exchange.answered.as_deref()).unwrap_or_default();
            let answer = settled(step, outcome, said, locked).and_then(|answer| {
                match self.definition.hold.refused.iter().find_map(|rule| rule.reason(&answer)) {
                    Some(reason) => {
                        let status = answer.status.as_u16();
                        Err(HoldOutcome::Refused { status, reason: self.shown(&reason), locked })
                    }
                    None => Ok(answer),
                }
            });
            match answer.and_then(|answer| taken(step, &answer, locked)) {
                Ok(taken) => {
                    granted.extend(taken.seats);
                    captured.extend(taken.captured);
                }
                Err(outcome) => return outcome,
            }
        }
        HoldOutcome::Granted { seats: granted }
    }
}

fn best_available(values: Values, part: &Part, together: bool) -> Values {
    values
        .with("market", part.market)
        .with("quantity", part.count())
        .with("together", together)
        .with("area", &part.area)
        .with("area_name", &part.area_name)
        .with("band", &part.band)
        .with("class", &part.class)
        .with("price_minor", part.price.minor())
}

/// `None` unless all seats are known by their places; `class` is there when every seat has one.
fn concrete(values: Values, group: &SeatGroup) -> Option<Values> {
    let seats: Option<Vec<Vec<Value>>> = group.parts.iter().map(seats_of).collect();
    let classes: Option<Vec<_>> = group.parts.iter().map(|part| part.class.clone()).collect();
    let first = group.parts.first()?;
    let values = values
        .with("market", first.market)
        .with("quantity", group.count())
        .with("together", group.parts.len() == 1)
        .with("class", classes.and(first.class.as_deref()))
        .with("seats", seats?.concat());
    Some(values)
}

fn seats_of(part: &Part) -> Option<Vec<Value>> {
    let PartSeats::Run(SeatRun { y, start, end }) = part.seats else { return None };
    let seat = |x| {
        serde_json::json!({
            "area": part.area, "x": x, "y": y, "band": part.band, "class": part.class,
        })
    };
    Some((start..=end).map(seat).collect())
}

/// The accepted answer of a step, or what ends the hold; `said` is what the record keeps of the answer.
fn settled(
    step: &RequestTemplate,
    outcome: Outcome,
    said: &str,
    locked: bool,
) -> Result<Answer, HoldOutcome> {
    let turned = |reading| HoldOutcome::Turned { reading, locked };
    match outcome {
        Outcome::Plain(answer) => {
            let status = answer.status.as_u16();
            if step.accepts(status) {
                return Ok(answer);
            }
            Err(if answer.status.is_client_error() {
                HoldOutcome::Refused { status, reason: brief(said), locked }
            } else {
                HoldOutcome::Unknown { reason: format!("{}: status {status}: {}", step.label, brief(said)) }
            })
        }
        // A gateway may fail after the seller behind it granted the hold.
        Outcome::Turned { status: status @ 500..=599, .. } => Err(HoldOutcome::Unknown {
            reason: format!("{}: the seller fails with status {status}", step.label),
        }),
        Outcome::Turned { reading, .. } => Err(turned(reading)),
        Outcome::Redirected(target) => Err(HoldOutcome::Unknown {
            reason: format!("{}: a redirect to {}", step.label, shown_url(&target)),
        }),
        Outcome::Lost(error) if error.sent == Sent::No => {
            Err(turned(Reading::Failing { reason: format!("cannot {error}") }))
        }
        Outcome::Lost(error) => {
            Err(HoldOutcome::Unknown { reason: format!("{}: cannot {error}", step.label) })
        }
        Outcome::NotSent(error) => {
            Err(turned(Reading::Unknown { reason: format!("{} was not sent: {error}", step.label) }))
        }
    }
}

/// What a step's answer gave.
#[derive(Debug, Default)]
struct Taken {
    captured: Map<String, Value>,
    seats: Vec<GrantedSeat>,
}

/// Reads what the step captures; an answer that lacks it leaves the hold unknown.
fn taken(step: &RequestTemplate, answer: &Answer, locked: bool) -> Result<Taken, HoldOutcome> {
    let mut taken = Taken::default();
    if step.captures.is_empty() {
        return Ok(taken);
    }
    let unknown = |why: String| HoldOutcome::Unknown { reason: format!("{}: {why}", step.label) };
    for capture in &step.captures {
        let (name, value) = captured(answer, capture).map_err(|Unknown(why)| unknown(why))?;
        taken.captured.insert(name.clone(), value);
    }
    if let Some(granted) = &step.granted {
        let list = taken.captured.get(&granted.list).and_then(Value::as_array);
        if list.is_some_and(Vec::is_empty) {
            let reason = "the seller locked no seats".to_owned();
            return Err(HoldOutcome::Refused { status: answer.status.as_u16(), reason, locked });
        }
        taken.seats = list.into_iter().flatten().filter_map(|seat| granted_seat(seat, granted)).collect();
    }
    Ok(taken)
}

impl RefusedRule {
    /// Why the seller refuses, when that is what the answer says.
    fn reason(&self, answer: &Answer) -> Option<String> {
        let document = serde_json::from_slice::<Value>(&answer.body).ok();
        if !self.text.is_empty() {
            let words = page::words(&answer.body);
            if !self.text.iter().all(|text| words.contains(text.as_str())) {
                return None;
            }
        }
        if let Some(test) = &self.json
            && !document.as_ref().is_some_and(|document| test.holds(document))
        {
            return None;
        }
        let own = self.reason_pointer.as_deref().zip(document.as_ref());
        let own = own.and_then(|(pointer, document)| document.pointer(pointer)?.as_str());
        let usual = || self.reason.clone().unwrap_or_else(|| excerpt(&page::words(&answer.body)));
        Some(own.filter(|word| !word.is_empty()).map_or_else(usual, str::to_owned))
    }
}

/// What a step's answer has for later steps, under its name.
fn captured<'c>(answer: &Answer, capture: &'c CaptureKind) -> Result<(&'c String, Value), Unknown> {
    let json = || -> Result<Value, Unknown> {
        serde_json::from_slice(&answer.body)
            .map_err(|error| Unknown(format!("the answer is no JSON ({error})")))
    };
    match capture {
        CaptureKind::Value(name, Source::Json(pointer)) => {
            let document = json()?;
            let value = document.pointer(pointer).filter(|value| !value.is_null()).cloned();
            Ok((name, value.ok_or_else(|| Unknown(format!("the answer has no {pointer}")))?))
        }
        CaptureKind::Value(name, place) => {
            let value = value_at(answer, place)?.filter(|value| !value.is_empty());
            let value = value.ok_or_else(|| Unknown(format!("the answer has no value for `{name}`")))?;
            Ok((name, Value::String(value)))
        }
        CaptureKind::List(name, pointers) => {
            let document = json()?;
            let list = listed(&document, pointers);
            Ok((name, list.ok_or_else(|| Unknown(format!("the answer has no {}", pointers.join(" or "))))?))
        }
    }
}

/// All that the pointers find, in one list; `None` when that is nothing.
fn listed(document: &Value, pointers: &[String]) -> Option<Value> {
    let mut found = pointers.iter().filter_map(|pointer| document.pointer(pointer)).peekable();
    found.peek()?;
    let mut list = Vec::new();
    for value in found {
        match value {
            Value::Array(values) => list.extend(values.iter().cloned()),
            Value::Null => {}
            value @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                list.push(value.clone());
            }
        }
    }
    Some(Value::Array(list))
}

/// `None` for a seat that the answer does not place; the hold stands all the same.
fn granted_seat(seat: &Value, granted: &Granted) -> Option<GrantedSeat> {
    let text = |field: &str| match seat.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    Some(GrantedSeat {
        area: AreaId::new(text(&granted.area)?).ok()?,
        x: text(&granted.x)?.parse().ok()?,
        y: text(&granted.y)?.parse().ok()?,
        band: granted.band.as_deref().and_then(text).map(Into::into),
    })
}
