use serde_json::{Value, json};

use super::*;
use crate::store::database::Database;

/// A chat in memory, with a clock that goes on by one at each request.
struct Kept {
    database: Database,
    now: u64,
}

impl Kept {
    fn new() -> Self {
        Kept { database: Database::in_memory().unwrap(), now: 1_000 }
    }

    fn ask(&mut self, user: &str, payload_type: &str, payload: Value) -> Outcome {
        self.now += 1;
        let asked = Asked::read(payload_type, Some(&Payload::of(&payload))).unwrap();
        perform(&self.database.connection, self.now, user, &asked, &format!("name-{}", self.now)).unwrap()
    }

    /// Asks for what is done, and gives the answer and what is told.
    fn done(
        &mut self,
        user: &str,
        payload_type: &str,
        payload: Value,
    ) -> (Value, Vec<(String, String, Value)>) {
        let outcome = self.ask(user, payload_type, payload);
        (value(&outcome.answer.unwrap()), told(&outcome.events))
    }

    /// Asks for what is refused, and gives the word for it.
    fn refused(&mut self, user: &str, payload_type: &str, payload: Value) -> String {
        let outcome = self.ask(user, payload_type, payload);
        assert_eq!(outcome.events, []);
        outcome.answer.unwrap_err().code
    }

    fn say(&mut self, from: &str, to: &str, text: &str) -> Value {
        self.done(from, "new", json!({"chatId": to, "message": text})).0
    }
}

fn value(payload: &Payload) -> Value {
    serde_json::from_str(payload.text()).unwrap()
}

fn told(events: &[Filed]) -> Vec<(String, String, Value)> {
    let told = |filed: &Filed| {
        let payload = filed.event.payload.as_ref().map(value).unwrap_or_default();
        (filed.user.clone(), filed.event.event_type.clone(), payload)
    };
    events.iter().map(told).collect()
}

fn texts(page: &Value) -> Vec<String> {
    let text = |message: &Value| message["message"].as_str().unwrap_or("-").to_owned();
    page.as_array().unwrap().iter().map(text).collect()
}

#[test]
fn a_message_is_told_to_both_each_under_the_others_name() {
    let mut kept = Kept::new();
    let (answer, events) =
        kept.done("a", "new", json!({"chatId": "b", "message": "Hi", "clientMessageId": "c1"}));
    assert_eq!(answer, json!({"messageId": 1, "timestamp": 1001, "clientMessageId": "c1"}));
    let of = |chat: &str, missed: u64| {
        json!({"chatId": chat, "sender": "a", "messageId": 1, "clientMessageId": "c1", "message": "Hi",
               "timestamp": 1001, "missed": missed, "status": "undelivered"})
    };
    assert_eq!(events, [("b".into(), "new".into(), of("a", 1)), ("a".into(), "new".into(), of("b", 0))]);
    assert_eq!(kept.say("b", "a", "Ho")["messageId"], 2);
    let missed = kept.done("a", "chat", json!({"chatId": "b"})).0;
    assert_eq!((&missed["missed"], &missed["lastMessageText"]), (&json!(1), &json!("Ho")));
}

#[test]
fn event_ids_rise_by_one_for_each_user_and_acknowledged_ones_are_gone() {
    let mut kept = Kept::new();
    for text in ["1", "2", "3"] {
        kept.say("a", "b", text);
    }
    kept.say("c", "b", "4");
    let ids = |kept: &Kept, behind, most| -> Vec<u64> {
        let events = unacknowledged(&kept.database.connection, "b", behind, most).unwrap();
        events.iter().filter_map(|event| event.id).collect()
    };
    assert_eq!(ids(&kept, 0, 10), [1, 2, 3, 4]);
    assert_eq!(ids(&kept, 1, 2), [2, 3]);
    acknowledge(&kept.database.connection, "b", 2).unwrap();
    acknowledge(&kept.database.connection, "b", 2).unwrap();
    acknowledge(&kept.database.connection, "b", u64::MAX).unwrap();
    acknowledge(&kept.database.connection, "nobody", 1).unwrap();
    assert_eq!(ids(&kept, 0, 10), [1, 3, 4]);
    for id in [1, 3, 4] {
        acknowledge(&kept.database.connection, "b", id).unwrap();
    }
    kept.say("a", "b", "5");
    assert_eq!(ids(&kept, 0, 10), [5]);
}

