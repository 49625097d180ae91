//! The load engine: it counts what it says it counts, and a slow receiver cannot hide.

pub mod receivers;

use std::collections::BTreeMap;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use receivers::{Received, http, websocket};
use versia_cli::bench::{Content, Failure, LoadError, Model, Plan, Stop, Template, Transport, run};
use versia_cli::client::{Dialer, HttpUrl, NetworkOptions};
use versia_cli::protocol::Ambient;
use versia_cli::protocol::versia::{INBOX, Message};
use versia_cli::signing::{Fields, Kind, SecretKey, Signer, Unverified, Verdict, Window, verify};

const AT: i64 = 1_729_243_417;
const AMBIENT: Ambient = Ambient { now_millis: || AT as u64 * 1_000, random: |bytes| bytes.fill(7) };
const BODY: &str = r#"{"type":"Note"}"#;
const SESSION: Transport = Transport::WebSocket { in_flight: 8, receipts: true };

fn plan(address: SocketAddr, transport: Transport, model: Model, stop: Stop) -> Plan {
    Plan {
        url: HttpUrl::parse(&format!("http://{address}{INBOX}")).unwrap(),
        dialer: Arc::new(Dialer::new(NetworkOptions::default())),
        ambient: AMBIENT,
        transport,
        content: Content::Unsigned { entity: Template::fixed(BODY) },
        model,
        warm_up: Duration::ZERO,
        stop,
        connections: 4,
        threads: 1,
        grace: Duration::from_secs(10),
    }
}

fn signed() -> Content {
    Content::Signed {
        entity: Template::fixed(BODY),
        signer: Box::new(Signer::new(SecretKey::from_seed(&[7; 32]), "a.example")),
    }
}

fn is_valid(method: &str, fields: Fields, body: &[u8]) -> bool {
    let message = Unverified { kind: Kind::Request, method, target: INBOX, fields, body };
    let key = SecretKey::from_seed(&[7; 32]).public();
    verify(&message, Some(&key), Window::around(AT)).verdict == Verdict::Valid
}

fn headers_are_valid(method: &str, received: &Received, body: &[u8]) -> bool {
    let field = |name: &str| received.headers[name].to_str().unwrap();
    let fields =
        Fields::once(field("Versia-Signature"), field("Versia-Signed-At"), field("Versia-Signed-By"));
    is_valid(method, fields, body)
}

#[test]
fn the_closed_model_sends_so_many_and_counts_each_status() {
    let (address, seen) = http(async |before| (if before % 4 == 3 { 422 } else { 202 }, true));
    let outcome = run(&plan(address, Transport::Http, Model::Closed, Stop::Count(100))).unwrap();
    assert_eq!((outcome.started, outcome.answered, outcome.failed()), (100, 100, 0));
    assert_eq!(outcome.statuses.values().sum::<u64>(), 100);
    assert_eq!(outcome.statuses.keys().collect::<Vec<_>>(), [&202, &422]);
    assert_eq!(
        outcome.latency.len(),
        outcome.statuses[&202],
        "an answer that is no success has another latency"
    );
    assert_eq!(outcome.failure_latency.len(), outcome.statuses[&422]);
    assert_eq!(seen.count(), 100);
    assert!(seen.received.lock().unwrap().iter().all(|received| received.body == BODY));
    assert_eq!(seen.connections.load(Ordering::SeqCst), 4);
    assert!(seen.most_at_once.load(Ordering::SeqCst) <= 4);
}

#[test]
fn threads_share_the_deliveries_and_the_connections() {
    let (address, seen) = http(async |_| (202, true));
    let shared = Plan { threads: 3, ..plan(address, Transport::Http, Model::Closed, Stop::Count(100)) };
    let outcome = run(&shared).unwrap();
    assert_eq!(outcome.statuses, BTreeMap::from([(202, 100)]));
    assert_eq!((seen.count(), seen.connections.load(Ordering::SeqCst)), (100, 4));
}

#[test]
fn the_closed_model_ends_when_the_time_is_over() {
    let (address, seen) = http(async |_| (202, true));
    let time = Duration::from_millis(100);
    let outcome = run(&plan(address, Transport::Http, Model::Closed, Stop::After(time))).unwrap();
    assert!(outcome.elapsed >= time - Duration::from_millis(50), "{outcome:?}");
    assert_eq!(outcome.answered, outcome.started);
    assert_eq!(outcome.answered, seen.count() as u64);
    assert!(outcome.rate() > 0.0);
}

