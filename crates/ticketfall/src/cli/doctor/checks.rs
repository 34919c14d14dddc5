//! What `doctor` looks at. Nothing here makes or changes anything that stays.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::app;
use crate::browser::{self, Error};
use crate::cli::Context;
use crate::config::Loaded;
use crate::seller::Definitions;
use crate::store::{self, Store};
use crate::vault::{KeySource, Vault};

/// Less room than this is too little for the browsers of a few members.
const ROOM_MIN: u64 = 500 << 20;

/// Bits of a mode that let others in.
const OTHERS: u32 = 0o077;

pub(super) fn configuration(loaded: &Loaded) -> Check {
    const NAME: &str = "configuration";
    let found = match &loaded.file {
        Some(file) => file.display().to_string(),
        None => "no file: the defaults hold".to_owned(),
    };
    match loaded.warnings.first() {
        None => Check::good(NAME, found),
        Some(warning) => Check::doubtful(NAME, found, warning),
    }
}

pub(super) fn directory(directory: &Path) -> Check {
    const NAME: &str = "data directory";
    let existing = nearest(directory);
    let found = directory.display().to_string();
    if let Err(error) = tempfile_in(&existing) {
        let advice = format!("make {} yours to write, or set data_dir to another one", existing.display());
        return Check::bad(NAME, format!("{found} cannot be written: {error}"), advice);
    }
    let mode = existing.metadata().map(|metadata| metadata.permissions().mode()).unwrap_or_default();
    if existing == directory && mode & OTHERS != 0 {
        let advice = format!("chmod 700 {found}");
        return Check::doubtful(NAME, format!("others may look into {found}"), advice);
    }
    Check::good(NAME, found)
}

pub(super) fn space(directory: &Path) -> Check {
    const NAME: &str = "disk space";
    match rustix::fs::statvfs(nearest(directory)) {
        Err(error) => Check::doubtful(NAME, format!("unknown: {error}"), "look with `df -h`"),
        Ok(disk) => {
            let room = disk.f_bavail.saturating_mul(disk.f_frsize);
            let found = format!("{} MiB free", room >> 20);
            if room < ROOM_MIN {
                Check::bad(NAME, found, "make room, or set data_dir to a larger disk")
            } else {
                Check::good(NAME, found)
            }
        }
    }
}

pub(super) fn key(context: &Context) -> Check {
    const NAME: &str = "key";
    if !has_key(context) {
        return Check::good(NAME, "none yet: one is made when something secret is kept");
    }
    match Vault::open(context.data_dir(), &context.vault_options()) {
        Ok((_, KeySource::Given(path))) => Check::good(NAME, from(&path, "vault.key_file")),
        Ok((_, KeySource::Credential(path))) => Check::good(NAME, from(&path, "systemd's credentials")),
        Ok((_, KeySource::Kept(path) | KeySource::Made(path))) => Check::doubtful(
            NAME,
            from(&path, "made here"),
            "it lies beside what it seals: a backup of the data has both; set vault.key_file to part them",
        ),
        Err(error) => {
            Check::bad(NAME, format!("cannot {error}"), "put the key back, or sign in anew with another one")
        }
    }
}

/// Where a key is, whose it is, and who may read it.
fn from(path: &Path, source: &str) -> String {
    let mode = path.metadata().map(|metadata| metadata.permissions().mode() & 0o777).unwrap_or_default();
    format!("{} ({source}, mode {mode:o})", path.display())
}

/// Whether there is a key, so that to look makes none.
pub(super) fn has_key(context: &Context) -> bool {
    let options = context.vault_options();
    let credential = options.credentials.map(|dir| dir.join("ticketfall.key"));
    options.key_file.is_some()
        || credential.is_some_and(|path| path.exists())
        || context.data_dir().join("vault.key").exists()
}

pub(super) async fn store(context: &Context) -> Check {
    const NAME: &str = "database";
    match Store::open_to_read(context.data_dir()).await {
        Ok(store) => Check::good(NAME, store.path().display().to_string()),
        Err(store::Error::Absent(_)) => Check::good(NAME, "none yet: it is made with the first profile"),
        Err(error @ store::Error::Older(_)) => Check::good(NAME, error.to_string()),
        Err(error) => {
            let failure = crate::cli::Failure::from(error);
            Check::bad(NAME, failure.to_string(), failure.advice().unwrap_or_default())
        }
    }
}

pub(super) fn sellers(directory: &Path) -> Check {
    const NAME: &str = "sellers";
    let (known, unread) = Definitions::with_directory(directory);
    let found = format!("{} known", known.list().count());
    match unread.first() {
        None => Check::good(NAME, found),
        Some(error) => Check::bad(
            NAME,
            format!("{found}, {} left out: cannot {error}", unread.len()),
            "`ticketfall seller check FILE` says what is wrong with each",
        ),
    }
}

