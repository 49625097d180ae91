//! `send --protocol`: what documents become in other protocols than Versia, and what is told of the answers.

use serde_json::{Value, json};

use crate::fixture::{Ended, Sandbox};
use crate::sessions::{Session, Sessions};

const JOIN: &str = r#"{"command":"join","broker":"memory","topics":["foo","foo2"],"payload":""}"#;
const LEAVE: &str = r#"{"command":"leave","broker":"memory","topics":["foo","foo2"],"payload":""}"#;

fn send(sandbox: &Sandbox, to: &Sessions, arguments: &str) -> Ended {
    sandbox.sh(&format!("versia-cli send --to {} {arguments}", to.url()))
}

fn texts(server: &Sessions) -> Vec<String> {
    server.got().into_iter().map(|got| got.text).collect()
}

fn records(ended: &Ended) -> Vec<Value> {
    ended.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Takes every message, and answers nothing.
fn listen(session: &mut Session) {
    while session.next().is_some() {}
}

#[test]
fn contents_are_broadcast_to_a_channel_of_wsify_and_nobody_says_what_became_of_them() {
    let server = Sessions::start(|session| {
        while session.next().is_some() {
            session.say("\"Hello World! from the server\"");
        }
    });
    let sandbox = Sandbox::new();
    sandbox.file("news", "{\"n\":1}\n{\"n\":2}\n");
    let ended = send(&sandbox, &server, "news --protocol wsify --topic hello");
    assert!(ended.code(0).stderr.starts_with("2 delivered; "), "{}", ended.stderr);
    assert!(ended.stderr.contains("answers: none to 2: wsify has no answer to it"), "{}", ended.stderr);
    let broadcast =
        |n| format!(r#"{{"command":"broadcast","args":{{"channel":"hello","content":{{"n":{n}}}}}}}"#);
    assert_eq!(texts(&server), [broadcast(1), broadcast(2)]);
    let head = &server.heads()[0];
    assert!(head.starts_with("GET /ws HTTP/1.1\r\n"), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(!head.contains("versia-sign") && !head.contains("sec-websocket-protocol"), "{head}");
}

#[test]
fn the_commands_of_the_seed_go_out_as_they_are_written() {
    let server = Sessions::start(listen);
    let sandbox = Sandbox::new();
    let seed = "{\n  \"command\":  \"join\",\n  \"args\": {\n    \"channel\": \"hello\"\n  }\n}";
    sandbox.file("join.json", seed);
    let ended = send(&sandbox, &server, "join.json --protocol wsify");
    assert!(
        ended.code(0).out().starts_with("delivered: wsify has no answer to it, so that"),
        "{}",
        ended.out()
    );
    assert_eq!(texts(&server), [seed]);
    sandbox.file("odd.json", "{\"command\":\"part\"}");
    let ended = send(&sandbox, &server, "odd.json --protocol wsify");
    assert!(ended.code(2).stderr.contains("there is no wsify command \"part\""), "{}", ended.stderr);
    assert_eq!(server.heads().len(), 1, "nobody is connected to for what cannot be sent");
}

/// Joins what does not begin with `#`, and says so on either wire.
fn broker(binary: bool) -> impl Fn(&mut Session) {
    move |session| {
        while let Some(text) = session.next() {
            let command: Value = serde_json::from_str(&text).unwrap();
            let refused = command["topics"][0].as_str().unwrap().starts_with('#');
            let sign = if refused { "#" } else { "@" };
            let topic = format!("{sign}{}", command["command"].as_str().unwrap());
            let answer = json!({"topic": topic, "payload": command["topics"]}).to_string();
            if binary { session.say_bytes(answer.as_bytes()) } else { session.say(&answer) }
        }
    }
}

#[test]
fn joins_are_answered_on_both_wires_of_roadrunner() {
    for (protocol, binary) in [("roadrunner", false), ("roadrunner-2.3.0", true)] {
        let server = Sessions::start(broker(binary));
        let sandbox = Sandbox::new();
        sandbox.file("commands", format!("{JOIN}\n{LEAVE}\n"));
        let ended = send(&sandbox, &server, &format!("commands --protocol {protocol} -v"));
        assert!(ended.code(0).stderr.contains("2 delivered; "), "{}", ended.stderr);
        assert!(ended.stderr.contains("answers: yes × 2\n"), "{}", ended.stderr);
        assert!(ended.out().contains("line 1 of commands: delivered, "), "{}", ended.out());
        assert_eq!(texts(&server), [JOIN, LEAVE]);
    }
}

#[test]
fn a_broker_is_named_for_the_commands_that_name_none() {
    let server = Sessions::start(broker(true));
    let sandbox = Sandbox::new();
    sandbox.file("commands", format!("{{\"command\":\"join\",\"topics\":[\"foo\"]}}\n{JOIN}\n"));
    send(&sandbox, &server, "commands --protocol roadrunner-2.3.0 --broker redis").code(0);
    let named = r#"{"command":"join","broker":"redis","topics":["foo"],"payload":""}"#;
    assert_eq!(texts(&server), [named, JOIN]);
}

#[test]
fn a_join_that_is_refused_is_a_no_unless_it_was_expected() {
    let server = Sessions::start(broker(false));
    let sandbox = Sandbox::new();
    sandbox.file("join.json", r##"{"command":"join","topics":["#secret"]}"##);
    let ended = send(&sandbox, &server, "join.json --protocol roadrunner");
    let out = ended.code(1).out();
    assert!(out.starts_with("refused, ") && out.contains("\nthe server refuses to join #secret\n"), "{out}");
    send(&sandbox, &server, "join.json --protocol roadrunner --expect 422").code(0);
    sandbox.file(
        "three",
        "{\"command\":\"join\",\"topics\":[\"a\"]}\n{\"command\":\"join\",\"topics\":[\"#b\"]}\n{}\n",
    );
    let ended = send(&sandbox, &server, "three --protocol roadrunner");
    assert!(ended.code(2).stderr.contains("1 delivered, 1 refused, 1 unreadable; "), "{}", ended.stderr);
    assert!(ended.stderr.contains("line 3 of three cannot be sent"), "{}", ended.stderr);
    assert!(ended.stderr.contains("explain VN161"), "{}", ended.stderr);
}

/// Answers requests two at a time and the second first, with an event in between that wants to be acknowledged.
fn chat(session: &mut Session) {
    let mut waiting = Vec::new();
    while let Some(text) = session.next() {
        let frame: Value = serde_json::from_str(&text).unwrap();
        if frame["type"] == "request" {
            waiting.push(frame["id"].clone());
        }
        if waiting.len() == 2 {
            session.say(
                r#"{"type":"event","timestamp":1,"id":23,"eventType":"online","payload":{"userId":"User2"}}"#,
            );
            for id in waiting.drain(..).rev() {
                let payload = json!({"messageId": 5});
                session.say(
                    &json!({"type": "response", "timestamp": 1, "id": id, "payload": payload}).to_string(),
                );
            }
        }
    }
}

#[test]
fn responses_find_their_requests_in_any_order_and_events_are_acknowledged() {
    let server = Sessions::start(chat);
    let sandbox = Sandbox::new();
    sandbox.file("texts", "Hi from User1!\n{\"type\":\"event\",\"eventType\":\"typing\",\"payload\":{\"chatId\":\"User2\"}}\nBye\n");
    let ended = send(&sandbox, &server, "texts --ndjson --protocol chat --topic User2 --json");
    let records = records(ended.code(0));
    assert!(
        records[..records.len() - 1].iter().all(|record| record["protocol"] == "chat"),
        "{}",
        ended.out()
    );
    assert_eq!(records.last().unwrap()["summary"]["delivered"], 3, "{}", ended.out());
    assert_eq!(records.last().unwrap()["summary"]["unconfirmed"], 1, "{}", ended.out());
    let ack = r#"{"type":"ack","id":"23"}"#;
    assert!(records.iter().any(|record| record["frame"]["data"] == ack && record["direction"] == "out"));
    let got = texts(&server);
    assert!(got.contains(&ack.to_owned()), "{got:?}");
    let requests: Vec<Value> = got.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(requests[0]["payload"]["message"], "Hi from User1!");
    assert_eq!((&requests[0]["id"], &requests[0]["payload"]["chatId"]), (&json!("1"), &json!("User2")));
    let latencies = records.iter().filter(|record| record["timings"]["total"].is_number());
    assert_eq!(latencies.filter(|record| record["frame"]["opcode"] == "text").count(), 2);
}

#[test]
fn an_error_of_the_chat_is_a_refusal_with_its_words() {
    let server = Sessions::start(|session| {
        while let Some(text) = session.next() {
            let id = serde_json::from_str::<Value>(&text).unwrap()["id"].clone();
            let error = json!({"code": "not-found", "message": "no such message\u{1b}[31m"});
            session.say(&json!({"type": "response", "id": id, "payload": {"error": error}}).to_string());
        }
    });
    let sandbox = Sandbox::new();
    sandbox.file(
        "edit.json",
        r#"{"payloadType":"edit","payload":{"chatId":"User2","originalMessageId":5,"message":"x"}}"#,
    );
    let ended = send(&sandbox, &server, "edit.json --protocol chat");
    assert!(ended.code(1).out().contains("not-found: no such message\\u{1b}[31m"), "{}", ended.out());
}

#[test]
fn a_session_that_is_lost_goes_on_in_the_next_with_what_has_no_answer() {
    let server = Sessions::start(|session| {
        if session.number() == 0 {
            session.next();
            session.close(1011, "restarting");
        } else {
            broker(false)(session);
        }
    });
    let sandbox = Sandbox::new();
    sandbox.file("commands", format!("{JOIN}\n{LEAVE}\n"));
    let ended = send(&sandbox, &server, "commands --protocol roadrunner --retry 2");
    assert!(ended.code(0).stderr.contains("2 delivered; "), "{}", ended.stderr);
    let second: Vec<_> =
        server.got().into_iter().filter(|got| got.session == 1).map(|got| got.text).collect();
    assert_eq!(second, [JOIN, LEAVE]);
}

#[test]
fn what_a_protocol_does_not_have_is_named_and_the_session_goes_on() {
    let server = Sessions::start(|session| {
        session.say("<html>");
        broker(false)(session);
    });
    let sandbox = Sandbox::new();
    sandbox.file("join.json", JOIN);
    let ended = send(&sandbox, &server, "join.json --protocol roadrunner");
    assert!(ended.code(0).stderr.contains("(VN160)"), "{}", ended.stderr);
}

#[test]
fn a_token_in_the_address_is_sent_and_never_shown() {
    let server = Sessions::start(chat);
    let sandbox = Sandbox::new();
    sandbox.file("texts", "one\ntwo\n");
    for arguments in ["-v --json", "-v --journal journal", "--dry-run --json", "--dry-run"] {
        let to = format!("'{}/?user=User1&token=hush'", server.url());
        let line =
            format!("versia-cli send texts --to {to} --ndjson --protocol chat --topic User2 {arguments}");
        let ended = sandbox.sh(&line);
        let said = [ended.code(0).out(), &ended.stderr].concat();
        assert!(!said.contains("hush"), "{said}");
    }
    assert!(!std::fs::read_to_string(sandbox.path().join("journal")).unwrap().contains("hush"));
    let sent = "GET /ws?user=User1&token=hush HTTP/1.1\r\n";
    assert!(server.heads().iter().all(|head| head.starts_with(sent)), "{:?}", server.heads());
    let ended = sandbox.sh("versia-cli send texts --to 'mqtt://a?token=hush' --protocol chat");
    assert!(!ended.code(2).stderr.contains("hush"), "{}", ended.stderr);
}

#[test]
fn raw_sends_any_text_as_it_is() {
    let server = Sessions::start(listen);
    let sandbox = Sandbox::new();
    sandbox.file("text", "no json\n");
    send(&sandbox, &server, "text --protocol raw").code(0);
    assert_eq!(texts(&server), ["no json\n"]);
    assert!(server.heads()[0].starts_with("GET / HTTP/1.1\r\n"), "{}", server.heads()[0]);
}

#[test]
fn what_would_be_sent_is_shown() {
    let sandbox = Sandbox::new();
    sandbox.file("news", "{\"n\":1}\n{\"n\":2}\n");
    let ended = sandbox.sh("versia-cli send news --to ws://127.0.0.1:1 --protocol wsify --topic c --dry-run");
    let broadcast = |n| {
        format!("{{\"command\":\"broadcast\",\"args\":{{\"channel\":\"c\",\"content\":{{\"n\":{n}}}}}}}\n")
    };
    assert_eq!(ended.code(0).out(), [broadcast(1), broadcast(2)].concat());
    let ended = sandbox.sh("versia-cli send news --to ws://127.0.0.1:1/hub --protocol raw --dry-run --json");
    assert_eq!(
        (&records(&ended)[0]["protocol"], &records(&ended)[0]["request"]["target"]),
        (&json!("raw"), &json!("/hub"))
    );
}

#[test]
fn what_does_not_go_together_is_wrong_use() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("x", "{}");
    for (arguments, says) in [
        ("--protocol mqtt", "there are versia, wsify, roadrunner, roadrunner-2.3.0, chat, raw"),
        ("--protocol raw --topic c", "--topic is for wsify and chat"),
        ("--protocol wsify --broker b", "--broker is for roadrunner-2.3.0"),
        ("--protocol wsify --as bob", "nothing is signed"),
        ("--protocol wsify --as-is", "raw sends them as they are"),
        ("--protocol chat --no-receipts", "there are no receipts"),
        ("--protocol chat --no-validate", "nothing is validated"),
        ("--protocol wsify --expect 422", "no answers"),
        ("--protocol wsify --concurrency 2", "--concurrency is for HTTP"),
    ] {
        let ended = sandbox.sh(&format!("versia-cli send x --to ws://127.0.0.1:1 {arguments}"));
        assert!(ended.code(2).stderr.contains(says), "{arguments}: {}", ended.stderr);
    }
    for to in ["mqtt://a", "''", "ws://"] {
        let ended = sandbox.sh(&format!("versia-cli send x --to {to} --protocol raw"));
        assert!(ended.code(2).stderr.contains("cannot open a session at"), "{to}: {}", ended.stderr);
    }
}
