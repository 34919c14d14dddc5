//! The jar against what sites send and what requests need.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::session::cookie::{Attributes, Domain};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn cookie(name: &str, value: &str, domain: &str, path: &str) -> Cookie {
    Cookie::new(name, value, Domain::parse(domain).unwrap(), path).unwrap()
}

fn answer(jar: &mut Jar, from: &str, header: &str, now: Timestamp) -> Vec<Change> {
    jar.store_response(&url(from), [&HeaderValue::from_str(header).unwrap()], now)
}

fn header(jar: &Jar, to: &str) -> Option<String> {
    jar.header_for(&url(to), NOW).map(|header| header.to_str().unwrap().to_owned())
}

#[test]
fn a_session_cookie_with_slashes_in_its_name_survives() {
    let mut jar = Jar::default();
    let changes = answer(&mut jar, "https://www.example.com/club", "www.example.com/club=in; Path=/", NOW);
    assert_eq!(changes, [Change::Added("www.example.com/club".to_owned())]);
    assert_eq!(header(&jar, "https://www.example.com/x").unwrap(), "www.example.com/club=in");
}

#[test]
fn longer_paths_go_first_then_older_cookies() {
    let (jar, refused) = Jar::from_cookies([
        cookie("root", "1", "example.com", "/"),
        cookie("deep", "2", "example.com", "/club/EDP"),
        cookie("late", "3", "example.com", "/"),
        cookie("else", "4", "else.example", "/"),
    ]);
    assert_eq!(refused, []);
    assert_eq!(header(&jar, "http://example.com/club/EDP/x").unwrap(), "deep=2; root=1; late=3");
    assert_eq!(header(&jar, "http://nowhere.example/"), None);
}

#[test]
fn the_header_hides_itself_from_logs() {
    let (jar, _) = Jar::from_cookies([cookie("a", "hush", "example.com", "/")]);
    assert_eq!(format!("{:?}", jar.header_for(&url("http://example.com/"), NOW).unwrap()), "Sensitive");
    assert!(!format!("{jar:?}").contains("hush"));
}

#[test]
fn an_expired_cookie_is_not_sent() {
    let ending =
        cookie("a", "b", "example.com", "/").with(Attributes { expires: Some(NOW), ..Attributes::default() });
    let (jar, _) = Jar::from_cookies([ending]);
    let before = NOW - SignedDuration::from_secs(1);
    assert!(jar.header_for(&url("http://example.com/"), before).is_some());
    assert!(jar.header_for(&url("http://example.com/"), NOW).is_none());
}

#[test]
fn what_answers_bring_is_gained_and_what_they_repeat_is_not() {
    let (mut jar, _) =
        Jar::from_cookies([cookie("old", "1", "example.com", "/"), cookie("same", "1", "example.com", "/")]);
    answer(&mut jar, "http://example.com/", "same=1", NOW);
    answer(&mut jar, "http://example.com/", "old=2", NOW);
    let gained: Vec<_> = jar.gained_since(Mark::FILLED).map(Cookie::name).collect();
    assert_eq!(gained, ["old"]);
    let mark = jar.mark();
    assert_eq!(jar.gained_since(mark).count(), 0);
    assert_eq!(answer(&mut jar, "http://example.com/", "new=3", NOW), [Change::Added("new".to_owned())]);
    assert_eq!(jar.gained_since(mark).map(Cookie::name).collect::<Vec<_>>(), ["new"]);
}

#[test]
fn a_site_ends_its_cookie_by_a_past_expiry() {
    let (mut jar, _) = Jar::from_cookies([cookie("a", "1", "example.com", "/")]);
    assert_eq!(
        answer(&mut jar, "http://example.com/", "a=; Max-Age=0", NOW),
        [Change::Removed("a".to_owned())]
    );
    assert!(jar.is_empty());
    assert_eq!(answer(&mut jar, "http://example.com/", "a=; Max-Age=0", NOW), []);
}