pub(super) async fn browser(program: Option<&Path>) -> Check {
    const NAME: &str = "browser";
    match browser::find(program).await {
        Ok(found) => Check::good(NAME, format!("{} ({})", found.version, found.program)),
        Err(error) => Check::doubtful(
            NAME,
            format!("cannot {error}"),
            "without a browser nobody can sign in, deal with a captcha or pay here; cookies can be imported",
        ),
    }
}

/// Costs one question of the budget, and none where there is no token.
pub(super) async fn gologin(context: &Context) -> Check {
    const NAME: &str = "GoLogin";
    let plan = app::browsers(&context.loaded.config, context.clock);
    let Some(gologin) = plan.ok().and_then(|plan| plan.gologin).filter(|gologin| gologin.has_token()) else {
        return Check::good(
            NAME,
            "not set up: only its desktop app can be used, with a proxy of the profile's own",
        );
    };
    match gologin.count().await {
        Ok(count) => Check::good(NAME, format!("the token is good for {count} profiles")),
        Err(error @ (Error::GoLoginClosed { .. } | Error::Token { .. })) => {
            Check::bad(NAME, format!("cannot {error}"), "make a new token at GoLogin, in a file of mode 600")
        }
        Err(error) => Check::doubtful(
            NAME,
            format!("cannot {error}"),
            "check gologin.token_file and the network; do not try often: too many questions revoke the token",
        ),
    }
}

/// No clock is right that shows a time before this program was written to the disk, or another than a seller's.
pub(super) fn clock(now: Timestamp, astray: Option<(&str, SignedDuration)>) -> Check {
    const NAME: &str = "clock";
    let written = std::env::current_exe()
        .and_then(|program| program.metadata()?.modified())
        .ok()
        .and_then(|at| Timestamp::try_from(at).ok());
    if written.is_some_and(|written| now < written) {
        let found = format!("{now:.0} is before this program was installed");
        Check::bad(NAME, found, "set the clock: sessions and holds go by it")
    } else if let Some((seller, off)) = astray {
        let (by, side) = (off.abs().as_secs(), if off.is_negative() { "behind" } else { "ahead of" });
        let found = format!("{now:.0} is {by} s {side} the clock of {seller}");
        Check::doubtful(NAME, found, "set the clock, or let it be set over the network: holds go by it")
    } else {
        Check::good(NAME, format!("{now:.0}"))
    }
}

pub(super) fn port(address: SocketAddr) -> Check {
    const NAME: &str = "port";
    match TcpListener::bind(address) {
        Ok(_) if !address.ip().is_loopback() => Check::doubtful(
            NAME,
            format!("{address} is free, and open to the network"),
            "set api.listen to 127.0.0.1 unless others should reach the dashboard",
        ),
        Ok(_) => Check::good(NAME, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Check::doubtful(
            NAME,
            format!("{address} is taken"),
            "fine if that is Ticketfall running; else set api.listen to another port",
        ),
        Err(error) => {
            Check::bad(NAME, format!("{address} cannot be used: {error}"), "set api.listen to another one")
        }
    }
}

/// The directory itself, or the nearest one above it that is there.
fn nearest(directory: &Path) -> PathBuf {
    directory.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new(".")).to_owned()
}

/// Writes and removes a file, which tells more than permission bits do.
fn tempfile_in(directory: &Path) -> std::io::Result<()> {
    let path = directory.join(format!(".ticketfall-doctor-{}", std::process::id()));
    std::fs::write(&path, b"x")?;
    std::fs::remove_file(&path)
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_before_the_program_is_wrong() {
        assert_eq!(clock(Timestamp::UNIX_EPOCH, None).verdict, Verdict::Bad);
        assert_eq!(clock(Timestamp::MAX, None).verdict, Verdict::Good);
        let astray = clock(Timestamp::MAX, Some(("northend", SignedDuration::from_secs(-90))));
        assert!(astray.found.ends_with("is 90 s behind the clock of northend"), "{astray:?}");
    }

    #[test]
    fn a_taken_port_may_be_ours() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        assert_eq!(port(address).verdict, Verdict::Doubtful);
        drop(taken);
        assert_eq!(port(address).verdict, Verdict::Good);
    }

    #[test]
    fn a_port_open_to_the_network_is_said() {
        assert_eq!(port("0.0.0.0:0".parse().unwrap()).verdict, Verdict::Doubtful);
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_bad() {
        assert_eq!(directory(Path::new("/sys/ticketfall")).verdict, Verdict::Bad);
    }

    #[test]
    fn a_directory_that_others_may_look_into_is_doubtful() {
        let home = tempfile::tempdir().unwrap();
        let mode =
            |mode| std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o755);
        assert_eq!(directory(home.path()).verdict, Verdict::Doubtful);
        mode(0o700);
        assert_eq!(directory(home.path()).verdict, Verdict::Good);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
