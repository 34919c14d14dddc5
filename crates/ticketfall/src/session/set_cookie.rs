//! Reads one `Set-Cookie` header as a browser would (RFC 6265 §5.2 and §5.3, with the prefixes of 6265bis).

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use url::{Host, Url};

use super::cookie::{
    Attributes, Cookie, Domain, Refusal, Refused, SameSite, is_at_or_below, is_trustworthy, site,
};

/// Browsers keep no cookie longer than this.
const LIFE_MAX: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The cookie which `header`, sent by `url`, sets; one that is expired asks for removal.
pub(super) fn read(header: &[u8], url: &Url, now: Timestamp) -> Result<Cookie, Refused> {
    let unreadable = || Refused { name: String::new(), why: Refusal::Unreadable };
    let text = str::from_utf8(header).ok().ok_or_else(unreadable)?;
    let raw = cookie::Cookie::parse(text).ok().ok_or_else(unreadable)?;
    accept(&raw, url, now).map_err(|why| Refused { name: raw.name().to_owned(), why })
}

fn accept(raw: &cookie::Cookie<'_>, url: &Url, now: Timestamp) -> Result<Cookie, Refusal> {
    let domain = domain(raw.domain(), url)?;
    let path =
        raw.path().filter(|path| path.starts_with('/')).map_or_else(|| default_path(url), str::to_owned);
    let attributes = Attributes {
        expires: expiry(raw, now),
        secure: raw.secure() == Some(true),
        http_only: raw.http_only() == Some(true),
        same_site: raw.same_site().map(same_site),
        partition_key: (raw.partitioned() == Some(true))
            .then(|| json!({"topLevelSite": site(url), "hasCrossSiteAncestor": false})),
    };
    let cookie = Cookie::new(raw.name(), raw.value(), domain, path)?.with(attributes);
    check_promises(&cookie, url)?;
    Ok(cookie)
}

fn domain(asked: Option<&str>, url: &Url) -> Result<Domain, Refusal> {
    let host = url.host_str().unwrap_or_default();
    let Some(asked) = asked.map(|asked| asked.trim_start_matches('.')).filter(|asked| !asked.is_empty())
    else {
        return Domain::host_only(host);
    };
    let domain = Domain::with_subdomains(asked)?;
    let is_name = matches!(url.host(), Some(Host::Domain(_)));
    if domain.host() == host && (!is_name || is_public_suffix(host)) {
        Domain::host_only(host)
    } else if is_public_suffix(domain.host()) {
        Err(Refusal::PublicSuffix(domain.host().to_owned()))
    } else if is_name && is_at_or_below(host, domain.host()) {
        Ok(domain)
    } else {
        Err(Refusal::Foreign(domain.host().to_owned()))
    }
}

fn is_public_suffix(host: &str) -> bool {
    psl::suffix_str(host) == Some(host)
}

fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => url.path()[..end].to_owned(),
    }
}

fn expiry(raw: &cookie::Cookie<'_>, now: Timestamp) -> Option<Timestamp> {
    let latest = now.saturating_add(LIFE_MAX).unwrap_or(Timestamp::MAX);
    let asked = match (raw.max_age(), raw.expires_datetime()) {
        (Some(age), _) if age <= time::Duration::ZERO => Timestamp::MIN,
        (Some(age), _) => {
            now.saturating_add(SignedDuration::from_secs(age.whole_seconds())).unwrap_or(Timestamp::MAX)
        }
        (None, Some(end)) => Timestamp::from_second(end.unix_timestamp()).unwrap_or(Timestamp::MAX),
        (None, None) => return None,
    };
    Some(asked.min(latest))
}

fn same_site(raw: cookie::SameSite) -> SameSite {
    match raw {
        cookie::SameSite::Strict => SameSite::Strict,
        cookie::SameSite::Lax => SameSite::Lax,
        cookie::SameSite::None => SameSite::None,
    }
}

