//! Sending again what was recorded: byte for byte, signed anew, or with values changed; over the road that it came by.
//!
//! [`prepare`] says what would be sent, and is pure; [`exchange`] and [`in_session`] send it.

mod destination;
mod error;
mod session;

use serde_json::Value;

pub use destination::Destination;
pub use error::ReplayError;
pub use session::{Frames, Held, in_session};

use super::http::HttpRoad;
use super::outcome::Attempt;
use crate::client::websocket::Payload;
use crate::client::{HttpRequest, HttpUrl};
use crate::entity;
use crate::protocol::record::{Bytes, Frame, HIDDEN, Headers, Protocol, Record, Request, is_secret_header};
use crate::protocol::versia::{INBOX, Message, replace_signature};
use crate::signing::{Fields, Signer, parse_seconds, signed_path};

/// Headers that belong to a connection, or that sending writes itself.
const OF_CONNECTION: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// How something is sent again.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// Where to; without it, where the record went, where it says so.
    pub to: Option<Destination>,
    /// Who signs it anew; without a signer it goes out as it was.
    pub signer: Option<Signer>,
    /// Values to set in its entity, by their paths. What is changed has to be signed anew, unless it was unsigned.
    pub values: Vec<(String, Value)>,
    /// Whether headers that are secrets by their names go along: they were meant for another.
    pub with_secrets: bool,
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// A request.
    Exchange(HttpRequest),
    /// A message in a session.
    InSession(Outbound),
}

/// A message in a session.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Where the session is opened.
    pub url: HttpUrl,
    /// What is spoken in it.
    pub protocol: Protocol,
    /// The session that it was in.
    pub session: Option<String>,
    /// The message.
    pub payload: Payload,
}

/// What sending again will be like.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is to be sent.
    pub prepared: Prepared,
    /// The headers that are left out: their values are secrets, or hidden in the record.
    pub left_out: Vec<String>,
    /// The time of its old signature, in Unix seconds, where it goes out under that.
    pub signed_at: Option<i64>,
    /// Whether its old signature is over another path than it is sent to.
    pub other_path: bool,
    /// Whether it is signed anew.
    pub signed_anew: bool,
}

/// What a record becomes when it is sent again as of `at` (Unix seconds).
///
/// # Errors
/// When nothing in it can be sent, it does not say where to, or a value has no place in it.
pub fn prepare(record: &Record, replay: &Replay, at: i64) -> Result<Plan, ReplayError> {
    if let Some(frame) = &record.frame {
        return of_frame(record, frame, replay, at);
    }
    match &record.request {
        Some(request) if request.headers.is_some() => of_request(record, request, replay, at),
        _ => Err(ReplayError::NothingSent),
    }
}

fn of_request(record: &Record, request: &Request, replay: &Replay, at: i64) -> Result<Plan, ReplayError> {
    if record.response.as_ref().is_some_and(|response| response.status == 101) {
        return Err(ReplayError::Handshake(record.session.clone()));
    }
    if request.truncated || (record.truncated && !record.response.as_ref().is_some_and(|it| it.truncated)) {
        return Err(ReplayError::NotWhole);
    }
    let url = destination::of(record, &request.target, replay)?;
    let mut headers = request.headers.clone().unwrap_or_default();
    let is_left_out = |(name, value): &(String, Bytes)| {
        *value == Bytes::from(HIDDEN) || (is_secret_header(name) && !replay.with_secrets)
    };
    let left_out =
        headers.iter().filter(|header| is_left_out(header)).map(|(name, _)| name.clone()).collect();
    let is_of_connection = |name: &str| OF_CONNECTION.iter().any(|own| name.eq_ignore_ascii_case(own));
    headers.retain(|header| !is_left_out(header) && !is_of_connection(&header.0));
    let body = changed(&request.body, &replay.values)?;
    let old = signed_at(&headers);
    if let Some(signer) = &replay.signer {
        headers = replace_signature(headers, &signer.sign(&request.method, url.target(), at, &body));
    } else if !replay.values.is_empty() && old.is_some() {
        return Err(ReplayError::NoSigner);
    }
    let signed_at = old.filter(|_| replay.signer.is_none());
    let other_path = signed_at.is_some() && signed_path(url.target()) != signed_path(&request.target);
    let prepared = Prepared::Exchange(HttpRequest { method: request.method.clone(), url, headers, body });
    Ok(Plan { prepared, left_out, signed_at, other_path, signed_anew: replay.signer.is_some() })
}

