//! `serve roadrunner`: topics on both wires, the authorizer and origins, and publishing by RPC.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use versia_cli::protocol::roadrunner::{Call, Codec, Frame, Publication, Reply, Wire, write_request};

use crate::fixture::Sandbox;
use crate::hub::{Authorizer, Client};
use crate::server::closed_port;
use crate::serving::Serving;

const JOIN: &str = r#"{"command":"join","broker":"memory","topics":["foo","foo2"],"payload":""}"#;
const LEAVE: &str = r#"{"command":"leave","broker":"memory","topics":["foo","foo2"],"payload":""}"#;
const JOINED: &str = r##"{"topic":"@join","payload":["foo","foo2"]}"##;
const REFUSED: &str = r##"{"topic":"#join","payload":["foo","foo2"]}"##;
const LEFT: &str = r##"{"topic":"@leave","payload":["foo","foo2"]}"##;

/// The vectors of the facts: a call on the later wire and its replies, and a call on the earlier one and its reply.
const PUBLISH_ASYNC: &str = "15802400000070ba6f7c0000010000001600000062726f6164636173742e5075626c6973684173796e630a0c1203666f6f1a0568656c6c6f";
const PUBLISHED_ASYNC: &str =
    "15801800000069fd92c60000010000001600000062726f6164636173742e5075626c6973684173796e630801";
const PUBLISH: &str = "158028000000c805b93600000100000012000000776562736f636b6574732e5075626c6973680a1412066d656d6f72791a03666f6f220568656c6c6f";
const PUBLISHED: &str = "158014000000d142448c00000100000012000000776562736f636b6574732e5075626c6973680801";

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A publisher's connection.
struct Publisher<S>(S);

