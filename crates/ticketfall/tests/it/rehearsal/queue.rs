//! What a member without a browser here does by hand: waits in the queue that a notice named, and imports the pass.

use http::header::{COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method};
use ticketfall::notify::Notice;
use ticketfall::seller::Transport;
use ticketfall::seller::transport::Request;
use ticketfall::session::Jar;
use url::Url;

use super::*;

impl Scene {
    /// Waits in the queue that this member was told of last, and imports the session that comes of it.
    pub(crate) async fn wait_in_queue(&self, name: &str) {
        let transport = Transport::InProcess(self.office.router());
        let (mut place, queue) = (Jar::default(), self.queue_of(name));
        let onward = loop {
            match visit(&transport, &mut place, &queue, self.clock).await {
                Some(url) => break url,
                None => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        };
        let mut session = sign_in(&self.office, &self.member(name), &self.wire, self.clock).await;
        let back = visit(&transport, &mut session.jar, &onward, self.clock).await;
        assert!(back.is_some(), "the pass was not taken");
        keep(&session, &self.store, &vault(&self.directory)).await;
    }

    fn queue_of(&self, name: &str) -> Url {
        let heard = self.heard();
        let told = heard.iter().rev().find_map(|dated| {
            let Notice::Person { profile, kind: "queue", ask, .. } = &dated.notice else { return None };
            (*profile == super::profile(name)).then_some(ask)
        });
        let told = told.unwrap_or_else(|| panic!("nobody told {name} of a queue"));
        let url = told.split_once("open ").unwrap().1.split(' ').next().unwrap();
        Url::parse(url).unwrap()
    }
}

/// Opens a page as a browser with these cookies; where it leads on to.
async fn visit(transport: &Transport, jar: &mut Jar, url: &Url, clock: Clock) -> Option<Url> {
    let mut headers = HeaderMap::new();
    headers.extend(jar.header_for(url, clock.now()).map(|cookies| (COOKIE, cookies)));
    let request = Request { method: Method::GET, url: url.clone(), headers, body: Vec::new().into() };
    let answer = transport.send(request, Duration::from_secs(5)).await.unwrap();
    jar.store_response(url, answer.headers.get_all(SET_COOKIE), clock.now());
    let location = answer.headers.get(LOCATION)?;
    Some(url.join(location.to_str().unwrap()).unwrap())
}