fn check_promises(cookie: &Cookie, url: &Url) -> Result<(), Refusal> {
    let starts = |prefix: &str| {
        cookie.name().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    let is_host_only = matches!(cookie.domain(), Domain::HostOnly(_));
    if cookie.attributes.secure && !is_trustworthy(url) {
        Err(Refusal::Insecure("a secure cookie came over an insecure connection"))
    } else if !cookie.attributes.secure && (starts("__Secure-") || starts("__Host-")) {
        Err(Refusal::Insecure("its name promises Secure, which it lacks"))
    } else if starts("__Host-") && !(is_host_only && cookie.path() == "/") {
        Err(Refusal::Insecure("its name promises one host and the path /"))
    } else if !cookie.attributes.secure && cookie.attributes.same_site == Some(SameSite::None) {
        Err(Refusal::Insecure("SameSite=None is for secure cookies"))
    } else if !cookie.attributes.secure && cookie.attributes.partition_key.is_some() {
        Err(Refusal::Insecure("Partitioned is for secure cookies"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn read_from(url: &str, header: &str) -> Result<Cookie, Refusal> {
        read(header.as_bytes(), &Url::parse(url).unwrap(), NOW).map_err(|refused| refused.why)
    }

    #[test]
    fn every_attribute_is_read() {
        let header = "a=b; Domain=example.com; Path=/club; Max-Age=60; Secure; HttpOnly; SameSite=Lax";
        let cookie = read_from("https://www.example.com/x", header).unwrap();
        assert_eq!(cookie.domain(), &Domain::WithSubdomains("example.com".to_owned()));
        assert_eq!((cookie.path(), cookie.value().reveal()), ("/club", "b"));
        assert_eq!(cookie.attributes.expires, Some(NOW + SignedDuration::from_secs(60)));
        assert!(cookie.attributes.secure && cookie.attributes.http_only);
        assert_eq!(cookie.attributes.same_site, Some(SameSite::Lax));
    }

    #[test]
    fn without_attributes_a_cookie_is_for_its_host_and_folder() {
        let cookie = read_from("http://example.com/club/EDP?x=/y", "a=b").unwrap();
        assert_eq!((cookie.domain().to_string().as_str(), cookie.path()), ("example.com", "/club"));
        assert_eq!(cookie.attributes.expires, None);
    }

    #[test]
    fn a_life_is_at_most_400_days() {
        let latest = NOW + LIFE_MAX;
        for header in ["a=b; Max-Age=99999999999999", "a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(read_from("http://example.com/", header).unwrap().attributes.expires, Some(latest));
        }
    }

    #[test]
    fn a_past_expiry_asks_for_removal() {
        for header in ["a=; Max-Age=0", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=; Max-Age=-5"] {
            assert!(read_from("http://example.com/", header).unwrap().is_expired(NOW), "{header}");
        }
    }

    #[test]
    fn a_site_sets_no_cookie_for_another() {
        let from = |domain: &str| read_from("http://www.example.co.uk/", &format!("a=b; Domain={domain}"));
        assert_eq!(from("else.example").unwrap_err(), Refusal::Foreign("else.example".to_owned()));
        assert_eq!(from("ample.co.uk").unwrap_err(), Refusal::Foreign("ample.co.uk".to_owned()));
        assert_eq!(from("co.uk").unwrap_err(), Refusal::PublicSuffix("co.uk".to_owned()));
        assert_eq!(from(".example.co.uk").unwrap().domain().to_string(), ".example.co.uk");
    }

    #[test]
    fn an_address_shares_its_cookies_with_nobody() {
        let own = read_from("http://127.0.0.1:8000/", "a=b; Domain=127.0.0.1").unwrap();
        assert_eq!(own.domain(), &Domain::HostOnly("127.0.0.1".to_owned()));
        assert!(read_from("http://127.0.0.1/", "a=b; Domain=0.0.1").is_err());
    }

    #[test]
    fn promises_are_kept() {
        for (url, header) in [
            ("http://example.com/", "a=b; Secure"),
            ("https://example.com/", "__Secure-a=b"),
            ("https://example.com/", "__Host-a=b; Secure; Domain=example.com; Path=/"),
            ("https://example.com/", "a=b; SameSite=None"),
            ("https://example.com/", "a=b; Partitioned"),
        ] {
            assert!(matches!(read_from(url, header), Err(Refusal::Insecure(_))), "{header}");
        }
        assert!(read_from("https://example.com/", "__Host-a=b; Secure; Path=/").is_ok());
    }

    #[test]
    fn a_partitioned_cookie_carries_its_own_site() {
        let cookie = read_from("https://tickets.example.co.uk/", "a=b; Secure; Partitioned").unwrap();
        let key = json!({"topLevelSite": "https://example.co.uk", "hasCrossSiteAncestor": false});
        assert_eq!(cookie.attributes.partition_key, Some(key));
    }

    #[test]
    fn what_is_no_cookie_is_unreadable() {
        assert_eq!(read_from("http://example.com/", "nothing").unwrap_err(), Refusal::Unreadable);
        let bytes = read(b"a=\xff", &Url::parse("http://example.com/").unwrap(), NOW);
        assert_eq!(bytes.unwrap_err().why, Refusal::Unreadable);
    }
}
