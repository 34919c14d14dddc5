//! A waiting room in front of the box office, waited in by a real Chromium.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ticketfall::browser::{Browser, LocalOptions};
use ticketfall::clock::Clock;
use ticketfall::monitoring::{BrowserPlan, BrowserSeat, Connections, Parts, Supervisor};
use ticketfall::notify::{Dated, Notice, Notices};
use ticketfall::seller::{Definitions, Tls};
use ticketfall::store::Store;
use ticketfall::store::profiles::{self, BrowserChoice, Profile};
use ticketfall::vault::{Options, Vault};
use ticketfall_boxoffice::{BoxOffice, Script, Settings};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{ProfileId, SellerId};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use url::Url;

const SCRIPT: &str = r#"
    [room]
    opens = "6s"
    per_minute = 60
    ahead = 5
    host = "localhost"

    [[fall]]
    at = "8s"
    event = 4001
    seats = 2
    price = "61.00"
    count = 60
    every = "2s"
"#;

fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

async fn served(office: &BoxOffice) -> (Url, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let (mut serving, router) = (JoinSet::new(), office.router());
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (origin, serving)
}

async fn signed_in(dir: &std::path::Path, origin: &Url, office: &BoxOffice) -> Browser {
    let options = LocalOptions { headless: true, ..LocalOptions::new(dir.join("browser")) };
    let browser = Browser::start(&options).await.expect("Chromium starts; scripts/test installs it");
    let member = &office.members()[0];
    let within = Duration::from_secs(20);
    let page = browser.open(&origin.join("/northend/Authentication/Login").unwrap()).await.unwrap();
    page.wait_for_load(within).await.unwrap();
    page.fill("input[name=email]", &member.email).await.unwrap();
    page.fill("input[name=password]", &member.password).await.unwrap();
    page.click("button[type=submit]").await.unwrap();
    page.wait_for_url(|url| !url.path().ends_with("/Login"), within).await.unwrap();
    browser
}

async fn supervisor(dir: &std::path::Path, origin: &Url) -> Supervisor {
    let clock = Clock::system();
    let store = Store::open(dir, clock.now()).await.unwrap();
    let (vault, _) = Vault::open(dir, &Options::default()).unwrap();
    let profile = Profile {
        id: ada(),
        label: "Ada".to_owned(),
        browser: BrowserChoice::Local,
        proxy: None,
        seats_max: None,
        cost_max: None,
        created_at: clock.now(),
    };
    assert!(profiles::add(&store, profile).await.unwrap());
    let mut definitions = Definitions::shipped();
    let here = definitions.get(&SellerId::new("boxoffice").unwrap()).unwrap().at_origin(origin);
    definitions.add(here);
    Supervisor::new(Parts {
        clock,
        store,
        vault: Arc::new(vault),
        definitions,
        connections: Connections::Network(Box::new(Tls::new().unwrap())),
        notices: Notices::default(),
        browsers: BrowserPlan { headless: true, ..BrowserPlan::new(dir) },
        seed: 1,
    })
}

async fn until_held(notices: &mut broadcast::Receiver<Dated>) -> Vec<Notice> {
    let mut heard = vec![];
    let held = async {
        loop {
            let notice = notices.recv().await.unwrap().notice;
            let is_held = matches!(notice, Notice::OrderPage { .. });
            heard.push(notice);
            if is_held {
                break;
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(1), held).await;
    assert!(in_time.is_ok(), "nothing was held; the notices so far: {heard:#?}");
    heard
}

#[tokio::test]
async fn the_members_browser_waits_its_turn_and_the_search_goes_on_with_its_pass() {
    let office =
        BoxOffice::open(Settings { script: Script::from_toml(SCRIPT).unwrap(), ..Settings::default() });
    let (origin, _serving) = served(&office).await;
    let dir = tempfile::tempdir().unwrap();
    let browser = signed_in(dir.path(), &origin, &office).await;
    let supervisor = supervisor(dir.path(), &origin).await;
    let options = LocalOptions::new(dir.path().join("browser"));
    supervisor.seat(&ada(), BrowserSeat::new(BrowserChoice::Local, options).with(browser));
    let mut notices = supervisor.notices().listen();
    let event = origin.join("/northend/EDP/Event/Index/4001").unwrap();
    let wanted = Configuration { event: Some(event.to_string()), ..Configuration::default() };
    supervisor.start(&ada(), wanted).await.unwrap();
    let heard = until_held(&mut notices).await;
    assert!(supervisor.shut_down().await);

    let statuses: BTreeSet<&str> = heard
        .iter()
        .filter_map(
            |notice| if let Notice::Status { status, .. } = notice { Some(status.as_str()) } else { None },
        )
        .collect();
    assert!(statuses.contains("Queue") && statuses.contains("Tickets"), "{statuses:?}");
    let calls = heard.iter().filter(|notice| matches!(notice, Notice::Person { kind: "queue", .. })).count();
    assert_eq!(calls, 1, "the queue is opened once");
    let books = office.books();
    assert_eq!(books.violations(), Vec::<String>::new());
    let room = books.room.unwrap();
    assert_eq!(room.polls(), 0, "in a waiting room nobody polls");
    assert_eq!(room.places.len(), 1, "one place for one member");
}
