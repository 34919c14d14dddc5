//! What needs a person: shown in the member's own browser, looked at there without asking anything of the seller,
//! and said in words.

use jiff::Timestamp;
use ticketfall_core::monitor::{Called, Met, Person, PersonSeen, RoomShows};
use url::Url;

use super::member::Member;
use super::{locked, record};
use crate::browser::{self, Browser, Tab};
use crate::seller::shown;
use crate::session::Cookie;

/// What was opened for a person.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// The tab, by the browser's own name for it.
    tab: Option<String>,
    /// The browser that was in the waiting room, and the room's cookies in it, which are its place in line.
    place: Option<(u32, Vec<Cookie>)>,
    /// The session that was kept when a person was called last: what was imported before is no answer.
    kept_at: Option<Timestamp>,
}

impl Member {
    /// Shows in the member's browser what needs a person: the queue, or the match page with its check.
    pub(super) async fn call(&self, person: &Person) -> Called {
        let Some(url) = self.page_for(person) else {
            return Called::Failed { why: "there is no page to open for it".to_owned() };
        };
        let kept_at = record::session_kept_at(self).await;
        locked(&self.opened).kept_at = kept_at;
        let shown = match self.seat.open().await {
            Ok(Some(browser)) => self.show(&browser, &url).await,
            Ok(None) => return Called::ByHand { url: url.to_string() },
            Err(error) => Err(error),
        };
        match shown {
            Ok(()) => Called::Shown,
            Err(error) => Called::Failed { why: format!("cannot {error}") },
        }
    }

    /// A page that refuses a pass is no way into the line; the match page leads there by itself.
    fn page_for(&self, person: &Person) -> Option<Url> {
        let client = self.client();
        let queue = match person {
            Person::Queue { url, .. } => Url::parse(url).ok(),
            Person::Check { .. } => None,
        };
        let queue = queue.filter(|url| !client.definition().waiting_room.is_refusal(url));
        queue.or_else(|| client.event_page(&self.watched.event))
    }

    /// Shows a page as the member would see it who never left.
    async fn show(&self, browser: &Browser, url: &Url) -> Result<(), browser::Error> {
        if let Err(error) = self.give_back(browser).await {
            tracing::warn!(profile = %self.profile, %error, "cannot give the browser its cookies back");
        }
        self.give_place_back(browser).await?;
        let page = match self.opened_tab(&browser.pages().await?) {
            Some(tab) if !self.is_used_otherwise(tab) => browser.page(tab).await?.in_front_at(url).await?,
            Some(_) | None => browser.open(url).await?,
        };
        locked(&self.opened).tab = Some(page.tab().to_owned());
        Ok(())
    }

    /// The tab that was opened for this member last, while it is there: one is enough, however many queues they meet.
    fn opened_tab<'t>(&self, tabs: &'t [Tab]) -> Option<&'t Tab> {
        let opened = locked(&self.opened).tab.clone()?;
        tabs.iter().find(|tab| tab.id == opened)
    }

    /// Whether the member has gone on to something of their own in it.
    fn is_used_otherwise(&self, tab: &Tab) -> bool {
        let client = self.client();
        let definition = client.definition();
        let is_ours = |url: &Url| definition.is_own(url) || definition.is_waiting_room(url);
        // A page that could not be opened is at an address of the browser's own.
        Url::parse(&tab.url).is_ok_and(|url| url.scheme().starts_with("http") && !is_ours(&url))
    }

    /// A browser that ended before it had written its cookies down has lost its place; it gets that one back, no other.
    async fn give_place_back(&self, browser: &Browser) -> Result<(), browser::Error> {
        let kept = locked(&self.opened).place.take();
        match kept.filter(|(pid, _)| browser.pid().is_some_and(|now| now != *pid)) {
            Some((_, cookies)) => browser.put_cookies(&cookies).await.map(drop),
            None => Ok(()),
        }
    }

    /// What the member's browser shows: a waiting room, a check, the seller again, or nothing of it; for a member
    /// without one, whether a session was imported meanwhile.
    pub(super) async fn person_seen(&self) -> PersonSeen {
        if !self.seat.exists() {
            let is_news = record::session_kept_at(self).await > locked(&self.opened).kept_at;
            let is_answered = is_news && self.adopt_imported().await;
            return if is_answered { PersonSeen::Through } else { PersonSeen::Unclear };
        }
        let Some(browser) = self.seat.in_use().await else { return PersonSeen::Gone };
        match self.seen_in(&browser).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::debug!(profile = %self.profile, %error, "cannot see what the browser shows");
                PersonSeen::Unclear
            }
        }
    }

    async fn seen_in(&self, browser: &Browser) -> Result<PersonSeen, browser::Error> {
        let (tabs, client) = (browser.pages().await?, self.client());
        let is_room =
            |tab: &&Tab| Url::parse(&tab.url).is_ok_and(|url| client.definition().is_waiting_room(&url));
        // Another tab of the seller's may be older than the queue, so only the one that was opened says that it is over.
        let Some(tab) = self.opened_tab(&tabs).or_else(|| tabs.iter().find(is_room)) else {
            return Ok(PersonSeen::Away);
        };
        locked(&self.opened).tab = Some(tab.id.clone());
        let (url, html) = browser.page(tab).await?.contents().await?;
        let seen = shown(client.definition(), &url, &html);
        if let (PersonSeen::Room { .. }, Some(pid)) = (&seen, browser.pid()) {
            let host = url.host_str().map(str::to_owned);
            let held = browser.cookies(host.as_slice()).await?;
            locked(&self.opened).place = Some((pid, held.cookies));
        }
        Ok(seen)
    }
}

/// The notice's word for what a person is needed for.
pub(super) fn kind_of(person: &Person) -> &'static str {
    match person {
        Person::Check { .. } | Person::Queue { shows: RoomShows::Check, .. } => "captcha",
        Person::Queue { .. } => "queue",
    }
}

/// What a person is asked to do.
pub(super) fn asked_of_a_person(person: &Person, called: &Called) -> String {
    let ask = match person {
        Person::Check { .. } => "deal with the check in the browser".to_owned(),
        Person::Queue { met, shows, .. } => asked_in_a_queue(*met, shows),
    };
    match called {
        Called::ByHand { url } => {
            format!("{ask}; there is none for this member, so open {url} and import cookies again")
        }
        Called::Failed { why } if !ask.contains(why) => format!("{ask}; it could not be shown: {why}"),
        Called::Shown | Called::Failed { .. } => ask,
    }
}

fn asked_in_a_queue(met: Met, shows: &RoomShows) -> String {
    const STAY: &str = "leave its page open in the browser, it goes on by itself";
    match shows {
        RoomShows::Nothing | RoomShows::Line { .. } | RoomShows::Refused { .. } => match met {
            Met::First => "wait in the queue in the browser".to_owned(),
            Met::PassOver => "the pass ran out: wait in the queue in the browser again".to_owned(),
            Met::PassNotTaken => {
                "the pass did not let us through: wait in the queue in the browser again".to_owned()
            }
        },
        RoomShows::Before { .. } => format!("the waiting room is not open yet: {STAY}"),
        RoomShows::Paused { .. } => format!("the queue is paused: {STAY}"),
        RoomShows::Check => "answer the check in front of the queue, in the browser".to_owned(),
        RoomShows::Stuck { why } => format!(
            "the waiting room did not accept the pass again and again ({why}): join the line in the browser by hand"
        ),
        RoomShows::NoBrowser { why } => {
            format!(
                "nobody waits in the queue any more ({why}): start the browser again, which keeps its place"
            )
        }
    }
}
