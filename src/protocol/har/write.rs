//! Writing records as an archive that browser dev tools and proxies open, and that is read back as it was.
//!
//! What the format has no place for travels beside it: `_record` is the whole record, and the frames of a session stand
//! in its handshake's `_webSocketMessages`, as Chrome has them.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::protocol::http::reason;
use crate::protocol::record::{
    Bytes, Direction, Frame, Headers, Record, Request, Response, Timings, Transport,
};

/// An archive, and what has no place in one.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The archive.
    pub archive: Value,
    /// How many records are not in it: what could not be parsed, and frames whose session's handshake is not there.
    pub left_out: usize,
}

/// Writes records as an archive, made by a program of this version.
pub fn write(records: &[Record], version: &str) -> Written {
    let mut entries: Vec<Value> = Vec::new();
    let mut sessions: HashMap<&str, usize> = HashMap::new();
    for record in records.iter().filter(|record| is_exchange(record)) {
        if let (Some(session), Some(101)) = (&record.session, record.response.as_ref().map(|it| it.status)) {
            sessions.insert(session, entries.len());
        }
        let mut entry = plain(record);
        entry["_record"] = json!(record);
        entries.push(entry);
    }
    let mut left_out = 0;
    for record in records.iter().filter(|record| !is_exchange(record)) {
        let handshake = record.session.as_deref().and_then(|session| sessions.get(session));
        match (handshake.and_then(|at| entries.get_mut(*at)), &record.frame) {
            (Some(entry), Some(frame)) => match &mut entry["_webSocketMessages"] {
                Value::Array(messages) => messages.push(message(record, frame)),
                none => *none = json!([message(record, frame)]),
            },
            _ => left_out += 1,
        }
    }
    let log = json!({ "version": "1.2", "creator": { "name": "versia-cli", "version": version }, "entries": entries });
    Written { archive: json!({ "log": log }), left_out }
}

fn is_exchange(record: &Record) -> bool {
    record.request.is_some() && record.frame.is_none()
}

/// An entry with the format's own fields only.
pub(super) fn plain(record: &Record) -> Value {
    let request = record.request.clone().unwrap_or_default();
    let version = record.http.as_deref().unwrap_or("1.1");
    let http = format!("HTTP/{version}");
    let timings = record.timings.unwrap_or_default();
    let response = match &record.response {
        Some(answer) => response(answer, &http),
        None => json!({ "status": 0, "statusText": "", "httpVersion": http, "cookies": [], "headers": [],
            "content": { "size": 0, "mimeType": "x-unknown" }, "redirectURL": "", "headersSize": -1, "bodySize": -1,
            "_error": record.error.as_ref().map(|error| &error.message) }),
    };
    let mut entry = json!({
        "startedDateTime": record.at.as_deref().unwrap_or("1970-01-01T00:00:00.000Z"),
        "time": timings.total.unwrap_or(0.0),
        "request": asked(record, &request, &http),
        "response": response,
        "cache": {},
        "timings": stages(&timings),
    });
    if let Some(peer) = &record.peer {
        entry["serverIPAddress"] = peer.rsplit_once(':').map_or(peer.as_str(), |(host, _)| host).into();
    }
    entry
}

fn asked(record: &Record, request: &Request, http: &str) -> Value {
    let headers = request.headers.clone().unwrap_or_default();
    let mut asked = json!({
        "method": request.method,
        "url": url(record, request, &headers),
        "httpVersion": http,
        "cookies": [],
        "headers": list(&headers),
        "queryString": query(&request.target),
        "headersSize": -1,
        "bodySize": request.body.0.len(),
    });
    if !request.body.is_empty() {
        asked["postData"] = content(&headers, &request.body);
    }
    asked
}

fn response(response: &Response, http: &str) -> Value {
    let mut content = content(&response.headers, &response.body);
    content["size"] = response.body.0.len().into();
    let to = value(&response.headers, "location").unwrap_or_default();
    json!({
        "status": response.status,
        "statusText": reason(response.status),
        "httpVersion": http,
        "cookies": [],
        "headers": list(&response.headers),
        "content": content,
        "redirectURL": to,
        "headersSize": -1,
        "bodySize": response.body.0.len(),
    })
}

/// The address that a record's request went to, as far as it is known: a record knows the host by its header only.
pub fn url_of(record: &Record) -> String {
    let request = record.request.clone().unwrap_or_default();
    let headers = request.headers.clone().unwrap_or_default();
    url(record, &request, &headers)
}

