//! What a parked member costs in memory: a search whose session waits beside the one watch, against a headless
//! Chromium that has the match page open. The box office is a process of its own, so that none of it is counted.
#![expect(clippy::print_stdout, reason = "what was measured is this program's answer")]

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method};
use tempfile::TempDir;
use ticketfall::browser::{Browser, LocalOptions};
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
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{ProfileId, SellerId};
use tokio::net::TcpListener;
use url::Url;

type Outcome<T> = Result<T, Box<dyn Error>>;

const BOX_OFFICE: &str = "--box-office";
/// So many searches are under way before the first reading, for what all of them share.
const SHARING: usize = 10;
/// By then a member who only waits has closed its connection to the seller.
const PARKED: Duration = Duration::from_secs(25);
const SETTLED: Duration = Duration::from_secs(3);
/// Memory that changes by less than this part of itself has settled.
const STEADY: f64 = 0.005;
const PATIENCE: Duration = Duration::from_mins(1);

/// Ends the box office with the program.
struct House(Child);

impl Drop for House {
    fn drop(&mut self) {
        // One that has ended already needs no ending.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// A service without browsers, and where its seller is.
struct Service {
    supervisor: Supervisor,
    store: Store,
    vault: Arc<Vault>,
    clock: Clock,
    origin: Url,
    _home: TempDir,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| arguments.iter().skip_while(|word| *word != name).nth(1);
    if let Some(members) = after(BOX_OFFICE) {
        return open_box_office(members.parse()?).await;
    }
    let is_quick = arguments.iter().any(|word| word == "--test");
    let count: usize = match after("--members") {
        Some(members) => members.parse()?,
        None => {
            if is_quick {
                2 * SHARING
            } else {
                1_000
            }
        }
    };
    let (_house, origin) = house(count)?;
    let service = Service::open(origin).await?;
    let parked = service.parked(count, if is_quick { Duration::ZERO } else { PARKED }).await?;
    let browser = service.browser(if is_quick { 1 } else { 3 }).await?;
    println!("parked without a browser: {parked:>9.1} KiB a member, of {count}");
    println!("with a headless Chromium: {browser:>9.1} KiB a member");
    println!("a browser is {:.0} members", browser / parked);
    service.supervisor.shut_down().await;
    Ok(())
}

async fn open_box_office(members: usize) -> Outcome<()> {
    let office = BoxOffice::open(Settings { members, ..Settings::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    Ok(axum::serve(listener, office.router()).await?)
}

fn house(members: usize) -> Outcome<(House, Url)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([BOX_OFFICE, &members.to_string()]).stdout(Stdio::piped());
    let mut house = House(command.spawn()?);
    let mut origin = String::new();
    BufReader::new(house.0.stdout.take().ok_or("no stdout")?).read_line(&mut origin)?;
    Ok((house, origin.trim().parse()?))
}

impl Service {
    async fn open(origin: Url) -> Outcome<Self> {
        let (home, clock) = (TempDir::new()?, Clock::system());
        let store = Store::open(home.path(), clock.now()).await?;
        let vault = Arc::new(Vault::open(home.path(), &Options::default())?.0);
        let mut definitions = Definitions::shipped();
        let shipped = definitions.get(&SellerId::new("boxoffice")?).ok_or("no box office")?;
        definitions.add(shipped.clone().at_origin(&origin));
        let supervisor = Supervisor::new(Parts {
            clock,
            store: store.clone(),
            vault: Arc::clone(&vault),
            definitions,
            connections: Connections::Network(Box::new(Tls::new()?)),
            notices: Notices::default(),
            browsers: BrowserPlan::new(home.path()),
            seed: 1,
        });
        Ok(Self { supervisor, store, vault, clock, origin, _home: home })
    }

    fn page(&self, path: &str) -> Url {
        self.origin.join(&format!("{PREFIX}{path}")).expect("a path joins an origin")
    }

    /// What one further search adds, in KiB.
    async fn parked(&self, count: usize, parked: Duration) -> Outcome<f64> {
        let members = BoxOffice::open(Settings { members: count, ..Settings::default() }).members();
        let names: Vec<ProfileId> =
            (0..count).map(|n| ProfileId::new(format!("member-{n}"))).collect::<Result<_, _>>()?;
        for (name, member) in names.iter().zip(&members) {
            self.enlist(name, member).await?;
        }
        let (first, rest) = names.split_at(SHARING);
        self.start(first, parked).await?;
        let before = held(&[std::process::id()])?;
        self.start(rest, parked).await?;
        let after = held(&[std::process::id()])?;
        #[expect(clippy::cast_precision_loss, reason = "a count of members is small")]
        Ok((after - before) / rest.len() as f64)
    }

    async fn enlist(&self, name: &ProfileId, member: &Member) -> Outcome<()> {
        let profile = Profile {
            id: name.clone(),
            label: member.name.clone(),
            browser: BrowserChoice::None,
            proxy: None,
            seats_max: None,
            cost_max: None,
            created_at: self.clock.now(),
        };
        profiles::add(&self.store, profile).await?;
        let session = self.signed_in(name, member).await?;
        let sealed = Sealed(self.vault.seal(name, Purpose::Session, &session.to_bytes()));
        let kept = KeptSession { sealed, taken_at: session.taken_at };
        Ok(sessions::keep(&self.store, name, kept).await?)
    }

    async fn signed_in(&self, name: &ProfileId, member: &Member) -> Outcome<Session> {
        let transport = Transport::Network(Network::new(&Tls::new()?, None, true)?);
        let mut jar = Jar::default();
        let form = self.ask(&transport, &mut jar, Method::GET, String::new()).await?;
        let token = form.split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let fields = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("__RequestVerificationToken", token.ok_or("no token")?)
            .append_pair("email", &member.email)
            .append_pair("password", &member.password)
            .finish();
        self.ask(&transport, &mut jar, Method::POST, fields).await?;
        Ok(Session::new(name.clone(), jar, "Bench/1".to_owned(), self.clock.now(), Origin::Imported))
    }

    async fn ask(
        &self,
        transport: &Transport,
        jar: &mut Jar,
        method: Method,
        fields: String,
    ) -> Outcome<String> {
        let url = self.page("/Authentication/Login");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.extend(jar.header_for(&url, self.clock.now()).map(|cookies| (COOKIE, cookies)));
        let request = Request { method, url: url.clone(), headers, body: fields.into() };
        let answer = transport.send(request, PATIENCE).await?;
        jar.store_response(&url, answer.headers.get_all(SET_COOKIE), self.clock.now());
        Ok(String::from_utf8(answer.body.to_vec())?)
    }

    /// Starts searches, and waits until they have read what they read once, and memory stays as it is.
    async fn start(&self, names: &[ProfileId], parked: Duration) -> Outcome<()> {
        let event = Some(self.page(&format!("/EDP/Event/Index/{LEAGUE_MATCH}")).to_string());
        for name in names {
            let wish = Configuration { event: event.clone(), ..Configuration::default() };
            self.supervisor.start(name, wish).await?;
        }
        tokio::time::sleep(parked).await;
        let deadline = self.clock.now().checked_add(PATIENCE)?;
        let mut before = 0.0;
        loop {
            tokio::time::sleep(SETTLED).await;
            let now = held(&[std::process::id()])?;
            if (now - before).abs() < now * STEADY {
                break;
            }
            if self.clock.now() > deadline {
                return Err("memory does not settle".into());
            }
            before = now;
        }
        let odd =
            self.supervisor.statuses().into_iter().find(|(_, _, view)| view.label != "SearchingTickets");
        odd.map_or(Ok(()), |(name, _, view)| Err(format!("{name} shows {}", view.label).into()))
    }

    /// What one headless browser with the match page open holds, in KiB, where so many run.
    async fn browser(&self, count: usize) -> Outcome<f64> {
        let member = BoxOffice::open(Settings::default()).members().swap_remove(0);
        let session = self.signed_in(&ProfileId::new("browsing")?, &member).await?;
        let cookies: Vec<_> = session.jar.cookies().cloned().collect();
        let mut open = Vec::new();
        for _ in 0..count {
            let home = TempDir::new()?;
            let options = LocalOptions { headless: true, ..LocalOptions::new(home.path()) };
            let browser = Browser::start(&options).await?;
            browser.put_cookies(&cookies).await?;
            let page = browser.open(&self.page(&format!("/EDP/Event/Index/{LEAGUE_MATCH}"))).await?;
            page.wait_for_load(PATIENCE).await?;
            open.push((browser, home));
        }
        tokio::time::sleep(SETTLED).await;
        let groups: Vec<u32> = open.iter().filter_map(|(browser, _)| browser.pid()).collect();
        let all = held(&groups.iter().flat_map(|group| of_group(*group)).collect::<Vec<_>>())?;
        for (browser, _home) in open {
            browser.close().await;
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of browsers is small")]
        Ok(all / count as f64)
    }
}

/// The processes of a group.
fn of_group(group: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_of_it = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        after_name.split(' ').nth(2).and_then(|word| word.parse().ok()) == Some(group)
    };
    ids.filter(is_of_it).collect()
}

/// What processes hold in memory together, in KiB: what they share with others counts by its part.
fn held(processes: &[u32]) -> Outcome<f64> {
    let mut sum = 0.0;
    for id in processes {
        let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("no Pss")?;
        sum += line.trim().trim_end_matches(" kB").parse::<f64>()?;
    }
    Ok(sum)
}
