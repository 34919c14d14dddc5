//! Cookies as JSON: one list of objects in several wrappings and with several names for the same thing.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::{Error, Format, Place, RowError, Rows};
use crate::session::Cookie;
use crate::session::cookie::{Attributes, Domain, SameSite, moment};

type Row = Map<String, Value>;

pub(super) fn read(text: &str) -> Result<(Format, Rows), Error> {
    let file: Value = serde_json::from_str(text)
        .map_err(|error| Error::BrokenJson { line: error.line(), column: error.column() })?;
    rows(&file)
}

/// The rows of a list, however it is wrapped.
pub(super) fn rows(file: &Value) -> Result<(Format, Rows), Error> {
    let list = list(file).ok_or(Error::Foreign)?;
    if list.is_empty() {
        return Err(Error::Empty);
    }
    if !list.iter().any(|row| row.get("name").is_some()) {
        return Err(Error::Foreign);
    }
    let format = if file.get("origins").is_some() {
        Format::StorageState
    } else if list.iter().any(|row| row.get("expires").is_some()) {
        Format::DevTools
    } else {
        Format::Extension
    };
    let rows = list.iter().enumerate().map(|(at, row)| (Place::Index(at), cookie(row))).collect();
    Ok((format, rows))
}

/// The list itself, or wrapped as DevTools' answer or as a storage state.
fn list(file: &Value) -> Option<&Vec<Value>> {
    let wrapped = [&file["cookies"], &file["result"]["cookies"]];
    file.as_array().or_else(|| wrapped.iter().find_map(|list| list.as_array()))
}

fn cookie(row: &Value) -> Result<Cookie, RowError> {
    let row = row.as_object().ok_or(RowError::NoObject)?;
    let text = |field| row.get(field).and_then(Value::as_str).ok_or(RowError::Field(field));
    let path = if row.get("path").is_none_or(Value::is_null) { "/" } else { text("path")? };
    let cookie = Cookie::new(text("name")?, text("value")?, domain(row)?, path)?;
    Ok(cookie.with(Attributes {
        expires: expires(row)?,
        secure: flag(row, "secure")?.unwrap_or(false),
        http_only: flag(row, "httpOnly")?.unwrap_or(false),
        same_site: same_site(row)?,
        partition_key: row.get("partitionKey").filter(|key| !key.is_null()).cloned(),
    }))
}

/// `hostOnly` decides where it is written; else the leading dot does. Puppeteer may give a URL instead.
fn domain(row: &Row) -> Result<Domain, RowError> {
    let of_url = || {
        let url = Url::parse(row.get("url")?.as_str()?).ok()?;
        url.host_str().map(str::to_owned)
    };
    let domain = match row.get("domain") {
        Some(domain) => domain.as_str().map(str::to_owned),
        None => of_url(),
    };
    let domain = domain.ok_or(RowError::Field("domain"))?;
    let bare = domain.trim_start_matches('.');
    Ok(match flag(row, "hostOnly")? {
        Some(true) => Domain::host_only(bare)?,
        Some(false) => Domain::with_subdomains(bare)?,
        None => Domain::parse(&domain)?,
    })
}

fn expires(row: &Row) -> Result<Option<Timestamp>, RowError> {
    if flag(row, "session")? == Some(true) {
        return Ok(None);
    }
    for field in ["expirationDate", "expires", "expiry"] {
        match row.get(field) {
            None | Some(Value::Null) => {}
            Some(Value::Number(seconds)) => {
                let seconds = seconds.as_f64().filter(|seconds| *seconds >= 0.0);
                return Ok(seconds.map(moment));
            }
            Some(Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(RowError::Field(field));
            }
        }
    }
    Ok(None)
}

fn same_site(row: &Row) -> Result<Option<SameSite>, RowError> {
    let text = match row.get("sameSite") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_str().ok_or(RowError::Field("sameSite"))?,
    };
    match &*text.to_ascii_lowercase() {
        "no_restriction" | "none" => Ok(Some(SameSite::None)),
        "lax" => Ok(Some(SameSite::Lax)),
        "strict" => Ok(Some(SameSite::Strict)),
        "unspecified" | "" => Ok(None),
        _ => Err(RowError::Field("sameSite")),
    }
}

fn flag(row: &Row, field: &'static str) -> Result<Option<bool>, RowError> {
    match row.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or(RowError::Field(field)),
    }
}

pub(super) fn write<'c>(format: Format, cookies: impl IntoIterator<Item = &'c Cookie>) -> Zeroizing<String> {
    let is_extension = format == Format::Extension;
    let row = if is_extension { extension_row } else { devtools_row };
    let mut rows: Vec<_> = cookies.into_iter().map(row).collect();
    if format == Format::StorageState {
        rows.iter_mut()
            .filter(|row| row["sameSite"].is_null())
            .for_each(|row| row["sameSite"] = json!("Lax"));
    }
    let file =
        if format == Format::StorageState { json!({"cookies": rows, "origins": []}) } else { json!(rows) };
    Zeroizing::new(format!("{file:#}\n"))
}

fn extension_row(cookie: &Cookie) -> Value {
    let mut row = plain_row(cookie);
    row["hostOnly"] = json!(matches!(cookie.domain(), Domain::HostOnly(_)));
    row["session"] = json!(cookie.attributes.expires.is_none());
    row["sameSite"] = json!(match cookie.attributes.same_site {
        Some(SameSite::None) => "no_restriction",
        Some(SameSite::Lax) => "lax",
        Some(SameSite::Strict) => "strict",
        None => "unspecified",
    });
    if let Some(end) = cookie.attributes.expires {
        row["expirationDate"] = seconds(end);
    }
    row
}

fn devtools_row(cookie: &Cookie) -> Value {
    let mut row = plain_row(cookie);
    row["expires"] = cookie.attributes.expires.map_or(json!(-1), seconds);
    if let Some(same_site) = cookie.attributes.same_site {
        row["sameSite"] = json!(same_site);
    }
    row
}

fn plain_row(cookie: &Cookie) -> Value {
    let attributes = &cookie.attributes;
    let mut row = json!({
        "name": cookie.name(),
        "value": cookie.value().reveal(),
        "domain": cookie.domain().to_string(),
        "path": cookie.path(),
        "secure": attributes.secure,
        "httpOnly": attributes.http_only,
    });
    if let Some(key) = &attributes.partition_key {
        row["partitionKey"] = key.clone();
    }
    row
}

fn seconds(end: Timestamp) -> Value {
    json!(end.as_duration().as_secs_f64())
}
