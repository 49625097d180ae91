//! Who is there: online, offline, typing, and the silence after which a session is closed.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::client::{Talks, User, serve};
use crate::fixture::Sandbox;
use crate::serving::Serving;

/// Two users who have a chat, and nothing unacknowledged.
fn contacts(serving: &Serving) -> (User, User) {
    let (mut ann, mut bob) = (User::connect(serving, "ann"), User::connect(serving, "bob"));
    ann.say("bob", "Hi");
    let hi = bob.event("new");
    bob.ack(&hi);
    bob.done("dlvrd", json!({"chatId": "ann"}));
    let delivered = ann.event("dlvrd");
    ann.ack(&delivered);
    (ann, bob)
}

/// The next frame is this event of a user, and has no id.
#[track_caller]
fn told(user: &mut User, event_type: &str, of: &str) {
    let event = user.event(event_type);
    assert_eq!((&event["payload"], event.get("id")), (&json!({"userId": of}), None), "{event}");
}

#[test]
fn contacts_are_told_who_comes_and_who_goes() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let (mut ann, bob) = contacts(&serving);
    let mut carol = User::connect(&serving, "carol");
    bob.close();
    told(&mut ann, "offline", "bob");
    let mut bob = User::connect(&serving, "bob");
    told(&mut ann, "online", "bob");
    told(&mut bob, "online", "ann");
    // One more connection is nothing new, and neither is the end of one of two.
    let mut second = User::connect(&serving, "bob");
    told(&mut second, "online", "ann");
    second.close();
    bob.nothing();
    ann.nothing();
    // A connection that breaks is an end as well.
    drop(bob);
    told(&mut ann, "offline", "bob");
    carol.nothing();
}

#[test]
fn a_user_who_says_that_it_goes_is_offline_at_once() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let (mut ann, mut bob) = contacts(&serving);
    bob.send(r#"{"type":"event","timestamp":1700000000000,"eventType":"offline"}"#);
    told(&mut ann, "offline", "bob");
    bob.close();
    ann.nothing();
    let _bob = User::connect(&serving, "bob");
    told(&mut ann, "online", "bob");
}

#[test]
fn typing_is_passed_on_in_its_place() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let (mut ann, mut bob) = contacts(&serving);
    ann.ask("new", json!({"chatId": "bob", "message": "more"}));
    ann.send(r#"{"type":"event","eventType":"typing","payload":{"chatId":"bob","stop":true}}"#);
    let more = bob.event("new");
    bob.ack(&more);
    let typing = bob.event("typing");
    assert_eq!(typing["payload"], json!({"userId": "ann", "chatId": "ann", "stop": true}));
    assert_eq!(typing.get("id"), None);
    bob.nothing();
}

#[test]
fn a_client_that_says_nothing_is_closed_and_its_contacts_are_told() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "--silence 2s");
    let (mut ann, mut bob) = contacts(&serving);
    ann.socket.get_ref().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    // Ann lives on pings alone.
    let offline = loop {
        match ann.socket.read() {
            Ok(Message::Text(text)) if text.contains("offline") => break text,
            Ok(_) => {}
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                ann.send("ping");
            }
            Err(error) => panic!("{error}"),
        }
    };
    assert!(offline.contains(r#""payload":{"userId":"bob"}"#), "{offline}");
    assert_eq!(bob.next(), "closed Some(1008)");
}
