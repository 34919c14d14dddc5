//! Members who are signed in and search at one event, written to a store on disk, and the service that finds them there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use ticketfall::clock::Clock;
use ticketfall::monitoring::{BrowserPlan, Connections, Parts, Supervisor};
use ticketfall::notify::Notices;
use ticketfall::seller::transport::Request as Asked;
use ticketfall::seller::{Definitions, Transport};
use ticketfall::session::{Jar, Origin, Session};
use ticketfall::store::Store;
use ticketfall::vault::{Options, Purpose, Vault};
use ticketfall_boxoffice::{BoxOffice, LEAGUE_MATCH, PREFIX, Settings};
use ticketfall_core::ids::ProfileId;
use tokio::task::JoinSet;
use url::Url;

use crate::Outcome;
use crate::season::weigh;

const ORIGIN: &str = "http://127.0.0.1:7480";
const PATIENCE: Duration = Duration::from_secs(5);
const GIVEN_UP: Duration = Duration::from_mins(10);
/// So many different prices are wanted.
const PRICES: usize = 50;

/// A store with members, and the seller that they are signed in to.
pub(crate) struct Stage {
    home: PathBuf,
    office: BoxOffice,
    members: usize,
    clock: Clock,
}

/// A service that has taken up every search.
pub(crate) struct Service {
    pub(crate) supervisor: Supervisor,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) home: PathBuf,
}

/// How often the seller was asked besides looks, and for baskets, which every search reads once before it is ready.
#[derive(Debug, Default)]
struct Upkeep {
    asked: AtomicUsize,
    baskets: AtomicUsize,
}

impl Stage {
    /// Writes the members; one account of the seller's stands in for all of them, since nobody holds anything.
    pub(crate) async fn fill(home: &Path, members: usize) -> Outcome<Self> {
        let (clock, office) = (Clock::system(), BoxOffice::open(Settings::default()));
        drop(Store::open(home, clock.now()).await?);
        let vault = Vault::open(home, &Options::default())?.0;
        let jar = signed_in(&office, clock).await?;
        let mut database = Connection::open(home.join("ticketfall.db"))?;
        let writing = database.transaction()?;
        for number in 0..members {
            let name = ProfileId::new(format!("member-{number:05}"))?;
            let session =
                Session::new(name.clone(), jar.clone(), "Bench/1".to_owned(), clock.now(), Origin::Imported);
            let sealed = vault.seal(&name, Purpose::Session, &session.to_bytes());
            member(&writing, &name, number, &sealed, clock.now())?;
        }
        writing.commit()?;
        Ok(Self { home: home.to_owned(), office, members, clock })
    }

    /// Starts the service as after a restart, and tells how long each part of that took.
    pub(crate) async fn start(self) -> Outcome<Service> {
        let (clock, began) = (self.clock, self.clock.now());
        let store = Store::open(&self.home, clock.now()).await?;
        let upkeep = Arc::new(Upkeep::default());
        println!("  the store is open after      {:>9.2} s", seconds(began, clock.now()));
        let supervisor = Supervisor::new(Parts {
            clock,
            store: store.clone(),
            vault: Arc::new(Vault::open(&self.home, &Options::default())?.0),
            definitions: Definitions::shipped(),
            connections: Connections::InProcess(counted(self.office.router(), &upkeep)),
            notices: Notices::default(),
            browsers: BrowserPlan::new(&self.home),
            seed: 1,
            where_likely: true,
        });
        let mut seen = JoinSet::new();
        seen.spawn(first_look(supervisor.clone(), clock));
        supervisor.line_up(Vec::new()).await?;
        println!("  everybody is in line after   {:>9.2} s", seconds(began, clock.now()));
        supervisor.resume_all().await;
        let resumed = clock.now();
        println!(
            "  the first look is over after {:>9.2} s",
            seconds(began, seen.join_next().await.ok_or("nobody looks")??)
        );
        println!("  every search runs after      {:>9.2} s", seconds(began, resumed));
        println!(
            "  and is ready to hold after   {:>9.2} s",
            seconds(began, upkeep.over(self.members, clock).await?)
        );
        let asked = upkeep.asked.load(Ordering::Relaxed);
        println!(
            "  the seller was asked         {asked:>9} times for {} members, besides looks",
            self.members
        );
        let odd = supervisor.statuses().into_iter().find(|(_, _, view)| view.label != "SearchingTickets");
        match odd {
            Some((name, _, view)) => Err(format!("{name} shows {}", view.label).into()),
            None => Ok(Service { supervisor, store, clock, home: self.home }),
        }
    }
}

