//! What a member's browser shows of a waiting room or a check: read from its
//! tabs alone, so that nothing is asked of the seller meanwhile.

use std::time::Duration;

use ticketfall_core::monitor::PersonSeen;
use ticketfall_core::reading::Reading;
use url::Url;

use crate::browser::{Browser, Error, Page};
use crate::seller::definition::Spot;
use crate::seller::{Definition, inspect};

/// Looks at the tabs: a waiting room's first, then the seller's own.
pub(super) async fn seen(browser: &Browser, definition: &Definition) -> Result<PersonSeen, Error> {
    let tabs = browser.pages().await?;
    let of =
        |is: &dyn Fn(&Url) -> bool| tabs.iter().find(|tab| Url::parse(&tab.url).is_ok_and(|url| is(&url)));
    if let Some(tab) = of(&|url| definition.is_waiting_room(url)) {
        return waiting(&browser.page(tab).await?, definition).await;
    }
    let Some(tab) = of(&|url| definition.is_own(url)) else { return Ok(PersonSeen::Away) };
    let html = browser.page(tab).await?.html().await?;
    let shown = inspect(definition, html.as_bytes(), None).reading;
    let needs_a_person = matches!(shown, Reading::Human { .. } | Reading::Blocked { .. });
    Ok(if needs_a_person { PersonSeen::Waiting { place: None, expected: None } } else { PersonSeen::Through })
}

async fn waiting(page: &Page, definition: &Definition) -> Result<PersonSeen, Error> {
    let room = &definition.waiting_room;
    let ahead = text(page, room.ahead.as_ref()).await?;
    let wait = text(page, room.wait.as_ref()).await?;
    Ok(PersonSeen::Waiting {
        place: ahead.as_deref().and_then(number),
        expected: wait.as_deref().and_then(duration),
    })
}

async fn text(page: &Page, spot: Option<&Spot>) -> Result<Option<String>, Error> {
    let Some(spot) = spot else { return Ok(None) };
    let selector = serde_json::Value::from(spot.selector.as_str());
    let read = match &spot.attribute {
        Some(name) => format!("getAttribute({})", serde_json::Value::from(name.as_str())),
        None => "textContent".to_owned(),
    };
    let value = page.evaluate(&format!("document.querySelector({selector})?.{read} ?? null")).await?;
    Ok(value.as_str().map(str::to_owned))
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
}
