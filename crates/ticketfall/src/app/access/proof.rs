//! The service's own proof that it has the token, asked for by a program before it shows its own: on this machine, any
//! user can listen at an address while the service does not run.

use std::str::FromStr;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;

use super::Access;
use super::token::Token;

const DIGITS: usize = 64;

/// A question that nobody has asked before: 32 random bytes in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// A new one.
    pub fn random() -> Self {
        Self(Token::random().expose().to_owned())
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Challenge {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let is_one = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_one { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    challenge: String,
}

/// The route that answers a challenge; whoever asks learns nothing but whether the service has the same token.
pub(in crate::app) fn routes(access: Access) -> Router {
    Router::new().route("/proof", get(prove)).with_state(access)
}

async fn prove(State(access): State<Access>, Query(asked): Query<Asked>) -> Response {
    match asked.challenge.parse::<Challenge>() {
        Ok(challenge) => access.proof(challenge.as_str()).into_response(),
        Err(()) => StatusCode::BAD_REQUEST.into_response(),
    }
}