impl Publisher<TcpStream> {
    fn connect(server: &Serving) -> Self {
        let rpc = server.listening["listening"]["rpc"].as_str().unwrap();
        let stream = TcpStream::connect(rpc.strip_prefix("tcp://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Publisher(stream)
    }
}

impl<S: Read + Write> Publisher<S> {
    /// Sends a call as these bytes, and asserts the bytes of its reply.
    #[track_caller]
    fn exchange(&mut self, call: &str, reply: &str) {
        self.0.write_all(&bytes(call)).unwrap();
        let wanted = bytes(reply);
        let mut got = vec![0; wanted.len()];
        self.0.read_exact(&mut got).unwrap();
        assert_eq!(got, wanted);
    }

    /// Calls a method; the codec of the reply, and its body or the error's text.
    fn call(&mut self, method: &str, codec: Codec, body: &[u8]) -> (Codec, Result<Vec<u8>, String>) {
        self.0.write_all(&Call { sequence: 7, method, codec, body }.write().unwrap()).unwrap();
        let mut got = Vec::new();
        loop {
            if let Some((frame, _)) = Frame::read(&got, 1 << 20).unwrap() {
                let reply = Reply::of(&frame).unwrap();
                assert_eq!((reply.sequence, reply.method), (7, method));
                let text = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
                return (reply.codec, reply.result.map(<[u8]>::to_vec).map_err(text));
            }
            let mut more = [0; 1_024];
            let count = self.0.read(&mut more).unwrap();
            assert!(count > 0, "the connection ended");
            got.extend_from_slice(&more[..count]);
        }
    }
}

/// The bytes of a call that publishes on the later wire.
pub fn publish_call(topic: &str, payload: &str) -> Vec<u8> {
    let body = write_request(Wire::V2_3_1, Codec::Protobuf, &[publication(None, &[topic], payload)]).unwrap();
    let call = Call { sequence: 1, method: "broadcast.Publish", codec: Codec::Protobuf, body: &body };
    call.write().unwrap()
}

fn publication(broker: Option<&str>, topics: &[&str], payload: &str) -> Publication {
    Publication {
        broker: broker.map(str::to_owned),
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
        payload: payload.into(),
    }
}

#[test]
fn topics_are_joined_and_left_and_published_to_on_the_later_wire() {
    let sandbox = Sandbox::new();
    let server = Serving::of("roadrunner", &sandbox, "--rpc tcp://127.0.0.1:0");
    let mut a = Client::open(&server.address, "/ws");
    let mut b = Client::open(&server.address, "/ws");
    a.send(JOIN);
    assert_eq!(a.text(), JOINED);
    // Frames of either kind are commands.
    b.socket.send(Message::binary(Bytes::from_static(JOIN.as_bytes()))).unwrap();
    assert_eq!(b.text(), JOINED);
    a.settle_topics();
    b.settle_topics();
    let mut publisher = Publisher::connect(&server);
    publisher.exchange(PUBLISH_ASYNC, PUBLISHED_ASYNC);
    let hello = r#"{"topic":"foo","payload":"hello"}"#;
    assert_eq!((a.text(), b.text()), (hello.to_owned(), hello.to_owned()));
    // One that joined two of the topics gets two frames; a topic that is named twice, or has no name, counts once or not.
    let body =
        write_request(Wire::V2_3_1, Codec::Protobuf, &[publication(None, &["foo", "", "foo2", "foo"], "é")]);
    assert_eq!(
        publisher.call("broadcast.Publish", Codec::Protobuf, &body.unwrap()),
        (Codec::Protobuf, Ok(vec![8, 1]))
    );
    let both = [r#"{"topic":"foo","payload":"é"}"#, r#"{"topic":"foo2","payload":"é"}"#];
    assert_eq!(a.texts(2), both);
    a.send(LEAVE);
    assert_eq!(a.text(), LEFT);
    a.send(LEAVE);
    assert_eq!(a.text(), LEFT, "leaving again is answered all the same");
    let json = r#"{"messages":[{"topics":["foo"],"payload":"anNvbg=="}]}"#;
    let (codec, result) = publisher.call("broadcast.Publish", Codec::Json, json.as_bytes());
    assert_eq!((codec, result), (Codec::Json, Ok(br#"{"ok":true}"#.to_vec())));
    assert_eq!(b.texts(3)[2], r#"{"topic":"foo","payload":"json"}"#);
    a.send(r#"{"command":"leave","topics":["never"]}"#);
    assert_eq!(
        a.text(),
        r##"{"topic":"@leave","payload":["never"]}"##,
        "nothing was published to one that left"
    );
}

#[test]
fn the_earlier_wire_names_brokers_is_binary_and_bare() {
    let sandbox = Sandbox::new();
    let arguments = "--wire 2.3.0 --broker memory=memory --broker other=memory --rpc unix://rpc.sock";
    let server = Serving::of("roadrunner", &sandbox, arguments);
    let mut a = Client::open(&server.address, "/ws");
    a.send(JOIN);
    assert_eq!(a.read(), Message::binary(JOINED));
    a.send(JOIN.replace("memory", "other"));
    assert_eq!(a.read(), Message::binary(JOINED));
    a.send(JOIN.replace("memory", "unknown"));
    assert_eq!(a.read(), Message::binary(REFUSED));
    a.settle_topics();
    let mut publisher = Publisher(UnixStream::connect(sandbox.path().join("rpc.sock")).unwrap());
    publisher.exchange(PUBLISH, PUBLISHED);
    assert_eq!(a.read(), Message::binary("hello"));
    // Once per topic: the original sends four frames to one that joined both.
    let published = [publication(Some("other"), &["foo", "foo2"], "\u{0}x")];
    let body = write_request(Wire::V2_3_0, Codec::Protobuf, &published).unwrap();
    assert_eq!(publisher.call("websockets.Publish", Codec::Protobuf, &body).1, Ok(vec![8, 1]));
    assert_eq!((a.read(), a.read()), (Message::binary("\u{0}x"), Message::binary("\u{0}x")));
    a.send(LEAVE);
    assert_eq!(a.read(), Message::binary(LEFT), "no third frame");
    let served = server.stop();
    assert!(served.stderr.contains("there is no broker \"unknown\""), "{}", served.stderr);
    assert!(!sandbox.path().join("rpc.sock").exists(), "the socket's file is left behind");
}

#[test]
fn a_broker_that_there_is_not_is_answered_with_no_unless_the_original_is_wanted() {
    for (flag, body) in [("", vec![]), ("--strict-original", vec![8, 1])] {
        let sandbox = Sandbox::new();
        let server =
            Serving::of("roadrunner", &sandbox, &format!("--wire 2.3.0 --rpc tcp://127.0.0.1:0 {flag}"));
        let mut publisher = Publisher::connect(&server);
        let request = [publication(Some("nowhere"), &["foo"], "x")];
        let request = write_request(Wire::V2_3_0, Codec::Protobuf, &request).unwrap();
        assert_eq!(publisher.call("websockets.Publish", Codec::Protobuf, &request).1, Ok(body), "{flag}");
        assert!(server.stop().stderr.contains("there is no broker \"nowhere\""));
    }
}

#[test]
fn what_fails_in_a_call_is_an_error_and_what_is_no_frame_ends_the_connection() {
    let sandbox = Sandbox::new();
    let server = Serving::of("roadrunner", &sandbox, "--rpc tcp://127.0.0.1:0");
    let mut publisher = Publisher::connect(&server);
    for (method, codec, body, says) in [
        ("websockets.Publish", Codec::Protobuf, &b""[..], "can't find method websockets.Publish"),
        ("broadcast.Fly", Codec::Protobuf, b"", "can't find method"),
        ("broadcast.Publish", Codec::Gob, b"", "protobuf and json"),
        ("broadcast.Publish", Codec::Protobuf, b"\x0a\xff", "cannot be read as protobuf"),
        ("broadcast.PublishAsync", Codec::Json, b"{", "cannot be read as json"),
    ] {
        let (got, result) = publisher.call(method, codec, body);
        let text = result.unwrap_err();
        assert!(got == codec && text.contains(says), "{method}: {text}");
    }
    // The connection is good for more.
    publisher.exchange(PUBLISH_ASYNC, PUBLISHED_ASYNC);
    let mut wrong_checksum = bytes(PUBLISH_ASYNC);
    wrong_checksum[6] ^= 1;
    let three_options =
        Frame { flags: 0x80, stream: [0; 2], options: vec![1, 1, 1], payload: b"x" }.write().unwrap();
    for (bytes, says) in [
        (wrong_checksum, "checksum"),
        (three_options, "3 options"),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "version 4"),
    ] {
        let Publisher(mut stream) = Publisher::connect(&server);
        stream.write_all(&bytes).unwrap();
        assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap_or(0), 0, "{says}");
    }
    let stderr = server.stop().stderr;
    for says in ["checksum", "3 options", "version 4"] {
        assert!(stderr.contains(says), "{says}: {stderr}");
    }
}

#[test]
fn calls_of_one_publisher_keep_their_order_however_they_are_cut() {
    let sandbox = Sandbox::new();
    let server = Serving::of("roadrunner", &sandbox, "--quiet --rpc tcp://127.0.0.1:0");
    let mut member = Client::open(&server.address, "/ws");
    member.send(JOIN);
    assert_eq!(member.text(), JOINED);
    member.settle_topics();
    let mut all = Vec::new();
    for number in 0..300_u32 {
        let method = if number % 2 == 0 { "broadcast.Publish" } else { "broadcast.PublishAsync" };
        let request = [publication(None, &["foo"], &number.to_string())];
        let body = write_request(Wire::V2_3_1, Codec::Protobuf, &request).unwrap();
        let call = Call { sequence: number, method, codec: Codec::Protobuf, body: &body };
        all.extend(call.write().unwrap());
    }
    let Publisher(stream) = Publisher::connect(&server);
    let mut reading = stream.try_clone().unwrap();
    let reader = std::thread::spawn(move || {
        let (mut got, mut sequence) = (Vec::new(), 0);
        while sequence < 300 {
            let mut more = [0; 700];
            let count = reading.read(&mut more).unwrap();
            got.extend_from_slice(&more[..count]);
            while let Some((frame, length)) = Frame::read(&got, 1 << 20).unwrap() {
                assert_eq!(Reply::of(&frame).unwrap().sequence, sequence);
                sequence += 1;
                got.drain(..length);
            }
        }
    });
    for piece in all.chunks(37) {
        (&stream).write_all(piece).unwrap();
    }
    let wanted: Vec<_> = (0..300).map(|n| format!(r#"{{"topic":"foo","payload":"{n}"}}"#)).collect();
    assert_eq!(member.texts(300), wanted);
    reader.join().unwrap();
}

#[test]
fn what_cannot_be_read_is_passed_over_and_the_connection_stays() {
    let sandbox = Sandbox::new();
    let server = Serving::of("roadrunner", &sandbox, "");
    let mut a = Client::open(&server.address, "/ws");
    let array = r#"["join","memory",["foo"],""]"#;
    for nonsense in
        [array, "", "{", r#"{"command":"fly"}"#, r#"{"command":"join","topics":["foo"],"payload":"%"}"#]
    {
        a.send(nonsense);
    }
    a.send(r#"{"command":"join","topics":[]}"#);
    assert_eq!(a.text(), r##"{"topic":"@join","payload":[]}"##);
    assert_eq!(server.stop().stderr.matches("passed over").count(), 5);
}

#[test]
fn the_authorizer_s_answer_is_relayed_at_connect_and_refuses_joins() {
    let authorizer = Authorizer::start(|question| {
        let args = &question["args"];
        match question["command"].as_str().unwrap() {
            "connect" if args["query"]["user"][0] == "nobody" => {
                (418, "X-Why: tea\r\nSet-Cookie: a=b\r\n", "short and stout")
            }
            "connect" if args["query"]["user"][0] == "crash" => (502, "", "oh"),
            "join" if args["topics"][0] == "foo" && args["topics"][1] == "foo2" => (403, "", ""),
            _ => (200, "", ""),
        }
    });
    let sandbox = Sandbox::new();
    let server = Serving::of("roadrunner", &sandbox, &format!("--authorizer {}", authorizer.url));
    let refused = Client::ask(&server.address, "/ws?user=nobody", &[]).err().unwrap();
    assert_eq!((refused.status, refused.body.as_str()), (418, "short and stout"));
    assert!(refused.headers.contains(&("x-why".to_owned(), "tea".to_owned())), "{:?}", refused.headers);
    assert_eq!(Client::ask(&server.address, "/ws?user=crash", &[]).err().unwrap().status, 502);
    let mut a = Client::open(&server.address, "/ws?user=a");
    a.send(JOIN);
    assert_eq!(a.text(), REFUSED);
    a.send(r#"{"command":"join","topics":["bar"]}"#);
    assert_eq!(a.text(), r##"{"topic":"@join","payload":["bar"]}"##);
    // Without topics, the question of the connection is asked again.
    a.send(r#"{"command":"join","topics":[]}"#);
    assert_eq!(a.text(), r##"{"topic":"@join","payload":[]}"##);
    let questions = authorizer.questions();
    let commands: Vec<_> = questions[2..].iter().map(|one| one["command"].as_str().unwrap()).collect();
    assert_eq!(commands, ["connect", "join", "join", "connect"]);
    assert_eq!(questions[3]["args"]["topics"], json!(["foo", "foo2"]));
    assert_eq!(questions[3]["args"]["query"], json!({"user": ["a"]}));
    assert_ne!(questions[3]["args"]["headers"]["Sec-Websocket-Key"], Value::Null);

    let nobody = format!("--authorizer http://127.0.0.1:{}/", closed_port());
    let server = Serving::of("roadrunner", &sandbox, &nobody);
    assert_eq!(Client::ask(&server.address, "/ws", &[]).err().unwrap().status, 400);
}

#[test]
fn origins_are_checked_on_the_later_wire_only() {
    let sandbox = Sandbox::new();
    let server = Serving::of("roadrunner", &sandbox, "--allowed-origin 'https://*.Example'");
    let status =
        |headers: &[(&str, &str)]| Client::ask(&server.address, "/ws", headers).err().map(|it| it.status);
    assert_eq!(status(&[("Origin", "https://a.example")]), None);
    assert_eq!(status(&[("Origin", "https://a.example.org")]), Some(403));
    assert_eq!(status(&[]), Some(403));
    let ended = sandbox.sh("versia-cli serve roadrunner --listen 0 --wire 2.3.0 --allowed-origin https://a");
    ended.code(2);
    let ended = sandbox.sh("versia-cli serve roadrunner --listen 0 --broker a=memory --broker b=memory");
    assert!(ended.code(2).stderr.contains("--wire 2.3.0"), "{}", ended.stderr);
}

#[test]
fn a_socket_that_is_left_over_is_replaced_and_a_file_that_is_none_stays() {
    let sandbox = Sandbox::new();
    sandbox.sh("echo precious > file").code(0);
    let ended = sandbox.sh("versia-cli serve roadrunner --listen 0 --for 1s --rpc unix://file");
    assert!(ended.code(2).stderr.contains("cannot listen at unix://file"), "{}", ended.stderr);
    assert_eq!(sandbox.sh("cat file").out(), "precious\n");
    drop(std::os::unix::net::UnixListener::bind(sandbox.path().join("left.sock")).unwrap());
    Serving::of("roadrunner", &sandbox, "--rpc unix://left.sock").stop();
}
