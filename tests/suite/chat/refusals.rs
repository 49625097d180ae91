//! What is wrong is answered, and the session goes on.

use serde_json::json;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use super::client::{Talks, User, serve};
use crate::fixture::Sandbox;
use crate::serve::exchange;

#[test]
fn every_bad_frame_is_answered_with_an_error_under_its_id() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let mut ann = User::connect(&serving, "ann");
    for (frame, id, code) in [
        ("hello", "", "malformed"),
        ("[]", "", "malformed"),
        (r#"{"type":"request","payloadType":"new","payload":{}}"#, "", "malformed"),
        (r#"{"type":"response","id":"1"}"#, "1", "malformed"),
        (r#"{"type":"ack","id":"one"}"#, "one", "malformed"),
        (r#"{"type":"request","id":"2","payloadType":"shout"}"#, "2", "unknown-request"),
        (r#"{"type":"request","id":"3","payloadType":"new","payload":{"message":"x"}}"#, "3", "bad-payload"),
        (r#"{"type":"request","id":"4","payloadType":"new"}"#, "4", "malformed"),
        (r#"{"type":"event","eventType":"dance"}"#, "", "unknown-event"),
        (
            r#"{"type":"request","id":"5","payloadType":"read","payload":{"chatId":"nobody"}}"#,
            "5",
            "not-found",
        ),
        (
            r#"{"type":"request","id":"6","payloadType":"messages","payload":{"chatId":"b","startId":1,"endId":2}}"#,
            "6",
            "bad-payload",
        ),
    ] {
        ann.send(frame);
        let response = ann.next();
        assert_eq!((&response["type"], &response["id"]), (&json!("response"), &json!(id)), "{frame}");
        let error = &response["payload"]["error"];
        assert_eq!(error["code"], code, "{frame}: {response}");
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{response}");
    }
    ann.socket.send(Message::binary(Bytes::from_static(b"\xff\xfe"))).unwrap();
    assert_eq!(ann.next()["payload"]["error"]["code"], "malformed");
    let large = "x".repeat(1 << 20);
    assert_eq!(
        {
            ann.ask("new", json!({"chatId": "bob", "message": large}));
            ann.next()["payload"]["error"]["code"].clone()
        },
        "too-large"
    );
    // An acknowledgement of what is not there is harmless.
    ann.ack_id(77);
    ann.nothing();
}

#[test]
fn only_authors_change_and_delete_and_only_what_is_there() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let (mut ann, mut bob) = (User::connect(&serving, "ann"), User::connect(&serving, "bob"));
    ann.say("bob", "Hi");
    bob.news(&["Hi"]);
    let of_bob = |id: u64| json!({"chatId": "ann", "originalMessageId": id, "message": "mine"});
    assert_eq!(bob.refused("edit", of_bob(1)), "not-yours");
    assert_eq!(bob.refused("delete", of_bob(1)), "not-yours");
    assert_eq!(bob.refused("edit", of_bob(2)), "not-found");
    assert_eq!(bob.refused("delete", of_bob(2)), "not-found");
    let edited = ann.done("edit", json!({"chatId": "bob", "originalMessageId": 1, "message": "Hey"}));
    assert_eq!(edited["messageId"], 2);
    let edit = bob.event("edit");
    assert_eq!(edit["payload"]["message"], "Hey");
    let page = bob.done("messages", json!({"chatId": "ann", "count": 1, "startId": 1}));
    assert_eq!((&page[0]["message"], &page[0]["type"]), (&json!("Hey"), &json!("new")));
    ann.nothing();
}

#[test]
fn reactions_and_calls_reach_the_other_user() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let (mut ann, mut bob) = (User::connect(&serving, "ann"), User::connect(&serving, "bob"));
    ann.say("bob", "Hi");
    bob.news(&["Hi"]);
    bob.done(
        "reaction",
        json!({"chatId": "ann", "messageId": 1, "reaction": "👍", "isSet": true, "clientMessageId": "x"}),
    );
    let reaction = ann.event("reaction");
    assert_eq!(
        (&reaction["payload"]["reaction"], &reaction["payload"]["userId"]),
        (&json!("👍"), &json!("bob"))
    );
    let call = ann.done("newCall", json!({"chatId": "bob", "callType": "audio"}))["callId"].clone();
    let ringing = bob.event("newCall");
    assert_eq!(
        (&ringing["payload"]["callId"], &ringing["payload"]["direction"]),
        (&call, &json!("incoming"))
    );
    bob.done("closeCall", json!({"chatId": "ann", "callId": call, "status": "missed"}));
    assert_eq!(bob.event("call")["payload"]["status"], "missed");
    assert_eq!(ann.event("closeCall")["payload"]["caller"], "ann");
    assert_eq!(ann.event("call")["payload"]["direction"], "outgoing");
}

#[test]
fn who_cannot_be_told_is_refused_before_the_switch() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let refused = User::open(&serving.address, "/ws", None).err().unwrap();
    assert!(refused.contains("400"), "{refused}");
    let plain =
        exchange(&serving.address, b"GET /ws?user=ann HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(plain.unwrap().starts_with("HTTP/1.1 426"));
    let ready =
        exchange(&serving.address, b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("\"chat\""), "{ready}");
}

#[test]
fn tokens_name_their_users_and_are_not_shown() {
    let sandbox = Sandbox::new();
    sandbox.file("tokens", "# users\nann s3cret-of-ann\nbob s3cret-of-bob\n");
    sandbox.sh("chmod 600 tokens").code(0);
    let serving = serve(&sandbox, "--token-file tokens");
    for target in ["/ws", "/ws?user=ann", "/ws?token=wrong"] {
        let refused = User::open(&serving.address, target, None).err().unwrap();
        assert!(refused.contains("401"), "{refused}");
    }
    let mut ann = User::open(&serving.address, "/ws", Some("Bearer s3cret-of-ann")).unwrap();
    let mut bob = User::open(&serving.address, "/ws?token=s3cret-of-bob", None).unwrap();
    ann.say("bob", "Hi");
    assert_eq!(bob.event("new")["payload"]["sender"], "ann");
    assert_eq!(ann.refused("new", json!({"chatId": "mallory", "message": "x"})), "not-found");
    let served = serving.stop();
    let lines: Vec<_> = served.lines.iter().map(ToString::to_string).collect();
    assert!(lines.len() > 5 && !lines.concat().contains("s3cret"), "{lines:?}");
    assert!(!served.stderr.contains("s3cret"), "{}", served.stderr);
}

#[test]
fn a_store_that_cannot_be_used_is_said_with_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox
        .file("notes.txt", "not a database, but long enough to be looked at as if it were one\n".repeat(20));
    sandbox.file("bad", "ann\n");
    let serving = serve(&sandbox, "--store chat.db");
    for (arguments, says) in [
        ("--store chat.db", "is in use by another program\nhint: "),
        ("--store notes.txt", "is not a store of this program\nhint: "),
        ("--store no/such/file", "cannot open the store no/such/file\n"),
        ("--silence 0", "--silence has to be more than 0"),
        ("--token-file bad", "line 1: a line has a name and a token"),
        ("--token-file missing", "missing"),
    ] {
        let ended = sandbox.sh(&format!("versia-cli serve chat --listen 0 {arguments}"));
        assert!(ended.code(2).stderr.contains(says), "{arguments}: {}", ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    }
    assert_eq!(serving.stop().code, 0);
}
