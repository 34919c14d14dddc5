//! Fresh cookies for many members: fetched or given, put into each member's browser, read back there, and
//! kept as the member's session. One failure never ends the rest.

mod report;
mod source;
mod work;

use std::sync::Arc;

use ticketfall_core::ids::ProfileId;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::{BrowserPlan, Supervisor};
use crate::clock::Clock;
use crate::cookies::ImportedCookies;
use crate::store::Store;
use crate::vault::Vault;

pub use report::{CookieOutcome, CookieReport, Failed, FailureKind, Kept, Outcome, ProfileReport, Step};
pub use source::Source;

/// How a progress channel should be sized: its reader may be this far behind.
pub const PROGRESS_KEPT: usize = 64;

/// What goes on while members are updated.
#[derive(Debug, Clone)]
pub enum Progress {
    /// A member's update has come to this step.
    At(ProfileId, Step),
    /// A member's update is over.
    Over(ProfileReport),
}

/// Who listens to progress; nobody has to.
pub type ProgressSender = mpsc::Sender<Progress>;

/// What an update works with.
#[derive(Debug)]
pub struct CookieUpdate {
    /// Where profiles and sessions are kept.
    pub store: Store,
    /// What they are sealed with.
    pub vault: Arc<Vault>,
    /// How browsers of our own are started.
    pub browsers: BrowserPlan,
    /// What time it is.
    pub clock: Clock,
    /// The running service whose browsers are used; left out, each browser is opened for the update alone.
    pub service: Option<Supervisor>,
}

impl CookieUpdate {
    /// Fetches the cookies of each profile and puts them to use, `together` profiles at a time; answers
    /// in the profiles' order. What is dropped on the way ends the browsers that were started.
    pub async fn run(
        self: Arc<Self>,
        source: impl Into<Source>,
        profiles: Vec<ProfileId>,
        together: u32,
        progress: ProgressSender,
    ) -> Vec<ProfileReport> {
        let source: Arc<Source> = Arc::new(source.into());
        let turns = Arc::new(Semaphore::new(usize::try_from(together).unwrap_or(1).max(1)));
        let mut running = JoinSet::new();
        for profile in profiles.clone() {
            let (update, source) = (Arc::clone(&self), Arc::clone(&source));
            let (turns, progress) = (Arc::clone(&turns), progress.clone());
            running.spawn(async move {
                let _turn = turns.acquire().await;
                let report = update.fetch(&source, profile, &progress).await;
                tell(&progress, Progress::Over(report.clone())).await;
                report
            });
        }
        let mut reports = Vec::with_capacity(profiles.len());
        while let Some(ended) = running.join_next().await {
            reports.extend(ended.inspect_err(|error| tracing::error!(%error, "an update broke off")));
        }
        in_order(profiles, reports)
    }

    /// Puts cookies that are there already to use, as [`CookieUpdate::run`] does with those it fetches.
    pub async fn give(
        &self,
        profile: ProfileId,
        cookies: ImportedCookies,
        progress: &ProgressSender,
    ) -> ProfileReport {
        let outcome = self.put(&profile, cookies, true, progress).await.into();
        ProfileReport { profile, outcome }
    }

    async fn fetch(&self, source: &Source, profile: ProfileId, progress: &ProgressSender) -> ProfileReport {
        let fetched = async {
            let row = self.profile(&profile).await?;
            tell(progress, Progress::At(profile.clone(), Step::Fetching)).await;
            let cookies = source.fetch(&row).await?;
            self.put(&profile, cookies, source.is_news_to_the_browser(), progress).await
        };
        let outcome = fetched.await.into();
        ProfileReport { profile, outcome }
    }
}

/// A listener who has gone misses nothing.
async fn tell(progress: &ProgressSender, what: Progress) {
    drop(progress.send(what).await);
}

/// A profile whose update broke off is reported, too.
fn in_order(profiles: Vec<ProfileId>, mut reports: Vec<ProfileReport>) -> Vec<ProfileReport> {
    let report = |profile: ProfileId| {
        let at = reports.iter().position(|report| report.profile == profile);
        at.map_or_else(|| ProfileReport::broken_off(profile), |at| reports.swap_remove(at))
    };
    profiles.into_iter().map(report).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use jiff::Timestamp;
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::{CookieSettings, Environment};
    use crate::cookies::service::Service;
    use crate::store::profiles::{self, BrowserChoice, Profile};
    use crate::vault::Options;

    const MEMBERS: [&str; 4] = ["ada", "ben", "cat", "dan"];

    async fn update(home: &tempfile::TempDir) -> Arc<CookieUpdate> {
        let store = Store::in_memory().unwrap();
        for name in MEMBERS {
            let profile = Profile {
                id: ProfileId::new(name).unwrap(),
                label: name.to_owned(),
                browser: BrowserChoice::None,
                proxy: None,
                seats_max: None,
                cost_max: None,
                created_at: Timestamp::UNIX_EPOCH,
            };
            assert!(profiles::add(&store, profile).await.unwrap());
        }
        let vault = Arc::new(Vault::open(home.path(), &Options::default()).unwrap().0);
        let browsers = BrowserPlan { headless: true, ..BrowserPlan::new(Path::new("")) };
        Arc::new(CookieUpdate {
            store,
            vault,
            browsers,
            clock: Clock::starting_at(Timestamp::UNIX_EPOCH),
            service: None,
        })
    }

    /// Somebody who listens and never answers.
    async fn silent() -> (TcpListener, Service) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/{{profile}}", listener.local_addr().unwrap());
        let settings = CookieSettings {
            url: Some(url.parse().unwrap()),
            pointer: None,
            private: true,
            together: 1,
            timeout: 5,
            headers: BTreeMap::new(),
        };
        (listener, Service::new(&settings, &Environment::default()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_updated_at_once_than_was_asked_for() {
        let home = tempfile::tempdir().unwrap();
        let (_listener, service) = silent().await;
        let (progress, mut heard) = mpsc::channel(PROGRESS_KEPT);
        let profiles = MEMBERS.map(|name| ProfileId::new(name).unwrap()).to_vec();
        let reports = update(&home).await.run(service, profiles.clone(), 2, progress).await;
        assert_eq!(reports.iter().map(|report| report.profile.clone()).collect::<Vec<_>>(), profiles);
        let (mut most, mut fetching) = (0, BTreeSet::new());
        while let Some(progress) = heard.recv().await {
            match progress {
                Progress::At(profile, _) => assert!(fetching.insert(profile)),
                Progress::Over(report) => assert!(fetching.remove(&report.profile)),
            }
            most = most.max(fetching.len());
        }
        assert_eq!((most, fetching.len()), (2, 0));
    }

    #[test]
    fn a_profile_whose_update_broke_off_is_reported() {
        let profiles = MEMBERS.map(|name| ProfileId::new(name).unwrap()).to_vec();
        let report = ProfileReport::broken_off(profiles[2].clone());
        let reports = in_order(profiles.clone(), vec![report]);
        assert!(reports.iter().map(|report| &report.profile).eq(&profiles));
    }
}
