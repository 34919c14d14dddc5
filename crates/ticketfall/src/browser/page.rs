//! One tab that we look at and act in. Dropping it lets go of the tab and leaves it open.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use url::Url;

use super::devtools::Client;
use super::error::{Error, shown};
use super::trouble::Trouble;

const NAVIGATE_WITHIN: Duration = Duration::from_secs(45);
const SCRIPT_WITHIN: Duration = Duration::from_secs(30);
const URL_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A tab of the browser, as a list of tabs shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// The browser's own name for it.
    pub id: String,
    /// Where it is, as the browser writes it.
    pub url: String,
    /// Its title.
    pub title: String,
}

impl Tab {
    /// Browsers list much else among their targets: their own windows first, workers, frames.
    pub(super) fn of_target(target: &Value) -> Option<Self> {
        let text = |field: &str| target[field].as_str().unwrap_or_default().to_owned();
        let is_page = target["type"] == "page";
        is_page.then(|| Self { id: text("targetId"), url: text("url"), title: text("title") })
    }
}

/// A tab that we are attached to.
#[derive(Debug)]
pub struct Page {
    browser: Client,
    client: Client,
    target: String,
    session: String,
    trouble: Trouble,
}

impl Page {
    pub(super) async fn attach(browser: &Client, target: &str, trouble: Trouble) -> Result<Self, Error> {
        const METHOD: &str = "Target.attachToTarget";
        let answer = browser.call(METHOD, json!({"targetId": target, "flatten": true})).await?;
        let session =
            answer["sessionId"].as_str().ok_or(Error::Answer { method: METHOD, part: "sessionId" })?;
        let page = Self {
            browser: browser.clone(),
            client: browser.for_session(session),
            target: target.to_owned(),
            session: session.to_owned(),
            trouble,
        };
        page.client.call("Page.enable", json!({})).await?;
        Ok(page)
    }

    /// Goes to `url`, and waits until its first bytes are there; the page may still be loading.
    pub async fn navigate(&self, url: &Url) -> Result<(), Error> {
        self.trouble.forget();
        let answer =
            self.client.call_within("Page.navigate", json!({"url": url.as_str()}), NAVIGATE_WITHIN).await?;
        let error = answer["errorText"].as_str().filter(|text| !text.is_empty());
        if let Some(why) = self.trouble.blame(error) {
            return Err(Error::Proxy(why));
        }
        match error {
            Some(why) => Err(Error::Navigate { at: shown(url), why: why.to_owned() }),
            None => Ok(()),
        }
    }

    /// The tab, in front of the others and on its way to `url`.
    pub async fn in_front_at(self, url: &Url) -> Result<Self, Error> {
        self.bring_to_front().await?;
        self.navigate(url).await?;
        Ok(self)
    }

    /// Puts the tab in front of the others.
    pub async fn bring_to_front(&self) -> Result<(), Error> {
        self.client.call("Page.bringToFront", json!({})).await.map(drop)
    }

    /// Where the tab is now; waits while it changes from one page to the next and is nowhere.
    pub async fn url(&self) -> Result<Url, Error> {
        self.wait_until("the tab to say where it is", URL_WITHIN, async || self.url_if_any().await).await
    }

