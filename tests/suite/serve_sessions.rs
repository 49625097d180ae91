//! `serve` over WebSocket: the handshake, messages in their order, receipts, refusals, and how a session ends.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::{ClientRequestBuilder, client};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message, WebSocket};
use versia_cli::protocol::versia;
use versia_cli::signing::Signer;

use crate::serve::{INBOX, NOTE, instance_of_a, now, sandbox, serve_b, signer};
use crate::serving::Serving;

pub type Socket = WebSocket<TcpStream>;

/// Opens a session, signed or not; the answer's text when it is refused.
pub fn open(serving: &Serving, signer: Option<&Signer>, receipts: bool) -> Result<Socket, String> {
    let stream = TcpStream::connect(&serving.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut request = ClientRequestBuilder::new(format!("ws://{}{INBOX}", serving.address).parse().unwrap());
    if let Some(signer) = signer {
        let signed = signer.sign("GET", INBOX, now(), b"");
        for (name, value) in versia::signature_headers(&signed) {
            request = request.with_header(name, value.as_text().unwrap());
        }
    }
    if receipts {
        request = request.with_sub_protocol("other").with_sub_protocol(versia::RECEIPTS);
    }
    client(request, stream).map(|(socket, _)| socket).map_err(|error| format!("{error:?}"))
}

pub fn message(signer: &Signer, entity: &str) -> Message {
    message_at(signer, now(), entity)
}

pub fn message_at(signer: &Signer, at: i64, entity: &str) -> Message {
    let signed = signer.sign("POST", INBOX, at, entity.as_bytes());
    Message::text(serde_json::to_string(&versia::Message::new(signed, entity.to_owned())).unwrap())
}

fn read(socket: &mut Socket) -> Message {
    socket.read().unwrap()
}

pub fn receipt(socket: &mut Socket) -> (u64, u64, String) {
    let value: Value = serde_json::from_str(read(socket).to_text().unwrap()).unwrap();
    let number = |name: &str| value[name].as_u64().unwrap();
    (number("receipt"), number("status"), value["detail"].as_str().unwrap_or_default().to_owned())
}

pub fn closed(message: Message) -> (u16, String) {
    match message {
        Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
        other => panic!("{other:?} is no Close"),
    }
}

#[test]
fn messages_are_verified_in_their_order_and_each_gets_a_receipt_before_the_close() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    let a_signer = signer("a.example");
    let mut socket = open(&b, Some(&a_signer), true).unwrap();
    for number in 0..50 {
        socket.write(message(&a_signer, &format!("{{\"type\":\"Note\",\"n\":{number}}}"))).unwrap();
    }
    socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "done".into() })).unwrap();
    for number in 1..=50 {
        assert_eq!(receipt(&mut socket), (number, 202, String::new()));
    }
    assert_eq!(closed(read(&mut socket)), (1000, "done".to_owned()));
    let opened = b.next();
    assert_eq!((&opened["response"]["status"], &opened["session"]), (&json!(101), &json!("s1")));
    assert_eq!(opened["request"]["verdict"]["signature"], "valid");
    for number in 0..50 {
        let record = b.next();
        assert_eq!((&record["transport"], &record["seq"]), (&json!("ws"), &json!(number + 1)));
        assert_eq!(record["frame"]["verdict"]["signature"], "valid", "{record}");
        let data: Value = serde_json::from_str(record["frame"]["data"].as_str().unwrap()).unwrap();
        assert_eq!(data["entity"], format!("{{\"type\":\"Note\",\"n\":{number}}}"));
    }
    assert_eq!(b.next()["frame"]["close"], json!({"code": 1000, "reason": "done"}));
}

#[test]
fn a_handshake_that_is_not_rightly_signed_is_refused_before_the_switch() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let refused = open(&b, None, false).unwrap_err();
    assert!(refused.contains("401"), "{refused}");
    assert!(open(&b, Some(&signer("nobody.invalid")), false).unwrap_err().contains("401"));
    assert!(open(&b, Some(&signer("a.example")), false).is_ok());
    let badging = serve_b(&sandbox, &a, "");
    assert!(open(&badging, None, false).is_ok());
    assert_eq!(badging.next()["request"]["verdict"]["signature"], "missing");
}

#[test]
fn what_is_refused_is_told_in_a_receipt_and_the_session_goes_on() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let a_signer = signer("a.example");
    let mut socket = open(&b, Some(&a_signer), true).unwrap();
    let tampered = message(&a_signer, NOTE).to_text().unwrap().replace("alice", "mallo");
    for sent in [
        Message::text(tampered),
        Message::text("{\"entity\":\"{}\"}"),
        Message::binary(Bytes::from_static(b"\x00")),
        message(&a_signer, "{}"),
        message(&a_signer, NOTE),
    ] {
        socket.send(sent).unwrap();
    }
    let all: Vec<_> = (0..5).map(|_| receipt(&mut socket)).collect();
    let statuses: Vec<_> = all.iter().map(|(_, status, _)| *status).collect();
    assert_eq!(statuses, [401, 422, 422, 422, 202], "{all:?}");
    assert!(all[0].2.contains("VS401") && all[1].2.contains("no `signature`"), "{all:?}");
    assert!(all[2].2.contains("binary") && all[3].2.contains("no type"), "{all:?}");
}