fn url(record: &Record, request: &Request, headers: &Headers) -> String {
    if request.target.contains("://") && !request.target.starts_with('/') {
        return request.target.clone();
    }
    let is_session = value(headers, "upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
    let scheme = match (is_session, record.tls.is_some()) {
        (false, false) => "http",
        (false, true) => "https",
        (true, false) => "ws",
        (true, true) => "wss",
    };
    let host = value(headers, "host").unwrap_or_else(|| "host.invalid".to_owned());
    format!("{scheme}://{host}{}", request.target)
}

fn value(headers: &Headers, name: &str) -> Option<String> {
    let (_, value) = headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name))?;
    value.as_text().map(str::to_owned)
}

fn list(headers: &Headers) -> Value {
    let one =
        |(name, value): &(String, Bytes)| json!({ "name": name, "value": String::from_utf8_lossy(&value.0) });
    headers.iter().map(one).collect()
}

fn query(target: &str) -> Value {
    let Some((_, query)) = target.split_once('?') else { return json!([]) };
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        json!({ "name": name, "value": value })
    });
    pairs.collect()
}

fn content(headers: &Headers, body: &Bytes) -> Value {
    let kind = value(headers, "content-type").unwrap_or_else(|| "application/octet-stream".to_owned());
    match body.as_text() {
        Some(text) => json!({ "mimeType": kind, "text": text }),
        None => json!({ "mimeType": kind, "text": STANDARD.encode(&body.0), "encoding": "base64" }),
    }
}

/// The stages as the format has them, where connecting includes TLS; -1 for one that there was not.
fn stages(timings: &Timings) -> Value {
    let of = |stage: Option<f64>| stage.unwrap_or(-1.0);
    let connect = timings.connect.map(|connect| connect + timings.tls.unwrap_or(0.0));
    let before: f64 = [timings.dns, connect, timings.first_byte].into_iter().flatten().sum();
    let receive = timings.total.map_or(0.0, |total| (total - before).max(0.0));
    json!({ "blocked": -1, "dns": of(timings.dns), "connect": of(connect), "ssl": of(timings.tls), "send": 0,
        "wait": timings.first_byte.unwrap_or(0.0), "receive": receive })
}

/// A frame as Chrome has it: its kind of opcode as a number, bytes as base64.
fn message(record: &Record, frame: &Frame) -> Value {
    let opcode = match frame.opcode.as_str() {
        "text" => 1,
        "binary" => 2,
        "close" => 8,
        "ping" => 9,
        "pong" => 10,
        _ => 0,
    };
    let sent = record.direction == Some(Direction::Out);
    let data = match (frame.data.as_text(), opcode) {
        (Some(text), 1) => text.to_owned(),
        _ => STANDARD.encode(&frame.data.0),
    };
    let seconds = record.at.as_deref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    json!({
        "type": if sent { "send" } else { "receive" },
        "time": seconds.map_or(0.0, |at| at.as_millisecond() as f64 / 1_000.0),
        "opcode": opcode,
        "data": data,
        "_record": record,
    })
}

/// A frame that somebody else's archive has.
pub(super) fn frame_of(message: &Value, handshake: &Record) -> Option<Record> {
    let (opcode, is_text) = match message["opcode"].as_u64()? {
        1 => ("text", true),
        2 => ("binary", false),
        8 => ("close", false),
        9 => ("ping", false),
        10 => ("pong", false),
        _ => return None,
    };
    let data = message["data"].as_str().unwrap_or_default();
    let data = if is_text { data.into() } else { Bytes(STANDARD.decode(data).ok()?) };
    let direction = if message["type"] == "send" { Direction::Out } else { Direction::In };
    let at = message["time"].as_f64().and_then(|seconds| {
        let at = jiff::Timestamp::from_millisecond((seconds * 1_000.0).round() as i64).ok()?;
        Some(format!("{at:.3}"))
    });
    let request = handshake.request.as_ref().map(|request| Request {
        method: request.method.clone(),
        target: request.target.clone(),
        ..Request::default()
    });
    Some(Record {
        at,
        transport: Transport::Ws,
        direction: Some(direction),
        session: handshake.session.clone(),
        request,
        frame: Some(Frame { opcode: opcode.to_owned(), data, ..Frame::default() }),
        ..Record::default()
    })
}
