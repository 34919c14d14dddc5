//! A service with its dashboard on a box office, on real sockets and in real time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use ticketfall::api::Api;
use ticketfall::app::{Door, Service};
use ticketfall::clock::Clock;
use ticketfall::cookies::{self, Format};
use ticketfall::monitoring::{BrowserPlan, Connections, NewMember, Parts, Supervisor};
use ticketfall::notify::Notices;
use ticketfall::seller::Definitions;
use ticketfall::store::Store;
use ticketfall::store::falls::{self, FallQuery};
use ticketfall::store::monitors::{self, MonitorRow};
use ticketfall::store::profiles::BrowserChoice;
use ticketfall::vault::{Options, Vault};
use ticketfall_boxoffice::{BoxOffice, Script, Settings};
use ticketfall_core::configuration::Configuration;

use crate::rehearsal::{enlist, event_url, keep, profile, signed_in};

/// The service, its members signed in, nothing started.
pub(super) struct Stage {
    pub(super) office: BoxOffice,
    pub(super) store: Store,
    pub(super) supervisor: Supervisor,
    pub(super) service: Service,
    pub(super) clock: Clock,
    _home: TempDir,
}

impl Stage {
    /// A box office where this happens, and its first members.
    pub(super) async fn open(script: &str, members: usize) -> Self {
        let clock = Clock::system();
        let script = Script::from_toml(script).unwrap();
        let office = BoxOffice::open(Settings { script, ..Settings::default() });
        let home = TempDir::new().unwrap();
        let store = Store::open(home.path(), clock.now()).await.unwrap();
        let vault = Arc::new(Vault::open(home.path(), &Options::default()).unwrap().0);
        for member in office.members().into_iter().take(members) {
            enlist(&member, &store, &|_| {}).await;
            keep(&signed_in(&office, &member, clock).await, &store, &vault).await;
        }
        let supervisor = Supervisor::new(Parts {
            clock,
            store: store.clone(),
            vault,
            definitions: Definitions::shipped(),
            connections: Connections::InProcess(office.router()),
            notices: Notices::default(),
            browsers: BrowserPlan { headless: true, ..BrowserPlan::new(home.path()) },
            where_likely: true,
            seed: 1,
        });
        let api = Api { supervisor: supervisor.clone(), store: store.clone(), clock };
        let door = Door::open(([127, 0, 0, 1], 0).into()).await.unwrap();
        let service = door.serve(api, home.path(), clock).unwrap();
        Self { office, store, supervisor, service, clock, _home: home }
    }

    /// Adds a member who is signed in nowhere.
    pub(super) async fn enlist(&self, id: &str, label: &str) {
        let new = NewMember {
            id: profile(id),
            label: Some(label.to_owned()),
            browser: BrowserChoice::None,
            proxy: None,
            seats_max: None,
            cost_max: None,
        };
        self.supervisor.add_member(new).await.unwrap();
    }

    /// Starts a member's search at an event.
    pub(super) async fn start(&self, name: &str, event: u32, wanted: Configuration) {
        let wanted = Configuration { event: Some(event_url(event)), ..wanted };
        self.supervisor.start(&profile(name), wanted).await.unwrap();
    }

    /// Waits until a member's status is this word.
    pub(super) async fn until(&self, name: &str, label: &str) {
        let is_so = || self.supervisor.status(&profile(name)).is_some_and(|(_, view)| view.label == label);
        self.patiently(&format!("{name} is never {label}"), async || is_so()).await;
    }

    /// Waits until so many falls are on record.
    pub(super) async fn until_fallen(&self, wanted: usize) {
        let all = FallQuery {
            seller: None,
            event: None,
            since: Timestamp::MIN,
            until: Timestamp::MAX,
            rows_max: 100,
        };
        let have = async || falls::query(&self.store, all.clone()).await.unwrap().len() >= wanted;
        self.patiently("too little falls", have).await;
    }

    /// Waits until an event was looked at.
    pub(super) async fn until_seeing(&self) {
        let is_seeing = || self.supervisor.watches().iter().any(|(_, view)| view.looks > 0);
        self.patiently("nobody looks", async || is_seeing()).await;
    }

    async fn patiently(&self, never: &str, is_so: impl AsyncFn() -> bool) {
        let patient = async {
            while !is_so().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(30), patient).await;
        assert!(in_time.is_ok(), "{never}: {:?}", self.supervisor.statuses());
    }

    /// A member's cookies, signed in just now, as an extension would write them.
    pub(super) async fn cookies_of(&self, member: usize) -> String {
        let session = signed_in(&self.office, &self.office.members()[member], self.clock).await;
        cookies::write(Format::Extension, session.jar.cookies()).unwrap().to_string()
    }

    /// What a member's search is for.
    pub(super) async fn wish(&self, name: &str) -> MonitorRow {
        monitors::of_profiles(&self.store, vec![profile(name)]).await.unwrap().remove(0)
    }

    /// A page's address.
    pub(super) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.service.address())
    }
}
