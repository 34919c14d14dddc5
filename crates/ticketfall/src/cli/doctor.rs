//! `doctor`: looks for what would keep Ticketfall from working, and says what to do about each.

mod checks;
mod members;
mod sites;

use serde::Serialize;

use super::{Context, Exit, Failure};

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Verdict {
    Good,
    /// It works, and a person should know.
    Doubtful,
    /// It would keep something from working.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    name: &'static str,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Good, found: found.into(), advice: None }
    }

    fn doubtful(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Doubtful, found: found.into(), advice: Some(advice.into()) }
    }

    fn bad(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Bad, found: found.into(), advice: Some(advice.into()) }
    }
}

pub(super) async fn run(context: &mut Context) -> Result<Exit, Failure> {
    let members = members::all(context).await;
    let sites = sites::all(context).await;
    let checks = vec![
        checks::configuration(&context.loaded),
        checks::directory(context.data_dir()),
        checks::space(context.data_dir()),
        checks::key(context),
        checks::store(context).await,
        checks::sellers(&context.loaded.config.sellers_dir),
        sites::reached(&sites),
        checks::browser(context.loaded.config.browser.path.as_deref()).await,
        members::endpoints(&members).await,
        members::proxies(&members, context).await,
        members::cookie_service(context).await,
        checks::gologin(context).await,
        checks::clock(context.clock.now(), sites::astray(&sites)),
        checks::port(context.loaded.config.api.listen),
    ];
    let is_bad = checks.iter().any(|check| check.verdict == Verdict::Bad);
    context.printer.answer(&checks, |checks| checks.iter().map(text).collect())?;
    Ok(if is_bad { Exit::Unexpected } else { Exit::Done })
}

fn text(check: &Check) -> String {
    let mark = match check.verdict {
        Verdict::Good => "ok  ",
        Verdict::Doubtful => "hm  ",
        Verdict::Bad => "BAD ",
    };
    let advice = check.advice.as_ref().map(|advice| format!("      {advice}\n")).unwrap_or_default();
    format!("{mark}  {}: {}\n{advice}", check.name, check.found)
}
