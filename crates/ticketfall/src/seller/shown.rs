//! What a member's browser shows of a seller, by a page's URL and its HTML: a waiting room, a check for people, or
//! the seller itself. Nothing is asked of anybody.

use std::time::Duration;

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use ticketfall_core::monitor::{PersonSeen, RoomShows};
use ticketfall_core::reading::Reading;
use url::Url;

use super::classify::{Class, classify};
use super::definition::{Definition, RoomPage, RoomPageIs, Spot, WaitingRoom};
use super::page::find;
use super::transport::Answer;

/// Reads a page of a browser; one that is neither the seller's nor its waiting room's says that what was opened is away.
pub fn shown(definition: &Definition, url: &Url, html: &str) -> PersonSeen {
    if definition.is_waiting_room(url) {
        let shows = room(&definition.waiting_room, url, html);
        return PersonSeen::Room { url: url.to_string(), shows };
    }
    if !definition.is_own(url) {
        return PersonSeen::Away;
    }
    match check(definition, url, html) {
        Some(reason) => PersonSeen::Check { reason },
        None => PersonSeen::Through,
    }
}

impl WaitingRoom {
    /// Whether a URL is that of a page which refuses a pass, and no way into the line.
    pub fn is_refusal(&self, url: &Url) -> bool {
        let refuses = |page: &&RoomPage| matches!(page.is, RoomPageIs::Refused { .. }) && page.mark.is_none();
        self.pages.iter().filter(refuses).any(|page| page.fits(url, ""))
    }
}

impl RoomPage {
    fn fits(&self, url: &Url, html: &str) -> bool {
        let path = self.path.as_deref().is_none_or(|path| url.path().to_lowercase().contains(path));
        path && self.mark.as_ref().is_none_or(|mark| first(html, mark).is_some())
    }
}

fn room(room: &WaitingRoom, url: &Url, html: &str) -> RoomShows {
    let place = room.ahead.as_ref().and_then(|spot| first(html, spot)).as_deref().and_then(number);
    let expected = room.wait.as_ref().and_then(|spot| first(html, spot)).as_deref().and_then(duration);
    match room.pages.iter().find(|page| page.fits(url, html)).map(|page| &page.is) {
        None => RoomShows::Line { place, expected },
        Some(RoomPageIs::Before) => RoomShows::Before { place, expected },
        Some(RoomPageIs::Paused) => RoomShows::Paused { place },
        Some(RoomPageIs::Check) => RoomShows::Check,
        Some(RoomPageIs::Refused { why }) => RoomShows::Refused { why: why.clone() },
    }
}

/// Why a page of the seller's wants a person, told by where it is or by what it says.
fn check(definition: &Definition, url: &Url, html: &str) -> Option<String> {
    let location = HeaderValue::from_str(url.as_str()).ok().map(|url| (LOCATION, url));
    let led_here =
        Answer { status: StatusCode::FOUND, headers: location.into_iter().collect(), body: Bytes::new() };
    let page = Answer {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(html.as_bytes()),
    };
    [led_here, page].iter().find_map(|answer| {
        let class = classify(definition, definition.origin(), answer, Timestamp::UNIX_EPOCH);
        match class {
            Class::Turned { reading: Reading::Human { reason } | Reading::Blocked { reason }, .. } => {
                Some(reason)
            }
            Class::Turned { .. } | Class::Plain | Class::Redirect(_) => None,
        }
    })
}

fn first(html: &str, spot: &Spot) -> Option<String> {
    find(html.as_bytes(), &[spot])?.into_iter().find_map(|found| found.value)
}

/// The first whole number in a text; marks between thousands do not end it.
fn number(text: &str) -> Option<u32> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let digits =
        text[start..].chars().take_while(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '\u{a0}'));
    digits.filter(char::is_ascii_digit).collect::<String>().parse().ok()
}

