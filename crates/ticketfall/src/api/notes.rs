//! `profiles/{id}/notes`: a member's story, a line a turn.

use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use ticketfall_core::ids::ProfileId;
use utoipa::ToSchema;

use super::answer::{Page, foreign_cursor, page_size, tagged};
use super::given::{PageQuery, Path, Query};
use super::{Api, Problem, profiles};
use crate::store::notes;

/// One turn of a member's story.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Note {
    /// What kind of turn, one word.
    kind: String,
    /// What happened, for people.
    text: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// A member's story, the latest first.
#[utoipa::path(get, path = "/api/v1/profiles/{profile}/notes", operation_id = "listNotes", tag = "profiles",
    params(("profile" = String, Path, description = "Whose."), PageQuery), responses(
    (status = 200, description = "A page of it.", body = Page<Note>),
    (status = 304, description = "Nothing has changed."),
    (status = 404, description = "There is no such profile.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(profile): Path<ProfileId>,
    Query(asked): Query<PageQuery>,
) -> Result<Response, Problem> {
    profiles::found(&api.store, &profile).await?;
    let size = page_size(asked.limit)?;
    let before = asked.cursor.map(|cursor| cursor.parse().map_err(|_error| foreign_cursor())).transpose()?;
    let rows = notes::page(&api.store, &profile, before, size + 1).await?;
    let page = Page::of(rows, size, |(number, _)| number.to_string());
    Ok(tagged(&headers, &page.map(|(_, note)| Note { kind: note.kind, text: note.text, at: note.at })))
}
