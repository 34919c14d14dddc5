//! The service of the benchmarks: the supervisor as it runs for users, its seller in another process, and members
//! who are signed in there.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{TryStreamExt as _, stream};
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use tempfile::TempDir;
use ticketfall::clock::Clock;
use ticketfall::monitoring::{BrowserPlan, Connections, Parts, Supervisor};
use ticketfall::notify::Notices;
use ticketfall::seller::transport::Request;
use ticketfall::seller::{Definitions, Network, Tls, Transport};
use ticketfall::session::{Jar, Origin, Session};
use ticketfall::store::Store;
use ticketfall::store::profiles::{self, BrowserChoice, Profile, Sealed};
use ticketfall::store::sessions::{self, KeptSession};
use ticketfall::vault::{Options, Purpose, Vault};
use ticketfall_boxoffice::{BoxOffice, LEAGUE_MATCH, Member, PREFIX, Settings};
use ticketfall_core::configuration::{Configuration, SeatCount, SpeedLimit};
use ticketfall_core::ids::{ProfileId, SellerId};
use ticketfall_core::price::{Currency, Price};
use url::Url;

use crate::seller::Terms;
use crate::{Outcome, SELLER};

const PATIENCE: Duration = Duration::from_mins(1);
/// So many searches start at once.
const AT_ONCE: usize = 16;
/// At most one of so many renews its session at any moment.
const RENEWING: usize = 100;
/// How many lines of the seller's are kept until somebody reads them.
const LINES_MAX: usize = 1_000_000;

/// The seller's process, which ends with the program.
pub(crate) struct House {
    process: Option<Child>,
    pub(crate) origin: Url,
    told: Arc<Mutex<VecDeque<String>>>,
}

impl House {
    pub(crate) fn open(terms: Terms) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(SELLER).args(terms.words()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no stdout")?).lines();
        let origin = lines.next().ok_or("the seller did not start")??.parse()?;
        let told: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let telling = Arc::clone(&told);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut told = telling.lock().expect("nobody panics with the lines");
                told.push_back(line);
                if told.len() > LINES_MAX {
                    told.pop_front();
                }
            }
        });
        Ok(Self { process: Some(process), origin, told })
    }

    /// What it wrote down since it was last asked.
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.lock().expect("nobody panics with the lines").drain(..).collect()
    }

    /// One that another process has opened.
    pub(crate) fn known(origin: Url) -> Self {
        Self { process: None, origin, told: Arc::default() }
    }

    pub(crate) fn page(&self, path: &str) -> Url {
        self.origin.join(&format!("{PREFIX}{path}")).expect("a path joins an origin")
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // One that has ended already needs no ending.
            drop(process.kill());
            drop(process.wait());
        }
    }
}

/// A service without browsers.
pub(crate) struct Service {
    pub(crate) supervisor: Supervisor,
    pub(crate) clock: Clock,
    store: Store,
    vault: Arc<Vault>,
    _home: TempDir,
}

impl Service {
    pub(crate) async fn open(house: &House) -> Outcome<Self> {
        Self::open_with(house, Connections::Network(Box::new(Tls::new()?)), Clock::system()).await
    }

    /// One whose seller is reached in this way, by this clock.
    pub(crate) async fn open_with(house: &House, connections: Connections, clock: Clock) -> Outcome<Self> {
        // Starting thousands waits for the disk, and nothing that is measured here does.
        let in_memory = Path::new("/dev/shm");
        let home = if in_memory.is_dir() { TempDir::new_in(in_memory)? } else { TempDir::new()? };
        let store = Store::open(home.path(), clock.now()).await?;
        let vault = Arc::new(Vault::open(home.path(), &Options::default())?.0);
        let mut definitions = Definitions::shipped();
        let shipped = definitions.get(&SellerId::new("boxoffice")?).ok_or("no box office")?;
        definitions.add(shipped.clone().at_origin(&house.origin));
        let supervisor = Supervisor::new(Parts {
            clock,
            store: store.clone(),
            vault: Arc::clone(&vault),
            definitions,
            connections,
            notices: Notices::default(),
            browsers: BrowserPlan::new(home.path()),
            where_likely: true,
            seed: 1,
        });
        Ok(Self { supervisor, store, vault, clock, _home: home })
    }

    /// Takes in so many members, counted from `first`, who share these sessions in turn.
    pub(crate) async fn enlist(&self, numbers: std::ops::Range<usize>, sessions: &[Session]) -> Outcome<()> {
        for number in numbers {
            let id = name(number);
            let profile = Profile {
                id: id.clone(),
                label: id.to_string(),
                browser: BrowserChoice::None,
                proxy: None,
                seats_max: None,
                cost_max: None,
                created_at: self.clock.now(),
            };
            profiles::add(&self.store, profile).await?;
            let session = &sessions[number % sessions.len()];
            let sealed = Sealed(self.vault.seal(&id, Purpose::Session, &session.to_bytes()));
            sessions::keep(&self.store, &id, KeptSession { sealed, taken_at: session.taken_at }).await?;
        }
        Ok(())
    }

    pub(crate) async fn start(&self, number: usize, wish: Configuration) -> Outcome<()> {
        self.supervisor.start(&name(number), wish).await?;
        Ok(())
    }

