//! The real binary and members whose browsers are GoLogin's.

use serde_json::json;

use super::User;
use crate::gologin::standin::{Mood, PROFILE, StandIn, TOKEN};

const PAGE: &str = "http://127.0.0.1:7480/northend/EDP/Event/Index/501";

#[test]
fn a_member_may_have_a_profile_of_gologins() {
    let user = User::new();
    let added = user.runs("profile add ada --browser gologin:5f1c --json").json();
    assert_eq!(added["browser"], json!({"kind": "gologin", "id": "5f1c", "api": "local"}));
    let cloud = user.runs("profile add ben --browser gologin-cloud:5f1d --json").json();
    assert_eq!(cloud["browser"], json!({"kind": "gologin", "id": "5f1d", "api": "cloud"}));
    assert!(user.runs("profile show ben").stdout.contains("gologin-cloud:5f1d"));
    let refused = user.runs("profile add eve --browser gologin:../cookies");
    assert!(refused.refused(2).contains("letters and digits"));
}

#[test]
fn a_search_does_not_begin_while_gologins_proxy_is_unknown() {
    let user = User::new();
    user.runs("profile add ada --browser gologin:5f1c");
    let run = user.runs(&format!("watch {PAGE} --profile ada"));
    let why = run.refused(2).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(why.contains("proxy is not known") && why.contains("gologin.token_file"), "{why}");
}

#[cfg(unix)]
#[test]
fn the_doctor_says_that_others_may_read_the_token() {
    use std::os::unix::fs::PermissionsExt as _;
    let user = User::new();
    let token = user.write("token", "hush-hush");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut doctor = user.command("doctor --json");
    let run = user.ends(doctor.env("TICKETFALL_GOLOGIN_TOKEN_FILE", &token));
    let checks = run.json();
    let gologin = checks.as_array().unwrap().iter().find(|check| check["name"] == "GoLogin").unwrap();
    assert_eq!((run.code, &gologin["verdict"]), (1, &json!("bad")));
    assert!(gologin["found"].as_str().unwrap().contains("chmod 600"));
    assert!(!run.stdout.contains("hush") && !run.stderr.contains("hush"));
}

/// A user whose GoLogin is the stand-in.
fn user_of(gologin: &StandIn) -> User {
    use std::os::unix::fs::PermissionsExt as _;
    let user = User::new();
    let token = user.write("token", TOKEN);
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (token, url) = (token.display(), &gologin.url);
    let text = format!("[gologin]\ntoken_file = '{token}'\nlocal_url = '{url}'\ncloud_url = '{url}'\n");
    user.write("config/ticketfall/ticketfall.toml", &text);
    user
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookies_are_taken_from_gologin_for_its_own_members() {
    let gologin = StandIn::start(Mood::Willing).await;
    gologin.has_cookies(json!([
        {"name": "northend.example/northend", "value": "hush-hush", "domain": "northend.example", "path": "/",
         "hostOnly": true, "session": true, "sameSite": "unspecified"}
    ]));
    let user = user_of(&gologin);
    user.runs(&format!("profile add ada --browser gologin-cloud:{PROFILE}"));
    user.runs("profile add ben --browser none");
    let run = user.runs("cookies update --from gologin --json");
    let reports = run.json();
    assert_eq!((run.code, reports.as_array().unwrap().len()), (0, 1), "{}", run.stderr);
    let ada = &reports[0];
    assert_eq!(
        (&ada["profile"], &ada["outcome"], &ada["inBrowser"]),
        (&json!("ada"), &json!("updated"), &json!(false))
    );
    assert_eq!(ada["cookies"][0]["name"], "northend.example/northend");
    assert!(user.runs("profile show ada --json").json()["sessionTakenAt"].is_string());
    assert_eq!(gologin.asked(), [format!("GET /browser/{PROFILE}/cookies")], "and no browser was started");
    assert!(!run.stdout.contains("hush") && !run.stderr.contains("hush"));

    let ben = user.runs("cookies update ben --from gologin --json");
    assert_eq!((ben.code, &ben.json()[0]["outcome"]), (1, &json!("failed")));
    assert!(ben.json()[0]["why"].as_str().unwrap().contains("its browser is not GoLogin's"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gologin_that_was_asked_too_much_is_asked_for_no_more_cookies() {
    for mood in [Mood::TooMuch, Mood::RateLimited] {
        let gologin = StandIn::start(mood).await;
        let user = user_of(&gologin);
        for name in ["ada", "ben", "cat"] {
            user.runs(&format!("profile add {name} --browser gologin-cloud:{PROFILE}"));
        }
        let run = user.runs("cookies update --from gologin --together 1 --json");
        let whys: Vec<String> =
            run.json().as_array().unwrap().iter().map(|one| one["why"].to_string()).collect();
        assert_eq!((run.code, whys.len(), gologin.asked().len()), (4, 3, 1), "{whys:?}");
        assert!(whys.iter().all(|why| why.contains("gologin.closed")), "{whys:?}");
        assert_eq!(user.runs("cookies update --from gologin --json").code, 4);
        assert_eq!(gologin.asked().len(), 1, "also after a restart");
    }
}