impl Service {
    /// Keeps house as the service does by itself, and tells what that took and left.
    pub(crate) async fn tidied(&self) -> Outcome<()> {
        let began = self.clock.now();
        self.supervisor.tidy().await?;
        println!("  housekeeping took            {:>9.2} s", seconds(began, self.clock.now()));
        let database = Connection::open(self.home.join("ticketfall.db"))?;
        weigh(&database, "a season after housekeeping")
    }
}

impl Upkeep {
    /// When every basket was asked for.
    async fn over(&self, members: usize, clock: Clock) -> Outcome<Timestamp> {
        let deadline = clock.now().checked_add(GIVEN_UP)?;
        while clock.now() < deadline {
            if self.baskets.load(Ordering::Relaxed) >= members {
                return Ok(clock.now());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("not every search gets ready".into())
    }
}

async fn first_look(supervisor: Supervisor, clock: Clock) -> Timestamp {
    while supervisor.watches().iter().all(|(_, view)| view.looks == 0) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    clock.now()
}

fn counted(router: Router, upkeep: &Arc<Upkeep>) -> Router {
    let upkeep = Arc::clone(upkeep);
    router.layer(from_fn(move |request: Request, next: Next| {
        let upkeep = Arc::clone(&upkeep);
        async move {
            let path = request.uri().path();
            if !path.contains("/Seats/Available") {
                upkeep.asked.fetch_add(1, Ordering::Relaxed);
            }
            if path.ends_with("/Checkout/Basket") {
                upkeep.baskets.fetch_add(1, Ordering::Relaxed);
            }
            next.run(request).await
        }
    }))
}

fn member(
    database: &Connection,
    name: &ProfileId,
    number: usize,
    sealed: &[u8],
    now: Timestamp,
) -> Outcome<()> {
    let (name, at) = (name.as_str(), now.as_microsecond());
    let label = format!("Member {number}");
    database.execute(
        r#"INSERT INTO profiles (id, label, browser, created_at) VALUES (?1, ?2, '{"kind":"none"}', ?3)"#,
        params![name, label, at],
    )?;
    database.execute(
        "INSERT INTO sessions (profile, sealed, taken_at) VALUES (?1, ?2, ?3)",
        params![name, sealed, at],
    )?;
    let pounds = 1 + number % PRICES;
    let wish = format!(
        r#"{{"maxPrice":{{"amount":"{pounds}.00","currency":"GBP"}},"onMatch":"hold","seatCount":2}}"#
    );
    database.execute(
        "INSERT INTO monitors
             (profile, seller, event, event_url, configuration, desired, waiting_since, status, status_at)
         VALUES (?1, 'boxoffice', ?2, ?3, ?4, 'running', ?5, 'SearchingTickets', ?5)",
        params![
            name,
            LEAGUE_MATCH.to_string(),
            page(&format!("/EDP/Event/Index/{LEAGUE_MATCH}")).as_str(),
            wish,
            at
        ],
    )?;
    Ok(())
}

async fn signed_in(office: &BoxOffice, clock: Clock) -> Outcome<Jar> {
    let account = office.members().swap_remove(0);
    let (transport, mut jar) = (Transport::InProcess(office.router()), Jar::default());
    let form = ask(&transport, &mut jar, clock, (Method::GET, String::new())).await?;
    let token = form.split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("__RequestVerificationToken", token.ok_or("no token")?)
        .append_pair("email", &account.email)
        .append_pair("password", &account.password)
        .finish();
    ask(&transport, &mut jar, clock, (Method::POST, fields)).await?;
    Ok(jar)
}

async fn ask(
    transport: &Transport,
    jar: &mut Jar,
    clock: Clock,
    (method, form): (Method, String),
) -> Outcome<String> {
    let url = page("/Authentication/Login");
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.extend(jar.header_for(&url, clock.now()).map(|cookies| (COOKIE, cookies)));
    let asked = Asked { method, url: url.clone(), headers, body: form.into() };
    let answer = transport.send(asked, PATIENCE).await?;
    jar.store_response(&url, answer.headers.get_all(SET_COOKIE), clock.now());
    Ok(String::from_utf8(answer.body.to_vec())?)
}

fn page(path: &str) -> Url {
    format!("{ORIGIN}{PREFIX}{path}").parse().expect("a path makes a URL")
}

/// From one time to a later one.
pub(crate) fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}