#[test]
fn the_open_model_keeps_its_rate() {
    let (address, seen) = http(async |_| (202, true));
    let start = Instant::now();
    let steady = Plan {
        threads: 2,
        ..plan(address, Transport::Http, Model::Open { rate: 500.0 }, Stop::After(Duration::from_millis(400)))
    };
    let outcome = run(&steady).unwrap();
    assert_eq!((outcome.started, outcome.answered, seen.count()), (200, 200, 200));
    assert!(start.elapsed() >= Duration::from_millis(398), "the last one is due then");
}

#[test]
fn the_open_model_counts_the_time_in_line_behind_a_slow_receiver() {
    // 100 a second arrive at a receiver that deals with 50: the last of 40 has waited for 40 × 10 ms when it is answered.
    let slow = async |_| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        (202, true)
    };
    let (address, _) = http(slow);
    let open = Plan {
        connections: 1,
        ..plan(address, Transport::Http, Model::Open { rate: 100.0 }, Stop::Count(40))
    };
    let outcome = run(&open).unwrap();
    assert_eq!(outcome.statuses, BTreeMap::from([(202, 40)]));
    assert!(outcome.latency_at(1.0) >= Duration::from_millis(400), "{:?}", outcome.latency_at(1.0));
    assert!(outcome.latency_at(0.5) >= Duration::from_millis(200), "{:?}", outcome.latency_at(0.5));

    let closed = Plan { model: Model::Closed, stop: Stop::Count(10), ..open };
    let quickest = run(&closed).unwrap().latency_at(0.0);
    assert!(quickest >= Duration::from_millis(19), "{quickest:?}");
    assert!(
        quickest < Duration::from_millis(200),
        "the closed model asks only when it has its answer: {quickest:?}"
    );
}

#[test]
fn what_is_never_answered_is_counted_with_the_time_that_it_waited() {
    let silent = async |before| if before < 5 { (202, true) } else { pending().await };
    for (model, started) in [(Model::Open { rate: 100.0 }, 20), (Model::Closed, 9)] {
        let (address, _) = http(silent);
        let stalled = Plan {
            grace: Duration::from_millis(300),
            ..plan(address, Transport::Http, model, Stop::Count(20))
        };
        let outcome = run(&stalled).unwrap();
        assert_eq!((outcome.started, outcome.answered), (started, 5), "{model:?}");
        assert_eq!(outcome.unanswered, started - 5, "{model:?}");
        assert_eq!((outcome.latency.len(), outcome.failure_latency.len()), (5, started - 5), "{model:?}");
        assert!(outcome.failure_latency.max() >= 300_000_000, "{model:?}");
    }
}

#[test]
fn a_connection_that_the_receiver_closes_is_opened_again() {
    let (address, seen) = http(async |before| (202, before % 10 != 9));
    let outcome = run(&plan(address, Transport::Http, Model::Closed, Stop::Count(100))).unwrap();
    assert_eq!((outcome.answered, outcome.failed()), (100, 0), "{:?}", outcome.failures);
    assert!(seen.connections.load(Ordering::SeqCst) > 4);
}

#[test]
fn a_receiver_that_answers_garbage_or_leaves_is_a_failure_of_each_delivery() {
    for (behaviour, failure) in [("HTP/1.1 202\r\n\r\n", Failure::NotAnAnswer), ("", Failure::Closed)] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                use std::io::{Read, Write};
                // The request is read to its end, so that the close is no reset.
                let mut request = Vec::new();
                let mut block = [0; 4096];
                while !request.ends_with(BODY.as_bytes()) {
                    let count = stream.read(&mut block).unwrap();
                    request.extend_from_slice(&block[..count]);
                }
                let _ = stream.write_all(behaviour.as_bytes());
            }
        });
        let one = Plan { connections: 1, ..plan(address, Transport::Http, Model::Closed, Stop::Count(5)) };
        let outcome = run(&one).unwrap();
        assert_eq!((outcome.started, outcome.answered), (5, 0));
        assert_eq!(outcome.failures, BTreeMap::from([(failure, 5)]), "{behaviour:?}");
    }
}

#[test]
fn a_receiver_that_is_not_there_is_an_error_and_not_a_count() {
    let address = SocketAddr::from(([127, 0, 0, 1], crate::server::closed_port()));
    for transport in [Transport::Http, SESSION] {
        let error = run(&plan(address, transport, Model::Closed, Stop::Count(5))).unwrap_err();
        assert!(matches!(error, LoadError::Connect { .. }), "{error:?}");
    }
    let senseless = Plan { threads: 0, ..plan(address, Transport::Http, Model::Closed, Stop::Count(5)) };
    assert!(matches!(run(&senseless), Err(LoadError::Plan(_))));
}

