//! What the doctor finds, and that looking changes nothing.

use std::os::unix::fs::PermissionsExt as _;

use super::User;

fn checked(user: &User, name: &str) -> (String, String) {
    let checks = user.runs("doctor --json").json();
    let check = checks.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone();
    let text = |field: &str| check[field].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("found"))
}

#[test]
fn the_doctor_says_what_is_bad_and_what_to_do() {
    let user = User::new();
    let well = user.runs("doctor --json").json();
    let names: Vec<_> = well.as_array().unwrap().iter().map(|check| check["name"].clone()).collect();
    let expected = [
        "configuration",
        "data directory",
        "disk space",
        "key",
        "database",
        "sellers",
        "seller sites",
        "browser",
        "browsers elsewhere",
        "proxies",
        "cookie service",
        "GoLogin",
        "clock",
        "port",
    ];
    assert_eq!(names, expected);
    assert!(well.as_array().unwrap().iter().all(|check| check["verdict"] != "bad"), "{well:#}");
    assert!(!user.data_dir().exists(), "looking changes nothing");

    let ill = user.runs("doctor --data-dir /sys/ticketfall --json");
    let directory = &ill.json()[1];
    assert_eq!((ill.code, &directory["verdict"]), (1, &"bad".into()));
    assert!(directory["advice"].as_str().unwrap().contains("data_dir"));
}

#[test]
fn the_doctor_looks_at_members_proxies_and_browsers() {
    let user = User::new();
    let add = |arguments: &str| assert_eq!(user.runs(&format!("profile add {arguments}")).code, 0);
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    add(&format!("ada --browser none --proxy http://{}", proxy.local_addr().unwrap()));
    add("ben --browser http://127.0.0.1:1");
    assert_eq!(checked(&user, "proxies"), ("good".to_owned(), "1 answer".to_owned()));
    drop(proxy);
    let (verdict, found) = checked(&user, "proxies");
    assert!(verdict == "doubtful" && found.starts_with("1 of 1 do not answer: ada: "), "{found}");
    let (verdict, found) = checked(&user, "browsers elsewhere");
    assert_eq!(verdict, "doubtful");
    assert!(found.starts_with("1 of 1 do not answer: ben: cannot reach"), "{found}");
    assert!(checked(&user, "key").1.ends_with("vault.key (made here, mode 600)"));

    let key = user.data_dir().join("vault.key");
    std::fs::rename(&key, user.data_dir().join("kept")).unwrap();
    assert_eq!(checked(&user, "proxies").0, "bad");
    assert!(!key.exists(), "looking makes no key");
    user.write("data/ticketfall/vault.key", &format!("{}=\n", "A".repeat(43)));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (verdict, found) = checked(&user, "proxies");
    assert!(verdict == "bad" && found.starts_with("1 of 1 cannot be used: ada: cannot open it"), "{found}");
}

#[test]
fn the_doctor_looks_at_the_cookie_service() {
    let user = User::new();
    let configured = |url: &str| {
        let text = format!("[cookies]\nurl = '{url}/{{profile}}'\nprivate = true\n");
        user.write("config/ticketfall/ticketfall.toml", &text);
        checked(&user, "cookie service")
    };
    let (verdict, found) = configured("http://127.0.0.1:1");
    assert!(verdict == "doubtful" && found.contains("cannot reach http://127.0.0.1:1"), "{found}");
    let (verdict, found) = configured("http://cookies.example");
    assert!(verdict == "bad" && found.contains("only https"), "{found}");
}

/// A seller that answers `times` times, and has `date` for the time.
fn seller(date: &'static str, times: usize) -> (String, std::thread::JoinHandle<()>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        for _ in 0..times {
            let (mut asked, _) = listener.accept().unwrap();
            assert!(asked.read(&mut [0; 4096]).unwrap() > 0);
            let answer = format!("HTTP/1.1 404 Not Found\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n");
            asked.write_all(answer.as_bytes()).unwrap();
        }
    });
    (origin, answering)
}

#[test]
fn the_doctor_asks_sellers_once_whether_they_are_there_and_what_time_it_is() {
    let user = User::new();
    let configured = |origin: &str| {
        let text = format!("[sellers.boxoffice]\norigin = '{origin}'\n");
        user.write("config/ticketfall/ticketfall.toml", &text);
    };
    assert_eq!(checked(&user, "seller sites").1, "nobody searches anywhere yet");
    let (origin, answering) = seller("Thu, 01 Jan 2015 00:00:00 GMT", 2);
    configured(&origin);
    assert_eq!(checked(&user, "seller sites"), ("good".to_owned(), "1 answer".to_owned()));
    let (verdict, found) = checked(&user, "clock");
    assert!(verdict == "doubtful" && found.ends_with("s ahead of the clock of boxoffice"), "{found}");
    answering.join().unwrap();
    configured("http://127.0.0.1:1");
    let (verdict, found) = checked(&user, "seller sites");
    assert!(verdict == "doubtful" && found.starts_with("1 of 1 do not answer: boxoffice: "), "{found}");
    assert_eq!(checked(&user, "clock").0, "good");
}
