//! A session from a cookies file, for a member without a browser here.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ticketfall_core::ids::ProfileId;

use crate::cli::{Context, Exit, Failure, USER_AGENT};
use crate::cookies::{self, ImportedCookies};
use crate::session::{Jar, Origin, Proxy, Session};

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

/// Reads the session in the cookies file at `path`; what is no cookie is said and left out.
pub(super) fn session(
    path: &Path,
    id: &ProfileId,
    proxy: Option<Proxy>,
    context: &Context,
) -> Result<Session, Failure> {
    let bytes = read(path).map_err(|source| {
        let unread = Unread { path: path.to_owned(), source };
        Failure::new(Exit::Usage, unread).advise("check that the file is there and yours to read")
    })?;
    let ImportedCookies { cookies, refused, format: _ } = cookies::read(&bytes).map_err(|source| {
        let foreign = NoCookies { path: path.to_owned(), source };
        Failure::new(Exit::Usage, foreign).advise("export the cookies of the seller's site once more")
    })?;
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

/// One byte more than is allowed is enough to tell that it is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(cookies::BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
