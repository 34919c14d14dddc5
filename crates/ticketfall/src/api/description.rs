//! The description of the API, for programs (`/openapi.json`) and for people (`/docs`).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::Config;

/// What is said of the API besides its routes.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Ticketfall",
        description = "Watches ticket exchanges for the members you look after. docs/api.md shows how to use this.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "This service.")),
    tags(
        (name = "profiles", description = "Members."),
        (name = "monitors", description = "Searches: one member at one event."),
        (name = "events", description = "Matches and shows, and what fell there."),
        (name = "holds", description = "Seats that were asked for."),
        (name = "sellers", description = "Who sells, and how fast each may be asked."),
        (name = "cookies", description = "Fresh cookies for members."),
        (name = "stream", description = "What happens, as it happens."),
        (name = "service", description = "The service itself.")
    ),
    security(("token" = []), ("dashboard" = [])),
    modifiers(&Access)
)]
pub(super) struct Description;

/// How callers are let in.
struct Access;

impl Modify for Access {
    fn modify(&self, document: &mut Document) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token in the file `api-token` of the data directory."));
        let cookie = ApiKeyValue::with_description(
            "ticketfall_7474",
            "The dashboard's cookie; its name ends with the service's port.",
        );
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        components.add_security_scheme("dashboard", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The routes that show the description.
pub(super) fn routes(document: &Document) -> Router {
    let text: Arc<str> = document.to_json().expect("the description is plain data").into();
    let pages = Arc::new(Config::from("/openapi.json"));
    let json = Router::new().route("/openapi.json", get(json)).with_state(text);
    Router::new()
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(first))
        .route("/docs/{*file}", get(page))
        .with_state(pages)
        .merge(json)
}

async fn json(State(text): State<Arc<str>>) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], text.to_string()).into_response()
}

async fn first(State(pages): State<Arc<Config<'static>>>) -> Response {
    served("", pages)
}

async fn page(State(pages): State<Arc<Config<'static>>>, Path(file): Path<String>) -> Response {
    served(&file, pages)
}

fn served(file: &str, pages: Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(file, pages) {
        Ok(Some(file)) => (
            [(CONTENT_TYPE, file.content_type.as_str()), (CACHE_CONTROL, "no-cache")],
            file.bytes.into_owned(),
        )
            .into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "cannot show the description");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
