//! `publish`: what goes out to a hub byte for byte, and what is told of its answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::{Value, json};

use crate::fixture::{Ended, Sandbox};
use crate::inbox::{Answer, Inbox, status};
use crate::server::{closed_port, serve_nothing};

/// The vectors of the table in the digest: a call of each wire, and its replies.
const CALL: &str = "15802400000070ba6f7c0000010000001600000062726f6164636173742e5075626c6973684173796e630a0c1203666f6f1a0568656c6c6f";
const OK: &str = "15801800000069fd92c60000010000001600000062726f6164636173742e5075626c6973684173796e630801";
const NOT_OK: &str = "1580160000005a8a4d260000010000001600000062726f6164636173742e5075626c6973684173796e63";
const CALL_2_3_0: &str = "158028000000c805b93600000100000012000000776562736f636b6574732e5075626c6973680a1412066d656d6f72791a03666f6f220568656c6c6f";
const OK_2_3_0: &str = "158014000000d142448c00000100000012000000776562736f636b6574732e5075626c6973680801";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A frame of Goridge, written here by hand, without the program's own writer.
fn frame(flags: u8, options: &[u32], payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x10 | (3 + options.len() as u8), flags];
    bytes.extend((payload.len() as u32).to_le_bytes());
    bytes.extend(crc32(&bytes).to_le_bytes());
    bytes.extend([0, 0]);
    options.iter().for_each(|option| bytes.extend(option.to_le_bytes()));
    bytes.extend(payload);
    bytes
}

/// CRC-32 of IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// Reads one frame by the lengths in its header, gives it on, and answers in pieces.
fn answer_one(mut stream: impl Read + Write, answer: &[u8]) -> Option<Vec<u8>> {
    let mut got = vec![0; 12];
    stream.read_exact(&mut got).ok()?;
    let header = usize::from(got[0] & 0x0f) * 4;
    let payload = u32::from_le_bytes(got[2..6].try_into().unwrap()) as usize;
    got.resize(header + payload, 0);
    stream.read_exact(&mut got[12..]).ok()?;
    for piece in answer.chunks(7) {
        stream.write_all(piece).ok()?;
        stream.flush().ok()?;
    }
    Some(got)
}

/// A server of Goridge that answers every call with these bytes, and hands on what came.
fn rpc(answer: Vec<u8>) -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let serve = |stream: TcpStream| answer_one(stream, &answer);
        listener.incoming().flatten().filter_map(serve).try_for_each(|got| sender.send(got))
    });
    (address, receiver)
}

fn publish(arguments: &str) -> Ended {
    Sandbox::new().sh(&format!("versia-cli publish {arguments}"))
}

#[test]
fn a_call_of_each_wire_goes_out_byte_for_byte_as_the_vectors_have_it() {
    let (address, got) = rpc(bytes(OK));
    let ended = publish(&format!("roadrunner {address} --topic foo --async hello -v"));
    assert!(ended.code(0).out().starts_with("published to foo: broadcast.PublishAsync, "), "{}", ended.out());
    assert_eq!(got.recv().unwrap(), bytes(CALL));
    assert_eq!(ended.stderr, format!("> {CALL}\n< {OK}\n"));

    let (address, got) = rpc(bytes(OK_2_3_0));
    let ended = Sandbox::new().sh_with(
        &format!("versia-cli publish roadrunner {address} --wire 2.3.0 --topic foo --json -"),
        b"hello",
    );
    let told: Value = serde_json::from_str(ended.code(0).out()).unwrap();
    assert_eq!(got.recv().unwrap(), bytes(CALL_2_3_0));
    assert_eq!((&told["published"], &told["method"]), (&json!(true), &json!("websockets.Publish")));
    assert_eq!(
        (&told["topics"], &told["wire"], &told["codec"]),
        (&json!(["foo"]), &json!("2.3.0"), &json!("protobuf"))
    );
}

