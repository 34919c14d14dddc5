//! Updates of cookies that a running service carries out, one at a time: started, followed by their numbers,
//! and interrupted when the service ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ticketfall_core::ids::ProfileId;
use tokio::sync::mpsc;

use super::cookie_update::{CookieUpdate, PROGRESS_KEPT, ProfileReport, Progress, Source, Step};
use super::{Order, Supervisor, locked};
use crate::config::{CookieSettings, Environment};
use crate::cookies;
use crate::cookies::service::{Service, SetupError};
use crate::store::{self, profiles};

/// How many jobs are remembered.
const JOBS_KEPT: usize = 16;

/// Who is asked for cookies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CookiesFrom {
    /// The configured service.
    #[default]
    Service,
    /// GoLogin's cloud, for members whose browsers are its own.
    Gologin,
}

/// The configured service that cookies are fetched from.
#[derive(Debug, Clone)]
pub struct CookieSource {
    /// What the configuration says of it.
    pub settings: CookieSettings,
    /// Where its secrets may be.
    pub environment: Environment,
}

/// How far a job got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It goes on.
    Running,
    /// Every profile has its report.
    Done,
    /// The service ended first, or the job failed on our side.
    Interrupted,
}

/// An update of many profiles.
#[derive(Debug, Clone)]
pub struct CookieJob {
    /// Its number; later jobs have higher ones.
    pub id: u64,
    /// How far it got.
    pub state: JobState,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Where each profile is, or was last.
    pub steps: BTreeMap<ProfileId, Step>,
    /// What became of those that are over.
    pub reports: Vec<ProfileReport>,
}

/// Why no job was started; each finishes "cannot …".
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// No service is configured, or it cannot be used.
    #[error(transparent)]
    Source(#[from] SetupError),
    /// GoLogin is not set up.
    #[error("ask GoLogin for cookies: it is not set up")]
    NoGoLogin,
    /// One goes on already.
    #[error("update cookies now: update {0} goes on")]
    Running(u64),
    /// There is nobody to update.
    #[error("find any profile")]
    Nobody,
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The jobs of this run.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    last: u64,
    kept: VecDeque<CookieJob>,
}

impl Jobs {
    fn begin(&mut self, profiles: &BTreeSet<ProfileId>, now: Timestamp) -> Result<CookieJob, JobError> {
        if let Some(running) = self.kept.iter().find(|job| job.state == JobState::Running) {
            return Err(JobError::Running(running.id));
        }
        self.last += 1;
        let job = CookieJob {
            id: self.last,
            state: JobState::Running,
            started_at: now,
            ended_at: None,
            steps: profiles.iter().map(|profile| (profile.clone(), Step::Looking)).collect(),
            reports: Vec::new(),
        };
        if self.kept.len() == JOBS_KEPT {
            self.kept.pop_back();
        }
        self.kept.push_front(job.clone());
        Ok(job)
    }

    fn of(&mut self, id: u64) -> Option<&mut CookieJob> {
        self.kept.iter_mut().find(|job| job.id == id)
    }
}

impl Supervisor {
    /// Fetches cookies from there when an update is asked for.
    pub fn fetch_cookies_from(&self, source: CookieSource) {
        *locked(&self.0.cookie_source) = Some(source);
    }

