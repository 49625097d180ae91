//! What an inbox takes and refuses. See <https://versia.pub/federation/validation>.

pub(super) mod bodies;
pub(super) mod types;

use serde_json::{Value, json};

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{
    Judged, Trace, described, entity_accepted, holds, invalid, invalid_note, refused,
};
use crate::check::probe::Probe;

static PAGE: Page = Page { name: "inbox", path: "federation/validation" };
const INBOX: &[Need] = &[Need::Inbox];
const TO_USER: &[Need] = &[Need::Inbox, Need::User];
const TO_NOTE: &[Need] = &[Need::Inbox, Need::Note];

const fn of(id: &'static str, level: Level, needs: &'static [Need], rule: &'static str, run: Run) -> Case {
    case(&PAGE, id, level, needs, rule, run)
}

fn accepted(probe: &Probe<'_>, value: &Value) -> Judged {
    entity_accepted(probe, value, None)
}

/// An entity about a note of the instance is accepted, which is then in this collection of the note.
fn accepted_into(probe: &Probe<'_>, collection: &'static str, value: &Value) -> Judged {
    let id = value["id"].as_str().unwrap_or_default().to_owned();
    entity_accepted(probe, value, Some(&Trace { collection, id }))
}

fn accepted_note(probe: &Probe<'_>, change: impl Fn(&mut Value)) -> Judged {
    let mut note = probe.note();
    change(&mut note);
    accepted(probe, &note)
}

/// A note with something in each of its fields.
fn full_note(probe: &Probe<'_>) -> Value {
    let mut note = probe.note();
    let picture = json!({ "image/png": { "content": "https://a.example/picture.png", "remote": true } });
    note["attachments"] = json!([picture]);
    note["category"] = json!("microblog");
    note["device"] = json!({ "name": "versia-cli", "version": null, "url": null });
    note["previews"] = json!([{ "link": "https://a.example/", "title": "A page", "description": null, "image": null, "icon": null }]);
    // Who fetches what is quoted finds it, where a note of the instance is known.
    if probe.known.note.is_some() {
        note["quotes"] = json!(self::note(probe));
        note["replies_to"] = json!(self::note(probe));
    }
    note["subject"] = json!("A check");
    note["extensions"] = json!({});
    note
}

/// An entity of this side's user with these fields.
fn entity(probe: &Probe<'_>, kind: &str, fields: Value) -> Value {
    let mut entity = json!({
        "id": probe.ambient.record_id(),
        "type": kind,
        "created_at": probe.ambient.record_time(),
        "author": probe.own_reference(),
        "extensions": null,
    });
    if let (Some(entity), Some(fields)) = (entity.as_object_mut(), fields.as_object()) {
        entity.extend(fields.clone());
    }
    entity
}

/// The same without an id.
fn transient(probe: &Probe<'_>, kind: &str, fields: Value) -> Value {
    let mut entity = entity(probe, kind, fields);
    entity.as_object_mut().map(|entity| entity.remove("id"));
    entity
}

fn user(probe: &Probe<'_>) -> String {
    probe.known.user_reference()
}

fn note(probe: &Probe<'_>) -> String {
    probe.known.note_reference()
}

fn without(field: &'static str) -> impl Fn(&mut Value) {
    move |note| {
        note.as_object_mut().map(|note| note.remove(field));
    }
}

/// A note as text in which this text stands in the place of another.
fn respelled(probe: &Probe<'_>, from: &str, to: &str) -> Judged {
    invalid(probe, probe.note().to_string().replacen(from, to, 1))
}

fn with_number(probe: &Probe<'_>, number: &str) -> Judged {
    let mut note = probe.note();
    note["extensions"] = json!({ "org.example:check": { "number": 12_345 } });
    invalid(probe, note.to_string().replacen("12345", number, 1))
}

/// Neither taken for right nor the end of the instance.
fn survives(probe: &Probe<'_>, body: String, statuses: &[u16]) -> Judged {
    let response = probe.send(&Ask::post(body))?;
    Ok(holds(statuses.contains(&response.status), "a refusal with 4xx", described(&response)))
}

