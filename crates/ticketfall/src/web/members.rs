//! The first page: every member, how the search stands, and what to do next.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::Web;

#[derive(Template)]
#[template(path = "members.html")]
struct Page {
    members: Vec<Member>,
}

struct Member {
    name: String,
    status: String,
}

pub(super) async fn page(State(web): State<Web>) -> Html<String> {
    let members = web.supervisor.statuses().into_iter();
    let members =
        members.map(|(profile, _, view)| Member { name: profile.to_string(), status: view.label }).collect();
    Html(Page { members }.render().expect("a page is drawn into memory"))
}
