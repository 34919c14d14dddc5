//! `sellers` and `budgets`: who is known, how fast each may be asked, and what is left of that.

use axum::Json;
use axum::extract::State;
use axum::http::header::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use ticketfall_core::ids::SellerId;
use ticketfall_core::pace::PaceRules;
use url::Url;
use utoipa::ToSchema;

use super::answer::tagged;
use super::given::Path;
use super::{Api, Problem, SellerView};

/// A seller that is known.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seller {
    /// Its name for programs.
    id: String,
    /// Its name for people.
    name: String,
    /// Where it is.
    #[schema(value_type = String)]
    origin: Url,
    /// Whether its origin is yet to be set in the configuration.
    is_template: bool,
    /// The venue's time zone.
    time_zone: Option<String>,
    /// The currency of prices that do not say.
    currency: &'static str,
    /// Whether everybody is shown the same offers.
    shared: bool,
    /// The most seats of one event that its terms give a member.
    per_member: Option<u32>,
    /// Where a person pays.
    #[schema(value_type = Option<String>)]
    order_page: Option<Url>,
    /// How fast it may be asked.
    pace: Pace,
}

/// How fast a host may be asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Pace {
    /// The least time between two looks at one event.
    floor_seconds: f64,
    /// The most requests in a window, where there is such a limit.
    requests: Option<u32>,
    /// The length of the window.
    window_seconds: Option<f64>,
    /// Of those requests, how many are kept for holds.
    reserve: Option<u32>,
}

/// What is left of a host's budget.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Budget {
    /// The host, with its port where it has an unusual one.
    host: String,
    /// Requests that may be sent now, where there is a limit.
    left: Option<u32>,
    /// How fast it may be asked.
    pace: Pace,
}

impl Pace {
    fn of(rules: &PaceRules) -> Self {
        Self {
            floor_seconds: rules.floor.as_secs_f64(),
            requests: rules.budget.map(|budget| budget.requests),
            window_seconds: rules.budget.map(|budget| budget.window.as_secs_f64()),
            reserve: rules.budget.map(|budget| budget.reserve),
        }
    }
}

impl From<SellerView> for Seller {
    fn from(seller: SellerView) -> Self {
        Self {
            id: seller.id.to_string(),
            name: seller.name,
            origin: seller.origin,
            is_template: seller.is_template,
            time_zone: seller.time_zone.iana_name().map(str::to_owned),
            currency: seller.currency.code(),
            shared: seller.is_shared,
            per_member: seller.per_member,
            order_page: seller.order_page,
            pace: Pace::of(&seller.pace),
        }
    }
}

/// Every seller that is known, by name.
#[utoipa::path(get, path = "/api/v1/sellers", operation_id = "listSellers", tag = "sellers", responses(
    (status = 200, description = "All of them.", body = Vec<Seller>),
    (status = 304, description = "Nothing has changed.")))]
pub(super) async fn list(State(api): State<Api>, headers: HeaderMap) -> Response {
    let sellers: Vec<Seller> = api.supervisor.sellers().into_iter().map(Seller::from).collect();
    tagged(&headers, &sellers)
}

/// One seller.
#[utoipa::path(get, path = "/api/v1/sellers/{seller}", operation_id = "getSeller", tag = "sellers",
    params(("seller" = String, Path, description = "Its name for programs.")), responses(
    (status = 200, description = "The seller.", body = Seller),
    (status = 304, description = "Nothing has changed."),
    (status = 404, description = "There is none.", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<SellerId>,
) -> Result<Response, Problem> {
    let seller = api.supervisor.seller(&id);
    let seller = seller.ok_or_else(|| Problem::not_found("no definition has that id"))?;
    Ok(tagged(&headers, &Seller::from(seller)))
}

/// What is left of each host's budget, for hosts that were asked in this run.
#[utoipa::path(get, path = "/api/v1/budgets", operation_id = "listBudgets", tag = "sellers", responses(
    (status = 200, description = "By host.", body = Vec<Budget>)))]
pub(super) async fn budgets(State(api): State<Api>) -> Json<Vec<Budget>> {
    let budgets = api.supervisor.budgets().into_iter();
    Json(budgets.map(|(host, left, rules)| Budget { host, left, pace: Pace::of(&rules) }).collect())
}
