//! All that keeps a search from starting, as people read it.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ticketfall::clock::Clock;

use super::User;

const RESTRICTED: &str = "http://127.0.0.1:7480/northend/EDP/Event/Index/4004";
const PATIENCE: Duration = Duration::from_secs(30);
/// So long a start waits for a browser that says nothing.
const BROWSER_WAIT: Duration = Duration::from_secs(10);
const NEEDS: [&str; 3] = ["browser: ", "keyword: ", "limits: "];

/// A member with a browser that is not there, and a limit of two seats.
fn user(more: &str) -> User {
    let user = User::new();
    let text = format!("[browser]\npath = '/nowhere/chromium'\n[api]\nlisten = '127.0.0.1:0'\n{more}");
    user.write("config/ticketfall/ticketfall.toml", &text);
    assert_eq!(user.runs("profile add ada --seats 2").code, 0);
    user
}

#[test]
fn watch_says_at_once_all_that_is_missing_and_what_to_do() {
    let run = user("").runs(&format!("watch {RESTRICTED} --profile ada --seats 3"));
    let told = run.refused(2);
    for need in NEEDS {
        assert!(told.contains(need), "{need}: {told}");
    }
    for advice in ["ticketfall doctor", "--keyword", "ask for 2 seats or fewer"] {
        assert!(told.contains(advice), "{advice}: {told}");
    }
}

fn served(user: &User) -> Child {
    let mut serve = Command::new(assert_cmd::cargo::cargo_bin!("ticketfall"));
    serve.env_clear().env("HOME", user.home.path()).env("PATH", "/usr/bin:/bin").arg("serve");
    serve.env("XDG_DATA_HOME", user.home.path().join("data"));
    serve.env("XDG_CONFIG_HOME", user.home.path().join("config"));
    serve.stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn serve_says_at_once_all_that_is_missing_and_goes_on() {
    let monitor = format!(
        "[[monitors]]\nprofile = 'ada'\nevent = '{RESTRICTED}'\nconfiguration = {{ seatCount = 3 }}\n"
    );
    let user = user(&monitor);
    let mut serve = served(&user);
    let lines = BufReader::new(serve.stderr.take().unwrap()).lines().map_while(Result::ok);
    let (tell, told) = mpsc::channel();
    let hearing = thread::spawn(move || lines.for_each(|line| drop(tell.send(line))));
    let mut missing = vec!["browser", "keyword", "limits"];
    while !missing.is_empty() {
        let line = told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("nobody tells of {missing:?}"));
        missing.retain(|need| !line.contains(&format!("need=\"{need}\"")));
    }
    serve.kill().unwrap();
    serve.wait().unwrap();
    hearing.join().unwrap();
}

#[test]
fn serve_answers_and_ends_while_a_search_still_waits_for_its_browser() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let monitor = format!("[[monitors]]\nprofile = 'ben'\nevent = '{RESTRICTED}'\n");
    let user = user(&monitor);
    let browser = format!("profile add ben --browser http://{}", silent.local_addr().unwrap());
    assert_eq!(user.runs(&browser).code, 0);
    let clock = Clock::system();
    let began = clock.now();
    let mut serve = served(&user);
    let mut lines = BufReader::new(serve.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("Ticketfall runs at")));
    let kill = Command::new("kill").args(["-INT", &serve.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(serve.wait().unwrap().success());
    let took = Duration::try_from(clock.now().duration_since(began)).unwrap();
    assert!(took < BROWSER_WAIT, "it waited for the browser: {took:?}");
}