#[test]
fn the_json_codec_is_that_of_go() {
    let method = b"broadcast.Publish";
    let reply = frame(0x08, &[1, method.len() as u32], &[&method[..], b"{\"ok\":true}"].concat());
    let (address, got) = rpc(reply);
    publish(&format!("roadrunner {address} --topic foo --topic foo2 --codec json hello")).code(0);
    let body = br#"{"messages":[{"topics":["foo","foo2"],"payload":"aGVsbG8="}]}"#;
    let call = frame(0x08, &[1, method.len() as u32], &[&method[..], body].concat());
    assert_eq!(got.recv().unwrap(), call);
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_published_to_like_any_other() {
    let sandbox = Sandbox::new();
    let listener = std::os::unix::net::UnixListener::bind(sandbox.path().join("rr.sock")).unwrap();
    let server = thread::spawn(move || answer_one(listener.accept().unwrap().0, &bytes(OK)));
    sandbox.sh("versia-cli publish roadrunner unix://rr.sock --topic foo --async hello").code(0);
    assert_eq!(server.join().unwrap(), Some(bytes(CALL)));
    let ended = sandbox.sh("versia-cli publish roadrunner unix://rr.sock --topic foo hello");
    assert!(ended.code(3).stderr.contains("nobody listens at unix://rr.sock (VN102)"), "{}", ended.stderr);
    let ended = sandbox.sh("versia-cli publish roadrunner unix://other.sock --topic foo hello");
    assert!(ended.code(3).stderr.contains("there is no socket unix://other.sock"), "{}", ended.stderr);
}

#[test]
fn a_no_is_told_from_an_error_and_both_are_refusals() {
    let (address, _got) = rpc(bytes(NOT_OK));
    let ended = publish(&format!("roadrunner {address} --topic foo --async hello"));
    assert!(ended.code(1).stderr.contains("the reply says ok = false (VN162)"), "{}", ended.stderr);

    let method = b"broadcast.Publish";
    let text = b"rpc: can't find service broadcast.Publish\x1b[31m";
    let reply = frame(0xc0, &[1, method.len() as u32], &[&method[..], text].concat());
    let (address, _got) = rpc(reply);
    let ended = publish(&format!("roadrunner {address} --topic foo --json hello"));
    let told: Value = serde_json::from_str(ended.code(1).out()).unwrap();
    assert_eq!((&told["published"], told["error"].as_str().unwrap().as_bytes()), (&json!(false), &text[..]));
    assert!(ended.stderr.contains("\\u{1b}[31m") && !ended.stderr.contains('\x1b'), "{}", ended.stderr);
    assert!(ended.stderr.contains("--wire 2.3.0"), "{}", ended.stderr);
}

#[test]
fn what_does_not_answer_in_rpc_is_named() {
    let method = b"broadcast.Publish";
    let named = |sequence: u32, name: &[u8], body: &[u8]| {
        frame(0x80, &[sequence, name.len() as u32], &[name, body].concat())
    };
    let mut damaged = named(1, method, b"\x08\x01");
    damaged[7] ^= 1;
    let mut huge = vec![0x15, 0x80, 0xff, 0xff, 0xff, 0x7f];
    huge.extend(crc32(&huge).to_le_bytes());
    huge.extend([0; 10]);
    for (answer, code, says) in [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "VN163", "the frame has the version 4"),
        (damaged, "VN163", "checksum"),
        (huge, "VN163", "the limit is"),
        (frame(0x80, &[1], b"x"), "VN163", "1 options"),
        (frame(0x80, &[1, 100], b"x"), "VN163", "100 bytes"),
        (named(2, method, b"\x08\x01"), "VN163", "another call: number 2"),
        (named(1, b"websockets.Publish", b"\x08\x01"), "VN163", "\"websockets.Publish\""),
        (named(1, method, b"\x0a\x05"), "VN163", "cannot be read as protobuf"),
        (frame(0x20, &[1, 17], method), "VN163", "gob"),
        (named(1, method, b"\x08\x01")[..20].to_vec(), "VN121", "closed the connection"),
        (Vec::new(), "VN121", "closed the connection"),
    ] {
        let (address, _got) = rpc(answer);
        let ended = publish(&format!("roadrunner {address} --topic foo hello"));
        let said = &ended.code(3).stderr;
        assert!(said.contains(says) && said.contains(code), "{says}: {said}");
    }
}

