//! Where the looks at an event go, drawn by the hour: on a page whose ten days were lived through in virtual time.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::get;
use http_body_util::BodyExt as _;
use serde_json::Value;
use ticketfall_boxoffice::Script;
use ticketfall_core::configuration::Configuration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::access;
use super::tab::Tab;
use crate::rehearsal::{HOST, Rehearsal, Scene};
use crate::scenarios::{lived_through, secs};

const PAGE: &str = "/events/boxoffice/4001";
const STYLE: &str = "/assets/style.css";
/// When seats fall, on each of the ten days.
const EVENING: [i64; 2] = [21, 22];

/// What a page's bytes are, and what they are of.
type Kept = (&'static str, String, String);

/// The event's page and its style, as they are once the service has learnt where falls are likely.
fn learnt() -> Vec<Kept> {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let story = async |r: &mut Scene| {
        lived_through(&r.store, |_| EVENING.to_vec()).await;
        let wanted = Configuration { speed_limit: "120".parse().unwrap(), ..Configuration::default() };
        r.start("ada", wanted).await;
        r.after(secs(300)).await;
        for path in [PAGE, STYLE] {
            tell.send(asked(r, path).await).unwrap();
        }
    };
    runtime.block_on(Rehearsal::of(Script::default()).run(story));
    drop(tell);
    told.iter().collect()
}

async fn asked(r: &Scene, path: &'static str) -> Kept {
    let router = r.faces().router;
    let request = Request::get(path).header(header::HOST, HOST);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", r.token()));
    let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (path, kind, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Serves what was kept, and nothing else, at the address that it returns.
async fn served(kept: Vec<Kept>) -> (String, JoinSet<()>) {
    let route = |router: Router, (path, kind, text): Kept| {
        router.route(path, get(async move || ([(header::CONTENT_TYPE, kind)], text)))
    };
    let router = kept.into_iter().fold(Router::new(), route);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}{PAGE}", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, serving)
}

/// What is drawn of the card: how tall each hour's bar is, the least and the most that texts differ from what is behind
/// them, and what is cut off.
const DRAWN: &str = r"(() => {
    const card = document.getElementById('looks');
    const box = (one) => one.getBoundingClientRect();
    const bars = [...card.querySelectorAll('rect.bar')].map((one) => Math.round(box(one).height));
    const ticks = [...card.querySelectorAll('text.tick')].map((one) => ({ text: one.textContent, box: box(one) }));
    const overlaps = ticks.filter((one, n) => n > 0 && ticks[n - 1].box.right > one.box.left).length;
    const small = Math.min(...ticks.map((one) => one.box.height));
    const scroll = card.querySelector('.scroll');
    const below = ticks.filter((one) => one.box.bottom > box(scroll).bottom).length;
    const fill = getComputedStyle(card.querySelector('rect.bar')).fill;
    const back = getComputedStyle(card.querySelector('rect.back')).fill;
    return { bars, ticks: ticks.map((one) => one.text), overlaps, small, below, fill, back,
             page: document.scrollingElement.scrollWidth, tip: card.querySelector('title').textContent };
})()";

#[test]
fn where_the_looks_go_is_drawn_by_the_hour_for_every_eye() {
    let kept = learnt();
    Runtime::new().unwrap().block_on(async {
        let (address, _serving) = served(kept).await;
        let tab = Tab::new().await;
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")] {
            tab.looks((width, 900), scheme).await;
            tab.go(&address).await;
            tab.sees("Where falls are likely").await;
            tab.sees("points, 95 times in 100 between").await;
            tab.sees("closest between 21:00–22:59: a look every").await;
            is_readable(&tab.eval(DRAWN).await, width.into());
            if let Some(directory) = super::gallery::given() {
                let picture = tab.picture_of("section:has(#looks)").await;
                std::fs::write(directory.join(format!("looks-{scheme}-{width}.png")), picture).unwrap();
            }
            if let Some(found) = access::violations(&tab).await {
                assert!(found.is_empty(), "{scheme}, {width}: {}", found.join("\n"));
            }
        }
        tab.close().await;
    });
}

fn is_readable(drawn: &Value, width: u64) {
    let bars: Vec<u64> = drawn["bars"].as_array().unwrap().iter().map(|one| one.as_u64().unwrap()).collect();
    assert_eq!((bars.len(), drawn["ticks"][0].as_str()), (24, Some("00")));
    assert!(drawn["page"].as_u64().unwrap() <= width, "wider than {width}: {drawn}");
    let evening = EVENING.map(|hour| bars[usize::try_from(hour).unwrap()]);
    let night = bars[3];
    assert!(night > 0 && evening.iter().all(|high| *high > 2 * night), "{bars:?}");
    assert!(drawn["tip"].as_str().unwrap().starts_with("00:00–00:59: a look every "), "{drawn}");
    assert_eq!((drawn["overlaps"].as_u64(), drawn["below"].as_u64()), (Some(0), Some(0)), "{drawn}");
    assert!(drawn["small"].as_f64().unwrap() >= 11.0, "too small to read: {drawn}");
    assert!(drawn["fill"] != drawn["back"], "{drawn}");
}
