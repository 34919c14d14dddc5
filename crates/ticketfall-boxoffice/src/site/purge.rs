//! Gives back everything that a member holds at an event.

use serde_json::json;

use super::answer::Answer;
use super::ask::Ask;
use super::caller::SignedIn;
use crate::event::EventId;
use crate::house::House;
use crate::refusal::Refusal;

pub(super) fn answer(house: &mut House, ask: &Ask, who: &SignedIn) -> Result<Answer, Refusal> {
    let event: EventId = ask.query.need("eventId")?;
    let released = house.release(who.member, event, ask.now);
    Ok(Answer::json(&json!({ "PurgedSeats": released }))
        .note(format!("released {released} of event {event}")))
}