    /// Starts several at once, as a service that starts again does.
    pub(crate) async fn start_all(
        &self,
        numbers: std::ops::Range<usize>,
        wish: impl Fn(usize) -> Outcome<Configuration>,
    ) -> Outcome<()> {
        let wishes = numbers.map(|number| Ok((number, wish(number)?)));
        let start = |(number, wish)| self.start(number, wish);
        stream::iter(wishes).try_for_each_concurrent(AT_ONCE, start).await
    }

    /// Ends when as good as so many searches look: of a crowd, somebody always renews a session.
    pub(crate) async fn until_looking(&self, count: usize) -> Outcome<()> {
        let deadline = self.clock.now().checked_add(PATIENCE * 10)?;
        loop {
            let ready: usize = self.supervisor.watches().iter().map(|(_, view)| view.in_line).sum();
            if ready >= count - count / RENEWING {
                return Ok(());
            }
            if self.clock.now() > deadline {
                return Err(format!("{ready} of {count} searches look").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The name of a member by its number, in the order of the numbers.
pub(crate) fn name(number: usize) -> ProfileId {
    ProfileId::new(format!("member-{number:06}")).expect("letters and digits make a name")
}

/// Signs the first `count` accounts of the box office in.
pub(crate) async fn signed_in(house: &House, count: usize) -> Outcome<Vec<Session>> {
    signed_in_over(&Transport::Network(Network::new(&Tls::new()?, None, true)?), house, count).await
}

/// The same, where the box office is reached in this way.
pub(crate) async fn signed_in_over(
    transport: &Transport,
    house: &House,
    count: usize,
) -> Outcome<Vec<Session>> {
    let accounts = BoxOffice::open(Settings { members: count, ..Settings::default() }).members();
    let mut sessions = Vec::new();
    for (number, member) in accounts.iter().enumerate() {
        let jar = sign_in(house, transport, member).await?;
        let taken_at = Clock::system().now();
        sessions.push(Session::new(name(number), jar, "Bench/1".to_owned(), taken_at, Origin::Imported));
    }
    Ok(sessions)
}

async fn sign_in(house: &House, transport: &Transport, member: &Member) -> Outcome<Jar> {
    let mut jar = Jar::default();
    let form = ask(house, transport, &mut jar, (Method::GET, String::new())).await?;
    let token = form.split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("__RequestVerificationToken", token.ok_or("no token")?)
        .append_pair("email", &member.email)
        .append_pair("password", &member.password)
        .finish();
    ask(house, transport, &mut jar, (Method::POST, fields)).await?;
    Ok(jar)
}

async fn ask(
    house: &House,
    transport: &Transport,
    jar: &mut Jar,
    (method, fields): (Method, String),
) -> Outcome<String> {
    let (url, now) = (house.page("/Authentication/Login"), Clock::system().now());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.extend(jar.header_for(&url, now).map(|cookies| (COOKIE, cookies)));
    let request = Request { method, url: url.clone(), headers, body: fields.into() };
    let answer = transport.send(request, PATIENCE).await?;
    jar.store_response(&url, answer.headers.get_all(SET_COOKIE), now);
    Ok(String::from_utf8(answer.body.to_vec())?)
}

/// So many seats at the league match, for so many pence each at most.
pub(crate) fn wish(house: &House, seats: u32, pence: i64) -> Configuration {
    Configuration {
        event: Some(house.page(&format!("/EDP/Event/Index/{LEAGUE_MATCH}")).to_string()),
        seat_count: SeatCount::new(seats).expect("so many may be wanted"),
        max_price: Price::new(pence, Currency::GBP),
        speed_limit: SpeedLimit::default(),
        ..Configuration::default()
    }
}

/// Lets so many seats fall together at the league match, for so many pence each.
pub(crate) fn fall_request(house: &House, seats: u32, pence: i64) -> Outcome<Request> {
    let price = format!("{}.{:02}", pence / 100, pence % 100);
    let fall = serde_json::json!({ "event": LEAGUE_MATCH.0, "seats": seats, "price": price });
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let url = house.origin.join("/_boxoffice/fall")?;
    Ok(Request { method: Method::POST, url, headers, body: fall.to_string().into() })
}

/// The feed of the league match.
pub(crate) fn feed(house: &House) -> Url {
    let mut url = house.page("/EDP/Seats/AvailableResale");
    url.set_query(Some(
        "AreSeatsTogether=false&EventId=4001&MarketType=1&MaximumPrice=10000000&MinimumPrice=0&Quantity=1",
    ));
    url
}

/// Reads it, as a look does.
pub(crate) async fn availability(house: &House, session: &Session) -> Outcome<Vec<u8>> {
    let transport = Transport::Network(Network::new(&Tls::new()?, None, true)?);
    let url = feed(house);
    let mut headers = HeaderMap::new();
    headers.extend(session.jar.header_for(&url, Clock::system().now()).map(|cookies| (COOKIE, cookies)));
    headers.insert("X-Requested-With", HeaderValue::from_static("XMLHttpRequest"));
    let request = Request { method: Method::GET, url, headers, body: axum::body::Bytes::new() };
    let answer = transport.send(request, PATIENCE).await?;
    if !answer.status.is_success() {
        return Err(format!("the feed answers with status {}", answer.status).into());
    }
    Ok(answer.body.to_vec())
}
