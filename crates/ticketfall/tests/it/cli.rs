//! The real binary: what it prints where, and how it ends.

mod cookies;
mod doctor;
mod explain;
mod gologin;
mod members;
mod online;
mod page;
mod prerequisites;
mod safety;
mod sellers;
mod served;

pub(crate) use explain::explained_now;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use ticketfall::session::Proxy;
use ticketfall::store::{Store, falls, profiles};
use ticketfall::vault::{Options, Purpose, Vault};
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::{Fall, FallId};
use ticketfall_core::ids::{AreaId, EventId, EventKey, ProfileId, SellerId};
use ticketfall_core::offer::{Market, PartSeats};
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::seat::SeatRun;

const CAPTURE: &str = r#"[{"AreaId":1234,"PriceBands":[{"PriceBandCode":"12","TotalValueFormatted":"£75.00",
    "AvailableSeatsIntervals":[{"YCoord":7,"StartXCoord":120,"EndXCoord":122}]}]}]"#;

/// A user with nothing but a home.
struct User {
    home: TempDir,
}

/// How a run ended.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl User {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    fn data_dir(&self) -> PathBuf {
        self.home.path().join("data/ticketfall")
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ticketfall"));
        command.env_clear().env("HOME", self.home.path()).env("TZ", "UTC");
        command.env("PATH", "/usr/bin:/bin").env("XDG_DATA_HOME", self.home.path().join("data"));
        command.env("XDG_CONFIG_HOME", self.home.path().join("config"));
        command.current_dir(self.home.path()).args(arguments.split_whitespace());
        command
    }

    fn runs(&self, arguments: &str) -> Run {
        self.ends(&mut self.command(arguments))
    }

    fn ends(&self, command: &mut Command) -> Run {
        let output = command.output().unwrap();
        let home = self.home.path().display().to_string();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace(&home, "HOME");
        Run {
            code: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    async fn store(&self) -> Store {
        Store::open(&self.data_dir(), Timestamp::UNIX_EPOCH).await.unwrap()
    }
}

impl Run {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Ends the story of a run that failed: nothing on stdout, and why on stderr.
    fn refused(&self, code: i32) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        &self.stderr
    }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn the_help_names_every_command() {
    let help = User::new().runs("--help");
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for command in ["profile", "cookies", "seller", "check", "falls", "doctor", "config", "completions"] {
        assert!(help.stdout.contains(&format!("\n  {command} ")), "{command}: {}", help.stdout);
    }
}

#[test]
fn a_command_that_is_not_there_is_a_usage_error() {
    let run = User::new().runs("profle list");
    assert!(run.refused(2).contains("profile"));
    User::new().runs("").refused(2);
}

#[test]
fn a_misspelt_key_is_shown_in_its_line() {
    let user = User::new();
    user.write("config/ticketfall/ticketfall.toml", "[log]\nlevel = \"warn\"\nfromat = \"json\"\n");
    insta::assert_snapshot!(user.runs("config check").refused(2), @r#"
      × cannot use HOME/config/ticketfall/ticketfall.toml:3:1: there is no key `fromat` here
       ╭─[HOME/config/ticketfall/ticketfall.toml:3:1]
     2 │ level = "warn"
     3 │ fromat = "json"
       · ───┬──
       ·    ╰── here
       ╰────
      help: did you mean `format`?
    "#);
}

#[test]
fn a_configuration_that_was_asked_for_must_be_there() {
    let run = User::new().runs("--config nowhere.toml config check");
    assert!(run.refused(2).contains("cannot read the configuration nowhere.toml"));
}

#[test]
fn what_needs_no_configuration_works_with_a_broken_one() {
    let user = User::new();
    user.write("config/ticketfall/ticketfall.toml", "nonsense");
    for arguments in ["completions bash", "config schema", "--version"] {
        let run = user.runs(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments}");
        assert!(!run.stdout.is_empty());
    }
}

#[test]
fn the_configuration_says_where_each_value_came_from() {
    let user = User::new();
    user.write("config/ticketfall/ticketfall.toml", "[log]\nlevel = \"error\"\n");
    let mut command = user.command("config show --json --data-dir elsewhere");
    let shown = user.ends(command.env("TICKETFALL_LOG_FORMAT", "json")).json();
    let told =
        |key: &str| (shown["settings"][key]["value"].clone(), shown["settings"][key]["source"].clone());
    assert_eq!(told("data_dir"), ("elsewhere".into(), "--data-dir".into()));
    assert_eq!(told("log.format"), ("json".into(), "TICKETFALL_LOG_FORMAT".into()));
    assert_eq!(told("log.level"), ("error".into(), "file".into()));
    assert_eq!(told("api.listen"), ("127.0.0.1:7474".into(), "default".into()));
}

#[test]
fn an_access_keyword_is_not_shown() {
    let user = User::new();
    let text = "[[monitors]]\nprofile = 'ada'\nconfiguration = { keyword1 = 'hush-hush' }\n";
    user.write("config/ticketfall/ticketfall.toml", text);
    for arguments in ["config show", "config show --json", "config check", "--log-level trace config show"] {
        let run = user.runs(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stdout.contains("hush-hush") && !run.stderr.contains("hush-hush"), "{arguments}");
    }
    assert!(user.runs("config show").stdout.contains("(hidden)"));
}

#[test]
fn a_profile_is_added_listed_shown_and_removed() {
    let user = User::new();
    let added = user.runs("profile add ada --label Ada --seats 4 --cost £200 --json").json();
    assert_eq!(added["costMax"], serde_json::json!({ "amount": "200.00", "currency": "GBP" }));
    assert_eq!((&added["browser"]["kind"], &added["seatsMax"]), (&"local".into(), &4.into()));
    assert_eq!(user.runs("profile list --json").json(), serde_json::json!([added]));
    assert_eq!(user.runs("profile show ada --json").json(), added);
    assert!(user.runs("profile add ada").refused(2).contains("there is a profile of that name"));
    assert!(user.runs("profile remove ada").refused(2).contains("--yes"));
    assert_eq!(user.runs("profile remove ada --yes").stdout, "ada is removed\n");
    user.runs("profile show ada").refused(3);
    user.runs("profile remove ada --yes").refused(3);
}

#[test]
fn an_empty_list_of_profiles_says_how_to_add_one() {
    let run = User::new().runs("profile list --json");
    assert_eq!((run.code, run.stdout.as_str()), (0, "[]\n"));
    assert!(run.stderr.contains("ticketfall profile add"));
}

#[tokio::test]
async fn a_proxys_password_is_kept_nowhere_in_the_clear() {
    let user = User::new();
    let proxy = "socks5://ada:hush-hush@proxy.example:1080";
    let typed = user.ends(user.command("profile add ada --proxy -").write_stdin(format!("{proxy}\n")));
    let taken = user.ends(user.command("profile add ben --log-level trace").env("TICKETFALL_PROXY", proxy));
    let shown = user.runs("profile show ada");
    for run in [&typed, &taken, &shown] {
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stdout.contains("hush-hush") && !run.stderr.contains("hush-hush"));
    }
    assert!(shown.stdout.contains("proxy    set, sealed\n"), "{}", shown.stdout);
    for file in files_below(user.home.path()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"hush-hush"), "{}", file.display());
    }
    let ben = profiles::get(&user.store().await, &ProfileId::new("ben").unwrap()).await.unwrap().unwrap();
    let (vault, _) = Vault::open(&user.data_dir(), &Options::default()).unwrap();
    let opened = vault.unseal(&ben.id, Purpose::Proxy, &ben.proxy.unwrap().0).unwrap();
    assert_eq!(str::from_utf8(&opened).unwrap().parse(), proxy.parse::<Proxy>());
}