#[test]
fn an_insecure_answer_leaves_a_secure_cookie_alone() {
    let secure =
        cookie("a", "1", "example.com", "/").with(Attributes { secure: true, ..Attributes::default() });
    let (mut jar, _) = Jar::from_cookies([secure]);
    assert!(matches!(answer(&mut jar, "http://example.com/", "a=2", NOW)[..], [Change::Refused(_)]));
    assert_eq!(header(&jar, "https://example.com/").unwrap(), "a=1");
}

#[test]
fn what_is_over_the_limit_is_handed_back_by_name() {
    let many = (0..=COOKIES_MAX).map(|n| cookie(&format!("c{n}"), "1", "example.com", "/"));
    let (mut jar, refused) = Jar::from_cookies(many);
    assert_eq!(refused, [Refused { name: "c300".to_owned(), why: Refusal::Full(COOKIES_MAX) }]);
    assert!(matches!(answer(&mut jar, "http://example.com/", "x=1", NOW)[..], [Change::Refused(_)]));
    assert_eq!(answer(&mut jar, "http://example.com/", "c0=2", NOW), [Change::Replaced("c0".to_owned())]);
}

#[test]
fn expired_cookies_make_room_for_new_ones() {
    let ended = |n| {
        cookie(&format!("c{n}"), "1", "example.com", "/")
            .with(Attributes { expires: Some(NOW), ..Attributes::default() })
    };
    let (mut jar, _) = Jar::from_cookies((0..COOKIES_MAX).map(ended));
    assert_eq!(answer(&mut jar, "http://example.com/", "x=1", NOW), [Change::Added("x".to_owned())]);
    assert_eq!(jar.len(), 1);
}

#[test]
fn the_same_name_in_two_partitions_is_two_cookies() {
    let in_partition = |site: &str| {
        let partition_key = Some(serde_json::json!({ "topLevelSite": site }));
        cookie("a", site, "example.com", "/").with(Attributes { partition_key, ..Attributes::default() })
    };
    let (jar, _) =
        Jar::from_cookies([in_partition("https://example.com"), in_partition("https://else.example")]);
    assert_eq!(jar.len(), 2);
    assert_eq!(header(&jar, "https://example.com/").unwrap(), "a=https://example.com");
}

#[test]
fn what_the_browser_will_have_lost_is_owed_to_it_again() {
    let ends = Attributes { expires: Some(NOW), ..Attributes::default() };
    let (mut jar, _) = Jar::from_cookies([
        cookie("brief", "1", "example.com", "/"),
        cookie("long", "1", "example.com", "/").with(ends),
    ]);
    let before = jar.mark();
    assert_eq!(jar.owe(|cookie| cookie.attributes.expires.is_none()), 1);
    assert_eq!(jar.gained_since(before).map(Cookie::name).collect::<Vec<_>>(), ["brief"]);
}

#[test]
fn a_plain_jar_takes_a_few_kilobytes() {
    let ten = (0..10).map(|n| cookie(&format!("c{n}"), &"v".repeat(100), "example.com", "/"));
    let bytes = Jar::from_cookies(ten).0.approximate_bytes();
    assert!((1_000..5_000).contains(&bytes), "{bytes}");
}

proptest! {
    #[test]
    fn any_sound_cookie_comes_back_in_the_header(name in "[!#-+./-:<>-~]{1,30}", value in "[!#-+./-:<-~]{0,60}") {
        let mut jar = Jar::default();
        let set = format!("{name}={value}; Path=/");
        let changes = answer(&mut jar, "https://www.example.com/club/x", &set, NOW);
        let promised = name.to_ascii_lowercase().starts_with("__");
        prop_assume!(!promised);
        prop_assert_eq!(changes, [Change::Added(name.clone())]);
        prop_assert_eq!(header(&jar, "https://www.example.com/").unwrap(), format!("{name}={value}"));
    }

    #[test]
    fn no_header_breaks_the_jar(header in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut jar = Jar::default();
        if let Ok(header) = HeaderValue::from_bytes(&header) {
            jar.store_response(&url("https://www.example.com/"), [&header], NOW);
        }
        prop_assert!(jar.len() <= 1);
        jar.header_for(&url("https://www.example.com/"), NOW);
    }
}