#[test]
fn a_hub_that_is_not_there_or_says_nothing_is_the_networks_fault() {
    let ended = publish(&format!("roadrunner tcp://127.0.0.1:{} --topic foo hello", closed_port()));
    assert!(ended.code(3).stderr.contains("VN102"), "{}", ended.stderr);
    let ended =
        publish(&format!("roadrunner tcp://127.0.0.1:{} --topic foo hello --timeout 2", serve_nothing()));
    assert!(ended.code(3).stderr.contains("did not answer within 2 s (VN103)"), "{}", ended.stderr);
    let ended = publish(&format!("wsify http://127.0.0.1:{} --channel c hello", closed_port()));
    assert!(ended.code(3).stderr.contains("VN102"), "{}", ended.stderr);
}

#[test]
fn a_content_is_posted_with_the_key_and_the_key_is_never_shown() {
    let inbox = Inbox::start(|_, request| {
        if request.head.contains("?key=hush%2Fhush%20%C3%A9 ") { status(201, "") } else { status(403, "") }
    });
    let sandbox = Sandbox::new();
    sandbox.file("key", "hush/hush é\n");
    let to = |more: &str| format!("versia-cli publish wsify {} --channel ' hello ' {more}", inbox.url());
    let ended = sandbox.sh(&to("--key-file key 'Hello World! from the server'"));
    assert!(ended.code(0).out().starts_with("published to hello: 201 "), "{}", ended.out());
    let received = &inbox.received()[0];
    assert!(received.head.starts_with("POST /broadcast?key="), "{}", received.head);
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.text(), r#"{"channel":"hello","content":"Hello World! from the server"}"#);

    let ended = sandbox.sh_with(&to("--key-file key --json -"), b"{\"a\": [1.50]}\n");
    let told: Value = serde_json::from_str(ended.code(0).out()).unwrap();
    assert_eq!(told["to"], json!(format!("{}/broadcast", inbox.url())));
    assert_eq!((&told["published"], &told["status"]), (&json!(true), &json!(201)));
    assert_eq!(inbox.received()[1].text(), r#"{"channel":"hello","content":{"a": [1.50]}}"#);

    let ended = sandbox.sh(&to("hello"));
    assert!(ended.code(1).stderr.contains("403 Words (VN162)"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--key-file FILE"), "{}", ended.stderr);
    sandbox.file("key", "other-secret");
    let ended = sandbox.sh(&to("--key-file key hello -v --timings"));
    assert!(ended.code(1).stderr.contains("not the hub's broadcasting key"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("other-secret") && !ended.out().contains("other-secret"));
}

#[test]
fn an_answer_that_is_no_yes_is_shown_and_escaped() {
    let inbox = Inbox::start(|_, _| Answer::Status(415, String::new(), "no \x1b[31m".into()));
    let ended = publish(&format!("wsify {}/hub/publish --channel c 1", inbox.url()));
    assert!(ended.code(1).out().contains("no \\u{1b}[31m"), "{}", ended.out());
    assert!(inbox.received()[0].head.starts_with("POST /hub/publish HTTP/1.1"));
}

#[test]
fn wrong_use_publishes_nothing() {
    for (arguments, says) in [
        ("wsify hub.example --channel c x", "cannot publish to"),
        ("wsify 'mqtt://hub.example?key=hush' --channel c x", "cannot publish to \"mqtt://hub.example\""),
        ("wsify http://127.0.0.1:1 --channel ' ' x", "the channel has no name"),
        ("wsify http://127.0.0.1:1 --channel c --key-file - -", "standard input"),
        ("wsify http://127.0.0.1:1 --channel c --key-file /dev/null x", "no key in it"),
        ("roadrunner http://127.0.0.1:6001 --topic foo x", "neither tcp://"),
        ("roadrunner tcp://127.0.0.1:6001 x", "--topic"),
        ("roadrunner tcp://127.0.0.1:1 --topic foo --topic '' x", "a topic has no name"),
        ("roadrunner tcp://127.0.0.1:6001 --topic foo --broker memory x", "--wire 2.3.0"),
        ("roadrunner tcp://127.0.0.1:6001 --topic foo --wire 2.4 x", "[possible values: 2.3.0, 2.3.1]"),
        ("roadrunner tcp://127.0.0.1:6001 --topic foo --codec gob x", "protobuf"),
        ("roadrunner tcp://127.0.0.1:6001 --topic foo -H 'A: b' x", "no headers"),
    ] {
        let ended = publish(arguments);
        assert!(ended.code(2).stderr.contains(says), "{arguments}: {}", ended.stderr);
        assert!(!ended.stderr.contains("hush"), "{}", ended.stderr);
    }
}
