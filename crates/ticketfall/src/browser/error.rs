//! What can go wrong with a member's browser. No message repeats a cookie, a token or a URL's query.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::devtools::Closed;

/// Why something cannot be done with a browser.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No Chromium where one was looked for.
    #[error("find Chromium (looked for {tried}); install it, or say where it is")]
    Missing {
        /// The programs that were tried.
        tried: String,
    },
    /// A program that does not start.
    #[error("start {program}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A browser that ended before it could be spoken to.
    #[error("start {program}: it ended at once ({status}){last_words}")]
    Exited {
        /// The program.
        program: String,
        /// Its exit status.
        status: String,
        /// The last lines of what it said, each on a line of its own.
        last_words: String,
    },
    /// A profile directory that another browser has open.
    #[error("open the browser profile {directory}: {by}")]
    InUse {
        /// The profile directory.
        directory: PathBuf,
        /// Who has it open, and what to do.
        by: String,
    },
    /// A profile directory that cannot be used.
    #[error("use the browser profile {directory}")]
    Directory {
        /// The profile directory.
        directory: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A text that is no DevTools address.
    #[error(
        "use it as a browser's address: {0}; write it like http://127.0.0.1:9222 or ws://…/devtools/browser/…"
    )]
    Endpoint(&'static str),
    /// A browser that cannot be connected to.
    #[error("reach the browser at {at}: {why}")]
    Reach {
        /// Where, without anything secret.
        at: String,
        /// Why not.
        why: String,
    },
    /// A browser that is gone.
    #[error("speak to the browser: {0}")]
    Closed(Closed),
    /// A command that the browser answered with an error.
    #[error("have the browser carry out {method}: {message}")]
    Refused {
        /// The DevTools method.
        method: &'static str,
        /// The browser's words.
        message: String,
    },
    /// An answer without the part that matters.
    #[error("understand the browser's answer to {method}: it has no {part}")]
    Answer {
        /// The DevTools method.
        method: &'static str,
        /// What is not there.
        part: &'static str,
    },
    /// Something that did not come to pass in time.
    #[error("wait longer than {after:?} for {what}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// For how long.
        after: Duration,
    },
    /// A page that did not open.
    #[error("open {at} in the browser: {why}")]
    Navigate {
        /// The page, without its query.
        at: String,
        /// The browser's words.
        why: String,
    },
    /// The profile's proxy, not the site, stood in the way.
    #[error("get through the proxy: {0}")]
    Proxy(String),
    /// A question that GoLogin did not answer well.
    #[error("have GoLogin {what}: {why}")]
    GoLogin {
        /// What was wanted.
        what: &'static str,
        /// Why not, without anything secret.
        why: String,
    },
    /// GoLogin said that it was asked too much, which revokes the token.
    #[error(
        "ask GoLogin any more: it said that it was asked too much, which revokes the token; put a new one into its \
         file, or remove {} when you are sure", note.display()
    )]
    GoLoginClosed {
        /// The note that keeps it closed.
        note: PathBuf,
    },
    /// GoLogin's cloud without a token.
    #[error("ask GoLogin's cloud without a token: set gologin.token_file")]
    NoToken,
    /// A token file that cannot be used.
    #[error("use the token in {}: {why}", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A script that threw.
    #[error("run a script in the page: {0}")]
    Script(String),
    /// An element that is not in the page.
    #[error("find {0:?} in the page")]
    Element(String),
}

/// A URL as it may be shown: tokens travel in the user, the query and the fragment.
pub(super) fn shown(url: &Url) -> String {
    match url.host_str() {
        Some(host) => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}://{host}{port}{}", url.scheme(), url.path())
        }
        None => format!("a {} page", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_what_may_be_secret() {
        let shown = |text: &str| shown(&Url::parse(text).unwrap());
        assert_eq!(
            shown("https://a:b@club.example:8443/x?queueittoken=hush#t"),
            "https://club.example:8443/x"
        );
        assert_eq!(shown("data:text/plain,hush"), "a data page");
    }
}
