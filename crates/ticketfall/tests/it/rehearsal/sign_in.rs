//! What a member does by hand: the form is read, filled in and sent, beside all that is rehearsed.

use std::time::Duration;

use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use ticketfall::clock::Clock;
use ticketfall::seller::Transport;
use ticketfall::seller::transport::Request;
use ticketfall::session::{Jar, Origin, Session};
use ticketfall_boxoffice::{BoxOffice, Member, PREFIX};
use url::Url;

use super::{ORIGIN, profile};

/// A member's session, as one that was imported.
pub(crate) async fn signed_in(office: &BoxOffice, member: &Member, clock: Clock) -> Session {
    let transport = Transport::InProcess(office.router());
    let mut jar = Jar::default();
    let page = ask(&transport, &mut jar, clock, (Method::GET, String::new())).await;
    let token = page.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("__RequestVerificationToken", token)
        .append_pair("email", &member.email)
        .append_pair("password", &member.password)
        .finish();
    ask(&transport, &mut jar, clock, (Method::POST, form)).await;
    let name = member.email.split('@').next().unwrap();
    Session::new(profile(name), jar, "Rehearsal/1".to_owned(), clock.now(), Origin::Imported)
}

pub(super) fn sign_in_url() -> Url {
    Url::parse(&format!("{ORIGIN}{PREFIX}/Authentication/Login")).unwrap()
}

async fn ask(transport: &Transport, jar: &mut Jar, clock: Clock, (method, form): (Method, String)) -> String {
    let url = sign_in_url();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.extend(jar.header_for(&url, clock.now()).map(|cookies| (COOKIE, cookies)));
    let request = Request { method, url: url.clone(), headers, body: form.into() };
    let answer = transport.send(request, Duration::from_secs(5)).await.unwrap();
    jar.store_response(&url, answer.headers.get_all(SET_COOKIE), clock.now());
    String::from_utf8(answer.body.to_vec()).unwrap()
}
