//! A service with its dashboard on a box office, on real sockets and in real time.

use std::sync::Arc;

use tempfile::TempDir;
use ticketfall::api::Api;
use ticketfall::app::{Door, Service};
use ticketfall::clock::Clock;
use ticketfall::monitoring::{BrowserPlan, Connections, Parts, Supervisor};
use ticketfall::notify::Notices;
use ticketfall::seller::Definitions;
use ticketfall::store::Store;
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
            enlist(&member, &store, |_| {}).await;
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
            seed: 1,
        });
        let api = Api { supervisor: supervisor.clone(), store: store.clone(), clock };
        let door = Door::open(([127, 0, 0, 1], 0).into()).await.unwrap();
        let service = door.serve(api, home.path(), clock).unwrap();
        Self { office, store, supervisor, service, clock, _home: home }
    }

    /// Starts a member's search at an event.
    pub(super) async fn start(&self, name: &str, event: u32, wanted: Configuration) {
        let wanted = Configuration { event: Some(event_url(event)), ..wanted };
        self.supervisor.start(&profile(name), wanted).await.unwrap();
    }

    /// A page's address.
    pub(super) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.service.address())
    }
}
