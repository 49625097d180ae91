//! Entities of every type: taken where they are right, refused where something that they cannot do without is missing or wrong.

use serde_json::json;

use super::{
    Case, INBOX, Judged, Probe, TO_NOTE, TO_USER, Value, accepted, accepted_note, entity, invalid,
    invalid_note, note, of, transient, user,
};
use crate::check::ask::Ask;
use crate::check::case::Level::{May, Must, Should};
use crate::check::expect::{described, does_not_speak, holds, says_nothing};

/// The user of this side, as it is published.
fn own_user(probe: &Probe<'_>, username: &str) -> Value {
    json!({
        "id": probe.own_user,
        "type": "User",
        "created_at": probe.ambient.record_time(),
        "username": username,
        "display_name": null,
        "avatar": null,
        "header": null,
        "bio": null,
        "fields": [],
        "indexable": false,
        "manually_approves_followers": false,
        "extensions": null,
    })
}

fn group(probe: &Probe<'_>) -> Value {
    let mut group = json!({
        "id": probe.ambient.record_id(),
        "type": "pub.versia:groups/Group",
        "created_at": probe.ambient.record_time(),
        "name": null,
        "description": null,
        "open": true,
        "extensions": null,
    });
    group["name"] = json!({ "text/plain": { "content": "A conformance check", "remote": false } });
    group
}

/// An entity of an extension that the instance says to speak is accepted.
fn accepted_if_spoken(probe: &Probe<'_>, extension: &str, value: &Value) -> Judged {
    match does_not_speak(probe, extension)? {
        Some(outcome) => Ok(outcome),
        None => accepted(probe, value),
    }
}

/// What is not known is taken or refused, and not the fault of the instance.
fn is_known_or_not(probe: &Probe<'_>, value: &Value) -> Judged {
    let response = probe.send(&Ask::post(value.to_string()))?;
    if let Some(outcome) = says_nothing(probe, response.status) {
        return Ok(outcome);
    }
    let is_so = matches!(response.status, 200..=299 | 400 | 404 | 415 | 422);
    Ok(holds(is_so, "an acceptance, or a refusal such as 422", described(&response)))
}

fn without_author(probe: &Probe<'_>, kind: &str, fields: Value) -> Value {
    let mut entity = transient(probe, kind, fields);
    entity.as_object_mut().map(|entity| entity.remove("author"));
    entity
}

/// A group of this side, by a reference.
fn own_group(probe: &Probe<'_>) -> String {
    format!("{}:{}", probe.signer.domain(), probe.ambient.record_id())
}

