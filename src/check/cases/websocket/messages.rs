//! What a message is, and which ones are refused. The four fields are the draft's; what is signed is that of a delivery over HTTP.

use serde_json::{Value, json};

use super::*;
use crate::check::cases::signatures::{MISSING, STALE, UNREADABLE, WRONG, stranger};

const INVALID: &[u16] = &[422];

/// A right message with a change of its fields.
fn changed(probe: &Probe<'_>, statuses: &[u16], change: impl FnOnce(&mut Value)) -> Judged {
    let mut message = json!(right(probe));
    change(&mut message);
    refused(probe, Frame::text(message.to_string()), statuses)
}

fn without(probe: &Probe<'_>, field: &str) -> Judged {
    changed(probe, MISSING, |message| {
        message.as_object_mut().map(|fields| fields.remove(field));
    })
}

/// A message of this side's key in the instance's own name: who trusts the handshake's signer takes it.
fn other_signer(probe: &Probe<'_>) -> Judged {
    let signer = Signer::new(probe.signer.key().clone(), &probe.known.domain);
    refused(probe, text(&signed(probe, &signer, probe.note().to_string(), 0)), &[401, 403])
}

fn other_path(probe: &Probe<'_>) -> Judged {
    let entity = probe.note().to_string();
    let signed = probe.signer.sign("POST", "/inbox", probe.ambient.now_seconds(), entity.as_bytes());
    refused(probe, text(&Message::new(signed, entity)), WRONG)
}

fn invalid_entity(probe: &Probe<'_>) -> Judged {
    let mut note = probe.note();
    note.as_object_mut().map(|note| note.remove("type"));
    refused(probe, text(&signed(probe, probe.signer, note.to_string(), 0)), INVALID)
}

pub(super) const CASES: &[Case] = &[
    of(
        "websocket/message/valid",
        Must,
        INBOX_OPEN,
        "A message with the entity and the signature of a right delivery is accepted",
        |p| accepted(p, &[text(&right(p))]),
    ),
    of(
        "websocket/message/without-signature",
        Must,
        INBOX_OPEN,
        "A message without `signature` is refused",
        |p| without(p, "signature"),
    ),
    of(
        "websocket/message/without-signed-at",
        Must,
        INBOX_OPEN,
        "A message without `signed_at` is refused",
        |p| without(p, "signed_at"),
    ),
    of(
        "websocket/message/without-signed-by",
        Must,
        INBOX_OPEN,
        "A message without `signed_by` is refused",
        |p| without(p, "signed_by"),
    ),
    of("websocket/message/without-entity", Must, INBOX_OPEN, "A message without `entity` is refused", |p| {
        without(p, "entity")
    }),
    of(
        "websocket/message/tampered-entity",
        Must,
        INBOX_OPEN,
        "A message whose entity was changed after it was signed is refused",
        |p| refused(p, text(&tampered(p)), WRONG),
    ),
    of(
        "websocket/message/stale",
        Must,
        INBOX_OPEN,
        "A message signed more than five minutes ago is refused",
        |p| refused(p, text(&signed(p, p.signer, p.note().to_string(), -310)), STALE),
    ),
    of(
        "websocket/message/future",
        Must,
        INBOX_OPEN,
        "A message signed more than five minutes from now is refused",
        |p| refused(p, text(&signed(p, p.signer, p.note().to_string(), 310)), STALE),
    ),
    of(
        "websocket/message/other-key",
        Must,
        INBOX_OPEN,
        "A message signed with another key than the published one is refused, though the handshake is right",
        |p| {
            let signer = stranger(p, p.signer.domain());
            refused(p, text(&signed(p, &signer, p.note().to_string(), 0)), WRONG)
        },
    ),
    of(
        "websocket/message/other-signer",
        Must,
        INBOX_OPEN,
        "A message is verified with the key of its own signer, not with that of the handshake's",
        other_signer,
    ),
    of(
        "websocket/message/other-path",
        Should,
        INBOX_OPEN,
        "A message that is signed for another path than the inbox's is refused (what it signs was chosen by versia-cli)",
        other_path,
    ),
    of(
        "websocket/message/entity-object",
        Must,
        INBOX_OPEN,
        "A message whose entity is an object and no string is refused",
        |p| {
            changed(p, UNREADABLE, |message| {
                let entity = message["entity"].as_str().and_then(|text| serde_json::from_str(text).ok());
                message["entity"] = entity.unwrap_or_default();
            })
        },
    ),
    of(
        "websocket/message/signed-at-number",
        Should,
        INBOX_OPEN,
        "A message whose signed_at is a number and no string is refused",
        |p| {
            changed(p, UNREADABLE, |message| {
                message["signed_at"] =
                    json!(message["signed_at"].as_str().and_then(|it| it.parse::<i64>().ok()));
            })
        },
    ),
    of(
        "websocket/message/not-json",
        Should,
        INBOX_OPEN,
        "A message that is no JSON is refused with 422 (chosen by versia-cli)",
        |p| refused(p, Frame::text("{\"signature\":"), INVALID),
    ),
    of(
        "websocket/message/array",
        Should,
        INBOX_OPEN,
        "A list is no message, and refused with 422 (chosen by versia-cli)",
        |p| refused(p, Frame::text(format!("[{}]", right(p).write())), INVALID),
    ),
    of(
        "websocket/message/empty",
        Should,
        INBOX_OPEN,
        "An empty message is refused with 422 (chosen by versia-cli)",
        |p| refused(p, Frame::text(""), INVALID),
    ),
    of(
        "websocket/message/binary",
        Should,
        INBOX_OPEN,
        "A message in a binary frame is refused with 422 (chosen by versia-cli: the draft's messages are JSON)",
        |p| refused(p, Frame::new(BINARY, right(p).write()), INVALID),
    ),
    of(
        "websocket/message/invalid-entity",
        Should,
        INBOX_OPEN,
        "A message whose entity has no type is refused with 422, as over HTTP",
        invalid_entity,
    ),
];