#[test]
fn a_message_sent_again_is_answered_as_before_and_told_once() {
    let mut kept = Kept::new();
    let new = json!({"chatId": "b", "message": "Hi", "clientMessageId": "c1"});
    let (first, events) = kept.done("a", "new", new.clone());
    assert_eq!(events.len(), 2);
    assert_eq!(kept.done("a", "new", new.clone()), (first.clone(), vec![]));
    let other = json!({"chatId": "b", "message": "Ho", "clientMessageId": "c1"});
    assert_eq!(kept.refused("a", "new", other), "client-message-id-used");
    kept.done("a", "edit", json!({"chatId": "b", "originalMessageId": 1, "message": "Hey"}));
    assert_eq!(kept.done("a", "new", new.clone()), (first, vec![]));
    // Another user's names are another user's.
    let of_b = json!({"chatId": "a", "message": "Hi", "clientMessageId": "c1"});
    assert_eq!(kept.done("b", "new", of_b).0["messageId"], 3);
}

#[test]
fn marks_hold_for_everything_before_them_and_the_first_time_stays() {
    let mut kept = Kept::new();
    for text in ["1", "2", "3", "4", "5"] {
        kept.say("a", "b", text);
    }
    let (answer, events) = kept.done("b", "dlvrd", json!({"chatId": "a", "messageId": 3}));
    assert_eq!(answer, json!({"messageId": 3, "timestamp": 1006}));
    let mark = json!({"chatId": "b", "messageId": 3, "timestamp": 1006});
    assert_eq!(events, [("a".into(), "dlvrd".into(), mark)]);
    assert_eq!(
        kept.done("b", "dlvrd", json!({"chatId": "a", "messageId": 2})),
        (json!({"messageId": 2, "timestamp": 1006}), vec![])
    );
    let (answer, events) = kept.done("b", "read", json!({"chatId": "a", "messageId": 4}));
    assert_eq!(answer, json!({"messageId": 4, "timestamp": 1008, "missed": 1}));
    assert_eq!((events.len(), &events[0].1), (1, &"read".to_owned()));
    let page = kept.done("b", "messages", json!({"chatId": "a"})).0;
    let times: Vec<_> =
        page.as_array().unwrap().iter().map(|m| (m["dlvrd"].clone(), m["read"].clone())).collect();
    assert_eq!(times[2], (json!(1006), json!(1008)));
    assert_eq!(times[3], (json!(1008), json!(1008)));
    assert_eq!(times[4], (Value::Null, Value::Null));
    let (answer, events) = kept.done("b", "read", json!({"chatId": "a"}));
    assert_eq!((&answer["messageId"], &answer["missed"], events.len()), (&json!(5), &json!(0), 1));
    // What b marks is what a wrote.
    assert_eq!(kept.done("a", "read", json!({"chatId": "b"})), (json!({"missed": 0}), vec![]));
    assert_eq!(kept.refused("b", "read", json!({"chatId": "a", "messageId": 6})), "not-found");
    assert_eq!(kept.refused("b", "read", json!({"chatId": "a", "messageId": 0})), "not-found");
    assert_eq!(kept.refused("b", "dlvrd", json!({"chatId": "z"})), "not-found");
}

#[test]
fn who_connects_has_everything_delivered() {
    let mut kept = Kept::new();
    kept.say("a", "b", "1");
    kept.say("a", "b", "2");
    kept.say("c", "b", "3");
    let arrival = arrive(&kept.database.connection, 2_000, "b").unwrap();
    assert_eq!(arrival.contacts, ["a", "c"]);
    assert_eq!(arrival.last_event, 3);
    let mark = |id: u64| json!({"chatId": "b", "messageId": id, "timestamp": 2000});
    assert_eq!(
        told(&arrival.events),
        [("a".into(), "dlvrd".into(), mark(2)), ("c".into(), "dlvrd".into(), mark(1))]
    );
    assert_eq!(arrive(&kept.database.connection, 3_000, "b").unwrap().events, []);
    assert_eq!(
        arrive(&kept.database.connection, 3_000, "new").unwrap(),
        Arrival { contacts: vec![], events: vec![], last_event: 0 }
    );
}

