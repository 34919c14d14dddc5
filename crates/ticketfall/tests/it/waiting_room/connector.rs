//! The official connector between us and the box office: its redirects are known for what they are, and it takes the
//! tokens of our room as those of its own queue.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use ticketfall::browser::{self, LocalOptions};
use ticketfall::clock::Clock;
use ticketfall::seller::gate::Gate;
use ticketfall::seller::transport::{Answer, Request};
use ticketfall::seller::{Client, Definition, LookMemory, Network, Tls, Transport, shown};
use ticketfall::session::{Jar, Origin, Session};
use ticketfall_boxoffice::{BoxOffice, Room, Settings};
use ticketfall_core::ids::EventId;
use ticketfall_core::monitor::{PersonSeen, RoomShows};
use ticketfall_core::reading::Reading;
use url::Url;

use super::front::{Certificate, Front, QUEUE_HOST, room};
use super::stage::{Stage, ada, definition, served};

/// The box office behind the connector, whose queue is at the host that the connector knows.
fn guarded(front: &Front) -> Definition {
    let mut definition = definition(&front.site);
    definition.waiting_room.hosts = vec!["queue-it.net".to_owned()];
    definition
}

/// A member without a browser.
struct Member {
    transport: Transport,
    definition: Arc<Definition>,
    clock: Clock,
    jar: Jar,
}

impl Member {
    fn of(definition: Definition) -> Self {
        let network = Network::new(&Tls::new().unwrap(), None, true).unwrap();
        let (transport, clock) = (Transport::Network(network), Clock::system());
        Self { transport, definition: Arc::new(definition), clock, jar: Jar::default() }
    }

    async fn ask(&mut self, method: Method, url: &Url, form: String) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.extend(self.jar.header_for(url, self.clock.now()).map(|cookies| (COOKIE, cookies)));
        let request = Request { method, url: url.clone(), headers, body: form.into() };
        let answer = self.transport.send(request, Duration::from_secs(5)).await.unwrap();
        self.jar.store_response(url, answer.headers.get_all(SET_COOKIE), self.clock.now());
        answer
    }

    /// Where a page leads on to, when it does.
    async fn led(&mut self, url: &Url) -> Option<Url> {
        let answer = self.ask(Method::GET, url, String::new()).await;
        let location = answer.headers.get(LOCATION)?.to_str().unwrap();
        Some(url.join(location).unwrap())
    }

    async fn sign_in(&mut self, office: &BoxOffice) {
        let url = self.definition.origin().join("/northend/Authentication/Login").unwrap();
        let page = self.ask(Method::GET, &url, String::new()).await;
        let page = String::from_utf8(page.body.to_vec()).unwrap();
        let token = page.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        let member = &office.members()[0];
        let (email, password) = (member.email.replace('@', "%40"), &member.password);
        let form = format!("__RequestVerificationToken={token}&email={email}&password={password}");
        self.ask(Method::POST, &url, form).await;
    }

    /// A client with the cookies of now.
    fn client(&self) -> Client {
        let session =
            Session::new(ada(), self.jar.clone(), "Browser/1".to_owned(), self.clock.now(), Origin::Imported);
        let gate = Arc::new(Gate::new(self.definition.pace, 1, self.clock));
        let (definition, transport) = (self.definition.clone(), self.transport.clone());
        Client::new(definition, transport, gate, Arc::new(Mutex::new(session)), self.clock)
    }

    /// What the connector's answer to a spoiled pass shows in a browser.
    async fn refusal(&mut self, onward: &Url) -> RoomShows {
        let error = self.led(onward).await.unwrap();
        assert_eq!(error.host_str(), Some(QUEUE_HOST));
        assert!(self.definition.waiting_room.is_refusal(&error));
        let seen = shown(&self.definition, &error, "");
        let PersonSeen::Room { shows, .. } = seen else { panic!("{seen:?}") };
        shows
    }
}

/// The queue's URL, which the connector gave to a page or to its script.
fn queue_in<T: std::fmt::Debug>(turned: Result<T, Reading>) -> Url {
    let Err(Reading::Queue { url }) = turned else { panic!("no queue but {turned:?}") };
    Url::parse(&url).unwrap()
}

