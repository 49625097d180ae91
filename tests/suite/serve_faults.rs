//! Faults on demand: whom they befall, quotas, slow answers, and what they do to the messages of a session.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::serve::{INBOX, NOTE, delivery, exchange, instance_of_a, now, sandbox, serve_b, signer};
use crate::serve_sessions::{closed, message, open, receipt};
use crate::serving::Serving;

const LIKE: &str = r#"{"type":"Like","author":"alice"}"#;

fn status(answer: &Result<String, String>) -> &str {
    answer.as_ref().unwrap().split(' ').nth(1).unwrap_or_default()
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = answer.lines().take_while(|line| !line.is_empty());
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn a_fault_befalls_a_type_a_sender_and_a_share() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let faults = "--fault 'status=503 type=Like from=a.example' --fault 'status=500 share=50% path=/x'";
    let b = serve_b(&sandbox, &a, faults);
    for (domain, body, expected) in
        [("a.example", NOTE, "202"), ("a.example", LIKE, "503"), ("nobody.invalid", LIKE, "202")]
    {
        let answer = exchange(&b.address, &delivery(&signer(domain), now(), body));
        assert_eq!(status(&answer), expected, "{domain} {body}");
    }
    let get = b"GET /x HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";
    let statuses: Vec<_> = (0..4).map(|_| status(&exchange(&b.address, get)).to_owned()).collect();
    assert_eq!(statuses, ["404", "500", "404", "500"]);
}

#[test]
fn a_quota_is_told_before_it_is_used_up_and_each_sender_has_its_own() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, &format!("--fault 'ratelimit=2/3600s path={INBOX}'"));
    let deliver = |domain: &str| exchange(&b.address, &delivery(&signer(domain), now(), NOTE)).unwrap();
    for (domain, status, remaining) in [
        ("a.example", "202", "1"),
        ("a.example", "202", "0"),
        ("a.example", "429", "0"),
        ("nobody.invalid", "202", "1"),
    ] {
        let answer = deliver(domain);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert_eq!(header(&answer, "Ratelimit-Limit"), Some("2, 2;w=3600"), "{answer}");
        assert_eq!(header(&answer, "Ratelimit-Remaining"), Some(remaining), "{answer}");
        let reset: u64 = header(&answer, "Ratelimit-Reset").unwrap().parse().unwrap();
        assert!((3_500..=3_600).contains(&reset), "{answer}");
        let retry_after = header(&answer, "Retry-After").map(|seconds| seconds.parse::<u64>().unwrap());
        assert_eq!(retry_after, (status == "429").then_some(reset), "{answer}");
    }
}

#[test]
fn a_slow_answer_comes_in_pieces_and_whole() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --fault slow=1s");
    let mut stream = TcpStream::connect(&b.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let started = Instant::now();
    stream.write_all(b"GET /.well-known/versia HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n").unwrap();
    let (mut answer, mut pieces, mut room) = (Vec::new(), 0, [0; 1 << 12]);
    loop {
        let read = stream.read(&mut room).unwrap();
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&room[..read]);
        pieces += 1;
    }
    assert!(answer.ends_with(b"{\"versions\":[\"0.6.0\"]}"));
    assert!(pieces > 1 && started.elapsed() >= Duration::from_secs(1), "{pieces} pieces");
}

#[test]
fn a_redirect_without_an_address_leads_to_the_same_path() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --fault 'redirect for=1'");
    let followed = sandbox.sh(&format!("curl -s -L -w '%{{http_code}}' {}/.well-known/versia", b.url));
    assert!(followed.code(0).out().ends_with("]}200"), "{}", followed.out());
    assert_eq!(b.next()["response"]["status"], 302);
    assert_eq!(b.next()["request"]["target"], "/.well-known/versia?redirected");
}

#[test]
fn a_message_of_a_session_meets_its_fault_in_its_receipt() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let a_signer = signer("a.example");
    let with = |faults: &str| {
        let b = serve_b(&sandbox, &a, faults);
        let mut socket = open(&b, Some(&a_signer), true).unwrap();
        for _ in 0..2 {
            socket.send(message(&a_signer, NOTE)).unwrap();
        }
        (b, socket)
    };
    let (_b, mut socket) = with("--fault 'status=503 retry-after=9 type=Note for=1'");
    let (number, status, detail) = receipt(&mut socket);
    assert_eq!((number, status), (1, 503));
    assert!(detail.contains("try again in 9 s"), "{detail}");
    assert_eq!(receipt(&mut socket).1, 202);

    let (_b, mut socket) = with("--fault 'ratelimit=1/3600s type=*'");
    assert_eq!((receipt(&mut socket).1, receipt(&mut socket).1), (202, 429));

    let (_b, mut socket) = with("--fault 'hang type=Note for=1'");
    assert_eq!(receipt(&mut socket).0, 2);

    let (_b, mut socket) = with("--fault 'garbage type=Note for=1'");
    assert!(serde_json::from_str::<Value>(socket.read().unwrap().to_text().unwrap()).is_err());
    assert_eq!(receipt(&mut socket).1, 202);

    let (b, mut socket) = with("--fault 'drop type=Note'");
    let ended = socket.read();
    assert!(!matches!(ended, Ok(Message::Text(_) | Message::Close(_))), "{ended:?}");
    let dropped = b.wait_for(|record| record["frame"]["opcode"] == "text");
    assert_eq!(dropped["error"]["message"], "it is not answered, as --fault says");
}

#[test]
fn without_receipts_a_message_that_a_fault_refuses_ends_the_session() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let a_signer = signer("a.example");
    let b = serve_b(&sandbox, &a, "--fault 'status=422 type=Note'");
    let mut socket = open(&b, Some(&a_signer), false).unwrap();
    socket.send(message(&a_signer, NOTE)).unwrap();
    let (code, reason) = closed(socket.read().unwrap());
    assert_eq!((code, reason.as_str()), (1008, "message 1: refused, as --fault says"));
}
