//! A Chromium that we start on a profile directory of its own, and end with everything it started.

mod chromium;
mod lock;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use url::Url;

use super::error::Error;
use crate::session::Proxy;
use crate::trust::Trust;
pub(super) use chromium::Chromium;

const PORT_FILE: &str = "DevToolsActivePort";
const PROXY_FLAG: &str = "--proxy-server=";
const HEADLESS_FLAG: &str = "--headless=new";
const LOOK_EVERY: Duration = Duration::from_millis(50);
const UNLOCK_WITHIN: Duration = Duration::from_secs(2);
const VERSION_WITHIN: Duration = Duration::from_secs(10);

const PROGRAMS: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/usr/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
];

/// How to start a browser.
#[derive(Debug, Clone)]
pub struct LocalOptions {
    /// The program; the usual ones are tried when absent.
    pub program: Option<PathBuf>,
    /// The browser's own profile directory, made when it is not there; never a person's everyday one.
    pub profile_dir: PathBuf,
    /// Without a window.
    pub headless: bool,
    /// The profile's proxy; nothing goes around it.
    pub proxy: Option<Proxy>,
    /// Whose certificates a proxy may show.
    pub trust: Trust,
    /// How long it may take to start.
    pub start_within: Duration,
}

impl LocalOptions {
    /// A browser with a window on this profile directory.
    pub fn new(profile_dir: impl Into<PathBuf>) -> Self {
        Self {
            program: None,
            profile_dir: profile_dir.into(),
            headless: false,
            proxy: None,
            trust: Trust::default(),
            start_within: Duration::from_secs(30),
        }
    }
}

/// A Chromium that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How it is started.
    pub program: String,
    /// What it says its version is.
    pub version: String,
}

/// Looks for Chromium, without starting a browser.
pub async fn find(program: Option<&Path>) -> Result<Found, Error> {
    for candidate in candidates(program) {
        let asked =
            chromium::command(&candidate, ["--version".into()]).stdout(std::process::Stdio::piped()).output();
        match timeout(VERSION_WITHIN, asked).await {
            Ok(Ok(answer)) if answer.status.success() => {
                let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
                return Ok(Found { program: candidate.display().to_string(), version });
            }
            Ok(Ok(_) | Err(_)) | Err(_) => {}
        }
    }
    Err(missing(program))
}

/// Where the DevTools of a browser are that has `profile_dir` open already.
#[cfg(unix)]
pub(super) async fn outlived(profile_dir: &Path) -> Option<(Outlived, Url)> {
    let dir = profile_dir.canonicalize().ok()?;
    let pid = lock::owner(&dir)?;
    let socket = socket(&tokio::fs::read_to_string(dir.join(PORT_FILE)).await.ok()?)?;
    Some((Outlived { pid, dir }, socket))
}

/// A browser of an earlier run, not taken over yet.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Outlived {
    pid: rustix::process::Pid,
    dir: PathBuf,
}

#[cfg(unix)]
impl Outlived {
    /// From now on it is ours to end.
    pub(super) fn adopt(self) -> Chromium {
        Chromium::adopted(self.pid, self.dir)
    }
}

/// Starts Chromium behind the proxy `server`, if any, and waits until it can be spoken to; returns it with its
/// DevTools socket.
pub(super) async fn start(options: &LocalOptions, server: Option<&str>) -> Result<(Chromium, Url), Error> {
    let dir = prepare(&options.profile_dir).await?;
    let mut chromium = spawn(options, &arguments(options, server, &dir))?;
    let socket = timeout(options.start_within, wait_for_socket(&mut chromium, &dir)).await;
    socket.unwrap_or_else(|_| Err(late(options))).map(|socket| (chromium, socket))
}

async fn prepare(dir: &Path) -> Result<PathBuf, Error> {
    let cannot = |source| Error::Directory { directory: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(cannot)?;
    let dir = dir.canonicalize().map_err(cannot)?;
    unlock(&dir).await?;
    match std::fs::remove_file(dir.join(PORT_FILE)) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(cannot(source)),
        Ok(()) | Err(_) => Ok(dir),
    }
}

/// A browser that is just being ended holds its lock for a moment longer.
async fn unlock(dir: &Path) -> Result<(), Error> {
    let patient = async {
        while lock::clear(dir).is_err() {
            sleep(LOOK_EVERY).await;
        }
    };
    match timeout(UNLOCK_WITHIN, patient).await {
        Ok(()) => Ok(()),
        Err(_) => lock::clear(dir),
    }
}

fn spawn(options: &LocalOptions, arguments: &[OsString]) -> Result<Chromium, Error> {
    for program in candidates(options.program.as_deref()) {
        match Chromium::spawn(&program, arguments.to_vec()) {
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::Start { program: program.display().to_string(), source }),
            Ok(chromium) => return Ok(chromium),
        }
    }
    Err(missing(options.program.as_deref()))
}

async fn wait_for_socket(chromium: &mut Chromium, dir: &Path) -> Result<Url, Error> {
    loop {
        let written = tokio::fs::read_to_string(dir.join(PORT_FILE)).await.unwrap_or_default();
        if let Some(socket) = socket(&written) {
            return Ok(socket);
        }
        if let Some(error) = chromium.exited().await {
            return Err(error);
        }
        sleep(LOOK_EVERY).await;
    }
}

