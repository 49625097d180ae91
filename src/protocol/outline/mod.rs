//! What a list shows of a record, and what filters ask for. Pure: made from a record alone.
//!
//! An [`Outline`] is kept beside each record of a store, so that lists and counts need not read the records. What a peer
//! wrote is cut to a length here, and has no control characters.

mod entity;
mod filter;

use serde::{Deserialize, Serialize};

pub use filter::{Filter, FilterError, Statuses, holds};

use self::entity::Named;
use super::parse_millis;
use super::record::{Direction, Frame, Headers, Protocol, Record, RecordVerdict, Transport};
use super::versia::{MESSAGING, Message};
use crate::signing::{SIGNED_BY, signed_path};

/// How many characters are kept of a text that a peer wrote.
const LONGEST: usize = 300;

/// What a list shows of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// The record's name; empty where it has none.
    pub id: String,
    /// When it happened, in Unix milliseconds; 0 where the record does not say.
    pub at_millis: u64,
    /// Which way it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// How it travelled.
    pub transport: Transport,
    /// Which protocol's message it is.
    pub protocol: Protocol,
    /// The WebSocket session it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Its place in the session, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The record of the first attempt, for a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_of: Option<String>,
    /// The other side's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// The request's method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The request's target. May hold secrets where the protocol has them there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The response's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The entity's type, or the word for what a frame is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Whom or what it is about or for: the followed, the liked, the group, the first who is mentioned; else the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What its signature is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// The codes of what was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// The signer, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// The bytes of its bodies, of its payload, or of what could not be parsed.
    pub size: u64,
    /// From its start to its end, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_millis: Option<f64>,
}

impl Outline {
    /// The outline of a record.
    pub fn of(record: &Record) -> Self {
        let (request, response) = (record.request.as_ref(), record.response.as_ref());
        let named = named(record);
        let codes = codes(record);
        let verdict = verdict(record);
        let signed_by = verdict.and_then(|verdict| verdict.signed_by.as_deref());
        let headers = request.and_then(|request| request.headers.as_ref());
        Outline {
            id: record.id.as_deref().map(clean).unwrap_or_default(),
            at_millis: record.at.as_deref().and_then(parse_millis).unwrap_or_default(),
            direction: record.direction,
            transport: record.transport,
            protocol: record.protocol,
            session: record.session.as_deref().map(clean),
            seq: record.seq,
            attempt_of: record.attempt_of.as_deref().map(clean),
            peer: record.peer.as_deref().map(clean),
            method: request.map(|request| clean(&request.method)),
            target: request.map(|request| clean(&request.target)),
            status: response.map(|response| response.status),
            kind: named.kind.as_deref().map(clean),
            author: named.author.as_deref().map(clean),
            to: named.to.as_deref().or_else(|| header(headers, "Host")).map(clean),
            verdict: verdict.map(|verdict| clean(&verdict.signature)),
            codes,
            signed_by: signed_by.or_else(|| header(headers, SIGNED_BY)).map(clean),
            size: u64::try_from(record.payload_length()).unwrap_or(u64::MAX),
            latency_millis: record.timings.and_then(|timings| timings.total),
        }
    }

    /// What stands behind the last slash of its kind: `Like` of `pub.versia:likes/Like`.
    pub fn short_kind(&self) -> Option<&str> {
        self.kind.as_deref().map(|kind| kind.rsplit('/').next().unwrap_or(kind))
    }
}

/// A text as a list can have it: not longer than it has to be, and without control characters.
fn clean(text: &str) -> String {
    let is_clean = text.len() <= LONGEST && !text.chars().any(char::is_control);
    if is_clean {
        return text.to_owned();
    }
    let shown = text.chars().take(LONGEST);
    shown.map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn header<'a>(headers: Option<&'a Headers>, wanted: &str) -> Option<&'a str> {
    headers?.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).and_then(|(_, value)| value.as_text())
}

/// What a record's own message says it is: the frame, the request's body, or the body of what was fetched.
fn named(record: &Record) -> Named {
    if let Some(frame) = &record.frame {
        return named_frame(record.protocol, frame);
    }
    let Some(request) = &record.request else { return Named::default() };
    let is_versia = record.protocol == Protocol::Versia;
    if is_versia && signed_path(&request.target) == MESSAGING && !request.body.is_empty() {
        return Named { kind: Some("InstanceMessage".to_owned()), ..Named::default() };
    }
    if !request.body.is_empty() {
        return Named::of_entity(&request.body.0);
    }
    match &record.response {
        Some(response) if is_versia && (200..300).contains(&response.status) => {
            Named::of_entity(&response.body.0)
        }
        _ => Named::default(),
    }
}

fn named_frame(protocol: Protocol, frame: &Frame) -> Named {
    if !matches!(frame.opcode.as_str(), "text" | "binary") {
        return Named { kind: Some(frame.opcode.clone()), ..Named::default() };
    }
    let named = match protocol {
        Protocol::Versia => match Message::read(&frame.data.0) {
            Ok(message) => Named::of_entity(message.entity.as_bytes()),
            Err(_) => Named::of_frame(&frame.data.0),
        },
        Protocol::Wsify | Protocol::Roadrunner | Protocol::Chat => Named::of_frame(&frame.data.0),
        Protocol::Raw => Named::default(),
    };
    Named { kind: named.kind.or_else(|| Some(frame.opcode.clone())), ..named }
}

/// The verdict on what the other side said: of a response to what went out, else of a request or a frame.
fn verdict(record: &Record) -> Option<&RecordVerdict> {
    let request = record.request.as_ref().and_then(|request| request.verdict.as_ref());
    let response = record.response.as_ref().and_then(|response| response.verdict.as_ref());
    let frame = record.frame.as_ref().and_then(|frame| frame.verdict.as_ref());
    match record.direction {
        Some(Direction::Out) => frame.or(response).or(request),
        _ => frame.or(request).or(response),
    }
}

/// The codes of all verdicts and of what went wrong, each once.
fn codes(record: &Record) -> Vec<String> {
    let request = record.request.as_ref().and_then(|request| request.verdict.as_ref());
    let response = record.response.as_ref().and_then(|response| response.verdict.as_ref());
    let frame = record.frame.as_ref().and_then(|frame| frame.verdict.as_ref());
    let found = [request, response, frame].into_iter().flatten().flat_map(|verdict| &verdict.codes);
    let error = record.error.as_ref().and_then(|error| error.code.as_ref());
    let mut codes = Vec::new();
    for code in found.chain(error) {
        // A comma stands between them where they are kept.
        let code = clean(code).replace(',', " ");
        if !code.is_empty() && !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

#[cfg(test)]
mod tests;
