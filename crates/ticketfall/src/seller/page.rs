//! What CSS selectors find in an HTML page, in the order of the page; and a page's words.

use std::borrow::Cow;
use std::cell::RefCell;

use lol_html::errors::RewritingError;
use lol_html::html_content::{Element, TextChunk, TextType};
use lol_html::{ElementContentHandlers, HtmlRewriter, Selector, Settings, doc_text};

use super::definition::Spot;

/// The most that is found in one page.
const FOUND_MAX: usize = 10_000;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Which of the spots asked for.
    pub(super) spot: usize,
    /// The attribute, or the text; trimmed. `None` where the element lacks the attribute.
    pub(super) value: Option<String>,
}

/// Finds the spots in a page; `None` when it cannot be read as HTML.
pub(super) fn find(page: &[u8], spots: &[&Spot]) -> Option<Vec<Found>> {
    at_most(FOUND_MAX, page, spots)
}

/// The same, of one spot and only the first of it; what follows that is not read.
pub(super) fn first(page: &[u8], spot: &Spot) -> Option<Vec<Found>> {
    at_most(1, page, &[spot])
}

fn at_most(most: usize, page: &[u8], spots: &[&Spot]) -> Option<Vec<Found>> {
    let found = RefCell::new(Vec::new());
    let mut settings = Settings::new().with_strict(false);
    for (number, spot) in spots.iter().enumerate() {
        let selector: Selector = spot.selector.parse().ok()?;
        let handlers = handlers(number, spot, &found, most);
        settings = settings.append_element_content_handler((Cow::Owned(selector), handlers));
    }
    let mut reader = HtmlRewriter::new(settings, |_: &[u8]| {});
    match reader.write(page) {
        Ok(()) => reader.end().ok()?,
        Err(RewritingError::ContentHandlerError(_enough)) => drop(reader),
        Err(_) => return None,
    }
    let found = found.into_inner().into_iter();
    Some(found.map(|Found { spot, value }| Found { spot, value: value.map(|text| decoded(&text)) }).collect())
}

/// Ends the reading of a page.
#[derive(Debug, thiserror::Error)]
#[error("enough was found")]
struct Enough;

/// What keeps a spot. The first that is an attribute is whole where it is met; the text of another, where the next one is.
fn handlers<'h>(
    number: usize,
    spot: &'h Spot,
    found: &'h RefCell<Vec<Found>>,
    most: usize,
) -> ElementContentHandlers<'h> {
    let handlers = ElementContentHandlers::default().element(move |element: &mut Element<'_, '_>| {
        let value = match &spot.attribute {
            Some(attribute) => element.get_attribute(attribute),
            None => Some(String::new()),
        };
        let mut found = found.borrow_mut();
        if found.len() == most {
            return Err(Enough.into());
        }
        found.push(Found { spot: number, value });
        if most == 1 && spot.attribute.is_some() { Err(Enough.into()) } else { Ok(()) }
    });
    if spot.attribute.is_some() {
        return handlers;
    }
    handlers.text(move |chunk: &mut TextChunk<'_>| {
        let mut found = found.borrow_mut();
        let last = found.iter_mut().rfind(|found| found.spot == number);
        if let Some(text) = last.and_then(|found| found.value.as_mut()) {
            text.push_str(chunk.as_str());
        }
        Ok(())
    })
}

/// The words of an answer as people would read them, on one line: an HTML page's text, or the text that it is.
pub(super) fn words(body: &[u8]) -> String {
    let text = if body.trim_ascii_start().starts_with(b"<") {
        text_of(body)
    } else {
        String::from_utf8_lossy(body).into_owned()
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text_of(page: &[u8]) -> String {
    let text = RefCell::new(String::new());
    let settings = Settings::new().with_strict(false).append_document_content_handler(doc_text!(
        |chunk: &mut TextChunk<'_>| {
            if chunk.text_type() == TextType::Data {
                let mut text = text.borrow_mut();
                text.push_str(chunk.as_str());
                if chunk.last_in_text_node() {
                    text.push(' ');
                }
            }
            Ok(())
        }
    ));
    let mut reader = HtmlRewriter::new(settings, |_: &[u8]| {});
    let read = reader.write(page).and_then(|()| reader.end());
    // What was read before a page broke off is still worth showing.
    drop(read);
    decoded(&text.into_inner())
}

/// Text without character references and without white space around it.
fn decoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.char_indices().take(12).find(|(_, c)| *c == ';').map(|(end, _)| end);
        let Some((end, character)) = end.and_then(|end| Some((end, character(&rest[1..end])?))) else {
            plain.push('&');
            rest = &rest[1..];
            continue;
        };
        plain.push(character);
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}

