//! Updates of cookies as people see them: refused, under way, over.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use ticketfall::config::{CookieSettings, Environment};
use ticketfall::monitoring::CookieSource;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::looking_at;
use super::stage::Stage;

/// A service that takes its time, and knows everybody but Ben.
async fn cookie_service(ada: String) -> (CookieSource, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/{{profile}}", listener.local_addr().unwrap());
    let answer = async move |Path(name): Path<String>| {
        tokio::time::sleep(Duration::from_secs(2)).await;
        if name == "ada" { ada } else { "nobody is called that".to_owned() }
    };
    let router = Router::new().route("/{name}", get(answer));
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let settings = CookieSettings {
        url: Some(url.parse().unwrap()),
        pointer: None,
        private: true,
        together: 1,
        timeout: 5,
        headers: BTreeMap::new(),
    };
    (CookieSource { settings, environment: Environment::default() }, serving)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_cookies_is_followed_member_by_member() {
    let stage = Stage::open("", 2).await;
    let tab = looking_at(&stage).await;
    tab.go(&stage.at("/cookies")).await;
    tab.click("form[action='/cookies/update'] button").await;
    tab.sees("That did not work.").await;
    let (source, _serving) = cookie_service(stage.cookies_of(0).await).await;
    stage.supervisor.fetch_cookies_from(source);
    tab.click("form[action='/cookies/update'] button").await;
    tab.sees("The update has begun.").await;
    tab.sees("asking the service").await;
    tab.until("document.querySelector('#job progress').value === 1").await;
    tab.sees("2 of 2 members").await;
    tab.sees("2 of 2 cookies in the session").await;
    tab.until("document.querySelector('#job .report .badge').textContent === 'failed'").await;
    tab.until("document.querySelector('#job .report a').textContent === 'Ben'").await;
    tab.close().await;
}
