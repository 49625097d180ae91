//! Senders that mean harm, against a `serve` with little memory: it stays up, answers others, and says what it cut.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;

use crate::fixture::Sandbox;
use crate::serve::{INBOX, NOTE, delivery, exchange, instance_of_a, now, sandbox, signer};
use crate::serve_sessions::{closed, message, message_at, open, receipt};
use crate::serving::Serving;

/// How much memory the server may reserve, in KiB: stacks of threads and the allocator's own reserve are most of it.
const MEMORY: u32 = 2 << 20;

const GET: &[u8] = b"GET /.well-known/versia HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";

/// A server of b.example with little memory, which knows where a.example is.
fn serve_with_little(sandbox: &Sandbox, a: &Serving, arguments: &str) -> Serving {
    let line =
        format!("--listen 127.0.0.1:0 --as bob --domain b.example --peer a.example={} {arguments}", a.url);
    Serving::run_line(sandbox, &format!("ulimit -v {MEMORY}; exec versia-cli serve --json {line}"))
}

/// Whether others are answered.
#[track_caller]
fn assert_up(serving: &Serving) {
    let answer = exchange(&serving.address, GET).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[track_caller]
fn error_of(record: &Value) -> (&str, &str) {
    let error = &record["error"];
    (error["code"].as_str().unwrap_or_default(), error["message"].as_str().unwrap_or_default())
}

/// Whether a record is of the harm, and not of a request that looked whether the server is up.
fn is_harm(record: &Value) -> bool {
    record["request"]["target"] != "/.well-known/versia"
}

#[test]
fn slow_heads_and_bodies_hold_up_nobody() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_with_little(&sandbox, &a, "");
    let mut slow: Vec<_> = (0..400).map(|_| TcpStream::connect(&b.address).unwrap()).collect();
    let beginnings: [&[u8]; 4] = [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: b\r\nX-A: b\r\n",
        b"POST /.versia/v0.6/inbox HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n{",
    ];
    for (stream, beginning) in slow.iter_mut().zip(beginnings.iter().cycle()) {
        stream.write_all(beginning).unwrap();
    }
    assert_up(&b);
    for stream in slow.iter_mut().skip(2) {
        stream.write_all(b"a").unwrap();
    }
    let answer = exchange(&b.address, &delivery(&signer("a.example"), now(), NOTE)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

#[test]
fn bodies_without_an_end_are_cut_at_the_limit_which_is_said() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_with_little(&sandbox, &a, "--max-body 100000");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
    for (framing, says, status) in [
        ("Transfer-Encoding: chunked", "the body is larger than 100000 bytes", json!(413)),
        ("Content-Length: 9000000000000000000", "the body is larger than 100000 bytes", json!(413)),
        ("Content-Length: 18446744073709551615", "Content-Length is larger than any body", Value::Null),
    ] {
        let mut stream = TcpStream::connect(&b.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(stream, "POST {INBOX} HTTP/1.1\r\nHost: b\r\n{framing}\r\n\r\n").unwrap();
        // Until the server has had enough.
        let mut sent = 0;
        while sent < 10_000 && stream.write_all(chunk.as_bytes()).is_ok() {
            sent += 1;
        }
        assert!(sent < 10_000, "{framing}: it took {sent} pieces");
        let record = b.wait_for(is_harm);
        let (code, why) = error_of(&record);
        assert!(code == "VN271" && why.contains(says), "{framing}: {why}");
        assert_eq!(record["response"]["status"], status);
        assert_up(&b);
    }
}

#[test]
fn lengths_that_are_wrong_and_garbage_behind_a_request_are_told_of() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_with_little(&sandbox, &a, "");
    let mut stream = TcpStream::connect(&b.address).unwrap();
    write!(stream, "POST {INBOX} HTTP/1.1\r\nHost: b\r\nContent-Length: 100\r\n\r\n{{}}").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    let short = b.wait_for(is_harm);
    assert!(error_of(&short).1.starts_with("the body did not come whole"), "{short}");
    for wrong in ["Content-Length: -1", "Content-Length: 1, 2", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"] {
        let request = format!("POST {INBOX} HTTP/1.1\r\nHost: b\r\n{wrong}\r\n\r\n{{}}");
        let _ = exchange(&b.address, request.as_bytes());
        let told = b.wait_for(is_harm);
        assert!(!error_of(&told).1.is_empty(), "{wrong}: {told}");
    }
    let mut garbage = b"GET /one HTTP/1.1\r\nHost: b\r\n\r\n".to_vec();
    garbage.extend((0..5_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()));
    garbage.extend(b"\r\n\r\n");
    let _ = exchange(&b.address, &garbage);
    let first = b.wait_for(|record| record["request"]["target"] == "/one");
    assert_eq!(first["response"]["status"], 404);
    b.wait_for(|record| !record["malformed"].is_null());
    assert_up(&b);
}

#[test]
fn heads_that_are_too_large_are_refused_with_the_limit() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_with_little(&sandbox, &a, "");
    let long = "x".repeat(200_000);
    let many: String = (0..50_000).map(|number| format!("X-{number}: 1\r\n")).collect();
    for head in [format!("GET /{long} HTTP/1.1\r\n"), format!("GET / HTTP/1.1\r\nX: {long}\r\n")]
        .into_iter()
        .chain([format!("GET / HTTP/1.1\r\n{many}")])
    {
        let _ = exchange(&b.address, format!("{head}\r\n").as_bytes());
        let told = b.wait_for(is_harm);
        let (code, why) = error_of(&told);
        assert_eq!(code, "VN271", "{why}");
        assert!(why.contains("64 KiB"), "{why}");
    }
    assert_up(&b);
}