/// The character that a reference names; those that a ticket page may well use.
fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        };
        return code.and_then(char::from_u32);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" => '\u{a0}',
        "pound" => '£',
        "euro" => '€',
        "yen" => '¥',
        "ndash" => '–',
        "mdash" => '—',
        "middot" => '·',
        "eacute" => 'é',
        "uuml" => 'ü',
        "ouml" => 'ö',
        "auml" => 'ä',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spot(selector: &str, attribute: Option<&str>) -> Spot {
        Spot { selector: selector.to_owned(), attribute: attribute.map(str::to_owned) }
    }

    fn texts(page: &str, selector: &str, attribute: Option<&str>) -> Vec<Option<String>> {
        find(page.as_bytes(), &[&spot(selector, attribute)])
            .unwrap()
            .into_iter()
            .map(|found| found.value)
            .collect()
    }

    #[test]
    fn text_is_found_with_what_is_nested_in_it() {
        let page = "<p class=a> Row&nbsp;<b>F</b> </p><p>no</p><p class=a>&#163;5 &amp; &#x41;&unknown;</p>";
        assert_eq!(
            texts(page, ".a", None),
            [Some("Row\u{a0}F".to_owned()), Some("£5 & A&unknown;".to_owned())]
        );
    }

    #[test]
    fn an_attribute_is_found_decoded_and_its_lack_is_told() {
        let page = "<input name=key value='a&quot;b'><input name=key>";
        assert_eq!(texts(page, "input[name=key]", Some("value")), [Some("a\"b".to_owned()), None]);
    }

    #[test]
    fn things_are_found_in_the_order_of_the_page() {
        let page = "<i>1</i><b>2</b><i>3</i>";
        let found = find(page.as_bytes(), &[&spot("b", None), &spot("i", None)]).unwrap();
        assert_eq!(found.iter().map(|found| found.spot).collect::<Vec<_>>(), [1, 0, 1]);
    }

    #[test]
    fn the_first_of_a_spot_is_whole_and_has_nothing_of_the_next() {
        let page =
            b"<i>one <b>and</b> a half</i><i>two</i><input name=key value=first><input name=key value=next>";
        let of = |selector, attribute| first(page, &spot(selector, attribute)).unwrap();
        let whole = |text: &str| [Found { spot: 0, value: Some(text.to_owned()) }];
        assert_eq!(of("i", None), whole("one and a half"));
        assert_eq!(of("[name=key]", Some("value")), whole("first"));
        assert_eq!(of("[name=lock]", Some("value")), []);
    }

    #[test]
    fn the_words_of_a_page_have_no_script_and_no_hidden_field() {
        let page =
            "<html><style>p{}</style><script>let key</script><input value=hush><p>Sorry,</p><p>gone</p>";
        assert_eq!(words(page.as_bytes()), "Sorry, gone");
        assert_eq!(words(b" Seat\n taken"), "Seat taken");
    }

    fn check_first(page: &[u8], spots: [&Spot; 2]) {
        for spot in spots {
            let mut all = find(page, &[spot]);
            if let Some(all) = &mut all {
                all.truncate(1);
            }
            assert_eq!(first(page, spot), all);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(page in proptest::collection::vec(any::<u8>(), 0..400)) {
            let (text, attribute) = (spot("p", None), spot("[a]", Some("a")));
            check_first(&page, [&text, &attribute]);
            find(&page, &[&text, &attribute]);
            words(&page);
        }

        #[test]
        fn no_markup_breaks_the_reader(page in "[<>/&;#a-z\"'= -]{0,200}") {
            let (text, attribute) = (spot("a", None), spot("[b]", Some("b")));
            check_first(page.as_bytes(), [&text, &attribute]);
            find(page.as_bytes(), &[&text, &attribute]);
            words(page.as_bytes());
        }
    }
}
