//! The sellers that are known: where each is, how fast it may be asked, and what its terms allow.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Web;
use super::frame::{Frame, Here};
use super::page::{Failed, draw};
use super::words;
use crate::monitoring::SellerView;

#[derive(Template)]
#[template(path = "sellers.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    origin: Option<String>,
    pace: String,
    limit: String,
    zone: String,
    sharing: &'static str,
}

/// The sellers.
pub(super) async fn page(State(web): State<Web>) -> Result<Response, Failed> {
    let frame = Frame::new(&web, Here::Sellers, "Sellers").await?;
    let rows = web.supervisor.sellers().into_iter().map(row).collect();
    Ok(draw(&Page { frame, rows }))
}

fn row(seller: SellerView) -> Row {
    let floor = seller.pace.floor;
    let floor = if floor.is_zero() {
        "as often as members ask".to_owned()
    } else {
        format!("a look every {} at most", words::lasted(floor))
    };
    let budget = seller.pace.budget.map(|budget| {
        format!("{} requests in {} for everybody", budget.requests, words::lasted(budget.window))
    });
    let limit = seller.per_member.map(|seats| format!("{} of one event", words::counted(seats, "seat")));
    Row {
        origin: (!seller.is_template).then(|| seller.origin.to_string()),
        pace: [Some(floor), budget].into_iter().flatten().collect::<Vec<_>>().join(", "),
        limit: limit.unwrap_or_else(|| "none posted".to_owned()),
        zone: seller.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        sharing: if seller.is_shared { "one watch for everybody" } else { "a watch for each member" },
        id: seller.id.to_string(),
        name: seller.name,
    }
}
