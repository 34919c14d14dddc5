//! New keys, new tokens, backups: the real binary, beside a service and without one.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use super::served::Served;
use super::{User, files_below};

const HUSH: &str = "hush-hush";

/// A member with a proxy whose password is a secret.
fn with_ada(user: &User) {
    let mut command = user.command("profile add ada --browser none");
    let run = user.ends(command.env("TICKETFALL_PROXY", format!("socks5://ada:{HUSH}@proxy.example:1080")));
    assert_eq!(run.code, 0, "{}", run.stderr);
}

fn key_of(user: &User) -> String {
    std::fs::read_to_string(user.data_dir().join("vault.key")).unwrap()
}

#[test]
fn a_new_key_seals_what_is_kept() {
    let user = User::new();
    assert!(user.runs("vault rotate").refused(3).contains("nothing was sealed yet"));
    with_ada(&user);
    let before = key_of(&user);
    let run = user.runs("vault rotate --json");
    assert_eq!((run.code, &run.json()["resealed"]), (0, &1.into()), "{}", run.stderr);
    assert!(before != key_of(&user) && !key_of(&user).contains(before.trim()));
    let kept = user.runs("vault rotate --keep-earlier");
    assert!(kept.code == 0 && kept.stdout.contains("still opens"), "{}{}", kept.stdout, kept.stderr);
    assert_eq!(key_of(&user).lines().count(), 2);
    assert_eq!(user.runs("vault rotate").code, 0);
    assert_eq!(key_of(&user).lines().count(), 1);
}

#[tokio::test]
async fn beside_a_service_no_key_is_changed_and_nothing_restored() {
    let user = User::new();
    with_ada(&user);
    assert_eq!(user.runs("backup one.backup").code, 0);
    let _service = user.store().await;
    let before = key_of(&user);
    assert!(user.runs("vault rotate").refused(1).contains("another Ticketfall is using it"));
    assert!(user.runs("restore one.backup").refused(2).contains("stop the service first"));
    assert_eq!(key_of(&user), before);
}

#[test]
fn a_backup_is_restored_with_its_key_and_only_with_it() {
    let user = User::new();
    with_ada(&user);
    let made = user.runs("backup one.backup --json").json();
    let name = made["keys"][0].as_str().unwrap().to_owned();
    let file = user.home.path().join("one.backup");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(user.runs("backup one.backup").refused(2).contains("there is such a file"));

    let other = User::new();
    std::fs::copy(&file, other.home.path().join("one.backup")).unwrap();
    let refused = other.runs("restore one.backup");
    let said = refused.refused(2);
    assert!(said.contains(&name) && said.contains("vault.key"), "{said}");
    assert!(!other.data_dir().join("vault.key").exists(), "no key is made for it");
    assert!(!other.data_dir().join("ticketfall.db").exists());

    with_ada(&other);
    assert!(other.runs("restore one.backup").refused(2).contains(&name), "another key does not fit");
    std::fs::copy(user.data_dir().join("vault.key"), other.data_dir().join("vault.key")).unwrap();
    let restored = other.runs("restore one.backup");
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    assert!(restored.stdout.contains("is kept: "), "{}", restored.stdout);
    assert_eq!(other.runs("vault rotate --json").json()["resealed"], 1, "it opens");
}

#[test]
fn a_backup_has_neither_a_secret_nor_the_key_nor_the_token() {
    let served = Served::start({
        let user = User::new();
        with_ada(&user);
        user
    });
    let run = served.runs("backup one.backup");
    assert_eq!(run.code, 0, "beside a running service: {}", run.stderr);
    let bytes = std::fs::read(served.user.home.path().join("one.backup")).unwrap();
    let token = std::fs::read_to_string(served.user.data_dir().join("api-token")).unwrap();
    for secret in [HUSH, key_of(&served.user).trim(), token.trim()] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    let member = br#"{"kind":"none"}"#;
    assert!(bytes.windows(member.len()).any(|window| window == member), "the member is in it");
    served.end();
}

#[test]
fn a_new_token_is_taken_by_the_service_that_runs() {
    let served = Served::start(User::new());
    let file = served.user.data_dir().join("api-token");
    let old = std::fs::read_to_string(&file).unwrap();
    let run = served.runs("token rotate");
    assert!(run.code == 0 && run.stdout.contains("the service has it already"), "{}", run.stderr);
    let new = std::fs::read_to_string(&file).unwrap();
    assert!(old != new && !run.stdout.contains(new.trim()) && !run.stderr.contains(new.trim()));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(served.runs("dashboard").code, 0, "the new one lets in");
    std::fs::write(&file, &old).unwrap();
    assert!(served.runs("dashboard").refused(2).contains("does not know this token"));
    served.end();
}

#[test]
fn a_new_token_without_a_service_is_the_next_ones() {
    let user = User::new();
    let run = user.runs("token rotate --json");
    assert_eq!((run.code, &run.json()["serviceTookIt"]), (0, &false.into()), "{}", run.stderr);
    let token = std::fs::read_to_string(user.data_dir().join("api-token")).unwrap();
    assert_eq!(token.trim().len(), 64);
    let served = Served::start(user);
    assert_eq!(served.runs("dashboard").code, 0);
    served.end();
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_service_remembers_is_in_no_core_dump() {
    let served = Served::start(User::new());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", served.process())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    served.end();
}

#[test]
fn every_file_that_is_kept_is_for_its_owner_alone() {
    let served = Served::start({
        let user = User::new();
        with_ada(&user);
        user
    });
    assert_eq!(served.runs("token rotate").code, 0);
    let modes = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o077;
    let logged = served.user.home.path().join("logs/ticketfall.log");
    let run = served.user.ends(served.user.command("profile list").env("TICKETFALL_LOG_FILE", &logged));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (kept, logs) = (files_below(&served.user.data_dir()), files_below(logged.parent().unwrap()));
    assert!(kept.len() >= 4 && logs.len() == 2, "{kept:?} {logs:?}");
    for file in [kept, logs].concat() {
        assert_eq!(modes(&file), 0, "{}", file.display());
    }
    assert_eq!(modes(&served.user.data_dir()), 0);
    served.end();
}

#[test]
fn no_token_is_shown_to_who_only_listens_where_the_service_would() {
    let user = User::new();
    assert_eq!(user.runs("token rotate").code, 0);
    let token = std::fs::read_to_string(user.data_dir().join("api-token")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = std::thread::spawn(move || {
        let (mut caller, _) = listener.accept().unwrap();
        let mut asked = [0; 4_096];
        let read = caller.read(&mut asked).unwrap();
        // As somebody answers who has seen such an answer before.
        let proof = "0".repeat(64);
        write!(caller, "HTTP/1.1 200 OK\r\ncontent-length: 64\r\nconnection: close\r\n\r\n{proof}").unwrap();
        drop(listener);
        String::from_utf8_lossy(&asked[..read]).into_owned()
    });
    let run = user.ends(user.command("status").env("TICKETFALL_API_LISTEN", &address));
    assert!(run.refused(2).contains("does not know this token"), "{}", run.stderr);
    let heard = heard.join().unwrap();
    assert!(heard.starts_with("GET /proof?challenge=") && !heard.contains(token.trim()), "{heard}");
}
