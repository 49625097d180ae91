//! What is wrong with an inbox: what it refuses, and what it takes.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::fault::{Fault, answers};
use super::message::Asked;

type Is = fn(&Value) -> bool;
type IsText = fn(&str) -> bool;

pub fn rows() -> Vec<Fault> {
    let mut rows = about_right_entities();
    rows.extend(about_json());
    rows.extend(about_fields());
    rows.extend(about_others());
    rows
}

/// Whether the type of an entity ends so.
fn is(entity: &Value, kind: &str) -> bool {
    entity["type"].as_str().is_some_and(|it| it.ends_with(kind))
}

fn content(entity: &Value) -> &str {
    entity["content"]["text/plain"]["content"].as_str().unwrap_or_default()
}

fn text<'a>(entity: &'a Value, field: &str) -> &'a str {
    entity[field].as_str().unwrap_or_default()
}

/// A right entity is refused, of one kind each time.
fn about_right_entities() -> Vec<Fault> {
    let kinds: [(&str, Is); 13] = [
        ("every-field", |it| it["category"] == "microblog"),
        ("unknown-extension", |it| it["extensions"].get("org.example:unknown").is_some()),
        ("null-optional", |it| is(it, "Note") && it["content"].is_null()),
        ("omitted-optional", |it| is(it, "Note") && it.get("subject").is_none()),
        ("schema-url", |it| it.get("$schema").is_some()),
        ("author-without-domain", |it| is(it, "Note") && !text(it, "author").contains(':')),
        ("large-content", |it| content(it).len() > 60_000),
        ("text", |it| content(it).contains("世界")),
        ("like", |it| is(it, "/Like") && it["liked"].is_string()),
        ("reaction", |it| is(it, "/Reaction")),
        ("share", |it| is(it, "/Share")),
        ("reply", |it| text(it, "replies_to").starts_with("b.example:") && it["quotes"].is_null()),
        ("delete", |it| text(it, "deleted").starts_with("a.example:")),
    ];
    let row = |(id, is): (&str, Is)| {
        answers(&format!("refused: {id}"), &[&format!("inbox/accept/{id}")], 422, move |asked| {
            asked.is_delivery() && asked.holds() && is(&asked.entity())
        })
    };
    kinds.map(row).into()
}

/// What is no right JSON is accepted, of one kind each time.
fn about_json() -> Vec<Fault> {
    let kinds: [(&str, IsText); 12] = [
        ("empty", str::is_empty),
        ("not-json", |it| it == "{\"type\":"),
        ("not-utf8", |it| it.contains("\"\u{fffd}\"")),
        ("array", |it| it.starts_with("[{")),
        ("string", |it| it.starts_with('"')),
        ("duplicate-key", |it| it.matches("\"type\":").count() > 1),
        ("exponent", |it| it.contains(":1e3")),
        ("minus-zero", |it| it.contains(":-0}")),
        ("trailing-zeros", |it| it.contains(":1.50")),
        ("huge-number", |it| it.contains(":9007199254740993")),
        ("trailing-comma", |it| it.ends_with(",}")),
        ("bad-key", |it| it.contains("\"a key\":")),
    ];
    let row = |(id, is): (&str, IsText)| {
        answers(&format!("accepted: {id}"), &[&format!("inbox/json/{id}")], 202, move |asked| {
            asked.is_delivery() && asked.holds() && is(&asked.text())
        })
    };
    let mut rows: Vec<_> = kinds.map(row).into();
    rows.push(answers("depth breaks it", &["inbox/json/deep"], 500, |asked| {
        asked.is_delivery() && asked.body.starts_with(b"[[[")
    }));
    rows
}

/// A note with a wrong field is accepted, of one kind each time.
fn about_fields() -> Vec<Fault> {
    let kinds: [(&str, Is); 21] = [
        ("no-type", |it| it.get("type").is_none() && it.get("mentions").is_some()),
        ("type-not-text", |it| it["type"].is_number()),
        ("bad-type", |it| it["type"] == "not a type"),
        ("no-id", |it| is(it, "Note") && it.get("id").is_none()),
        ("bad-id", |it| it["id"] == "a/b"),
        ("no-created-at", |it| it.get("type").is_some() && it.get("created_at").is_none()),
        ("bad-created-at", |it| it["created_at"] == "yesterday"),
        ("created-at-without-zone", |it| it["created_at"] == "2026-01-01T00:00:00"),
        ("no-author", |it| is(it, "Note") && it.get("author").is_none()),
        ("author-not-text", |it| it["author"].is_object()),
        ("author-address", |it| text(it, "author").starts_with("https:")),
        ("no-attachments", |it| is(it, "Note") && it.get("attachments").is_none()),
        ("no-mentions", |it| is(it, "Note") && it.get("mentions").is_none()),
        ("no-previews", |it| is(it, "Note") && it.get("previews").is_none()),
        ("no-is-sensitive", |it| is(it, "Note") && it.get("is_sensitive").is_none()),
        ("is-sensitive-text", |it| it["is_sensitive"].is_string()),
        ("bad-category", |it| it["category"] == "poem"),
        ("content-text", |it| is(it, "Note") && it["content"].is_string()),
        ("content-remote", |it| it["content"]["text/plain"]["remote"] == true),
        ("bad-mention", |it| {
            text(&it["mentions"], "0").starts_with('@') || it["mentions"][0] == "@a@b.example"
        }),
        ("bad-extension", |it| it["extensions"].get("emoji").is_some()),
    ];
    let row = |(id, is): (&str, Is)| accepted(&format!("inbox/field/{id}"), is);
    let mut rows: Vec<_> = kinds.map(row).into();
    rows.push(accepted("inbox/field/extensions-list", |it| it["extensions"].is_array()));
    rows
}

fn accepted(id: &str, is: Is) -> Fault {
    answers(&format!("accepted: {id}"), &[id], 202, move |asked| {
        asked.is_delivery() && asked.holds() && is(&asked.entity())
    })
}

fn about_others() -> Vec<Fault> {
    let is_gone = AtomicBool::new(false);
    let is_foreign_delete =
        |asked: &Asked| asked.is_delivery() && text(&asked.entity(), "deleted").starts_with("b.example:");
    vec![
        accepted("inbox/author/other-domain", |it| text(it, "author").starts_with("other.example:")),
        accepted("inbox/author/of-the-instance", |it| text(it, "author").starts_with("b.example:")),
        accepted("inbox/delete/no-type", |it| is(it, "Delete") && it.get("deleted_type").is_none()),
        accepted("inbox/like/no-liked", |it| is(it, "/Like") && it.get("liked").is_none()),
        answers("everybody deletes everything", &["inbox/delete/foreign"], 404, move |asked| {
            if is_foreign_delete(asked) {
                is_gone.store(true, Ordering::Relaxed);
            }
            asked.is_note() && is_gone.load(Ordering::Relaxed)
        }),
        answers("somebody else's Delete breaks it", &["inbox/delete/foreign"], 500, move |asked| {
            is_foreign_delete(asked) && asked.entity()["deleted_type"] == "Note"
        }),
    ]
}