    /// Runs a script and returns its value; a promise is waited for, an exception is an error.
    pub async fn evaluate(&self, expression: &str) -> Result<Value, Error> {
        let params = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true,
        });
        let mut answer = self.client.call_within("Runtime.evaluate", params, SCRIPT_WITHIN).await?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(Error::Script(exception(details))),
            None => Ok(answer.pointer_mut("/result/value").map(Value::take).unwrap_or_default()),
        }
    }

    /// The page as it stands now, scripts' work included.
    pub async fn html(&self) -> Result<String, Error> {
        let html = self.evaluate("document.documentElement?.outerHTML").await?;
        let no_document = Error::Answer { method: "Runtime.evaluate", part: "document" };
        html.as_str().map(str::to_owned).ok_or(no_document)
    }

    /// Where the page is and what stands on it, both of the same moment.
    pub async fn contents(&self) -> Result<(Url, String), Error> {
        let read = self.evaluate("[location.href, document.documentElement?.outerHTML]").await?;
        let no_document = || Error::Answer { method: "Runtime.evaluate", part: "document" };
        let url = read[0].as_str().and_then(|url| Url::parse(url).ok()).ok_or_else(no_document)?;
        read[1].as_str().map(|html| (url, html.to_owned())).ok_or_else(no_document)
    }

    /// The browser's own name for the tab.
    pub fn tab(&self) -> &str {
        &self.target
    }

    /// Waits until the page and what it shows are loaded.
    pub async fn wait_for_load(&self, within: Duration) -> Result<(), Error> {
        let is_loaded = async || {
            let state = self.evaluate("document.readyState").await;
            Ok(during_navigation(state)?.filter(|state| state == "complete").map(drop))
        };
        self.wait_until("the page to load", within, is_loaded).await
    }

    /// Waits until the tab is somewhere that `is_there` accepts, and returns where.
    pub async fn wait_for_url(
        &self,
        is_there: impl Fn(&Url) -> bool,
        within: Duration,
    ) -> Result<Url, Error> {
        let arrived = async || Ok(self.url_if_any().await?.filter(&is_there));
        self.wait_until("the page to go where it is expected", within, arrived).await
    }

    /// Writes `text` into the field that `selector` finds, as a person's typing would leave it.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<(), Error> {
        const SCRIPT: &str = "(field, text) => {
            field.focus();
            const own = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value');
            if (own?.set) own.set.call(field, text); else field.value = text;
            for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));
        }";
        self.act_on(selector, SCRIPT, text).await
    }

    /// Clicks the element that `selector` finds.
    pub async fn click(&self, selector: &str) -> Result<(), Error> {
        const SCRIPT: &str = "element => { element.scrollIntoView({ block: 'center' }); element.click(); }";
        self.act_on(selector, SCRIPT, "").await
    }

    /// The part of the page that the window shows, as PNG.
    pub async fn screenshot(&self) -> Result<Vec<u8>, Error> {
        const METHOD: &str = "Page.captureScreenshot";
        let answer = self.client.call(METHOD, json!({"format": "png"})).await?;
        let image = answer["data"].as_str().and_then(|text| STANDARD.decode(text).ok());
        image.ok_or(Error::Answer { method: METHOD, part: "data" })
    }

    /// Closes the tab.
    pub async fn close(self) -> Result<(), Error> {
        self.browser.call("Target.closeTarget", json!({"targetId": self.target})).await.map(drop)
    }

    async fn url_if_any(&self) -> Result<Option<Url>, Error> {
        const METHOD: &str = "Target.getTargetInfo";
        let answer = self.browser.call(METHOD, json!({"targetId": self.target})).await?;
        let url =
            answer["targetInfo"]["url"].as_str().ok_or(Error::Answer { method: METHOD, part: "url" })?;
        Ok(Url::parse(url).ok())
    }

    async fn act_on(&self, selector: &str, script: &str, text: &str) -> Result<(), Error> {
        let expression = format!(
            "(() => {{ const found = document.querySelector({}); if (!found) return false; ({script})(found, {}); \
             return true; }})()",
            json!(selector),
            json!(text),
        );
        let is_found = self.evaluate(&expression).await? == true;
        if is_found { Ok(()) } else { Err(Error::Element(selector.to_owned())) }
    }

    /// Looks again whenever the browser says that something happened, and now and then anyway.
    async fn wait_until<T>(
        &self,
        what: &str,
        within: Duration,
        look: impl AsyncFn() -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        let mut events = self.client.events();
        let looking = async {
            loop {
                if let Some(found) = look().await? {
                    return Ok(found);
                }
                tokio::select! {
                    event = events.recv() => drop(event),
                    () = sleep(LOOK_EVERY) => {}
                }
            }
        };
        let late = || Error::Timeout { what: what.to_owned(), after: within };
        timeout(within, looking).await.unwrap_or_else(|_| Err(late()))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.browser.tell("Target.detachFromTarget", &json!({"sessionId": self.session}));
    }
}

/// A script that is cut off by the next page says nothing about that page.
fn during_navigation(result: Result<Value, Error>) -> Result<Option<Value>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn exception(details: &Value) -> String {
    let text = details["exception"]["description"].as_str().or_else(|| details["text"].as_str());
    text.and_then(|text| text.lines().next()).unwrap_or("it threw").to_owned()
}

/// The tab to show `url` in: one that is there, else one at its site, else an empty one.
pub(super) fn suitable<'t>(tabs: &'t [Tab], url: &Url) -> Option<&'t Tab> {
    let fits = |tab: &Tab, fit: u8| {
        let at = Url::parse(&tab.url).ok();
        match fit {
            0 => at.as_ref() == Some(url),
            1 => at.is_some_and(|at| at.origin() == url.origin()),
            _ => matches!(&*tab.url, "about:blank" | "chrome://newtab/" | "chrome://new-tab-page/"),
        }
    };
    (0..3).find_map(|fit| tabs.iter().find(|tab| fits(tab, fit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(urls: &[&str]) -> Option<String> {
        let tab = |url: &&str| Tab { id: String::new(), url: (*url).to_owned(), title: String::new() };
        let tabs: Vec<_> = urls.iter().map(tab).collect();
        let url = Url::parse("https://club.example/Checkout/Basket").unwrap();
        suitable(&tabs, &url).map(|tab| tab.url.clone())
    }

    #[test]
    fn the_tab_at_the_page_goes_before_one_at_the_site_before_an_empty_one() {
        let (page, site, empty) =
            ("https://club.example/Checkout/Basket", "https://club.example/match", "about:blank");
        assert_eq!(chosen(&[empty, site, page]).unwrap(), page);
        assert_eq!(chosen(&[empty, site]).unwrap(), site);
        assert_eq!(chosen(&["https://else.example/", empty]).unwrap(), empty);
    }

    #[test]
    fn a_members_other_tabs_are_left_alone() {
        assert_eq!(chosen(&["https://else.example/", "http://club.example/", "chrome://settings/"]), None);
    }

    #[test]
    fn only_pages_are_tabs() {
        let target = |kind: &str| json!({"targetId": "T1", "type": kind, "url": "about:blank", "title": "x"});
        assert_eq!(Tab::of_target(&target("browser_ui")), None);
        assert_eq!(Tab::of_target(&target("page")).unwrap().id, "T1");
    }

    #[test]
    fn an_exception_is_told_in_one_line() {
        let details =
            json!({"exception": {"description": "TypeError: x is no function\n    at <anonymous>"}});
        assert_eq!(exception(&details), "TypeError: x is no function");
        assert_eq!(exception(&json!({"text": "Uncaught"})), "Uncaught");
    }
}
