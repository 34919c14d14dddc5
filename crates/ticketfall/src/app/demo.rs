//! The demo: a box office, a member signed in to it, a search, and seats that
//! fall. Everything is real but the seller.

mod sign_in;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use ticketfall_boxoffice::{BoxOffice, LEAGUE_MATCH, Member, PREFIX, Script, Settings};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{ProfileId, SellerId};
use tokio::task::JoinSet;
use url::Url;

use super::service::{listen, serve};
use super::{Door, Error, Service};
use crate::api::Api;
use crate::browser::{self, Browser};
use crate::clock::Clock;
use crate::monitoring::{BrowserPlan, BrowserSeat, Connections, Parts, Supervisor};
use crate::notify::Notices;
use crate::seller::{Definitions, Tls};
use crate::session::Session;
use crate::store::Store;
use crate::store::profiles::{self, BrowserChoice, Profile, Sealed};
use crate::store::sessions::{self, KeptSession};
use crate::vault::{Options, Purpose, Vault};

const SCRIPT: &str = include_str!("demo/script.toml");
const SELLER: &str = "boxoffice";
const PROFILE: &str = "ada";

/// How the demo runs.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Decides the stadium, the rivals and all jitter.
    pub seed: u64,
    /// No window.
    pub headless: bool,
    /// The browser's program; the usual ones are tried when absent.
    pub browser: Option<PathBuf>,
    /// Where the service listens; 0 picks a free port.
    pub port: u16,
}

/// Who signed in, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// In a Chromium of this version.
    Browser(String),
    /// Without one, because of this.
    Imported(String),
}

/// A demo that runs.
#[derive(Debug)]
pub struct Demo {
    /// The searches.
    pub supervisor: Supervisor,
    /// The seller.
    pub box_office: BoxOffice,
    /// Where the seller is.
    pub origin: Url,
    /// How the member signed in.
    pub signed_in: SignedIn,
    /// Where the service listens.
    pub service: Service,
    profile: ProfileId,
    _serving: JoinSet<()>,
    directory: tempfile::TempDir,
}

impl Demo {
    /// Opens the box office and signs a member in; the search is not started yet.
    pub async fn open(options: &DemoOptions, clock: Clock) -> Result<Self, Error> {
        let door = Door::open(loopback(options.port)).await?;
        let script = Script::from_toml(SCRIPT).expect("the demo's script is tested");
        let box_office = BoxOffice::open(Settings { seed: options.seed, script, ..Settings::default() });
        let (address, listener) = listen(loopback(0)).await?;
        let serving = serve(listener, box_office.router());
        let origin = Url::parse(&format!("http://{address}")).expect("an address makes a URL");
        let directory =
            tempfile::Builder::new().prefix("ticketfall-demo-").tempdir().map_err(Error::Directory)?;
        let plan = BrowserPlan {
            program: options.browser.clone(),
            headless: options.headless,
            ..BrowserPlan::new(directory.path())
        };
        let store = Store::open(directory.path(), clock.now()).await?;
        let (vault, _) = Vault::open(directory.path(), &Options::default())?;
        let vault = Arc::new(vault);
        let profile = ProfileId::new(PROFILE).expect("the demo's profile has a name");
        let member = box_office.members().into_iter().next().expect("the box office has members");
        let visit = Visit { origin: &origin, member: &member, profile: &profile, clock };
        let (signed_in, browser) = sign_in(&visit, &plan, &store, &vault).await?;
        let supervisor = Supervisor::new(Parts {
            clock,
            store: store.clone(),
            vault,
            definitions: at(&origin),
            connections: Connections::Network(Box::new(Tls::new()?)),
            notices: Notices::default(),
            browsers: plan.clone(),
            where_likely: true,
            seed: options.seed,
        });
        if let Some(browser) = browser {
            let seat = BrowserSeat::new(BrowserChoice::Local, plan.options(&profile, None)).with(browser);
            supervisor.seat(&profile, seat);
        }
        let api = Api { supervisor: supervisor.clone(), store, clock };
        let service = door.serve(api, directory.path(), clock)?;
        Ok(Self { supervisor, box_office, origin, signed_in, service, profile, _serving: serving, directory })
    }

    /// Starts the search.
    pub async fn search(&self) -> Result<(), Error> {
        let configuration =
            Configuration { event: Some(self.event_url().to_string()), ..Configuration::default() };
        self.supervisor.start(&self.profile, configuration).await?;
        Ok(())
    }

    /// The match page.
    pub fn event_url(&self) -> Url {
        self.origin.join(&format!("{PREFIX}/EDP/Event/Index/{LEAGUE_MATCH}")).expect("a path joins an origin")
    }

    /// The member.
    pub fn profile(&self) -> &ProfileId {
        &self.profile
    }

    /// Stops the search, closes the browser and removes the files.
    pub async fn close(self) {
        self.supervisor.shut_down().await;
        if let Err(error) = self.directory.close() {
            tracing::warn!(%error, "cannot remove the demo's directory");
        }
    }
}

fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn at(origin: &Url) -> Definitions {
    let mut definitions = Definitions::shipped();
    let seller = SellerId::new(SELLER).expect("the box office has a name");
    let placed = definitions.get(&seller).expect("the box office's definition ships").at_origin(origin);
    definitions.add(placed);
    definitions
}

/// Who signs in, and where.
struct Visit<'a> {
    origin: &'a Url,
    member: &'a Member,
    profile: &'a ProfileId,
    clock: Clock,
}

/// Adds the member, signed in: in a Chromium where there is one, else by a session of plain HTTP.
async fn sign_in(
    visit: &Visit<'_>,
    plan: &BrowserPlan,
    store: &Store,
    vault: &Vault,
) -> Result<(SignedIn, Option<Browser>), Error> {
    let found = browser::find(plan.program.as_deref()).await;
    let row = Profile {
        id: visit.profile.clone(),
        label: visit.member.name.clone(),
        browser: if found.is_ok() { BrowserChoice::Local } else { BrowserChoice::None },
        proxy: None,
        seats_max: Some(2),
        cost_max: None,
        created_at: visit.clock.now(),
    };
    profiles::add(store, row).await?;
    match found {
        Ok(found) => {
            let options = plan.options(visit.profile, None);
            let browser = sign_in::in_browser(&options, visit.origin, visit.member).await?;
            Ok((SignedIn::Browser(found.version), Some(browser)))
        }
        Err(error) => {
            let session = sign_in::over_http(visit.profile, visit.origin, visit.member, visit.clock).await?;
            keep(store, vault, &session).await?;
            Ok((SignedIn::Imported(format!("cannot {error}")), None))
        }
    }
}

async fn keep(store: &Store, vault: &Vault, session: &Session) -> Result<(), Error> {
    let sealed = Sealed(vault.seal(&session.profile, Purpose::Session, &session.to_bytes()));
    let kept = KeptSession { sealed, taken_at: session.taken_at };
    Ok(sessions::keep(store, &session.profile, kept).await?)
}
