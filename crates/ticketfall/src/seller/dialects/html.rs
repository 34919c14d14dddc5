//! HTML pages as trees, within limits that keep a hostile one from taking long.

use std::borrow::Cow;

use scraper::{ElementRef, Html, Selector};

use super::read::Unknown;

/// The largest page that is read as a tree, in bytes.
const PAGE_MAX: usize = 8 << 20;

/// How deep elements may be nested.
const DEPTH_MAX: usize = 2_000;

/// How far the end of a tag is looked for, in bytes.
const TAG_MAX: usize = 4 << 10;

/// Elements that are often left open, or have no end.
const LOOSE: [&[u8]; 20] = [
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"source",
    b"track", b"wbr", b"p", b"li", b"option", b"tr", b"td", b"th", b"dd",
];

/// Reads a page.
pub(in crate::seller) fn parsed(bytes: &[u8]) -> Result<Html, Unknown> {
    if bytes.len() > PAGE_MAX {
        return Err(Unknown(format!("a page of more than {} MiB", PAGE_MAX >> 20)));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(Unknown("an empty answer instead of a page".to_owned()));
    }
    if is_too_deep(bytes) {
        return Err(Unknown(format!("a page whose elements are nested deeper than {DEPTH_MAX}")));
    }
    Ok(Html::parse_document(&text(bytes)))
}

/// A selector; definitions have theirs checked.
pub(in crate::seller) fn selector(css: &str) -> Result<Selector, Unknown> {
    Selector::parse(css).map_err(|error| Unknown(format!("no selector: {css:?}: {error}")))
}

/// An element's text on one line, with what is nested in it.
pub(in crate::seller) fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A page's text; one that is no UTF-8 is in the encoding of western Europe when it says so.
pub(in crate::seller) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if says_western(bytes) => bytes.iter().map(|byte| western(*byte)).collect::<String>().into(),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

fn says_western(bytes: &[u8]) -> bool {
    let head = bytes[..bytes.len().min(2_048)].to_ascii_lowercase();
    [&b"iso-8859-1"[..], b"iso-8859-15", b"windows-1252"]
        .iter()
        .any(|name| head.windows(name.len()).any(|part| part == *name))
}

fn western(byte: u8) -> char {
    match byte {
        0x80 | 0xA4 => '€',
        0x91 | 0x92 => '\'',
        0x93 | 0x94 => '"',
        0x96 | 0x97 => '–',
        other => char::from(other),
    }
}

/// Counts start tags against end tags, roughly, and without building anything.
fn is_too_deep(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[start + 1..];
        match rest.first() {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(letter) if letter.is_ascii_alphabetic() && !is_loose(rest) => depth += 1,
            Some(_) | None => {}
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

fn is_loose(tag: &[u8]) -> bool {
    let end = tag.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(tag.len());
    let closing = tag.iter().take(TAG_MAX).position(|byte| *byte == b'>');
    let self_closed = closing.is_some_and(|end| tag[..end].ends_with(b"/"));
    self_closed || LOOSE.iter().any(|name| tag[..end].eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_a_western_encoding_keeps_its_pound_signs() {
        let page = b"<meta charset=iso-8859-1><p>\xA312 caf\xE9";
        assert!(text(page).ends_with("£12 café"));
        assert!(text(b"<p>\xA312").contains('\u{fffd}'));
    }

    #[test]
    fn a_page_that_would_take_long_is_not_read() {
        let told = |bytes: &[u8]| parsed(bytes).unwrap_err().0;
        assert!(told(b" \n").contains("empty"));
        assert!(told("<div>".repeat(3_000).as_bytes()).contains("nested"));
        assert!(told(&vec![b'a'; PAGE_MAX + 1]).contains("8 MiB"));
        assert!(parsed("<p>a<br>".repeat(5_000).as_bytes()).is_ok());
        assert!(parsed("<svg/>".repeat(5_000).as_bytes()).is_ok());
    }
}
