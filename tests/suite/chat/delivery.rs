//! Events are delivered at least once: until they are acknowledged, in their order, also when the server was killed.

use serde_json::json;

use super::client::{Talks, User, serve};
use crate::fixture::Sandbox;

#[test]
fn events_wait_for_their_user_and_survive_a_kill() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "--store chat.db");
    let mut ann = User::connect(&serving, "ann");
    for text in ["one", "two", "three", "four"] {
        ann.say("bob", text);
    }
    // What was answered is on the disk, and so are the acknowledgements before it.
    ann.nothing();
    serving.signal("KILL");
    serving.wait();

    let serving = serve(&sandbox, "--store chat.db");
    let mut bob = User::connect(&serving, "bob");
    assert_eq!(bob.news(&["one", "two", "three", "four"]), [1, 2, 3, 4]);
    bob.ack_id(1);
    bob.ack_id(3);
    bob.nothing();
    serving.signal("KILL");
    serving.wait();

    let serving = serve(&sandbox, "--store chat.db");
    let mut bob = User::connect(&serving, "bob");
    assert_eq!(bob.news(&["two", "four"]), [2, 4]);
    bob.ack_id(2);
    bob.ack_id(4);
    bob.nothing();
    let mut ann = User::connect(&serving, "ann");
    assert_eq!(ann.event("online")["payload"], json!({"userId": "bob"}));
    // Everything was delivered when bob came, and ann had gone.
    let delivered = ann.event("dlvrd");
    let payload = &delivered["payload"];
    assert_eq!((&payload["chatId"], &payload["messageId"]), (&json!("bob"), &json!(4)));
    ann.ack(&delivered);
    drop((ann, bob));
    let served = serving.stop();
    assert_eq!(served.code, 0, "{}", served.stderr);

    let serving = serve(&sandbox, "--store chat.db");
    let mut bob = User::connect(&serving, "bob");
    bob.nothing();
    let page = bob.done("messages", json!({"chatId": "ann"}));
    assert_eq!(page.as_array().unwrap().len(), 4);
}

#[test]
fn an_event_comes_again_after_the_time_out_until_it_is_acknowledged() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "--redeliver-after 0.1s");
    let mut ann = User::connect(&serving, "ann");
    let mut bob = User::connect(&serving, "bob");
    ann.say("bob", "one");
    ann.say("bob", "two");
    // Each comes three times at least, and the first one first.
    let mut seen = Vec::new();
    while [1, 2].iter().any(|id| seen.iter().filter(|seen| *seen == id).count() < 3) {
        seen.push(bob.event("new")["id"].as_u64().unwrap());
    }
    assert_eq!(seen[0], 1, "{seen:?}");
    bob.ack_id(1);
    // What was on its way when the acknowledgement went is not counted.
    bob.catch_up();
    for _ in 0..5 {
        assert_eq!(bob.event("new")["id"], 2);
    }
    bob.ack_id(2);
    bob.catch_up();
    ann.say("bob", "three");
    for _ in 0..2 {
        let event = bob.event("new");
        assert_eq!((&event["id"], &event["payload"]["message"]), (&json!(3), &json!("three")));
    }
}

#[test]
fn each_connection_of_a_user_gets_the_events_and_any_may_acknowledge() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let mut ann = User::connect(&serving, "ann");
    let (mut phone, mut desk) = (User::connect(&serving, "bob"), User::connect(&serving, "bob"));
    ann.say("bob", "one");
    ann.say("bob", "two");
    assert_eq!(phone.news(&["one", "two"]), desk.news(&["one", "two"]));
    desk.ack_id(1);
    desk.nothing();
    let mut third = User::connect(&serving, "bob");
    let online = third.next();
    assert_eq!(online["eventType"], "online");
    assert_eq!(third.news(&["two"]), [2]);
    third.nothing();
    // What one of them sends, the others are told of too.
    third.say("ann", "three");
    assert_eq!(phone.news(&["three"]), [3]);
    assert_eq!(desk.news(&["three"]), [3]);
}

#[test]
fn more_events_than_are_sent_at_once_come_in_their_order_as_they_are_acknowledged() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let mut ann = User::connect(&serving, "ann");
    let many = 2_500;
    for number in 0..many {
        ann.ask("new", json!({"chatId": "bob", "message": number.to_string()}));
        if number % 50 == 49 {
            read_answers(&mut ann, 50);
        }
    }
    let mut bob = User::connect(&serving, "bob");
    assert_eq!(bob.event("online")["payload"]["userId"], "ann");
    for number in 0..many {
        let event = bob.event("new");
        assert_eq!(
            (&event["id"], &event["payload"]["message"]),
            (&json!(number + 1), &json!(number.to_string()))
        );
        bob.ack(&event);
    }
    bob.nothing();
}

/// Reads the responses to so many requests, and acknowledges the events between them.
fn read_answers(user: &mut User, count: usize) {
    let (mut answers, mut events) = (0, 0);
    while answers < count || events < count {
        let frame = user.next();
        if frame["type"] == "response" {
            answers += 1;
        } else {
            user.ack(&frame);
            events += 1;
        }
    }
}

#[test]
fn a_response_comes_before_the_event_and_answers_keep_the_order_of_the_requests() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let mut ann = User::connect(&serving, "ann");
    for number in 1..=30 {
        ann.send(&format!(
            r#"{{"type":"request","id":"new{number}","payloadType":"new","payload":{{"chatId":"bob","message":"m"}}}}"#
        ));
        ann.send(&format!(r#"{{"type":"request","id":"bad{number}","payloadType":"shout"}}"#));
    }
    for number in 1..=30 {
        let response = ann.next();
        assert_eq!(
            (&response["id"], &response["payload"]["messageId"]),
            (&json!(format!("new{number}")), &json!(number))
        );
        assert_eq!(ann.event("new")["id"], number);
        assert_eq!(ann.next()["id"], format!("bad{number}"));
    }
}

#[test]
fn a_message_that_is_sent_again_is_there_once() {
    let sandbox = Sandbox::new();
    let serving = serve(&sandbox, "");
    let (mut ann, mut bob) = (User::connect(&serving, "ann"), User::connect(&serving, "bob"));
    let new = json!({"chatId": "bob", "message": "Hi", "clientMessageId": "c1"});
    let taken = ann.done("new", new.clone());
    ann.event("new");
    drop(ann);
    assert_eq!(bob.news(&["Hi"]), [1]);
    let mut ann = User::connect(&serving, "ann");
    assert_eq!(ann.event("online")["payload"]["userId"], "bob");
    assert_eq!(ann.news(&["Hi"]), [1]);
    assert_eq!(ann.done("new", new), taken);
    ann.nothing();
}
