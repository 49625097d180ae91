//! What the hub's protocols share: one port, records, slow subscribers, the end, several nodes over Redis, other
//! implementations as clients.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::fixture::Sandbox;
use crate::hub::{Client, http};
use crate::interop::{runners, wscat};
use crate::redis::RedisServer;
use crate::serving::Serving;

const JSON: &str = "Content-Type: application/json\r\n";

/// Whether a server says that it has all it needs, and what it says.
fn ready(server: &Serving) -> (u16, Value) {
    let (status, body) = http(&server.address, "GET", "/readyz", "", "");
    (status, serde_json::from_str(&body).unwrap())
}

/// A RoadRunner session that has joined a topic.
fn joined(address: &str, target: &str, topic: &str) -> Client {
    let mut client = Client::open(address, target);
    client.send(json!({"command": "join", "topics": [topic]}).to_string());
    assert_eq!(client.text(), format!(r##"{{"topic":"@join","payload":["{topic}"]}}"##));
    client.settle_topics();
    client
}

#[test]
fn protocols_are_served_beside_an_instance_on_one_port() {
    let sandbox = Sandbox::new();
    let server =
        Serving::start(&sandbox, "--with wsify=/chat/ws --with roadrunner=/topics --rpc tcp://127.0.0.1:0");
    assert_eq!(server.listening["listening"]["wsify"], format!("ws://{}/chat/ws", server.address));
    assert_eq!(http(&server.address, "GET", "/.well-known/versia", "", "").0, 200);
    assert_eq!(http(&server.address, "GET", "/nothing", "", "").0, 404);
    assert_eq!(http(&server.address, "GET", "/chat/ws", "", "").0, 426);
    let (status, said) = ready(&server);
    assert_eq!(status, 200);
    let memory = json!({"broker": "memory", "gaps": 0, "ready": true});
    assert_eq!(said, json!({"ready": true, "needs": {"wsify": memory, "roadrunner/memory": memory}}));
    let mut wsify = Client::open(&server.address, "/chat/ws");
    wsify.wsify("join", "c", Value::Null);
    wsify.settle();
    let _topics = joined(&server.address, "/topics", "c");
    assert_eq!(
        http(&server.address, "POST", "/chat/broadcast", JSON, r#"{"channel":"c","content":1}"#).0,
        201
    );
    assert_eq!(wsify.text(), "1");
    let ended = sandbox.sh("versia-cli serve --listen 0 --rpc tcp://127.0.0.1:0");
    assert!(ended.code(2).stderr.contains("--with roadrunner="), "{}", ended.stderr);
    for (arguments, says) in [
        ("--with wsify", "PROTOCOL=PATH"),
        ("--with wsify=/ws --with chat=/ws", "/ws would be that of two things"),
        ("--with chat=/.versia/v0.6/inbox", "is the server's own"),
        (
            "--with chat=/chat --authorizer http://127.0.0.1:1",
            "--authorizer is for a protocol that is not served",
        ),
        ("wsify --path /broadcast", "/broadcast would be that of two things"),
        ("roadrunner --allowed-origin 'https://*.*.example'", "one * at most"),
        ("roadrunner --strict-original", "--strict-original is for --wire 2.3.0"),
    ] {
        let ended = sandbox.sh(&format!("versia-cli serve {arguments} --listen 0 --for 1s"));
        assert!(ended.code(2).stderr.contains(says), "{arguments}: {}", ended.stderr);
    }
}

#[test]
fn every_frame_is_recorded_in_and_out_in_the_order_of_the_session() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "");
    let mut client = Client::open(&server.address, "/ws?token=hush");
    client.wsify("join", "c", Value::Null);
    client.wsify("broadcast", "c", json!({"n": 1}));
    assert_eq!(client.text(), "{\"n\":1}");
    client.socket.send(Message::Ping("p".into())).unwrap();
    assert_eq!(client.read(), Message::Pong("p".into()));
    client.socket.close(None).unwrap();
    while client.socket.read().is_ok() {}
    let opened = server.next();
    assert_eq!((&opened["protocol"], &opened["session"]), (&json!("wsify"), &json!("s1")));
    assert_eq!((&opened["response"]["status"], &opened["direction"]), (&json!(101), &json!("in")));
    assert_eq!(opened["request"]["target"], "/ws?token=(hidden)");
    let frames: Vec<Value> = (0..7).map(|_| server.next()).collect();
    let told: Vec<_> = frames
        .iter()
        .map(|record| {
            assert_eq!((&record["protocol"], &record["session"]), (&json!("wsify"), &json!("s1")));
            assert_eq!(record["transport"], "ws");
            (record["direction"].as_str().unwrap(), record["frame"]["opcode"].as_str().unwrap())
        })
        .collect();
    let wanted = [
        ("in", "text"),
        ("in", "text"),
        ("out", "text"),
        ("in", "ping"),
        ("out", "pong"),
        ("in", "close"),
        ("out", "close"),
    ];
    assert_eq!(told, wanted);
    assert_eq!(frames[2]["frame"]["data"], "{\"n\":1}");
    let numbers: Vec<_> = frames.iter().map(|record| record["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(server.stop().lines.len(), 0);
}

#[test]
fn a_slow_subscriber_is_cut_off_and_nobody_else_is_touched() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "--max-queue 100000");
    let mut slow = Client::joining(&server.address, &["c"]);
    let mut quick = Client::joining(&server.address, &["c"]);
    let mut publisher = Client::open(&server.address, "/ws");
    let content = "x".repeat(10_000);
    let mut sent = 0;
    // Until the system holds no more for it, and its queue neither.
    while !server.has_said("cut off") {
        publisher.wsify("broadcast", "c", json!(content));
        sent += 1;
        assert_eq!(quick.text().len(), content.len() + 2);
        assert!(sent < 100_000, "never cut off");
    }
    publisher.wsify("broadcast", "c", json!("after"));
    assert_eq!(quick.text(), "\"after\"");
    let mut got = 0;
    let (code, reason) = loop {
        match slow.read() {
            Message::Text(text) => {
                assert_eq!(text.len(), content.len() + 2);
                got += 1;
            }
            Message::Close(Some(frame)) => break (u16::from(frame.code), frame.reason.to_string()),
            other => panic!("{other:?}"),
        }
    };
    assert!(got < sent, "{got} of {sent}");
    assert_eq!((code, reason.contains("reads too slowly")), (1013, true), "{reason}");
    assert!(slow.socket.read().is_err());
}

#[test]
fn a_server_that_ends_lets_its_queues_drain_first() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "--quiet");
    let mut member = Client::joining(&server.address, &["c"]);
    let mut publisher = Client::open(&server.address, "/ws");
    let content = "x".repeat(20_000);
    for _ in 0..100 {
        publisher.wsify("broadcast", "c", json!(content));
    }
    publisher.settle();
    server.signal("TERM");
    assert_eq!(publisher.closed().0, 1001);
    assert!(member.texts(100).iter().all(|text| text.len() == content.len() + 2));
    assert_eq!(member.closed().0, 1001);
    let _ = (member.socket.read(), publisher.socket.read());
    assert_eq!(server.wait().code, 0);
}