#[test]
fn edit_and_delete_make_service_messages_and_only_authors_may() {
    let mut kept = Kept::new();
    kept.done("a", "new", json!({"chatId": "b", "message": "Hi", "clientMessageId": "c1"}));
    let change = json!({"chatId": "b", "originalMessageId": 1, "message": "Hey"});
    let (answer, events) = kept.done("a", "edit", change.clone());
    assert_eq!(answer, json!({"messageId": 2, "timestamp": 1002, "clientMessageId": "c1"}));
    let told = json!({"chatId": "a", "messageId": 2, "message": "Hey", "originalMessageId": 1});
    assert_eq!(events, [("b".into(), "edit".into(), told)]);
    let of_b = json!({"chatId": "a", "originalMessageId": 1, "message": "mine"});
    assert_eq!(kept.refused("b", "edit", of_b), "not-yours");
    assert_eq!(kept.refused("b", "delete", json!({"chatId": "a", "originalMessageId": 1})), "not-yours");
    assert_eq!(kept.refused("a", "delete", json!({"chatId": "b", "originalMessageId": 2})), "not-found");
    assert_eq!(kept.refused("a", "delete", json!({"chatId": "b", "originalMessageId": 9})), "not-found");
    assert_eq!(kept.refused("a", "delete", json!({"chatId": "z", "originalMessageId": 1})), "not-found");
    let (answer, events) = kept.done("a", "delete", json!({"chatId": "b", "messageId": 1}));
    assert_eq!((&answer["messageId"], &answer["clientMessageId"]), (&json!(3), &json!("c1")));
    let told = json!({"chatId": "a", "messageId": 3, "originalMessageId": 1});
    assert_eq!(events, [("b".into(), "delete".into(), told)]);
    assert_eq!(kept.done("a", "delete", json!({"chatId": "b", "messageId": 1})), (answer, vec![]));
    assert_eq!(kept.refused("a", "edit", change), "not-found");
    let page = kept.done("b", "messages", json!({"chatId": "a"})).0;
    assert_eq!(texts(&page), ["-", "-", "-"]);
    let kinds: Vec<_> = page.as_array().unwrap().iter().map(|m| (&m["type"], &m["status"])).collect();
    assert_eq!(kinds[0], (&json!("new"), &json!("deleted")));
    assert_eq!(kinds[1], (&json!("edit"), &json!("read")));
    assert_eq!(page[1]["payload"]["message"], "Hey");
    assert_eq!(page[2]["payload"], json!({"originalMessageId": 1, "originalClientMessageId": "c1"}));
    assert_eq!(kept.done("b", "chat", json!({"chatId": "a"})).0["missed"], 0);
}

#[test]
fn pages_are_the_latest_or_from_a_message_or_before_one_always_oldest_first() {
    let mut kept = Kept::new();
    for number in 1..=7 {
        kept.say(
            if number % 2 == 0 { "b" } else { "a" },
            if number % 2 == 0 { "a" } else { "b" },
            &number.to_string(),
        );
    }
    let mut page = |asked: Value| texts(&kept.done("b", "messages", asked).0).join("");
    assert_eq!(page(json!({"chatId": "a"})), "1234567");
    assert_eq!(page(json!({"chatId": "a", "count": 3})), "567");
    assert_eq!(page(json!({"chatId": "a", "startId": 3, "count": 3})), "345");
    assert_eq!(page(json!({"chatId": "a", "endId": 3})), "12");
    assert_eq!(page(json!({"chatId": "a", "endId": 6, "count": 2})), "45");
    assert_eq!(page(json!({"chatId": "a", "startId": 99})), "");
    assert_eq!(page(json!({"chatId": "a", "endId": u64::MAX})), "1234567");
    assert_eq!(kept.refused("b", "messages", json!({"chatId": "z"})), "not-found");
}

#[test]
fn a_page_that_no_session_could_take_is_refused() {
    let mut kept = Kept::new();
    for _ in 0..3 {
        kept.say("a", "b", &"x".repeat(1 << 20));
    }
    assert_eq!(kept.refused("b", "messages", json!({"chatId": "a"})), "too-large");
    assert_eq!(kept.done("b", "messages", json!({"chatId": "a", "count": 1})).0.as_array().unwrap().len(), 1);
}