/// A Delete of something that belongs to the instance: it is refused, or the thing is still there afterwards.
fn foreign_delete(probe: &Probe<'_>) -> Judged {
    let target = probe.known.note.as_ref().map(|note| note.target.clone()).unwrap_or_default();
    let before = probe.send(&Ask::get(target.as_str()))?;
    if before.status != 200 {
        return Ok(Outcome::Skipped(format!("the note cannot be fetched before it: {}", described(&before))));
    }
    let delete = transient(probe, "Delete", json!({ "deleted_type": "Note", "deleted": note(probe) }));
    let answer = probe.send(&Ask::post(delete.to_string()))?;
    let still = probe.send(&Ask::get(target))?;
    if still.status != 200 {
        return Ok(Outcome::broken(
            "the note is still there",
            format!("after the Delete: {}", described(&still)),
        ));
    }
    Ok(match answer.status / 100 {
        4 => Outcome::Kept,
        2 => Outcome::Unobservable(
            "the note is still there, and the answer does not say that it was refused".to_owned(),
        ),
        _ => Outcome::broken("a refusal with 4xx", described(&answer)),
    })
}

pub(super) const CASES: &[Case] = &[
    of("inbox/accept/every-field", Must, INBOX, "A note in which no field is null is accepted", |p| {
        accepted(p, &full_note(p))
    }),
    of("inbox/accept/unknown-extension", Must, INBOX, "An unknown extension is no error", |p| {
        accepted_note(p, |note| {
            note["extensions"] = json!({ "org.example:unknown": { "a": [1, null, "x"] } })
        })
    }),
    of("inbox/accept/null-optional", Must, INBOX, "An optional field may be null", |p| {
        accepted_note(p, |note| note["content"] = Value::Null)
    }),
    of("inbox/accept/omitted-optional", Should, INBOX, "An optional field may be left out", |p| {
        accepted_note(p, without("subject"))
    }),
    of("inbox/accept/schema-url", Must, INBOX, "An entity may name its $schema", |p| {
        accepted_note(p, |note| note["$schema"] = json!("https://versia.pub/schemas/entities/note.json"))
    }),
    of(
        "inbox/accept/author-without-domain",
        Must,
        INBOX,
        "An author without a domain is a user of the signer's instance",
        |p| {
            let id = p.own_user.to_owned();
            accepted_note(p, move |note| note["author"] = json!(id))
        },
    ),
    of("inbox/accept/large-content", Should, INBOX, "A note of 64 KiB is accepted", |p| {
        accepted_note(p, |note| note["content"]["text/plain"]["content"] = json!("x".repeat(64 << 10)))
    }),
    of("inbox/accept/text", Must, INBOX, "Text in any script is accepted", |p| {
        accepted_note(p, |note| {
            note["content"]["text/plain"]["content"] = json!("Grüße, 世界 🌍\n\u{5e9}\u{5dc}\u{5d5}\u{5dd}")
        })
    }),
    of("inbox/accept/like", Must, TO_NOTE, "A Like is accepted", |p| {
        let like = entity(p, "pub.versia:likes/Like", json!({ "liked": note(p) }));
        accepted_into(p, "pub.versia:likes/Likes", &like)
    }),
    of("inbox/accept/reaction", Should, TO_NOTE, "A Reaction is accepted", |p| {
        let fields = json!({ "object": note(p), "content": "👍" });
        accepted_into(
            p,
            "pub.versia:reactions/Reactions",
            &entity(p, "pub.versia:reactions/Reaction", fields),
        )
    }),
    of("inbox/accept/share", Should, TO_NOTE, "A Share is accepted", |p| {
        let share = entity(p, "pub.versia:share/Share", json!({ "shared": note(p) }));
        accepted_into(p, "pub.versia:share/Shares", &share)
    }),
    of("inbox/accept/reply", Must, TO_NOTE, "A reply to a note is accepted", |p| {
        let mut reply = p.note();
        reply["replies_to"] = json!(note(p));
        accepted_into(p, "replies", &reply)
    }),
    of("inbox/accept/delete", Must, INBOX, "A Delete of an entity of its own author is accepted", |p| {
        let note = p.note();
        let sent = p.send(&Ask::post(note.to_string()))?;
        if sent.status / 100 != 2 {
            return Ok(Outcome::Skipped("the note that would be deleted is not accepted".to_owned()));
        }
        let deleted = format!("{}:{}", p.signer.domain(), note["id"].as_str().unwrap_or_default());
        accepted(p, &transient(p, "Delete", json!({ "deleted_type": "Note", "deleted": deleted })))
    }),
    of("inbox/json/empty", Must, INBOX, "An empty body is refused with 422", |p| invalid(p, "")),
    of("inbox/json/not-json", Must, INBOX, "A body that is no JSON is refused with 422", |p| {
        invalid(p, "{\"type\":")
    }),
    of("inbox/json/not-utf8", Must, INBOX, "A body that is no UTF-8 is refused with 422", |p| {
        invalid(p, b"{\"type\":\"\xff\"}".to_vec())
    }),
    of("inbox/json/array", Must, INBOX, "A list is no entity, and refused with 422", |p| {
        invalid(p, format!("[{}]", p.note()))
    }),
    of("inbox/json/string", Must, INBOX, "A text is no entity, and refused with 422", |p| {
        invalid(p, "\"Note\"")
    }),
    of(
        "inbox/json/duplicate-key",
        Must,
        INBOX,
        "A key that stands twice in its object is refused with 422",
        |p| respelled(p, "{", "{\"type\":\"Note\","),
    ),
    of("inbox/json/exponent", Must, INBOX, "A number with an exponent is refused with 422", |p| {
        with_number(p, "1e3")
    }),
    of("inbox/json/minus-zero", Must, INBOX, "The number -0 is refused with 422", |p| with_number(p, "-0")),
    of(
        "inbox/json/trailing-zeros",
        Must,
        INBOX,
        "A number with zeros at its end, behind the point, is refused with 422",
        |p| with_number(p, "1.50"),
    ),
    of("inbox/json/huge-number", Must, INBOX, "A number beyond 2^53 is refused with 422", |p| {
        with_number(p, "9007199254740993")
    }),
    of("inbox/json/trailing-comma", Must, INBOX, "A comma behind the last field is refused with 422", |p| {
        let text = p.note().to_string();
        invalid(p, format!("{},}}", text.trim_end_matches('}')))
    }),
    of("inbox/json/bad-key", Must, INBOX, "A key with a space is refused with 422", |p| {
        invalid_note(p, |note| note["extensions"] = json!({ "org.example:check": { "a key": 1 } }))
    }),
    of("inbox/json/deep", Must, INBOX, "A body of 10000 levels is refused, and breaks nothing", |p| {
        survives(p, "[".repeat(10_000) + &"]".repeat(10_000), &[400, 413, 422])
    }),
    of("inbox/field/no-type", Must, INBOX, "An entity without a type is refused with 422", |p| {
        invalid_note(p, without("type"))
    }),
    of("inbox/field/type-not-text", Must, INBOX, "A type that is no text is refused with 422", |p| {
        invalid_note(p, |note| note["type"] = json!(1))
    }),
    of("inbox/field/bad-type", Must, INBOX, "A type that has no form of one is refused with 422", |p| {
        invalid_note(p, |note| note["type"] = json!("not a type"))
    }),
    of("inbox/field/no-id", Must, INBOX, "A note without an id is refused with 422", |p| {
        invalid_note(p, without("id"))
    }),
    of("inbox/field/bad-id", Must, INBOX, "An id with a slash is refused with 422", |p| {
        invalid_note(p, |note| note["id"] = json!("a/b"))
    }),
    of("inbox/field/no-created-at", Must, INBOX, "An entity without created_at is refused with 422", |p| {
        invalid_note(p, without("created_at"))
    }),
    of(
        "inbox/field/bad-created-at",
        Must,
        INBOX,
        "A created_at that is no RFC 3339 is refused with 422",
        |p| invalid_note(p, |note| note["created_at"] = json!("yesterday")),
    ),
    of(
        "inbox/field/created-at-without-zone",
        Must,
        INBOX,
        "A created_at without a zone is refused with 422",
        |p| invalid_note(p, |note| note["created_at"] = json!("2026-01-01T00:00:00")),
    ),
    of("inbox/field/no-author", Must, INBOX, "A note without an author is refused with 422", |p| {
        invalid_note(p, without("author"))
    }),
    of("inbox/field/author-not-text", Must, INBOX, "An author that is no text is refused with 422", |p| {
        invalid_note(p, |note| note["author"] = json!({}))
    }),
    of(
        "inbox/field/author-address",
        Must,
        INBOX,
        "An author that is an address and no reference is refused with 422",
        |p| invalid_note(p, |note| note["author"] = json!("https://a.example/users/1")),
    ),
    of("inbox/field/no-attachments", Must, INBOX, "A note without attachments is refused with 422", |p| {
        invalid_note(p, without("attachments"))
    }),
    of("inbox/field/no-mentions", Must, INBOX, "A note without mentions is refused with 422", |p| {
        invalid_note(p, without("mentions"))
    }),
    of("inbox/field/no-previews", Must, INBOX, "A note without previews is refused with 422", |p| {
        invalid_note(p, without("previews"))
    }),
    of("inbox/field/no-is-sensitive", Must, INBOX, "A note without is_sensitive is refused with 422", |p| {
        invalid_note(p, without("is_sensitive"))
    }),
    of(
        "inbox/field/is-sensitive-text",
        Must,
        INBOX,
        "An is_sensitive that is no boolean is refused with 422",
        |p| invalid_note(p, |note| note["is_sensitive"] = json!("no")),
    ),
    of("inbox/field/bad-category", Must, INBOX, "An unknown category is refused with 422", |p| {
        invalid_note(p, |note| note["category"] = json!("poem"))
    }),
    of("inbox/field/content-text", Must, INBOX, "A content that is a text is refused with 422", |p| {
        invalid_note(p, |note| note["content"] = json!("Hello"))
    }),
    of("inbox/field/content-remote", Must, INBOX, "A text that is remote is refused with 422", |p| {
        invalid_note(p, |note| note["content"]["text/plain"]["remote"] = json!(true))
    }),
    of("inbox/field/bad-mention", Must, INBOX, "A mention that is no reference is refused with 422", |p| {
        invalid_note(p, |note| note["mentions"] = json!(["@a@b.example"]))
    }),
    of(
        "inbox/field/bad-extension",
        Must,
        INBOX,
        "An extension whose name has no form of one is refused with 422",
        |p| invalid_note(p, |note| note["extensions"] = json!({ "emoji": {} })),
    ),
    of("inbox/field/extensions-list", Must, INBOX, "Extensions that are a list are refused with 422", |p| {
        invalid_note(p, |note| note["extensions"] = json!([]))
    }),
    of(
        "inbox/author/other-domain",
        Must,
        INBOX,
        "An author of another domain than the signer's is refused",
        |p| {
            let mut note = p.note();
            note["author"] = json!("other.example:1");
            refused(p, &Ask::post(note.to_string()), &[400, 401, 403, 422])
        },
    ),
    of(
        "inbox/author/of-the-instance",
        Must,
        TO_USER,
        "A note in the name of a user of the instance itself is refused",
        |p| {
            let mut note = p.note();
            note["author"] = json!(user(p));
            refused(p, &Ask::post(note.to_string()), &[400, 401, 403, 422])
        },
    ),
    of(
        "inbox/delete/foreign",
        Must,
        TO_NOTE,
        "A Delete of somebody else's entity deletes nothing",
        foreign_delete,
    ),
    of("inbox/delete/no-type", Must, TO_NOTE, "A Delete without deleted_type is refused with 422", |p| {
        invalid(p, transient(p, "Delete", json!({ "deleted": note(p) })).to_string())
    }),
    of("inbox/like/no-liked", Must, INBOX, "A Like of nothing is refused with 422", |p| {
        invalid(p, entity(p, "pub.versia:likes/Like", json!({})).to_string())
    }),
];
