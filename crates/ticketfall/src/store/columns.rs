//! How values of ours stand in columns: times as whole microseconds since 1970 in UTC, names as
//! text, composed values as JSON.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Row, RowIndex};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ticketfall_core::price::{Currency, Price};

/// A time.
pub(super) struct At(pub(super) Timestamp);

impl ToSql for At {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_microsecond().into())
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Timestamp::from_microsecond(value.as_i64()?).map(Self).map_err(FromSqlError::other)
    }
}

/// How long something took, in whole microseconds.
pub(super) struct Lasted(pub(super) Duration);

impl ToSql for Lasted {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0.as_micros()).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Lasted {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = u64::try_from(value.as_i64()?).map_err(FromSqlError::other)?;
        Ok(Self(Duration::from_micros(micros)))
    }
}

/// A value that is written and read as text.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> ToSql for Text<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl<T: FromStr<Err: std::error::Error + Send + Sync + 'static>> FromSql for Text<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

/// A composed value.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(&self.0)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        Ok(text.into())
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

/// The code of a currency.
struct Code(Currency);

impl FromSql for Code {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Currency::from_code(value.as_str()?).map(Self).ok_or(FromSqlError::InvalidType)
    }
}

/// The two columns of a price that may be unknown.
pub(super) fn price_columns(price: Option<Price>) -> (Option<i64>, Option<&'static str>) {
    (price.map(Price::minor), price.map(|price| price.currency().code()))
}

/// Reads the two columns of a price.
pub(super) fn price<I: RowIndex>(row: &Row<'_>, minor: I, currency: I) -> rusqlite::Result<Option<Price>> {
    let minor: Option<i64> = row.get(minor)?;
    let currency: Option<Code> = row.get(currency)?;
    Ok(minor.zip(currency).map(|(minor, Code(currency))| Price::new(minor, currency)))
}

/// Reads a time that may be missing.
pub(super) fn time<I: RowIndex>(row: &Row<'_>, column: I) -> rusqlite::Result<Option<Timestamp>> {
    let at: Option<At> = row.get(column)?;
    Ok(at.map(|At(at)| at))
}
