//! The front page: the events, and the way in.

use askama::Template;

use super::answer::Answer;
use super::caller::Caller;
use crate::event::{Admission, Event};
use crate::house::House;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    member: Option<&'a str>,
    opens_at: &'a str,
    events: Vec<&'a Event>,
}

pub(super) fn answer(house: &House, caller: &Caller) -> Answer {
    let listed = |event: &&Event| matches!(event.admission, Admission::Open | Admission::Keyword(_));
    Answer::page(&Home {
        member: caller.member().map(|member| house.members[member].name.as_str()),
        opens_at: &house.opens_at,
        events: house.events().filter(listed).collect(),
    })
}
