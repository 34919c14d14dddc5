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

/// The form's field that carries what only its reader knows.
const TOKEN: &str = "__RequestVerificationToken";

/// A member's session, as one that was imported.
pub(crate) async fn signed_in(office: &BoxOffice, member: &Member, clock: Clock) -> Session {
    let transport = Transport::InProcess(office.router());
    let (mut jar, url) = (Jar::default(), sign_in_url());
    let page = ask(&transport, &mut jar, clock, (Method::GET, &url, String::new())).await;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(TOKEN, hidden_token(&page).unwrap())
        .append_pair("email", &member.email)
        .append_pair("password", &member.password)
        .finish();
    ask(&transport, &mut jar, clock, (Method::POST, &url, form)).await;
    let name = member.email.split('@').next().unwrap();
    Session::new(profile(name), jar, "Rehearsal/1".to_owned(), clock.now(), Origin::Imported)
}

/// Pays for what is in a member's basket; false when there is nothing.
pub(crate) async fn pay(office: &BoxOffice, mut jar: Jar, clock: Clock) -> bool {
    let (transport, url) = (Transport::InProcess(office.router()), page_at("/Checkout/Payment/1"));
    let page = ask(&transport, &mut jar, clock, (Method::GET, &url, String::new())).await;
    let Some(token) = hidden_token(&page) else { return false };
    let form = url::form_urlencoded::Serializer::new(String::new()).append_pair(TOKEN, token).finish();
    ask(&transport, &mut jar, clock, (Method::POST, &url, form)).await;
    true
}

pub(super) fn sign_in_url() -> Url {
    page_at("/Authentication/Login")
}

fn page_at(path: &str) -> Url {
    Url::parse(&format!("{ORIGIN}{PREFIX}{path}")).unwrap()
}

fn hidden_token(page: &str) -> Option<&str> {
    let field = page.split(&format!("name=\"{TOKEN}\"")).nth(1)?;
    field.split("value=\"").nth(1)?.split('"').next()
}

async fn ask(
    transport: &Transport,
    jar: &mut Jar,
    clock: Clock,
    (method, url, form): (Method, &Url, String),
) -> String {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.extend(jar.header_for(url, clock.now()).map(|cookies| (COOKIE, cookies)));
    let request = Request { method, url: url.clone(), headers, body: form.into() };
    let answer = transport.send(request, Duration::from_secs(5)).await.unwrap();
    jar.store_response(url, answer.headers.get_all(SET_COOKIE), clock.now());
    String::from_utf8(answer.body.to_vec()).unwrap()
}
