//! The client against a scripted browser on an in-memory socket and virtual time.

use futures_util::{SinkExt, StreamExt};
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;

type Far = WebSocketStream<DuplexStream>;

async fn connected() -> (Client, Far) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let near = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    let far = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
    (Client::over(near), far)
}

async fn next_call(far: &mut Far) -> Value {
    loop {
        if let Message::Text(text) = far.next().await.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

async fn say(far: &mut Far, message: Value) {
    far.send(Message::text(message.to_string())).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn answers_reach_their_own_calls_in_any_order() {
    let (client, mut far) = connected().await;
    let browser = async {
        let (first, second) = (next_call(&mut far).await, next_call(&mut far).await);
        say(&mut far, json!({"id": second["id"], "result": {"is": second["method"]}})).await;
        say(&mut far, json!({"id": first["id"], "result": {"is": first["method"]}})).await;
    };
    let (a, b, ()) = tokio::join!(client.call("A.a", json!({})), client.call("B.b", json!({})), browser);
    assert_eq!((&a.unwrap()["is"], &b.unwrap()["is"]), (&json!("A.a"), &json!("B.b")));
}

#[tokio::test(start_paused = true)]
async fn a_call_to_a_target_carries_its_session() {
    let (client, mut far) = connected().await;
    let page = client.for_session("S1");
    page.tell("Page.enable", &json!({}));
    assert_eq!(next_call(&mut far).await["sessionId"], "S1");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_in_the_browsers_words() {
    let (client, mut far) = connected().await;
    let browser = async {
        let call = next_call(&mut far).await;
        say(&mut far, json!({"id": call["id"], "error": {"code": -32601, "message": "no such method"}}))
            .await;
    };
    let (answer, ()) = tokio::join!(client.call("X.x", json!({})), browser);
    assert_eq!(answer.unwrap_err().to_string(), "have the browser carry out X.x: no such method");
}

#[tokio::test(start_paused = true)]
async fn unknown_events_and_broken_messages_fail_nothing() {
    let (client, mut far) = connected().await;
    let mut events = client.events();
    far.send(Message::text("no json")).await.unwrap();
    say(&mut far, json!({"neither": "answer nor event"})).await;
    say(&mut far, json!({"id": 999, "result": {}})).await;
    say(&mut far, json!({"method": "Novel.thing", "params": {"x": [null]}, "sessionId": "S1", "more": 1}))
        .await;
    let event = events.recv().await.unwrap();
    assert_eq!((event.method.as_str(), event.session.as_deref()), ("Novel.thing", Some("S1")));
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_times_out_and_says_what_was_asked() {
    let (client, mut far) = connected().await;
    let answers_pings_only = async { while far.next().await.is_some() {} };
    let error = tokio::select! {
        answer = client.call("Slow.thing", json!({})) => answer.unwrap_err(),
        () = answers_pings_only => unreachable!("the client is still there"),
    };
    assert_eq!(error.to_string(), "wait longer than 15s for the browser's answer to Slow.thing");
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_answers_pings_stays_connected() {
    let (client, mut far) = connected().await;
    let long = Duration::from_mins(10);
    tokio::select! {
        closed = client.closed() => panic!("{closed}"),
        () = async { while far.next().await.is_some() {} } => panic!("the client hung up"),
        () = tokio::time::sleep(long) => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_browser_is_gone_after_two_missed_pongs() {
    let (client, _far) = connected().await;
    assert!(timeout(Duration::from_secs(9), client.closed()).await.is_err());
    let closed = timeout(Duration::from_secs(2), client.closed()).await;
    assert_eq!(closed, Ok(Closed::Silent));
    assert!(matches!(client.call("X.x", json!({})).await, Err(Error::Closed(Closed::Silent))));
}

#[tokio::test(start_paused = true)]
async fn open_and_later_calls_end_with_the_connection() {
    let (client, mut far) = connected().await;
    let browser = async {
        next_call(&mut far).await;
        drop(far);
    };
    let (open, ()) = tokio::join!(client.call("X.x", json!({})), browser);
    assert!(matches!(open, Err(Error::Closed(Closed::Ended))), "{open:?}");
    assert!(matches!(client.call("Y.y", json!({})).await, Err(Error::Closed(Closed::Ended))));
}

#[tokio::test(start_paused = true)]
async fn hanging_up_is_told_apart_from_being_hung_up_on() {
    let (client, mut far) = connected().await;
    assert_eq!(client.close().await, Closed::Asked);
    assert!(matches!(far.next().await, Some(Ok(Message::Ping(_) | Message::Close(_)))));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_client_hangs_up() {
    let (client, mut far) = connected().await;
    let page = client.for_session("S1");
    drop(client);
    page.tell("X.x", &json!({}));
    assert_eq!(next_call(&mut far).await["method"], "X.x");
    drop(page);
    while let Some(Ok(_)) = far.next().await {}
}

#[tokio::test]
async fn a_socket_that_does_not_speak_tls_is_an_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = Url::parse(&format!("wss://{}/devtools", listener.local_addr().unwrap())).unwrap();
    let deaf = async { drop(listener.accept().await.unwrap()) };
    let (result, ()) = tokio::join!(Client::connect(&socket), deaf);
    assert!(matches!(result, Err(Error::Reach { .. })));
}

#[tokio::test]
async fn nobody_listening_is_an_error_without_the_sockets_secret_path() {
    let nowhere = Url::parse("ws://127.0.0.1:1/devtools/browser/hush").unwrap();
    let error = Client::connect(&nowhere).await.unwrap_err().to_string();
    assert!(error.starts_with("reach the browser at ws://127.0.0.1:1: "), "{error}");
    assert!(!error.contains("hush"));
}
