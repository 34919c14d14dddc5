//! Whether everybody can use the pages: in a hand, with a keyboard, with a screen reader, in the dark.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use ticketfall_core::configuration::Configuration;

use super::stage::Stage;
use super::tab::Tab;
use super::{looking_at, too_cheap};

const SCRIPT: &str = r#"
    [[fall]]
    at = "1s"
    event = 4001
    seats = 2
    price = "61.00"
    count = 20
    every = "3s"

    [[fault]]
    on = "page"
    kind = "identity"
    member = "ben@example.org"
    times = 1000

    [[fault]]
    on = "page"
    kind = "block"
    member = "chloe@example.org"
    times = 1000
"#;

const PAGES: [&str; 13] = [
    "/",
    "/?show=held",
    "/members/ada",
    "/members/ben",
    "/holds/1",
    "/events",
    "/events/boxoffice/4001",
    "/events/boxoffice/4001?span=7d",
    "/budgets",
    "/cookies?member=esi",
    "/sellers",
    "/set-up",
    "/set-up?member=esi",
];

/// Somebody holds, somebody is needed, somebody is blocked, somebody looks, somebody does nothing.
async fn busy() -> (Stage, Tab) {
    let stage = Stage::open(SCRIPT, 5).await;
    stage.start("dev", 4001, too_cheap()).await;
    for name in ["ada", "ben", "chloe"] {
        stage.start(name, 4001, Configuration::default()).await;
    }
    for (name, label) in [("ada", "Tickets"), ("ben", "Captcha"), ("chloe", "Blocked")] {
        stage.until(name, label).await;
    }
    let tab = looking_at(&stage).await;
    (stage, tab)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wider_than_a_small_phone_and_the_browser_has_no_complaints() {
    let (stage, tab) = busy().await;
    tab.looks((360, 740), "light").await;
    for page in PAGES {
        tab.go(&stage.at(page)).await;
        let width = tab.eval("document.scrollingElement.scrollWidth").await;
        assert_eq!(width, 360, "{page}");
    }
    assert_eq!(tab.complaints(), [] as [&str; 0]);
    tab.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_that_keeps_people_out() {
    if axe().is_none() {
        let why = "axe is not there; scripts/test fetches it where npm is";
        return writeln!(std::io::stderr(), "skipped, the look for what keeps people out: {why}").unwrap();
    }
    let (stage, tab) = busy().await;
    let mut found = Vec::new();
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (360, "light")] {
        tab.looks((width, 900), scheme).await;
        for page in PAGES {
            tab.go(&stage.at(page)).await;
            let violations = violations(&tab).await.expect("axe is there");
            found.extend(violations.iter().map(|one| format!("{page} ({scheme}, {width}): {one}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    tab.close().await;
}

fn axe() -> Option<String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(path).ok()
}

/// What keeps people out of the page that is shown; none where axe is not there to tell.
pub(super) async fn violations(tab: &Tab) -> Option<Vec<String>> {
    let axe = axe()?;
    tab.eval("for (const one of document.querySelectorAll('details')) one.open = true").await;
    tab.eval(&axe).await;
    let told = tab.eval("axe.run({ resultTypes: ['violations'] }).then((told) => told.violations)").await;
    Some(told.as_array().expect("axe ran").iter().map(in_words).collect())
}

fn in_words(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().unwrap();
    let first = format!("{} {}", nodes[0]["html"], nodes[0]["failureSummary"]);
    format!("{} at {} places, first {first}", violation["id"], nodes.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyboard_gets_past_the_frame_and_sees_where_it_is() {
    let (stage, tab) = busy().await;
    tab.go(&stage.at("/")).await;
    let press = async |key: &str, code: u32, text: &str| {
        for kind in ["keyDown", "keyUp"] {
            let params = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text });
            tab.call("Input.dispatchKeyEvent", params).await;
        }
    };
    press("Tab", 9, "").await;
    tab.until("document.activeElement.className === 'skip'").await;
    press("Enter", 13, "\r").await;
    tab.until("location.hash === '#main'").await;
    press("Tab", 9, "").await;
    tab.until("document.activeElement.closest('main') !== null").await;
    tab.until("getComputedStyle(document.activeElement).outlineStyle === 'solid'").await;
    tab.close().await;
}