#[test]
fn messages_that_are_too_large_end_their_session_and_compression_is_not_taken() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_with_little(&sandbox, &a, "--max-body 100000");
    // What promises 2^62 bytes, what never ends in pieces, and what is compressed.
    let promising = [&[0x81, 0xff][..], &(1_u64 << 62).to_be_bytes(), &[0; 4]].concat();
    let piece = [&[0x00, 0xfe, 0xff, 0xff, 0, 0, 0, 0][..], &[b'x'; 0xffff]].concat();
    let endless = [&[0x01, 0x80, 0, 0, 0, 0][..], &piece, &piece, &piece].concat();
    for (bytes, code) in [(promising, 1009), (endless, 1009), (vec![0xc1, 0x80, 0, 0, 0, 0], 1002)] {
        let mut socket = open(&b, None, false).unwrap();
        let _ = socket.get_mut().write_all(&bytes);
        assert_eq!(closed(socket.read().unwrap()).0, code);
    }
    let offer = format!(
        "GET {INBOX} HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    );
    let mut stream = TcpStream::connect(&b.address).unwrap();
    stream.write_all(offer.as_bytes()).unwrap();
    let lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let answer = lines.collect::<Vec<_>>().join("\n").to_lowercase();
    assert!(answer.starts_with("http/1.1 101") && !answer.contains("extensions"), "{answer}");
    assert_up(&b);
}

#[test]
fn bombs_and_deep_documents_are_looked_at_within_bounds() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    // Entities are looked at by the documents' rules as well.
    let b = serve_with_little(&sandbox, &a, "");
    let signer = signer("a.example");
    let mut zeros = GzEncoder::new(Vec::new(), Compression::best());
    zeros.write_all(&vec![0; 8 << 20]).unwrap();
    // More than a thousand times as much as the server may reserve.
    let bomb = zeros.finish().unwrap().repeat(1_500);
    let mut request = format!(
        "POST {INBOX} HTTP/1.1\r\nHost: b\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n",
        bomb.len()
    )
    .into_bytes();
    // Signed over something else, so that it is looked for what was signed.
    let signed = signer.sign("POST", INBOX, now(), b"{}");
    for (name, value) in versia_cli::protocol::versia::signature_headers(&signed) {
        request.extend(format!("{name}: {}\r\n", value.as_text().unwrap()).bytes());
    }
    request.extend(b"\r\n");
    request.extend(&bomb);
    let answer = exchange(&b.address, &request).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    assert_eq!(b.wait_for(is_harm)["request"]["verdict"]["signature"], "invalid");
    for deep in ["[".repeat(1_000_000), "{\"type\":".repeat(1_000_000)] {
        for tail in ["", "\"Note\""] {
            let answer = exchange(&b.address, &delivery(&signer, now(), &format!("{deep}{tail}")));
            assert!(answer.as_ref().is_ok_and(|answer| answer.starts_with("HTTP/1.1 202")), "{answer:?}");
            let record = b.wait_for(is_harm);
            assert!(record["request"]["verdict"]["codes"].to_string().contains("VS501"), "no JSON");
        }
    }
    assert_up(&b);
}

