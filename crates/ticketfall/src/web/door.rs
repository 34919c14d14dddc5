//! The pages before the dashboard: for whoever has a link, or none.

use askama::Template;
use axum::response::Html;

#[derive(Template)]
#[template(path = "door.html")]
struct Door<'a> {
    title: &'a str,
    words: &'a str,
    code: Option<&'a str>,
}

/// The page that a one-time link shows.
pub fn enter(code: &str) -> Html<String> {
    draw(&Door {
        title: "Open the dashboard",
        words: "This link works once, in this browser.",
        code: Some(code),
    })
}

/// What a link says that was used, or is too old.
pub fn link_used_up() -> Html<String> {
    let words = "This link was used already, or is too old. `ticketfall dashboard` makes a new one.";
    draw(&Door { title: "That link is used up", words, code: None })
}

/// What a browser sees that came in by no link.
pub fn signed_out() -> Html<String> {
    let words = "Run `ticketfall dashboard` on this machine and open the link that it prints.";
    draw(&Door { title: "Ticketfall runs here", words, code: None })
}

fn draw(door: &Door<'_>) -> Html<String> {
    Html(door.render().expect("a page is drawn into memory"))
}