    /// Starts an update of these profiles, of all when none is named; so many at once, or as many as are configured.
    pub async fn update_cookies(
        &self,
        named: Vec<ProfileId>,
        together: Option<u32>,
        from: CookiesFrom,
    ) -> Result<CookieJob, JobError> {
        let configured = locked(&self.0.cookie_source).clone().ok_or(SetupError::NoUrl)?;
        let source = match from {
            CookiesFrom::Service => {
                Source::Service(Service::new(&configured.settings, &configured.environment)?)
            }
            CookiesFrom::Gologin => {
                Source::GoLogin(self.0.parts.browsers.gologin.clone().ok_or(JobError::NoGoLogin)?)
            }
        };
        let profiles: BTreeSet<ProfileId> = if named.is_empty() {
            let all = profiles::all(&self.0.parts.store).await?.into_iter();
            all.filter(|profile| source.serves(profile)).map(|profile| profile.id).collect()
        } else {
            named.into_iter().collect()
        };
        if profiles.is_empty() {
            return Err(JobError::Nobody);
        }
        let job = locked(&self.0.cookie_jobs).begin(&profiles, self.0.parts.clock.now())?;
        let (supervisor, id) = (self.clone(), job.id);
        let together = together.unwrap_or(configured.settings.together);
        let profiles: Vec<ProfileId> = profiles.into_iter().collect();
        self.0.tasks.spawn(async move {
            let ending = supervisor.0.ending.clone();
            let done = ending.run_until_cancelled(supervisor.carry_out(id, source, profiles, together)).await;
            supervisor.end(id, done);
        });
        Ok(job)
    }

    /// The job of that number, while it is remembered.
    pub fn cookie_job(&self, id: u64) -> Option<CookieJob> {
        locked(&self.0.cookie_jobs).of(id).cloned()
    }

    /// The jobs of this run that are remembered, the latest first.
    pub fn cookie_jobs(&self) -> Vec<CookieJob> {
        locked(&self.0.cookie_jobs).kept.iter().cloned().collect()
    }

    /// Puts the cookies of a file, in any format that is known, to use for a profile.
    pub async fn import_cookies(
        &self,
        profile: ProfileId,
        file: &[u8],
    ) -> Result<ProfileReport, cookies::Error> {
        let imported = cookies::read(file)?;
        let (progress, unheard) = mpsc::channel(PROGRESS_KEPT);
        drop(unheard);
        let report = self.update().give(profile, imported, &progress).await;
        self.take_up(&report);
        Ok(report)
    }

    async fn carry_out(
        &self,
        id: u64,
        source: Source,
        profiles: Vec<ProfileId>,
        together: u32,
    ) -> Vec<ProfileReport> {
        let (progress, mut heard) = mpsc::channel(PROGRESS_KEPT);
        let following = async {
            while let Some(progress) = heard.recv().await {
                self.note(id, progress);
            }
        };
        let updating = Arc::new(self.update()).run(source, profiles, together, progress);
        tokio::join!(updating, following).0
    }

    fn update(&self) -> CookieUpdate {
        CookieUpdate {
            store: self.0.parts.store.clone(),
            vault: Arc::clone(&self.0.parts.vault),
            browsers: self.0.parts.browsers.clone(),
            clock: self.0.parts.clock,
            service: Some(self.clone()),
        }
    }

    fn note(&self, id: u64, progress: Progress) {
        if let Progress::Over(report) = &progress {
            self.take_up(report);
        }
        let mut jobs = locked(&self.0.cookie_jobs);
        let Some(job) = jobs.of(id) else { return };
        match progress {
            Progress::At(profile, step) => drop(job.steps.insert(profile, step)),
            Progress::Over(report) => job.reports.push(report),
        }
    }

    /// Without reports, the service ended before the job did.
    fn end(&self, id: u64, reports: Option<Vec<ProfileReport>>) {
        let mut jobs = locked(&self.0.cookie_jobs);
        let Some(job) = jobs.of(id) else { return };
        job.ended_at = Some(self.0.parts.clock.now());
        job.state = if reports.is_some() { JobState::Done } else { JobState::Interrupted };
        job.reports = reports.unwrap_or_else(|| std::mem::take(&mut job.reports));
    }

    /// A running search takes its new session up at once.
    fn take_up(&self, report: &ProfileReport) {
        if report.has_succeeded()
            && let Some(search) = locked(&self.0.searches).get(&report.profile)
        {
            // One whose orders wait in line is about to renew anyway, or ends.
            drop(search.orders.try_send(Order::Renew));
        }
    }
}
