//! Pictures of the dashboard, for eyes: `TICKETFALL_GALLERY=DIR cargo test gallery -- --ignored`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use ticketfall::app::demo::{Demo, DemoOptions};
use ticketfall::clock::Clock;
use ticketfall::store::falls;
use ticketfall_core::configuration::Configuration;
use ticketfall_core::eye::Eye;
use ticketfall_core::fall::{Fall, FallId};
use ticketfall_core::ids::{AreaId, EventId, EventKey, SellerId};
use ticketfall_core::offer::{Market, PartSeats};
use ticketfall_core::price::{Currency, Price};
use ticketfall_core::seat::SeatRun;

use super::stage::Stage;
use super::tab::Tab;

const BUSY: &str = r#"
    [rivals]
    count = 8
    reaction_ms = [400, 9000]
    appetite = 0.4

    [weather]
    falls_per_minute = 40.0
    seats = [1, 3]
    events = [4001]

    [opening]
    lots = 3

    [[fault]]
    on = "availability"
    kind = "garbage"
    member = "farah@example.org"
    times = 1000

    [[fault]]
    on = "page"
    kind = "identity"
    member = "ben@example.org"
    times = 1000

    [[fault]]
    on = "page"
    kind = "block"
    member = "gus@example.org"
    times = 1000

    [[fault]]
    on = "hold"
    kind = "status"
    status = 400
    member = "dev@example.org"
    times = 1000
"#;

const PAGES: [(&str, &str); 9] = [
    ("members", "/"),
    ("member", "/members/ada"),
    ("hold", "/holds/1"),
    ("event", "/events/boxoffice/4001"),
    ("events", "/events"),
    ("cookies", "/cookies?member=kit"),
    ("budgets", "/budgets"),
    ("sellers", "/sellers"),
    ("set-up", "/set-up?member=kit"),
];

/// The highest picture.
const PART: u32 = 1_400;

fn directory() -> PathBuf {
    given().unwrap_or_else(std::env::temp_dir)
}

/// Where pictures go, where somebody wants any.
pub(super) fn given() -> Option<PathBuf> {
    std::env::vars().find(|(name, _)| name == "TICKETFALL_GALLERY").map(|(_, path)| path.into())
}

