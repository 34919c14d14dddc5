//! A browser that knows the site: it keeps cookies and the page key, and sends what a page's script sends.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use ticketfall_boxoffice::{BoxOffice, Fall, LEAGUE_MATCH, PREFIX, Pence, Script, Settings};
use tower::ServiceExt;

/// The league match's exchange feed, as the wire writes it.
pub(crate) const RESALE: &str = "/EDP/Seats/AvailableResale?AreSeatsTogether=false&EventId=4001&MaximumPrice=10000000&MinimumPrice=0&Quantity=1&MarketType=1";
/// The league match's primary feed.
pub(crate) const REGULAR: &str = "/EDP/Seats/AvailableRegular?AreSeatsTogether=false&EventId=4001&MaximumPrice=10000000&MinimumPrice=0&Quantity=1";
pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const BEN: &str = "ben@example.org";

pub(crate) fn open(script: Script) -> BoxOffice {
    BoxOffice::open(Settings { script, ..Settings::default() })
}

/// A box office of the default script where two seats at £75.00 have just fallen.
pub(crate) fn open_with_two_seats() -> BoxOffice {
    let office = open(Script::default());
    office.fall(two_seats()).unwrap();
    office
}

pub(crate) fn two_seats() -> Fall {
    Fall::of(LEAGUE_MATCH).area("East Lower 5").seats(2).price(Pence(7_500))
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// What stands in the page between `before` and `after`.
    pub(crate) fn between(&self, before: &str, after: &str) -> &str {
        self.body
            .split_once(before)
            .and_then(|(_, rest)| rest.split_once(after))
            .map_or("", |(found, _)| found)
    }

    pub(crate) fn token(&self) -> String {
        self.between("name=\"__RequestVerificationToken\" value=\"", "\"").to_owned()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    office: BoxOffice,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) key: String,
}

impl Visitor {
    pub(crate) fn new(office: &BoxOffice) -> Self {
        Self { office: office.clone(), cookies: BTreeMap::new(), key: String::new() }
    }

    /// A member with a session and the page key of the league match.
    pub(crate) async fn signed_in(office: &BoxOffice, email: &str) -> Self {
        let mut visitor = Self::new(office);
        let password = office.members().into_iter().find(|member| member.email == email).unwrap().password;
        let reply = visitor.sign_in(email, &password).await;
        assert_eq!(reply.status, StatusCode::FOUND, "{}", reply.body);
        visitor.read_key(4001).await;
        visitor
    }

    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> Reply {
        let token = self.page("/Authentication/Login").await.token();
        let fields = [("email", email), ("password", password), ("__RequestVerificationToken", &token)];
        self.form("/Authentication/Login", &fields).await
    }

    pub(crate) async fn read_key(&mut self, event: u32) -> Reply {
        let page = self.page(&format!("/EDP/Event/Index/{event}")).await;
        self.key = page.token();
        page
    }

    pub(crate) async fn page(&mut self, path: &str) -> Reply {
        self.send(Request::get(format!("{PREFIX}{path}")), Body::empty()).await
    }

    /// GETs an address of this machine, whatever its host.
    pub(crate) async fn go(&mut self, url: &str) -> Reply {
        let path = url.strip_prefix("http://").map_or(url, |rest| &rest[rest.find('/').unwrap()..]);
        self.send(Request::get(path), Body::empty()).await
    }

    pub(crate) async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let encode = |text: &str| text.replace('@', "%40").replace(' ', "+");
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = Request::post(format!("{PREFIX}{path}"));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(pairs.join("&"))).await
    }

    pub(crate) async fn feed(&mut self, path: &str) -> Reply {
        let request = Request::get(format!("{PREFIX}{path}")).header("X-Requested-With", "XMLHttpRequest");
        self.send(request, Body::empty()).await
    }

    pub(crate) async fn write(&mut self, method: Method, path: &str, body: &Value) -> Reply {
        let request = self.write_request(method, path);
        self.send(request, Body::from(body.to_string())).await
    }

    pub(crate) fn write_request(&self, method: Method, path: &str) -> Builder {
        Request::builder()
            .method(method)
            .uri(format!("{PREFIX}{path}"))
            .header("X-Requested-With", "XMLHttpRequest")
            .header("Content-Type", "application/json")
            .header("RequestVerificationToken", &self.key)
    }

    pub(crate) async fn send(&mut self, request: Builder, body: Body) -> Reply {
        let response = self.send_raw(request, body).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn send_raw(&mut self, request: Builder, body: Body) -> Response {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, pairs.join("; ")).body(body).unwrap();
        let response = self.office.router().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }

    /// POSTs for the best `quantity` seats together on the league match's exchange.
    pub(crate) async fn lock(&mut self, quantity: usize) -> Reply {
        self.write(Method::POST, "/EDP/BestAvailable/ResaleSeats", &lock_body(quantity)).await
    }

    /// PUTs what was locked into the basket, for an adult.
    pub(crate) async fn put(&mut self, locked: &Value) -> Reply {
        let class = self.adult(4001).await;
        let seats = locked["LockedSeats"].as_array().unwrap().iter();
        let seats: Vec<Value> =
            seats.map(|seat| json!({ "Id": seat["Id"], "PriceClassId": class })).collect();
        let body = json!({ "EventId": 4001, "Seats": seats });
        self.write(Method::PUT, "/EDP/BestAvailable/ResaleSeats", &body).await
    }

    /// Locks the best seats and puts them in the basket.
    pub(crate) async fn hold(&mut self, quantity: usize) {
        let locked = self.lock(quantity).await;
        assert_eq!(locked.status, StatusCode::OK, "{}", locked.body);
        assert_eq!(self.put(&locked.json()).await.status, StatusCode::OK);
    }

    /// The id of the class that may buy a seat of every band.
    pub(crate) async fn adult(&mut self, event: u32) -> Value {
        let config = self.feed(&format!("/EDP/Event/Config/{event}")).await.json();
        config["Prices"]["Prices"][0]["PriceType"].clone()
    }
}

pub(crate) fn lock_body(quantity: usize) -> Value {
    json!({
        "EventId": 4001, "Quantity": quantity, "AreSeatsTogether": true, "SeatAttributeIds": [],
        "MinimumPrice": 0, "MaximumPrice": 10_000_000, "IsGeneralAdmissionEnabled": false
    })
}