#[test]
fn a_replay_is_flagged_over_http_and_in_a_session() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_with_little(&sandbox, &a, "--no-validate --fault 'status=503 for=1 type=Like'");
    let signer = signer("a.example");
    let is_flagged = |record: &Value, part: &str| {
        record[part]["verdict"]["codes"].as_array().unwrap().contains(&json!("VN270"))
    };
    let once = delivery(&signer, now() - 60, NOTE);
    // What was refused may come again as it is.
    let like = delivery(&signer, now() - 60, r#"{"type":"Like"}"#);
    for (bytes, flagged) in [(&once, false), (&once, true), (&like, false), (&like, false), (&like, true)] {
        exchange(&b.address, bytes).unwrap();
        let record = b.next();
        assert_eq!(is_flagged(&record, "request"), flagged, "{record}");
    }
    let mut socket = open(&b, Some(&signer), true).unwrap();
    let follow = message_at(&signer, now() - 60, r#"{"type":"Follow"}"#);
    for flagged in [false, true] {
        socket.send(follow.clone()).unwrap();
        assert_eq!(receipt(&mut socket).1, 202);
        let record = b.wait_for(|record| record["frame"]["opcode"] == "text");
        assert_eq!(is_flagged(&record, "frame"), flagged, "{record}");
    }
    // The same request for something in the same second is no replay.
    let get = signer.sign("GET", INBOX, now(), b"");
    let lines: String = versia_cli::protocol::versia::signature_headers(&get)
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", value.as_text().unwrap()))
        .collect();
    for _ in 0..2 {
        let request = format!("GET {INBOX} HTTP/1.1\r\nHost: b\r\nConnection: close\r\n{lines}\r\n");
        exchange(&b.address, request.as_bytes()).unwrap();
        assert!(!is_flagged(&b.next(), "request"));
    }
}

#[test]
fn a_signer_whose_key_would_be_fetched_from_a_private_address_is_refused_and_nothing_is_asked() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_with_little(&sandbox, &a, "--reject");
    let private = TcpListener::bind("127.0.0.1:0").unwrap();
    private.set_nonblocking(true).unwrap();
    let port = private.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0"]
    {
        for signer_name in [format!("{host}:{port}"), host.to_owned()] {
            let answer = exchange(&b.address, &delivery(&signer(&signer_name), now(), NOTE)).unwrap();
            assert!(answer.starts_with("HTTP/1.1 401"), "{signer_name}: {answer}");
            assert!(answer.contains("VS301"), "{signer_name}: {answer}");
            let record = b.wait_for(is_harm);
            let verdict = &record["request"]["verdict"]["signature"];
            assert!(verdict == "key-unavailable" || verdict == "invalid", "{record}");
        }
    }
    let answer = exchange(&b.address, &delivery(&signer("localhost"), now(), NOTE)).unwrap();
    assert!(answer.contains("127.0.0.1, which is not a public one (VN132)"), "{answer}");
    assert!(private.accept().is_err(), "it was asked for a key");
}

/// A connection to the server from another address of this machine.
fn connect_from(address: [u8; 4], serving: &Serving, runtime: &tokio::runtime::Runtime) -> TcpStream {
    let to = serving.address.parse().unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::from(address), 0).into()).unwrap();
        socket.connect(to).await.unwrap()
    });
    let stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// One address takes all the connections that it can get, and another one is answered.
fn crowd(limits: &str, connections: usize, allowed: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = sandbox();
    let line = "serve --json --listen 127.0.0.1:0 --as bob --domain b.example";
    let b = Serving::run_line(&sandbox, &format!("{limits}; exec versia-cli {line}"));
    let crowd: Vec<_> = (0..connections).map(|_| connect_from([127, 0, 0, 2], &b, &runtime)).collect();
    let mut other = connect_from([127, 0, 0, 3], &b, &runtime);
    other.write_all(GET).unwrap();
    let mut answer = String::new();
    other.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let said =
        format!("127.0.0.2: one address has {allowed} connections, and more than that is not taken (VN271)");
    while !b.has_said(&said) {
        std::thread::yield_now();
    }
    drop(crowd);
    let mut again = connect_from([127, 0, 0, 2], &b, &runtime);
    // Its places are given back as the server sees the ends of the connections.
    while !answers(&mut again) {
        again = connect_from([127, 0, 0, 2], &b, &runtime);
    }
}

fn answers(stream: &mut TcpStream) -> bool {
    let mut answer = String::new();
    let asked = stream.write_all(GET).and_then(|()| stream.read_to_string(&mut answer));
    asked.is_ok() && answer.starts_with("HTTP/1.1 200")
}

#[test]
fn one_address_cannot_take_all_connections() {
    // 128 of them are kept for other files.
    crowd("ulimit -n 256", 200, 64);
}

#[test]
#[ignore = "ten thousand connections"]
fn ten_thousand_connections_from_one_address_leave_room_for_others() {
    crowd("true", 10_000, 8_192);
}

#[test]
fn a_session_whose_receipts_nobody_reads_hurts_no_other() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_with_little(&sandbox, &a, "--no-validate");
    let signer = signer("a.example");
    let mut greedy = open(&b, Some(&signer), true).unwrap();
    greedy.get_mut().set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut sent = 0;
    while sent < 1_000_000 && greedy.send(Message::text("x")).is_ok() {
        sent += 1;
    }
    assert!(sent < 1_000_000, "the server took {sent} messages whose receipts nobody took");
    let mut other = open(&b, Some(&signer), true).unwrap();
    for number in 1..=50 {
        other.send(message(&signer, &format!("{{\"type\":\"Note\",\"n\":{number}}}"))).unwrap();
        assert_eq!(receipt(&mut other), (number, 202, String::new()));
    }
}
