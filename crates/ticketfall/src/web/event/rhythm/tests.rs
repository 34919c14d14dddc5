//! The week's hours and the lives of falls.

use jiff::SignedDuration;
use ticketfall_core::fall::FallId;
use ticketfall_core::ids::AreaId;
use ticketfall_core::offer::{Market, PartSeats};

use super::*;

fn fall(at: &str, seconds: i64) -> Fall {
    let at: Timestamp = at.parse().unwrap();
    let gone = at + SignedDuration::from_secs(seconds);
    Fall {
        id: FallId(1),
        area: AreaId::new("1").unwrap(),
        area_name: None,
        market: Market::Exchange,
        band: None,
        price: None,
        seats: PartSeats::Any(1),
        first_seen: at,
        last_seen: gone,
        gone_at: Some(gone),
    }
}

#[test]
fn falls_are_counted_by_the_venues_hours_and_days_today_last() {
    let venue = TimeZone::get("Europe/London").unwrap();
    let now = "2026-07-01T20:41:00Z".parse().unwrap();
    let falls = [
        fall("2026-07-01T20:10:00Z", 1),
        fall("2026-07-01T20:20:00Z", 1),
        fall("2026-06-25T23:30:00Z", 1),
        fall("2026-06-24T12:00:00Z", 1),
    ];
    let week = week(&falls.iter().collect::<Vec<_>>(), now, &venue);
    let names: Vec<&str> = week.days.iter().map(|day| day.name.as_str()).collect();
    assert_eq!(names.join(", "), "Thu 25, Fri 26, Sat 27, Sun 28, Mon 29, Tue 30, Wed 1");
    assert_eq!(week.days[6].cells[21].tip, "Wed 1, 21:00–21:59: 2 falls");
    assert_eq!(week.days[1].cells[0].tip, "Fri 26, 00:00–00:59: 1 fall");
    assert_eq!((week.days[6].cells[21].level, week.days[1].cells[0].level), (5, 3));
    assert_eq!(week.busiest.as_deref(), Some("21:00–22:00"));
    assert_eq!(week.hours[21].tip, "21:00–21:59, all days: 2 falls");
}

#[test]
fn lives_are_sorted_and_those_that_go_on_are_left_out() {
    let going_on = Fall { gone_at: None, ..fall("2026-07-01T20:10:00Z", 0) };
    let over = [1, 4, 9, 20, 4_000].map(|seconds| fall("2026-07-01T20:10:00Z", seconds));
    let falls: Vec<&Fall> = over.iter().chain([&going_on]).collect();
    let lives = lives(&falls);
    assert_eq!(lives.median.as_deref(), Some("9 s"));
    let tips: Vec<&str> = lives.bars.iter().map(|bar| bar.tip.as_str()).collect();
    assert_eq!(tips[1], "less than 5 s: 1 fall");
    assert_eq!(tips[4], "less than 1 min: nothing fell");
    assert_eq!(tips[7], "longer: 1 fall");
    let seen: Vec<String> =
        lives.seen.iter().map(|(share, every)| format!("{share} every {every}")).collect();
    assert_eq!(
        seen.join(", "),
        "100 % every 1 s, 90 % every 2 s, 80 % every 5 s, 59 % every 15 s, 31 % every 1 min"
    );
}

#[test]
fn a_week_without_falls_has_no_busiest_hour() {
    let week = week(&[], Timestamp::UNIX_EPOCH, &TimeZone::UTC);
    assert_eq!(week.busiest, None);
    assert!(week.days.iter().flat_map(|day| &day.cells).all(|cell| cell.level == 0));
}
