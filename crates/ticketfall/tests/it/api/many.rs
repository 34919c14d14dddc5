//! Pages with very many members: what is shown of them is bounded, whatever their number.

use jiff::Timestamp;
use ticketfall::store::monitors::{self, Desired, MonitorRow};
use ticketfall::store::profiles::{self, BrowserChoice, Profile};
use ticketfall_core::configuration::Configuration;
use ticketfall_core::price::{Currency, Price};

use super::*;
use crate::rehearsal::profile;

/// What a page that is as long as it may be can still grow by: a count has more digits.
const DIGITS: usize = 64;

/// Adds members who want something of their own at the event that is looked at.
async fn enlist(scene: &Scene, numbers: std::ops::Range<i64>) {
    let key = monitors::all(&scene.store).await.unwrap().remove(0).key;
    for number in numbers {
        let id = profile(&format!("member-{number:05}"));
        let added = Profile {
            id: id.clone(),
            label: format!("Member {number:05}"),
            browser: BrowserChoice::None,
            proxy: None,
            seats_max: None,
            cost_max: None,
            created_at: Timestamp::UNIX_EPOCH,
        };
        profiles::add(&scene.store, added).await.unwrap();
        let wish =
            Configuration { max_price: Price::new(number + 1, Currency::GBP), ..Configuration::default() };
        let row = MonitorRow {
            profile: id,
            key: key.clone(),
            event_url: event_url(4001).parse().unwrap(),
            configuration: wish,
            keyword: None,
            desired: Desired::Running,
            waiting_since: Timestamp::UNIX_EPOCH,
            status: None,
        };
        monitors::put(&scene.store, row).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_is_as_long_as_it_may_be_however_many_members_there_are() {
    let story = async |r: &mut Scene| {
        let caller = Caller::of(r);
        assert_eq!(caller.give("PUT", "/api/v1/profiles/ada/monitor", two_seats()).await.status, 201);
        r.after(secs(5)).await;
        let paths = [
            "/",
            "/?q=member",
            "/?show=stopped&page=3",
            "/cookies",
            "/set-up",
            "/events",
            "/events/boxoffice/4001",
            "/budgets",
            "/api/v1/monitors",
            "/api/v1/profiles",
            "/api/v1/events/boxoffice/4001",
        ];
        let mut before = Vec::new();
        enlist(r, 0..550).await;
        for path in paths {
            before.push(caller.ask("GET", path).await.text.len());
        }
        enlist(r, 550..1_100).await;
        for (path, before) in paths.into_iter().zip(before) {
            let answer = caller.ask("GET", path).await;
            assert_eq!(answer.status, 200, "{path}");
            let now = answer.text.len();
            assert!(now <= before + DIGITS, "{path} has grown from {before} to {now} bytes");
        }
        let shown = caller.ask("GET", "/").await.text;
        assert_eq!(shown.matches("class=\"member ").count(), 50);
    };
    Rehearsal::of(Script::default()).run(story).await;
}