/// Takes every page, light and dark, on a desk and in a hand.
async fn take(tab: &Tab, pages: &[(&str, &str)], at: impl Fn(&str) -> String, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for (name, path) in pages {
        for (kind, width, scheme) in
            [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 360, "light")]
        {
            tab.looks((width, 900), scheme).await;
            tab.go(&at(path)).await;
            let height = tab.height().await;
            for (part, from) in (0..height.div_ceil(PART)).map(|part| (part, part * PART)) {
                let picture = tab.picture((width, from, (height - from).min(PART))).await;
                std::fs::write(to.join(format!("{name}-{kind}-{part}.png")), picture).unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes pictures of an invented week for eyes"]
async fn a_busy_week() {
    let stage = Stage::open(BUSY, 12).await;
    let wanted = |value| serde_json::from_value::<Configuration>(value).unwrap();
    stage.start("ada", 4001, wanted(json!({}))).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    remember(&stage).await;
    stage.start("ben", 4001, wanted(json!({ "seatCount": 1 }))).await;
    stage.start("chloe", 4002, wanted(json!({ "seatCount": 3 }))).await;
    stage
        .start(
            "dev",
            4001,
            wanted(json!({ "seatCount": 1, "maxPrice": { "amount": "80.00", "currency": "GBP" } })),
        )
        .await;
    stage.start("esi", 4001, wanted(json!({ "seatCount": 4, "selectedAreas": ["1216", "1217"] }))).await;
    stage
        .start(
            "farah",
            4002,
            wanted(json!({ "seatCount": 2, "maxPrice": { "amount": "45.50", "currency": "GBP" } })),
        )
        .await;
    stage.start("gus", 4001, wanted(json!({}))).await;
    tokio::time::sleep(Duration::from_secs(25)).await;
    let tab = Tab::new().await;
    tab.go(&stage.service.link()).await;
    tab.sees("Members").await;
    take(&tab, &PAGES, |path| stage.at(path), &directory()).await;
    println!("{:#?}", tab.complaints());
    tab.close().await;
}

/// What the README shows, and the same in the dark and in a hand.
const SHOTS: [(&str, &str, (u32, u32), &str); 6] = [
    ("members", "/", (1100, 560), "light"),
    ("members-dark", "/", (1100, 560), "dark"),
    ("event", "/events/boxoffice/4001", (1100, 868), "light"),
    ("event-dark", "/events/boxoffice/4001", (1100, 868), "dark"),
    ("member", "/members/ada", (1100, 860), "light"),
    ("phone", "/events/boxoffice/4001", (360, 740), "light"),
];
/// Long enough for a history that is worth a look, and for a hold.
const DEMO: Duration = Duration::from_mins(5);
const HOLD: Duration = Duration::from_secs(25);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes the pictures of the README from the demo: scripts/screenshots"]
async fn the_demo() {
    let options = DemoOptions { seed: 1, headless: true, browser: None, port: 0 };
    let demo = Demo::open(&options, Clock::system()).await.unwrap();
    let told = json!({ "event": demo.event_url(), "onMatch": "notify" });
    demo.supervisor.start(demo.profile(), serde_json::from_value(told).unwrap()).await.unwrap();
    tokio::time::sleep(DEMO).await;
    demo.search().await.unwrap();
    tokio::time::sleep(HOLD).await;
    let tab = Tab::new().await;
    tab.go(&demo.service.link()).await;
    tab.sees("Held for Ada").await;
    for (name, path, (width, height), scheme) in SHOTS {
        tab.looks((width, height), scheme).await;
        tab.go(&format!("http://{}{path}", demo.service.address())).await;
        let picture = tab.picture((width, 0, height)).await;
        std::fs::write(directory().join(format!("{name}.png")), picture).unwrap();
    }
    tab.close().await;
    demo.close().await;
}

/// A week of falls that nobody watched, as a week is: evenings, and the hours before a match.
async fn remember(stage: &Stage) {
    let key = EventKey { seller: SellerId::new("boxoffice").unwrap(), event: EventId::new("4001").unwrap() };
    let now = stage.clock.now();
    let mut rng = fastrand::Rng::with_seed(7);
    let mut past = Vec::new();
    for hour in 1..=7 * 24_i64 {
        let of_day = (now - SignedDuration::from_hours(hour)).to_zoned(jiff::tz::TimeZone::UTC).hour();
        let busy = [1, 0, 0, 0, 0, 1, 2, 5, 6, 5, 4, 4, 7, 6, 4, 4, 5, 8, 12, 16, 14, 9, 5, 2];
        for _ in 0..rng.u32(0..=busy[usize::try_from(of_day).unwrap()]) {
            let ago = SignedDuration::from_secs(hour * 3_600 - rng.i64(0..3_600));
            past.push(fall(&mut rng, now - ago));
        }
    }
    past.sort_by_key(|fall| fall.first_seen);
    let past = past.into_iter().zip(1_000_000..).map(|(fall, id)| Fall { id: FallId(id), ..fall }).collect();
    falls::keep(&stage.store, &key, &Eye::Everybody, past).await.unwrap();
}

fn fall(rng: &mut fastrand::Rng, at: Timestamp) -> Fall {
    let stands = ["North", "East", "South", "West"];
    let (stand, block) = (rng.usize(0..4), rng.usize(0..15));
    let tier = if block < 8 { format!("Lower {}", block + 1) } else { format!("Upper {}", block - 7) };
    let lived = SignedDuration::from_millis(i64::try_from(rng.u64(1..40).pow(3)).unwrap() * 20 + 700);
    let (y, x) = (rng.i32(0..20), rng.i32(0..30));
    Fall {
        id: FallId(0),
        area: AreaId::new((1201 + stand * 15 + block).to_string()).unwrap(),
        area_name: Some(format!("{} {tier}", stands[stand]).into()),
        market: Market::Exchange,
        band: None,
        price: Some(Price::new(rng.i64(8..45) * 500, Currency::GBP)),
        seats: PartSeats::Run(SeatRun::new(y, x, x + rng.i32(0..3)).unwrap()),
        first_seen: at,
        last_seen: at + lived,
        gone_at: Some(at + lived),
    }
}
