//! The real binary and members whose browsers are GoLogin's.

use serde_json::json;

use super::User;

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