#[test]
fn signed_requests_verify() {
    let (address, seen) = http(async |_| (202, true));
    let signed = Plan { content: signed(), ..plan(address, Transport::Http, Model::Closed, Stop::Count(10)) };
    run(&signed).unwrap();
    let received = seen.received.lock().unwrap();
    assert_eq!(received.len(), 10);
    for request in received.iter() {
        assert_eq!(request.body, BODY);
        assert!(headers_are_valid("POST", request, &request.body));
    }
}

#[test]
fn signed_messages_and_their_handshake_verify() {
    let (address, seen) = websocket(true, |_| Some(202));
    let signed = Plan { content: signed(), ..plan(address, SESSION, Model::Closed, Stop::Count(100)) };
    let outcome = run(&signed).unwrap();
    assert_eq!(outcome.statuses, BTreeMap::from([(202, 100)]));
    assert_eq!(seen.connections.load(Ordering::SeqCst), 4);
    for received in seen.received.lock().unwrap().iter() {
        assert!(headers_are_valid("GET", received, b""));
        let message = Message::read(&received.body).unwrap();
        let fields = Fields::once(&message.signature, &message.signed_at, &message.signed_by);
        assert!(is_valid("POST", fields, message.entity.as_bytes()));
    }
}

#[test]
fn receipts_are_answers_in_either_model() {
    for model in [Model::Closed, Model::Open { rate: 1000.0 }] {
        let (address, seen) = websocket(true, |number| Some(if number % 2 == 0 { 202 } else { 401 }));
        let one = Plan { connections: 1, ..plan(address, SESSION, model, Stop::Count(100)) };
        let outcome = run(&one).unwrap();
        assert_eq!(outcome.statuses, BTreeMap::from([(202, 50), (401, 50)]), "{model:?}");
        assert_eq!((outcome.started, outcome.unconfirmed, seen.count()), (100, 0, 100), "{model:?}");
    }
}

#[test]
fn without_receipts_a_message_counts_when_it_is_written() {
    let (address, seen) = websocket(false, |_| None);
    let transport = Transport::WebSocket { in_flight: 64, receipts: false };
    let outcome = run(&plan(address, transport, Model::Closed, Stop::Count(1000))).unwrap();
    assert_eq!((outcome.started, outcome.unconfirmed, outcome.answered), (1000, 1000, 0));
    assert_eq!(seen.count(), 1000, "the end of the run is after the peer's Close");
}

#[test]
fn a_session_that_the_receiver_closes_fails_what_was_in_flight_and_is_opened_again() {
    let (address, seen) = websocket(true, |number| (number < 10).then_some(202));
    let one = Plan { connections: 1, ..plan(address, SESSION, Model::Closed, Stop::Count(100)) };
    let outcome = run(&one).unwrap();
    assert_eq!(outcome.started, 100);
    assert_eq!(outcome.answered + outcome.failed(), 100, "{outcome:?}");
    // A receiver that leaves with messages unread resets the connection.
    let ended = |failure: &Failure| matches!(failure, Failure::Closed | Failure::Reset);
    assert!(outcome.failures.keys().all(ended), "{:?}", outcome.failures);
    assert!(seen.connections.load(Ordering::SeqCst) > 1);
}

#[test]
fn what_warms_up_is_sent_and_not_counted() {
    for model in [Model::Closed, Model::Open { rate: 200.0 }] {
        let (address, seen) = http(async |_| (202, true));
        let warmed = Plan {
            warm_up: Duration::from_millis(100),
            ..plan(address, Transport::Http, model, Stop::Count(20))
        };
        let outcome = run(&warmed).unwrap();
        assert_eq!((outcome.started, outcome.accepted(), outcome.latency.len()), (20, 20, 20), "{model:?}");
        assert!(seen.count() > 20, "{model:?}");
    }
}

#[test]
fn a_time_out_is_a_failure_of_its_own_over_either_road() {
    let options = NetworkOptions { timeout: Duration::from_millis(200), ..NetworkOptions::default() };
    let dialer = Arc::new(Dialer::new(options));
    let (silent, _) = http(async |_| pending().await);
    // The session is not closed: its receipts come an hour later.
    let (mute, _) = websocket(true, |_| {
        std::thread::sleep(Duration::from_secs(3600));
        None
    });
    for (address, transport) in [(silent, Transport::Http), (mute, SESSION)] {
        let one = plan(address, transport, Model::Closed, Stop::Count(1));
        let outcome = run(&Plan { dialer: Arc::clone(&dialer), connections: 1, ..one }).unwrap();
        assert_eq!(outcome.failures, BTreeMap::from([(Failure::TimedOut, 1)]), "{transport:?}");
        assert_eq!((outcome.latency.len(), outcome.failure_latency.len()), (0, 1));
    }
}
