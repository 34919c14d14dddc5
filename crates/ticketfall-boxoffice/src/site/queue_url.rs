//! The addresses between the site and its waiting room, which may be two hosts.

use percent_encoding::{percent_decode_str, utf8_percent_encode};

use super::PREFIX;
use super::ask::Ask;
use crate::queue_room::COMPONENT;
use crate::script::Room;

/// The path that the waiting room's own pages live under.
pub const QUEUE_PREFIX: &str = "/_queue";
/// The parameter that a token travels in.
pub(super) const TOKEN: &str = "queueittoken";

const PAGE_HEADER: &str = "x-queueit-ajaxpageurl";
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The page that a script's request names as its own.
pub(super) fn page_of_script(ask: &Ask) -> Option<String> {
    ask.header(PAGE_HEADER).map(|page| percent_decode_str(page).decode_utf8_lossy().into_owned())
}

/// What was asked for, as an address that another host can lead back to.
pub(super) fn target(ask: &Ask) -> String {
    format!("{}{}", origin(ask.authority()), ask.target_without(TOKEN))
}

/// The waiting room's address at `path` for a client on its way to `target`.
pub(super) fn queue_url(room: &Room, ask: &Ask, path: &str, target: &str) -> String {
    let action = room.event.map_or_else(|| "site".to_owned(), |event| format!("event-{event}"));
    let target = utf8_percent_encode(target, COMPONENT);
    let (host, customer, id) = (queue_origin(room, ask), &room.customer, &room.id);
    format!(
        "{host}{QUEUE_PREFIX}{path}?c={customer}&e={id}&ver=boxoffice-1&cver=1&man={action}&cid=en-GB&l=&t={target}"
    )
}

/// Where the waiting room leads on to: what `t` says where that is the site, else the site's front page.
pub(super) fn way_on(ask: &Ask) -> String {
    let wanted = ask.query.get("t").unwrap_or_default();
    let (authority, path) = match wanted.strip_prefix("http://") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", wanted),
    };
    let own = ask.authority();
    // On this machine one box office has several names; anywhere else is no way of ours.
    let near = authority.is_empty() || own == Some(authority) || LOOPBACK.contains(&parted(authority).0);
    let ours = path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let plain = wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if near && (ours || path == "/") && plain {
        wanted.to_owned()
    } else {
        format!("{}{PREFIX}/", origin(own))
    }
}

fn queue_origin(room: &Room, ask: &Ask) -> String {
    let own = ask.authority();
    match (room.host.as_deref(), own.and_then(|own| parted(own).1)) {
        (None, _) => origin(own),
        (Some(host), Some(port)) if parted(host).1.is_none() => format!("http://{host}:{port}"),
        (Some(host), _) => origin(Some(host)),
    }
}

fn origin(authority: Option<&str>) -> String {
    authority.map(|authority| format!("http://{authority}")).unwrap_or_default()
}

/// Host and port.
fn parted(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(port))
        }
        Some(_) | None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::event::LEAGUE_MATCH;

    fn ask(host: &str, target: &str) -> Ask {
        let request = http::Request::get(target).header("host", host).body(()).unwrap();
        Ask::new(Duration::ZERO, &request.into_parts().0, Bytes::new())
    }

    #[test]
    fn the_queue_is_at_its_own_host_and_the_sites_port() {
        let url = |host: Option<&str>, own: &str| {
            let room = Room { host: host.map(str::to_owned), ..Room::default() };
            queue_url(&room, &ask(own, "/northend/"), "/", "/x").split("/_queue/").next().unwrap().to_owned()
        };
        assert_eq!(url(None, "127.0.0.1:7480"), "http://127.0.0.1:7480");
        assert_eq!(url(Some("localhost"), "127.0.0.1:7480"), "http://localhost:7480");
        assert_eq!(url(Some("localhost"), "[::1]"), "http://localhost");
        assert_eq!(url(Some("queue.example:81"), "127.0.0.1:7480"), "http://queue.example:81");
    }

    #[test]
    fn a_queue_url_has_the_parameters_of_the_wire_in_their_order() {
        let room = Room { event: Some(LEAGUE_MATCH), ..Room::default() };
        let ask = ask("127.0.0.1:7480", "/northend/EDP/Event/Index/4001?position=1&queueittoken=e_x&q=a%20b");
        assert_eq!(
            queue_url(&room, &ask, "/", &target(&ask)),
            "http://127.0.0.1:7480/_queue/?c=northend&e=matchday&ver=boxoffice-1&cver=1&man=event-4001&cid=en-GB&l=\
             &t=http%3A%2F%2F127.0.0.1%3A7480%2Fnorthend%2FEDP%2FEvent%2FIndex%2F4001%3Fposition%3D1%26q%3Da%2520b"
        );
    }

    #[test]
    fn the_way_on_leads_to_the_site_and_nowhere_else() {
        let on = |target: &str| {
            way_on(&ask("localhost:81", &format!("/_queue/?t={}", utf8_percent_encode(target, COMPONENT))))
        };
        for site in [
            "http://127.0.0.1:81/northend/EDP/Event/Index/4001?position=1",
            "http://localhost:81/northend",
            "/northend/Checkout/Basket",
            "http://[::1]/",
        ] {
            assert_eq!(on(site), site);
        }
        for elsewhere in [
            "http://example.com/northend/",
            "https://127.0.0.1/northend/",
            "http://127.0.0.1@example.com/northend/",
            "http://127.0.0.1:81/northend.example.com/",
            "//example.com/northend/",
            "/\\example.com",
            "/northend/\r\nX: 1",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(on(elsewhere), "http://localhost:81/northend/", "{elsewhere}");
        }
    }
}
