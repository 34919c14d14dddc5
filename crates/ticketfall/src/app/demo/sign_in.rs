//! What the demo's member would do by hand: sign in, in a browser or without.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use ticketfall_boxoffice::{Member, PREFIX};
use ticketfall_core::ids::ProfileId;
use url::Url;
use url::form_urlencoded::Serializer;

use super::super::Error;
use crate::browser::{self, Browser, LocalOptions};
use crate::clock::Clock;
use crate::seller::transport::{Answer, Request};
use crate::seller::{Network, Tls, Transport};
use crate::session::{Jar, Origin, Session};

const WITHIN: Duration = Duration::from_secs(20);
const TOKEN: &str = "name=\"__RequestVerificationToken\" value=\"";

fn sign_in_page(origin: &Url) -> Url {
    origin.join(&format!("{PREFIX}/Authentication/Login")).expect("a path joins an origin")
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::SignIn(error.to_string())
}

/// Starts a browser and fills the form in.
pub(super) async fn in_browser(
    options: &LocalOptions,
    origin: &Url,
    member: &Member,
) -> Result<Browser, Error> {
    let browser = Browser::start(options).await.map_err(refused)?;
    match fill_in(&browser, origin, member).await {
        Ok(()) => Ok(browser),
        Err(error) => {
            browser.close().await;
            Err(refused(error))
        }
    }
}

async fn fill_in(browser: &Browser, origin: &Url, member: &Member) -> Result<(), browser::Error> {
    let page = browser.open(&sign_in_page(origin)).await?;
    page.wait_for_load(WITHIN).await?;
    page.fill("input[name=email]", &member.email).await?;
    page.fill("input[name=password]", &member.password).await?;
    page.click("button[type=submit]").await?;
    page.wait_for_url(|url| !url.path().ends_with("/Login"), WITHIN).await?;
    Ok(())
}

/// Signs in without a browser, the way a session that was imported came about.
pub(super) async fn over_http(
    profile: &ProfileId,
    origin: &Url,
    member: &Member,
    clock: Clock,
) -> Result<Session, Error> {
    let network = Network::new(&Tls::new()?, None, true)?;
    let visitor = Visitor { transport: Transport::Network(network), jar: Arc::default(), clock };
    let page = sign_in_page(origin);
    let answer = visitor.send(Method::GET, &page, Bytes::new()).await?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let token = text.split_once(TOKEN).and_then(|(_, rest)| rest.split('"').next());
    let token = token.ok_or_else(|| refused("the sign-in page carries no token"))?;
    let form = Serializer::new(String::new())
        .append_pair("__RequestVerificationToken", token)
        .append_pair("email", &member.email)
        .append_pair("password", &member.password)
        .finish();
    let answer = visitor.send(Method::POST, &page, Bytes::from(form)).await?;
    if !answer.status.is_redirection() {
        return Err(refused(format!("the box office answers with status {}", answer.status)));
    }
    let jar = visitor.jar.lock().expect("nothing panics while it holds the jar").clone();
    Ok(Session::new(profile.clone(), jar, "Ticketfall demo".to_owned(), clock.now(), Origin::Imported))
}

struct Visitor {
    transport: Transport,
    jar: Arc<Mutex<Jar>>,
    clock: Clock,
}

impl Visitor {
    async fn send(&self, method: Method, url: &Url, body: Bytes) -> Result<Answer, Error> {
        let mut headers = HeaderMap::new();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        let cookies = self.jar().header_for(url, self.clock.now());
        headers.extend(cookies.map(|cookies| (COOKIE, cookies)));
        let request = Request { method, url: url.clone(), headers, body };
        let answer = self.transport.send(request, WITHIN).await.map_err(refused)?;
        self.jar().store_response(url, answer.headers.get_all(SET_COOKIE), self.clock.now());
        Ok(answer)
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, Jar> {
        self.jar.lock().expect("nothing panics while it holds the jar")
    }
}