/// When it was signed, in Unix seconds.
fn signed_at(headers: &Headers) -> Option<i64> {
    let fields =
        Fields::from_headers(headers.iter().map(|(name, value)| (name.as_str(), value.0.as_slice())));
    fields.signed_at.text().and_then(parse_seconds)
}

fn of_frame(record: &Record, frame: &Frame, replay: &Replay, at: i64) -> Result<Plan, ReplayError> {
    if record.truncated {
        return Err(ReplayError::NotWhole);
    }
    let target = record.request.as_ref().map_or_else(|| default_target(record), |request| &request.target);
    let url = destination::of(record, target, replay)?;
    let bytes = &frame.data;
    let (payload, signed_at) = match frame.opcode.as_str() {
        "text" => {
            let text = bytes.as_text().ok_or(ReplayError::NotText)?;
            let (text, signed_at) = message(record, text, url.target(), replay, at)?;
            (Payload::Text(text.into()), signed_at)
        }
        _ if !replay.values.is_empty() => return Err(ReplayError::NotJson),
        "binary" => (Payload::Binary(bytes.0.clone().into()), None),
        other => return Err(ReplayError::ControlFrame(other.to_owned())),
    };
    let other_path = signed_at.is_some() && signed_path(url.target()) != signed_path(target);
    let signed_anew = signed_at.is_none() && replay.signer.is_some() && record.protocol == Protocol::Versia;
    let outbound = Outbound { url, protocol: record.protocol, session: record.session.clone(), payload };
    let prepared = Prepared::InSession(outbound);
    Ok(Plan { prepared, left_out: Vec::new(), signed_at, other_path, signed_anew })
}

fn default_target(record: &Record) -> &'static str {
    match record.protocol {
        Protocol::Versia => INBOX,
        _ => "/",
    }
}

/// The text of a message, signed anew where it is one of Versia's and there is a signer.
fn message(
    record: &Record,
    text: &str,
    target: &str,
    replay: &Replay,
    at: i64,
) -> Result<(String, Option<i64>), ReplayError> {
    let message = Message::read(text.as_bytes()).ok().filter(|_| record.protocol == Protocol::Versia);
    let Some(message) = message else {
        let body = changed(&text.into(), &replay.values)?;
        return Ok((String::from_utf8(body).map_err(|_| ReplayError::NotText)?, None));
    };
    match &replay.signer {
        Some(signer) => {
            let entity = changed(&message.entity.into(), &replay.values)?;
            let signed = signer.sign("POST", target, at, &entity);
            let entity = String::from_utf8(entity).map_err(|_| ReplayError::NotText)?;
            Ok((Message::new(signed, entity).write(), None))
        }
        None if replay.values.is_empty() => Ok((text.to_owned(), parse_seconds(&message.signed_at))),
        None => Err(ReplayError::NoSigner),
    }
}

fn changed(body: &Bytes, values: &[(String, Value)]) -> Result<Vec<u8>, ReplayError> {
    if values.is_empty() {
        return Ok(body.0.clone());
    }
    let document = body.as_text().filter(|text| serde_json::from_str::<Value>(text).is_ok());
    let mut document = document.ok_or(ReplayError::NotJson)?.to_owned();
    for (path, value) in values {
        document = entity::set(&document, path, value).map_err(ReplayError::NoPlace)?;
    }
    Ok(document.into_bytes())
}

/// Sends a request, and says what came of it.
pub fn exchange(road: &mut HttpRoad, request: HttpRequest) -> Attempt {
    road.send(request, None)
}

#[cfg(test)]
mod tests;