#[test]
fn replies_attachments_and_reactions_are_read_with_their_message() {
    let mut kept = Kept::new();
    kept.say("a", "b", "Hi");
    assert_eq!(kept.refused("b", "new", json!({"chatId": "a", "message": "x", "replyTo": 9})), "not-found");
    assert_eq!(kept.refused("b", "new", json!({"chatId": "z", "message": "x", "replyTo": 1})), "not-found");
    let attachments = json!([{"type": "image", "id": "i", "meta": {"width": 2}, "extra": true}]);
    kept.done("b", "new", json!({"chatId": "a", "attachments": attachments, "replyTo": 1}));
    let react = |set: bool| json!({"chatId": "a", "messageId": 1, "reaction": "👍", "isSet": set});
    let (_, events) = kept.done("b", "reaction", react(true));
    assert_eq!(
        (&events[0].0, &events[0].1, &events[0].2["authorId"]),
        (&"a".into(), &"reaction".into(), &json!("a"))
    );
    assert_eq!(kept.done("b", "reaction", react(true)).1, []);
    let page = kept.done("a", "messages", json!({"chatId": "b"})).0;
    assert_eq!(page[0]["reactions"][0]["userId"], "b");
    assert_eq!(page[1]["attachments"], attachments);
    assert_eq!(
        page[1]["replyTo"],
        json!({"messageId": 1, "message": "Hi", "sender": "a", "createdAt": 1001})
    );
    assert_eq!(kept.done("b", "reaction", react(false)).1.len(), 1);
    assert_eq!(kept.done("b", "reaction", react(false)).1, []);
    assert_eq!(
        kept.refused("b", "reaction", json!({"chatId": "a", "messageId": 7, "isSet": false})),
        "not-found"
    );
}

#[test]
fn a_call_is_told_and_kept_as_a_message_that_each_side_sees_its_own_way() {
    let mut kept = Kept::new();
    let (answer, events) = kept.done("a", "newCall", json!({"chatId": "b", "callType": "video"}));
    let call = answer["callId"].as_str().unwrap().to_owned();
    let told = json!({"chatId": "a", "callId": call, "direction": "incoming", "callType": "video"});
    assert_eq!(events, [("b".into(), "newCall".into(), told)]);
    kept.now += 61_000;
    let end = json!({"chatId": "a", "callId": call});
    let (answer, events) = kept.done("b", "closeCall", end.clone());
    assert_eq!(answer["messageId"], 1);
    let kinds: Vec<_> = events.iter().map(|(user, kind, _)| (user.as_str(), kind.as_str())).collect();
    assert_eq!(kinds, [("a", "closeCall"), ("a", "call"), ("b", "call")]);
    assert_eq!(
        events[0].2,
        json!({"chatId": "b", "callId": call, "caller": "a", "participants": ["b", "a"], "callType": "video", "callDuration": 61})
    );
    assert_eq!(
        (&events[1].2["direction"], &events[2].2["direction"]),
        (&json!("outgoing"), &json!("incoming"))
    );
    assert_eq!(kept.done("b", "closeCall", end).1, []);
    assert_eq!(kept.refused("b", "closeCall", json!({"chatId": "a", "callId": "none"})), "not-found");
    let call = kept.done("b", "newCall", json!({"chatId": "a", "callType": "audio"})).0["callId"].clone();
    kept.done("b", "closeCall", json!({"chatId": "a", "callId": call, "status": "missed"}));
    assert_eq!(kept.done("a", "chat", json!({"chatId": "b"})).0["missed"], 1);
    let page = kept.done("a", "messages", json!({"chatId": "b"})).0;
    assert_eq!((&page[0]["type"], &page[0]["payload"]["direction"]), (&json!("call"), &json!("outgoing")));
    assert_eq!(
        (&page[1]["payload"]["status"], &page[1]["payload"]["direction"]),
        (&json!("missed"), &json!("incoming"))
    );
}

#[test]
fn chats_are_listed_with_the_latest_first() {
    let mut kept = Kept::new();
    kept.say("b", "a", "old");
    kept.done("c", "new", json!({"chatId": "a", "message": "new", "clientMessageId": "first"}));
    assert_eq!(kept.refused("a", "chat", json!({"chatId": "z"})), "not-found");
    assert_eq!(kept.refused("a", "new", json!({"chatId": "a", "message": "to myself"})), "not-found");
    let chats = kept.done("a", "chats", json!({})).0;
    assert_eq!(
        chats[0],
        json!({"type": "dialog", "id": "c", "name": "c", "missed": 1, "firstMissed": "first", "lastMessageId": 1,
               "lastMessageText": "new", "lastMessageTime": 1002, "lastMessageAuthor": "c",
               "lastMessageStatus": "undelivered", "isMine": false})
    );
    assert_eq!((&chats[1]["id"], chats.as_array().unwrap().len()), (&json!("b"), 2));
}
