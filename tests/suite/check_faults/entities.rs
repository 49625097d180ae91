//! What is wrong with what is given by type and id.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use versia_cli::protocol::versia::EntityPath;

use super::fault::{Fault, answers, changes};
use super::message::{Asked, alice};

fn at(asked: &Asked, kind: &str, id: &str) -> bool {
    asked.is_get() && asked.target == EntityPath::new(kind, id).target()
}

fn is_user(asked: &Asked) -> bool {
    at(asked, "User", &alice())
}

fn user(name: &str, fails: &[&str], change: impl Fn(&mut Value) + Send + Sync + 'static) -> Fault {
    changes(name, fails, is_user, move |answer| answer.edit(&change))
}

fn note(name: &str, fails: &[&str], change: impl Fn(&mut Value) + Send + Sync + 'static) -> Fault {
    changes(name, fails, Asked::is_note, move |answer| answer.edit(&change))
}

pub fn rows() -> Vec<Fault> {
    let mut rows = about_things();
    rows.extend(about_paths());
    rows.extend(about_what_is_not_there());
    rows
}

fn about_things() -> Vec<Fault> {
    let count = AtomicUsize::new(0);
    vec![
        user("a user has another id", &["entities/user/answer"], |value| value["id"] = json!("other")),
        user("a user has no fields", &["entities/user/valid"], |value| value["fields"] = Value::Null),
        user("a user has another name", &["entities/user/username"], |value| {
            value["username"] = json!("bob");
        }),
        user("a user changes each time", &["entities/user/stable"], move |value| {
            value["display_name"] = json!(count.fetch_add(1, Ordering::Relaxed).to_string());
        }),
        note("a note has another id", &["entities/note/answer"], |value| value["id"] = json!("other")),
        note("a note has no mentions", &["entities/note/valid"], |value| value["mentions"] = Value::Null),
        note("a note is of somebody elsewhere", &["entities/note/author"], |value| {
            value["author"] = json!("c.example:1");
        }),
        note("a note is of nobody", &["entities/note/author"], |value| {
            value["author"] = json!("b.example:nobody");
        }),
    ]
}

fn about_paths() -> Vec<Fault> {
    vec![
        answers("types have one spelling", &["entities/path/namespaced"], 404, |asked| {
            at(asked, "pub.versia:users/User", &alice())
        }),
        answers("a query is an error", &["entities/path/query"], 404, |asked| {
            asked.is_get() && asked.target.ends_with("?a=b")
        }),
        answers("ids are not decoded", &["entities/path/encoded-id"], 404, |asked| {
            asked.is_get() && asked.path().contains("/User/%")
        }),
    ]
}

fn about_what_is_not_there() -> Vec<Fault> {
    let (uuid, entities) = ("00000000-0000-7000-8000-000000000000", "/.versia/v0.6/entities");
    let found = |name: &str, id: &str, target: String| {
        answers(name, &[id], 200, move |asked| asked.is_get() && asked.target == target)
    };
    let of = |kind: &str, id: &str| EntityPath::new(kind, id).target();
    vec![
        found("every user is there", "entities/unknown/user", of("User", uuid)),
        found("every note is there", "entities/unknown/note", of("Note", uuid)),
        found("an id is what one wants", "entities/unknown/plain-id", of("Note", "none")),
        found("every type is there", "entities/unknown/type", of("org.example:none/None", "none")),
        found("the type does not matter", "entities/unknown/other-type", of("Note", &alice())),
        found("an id may have a space", "entities/bad-id/space", format!("{entities}/Note/a%20b")),
        found("an id may be no text", "entities/bad-id/not-utf8", format!("{entities}/Note/%FF%FE")),
        found(
            "an id may leave its folder",
            "entities/bad-id/traversal",
            format!("{entities}/Note/..%2F..%2Finstance"),
        ),
        found("an id may be long", "entities/bad-id/long", format!("{entities}/Note/{}", "a".repeat(2_000))),
        found("a Follow is kept", "entities/transient/follow", of("Follow", "none")),
    ]
}
