//! A box office at a port of its own, a member signed in to it in a real Chromium, and the service that searches for
//! them.

use std::time::Duration;

use ticketfall::browser::{Browser, LocalOptions, Page};
use ticketfall::clock::Clock;
use ticketfall::monitoring::{BrowserPlan, BrowserSeat, Connections, Parts, Supervisor};
use ticketfall::notify::{Dated, Notice, Notices};
use ticketfall::seller::{Definition, Definitions, Tls};
use ticketfall::store::Store;
use ticketfall::store::profiles::{self, BrowserChoice, Profile};
use ticketfall::vault::{Options, Vault};
use ticketfall_boxoffice::{BoxOffice, Fall, LEAGUE_MATCH, Member, Pence, RoomBook, Settings};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::ids::{ProfileId, SellerId};
use ticketfall_core::status::Status;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use url::Url;

const SOON: Duration = Duration::from_secs(20);
const LATEST: Duration = Duration::from_mins(2);
const FALL_EVERY: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A member who searches.
pub(super) struct Stage {
    pub(super) office: BoxOffice,
    pub(super) browser: Browser,
    pub(super) supervisor: Supervisor,
    origin: Url,
    notices: broadcast::Receiver<Dated>,
    heard: Vec<Notice>,
    store: Store,
    _serving: JoinSet<()>,
    dir: tempfile::TempDir,
}

pub(super) fn ada() -> ProfileId {
    ProfileId::new("ada").unwrap()
}

pub(super) fn ben() -> ProfileId {
    ProfileId::new("ben").unwrap()
}

pub(super) async fn served(office: &BoxOffice) -> (Url, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let (mut serving, router) = (JoinSet::new(), office.router());
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (origin, serving)
}

/// The definition of a box office at this origin.
pub(super) fn definition(origin: &Url) -> Definition {
    let shipped = Definitions::shipped();
    shipped.get(&SellerId::new("boxoffice").unwrap()).unwrap().at_origin(origin)
}

impl Stage {
    /// A member at a box office where nothing falls yet.
    pub(super) async fn set() -> Self {
        let office = BoxOffice::open(Settings::default());
        let (origin, serving) = served(&office).await;
        let dir = tempfile::tempdir().unwrap();
        let options = LocalOptions { headless: true, ..LocalOptions::new(dir.path().join("browser")) };
        Self::with(office, definition(&origin), options, (dir, serving)).await
    }

    /// The same at another definition's origin, in a browser that is started like this.
    pub(super) async fn with(
        office: BoxOffice,
        definition: Definition,
        options: LocalOptions,
        (dir, serving): (tempfile::TempDir, JoinSet<()>),
    ) -> Self {
        let origin = definition.origin().clone();
        let browser = signed_in(&options, &origin, &office.members()[0]).await;
        let store = Store::open(dir.path(), Clock::system().now()).await.unwrap();
        let supervisor = supervisor(dir.path(), store.clone(), definition);
        let notices = supervisor.notices().listen();
        let (heard, seated) = (vec![], browser.clone());
        let stage =
            Self { office, browser, supervisor, origin, notices, heard, store, _serving: serving, dir };
        stage.seat(&ada(), BrowserChoice::Local, options, seated).await;
        stage
    }

    /// A second member, in a browser of their own that somebody else started.
    pub(super) async fn join_ben(&self) -> Browser {
        let options = LocalOptions { headless: true, ..LocalOptions::new(self.dir.path().join("bens")) };
        let browser = signed_in(&options, &self.origin, &self.office.members()[1]).await;
        let port = std::fs::read_to_string(options.profile_dir.join("DevToolsActivePort")).unwrap();
        let url = Url::parse(&format!("http://127.0.0.1:{}", port.lines().next().unwrap())).unwrap();
        let attached = Browser::attach(&url.as_str().parse().unwrap()).await.unwrap();
        self.seat(&ben(), BrowserChoice::Endpoint { url }, options, attached).await;
        browser
    }

    async fn seat(&self, id: &ProfileId, choice: BrowserChoice, options: LocalOptions, browser: Browser) {
        let profile = Profile {
            id: id.clone(),
            label: id.to_string(),
            browser: choice.clone(),
            proxy: None,
            seats_max: None,
            cost_max: None,
            created_at: Clock::system().now(),
        };
        assert!(profiles::add(&self.store, profile).await.unwrap());
        self.supervisor.seat(id, BrowserSeat::new(choice, options).with(browser));
    }

    pub(super) async fn start(&self, id: &ProfileId) {
        let event = self.origin.join("/northend/EDP/Event/Index/4001").unwrap();
        let wanted = Configuration { event: Some(event.to_string()), ..Configuration::default() };
        self.supervisor.start(id, wanted).await.unwrap();
    }

