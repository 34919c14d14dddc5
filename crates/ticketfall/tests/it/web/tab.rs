//! A tab of a real Chromium that looks at the dashboard, and everything that it complains about.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use ticketfall::browser::{Browser, Client, LocalOptions};
use tokio::task::JoinSet;
use url::Url;

const WITHIN: Duration = Duration::from_secs(20);

/// A browser with one tab.
pub(super) struct Tab {
    client: Client,
    complaints: Arc<Mutex<Vec<String>>>,
    browser: Browser,
    _listening: JoinSet<()>,
    _home: TempDir,
}

impl Tab {
    /// A tab that shows nothing yet.
    pub(super) async fn new() -> Self {
        let home = TempDir::new().unwrap();
        let options = LocalOptions { headless: true, ..LocalOptions::new(home.path()) };
        let browser = Browser::start(&options).await.expect("Chromium starts; scripts/test installs it");
        let written = std::fs::read_to_string(home.path().join("DevToolsActivePort")).unwrap();
        let (port, path) = written.trim().split_once('\n').unwrap();
        let socket = Url::parse(&format!("ws://127.0.0.1:{port}{path}")).unwrap();
        let client = Client::connect(&socket).await.unwrap();
        let made = client.call("Target.createTarget", json!({ "url": "about:blank" })).await.unwrap();
        let attach = json!({ "targetId": made["targetId"], "flatten": true });
        let attached = client.call("Target.attachToTarget", attach).await.unwrap();
        let client = client.for_session(attached["sessionId"].as_str().unwrap());
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let mut listening = JoinSet::new();
        listening.spawn(listen(client.clone(), Arc::clone(&complaints)));
        for domain in ["Page.enable", "Runtime.enable", "Log.enable", "Network.enable"] {
            client.call(domain, json!({})).await.unwrap();
        }
        Self { client, complaints, browser, _listening: listening, _home: home }
    }

    /// Calls a method of the DevTools.
    pub(super) async fn call(&self, method: &'static str, params: Value) -> Value {
        self.client.call_within(method, params, WITHIN).await.unwrap()
    }

    /// Goes somewhere and waits until it is there.
    pub(super) async fn go(&self, url: &str) {
        self.call("Page.navigate", json!({ "url": url })).await;
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'").await;
    }

    /// What an expression is in the page.
    pub(super) async fn eval(&self, expression: &str) -> Value {
        let params = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true,
        });
        let answer = self.client.call_within("Runtime.evaluate", params, WITHIN).await;
        answer.map_or(Value::Null, |answer| answer["result"]["value"].clone())
    }

    /// Waits until an expression is true; says what the page shows when it never is.
    pub(super) async fn until(&self, expression: &str) {
        let patient = async {
            while self.eval(expression).await != true {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(WITHIN, patient).await.is_err() {
            let shown = self.eval("document.body?.innerText").await;
            panic!("{expression} is never true; the page shows {shown:#}");
        }
    }

    /// Waits until the page shows a text.
    pub(super) async fn sees(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", json!(text))).await;
    }

    /// Clicks what a selector finds.
    pub(super) async fn click(&self, selector: &str) {
        self.until(&format!("!!document.querySelector({})", json!(selector))).await;
        self.eval(&format!("document.querySelector({}).click()", json!(selector))).await;
    }

    /// Writes into the field that a selector finds.
    pub(super) async fn write(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.eval(&format!(
            "{{ const field = document.querySelector({selector}); field.focus(); field.value = {text}; }}"
        ))
        .await;
    }

    /// As wide and high as this many pixels, light or dark.
    pub(super) async fn looks(&self, (width, height): (u32, u32), scheme: &str) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.call("Emulation.setEmulatedMedia", features).await;
    }

    /// A part of the page as PNG: so many pixels from the top on, and so many of them.
    pub(super) async fn picture(&self, (width, from, height): (u32, u32, u32)) -> Vec<u8> {
        let clip = json!({ "x": 0, "y": from, "width": width, "height": height, "scale": 1 });
        let params = json!({ "format": "png", "clip": clip, "captureBeyondViewport": true });
        let answer = self.call("Page.captureScreenshot", params).await;
        STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    /// What a selector finds as PNG.
    pub(super) async fn picture_of(&self, selector: &str) -> Vec<u8> {
        let found = format!("document.querySelector({})", json!(selector));
        let place = format!(
            "(({{ top, height }}) => [top + scrollY, height, innerWidth].map(Math.ceil))({found}.getBoundingClientRect())"
        );
        let place = self.eval(&place).await;
        let number = |at: usize| u32::try_from(place[at].as_u64().unwrap()).unwrap();
        self.picture((number(2), number(0), number(1))).await
    }

    /// How high the whole page is.
    pub(super) async fn height(&self) -> u32 {
        let height = self.eval("document.documentElement.scrollHeight").await.as_u64().unwrap();
        u32::try_from(height).unwrap()
    }

    /// Everything that the browser complained about since it was last asked.
    pub(super) fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.complaints.lock().unwrap())
    }

    /// Ends the browser.
    pub(super) async fn close(self) {
        self.browser.close().await;
    }
}

async fn listen(client: Client, complaints: Arc<Mutex<Vec<String>>>) {
    let mut events = client.events();
    while let Ok(event) = events.recv().await {
        let params = &event.params;
        let complaint = match event.method.as_str() {
            "Runtime.exceptionThrown" => {
                Some(params["exceptionDetails"]["exception"]["description"].to_string())
            }
            "Runtime.consoleAPICalled" if params["type"] == "error" => Some(params["args"].to_string()),
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                Some(format!("{} {}", params["entry"]["text"], params["entry"]["url"]))
            }
            _ => None,
        };
        complaints.lock().unwrap().extend(complaint);
    }
}