pub(in crate::check::cases) const CASES: &[Case] = &[
    of("inbox/accept/user", Must, INBOX, "A User, as a change of it, is accepted", |p| {
        accepted(p, &own_user(p, "checker"))
    }),
    of("inbox/accept/quote", Must, TO_NOTE, "A note that quotes a note of the instance is accepted", |p| {
        let quoted = note(p);
        accepted_note(p, move |it| it["quotes"] = json!(quoted))
    }),
    of("inbox/accept/attachment", Must, INBOX, "A note with a picture is accepted", |p| {
        accepted_note(p, |note| {
            note["attachments"] = json!([{
                "image/png": { "content": "https://a.example/1.png", "remote": true, "size": 100 },
            }]);
        })
    }),
    of(
        "inbox/accept/dislike",
        Should,
        TO_NOTE,
        "A Dislike is accepted by who speaks pub.versia:likes",
        |p| {
            let dislike = entity(p, "pub.versia:likes/Dislike", json!({ "disliked": note(p) }));
            accepted_if_spoken(p, "pub.versia:likes", &dislike)
        },
    ),
    of("inbox/accept/vote", Should, TO_NOTE, "A Vote is accepted by who speaks pub.versia:polls", |p| {
        let vote = entity(p, "pub.versia:polls/Vote", json!({ "poll": note(p), "option": 0 }));
        accepted_if_spoken(p, "pub.versia:polls", &vote)
    }),
    of(
        "inbox/accept/report",
        Should,
        TO_NOTE,
        "A Report is accepted by who speaks pub.versia:reports",
        |p| {
            let fields = json!({ "reported": [note(p)], "tags": ["test"], "comment": "A conformance check" });
            accepted_if_spoken(p, "pub.versia:reports", &transient(p, "pub.versia:reports/Report", fields))
        },
    ),
    of("inbox/accept/group", Should, INBOX, "A Group is accepted by who speaks pub.versia:groups", |p| {
        accepted_if_spoken(p, "pub.versia:groups", &group(p))
    }),
    of(
        "inbox/accept/subscribe",
        Should,
        INBOX,
        "A Subscribe is accepted by who speaks pub.versia:groups",
        |p| {
            let fields = json!({ "subscriber": p.own_reference(), "group": own_group(p) });
            let subscribe = without_author(p, "pub.versia:groups/Subscribe", fields);
            accepted_if_spoken(p, "pub.versia:groups", &subscribe)
        },
    ),
    of(
        "inbox/accept/federate",
        Should,
        TO_NOTE,
        "A Federate is accepted by who speaks pub.versia:groups",
        |p| {
            let fields = json!({ "note": note(p), "group": own_group(p) });
            let federate = without_author(p, "pub.versia:groups/Federate", fields);
            accepted_if_spoken(p, "pub.versia:groups", &federate)
        },
    ),
    of(
        "inbox/accept/unknown-type",
        May,
        INBOX,
        "An entity of an unknown type is taken or refused, and breaks nothing",
        |p| is_known_or_not(p, &entity(p, "org.example:check/Unknown", json!({}))),
    ),
    of(
        "inbox/accept/unasked-answer",
        Should,
        TO_USER,
        "A FollowAccept that nobody waits for is taken or refused, and breaks nothing",
        |p| is_known_or_not(p, &transient(p, "FollowAccept", json!({ "follower": user(p) }))),
    ),
    of("inbox/field/bad-quote", Must, INBOX, "A quote that is no reference is refused with 422", |p| {
        invalid_note(p, |note| note["quotes"] = json!(["a.example:1"]))
    }),
    of(
        "inbox/field/bad-reply",
        Must,
        INBOX,
        "An answered note that is no reference is refused with 422",
        |p| invalid_note(p, |note| note["replies_to"] = json!(7)),
    ),
    of(
        "inbox/field/bad-group",
        Must,
        INBOX,
        "A group that is no reference and no word for one is refused with 422",
        |p| invalid_note(p, |note| note["group"] = json!("everybody, please")),
    ),
    of(
        "inbox/field/attachment-not-remote",
        Must,
        INBOX,
        "A picture that is not remote is refused with 422",
        |p| {
            invalid_note(p, |note| {
                note["attachments"] = json!([{ "image/png": { "content": "AAAA", "remote": false } }]);
            })
        },
    ),
    of("inbox/field/bad-hash", Must, INBOX, "A hash that is no SHA-256 is refused with 422", |p| {
        invalid_note(p, |note| {
            note["attachments"] = json!([{
                "image/png": { "content": "https://a.example/1.png", "remote": true, "hash": "abc" },
            }]);
        })
    }),
    of(
        "inbox/field/preview-without-title",
        Must,
        INBOX,
        "A preview without a title is refused with 422",
        |p| invalid_note(p, |note| note["previews"] = json!([{ "link": "https://a.example/" }])),
    ),
    of("inbox/field/bad-username", Must, INBOX, "A username with a blank is refused with 422", |p| {
        invalid(p, own_user(p, "a b").to_string())
    }),
    of("inbox/delete/no-deleted", Must, INBOX, "A Delete of nothing is refused with 422", |p| {
        invalid(p, transient(p, "Delete", json!({ "deleted_type": "Note" })).to_string())
    }),
    of(
        "inbox/field/answer-without-follower",
        Must,
        INBOX,
        "A FollowAccept of nobody is refused with 422",
        |p| invalid(p, transient(p, "FollowAccept", json!({})).to_string()),
    ),
    of(
        "inbox/field/reaction-without-content",
        Must,
        TO_NOTE,
        "A Reaction without its content is refused with 422",
        |p| invalid(p, entity(p, "pub.versia:reactions/Reaction", json!({ "object": note(p) })).to_string()),
    ),
    of(
        "inbox/field/negative-option",
        Must,
        TO_NOTE,
        "A Vote for a negative option is refused with 422",
        |p| {
            let fields = json!({ "poll": note(p), "option": -1 });
            invalid(p, entity(p, "pub.versia:polls/Vote", fields).to_string())
        },
    ),
    of(
        "inbox/field/group-without-open",
        Must,
        INBOX,
        "A Group that does not say whether it is open is refused with 422",
        |p| {
            let mut group = group(p);
            group.as_object_mut().map(|group| group.remove("open"));
            invalid(p, group.to_string())
        },
    ),
];