#[test]
fn without_receipts_the_first_message_that_is_refused_ends_the_session() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let a_signer = signer("a.example");
    let mut socket = open(&b, Some(&a_signer), false).unwrap();
    socket.send(message(&a_signer, NOTE)).unwrap();
    socket.send(Message::text("[]")).unwrap();
    let (code, reason) = closed(read(&mut socket));
    assert_eq!(code, 1008);
    assert!(reason.starts_with("message 2: the message is not a JSON object"), "{reason}");
}

#[test]
fn after_a_message_that_ends_the_session_nothing_more_is_taken_and_the_close_is_not_waited_for_long() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let a_signer = signer("a.example");
    let mut socket = open(&b, Some(&a_signer), false).unwrap();
    for message in [Message::text("rubbish"), message(&a_signer, NOTE), message(&a_signer, NOTE)] {
        socket.write(message).unwrap();
    }
    socket.flush().unwrap();
    // The Close is never answered: this client does not read.
    let opened = b.wait_for(|record| record["response"]["status"] == 101);
    assert_eq!(opened["session"], "s1");
    assert_eq!(b.next()["frame"]["data"], "rubbish");
    let mut stream = socket.get_ref();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.read_to_end(&mut Vec::new()).expect("the server ends the connection");
    let served = b.stop();
    assert!(served.lines.iter().all(|record| record["frame"].is_null()), "{:?}", served.lines);
    assert!(
        served.stderr.contains("ended after 1 message: the peer did not answer the Close"),
        "{}",
        served.stderr
    );
}

#[test]
fn a_server_that_ends_closes_its_sessions_with_1001() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob");
    let mut sockets: Vec<_> = (0..3).map(|_| open(&b, None, false).unwrap()).collect();
    (0..3).for_each(|_| drop(b.next()));
    b.signal("TERM");
    for socket in &mut sockets {
        assert_eq!(closed(read(socket)).0, 1001);
        // The library answers the Close at its next read.
        assert!(socket.read().is_err());
    }
    assert_eq!(b.wait().code, 0);
}

#[test]
fn a_peer_that_breaks_the_protocol_is_told_how() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --max-body 1000");
    let frame = |head: &[u8], payload: &[u8]| [head, &[0, 0, 0, 0], payload].concat();
    for (bytes, code) in [
        (vec![0x81, 0x01, b'a'], 1002),
        (frame(&[0x83, 0x80], b""), 1002),
        (frame(&[0xc1, 0x80], b""), 1002),
        (frame(&[0x81, 0x82], b"\xc3\x28"), 1007),
        (frame(&[0x81, 0xfe, 0x10, 0x00], &[b'a'; 4096]), 1009),
    ] {
        let mut socket = open(&b, None, false).unwrap();
        socket.get_mut().write_all(&bytes).unwrap();
        assert_eq!(closed(read(&mut socket)).0, code, "{:?}", &bytes[..3]);
    }
}

#[test]
fn a_session_that_is_cut_off_is_told_of() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob");
    let socket = open(&b, None, false).unwrap();
    b.next();
    socket.get_ref().shutdown(Shutdown::Both).unwrap();
    drop(socket);
    let served = b.stop();
    assert!(
        served.stderr.contains("ended after 0 messages: the connection ended without a Close"),
        "{}",
        served.stderr
    );
}

#[test]
fn a_handshake_may_be_odd_and_is_refused_when_it_is_none() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob");
    let ask = |lines: &str| {
        let mut stream = TcpStream::connect(&b.address).unwrap();
        write!(stream, "GET {INBOX} HTTP/1.1\r\nHost: b\r\n{lines}\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[9..]).into_owned()
    };
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let odd = format!(
        "connection: keep-alive,  UPGRADE\r\nUPGRADE: WebSocket\r\nSEC-websocket-VERSION: 13\r\n{key}"
    );
    assert_eq!(ask(&odd), "101");
    assert_eq!(ask("Connection: close"), "405");
    assert_eq!(
        ask(&format!("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n{key}")),
        "426"
    );
    assert_eq!(ask("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"), "400");
}

#[test]
fn a_client_that_reads_nothing_is_not_read_either_and_memory_stays_bounded() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    let mut socket = open(&b, Some(&signer("a.example")), true).unwrap();
    socket.get_mut().set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    // Each of these is answered with a receipt that is longer than it.
    let mut sent = 0;
    while sent < 1_000_000 && socket.send(Message::text("x")).is_ok() {
        sent += 1;
    }
    assert!(sent < 1_000_000, "the server read {sent} messages whose receipts nobody took");
}
