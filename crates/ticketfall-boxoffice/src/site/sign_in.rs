//! Signing in and out.

use askama::Template;
use http::StatusCode;

use super::answer::Answer;
use super::ask::{Ask, Fields};
use super::caller::Caller;
use super::{PREFIX, SESSION_COOKIE};
use crate::house::House;
use crate::refusal::Refusal;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Form<'a> {
    token: &'a str,
    back: &'a str,
    complaint: Option<&'a str>,
}

pub(super) fn form(house: &House, ask: &Ask, caller: &Caller) -> Answer {
    show(house, &ask.query, caller, None)
}

pub(super) fn sign_in(house: &mut House, ask: &Ask, caller: &Caller) -> Result<Answer, Refusal> {
    let form = ask.form();
    let token = form.get("__RequestVerificationToken").unwrap_or_default();
    if token != house.sessions.form_token(&caller.visitor().id) {
        return Err(Refusal::StaleKey);
    }
    let (email, password) = (form.get("email").unwrap_or_default(), form.get("password").unwrap_or_default());
    let Some(member) = house.member_by_login(email, password) else {
        let complaint = "That email address and password do not belong together.";
        let page = show(house, &form, caller, Some(complaint));
        return Ok(page.status(StatusCode::UNAUTHORIZED).note("refused: wrong password"));
    };
    let session = house.sessions.open(member, ask.now);
    let cookie = format!("{SESSION_COOKIE}={session}; Path={PREFIX}; HttpOnly; SameSite=Lax");
    Ok(Answer::redirect_to(&way_back(&form))
        .set_cookie(&cookie)
        .note(format!("signed in {}", house.email(member))))
}

pub(super) fn sign_out(house: &mut House, caller: &Caller) -> Answer {
    if let Caller::Member { signed_in, .. } = caller {
        house.sessions.close(&signed_in.session);
    }
    let cookie = format!("{SESSION_COOKIE}=; Path={PREFIX}; HttpOnly; SameSite=Lax; Max-Age=0");
    Answer::redirect("/?PublishLogoutDataLayer=true").set_cookie(&cookie).note("signed out")
}

fn show(house: &House, fields: &Fields, caller: &Caller, complaint: Option<&str>) -> Answer {
    let token = house.sessions.form_token(&caller.visitor().id);
    Answer::page(&Form { token: &token, back: &way_back(fields), complaint })
}

/// Where the browser goes after signing in: a page of this site, whatever the form says.
pub(super) fn way_back(fields: &Fields) -> String {
    let wanted = fields.get("ReturnUrl").unwrap_or_default();
    let ours = wanted.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with('/'));
    let plain = wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours && plain { wanted.to_owned() } else { format!("{PREFIX}/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_the_site() {
        let back = |url: &str| way_back(&Fields::read(&format!("ReturnUrl={url}")));
        assert_eq!(back("/northend/EDP/Event/Index/4001"), "/northend/EDP/Event/Index/4001");
        for elsewhere in
            ["https://example.com/", "//example.com", "/northend.example.com/", "/northend/%0d%0aX:1", ""]
        {
            assert_eq!(back(elsewhere), "/northend/", "{elsewhere}");
        }
    }
}
