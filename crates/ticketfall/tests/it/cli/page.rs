//! The service's pages in a real Chromium: `window.api` as the original had it, and the description.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use ticketfall::browser::{Browser, LocalOptions, Page};
use url::Url;

use super::online::Doors;
use super::served::Served;

const PATIENCE: Duration = Duration::from_secs(20);

/// A browser that came in by a link.
async fn inside(served: &Served, home: &TempDir) -> (Browser, Page) {
    let options = LocalOptions { headless: true, ..LocalOptions::new(home.path()) };
    let browser = Browser::start(&options).await.unwrap();
    let link = served.runs("dashboard").stdout;
    let page = browser.open(&link.trim().parse().unwrap()).await.unwrap();
    page.wait_for_load(PATIENCE).await.unwrap();
    let is_inside = |url: &Url| url.path() == "/";
    page.wait_for_url(is_inside, PATIENCE).await.unwrap();
    page.wait_for_load(PATIENCE).await.unwrap();
    (browser, page)
}

/// What a call of `window.api` came to: its answer, or the message that it was rejected with.
async fn call(page: &Page, call: &str) -> Value {
    let script = format!(
        "(async () => {{
            while (!window.api) await new Promise((resume) => setTimeout(resume, 20));
            try {{ return JSON.stringify(await window.api.{call}); }}
            catch (error) {{ return JSON.stringify({{ rejected: error.message, name: error.name }}); }}
        }})()"
    );
    serde_json::from_str(page.evaluate(&script).await.unwrap().as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_originals_calls_work_word_for_word_in_a_page() {
    let (doors, home) = (Doors::open().await, TempDir::new().unwrap());
    let served = Served::start(doors.user());
    let jar = doors.cookies().await;
    let cookies = ticketfall::cookies::write(ticketfall::cookies::Format::DevTools, jar.cookies()).unwrap();
    served.user.write("cookies.json", &cookies);
    assert_eq!(served.runs("profile add ada --browser none --import-cookies cookies.json").code, 0);
    let (browser, page) = inside(&served, &home).await;

    let wish = "{ speedLimit: '1', seatCount: 2, selectedType: 'All', selectedAreas: ['area1'] }";
    let refused = call(&page, &format!("startLookingForTickets('ada', {wish})")).await;
    assert_eq!(refused["name"], "TicketfallError");
    assert!(refused["rejected"].as_str().unwrap().starts_with("event: no event is given"), "{refused}");
    let wish = wish.replace(" }", &format!(", event: '{}' }}", doors.page()));
    let started = call(&page, &format!("startLookingForTickets('ada', {wish})")).await;
    assert_eq!(
        (&started["status"], &started["profile"]),
        (&json!("SearchingTickets"), &json!("ada")),
        "{started}"
    );
    let status = call(&page, "getMonitoringStatus('ada')").await;
    assert_eq!(status["configuration"]["selectedAreas"], json!(["area1"]));
    assert_eq!(call(&page, "stopLookingForTickets('ada')").await["status"], "Stopped");
    for update in ["updateCookies()", "updateCookies('ada')"] {
        let refused = call(&page, update).await;
        assert!(refused["rejected"].as_str().unwrap().contains("cookies.url is not set"), "{refused}");
    }
    browser.close().await;
    served.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_description_is_drawn_under_the_strict_policy() {
    let (doors, home) = (Doors::open().await, TempDir::new().unwrap());
    let served = Served::start(doors.user());
    let (browser, page) = inside(&served, &home).await;
    page.navigate(&format!("http://{}/docs/", served.address).parse().unwrap()).await.unwrap();
    page.wait_for_load(PATIENCE).await.unwrap();
    let drawn = page
        .evaluate(
            "(async () => {
                for (let turn = 0; turn < 400; turn += 1) {
                    const count = document.querySelectorAll('.opblock').length;
                    if (count > 0) return count;
                    await new Promise((resume) => setTimeout(resume, 25));
                }
                return 0;
            })()",
        )
        .await
        .unwrap();
    assert!(drawn.as_u64().unwrap() > 20, "{drawn}");
    browser.close().await;
    served.end();
}
