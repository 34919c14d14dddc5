//! Where a seller is, and which URLs are its events, from the URL of one of them.

use scraper::Html;
use url::Url;

use super::quoted;
use crate::seller::dialects::html;

/// Parameters that usually name an event.
const PARAMETERS: [&str; 8] = ["event", "eventid", "event_id", "id", "show", "showid", "performance", "e"];

/// Where a seller is.
pub(super) struct Place {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) origin: String,
    /// Which URLs are events.
    pub(super) pattern: String,
}

impl Place {
    /// From the page's URL, else from what the page itself says where it is.
    pub(super) fn found(url: Option<&Url>, page: Option<&Html>) -> Self {
        let own = page.and_then(canonical);
        let Some(url) = url.or(own.as_ref()) else {
            return Self {
                id: "my-seller".to_owned(),
                name: "My seller".to_owned(),
                origin: "https://tickets.example.invalid".to_owned(),
                pattern: "/events/{event}".to_owned(),
            };
        };
        let host = url.host_str().unwrap_or("seller");
        let id: String = host.trim_start_matches("www.").chars().map(plain).collect();
        let origin = url.origin().ascii_serialization();
        Self { id, name: host.to_owned(), origin, pattern: pattern(url) }
    }

    /// The request that asks for the event's page.
    pub(super) fn request(&self) -> String {
        let template = |text: &str| quoted(&text.replace("{event}", "{{ event }}"));
        match self.pattern.split_once('?') {
            Some((path, query)) => {
                let (name, value) = query.split_once('=').unwrap_or((query, ""));
                format!("path = {}\nquery = {{ {} = {} }}\n", template(path), quoted(name), template(value))
            }
            None => format!("path = {}\n", template(&self.pattern)),
        }
    }
}

fn plain(c: char) -> char {
    if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }
}

fn canonical(page: &Html) -> Option<Url> {
    [("link[rel=canonical]", "href"), ("meta[property=\"og:url\"]", "content")].iter().find_map(
        |(css, attribute)| {
            let selector = html::selector(css).ok()?;
            let url = Url::parse(page.select(&selector).next()?.attr(attribute)?).ok()?;
            matches!(url.scheme(), "http" | "https").then_some(url)
        },
    )
}

/// The URL's path with the event's number left open: a parameter that names it, else the last segment with a digit.
fn pattern(url: &Url) -> String {
    let named = url.query_pairs().find(|(name, _)| PARAMETERS.contains(&name.to_lowercase().as_str()));
    if let Some((name, _)) = named {
        return format!("{}?{name}={{event}}", url.path());
    }
    let segments: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    let has_digit = |segment: &&str| segment.bytes().any(|byte| byte.is_ascii_digit());
    let at = segments.iter().rposition(has_digit).unwrap_or(segments.len() - 1);
    let path: Vec<&str> =
        segments.iter().enumerate().map(|(n, segment)| if n == at { "{event}" } else { *segment }).collect();
    format!("/{}", path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern_of(url: &str) -> String {
        pattern(&Url::parse(url).unwrap())
    }

    #[test]
    fn the_events_number_is_left_open() {
        assert_eq!(pattern_of("https://t.example/shows/4001-derby"), "/shows/{event}");
        assert_eq!(pattern_of("https://t.example/2026/derby/4001/seats"), "/2026/derby/{event}/seats");
        assert_eq!(pattern_of("https://t.example/show.php?lang=en&id=7"), "/show.php?id={event}");
        assert_eq!(pattern_of("https://t.example/derby"), "/{event}");
        assert_eq!(pattern_of("https://t.example/"), "/{event}");
    }

    #[test]
    fn a_saved_page_says_where_it_is() {
        let page = Html::parse_document("<link rel=canonical href='https://www.t.example/shows/7'>");
        let place = Place::found(None, Some(&page));
        assert_eq!((&*place.id, &*place.origin), ("t-example", "https://www.t.example"));
        assert_eq!(place.request(), "path = \"/shows/{{ event }}\"\n");
    }
}
