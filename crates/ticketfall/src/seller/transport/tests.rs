use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;
use crate::session::Proxy;

const PATIENCE: Duration = Duration::from_secs(5);

fn network(proxy: Option<&Proxy>, private: bool) -> Transport {
    Transport::Network(Network::new(&Tls::new().unwrap(), proxy, private).unwrap())
}

fn get_from(url: &str) -> Request {
    Request {
        method: Method::GET,
        url: Url::parse(url).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
    }
}

/// Serves a router on a real socket until the set is dropped.
async fn served(router: Router) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (origin, tasks)
}

async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// So many zeros and a few more, as one deflate block of fixed codes: a zero, then runs that repeat it.
fn zeros_in_gzip(zeros: usize) -> Bytes {
    const RUN: usize = 258;
    let mut bits: Vec<bool> = vec![true, true, false];
    let mut put = |code: &str| bits.extend(code.chars().map(|bit| bit == '1'));
    put("00110000");
    for _ in 0..=(zeros / RUN) {
        put("1100010100000");
    }
    put("0000000");
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    head.into_iter().chain(bits.chunks(8).map(byte)).chain([0; 8]).collect()
}

#[tokio::test]
async fn an_answer_comes_whole_and_redirects_are_not_followed() {
    let moved = (StatusCode::FOUND, [("location", "/gone"), ("set-cookie", "a=1")], "moved");
    let (origin, _tasks) = served(Router::new().route("/here", get(async move || moved))).await;
    let answer = network(None, true).send(get_from(&format!("{origin}/here")), PATIENCE).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::FOUND, &b"moved"[..]));
    assert_eq!(answer.headers["location"], "/gone");
    assert_eq!(answer.headers["set-cookie"], "a=1");
}

#[tokio::test]
async fn a_private_address_is_refused_before_anything_is_sent() {
    let (origin, _tasks) = served(Router::new().fallback(async || "here")).await;
    let by_name = origin.replace("127.0.0.1", "localhost");
    for url in
        [origin.as_str(), by_name.as_str(), "http://[::1]:9/", "http://169.254.169.254/latest/meta-data"]
    {
        let error = network(None, false).send(get_from(url), PATIENCE).await.unwrap_err();
        assert!(matches!(error.failure, Failure::PrivateAddress(_)), "{url}: {error:?}");
        assert_eq!(error.sent, Sent::No);
    }
    let answer = network(None, true).send(get_from(&by_name), PATIENCE).await.unwrap();
    assert_eq!(&answer.body[..], b"here");
}

#[tokio::test]
async fn a_refused_connection_was_surely_not_sent() {
    let url = format!("http://127.0.0.1:{}/", closed_port().await);
    let error = network(None, true).send(get_from(&url), PATIENCE).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Connect(_)), "{error:?}");
    assert_eq!(error.sent, Sent::No);
}

#[tokio::test]
async fn a_failing_proxy_is_told_apart_from_a_failing_seller() {
    let proxy = format!("http://ada:hush@127.0.0.1:{}", closed_port().await).parse().unwrap();
    let error = network(Some(&proxy), false)
        .send(get_from("http://tickets.northend.example/"), PATIENCE)
        .await
        .unwrap_err();
    assert!(matches!(error.failure, Failure::Proxy(_)), "{error:?}");
    assert_eq!(error.sent, Sent::No);
    assert!(!format!("{error:?}").contains("hush"));
}

#[tokio::test]
async fn a_proxy_that_knows_the_member_not_is_a_failing_proxy() {
    let (origin, _tasks) =
        served(Router::new().fallback(async || StatusCode::PROXY_AUTHENTICATION_REQUIRED)).await;
    let proxy = origin.parse().unwrap();
    for url in ["http://tickets.northend.example/", "https://tickets.northend.example/"] {
        let error = network(Some(&proxy), false).send(get_from(url), PATIENCE).await.unwrap_err();
        assert!(matches!(error.failure, Failure::Proxy(_)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_may_have_been_granted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 64];
        assert!(stream.read(&mut asked).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal").await.unwrap();
    });
    let error = network(None, true).send(get_from(&url), PATIENCE).await.unwrap_err();
    assert_eq!(error.sent, Sent::Maybe);
    assert!(matches!(error.failure, Failure::Broken(_)), "{error:?}");
}

#[tokio::test]
async fn a_connection_stays_for_the_next_request_until_its_owner_rests() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let network = network(None, true);
    let seller = async {
        let mut connections = Vec::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut requests, mut asked) = (0, [0; 1024]);
            while stream.read(&mut asked).await.unwrap() > 0 {
                requests += 1;
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
            }
            connections.push(requests);
        }
        connections
    };
    let member = async {
        for requests in [2, 1] {
            for _ in 0..requests {
                network.send(get_from(&url), PATIENCE).await.unwrap();
            }
            network.rest();
        }
    };
    assert_eq!(tokio::join!(seller, member).0, [2, 1]);
}

#[tokio::test]
async fn a_small_answer_that_unpacks_into_a_huge_one_is_cut_off() {
    let bomb = zeros_in_gzip(BODY_MAX + 1000);
    assert!(bomb.len() < BODY_MAX / 100);
    let answer = ([("content-encoding", "gzip")], bomb);
    let (origin, _tasks) = served(Router::new().fallback(async move || answer)).await;
    let error = network(None, true).send(get_from(&origin), PATIENCE).await.unwrap_err();
    assert_eq!(error.failure, Failure::TooLarge(BODY_MAX));
}

#[tokio::test(start_paused = true)]
async fn a_router_that_never_answers_times_out_on_virtual_time() {
    let router = Router::new().fallback(std::future::pending::<()>);
    let error = Transport::InProcess(router).send(get_from("http://x.example/"), PATIENCE).await.unwrap_err();
    assert_eq!(error, TransportError { failure: Failure::Timeout(PATIENCE), sent: Sent::Maybe });
}

#[tokio::test(start_paused = true)]
async fn a_router_gets_the_request_as_it_is() {
    let router = Router::new().fallback(async |asked: http::Request<Body>| {
        format!("{} {} {:?}", asked.method(), asked.uri(), asked.headers()["host"])
    });
    let url = "https://tickets.northend.example:8443/northend?a=b%20c";
    let answer = Transport::InProcess(router).send(get_from(url), PATIENCE).await.unwrap();
    assert_eq!(answer.body, "GET /northend?a=b%20c \"tickets.northend.example:8443\"");
}

#[test]
fn clients_of_members_share_one_tls_configuration() {
    let tls = Tls::new().unwrap();
    for _ in 0..200 {
        Network::new(&tls, None, false).unwrap();
    }
}
