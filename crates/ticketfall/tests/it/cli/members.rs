//! Many members at once, from lists.

use serde_json::Value;

use super::{User, files_below};

const LIST: &str = "name,label,browser,proxy,seats,cost,cookies_file\n\
    ada,Ada,none,socks5://ada:hush-hush@proxy.example:1080,2,£200,cookies.txt\n\
    ben,,,,,,\n\
    cat,Cat,none,ftp://cat:hush-hush@proxy.example,,,\n\
    dan,Dan,none,,0,,\n\
    ada,Another,none,,,,\n\
    eve,Eve,none,,,,nowhere.txt\n\
    fay,Fay,wss://cloud.example/?token=hush-hush,,,,\n\
    ,Nobody,none,,,,\n";

fn user() -> User {
    let user = User::new();
    user.write("lists/members.csv", LIST);
    user.write("lists/cookies.txt", "northend.example\tFALSE\t/\tFALSE\t0\tclub\thush-hush\n");
    user
}

fn outcomes(reports: &Value) -> Vec<(&str, &str)> {
    let reports = reports.as_array().unwrap().iter();
    reports.map(|one| (one["place"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

#[test]
fn every_row_is_judged_on_its_own() {
    let user = user();
    let run = user.runs("profile import lists/members.csv --json");
    let reports = run.json();
    assert_eq!(run.code, 2, "{}", run.stderr);
    let expected = [
        ("line 2", "added"),
        ("line 3", "added"),
        ("line 4", "refused"),
        ("line 5", "refused"),
        ("line 6", "alreadyThere"),
        ("line 7", "refused"),
        ("line 8", "refused"),
        ("line 9", "refused"),
    ];
    assert_eq!(outcomes(&reports), expected);
    let why = |at: usize| reports[at]["why"].as_str().unwrap();
    assert!(why(2).contains("http, https and socks5"), "{}", why(2));
    assert!(why(5).starts_with("cannot read lists/nowhere.txt: "), "{}", why(5));
    let ada = user.runs("profile show ada --json").json();
    assert_eq!((&ada["label"], &ada["proxy"], &ada["seatsMax"]), (&"Ada".into(), &true.into(), &2.into()));
    assert!(ada["sessionTakenAt"].is_string());
    let ben = user.runs("profile show ben --json").json();
    assert_eq!((&ben["label"], &ben["browser"]["kind"]), (&"ben".into(), &"local".into()));
    assert_eq!(user.runs("profile list --json").json().as_array().unwrap().len(), 2);
}

#[test]
fn what_is_secret_in_a_list_is_neither_shown_nor_kept_in_the_clear() {
    let user = user();
    for arguments in ["", " --dry-run", " --json", " --log-level trace"] {
        let run = user.runs(&format!("profile import lists/members.csv{arguments}"));
        assert!(!run.stdout.contains("hush") && !run.stderr.contains("hush"), "{arguments}: {}", run.stdout);
    }
    for file in files_below(&user.data_dir()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"hush-hush"), "{}", file.display());
    }
}

#[test]
fn a_dry_run_says_the_same_and_makes_nothing() {
    let user = user();
    let rehearsed = user.runs("profile import lists/members.csv --dry-run --json");
    assert_eq!(rehearsed.code, 2, "{}", rehearsed.stderr);
    assert!(!user.data_dir().exists());
    let rehearsed = rehearsed.stdout.replace("wouldBeAdded", "added");
    assert_eq!(rehearsed, user.runs("profile import lists/members.csv --json").stdout);
    let again = user.runs("profile import lists/members.csv --dry-run --json").json();
    assert_eq!(outcomes(&again)[..2], [("line 2", "alreadyThere"), ("line 3", "alreadyThere")]);
}

#[test]
fn a_json_list_is_taken_from_stdin_and_gologins_list_too() {
    let user = User::new();
    let list = r#"[{"name": "ada", "browser": "none", "seats": 4}]"#;
    let run = user.ends(user.command("profile import -").write_stdin(list));
    assert_eq!((run.code, run.stdout.as_str()), (0, "entry 0: ada: added\n"), "{}", run.stderr);
    user.write("gologin.json", r#"{"profiles": [{"id": "65f0", "name": "Ada"}], "allProfilesCount": 1}"#);
    let run = user.runs("profile import gologin.json");
    assert_eq!((run.code, run.stdout.as_str()), (0, "entry 0: Ada: added\n"), "{}", run.stderr);
}

#[test]
fn a_list_that_is_none_is_refused_as_a_whole() {
    let user = User::new();
    for (text, told) in
        [("", "\"name\""), ("name,lable\n", "\"lable\""), ("name\n", "any member"), ("[7", "JSON")]
    {
        user.write("members", text);
        assert!(user.runs("profile import members").refused(2).contains(told), "{text}");
    }
    user.runs("profile import nowhere.csv").refused(2);
}