/// The file has the port in its first line and the socket's path in its second.
fn socket(written: &str) -> Option<Url> {
    let mut lines = written.lines();
    let port: u16 = lines.next()?.parse().ok()?;
    let path = lines.next().filter(|path| path.starts_with("/devtools/browser/"))?;
    Url::parse(&format!("ws://127.0.0.1:{port}{path}")).ok()
}

fn arguments(options: &LocalOptions, server: Option<&str>, dir: &Path) -> Vec<OsString> {
    let mut profile = OsString::from("--user-data-dir=");
    profile.push(dir);
    let mut arguments = vec![profile];
    let mut add = |flag: &str| arguments.push(flag.into());
    add("--remote-debugging-port=0");
    add("--no-first-run");
    add("--no-default-browser-check");
    add("--hide-crash-restore-bubble");
    add("--disable-background-networking");
    add("--disable-component-update");
    add("--disable-sync");
    if options.headless {
        add(HEADLESS_FLAG);
        add("--disable-gpu");
    }
    if chromium::is_root() {
        tracing::warn!("the browser runs without its sandbox, because this program runs as root");
        add("--no-sandbox");
    }
    if let Some(server) = server {
        add(&format!("{PROXY_FLAG}{server}"));
        // Without this, addresses of this machine go around the proxy, which the session's do not.
        add("--proxy-bypass-list=<-loopback>");
    }
    add("about:blank");
    arguments
}

/// What a browser's command line says of how it was started.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// The proxy's kind, host and port.
    pub(super) server: Option<String>,
    /// Without a window.
    pub(super) headless: bool,
}

impl Manner {
    pub(super) fn of(command_line: &str) -> Self {
        let mut words = command_line.split_whitespace();
        let headless = command_line.split_whitespace().any(|word| word == HEADLESS_FLAG);
        Self { server: words.find_map(|word| word.strip_prefix(PROXY_FLAG)).map(str::to_owned), headless }
    }
}

fn candidates(program: Option<&Path>) -> Vec<PathBuf> {
    program.map_or_else(|| PROGRAMS.iter().map(PathBuf::from).collect(), |program| vec![program.to_owned()])
}

fn missing(program: Option<&Path>) -> Error {
    let tried: Vec<_> = candidates(program).iter().map(|path| path.display().to_string()).collect();
    Error::Missing { tried: tried.join(", ") }
}

fn late(options: &LocalOptions) -> Error {
    Error::Timeout { what: "the browser to start".to_owned(), after: options.start_within }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(options: &LocalOptions, server: Option<&str>) -> Vec<String> {
        let arguments = arguments(options, server, Path::new("/profiles/ada"));
        arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn nothing_goes_around_a_proxy_and_its_password_is_no_argument() {
        let proxy = Some("socks5://ada:hush@proxy.example:1080".parse().unwrap());
        let options = LocalOptions { proxy, ..LocalOptions::new("/profiles/ada") };
        let flags = flags(&options, Some("socks5://127.0.0.1:4000"));
        assert!(flags.contains(&"--proxy-server=socks5://127.0.0.1:4000".to_owned()));
        assert!(flags.contains(&"--proxy-bypass-list=<-loopback>".to_owned()));
        assert!(!flags.concat().contains("hush"));
    }

    #[test]
    fn a_window_is_left_out_only_when_asked() {
        let headless = LocalOptions { headless: true, ..LocalOptions::new("/profiles/ada") };
        assert!(flags(&headless, None).contains(&HEADLESS_FLAG.to_owned()));
        assert!(!flags(&LocalOptions::new("/profiles/ada"), None).contains(&HEADLESS_FLAG.to_owned()));
    }

    #[test]
    fn a_command_line_tells_how_a_browser_was_started() {
        let headless = LocalOptions { headless: true, ..LocalOptions::new("/profiles/ada") };
        let line = flags(&headless, Some("http://proxy.example:80")).join(" ");
        let server = Some("http://proxy.example:80".to_owned());
        assert_eq!(Manner::of(&line), Manner { server, headless: true });
        assert_eq!(Manner::of("chromium about:blank"), Manner { server: None, headless: false });
    }

    #[test]
    fn a_half_written_port_file_is_waited_for() {
        assert_eq!(socket(""), None);
        assert_eq!(socket("9222\n"), None);
        assert_eq!(
            socket("9222\n/devtools/browser/a").unwrap().as_str(),
            "ws://127.0.0.1:9222/devtools/browser/a"
        );
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_told_by_name() {
        let dir = tempfile::TempDir::new().unwrap();
        let program = Some(PathBuf::from("/nowhere/chromium"));
        let options = LocalOptions { program, ..LocalOptions::new(dir.path()) };
        let error = start(&options, None).await.unwrap_err().to_string();
        assert!(error.starts_with("find Chromium (looked for /nowhere/chromium)"), "{error}");
        assert!(find(options.program.as_deref()).await.is_err());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_browser_that_ends_at_once_is_told_with_its_last_words() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::TempDir::new().unwrap();
        let program = dir.path().join("broken");
        std::fs::write(&program, "#!/bin/sh\necho 'no display' >&2\nexit 7\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let options = LocalOptions { program: Some(program), ..LocalOptions::new(dir.path().join("p")) };
        let error = start(&options, None).await.unwrap_err().to_string();
        assert!(error.contains("exit status: 7") && error.contains("no display"), "{error}");
    }
}
