//! The browser's cookies, in and out. It changes and drops cookies while it says that all went well,
//! so whatever is put in is read back.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::devtools::Client;
use super::error::Error;
use crate::session::Cookie;
use crate::session::cookie::{Attributes, Domain, Refusal, Refused, SameSite, moment};

/// The browser keeps expiries as floating seconds.
const ROUNDING: SignedDuration = SignedDuration::from_secs(2);

/// The cookies that a browser holds for some hosts.
#[derive(Debug, Default)]
pub struct Held {
    /// Those that can be sent.
    pub cookies: Vec<Cookie>,
    /// Those that cannot, by name, with why.
    pub refused: Vec<Refused>,
}

/// What became of one cookie that was put into the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutCookie {
    /// The cookie's name.
    pub name: String,
    /// Which hosts it is for.
    pub domain: Domain,
    /// What the browser holds now.
    pub outcome: PutOutcome,
}

/// What the browser holds after it was asked to take a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOutcome {
    /// The cookie as it was given.
    Set,
    /// The cookie with other attributes, or still its older value.
    Changed {
        /// Which parts differ.
        what: Vec<&'static str>,
    },
    /// Not the cookie: the browser said no.
    Refused {
        /// The browser's words.
        why: String,
    },
    /// Not the cookie, although the browser said yes.
    Dropped,
}

pub(super) async fn read(client: &Client, is_wanted: impl Fn(&Domain) -> bool) -> Result<Held, Error> {
    const METHOD: &str = "Storage.getCookies";
    let answer = client.call(METHOD, json!({})).await?;
    let rows = answer["cookies"].as_array().ok_or(Error::Answer { method: METHOD, part: "cookies" })?;
    let mut held = Held::default();
    for row in rows {
        let Ok(domain) = Domain::parse(text(row, "domain")) else {
            continue;
        };
        if is_wanted(&domain) {
            match cookie(row, domain) {
                Ok(cookie) => held.cookies.push(cookie),
                Err(why) => held.refused.push(Refused { name: text(row, "name").to_owned(), why }),
            }
        }
    }
    Ok(held)
}

pub(super) async fn put(client: &Client, cookies: &[Cookie]) -> Result<Vec<PutCookie>, Error> {
    let refusals = hand_over(client, cookies).await?;
    let held = read(client, |domain| cookies.iter().any(|cookie| cookie.domain() == domain)).await?;
    let outcome = |cookie: &Cookie, refusal: Option<String>| match refusal {
        Some(why) => PutOutcome::Refused { why },
        None => compare(cookie, held.cookies.iter().find(|held| held.is_same_as(cookie))),
    };
    let reports = cookies.iter().zip(refusals).map(|(cookie, refusal)| PutCookie {
        name: cookie.name().to_owned(),
        domain: cookie.domain().clone(),
        outcome: outcome(cookie, refusal),
    });
    Ok(reports.collect())
}

