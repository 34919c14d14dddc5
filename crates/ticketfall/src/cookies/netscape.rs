//! `cookies.txt`: domain, whether hosts below are meant, path, secure, expiry in seconds, name, value.
//! It has no place for same-site rules and partitions.

use std::fmt::Write as _;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{Error, Place, RowError, Rows};
use crate::session::Cookie;
use crate::session::cookie::{Attributes, Domain};

const HEAD: &str = "# Netscape HTTP Cookie File";
const HTTP_ONLY: &str = "#HttpOnly_";

pub(super) fn read(text: &str) -> Result<Rows, Error> {
    let is_headed =
        text.lines().next().is_some_and(|line| line.starts_with('#') && line.contains("Cookie File"));
    let rows: Rows = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .filter(|(_, line)| !line.starts_with('#') || line.starts_with(HTTP_ONLY))
        .map(|(at, line)| (Place::Line(at + 1), cookie(line)))
        .collect();
    let is_ours = |row: &Result<Cookie, RowError>| !matches!(row, Err(RowError::Fields(_)));
    if is_headed || rows.iter().any(|(_, row)| is_ours(row)) { Ok(rows) } else { Err(Error::Foreign) }
}

pub(super) fn write<'c>(cookies: impl IntoIterator<Item = &'c Cookie>) -> Result<Zeroizing<String>, Error> {
    let mut text = Zeroizing::new(format!("{HEAD}\n"));
    for cookie in cookies {
        let (value, attributes) = (cookie.value().reveal(), &cookie.attributes);
        if [cookie.name(), cookie.path(), value].iter().any(|part| part.contains('\t')) {
            return Err(Error::Unwritable(cookie.name().to_owned()));
        }
        let prefix = if attributes.http_only { HTTP_ONLY } else { "" };
        let is_shared = matches!(cookie.domain(), Domain::WithSubdomains(_));
        writeln!(
            text,
            "{prefix}{}\t{}\t{}\t{}\t{}\t{}\t{value}",
            cookie.domain(),
            truth(is_shared),
            cookie.path(),
            truth(attributes.secure),
            attributes.expires.map_or(0, Timestamp::as_second),
            cookie.name(),
        )
        .expect("a string takes whatever is written");
    }
    Ok(text)
}

fn cookie(line: &str) -> Result<Cookie, RowError> {
    let (http_only, line) = match line.strip_prefix(HTTP_ONLY) {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let fields: Vec<_> = line.trim_end_matches('\r').split('\t').collect();
    // An empty value may have lost its tab to an editor.
    let [domain, shared, path, secure, expiry, name, rest @ ..] = &*fields else {
        return Err(RowError::Fields(fields.len()));
    };
    let value = match rest {
        [] => "",
        [value] => value,
        [_, _, ..] => return Err(RowError::Fields(fields.len())),
    };
    let bare = domain.trim_start_matches('.');
    let is_shared = is_true(shared).ok_or(RowError::Field("subdomains"))?;
    let domain = if is_shared { Domain::with_subdomains(bare)? } else { Domain::host_only(bare)? };
    let attributes = Attributes {
        expires: end(expiry)?,
        secure: is_true(secure).ok_or(RowError::Field("secure"))?,
        http_only,
        ..Attributes::default()
    };
    Ok(Cookie::new(*name, value, domain, *path)?.with(attributes))
}

/// Zero is a session cookie; some tools write fractions, others minus one.
fn end(text: &str) -> Result<Option<Timestamp>, RowError> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let seconds: i64 = whole.parse().ok().ok_or(RowError::Field("expiry"))?;
    Ok((seconds > 0).then(|| Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)))
}

fn is_true(text: &str) -> Option<bool> {
    match text {
        "TRUE" | "True" | "true" => Some(true),
        "FALSE" | "False" | "false" => Some(false),
        _ => None,
    }
}

const fn truth(is_true: bool) -> &'static str {
    if is_true { "TRUE" } else { "FALSE" }
}