    /// Listens until a notice is the one that is waited for.
    pub(super) async fn until(&mut self, what: &str, is_it: impl Fn(&Notice) -> bool) {
        let (notices, heard) = (&mut self.notices, &mut self.heard);
        let listening = async {
            loop {
                let notice = notices.recv().await.unwrap().notice;
                let is_it = is_it(&notice);
                heard.push(notice);
                if is_it {
                    break;
                }
            }
        };
        let in_time = tokio::time::timeout(LATEST, listening).await;
        assert!(in_time.is_ok(), "{what} did not come; the notices so far: {:#?}", self.heard);
    }

    pub(super) async fn until_status(&mut self, id: &ProfileId, word: &str) {
        let is_it = |notice: &Notice| matches!(notice, Notice::Status { profile, status, .. } if profile == id && status == word);
        self.until(word, is_it).await;
    }

    /// Lets seats fall again and again, until the member has some.
    pub(super) async fn until_held(&mut self) {
        let office = self.office.clone();
        let falling = async {
            loop {
                office.fall(Fall::of(LEAGUE_MATCH).seats(2).price(Pence(6_100)));
                tokio::time::sleep(FALL_EVERY).await;
            }
        };
        tokio::select! {
            () = falling => {}
            () = self.until("an order page", |notice| matches!(notice, Notice::OrderPage { .. })) => {}
        }
    }

    /// Waits until a member's status shows a place in line.
    pub(super) async fn until_place(&self, id: &ProfileId) {
        let has_place = |status: &Status| matches!(status, Status::Queue { place: Some(_), .. });
        let looking = async {
            while !has_place(&self.supervisor.status(id).unwrap().1.status) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(SOON, looking).await.expect("the status shows no place in line");
    }

    /// The tab whose page has this element, when it is there.
    pub(super) async fn tab_with(&self, selector: &str) -> Page {
        let looking = async {
            loop {
                for tab in self.browser.pages().await.unwrap() {
                    let page = self.browser.page(&tab).await.unwrap();
                    let script = format!("document.querySelector({selector:?}) !== null");
                    if page.evaluate(&script).await.is_ok_and(|found| found == true) {
                        return page;
                    }
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(SOON, looking).await.unwrap_or_else(|_| panic!("no tab has {selector}"))
    }

    /// Every status that a member was told, with its reason, and every call for them, in order.
    pub(super) fn story(&self, id: &ProfileId) -> Vec<String> {
        let line = |notice: &Notice| {
            if let Notice::Person { profile, kind, ask, .. } = notice {
                return (profile == id).then(|| format!("({kind}) {ask}"));
            }
            let Notice::Status { profile, status, reason, .. } = notice else { return None };
            (profile == id).then(|| {
                reason.as_ref().map_or_else(|| status.clone(), |reason| format!("{status}: {reason}"))
            })
        };
        self.heard.iter().filter_map(line).filter(|line| !line.starts_with("TicketFall_")).collect()
    }

    /// Ends the service; the room's books, after everybody has behaved.
    pub(super) async fn end(self) -> Option<RoomBook> {
        assert!(self.supervisor.shut_down().await);
        let books = self.office.books();
        assert_eq!(books.violations(), Vec::<String>::new());
        drop(self.dir);
        books.room
    }
}

async fn signed_in(options: &LocalOptions, origin: &Url, member: &Member) -> Browser {
    let browser = Browser::start(options).await.expect("Chromium starts; scripts/test installs it");
    let page = browser.open(&origin.join("/northend/Authentication/Login").unwrap()).await.unwrap();
    page.wait_for_load(SOON).await.unwrap();
    page.fill("input[name=email]", &member.email).await.unwrap();
    page.fill("input[name=password]", &member.password).await.unwrap();
    page.click("button[type=submit]").await.unwrap();
    page.wait_for_url(|url| !url.path().ends_with("/Login"), SOON).await.unwrap();
    browser
}

fn supervisor(dir: &std::path::Path, store: Store, definition: Definition) -> Supervisor {
    let clock = Clock::system();
    let (vault, _) = Vault::open(dir, &Options::default()).unwrap();
    let mut definitions = Definitions::shipped();
    definitions.add(definition);
    Supervisor::new(Parts {
        clock,
        store,
        vault: std::sync::Arc::new(vault),
        definitions,
        connections: Connections::Network(Box::new(Tls::new().unwrap())),
        notices: Notices::default(),
        browsers: BrowserPlan { headless: true, ..BrowserPlan::new(dir) },
        where_likely: true,
        seed: 1,
    })
}
