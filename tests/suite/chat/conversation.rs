//! One message end to end, frame for frame, as the documents draw it.

use serde_json::{Value, json};

use super::client::{Process, Talks, User, serve};
use crate::fixture::Sandbox;
use crate::interop::runners;

/// A frame without its times, which have to be there.
#[track_caller]
fn untimed(mut frame: Value) -> Value {
    let timestamp = frame.as_object_mut().unwrap().remove("timestamp");
    assert!(timestamp.is_some_and(|timestamp| timestamp.is_u64()), "{frame}");
    if let Some(payload) = frame["payload"].as_object_mut() {
        payload.remove("timestamp");
    }
    frame
}

fn response(id: &str, payload: Value) -> Value {
    json!({"type": "response", "id": id, "payload": payload})
}

fn event(id: u64, event_type: &str, payload: Value) -> Value {
    json!({"type": "event", "id": id, "eventType": event_type, "payload": payload})
}

/// The conversation between two users who are not known yet.
fn converse(user1: &mut impl Talks, user2: &mut impl Talks) {
    user1.send("ping");
    assert_eq!(user1.next(), json!({"event": "pong"}));
    user2.send("1");
    assert_eq!(user2.next(), json!({"event": "pong"}));

    user1.send(
        r#"{"type":"event","timestamp":1700000000000,"payloadType":"typing","payload":{"chatId":"User2"}}"#,
    );
    let typing =
        json!({"type": "event", "eventType": "typing", "payload": {"userId": "User1", "chatId": "User1"}});
    assert_eq!(untimed(user2.next()), typing);

    user1.send(
        r#"{"type":"request","timestamp":1700000000000,"id":"req001","payloadType":"new","payload":{"chatId":"User2","message":"Hi from User1!"}}"#,
    );
    assert_eq!(untimed(user1.next()), response("req001", json!({"messageId": 1})));
    let new = |chat: &str, missed: u64| {
        json!({"chatId": chat, "sender": "User1", "messageId": 1, "message": "Hi from User1!",
               "missed": missed, "status": "undelivered"})
    };
    assert_eq!(untimed(user1.next()), event(1, "new", new("User2", 0)));
    user1.send(r#"{"type":"ack","id":"1"}"#);
    assert_eq!(untimed(user2.next()), event(1, "new", new("User1", 1)));
    user2.send(r#"{"type":"ack","id":"1"}"#);

    user2.send(r#"{"type":"request","timestamp":1700000000000,"id":"101","payloadType":"dlvrd","payload":{"chatId":"User1","messageId":1}}"#);
    assert_eq!(untimed(user2.next()), response("101", json!({"messageId": 1})));
    assert_eq!(untimed(user1.next()), event(2, "dlvrd", json!({"chatId": "User2", "messageId": 1})));
    user1.send(r#"{"type":"ack","id":2}"#);

    user2.send(r#"{"type":"request","timestamp":1700000000000,"id":"102","payloadType":"read","payload":{"chatId":"User1","messageId":1}}"#);
    assert_eq!(untimed(user2.next()), response("102", json!({"messageId": 1, "missed": 0})));
    assert_eq!(untimed(user1.next()), event(3, "read", json!({"chatId": "User2", "messageId": 1})));
    user1.send(r#"{"type":"ack","id":3}"#);

    user1.send(r#"{"type":"request","timestamp":1700000000000,"id":"2","payloadType":"delete","payload":{"chatId":"User2","messageId":1}}"#);
    assert_eq!(untimed(user1.next()), response("2", json!({"messageId": 2})));
    let deleted = json!({"chatId": "User1", "messageId": 2, "originalMessageId": 1});
    assert_eq!(untimed(user2.next()), event(2, "delete", deleted));
    user2.send(r#"{"type":"ack","id":"2"}"#);

    // Nothing came that the documents do not draw.
    for user in [user1 as &mut dyn Talks, user2] {
        user.send(r#"{"type":"request","timestamp":1700000000000,"id":"last","payloadType":"chats"}"#);
        assert_eq!(user.next()["id"], "last");
    }
}

#[test]
fn one_message_end_to_end_is_what_the_documents_draw() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    assert!(serving.listening["listening"]["chat"].as_str().unwrap().ends_with("/ws"));
    let (mut user1, mut user2) = (User::connect(&serving, "User1"), User::connect(&serving, "User2"));
    converse(&mut user1, &mut user2);
    let frame = |direction: &str, holds: &str| {
        serving.wait_for(|line| {
            let data = line["frame"]["data"].as_str().unwrap_or_default();
            line["protocol"] == "chat" && line["direction"] == direction && data.contains(holds)
        })
    };
    frame("in", "Hi from User1!");
    frame("out", "\"messageId\":1");
    frame("in", "\"delete\"");
}

#[test]
fn clients_of_other_implementations_have_the_same_conversation() {
    let sandbox = Sandbox::new();
    let [node, python] = runners("chat_client");
    for (first, second) in [(&node, &python), (&python, &node)] {
        let serving = serve(&sandbox, "");
        let mut user1 = Process::start(&sandbox, first, &serving, "User1");
        let mut user2 = Process::start(&sandbox, second, &serving, "User2");
        converse(&mut user1, &mut user2);
        assert_eq!(user1.close(), "closed 1000");
        assert_eq!(user2.close(), "closed 1000");
    }
}

#[test]
fn the_chat_stands_beside_an_instance_on_one_port() {
    let sandbox = Sandbox::with_bob();
    let serving = crate::serving::Serving::start(&sandbox, "--as bob --with chat=/ws");
    let (mut user1, mut user2) = (User::connect(&serving, "User1"), User::connect(&serving, "User2"));
    converse(&mut user1, &mut user2);
    let sandbox = Sandbox::with_bob();
    let ended = sandbox.sh("versia-cli serve --as bob --listen 0 --silence 5s");
    assert!(
        ended.code(2).stderr.contains("--silence is for a protocol that is not served"),
        "{}",
        ended.stderr
    );
}