#[test]
fn nodes_over_one_redis_are_one_whatever_protocol_published() {
    let sandbox = Sandbox::new();
    let redis = RedisServer::start(sandbox.path());
    let broker = format!("--quiet --broker {}", redis.url());
    let one = Serving::of("wsify", &sandbox, &broker);
    let other = Serving::start(
        &sandbox,
        &format!("{broker} --with wsify=/ws --with roadrunner=/topics --rpc tcp://127.0.0.1:0"),
    );
    let mut members = [Client::joining(&one.address, &["c"]), Client::joining(&other.address, &["c"])];
    let mut topics = joined(&other.address, "/topics", "c");
    for number in 0..50 {
        members[0].wsify("broadcast", "c", json!(number));
    }
    let wanted: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    members.iter_mut().for_each(|member| assert_eq!(member.texts(50), wanted));
    let wrapped: Vec<_> = wanted.iter().map(|n| format!("{{\"topic\":\"c\",\"payload\":\"{n}\"}}")).collect();
    assert_eq!(topics.texts(50), wrapped);
    let rpc = other.listening["listening"]["rpc"].as_str().unwrap().strip_prefix("tcp://").unwrap();
    let call = crate::serve_roadrunner::publish_call("c", "\"by rpc\"");
    std::net::TcpStream::connect(rpc).unwrap().write_all(&call).unwrap();
    members.iter_mut().for_each(|member| assert_eq!(member.text(), "\"by rpc\""));
    assert_eq!(topics.text(), r#"{"topic":"c","payload":"\"by rpc\""}"#);
    assert_eq!(
        http(&other.address, "POST", "/broadcast", JSON, r#"{"channel":"c","content":"by post"}"#).0,
        201
    );
    members.iter_mut().for_each(|member| assert_eq!(member.text(), "\"by post\""));
}

#[test]
fn sessions_stay_while_redis_is_away_and_go_on_when_it_is_back() {
    let sandbox = Sandbox::new();
    let redis = RedisServer::start(sandbox.path());
    let broker = format!("--broker {}", redis.url());
    let (one, other) = (Serving::of("wsify", &sandbox, &broker), Serving::of("wsify", &sandbox, &broker));
    let mut member = Client::joining(&one.address, &["c"]);
    let mut publisher = Client::joining(&other.address, &["c"]);
    assert_eq!(
        ready(&one),
        (200, json!({"ready": true, "needs": {"wsify": {"broker": "redis", "gaps": 0, "ready": true}}}))
    );
    redis.kill();
    while ready(&one).0 != 503 || ready(&other).0 != 503 {
        std::thread::yield_now();
    }
    assert_eq!(ready(&one).1["needs"]["wsify"], json!({"broker": "redis", "gaps": 1, "ready": false}));
    assert_eq!(http(&one.address, "POST", "/broadcast", JSON, r#"{"channel":"c"}"#).0, 500);
    // What is joined while it is away is subscribed to when it is back; what is broadcast is lost, and said.
    member.wsify("join", "meanwhile", Value::Null);
    publisher.wsify("broadcast", "c", json!("lost"));
    while !other.has_said("not broadcast") {
        std::thread::yield_now();
    }
    let redis = RedisServer::start(sandbox.path());
    while ready(&one).0 != 200 || ready(&other).0 != 200 {
        std::thread::yield_now();
    }
    member.settle();
    publisher.wsify("broadcast", "meanwhile", json!(1));
    publisher.wsify("broadcast", "c", json!(2));
    assert_eq!((member.texts(2), publisher.text()), (vec!["1".to_owned(), "2".to_owned()], "2".to_owned()));
    assert_eq!(ready(&one).1["needs"]["wsify"], json!({"broker": "redis", "gaps": 1, "ready": true}));
    let (one, other) = (one.stop().stderr, other.stop().stderr);
    assert!(one.contains("is away") && one.contains("VN170") && one.contains("gap 1"), "{one}");
    assert!(other.contains("not broadcast: the broker cannot be reached"), "{other}");
    drop(redis);
}

#[test]
fn a_redis_that_is_not_there_is_an_error_at_the_start() {
    let sandbox = Sandbox::new();
    let ended = sandbox.sh("versia-cli serve wsify --listen 0 --broker redis://:hush@127.0.0.1:1");
    assert!(
        ended.code(3).stderr.contains("error: cannot reach the broker: Redis at 127.0.0.1:1"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("VN170") && !ended.stderr.contains("hush"), "{}", ended.stderr);
    assert!(ended.stderr.contains("does Redis run at the address"), "{}", ended.stderr);
    for broker in
        ["nats://:hush@a", "redis://:hush@a:x", "redis://:a hush@a:x", "redis://:a/hush@a", ":hush@a"]
    {
        let ended = sandbox.sh(&format!("versia-cli serve wsify --listen 0 --broker '{broker}'"));
        assert!(ended.code(2).stderr.contains("memory, redis://"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("hush"), "{}", ended.stderr);
    }
}

#[test]
fn clients_of_other_implementations_join_and_broadcast() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "--quiet");
    let mut watcher = Client::joining(&server.address, &["c"]);
    for (number, runner) in runners("wsify_client").into_iter().enumerate() {
        let ended = sandbox.sh(&format!("{runner} ws://{}/ws c 20 {number}", server.address));
        let wanted: Vec<_> =
            (0..20).map(|n| format!("{{\"from\":{number},\"n\":{n},\"text\":\"é 😀\"}}")).collect();
        assert_eq!(
            ended.code(0).out().lines().collect::<Vec<_>>(),
            [wanted.as_slice(), &["closed 1000".to_owned()]].concat()
        );
        assert_eq!(watcher.texts(20), wanted);
    }
    let commands = r#"-x '{"command":"join","args":{"channel":"c"}}' -x '{"command":"broadcast","args":{"channel":"c","content":"by wscat"}}'"#;
    let line = format!("exec {} --no-color -c ws://{}/ws -w -1 {commands}", wscat(), server.address);
    let mut child = sandbox.shell(&line).stdin(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert_eq!(watcher.text(), "\"by wscat\"");
    assert!(output.any(|line| line.contains("\"by wscat\"")));
    watcher.wsify("broadcast", "c", json!("to wscat"));
    assert!(output.any(|line| line.contains("\"to wscat\"")));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn our_own_commands_publish_to_our_own_servers() {
    let sandbox = Sandbox::new();
    sandbox.sh("(umask 077; echo hush > key; echo other > wrong)").code(0);
    let server = Serving::start(
        &sandbox,
        "--quiet --with wsify=/ws --with roadrunner=/topics --rpc unix://rpc.sock --broadcasting-key-file key",
    );
    let mut member = Client::joining(&server.address, &["c"]);
    let mut topics = joined(&server.address, "/topics", "c");
    let publish = |arguments: &str| sandbox.sh(&format!("versia-cli publish {arguments}"));
    publish(&format!("wsify {} --channel c --key-file key '{{\"n\":1}}'", server.url)).code(0);
    assert_eq!(member.text(), "{\"n\":1}");
    let ended = publish(&format!("wsify {} --channel c --key-file wrong 1", server.url));
    assert!(ended.code(1).stderr.contains("403"), "{}", ended.stderr);
    for (flags, payload) in [("", "one"), ("--codec json", "two"), ("--async", "three")] {
        publish(&format!("roadrunner unix://rpc.sock --topic c {flags} {payload}")).code(0);
        assert_eq!(topics.text(), format!(r#"{{"topic":"c","payload":"{payload}"}}"#));
    }
    publish("roadrunner unix://rpc.sock --topic c --wire 2.3.0 x").code(1);
    sandbox.file("news", "{\"n\":2}\n");
    let sent = format!("versia-cli send news --to ws://{}/ws --protocol wsify --topic c", server.address);
    sandbox.sh(&sent).code(0);
    assert_eq!(member.text(), "{\"n\":2}");
}