fn refused(why: &str) -> RoomShows {
    RoomShows::Refused { why: why.to_owned() }
}

#[tokio::test]
async fn the_official_connector_leads_to_the_queue_and_takes_the_tokens_of_our_room() {
    let office = BoxOffice::open(Settings::default());
    let (upstream, _serving) = served(&office).await;
    let Some(front) = Front::before(&upstream, None).await else { return };
    office.open_room(Room { ahead: 0, per_minute: 6_000, late_tokens: 1, ..room(&office) });
    let mut member = Member::of(guarded(&front));
    member.sign_in(&office).await;
    let event = EventId::new("4001").unwrap();

    let queue = queue_in(member.client().prepare(&event, None).await.outcome);
    let fixed = format!("https://{QUEUE_HOST}/?c=northend&e=matchday&ver=");
    assert!(queue.as_str().starts_with(&fixed), "{queue}");
    let entrance = upstream.join(&format!("/_queue/?{}", queue.query().unwrap())).unwrap();
    let late = loop {
        match member.led(&entrance).await {
            Some(onward) => break onward,
            None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    assert_eq!(member.refusal(&late).await, refused("it came too late"));
    let onward = member.led(&entrance).await.unwrap();
    let forged = Url::parse(&onward.as_str().replace("~ce_true", "~ce_false")).unwrap();
    assert_eq!(member.refusal(&forged).await, refused("it is not the one that was given"));

    let without_pass = member.jar.clone();
    let clean = member.led(&onward).await.unwrap();
    assert_eq!(clean.as_str(), front.site.join("/northend/EDP/Event/Index/4001").unwrap().as_str());
    let client = member.client();
    let prepared = Arc::new(client.prepare(&event, None).await.outcome.unwrap());
    let seen = client.look(&event, &prepared, &mut LookMemory::default()).await.reading;
    assert!(matches!(seen, Reading::Seats(_)), "{seen:?}");

    let turned = Member { jar: without_pass, ..member }.client();
    let seen = turned.look(&event, &prepared, &mut LookMemory::default()).await.reading;
    assert_eq!(queue_in::<()>(Err(seen)), queue, "a script is told of the same queue, in a header");
}

/// A Chromium that finds the queue's host at this machine, and takes the certificate that was made for it.
async fn browser_that_finds(front: &Front, dir: &std::path::Path) -> LocalOptions {
    let chromium = browser::find(None).await.expect("Chromium is there; scripts/test installs it").program;
    let program = dir.join("chromium");
    let (map, exec) = (format!("MAP {QUEUE_HOST}:443 127.0.0.1:{}", front.room), format!("exec {chromium}"));
    let script =
        format!("#!/bin/sh\n{exec} --ignore-certificate-errors --host-resolver-rules=\"{map}\" \"$@\"\n");
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    LocalOptions { headless: true, program: Some(program), ..LocalOptions::new(dir.join("browser")) }
}

#[tokio::test]
async fn the_members_browser_comes_through_the_official_connector() {
    let office = BoxOffice::open(Settings::default());
    let (upstream, serving) = served(&office).await;
    let dir = tempfile::tempdir().unwrap();
    let Some(certificate) = Certificate::make(dir.path()) else { return };
    let Some(front) = Front::before(&upstream, Some(&certificate)).await else { return };
    let options = browser_that_finds(&front, dir.path()).await;
    let mut stage = Stage::with(office, guarded(&front), options, (dir, serving)).await;
    stage.office.open_room(Room { ahead: 6, bad_tokens: 1, ..room(&stage.office) });
    stage.start(&ada()).await;
    stage.until_held().await;
    assert_eq!(
        stage.story(&ada()),
        [
            "SearchingTickets",
            "Queue",
            "(queue) wait in the queue in the browser",
            "Queue: the waiting room did not accept the pass: it is not the one that was given",
            "SearchingTickets",
            "Tickets"
        ]
    );
    assert_eq!(stage.end().await.unwrap().places.len(), 1, "one place for one member");
}