#[test]
fn a_proxy_that_is_none_is_refused_without_repeating_it() {
    let user = User::new();
    let run = user.runs("profile add ada --proxy ftp://ada:hush-hush@proxy.example");
    assert!(!run.refused(2).contains("hush-hush"));
    let run = user.runs("profile add ada --browser wss://cloud.example/?token=hush-hush");
    assert!(!run.refused(2).contains("hush-hush"));
    user.runs("profile show ada").refused(3);
}

#[test]
fn cookies_are_imported_and_what_is_none_is_said() {
    let user = User::new();
    let file = "# Netscape HTTP Cookie File\n\
                northend.example\tFALSE\t/\tTRUE\t4102444800\twww.northend.example/club\thush-hush\n\
                not a cookie\n";
    user.write("cookies.txt", file);
    let run = user.runs("profile add ada --browser none --import-cookies cookies.txt --json");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.json()["sessionTakenAt"].is_string());
    assert!(run.stderr.contains("line 3") && !run.stderr.contains("hush-hush"), "{}", run.stderr);
    let database = std::fs::read(user.data_dir().join("ticketfall.db")).unwrap();
    assert!(!database.windows(9).any(|window| window == b"hush-hush"));
    user.write("cookies.txt", "");
    assert!(
        user.runs("profile add ben --import-cookies cookies.txt").refused(2).contains("import cookies.txt")
    );
    user.runs("profile show ben").refused(3);
}