/// "5 minutes", "1 hour, 20 minutes", "less than a minute"; unknown words are no time.
fn duration(text: &str) -> Option<Duration> {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let unit = |word: &str| match word {
        _ if word.starts_with("hour") => Some(3_600),
        _ if word.starts_with("min") => Some(60),
        _ if word.starts_with("sec") => Some(1),
        _ => None,
    };
    let part = |pair: &[&str]| {
        let count: u64 = if pair[0] == "a" || pair[0] == "an" { 1 } else { pair[0].parse().ok()? };
        count.checked_mul(unit(pair[1])?)
    };
    let seconds: Vec<u64> = words.windows(2).filter_map(part).collect();
    (!seconds.is_empty()).then(|| Duration::from_secs(seconds.iter().sum()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::shipped;

    #[test]
    fn the_place_in_line_is_read_the_way_pages_write_it() {
        assert_eq!(number("12"), Some(12));
        assert_eq!(number("more than 10,000"), Some(10_000));
        assert_eq!(number("soon"), None);
        assert_eq!(number("99999999999"), None);
    }

    #[test]
    fn the_wait_is_read_the_way_pages_write_it() {
        let seconds = |text: &str| duration(text).map(|wait| wait.as_secs());
        assert_eq!(seconds("5 minutes"), Some(300));
        assert_eq!(seconds("1 hour, 20 minutes"), Some(4_800));
        assert_eq!(seconds("less than a minute"), Some(60));
        assert_eq!(seconds("soon"), None);
    }

    fn definition() -> Definition {
        Definition::parse("boxoffice", shipped("boxoffice").unwrap()).unwrap()
    }

    fn seen(url: &str, html: &str) -> PersonSeen {
        shown(&definition(), &Url::parse(url).unwrap(), html)
    }

    fn room_shows(path: &str, html: &str) -> RoomShows {
        let seen = seen(&format!("http://localhost:7480{path}"), html);
        let PersonSeen::Room { shows, .. } = seen else { panic!("{seen:?}") };
        shows
    }

    #[test]
    fn each_page_of_a_waiting_room_is_known_for_what_it_is() {
        let place =
            "<b id=MainPart_lbUsersInLineAheadOfYou>1,204</b><i id=MainPart_lbWhichIsIn>2 minutes</i>";
        let (at, expected) = (Some(1_204), Some(Duration::from_mins(2)));
        let body = |attributes: &str| format!("<body {attributes}>{place}");
        let refused = |why: &str| RoomShows::Refused { why: why.to_owned() };
        for (path, html, shows) in [
            ("/_queue/?c=x", body("data-pageid=queue"), RoomShows::Line { place: at, expected }),
            ("/_queue/?c=x", "<p>half a pa".to_owned(), RoomShows::Line { place: None, expected: None }),
            ("/_queue/?c=x", body("data-pageid=before"), RoomShows::Before { place: at, expected }),
            ("/_queue/?c=x", body("data-pageid=queue class=queue-paused"), RoomShows::Paused { place: at }),
            ("/_queue/?c=x", "<body data-pageid=softblock>".to_owned(), RoomShows::Check),
            ("/softblock/?c=x", String::new(), RoomShows::Check),
            ("/_queue/error/hash/?c=x", String::new(), refused("it is not the one that was given")),
            ("/error/timestamp/?c=x", String::new(), refused("it came too late")),
            ("/error/qidlimit/", String::new(), refused("it does not say why")),
        ] {
            assert_eq!(room_shows(path, &html), shows, "{path} {html}");
        }
    }

    #[test]
    fn a_check_is_told_by_where_it_is_or_by_what_it_says() {
        let here = "http://127.0.0.1:7480/northend";
        let check = |reason: &str| PersonSeen::Check { reason: reason.to_owned() };
        assert_eq!(seen(&format!("{here}/Captcha?back=/"), "<p>tick the box"), check("a captcha"));
        let identity = "<h1>Let's Get Your Identity Verified</h1>";
        assert_eq!(seen(&format!("{here}/EDP/Event/Index/4001"), identity), check("an identity check"));
        assert_eq!(seen(&format!("{here}/EDP/Event/Index/4001"), "<p>seats"), PersonSeen::Through);
        assert_eq!(seen("https://elsewhere.example/captcha", identity), PersonSeen::Away);
        assert_eq!(seen("chrome-error://chromewebdata/", ""), PersonSeen::Away);
    }

    #[test]
    fn a_page_that_refuses_a_pass_is_no_way_into_the_line() {
        let is_refusal = |url: &str| definition().waiting_room.is_refusal(&Url::parse(url).unwrap());
        assert!(is_refusal("https://northend.queue-it.net/error/hash/?c=x"));
        assert!(!is_refusal("https://northend.queue-it.net/?c=x&t=/error/hash/"));
    }
}