/// One bad cookie fails a whole call: then each is handed over on its own.
async fn hand_over(client: &Client, cookies: &[Cookie]) -> Result<Vec<Option<String>>, Error> {
    const METHOD: &str = "Storage.setCookies";
    let rows: Vec<_> = cookies.iter().map(row).collect();
    match client.call(METHOD, json!({ "cookies": rows })).await {
        Ok(_) => return Ok(vec![None; cookies.len()]),
        Err(Error::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    let mut refusals = Vec::with_capacity(rows.len());
    for row in rows {
        refusals.push(match client.call(METHOD, json!({ "cookies": [row] })).await {
            Ok(_) => None,
            Err(Error::Refused { message, .. }) => Some(message),
            Err(error) => return Err(error),
        });
    }
    Ok(refusals)
}

fn compare(given: &Cookie, held: Option<&Cookie>) -> PutOutcome {
    let Some(held) = held else {
        return PutOutcome::Dropped;
    };
    let (asked, kept) = (&given.attributes, &held.attributes);
    let is_same_end = match (asked.expires, kept.expires) {
        (Some(asked), Some(kept)) => asked.duration_since(kept).abs() <= ROUNDING,
        (asked, kept) => asked == kept,
    };
    let parts = [
        ("value", given.value() == held.value()),
        ("expiry", is_same_end),
        ("secure", asked.secure == kept.secure),
        ("HTTP only", asked.http_only == kept.http_only),
        ("same site", asked.same_site == kept.same_site),
    ];
    let what: Vec<_> = parts.into_iter().filter(|(_, is_same)| !is_same).map(|(part, _)| part).collect();
    if what.is_empty() { PutOutcome::Set } else { PutOutcome::Changed { what } }
}

fn cookie(row: &Value, domain: Domain) -> Result<Cookie, Refusal> {
    let attributes = Attributes {
        expires: row["expires"].as_f64().filter(|end| *end >= 0.0).map(moment),
        secure: row["secure"] == true,
        http_only: row["httpOnly"] == true,
        same_site: match row["sameSite"].as_str() {
            Some("Strict") => Some(SameSite::Strict),
            Some("Lax") => Some(SameSite::Lax),
            Some("None") => Some(SameSite::None),
            Some(_) | None => None,
        },
        partition_key: row.get("partitionKey").cloned(),
    };
    let cookie = Cookie::new(text(row, "name"), text(row, "value"), domain, text(row, "path"))?;
    Ok(cookie.with(attributes))
}

/// `__Host-` and partitioned cookies want a URL, and a domain makes a cookie one for hosts below, too.
fn row(cookie: &Cookie) -> Value {
    let attributes = &cookie.attributes;
    let scheme = if attributes.secure { "https" } else { "http" };
    let mut row = json!({
        "name": cookie.name(),
        "value": cookie.value().reveal(),
        "url": format!("{scheme}://{}/", cookie.domain().host()),
        "path": cookie.path(),
        "secure": attributes.secure,
        "httpOnly": attributes.http_only,
    });
    if let Domain::WithSubdomains(_) = cookie.domain() {
        row["domain"] = json!(cookie.domain().to_string());
    }
    if let Some(end) = attributes.expires {
        row["expires"] = json!(end.as_duration().as_secs_f64());
    }
    // Without Secure, a cookie that says None is lost; one that says nothing is kept.
    match attributes.same_site {
        Some(SameSite::Strict) => row["sameSite"] = json!("Strict"),
        Some(SameSite::Lax) => row["sameSite"] = json!("Lax"),
        Some(SameSite::None) if attributes.secure => row["sameSite"] = json!("None"),
        Some(SameSite::None) | None => {}
    }
    match &attributes.partition_key {
        Some(key @ Value::Object(_)) => row["partitionKey"] = key.clone(),
        Some(key) => row["partitionKey"] = json!({"topLevelSite": key, "hasCrossSiteAncestor": false}),
        None => {}
    }
    row
}

fn text<'r>(row: &'r Value, field: &str) -> &'r str {
    row[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn given(attributes: Attributes) -> Cookie {
        Cookie::new("club/a", "1", Domain::parse(".example.com").unwrap(), "/x").unwrap().with(attributes)
    }

    fn back(given: &Cookie) -> Cookie {
        cookie(&row(given), given.domain().clone()).unwrap()
    }

    #[test]
    fn a_cookie_survives_the_browsers_form() {
        let cookie = given(Attributes {
            expires: Some(Timestamp::constant(1_800_000_000, 500_000_000)),
            secure: true,
            http_only: true,
            same_site: Some(SameSite::None),
            partition_key: Some(
                json!({"topLevelSite": "https://example.com", "hasCrossSiteAncestor": false}),
            ),
        });
        assert_eq!(back(&cookie), cookie);
        assert_eq!(compare(&cookie, Some(&back(&cookie))), PutOutcome::Set);
    }

    #[test]
    fn none_without_secure_is_put_so_that_the_cookie_lives_and_is_told() {
        let cookie = given(Attributes { same_site: Some(SameSite::None), ..Attributes::default() });
        let outcome = compare(&cookie, Some(&back(&cookie)));
        assert_eq!(outcome, PutOutcome::Changed { what: vec!["same site"] });
    }

    #[test]
    fn a_host_only_cookie_is_put_without_a_domain() {
        let cookie = Cookie::new("a", "1", Domain::parse("example.com").unwrap(), "/").unwrap();
        assert_eq!(row(&cookie)["domain"], Value::Null);
        assert_eq!(row(&cookie)["url"], "http://example.com/");
    }

    #[test]
    fn a_partition_written_as_text_becomes_the_browsers_object() {
        let cookie = given(Attributes {
            secure: true,
            partition_key: Some(json!("https://example.com")),
            ..Attributes::default()
        });
        assert_eq!(row(&cookie)["partitionKey"]["topLevelSite"], "https://example.com");
        assert!(back(&cookie).is_same_as(&cookie));
    }

    #[test]
    fn a_missing_cookie_was_dropped_and_a_clamped_one_changed() {
        let cookie = given(Attributes { expires: Some(Timestamp::MAX), ..Attributes::default() });
        assert_eq!(compare(&cookie, None), PutOutcome::Dropped);
        let clamped = given(Attributes {
            expires: Some(Timestamp::constant(1_800_000_000, 0)),
            ..Attributes::default()
        });
        assert_eq!(compare(&cookie, Some(&clamped)), PutOutcome::Changed { what: vec!["expiry"] });
    }

    #[test]
    fn minus_one_and_odd_fields_are_a_plain_session_cookie() {
        let row = json!({"name": "a", "value": "", "path": "/", "expires": -1, "sameSite": "Novel", "secure": null});
        let read = cookie(&row, Domain::parse("example.com").unwrap()).unwrap();
        assert_eq!(read.attributes, Attributes::default());
    }
}