#[tokio::test]
async fn beside_a_running_service_one_reads_and_does_not_write() {
    let user = User::new();
    assert_eq!(user.runs("profile add ada").code, 0);
    let service = user.store().await;
    assert!(user.runs("profile add ben").refused(1).contains("another Ticketfall is using it"));
    assert!(user.runs("profile list").stdout.contains("ada"));
    assert_eq!(profiles::all(&service).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_damaged_database_is_kept_and_said_aloud() {
    let user = User::new();
    user.write("data/ticketfall/ticketfall.db", "this was a database once");
    let run = user.runs("profile add ada");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("ticketfall.db.corrupt-"), "{}", run.stderr);
}

fn fallen(number: u64, first_seen: Timestamp, gone_at: Option<Timestamp>) -> Fall {
    Fall {
        id: FallId(number),
        area: AreaId::new("1234").unwrap(),
        area_name: Some("East\u{1b}[2J Lower 5".into()),
        market: Market::Exchange,
        band: None,
        price: Some(Price::new(6_100, Currency::GBP)),
        seats: PartSeats::Run(SeatRun::new(7, 120, 121).unwrap()),
        first_seen,
        last_seen: first_seen,
        gone_at,
    }
}

#[expect(clippy::disallowed_methods, reason = "the binary reads the real clock, and so must what it reads")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[tokio::test]
async fn falls_are_answered_by_event_and_time() {
    let user = User::new();
    let key = EventKey { seller: SellerId::new("northend").unwrap(), event: EventId::new("501").unwrap() };
    let (recent, old) =
        (now() - jiff::SignedDuration::from_mins(5), now() - jiff::SignedDuration::from_hours(5));
    let gone_at = Some(recent + jiff::SignedDuration::from_secs(9));
    let both = vec![fallen(0, old, None), fallen(1, recent, gone_at)];
    falls::keep(&user.store().await, &key, &Eye::Everybody, both).await.unwrap();

    let answer = user.runs("falls --since 1h --json").json();
    let fall = &answer[0];
    assert_eq!(answer.as_array().unwrap().len(), 1);
    assert_eq!(
        (&fall["event"], &fall["seats"], &fall["market"]),
        (&"501".into(), &2.into(), &"exchange".into())
    );
    assert_eq!(fall["price"]["amount"], "61.00");
    assert_eq!(user.runs("falls --event 501 --json").json().as_array().unwrap().len(), 2);
    let text = user.runs("falls").stdout;
    assert!(text.contains("9s") && text.contains("still there"), "{text}");
    assert!(!text.contains('\u{1b}'), "text from elsewhere commands the terminal");
    assert_eq!(user.runs("falls --event 777 --json").stdout, "[]\n");
    assert_eq!(user.runs("falls --event 777").code, 3);
    assert_eq!(user.runs("falls --event https://northend.example/none").code, 3);
    user.runs("falls --since soon").refused(2);
}

#[test]
fn a_capture_is_checked() {
    let user = User::new();
    user.write("capture.json", CAPTURE);
    let run = user.runs("check --seller exchange capture.json --json");
    let found = run.json();
    assert_eq!((run.code, &found["reading"]), (0, &"seats".into()));
    assert_eq!(found.as_object().unwrap().len(), 3, "{found:#}");
    assert!(found["offers"].is_array(), "{found:#}");
    assert_eq!(found["verdict"]["groups"].as_array().unwrap().len(), 1, "{found:#}");
    let run = user.ends(user.command("check --seller exchange -").write_stdin(CAPTURE));
    insta::assert_snapshot!(run.stdout, @r"
    reading   seats
    offers    1, 1 fit
    fits      1234, 2 seats, £75.00 each
    ");
}

#[test]
fn what_does_not_fit_says_why() {
    let user = User::new();
    user.write("capture.json", CAPTURE);
    let run = user.runs("check --seller exchange capture.json --max-price 60");
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("refused   1234: "), "{}", run.stdout);
    let refused = user.runs("check --seller exchange capture.json --seats 4 --json").json();
    assert_eq!(refused["verdict"]["refusals"][0]["reason"]["name"], "tooFew");
}

#[test]
fn unknown_is_not_none() {
    let user = User::new();
    user.write("capture.json", "{\"surprise\":");
    let run = user.runs("check --seller exchange capture.json --json");
    assert_eq!((run.code, &run.json()["reading"]), (3, &"unknown".into()));
    user.write("capture.json", "[]");
    let run = user.runs("check --seller exchange capture.json --json");
    assert_eq!((run.code, &run.json()["reading"]), (3, &"seats".into()));
    user.write("capture.json", "{\"response\":\"block\"}");
    assert!(user.runs("check --seller exchange capture.json").stdout.starts_with("reading   blocked: "));
}

#[test]
fn a_seller_that_cannot_be_reached_is_told_apart() {
    let user = User::new();
    let page = "http://127.0.0.1:1/northend/EDP/Event/Index/4001";
    let run = user.runs(&format!("check --seller exchange {page}"));
    assert!(run.refused(2).contains("sellers.exchange.origin"), "{}", run.stderr);
    user.write("config/ticketfall/ticketfall.toml", "[sellers.boxoffice]\norigin = 'http://127.0.0.1:1'\n");
    let run = user.runs(&format!("check --seller boxoffice {page} --json"));
    assert_eq!((run.code, &run.json()["reading"]), (4, &"failing".into()), "{}", run.stderr);
    user.runs("check --seller nobody capture.json").refused(3);
    user.runs("check --seller exchange nowhere.json").refused(2);
}

#[test]
fn sellers_are_listed_shown_and_checked() {
    let user = User::new();
    let listed = user.runs("seller list --json").json();
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(|seller| seller["id"].clone()).collect();
    assert!(ids.contains(&"exchange".into()) && ids.contains(&"boxoffice".into()), "{ids:?}");
    assert!(user.runs("seller show exchange").stdout.contains("limit         4 seats"));
    user.runs("seller show nobody").refused(3);
    let own = "version = 1\nbased_on = 'exchange'\nid = 'northend'\nname = 'Northend FC'\n\
               origin = 'https://northend.example'\n";
    user.write("northend.toml", own);
    user.write("capture.json", CAPTURE);
    let run = user.runs("seller check northend.toml capture.json");
    insta::assert_snapshot!(run.stdout, @r"
    northend.toml can be used: Northend FC
    capture.json: seats (a feed with 1 offer)
    ");
    user.write("northend.toml", "version = 1\nbased_on = 'exchange'\norgin = 'x'\n");
    assert!(user.runs("seller check northend.toml").refused(2).contains("orgin"));
}

#[test]
fn a_definition_that_cannot_be_used_hides_no_other() {
    let user = User::new();
    user.write("config/ticketfall/sellers/broken.toml", "nonsense");
    let run = user.runs("seller list");
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("exchange") && run.stderr.contains("broken.toml"), "{}", run.stderr);
    assert!(user.runs("doctor").stdout.contains("BAD   sellers"));
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let user = User::new();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("ticketfall"));
    let mut child = command
        .args(["completions", "zsh"])
        .env("HOME", user.home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn names_of_profiles_are_checked_before_anything_is_made() {
    let user = User::new();
    let long = "x".repeat(300);
    user.runs(&format!("profile add {long}")).refused(2);
    assert!(ProfileId::new(&long).is_err() && !user.data_dir().exists());
}
