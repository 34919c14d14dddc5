use super::*;

/// A seller that speaks JSON only: its key is in one answer's body, its locks in another's header.
const API: &str = r#"
version = 1
id = "northend"
name = "Northend Hall"
dialect = "mapped"
origin = "https://tickets.northend.example"
time_zone = "Europe/London"
currency = "GBP"
event_urls = ["/show/{event}"]
[pace]
floor = "1s"
[mapped]
program = ".[]"
[page]
key = { pointer = "/session/token" }
[headers.write]
X-Token = "{{ page_key }}"
[hold]
needs = ["page_key"]
[[hold.best_available]]
label = "lock"
method = "POST"
path = "/locks"
form = { area = "{{ area }}", seats = "{{ quantity }}" }
capture_from = { lock = { header = "X-Lock" } }
capture_list = { seats = ["/seats"] }
granted = { list = "seats", area = "area", x = "x", y = "y" }
[[hold.best_available]]
label = "cart"
method = "PUT"
path = "/cart"
json = '{"lock": {{ captured.lock }}}'
[[hold.refused]]
json = { pointer = "/ok", equals = false }
reason_pointer = "/error/message"
[[hold.refused]]
text = ["come back"]
reason = "too many at once"
[requests.basket]
path = "/cart"
[basket]
json = { list = "/cart/seats", event = "/show", area = "/area", seat = "/number", price_minor = "/pence" }
"#;

fn json(text: &str) -> Response {
    Response::builder().header("x-lock", "L-77").body(Body::from(text.to_owned())).unwrap()
}

/// A seller whose lock and cart answer like this.
fn api(lock: &'static str, cart: &'static str) -> (Client, Heard, Arc<Mutex<Vec<String>>>) {
    let (heard, said) = (Heard::default(), Arc::<Mutex<Vec<String>>>::default());
    let (ears, words) = (heard.clone(), said.clone());
    let router = Router::new().fallback(async move |asked: Asked| {
        let (parts, body) = asked.into_parts();
        let body = axum::body::to_bytes(body, 1_000).await.unwrap();
        words.lock().unwrap().push(String::from_utf8(body.to_vec()).unwrap());
        let answer = match parts.uri.path() {
            "/show/4001" => json(r#"{"session":{"token":"t0ken"}}"#),
            "/locks" => json(lock),
            _ => json(cart),
        };
        ears.lock().unwrap().push(parts);
        answer
    });
    (client(API, Transport::InProcess(router)), heard, said)
}

#[tokio::test(start_paused = true)]
async fn keys_locks_and_baskets_may_be_json_and_headers() {
    let cart = r#"{"cart":{"seats":[{"show":4001,"area":"1201","number":7,"pence":7500}]}}"#;
    let (client, heard, said) = api(r#"{"ok":true,"seats":[{"area":"1201","x":7,"y":3}]}"#, cart);
    let HoldOutcome::Granted { seats } = hold(&client).await.outcome else { panic!("no hold") };
    assert_eq!((seats.len(), seats[0].x, seats[0].y), (1, 7, 3));
    assert_eq!(said.lock().unwrap()[1..], ["area=1201&seats=1", r#"{"lock": "L-77"}"#]);
    let headers: Vec<_> = heard.lock().unwrap().iter().map(|parts| parts.headers.clone()).collect();
    assert!(headers[1..].iter().all(|headers| headers["x-token"] == "t0ken"));
    assert_eq!(headers[1]["content-type"], "application/x-www-form-urlencoded");
    let BasketReading::Read(basket) = client.basket().await.outcome else { panic!("no basket") };
    assert_eq!(basket.seats[0].price, Some(Price::new(7_500, Currency::GBP)));
}

#[tokio::test(start_paused = true)]
async fn an_accepted_answer_may_be_a_refusal_with_its_own_reason() {
    let (client, heard, _) = api(r#"{"ok":false,"error":{"message":"Those seats are gone"}}"#, "{}");
    let outcome = hold(&client).await.outcome;
    let reason = "Those seats are gone".to_owned();
    assert_eq!(outcome, HoldOutcome::Refused { status: 200, reason, locked: false });
    assert_eq!(heard.lock().unwrap().len(), 2);
    let (client, ..) =
        api(r#"{"ok":true,"seats":[{"area":"1","x":1,"y":1}]}"#, "<p>Please come back later</p>");
    let outcome = hold(&client).await.outcome;
    let reason = "too many at once".to_owned();
    assert_eq!(outcome, HoldOutcome::Refused { status: 200, reason, locked: true });
}

#[tokio::test(start_paused = true)]
async fn what_a_later_step_needs_and_an_answer_lacks_leaves_a_hold_unknown() {
    let (client, ..) = api(r#"{"ok":true}"#, "{}");
    let HoldOutcome::Unknown { reason } = hold(&client).await.outcome else { panic!() };
    assert_eq!(reason, "hold/lock: the answer has no /seats");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_the_key_is_a_missing_key() {
    let text = API.replace("/session/token", "/session/other");
    let router = Router::new().fallback(async || json(r#"{"session":{"token":"t0ken"}}"#));
    let client = client(&text, Transport::InProcess(router));
    assert!(matches!(client.renew_key(&event()).await.outcome, Err(Reading::KeyMissing { .. })));
}

#[tokio::test(start_paused = true)]
async fn an_api_key_of_digits_alone_is_kept_out_of_the_record() {
    let text = API.replace(
        "path = \"/cart\"\n[basket]",
        "path = \"/cart\"\nquery = { key = \"{{ api_key }}\" }\n[basket]",
    );
    let router = Router::new().fallback(async || json(r#"{"cart":{"seats":[]}}"#));
    let bare = client(&text, Transport::InProcess(router));
    let keyed = Arc::new(bare.definition.with_api_key(Secret::new("123456")));
    let told = Client { definition: keyed, ..bare }.basket().await;
    assert!(matches!(told.outcome, BasketReading::Read(_)), "{:?}", told.outcome);
    assert!(!format!("{:?}", told.exchanges).contains("123456"), "{:?}", told.exchanges);
}
