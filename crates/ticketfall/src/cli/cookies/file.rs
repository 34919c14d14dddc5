//! Cookies files: read, and made into a session for a member without a browser here.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ticketfall_core::ids::ProfileId;
use zeroize::Zeroizing;

use crate::cli::{Context, Exit, Failure};
use crate::cookies::{self, ImportedCookies};
use crate::session::{Jar, Origin, Proxy, Session, USER_AGENT};

/// A file that holds no cookies.
#[derive(Debug, thiserror::Error)]
#[error("import {}", path.display())]
struct NoCookies {
    path: PathBuf,
    #[source]
    source: cookies::Error,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("read {}", path.display())]
struct Unread {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// Reads the cookies file at `path`.
pub(in crate::cli) fn read(path: &Path) -> Result<ImportedCookies, Failure> {
    cookies::read(&bytes(path)?).map_err(|source| {
        let foreign = NoCookies { path: path.to_owned(), source };
        Failure::new(Exit::Usage, foreign).advise("export the cookies of the seller's site once more")
    })
}

/// Reads the session in the cookies file at `path`; what is no cookie is said and left out.
pub(in crate::cli) fn session(
    path: &Path,
    id: &ProfileId,
    proxy: Option<Proxy>,
    context: &Context,
) -> Result<Session, Failure> {
    let ImportedCookies { cookies, refused, format: _ } = read(path)?;
    for row in refused {
        tracing::warn!("left out {row}");
    }
    let (jar, refused) = Jar::from_cookies(cookies);
    for cookie in refused {
        tracing::warn!(name = cookie.name, "left out a cookie: cannot {}", cookie.why);
    }
    let session = Session::new(id.clone(), jar, USER_AGENT.to_owned(), context.clock.now(), Origin::Imported);
    Ok(session.through(proxy))
}

/// The file as it is; one byte more than is allowed is enough to tell that it is too long.
pub(in crate::cli) fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let most = u64::try_from(cookies::BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|source| {
        let unread = Unread { path: path.to_owned(), source };
        Failure::new(Exit::Usage, unread).advise("check that the file is there and yours to read")
    })?;
    Ok(bytes)
}
