//! Commands that speak to a running service: the real binary, twice, and a box office on a real port.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener as StdListener;
use std::process::{Child, Command, Stdio};

use super::online::Doors;
use super::{Run, User};

/// A service that runs until it is dropped.
pub(super) struct Served {
    pub(super) user: User,
    pub(super) address: String,
    child: Child,
}

impl Served {
    /// Starts `serve` for a user, and waits until it answers.
    pub(super) fn start(user: User) -> Self {
        let free = StdListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ticketfall"));
        command.env_clear().env("HOME", user.home.path()).env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
        command.env("XDG_DATA_HOME", user.home.path().join("data"));
        command.env("XDG_CONFIG_HOME", user.home.path().join("config"));
        command.env("TICKETFALL_API_LISTEN", &address);
        let mut child = command.arg("serve").stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said: Vec<String> =
            lines.map(Result::unwrap).take_while(|line| !line.contains("Ctrl-C ends it")).collect();
        assert!(said.iter().any(|line| line.contains("Ticketfall runs at")), "{said:?}");
        Self { user, address, child }
    }

    pub(super) fn runs(&self, arguments: &str) -> Run {
        self.user.ends(self.user.command(arguments).env("TICKETFALL_API_LISTEN", &self.address))
    }

    /// The number of its process.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends the service, and gives its user back.
    pub(super) fn end(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn without_a_service_the_commands_that_need_one_say_what_starts_it() {
    let user = User::new();
    for command in [
        "start ada https://nowhere.example/1",
        "stop ada",
        "stop --all",
        "status",
        "dashboard",
        "notify test",
    ] {
        let run = user.runs(command);
        let said = run.refused(4);
        assert!(said.contains("nothing answers at http://127.0.0.1:7474"), "{command}: {said}");
        assert!(said.contains("`ticketfall serve` starts it"), "{command}: {said}");
    }
    user.runs("stop").refused(2);
}

#[test]
fn the_service_listens_to_this_machine_alone() {
    let user = User::new();
    let run = user.ends(user.command("serve").env("TICKETFALL_API_LISTEN", "0.0.0.0:0"));
    let said = run.refused(2);
    assert!(said.contains("this machine alone") && said.contains("reverse proxy"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_is_started_shown_and_stopped_from_the_command_line() {
    let doors = Doors::open().await;
    let served = Served::start(doors.user());
    let jar = doors.cookies().await;
    let cookies = ticketfall::cookies::write(ticketfall::cookies::Format::DevTools, jar.cookies()).unwrap();
    served.user.write("cookies.json", &cookies);
    let added = served.runs("profile add ada --browser none --seats 2 --import-cookies cookies.json --json");
    assert_eq!(added.code, 0, "{}", added.stderr);
    assert!(added.json()["sessionTakenAt"].is_string(), "{}", added.stdout);
    assert_eq!(served.runs("profile show ada --json").json(), added.json());

    assert_eq!(served.runs("status").code, 3);
    let started = served.runs(&format!("start ada {} --seats 2", doors.page()));
    assert_eq!(started.code, 0, "{}", started.stderr);
    assert!(started.stdout.starts_with("ada          SearchingTickets"), "{}", started.stdout);
    let status = served.runs("status --json").json();
    assert_eq!((&status[0]["profile"], &status[0]["event"]), (&"ada".into(), &"4001".into()));

    let refused = served.runs("start ada https://nowhere.example/1 --seats 9");
    assert!(refused.refused(2).contains("seller:"), "{}", refused.stderr);
    assert!(served.runs("profile remove ada --yes").refused(2).contains("stop the search first"));
    let link = served.runs("dashboard");
    assert!(link.stdout.starts_with(&format!("http://{}/enter?code=", served.address)), "{}", link.stdout);
    assert!(served.runs("notify test").stdout.contains("there is no webhook"));

    let stopped = served.runs("stop --all");
    assert!(stopped.code == 0 && stopped.stdout.contains("Stopped"), "{}", stopped.stderr);
    assert_eq!(served.runs("stop --all").code, 3);
    assert_eq!(served.runs("profile remove ada --yes").code, 0);
    served.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_and_cookies_are_kept_by_the_service_that_runs() {
    let doors = Doors::open().await;
    let served = Served::start(doors.user());
    served.user.write("members.csv", "name,browser\nada,none\nben,none\n");
    let imported = served.runs("profile import members.csv");
    assert_eq!(imported.stdout, "line 2: ada: added\nline 3: ben: added\n", "{}", imported.stderr);
    assert!(served.runs("profile import members.csv").stdout.contains("is already there"));
    assert!(served.runs("profile add ada").refused(2).contains("there is a profile of that name"));

    let jar = doors.cookies().await;
    let cookies = ticketfall::cookies::write(ticketfall::cookies::Format::DevTools, jar.cookies()).unwrap();
    served.user.write("cookies.json", &cookies);
    let given = served.runs("cookies import ben cookies.json --json");
    assert_eq!(given.code, 0, "{}", given.stderr);
    assert_eq!((&given.json()["outcome"], &given.json()["inBrowser"]), (&"updated".into(), &false.into()));
    assert!(served.runs("cookies update").refused(2).contains("cookies.url is not set"));
    served.runs("cookies import zoe cookies.json").refused(3);
    served.end();
}
