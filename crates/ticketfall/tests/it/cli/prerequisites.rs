//! All that keeps a search from starting, as people read it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::User;

const RESTRICTED: &str = "http://127.0.0.1:7480/northend/EDP/Event/Index/4004";
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

#[test]
fn serve_says_at_once_all_that_is_missing_and_goes_on() {
    let monitor = format!(
        "[[monitors]]\nprofile = 'ada'\nevent = '{RESTRICTED}'\nconfiguration = {{ seatCount = 3 }}\n"
    );
    let user = user(&monitor);
    let mut serve = Command::new(assert_cmd::cargo::cargo_bin!("ticketfall"));
    serve.env_clear().env("HOME", user.home.path()).env("PATH", "/usr/bin:/bin").arg("serve");
    serve.env("XDG_DATA_HOME", user.home.path().join("data"));
    serve.env("XDG_CONFIG_HOME", user.home.path().join("config"));
    let mut serve = serve.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(serve.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<String> =
        lines.take_while(|line| !line.contains("has had its turn to start again")).collect();
    serve.kill().unwrap();
    serve.wait().unwrap();
    for need in ["browser", "keyword", "limits"] {
        assert!(told.iter().any(|line| line.contains(&format!("need=\"{need}\""))), "{need}: {told:#?}");
    }
}
