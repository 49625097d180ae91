//! What happens in a session, for programs: records, and lines of their own for what is no record.

use std::time::Duration;

use serde_json::{Value, json};

use super::trouble::described;
use super::{describe_stop, shown_url};
use crate::cli::network::describe_with_source;
use crate::cli::render::verification::{Reference, Style, render};
use crate::cli::ui::{Painter, to_json};
use crate::client::websocket::SessionCause;
use crate::entity::Report;
use crate::protocol::record::Record;
use crate::repl::{Closed, Expected, Handshake, Happening, Listed, Received, Status, Stop, Told, words};

/// The lines of JSON for something that happened; none for what is told on standard error.
pub fn lines(told: &Told, frames: bool) -> Vec<String> {
    match &told.happening {
        Happening::Opened(handshake) => vec![to_json(&*handshake.record)],
        Happening::Received(received) => with_flaws(&received.record, received.flaws.as_deref()),
        Happening::Sent(sent) => with_flaws(&sent.record, sent.flaws.as_deref()),
        Happening::Frame(record) if frames || is_close(record) => vec![to_json(&**record)],
        Happening::Frame(_) => Vec::new(),
        Happening::Shown(record, _) => vec![to_json(&**record)],
        Happening::Retrying(attempt, pause) => {
            vec![to_json(&json!({ "retrying": { "attempt": attempt, "after_ms": in_millis(*pause) } }))]
        }
        Happening::Using(label, ..) => vec![to_json(&json!({ "using": { "session": *label.name } }))],
        Happening::Sessions(sessions) => {
            vec![to_json(&json!({ "sessions": sessions.iter().map(listed_value).collect::<Vec<_>>() }))]
        }
        Happening::Settings(settings) => {
            let values: serde_json::Map<_, _> =
                settings.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            vec![to_json(&json!({ "settings": values }))]
        }
        Happening::Said(text) => vec![to_json(&json!({ "said": text }))],
        Happening::Differs(difference) => {
            vec![to_json(&json!({ "differs": { "line": difference.line, "what": difference.what } }))]
        }
        Happening::PingCame(bytes) => vec![to_json(&json!({ "ping": { "bytes": bytes } }))],
        Happening::Pong(ping) => {
            let millis = ping.round_trip.map(in_millis);
            vec![to_json(&json!({ "pong": { "round_trip_ms": millis } }))]
        }
        Happening::Closed(closed) => closed_lines(closed),
        Happening::Expected(expected) => vec![to_json(&expected_value(expected))],
        Happening::WouldSend(text) => {
            let message = serde_json::from_str::<Value>(text).unwrap_or_default();
            vec![to_json(&json!({ "would_send": message }))]
        }
        Happening::Verified(Some(received)) => vec![verified(received)],
        Happening::Verified(None) => vec![to_json(&json!({ "verified": null }))],
        Happening::Headers(Some(handshake)) => vec![to_json(&json!({ "handshake": *handshake.record }))],
        Happening::Headers(None) => vec![to_json(&json!({ "handshake": null }))],
        Happening::Status(status) => vec![to_json(&status_value(status))],
        Happening::Stopped(stop) => vec![to_json(&json!({ "stopped": stopped_value(*stop) }))],
        Happening::NotOpened(error) => {
            let code = error.code().map(|code| code.id);
            vec![to_json(&json!({ "not_opened": { "code": code, "message": describe_with_source(error) } }))]
        }
        Happening::Trouble(place, trouble) => {
            let (file, line) =
                place.as_ref().map_or((None, None), |place| (place.file.as_deref(), Some(place.line)));
            let (message, hint) = described(trouble);
            let value = json!({ "file": file, "line": line, "message": message, "hint": hint });
            vec![to_json(&json!({ "trouble": value }))]
        }
        Happening::Time(_) | Happening::Frames(_) | Happening::Help(..) => Vec::new(),
    }
}

/// A message, and behind it what is wrong with its entity.
fn with_flaws(record: &Record, flaws: Option<&Report>) -> Vec<String> {
    let flaws = flaws.map(|report| {
        to_json(&json!({
            "violations": report.violations,
            "not_shown": report.more,
            "direction": record.direction,
            "session": record.session,
            "message": record.seq,
        }))
    });
    std::iter::once(to_json(record)).chain(flaws).collect()
}

fn is_close(record: &Record) -> bool {
    record.frame.as_ref().is_some_and(|frame| frame.opcode == "close")
}

fn stopped_value(stop: Stop) -> Value {
    let message = describe_stop(stop);
    match stop {
        Stop::Count { came, wanted } => {
            json!({ "reason": "count", "came": came, "wanted": wanted, "message": message })
        }
        Stop::Unanswered(count, _) => json!({ "reason": "unanswered", "count": count, "message": message }),
        Stop::Pong => json!({ "reason": "pong", "message": message }),
        Stop::Time => json!({ "reason": "time", "message": message }),
    }
}

fn closed_lines(closed: &Closed) -> Vec<String> {
    let mut lines: Vec<_> = closed.record.iter().map(|record| to_json(&**record)).collect();
    let close = match &closed.end {
        Ok(close) => Some(close),
        Err(error) => match &error.cause {
            SessionCause::ClosedByPeer(close) => Some(close),
            _ => None,
        },
    };
    let error = closed.end.as_ref().err().map(
        |error| json!({ "code": error.code().map(|code| code.id), "message": describe_with_source(error) }),
    );
    lines.push(to_json(&json!({ "ended": {
        "session": closed.session,
        "code": close.and_then(|close| close.code),
        "words": close.map(|close| words(close.code)),
        "reason": close.map(|close| &close.reason),
        "asked_for": closed.asked_for,
        "error": error,
    } })));
    lines
}

fn expected_value(expected: &Expected) -> Value {
    json!({ "expected": {
        "expression": expected.text,
        "met": expected.met_by.is_some(),
        "message": expected.met_by.as_ref().map(|message| message.number),
        "looked_at": expected.looked_at,
        "forgotten": expected.forgotten,
        "waited_ms": in_millis(expected.waited),
    } })
}

fn verified(received: &Received) -> String {
    let Some(checked) = &received.reading.checked else { return to_json(&json!({ "verified": null })) };
    let mut text = Vec::new();
    let style = Style { json: true, details: true, paint: Painter::new(false) };
    render(checked, &format!("message {}", received.number), Reference::None, &style, &mut text);
    String::from_utf8_lossy(&text).trim_end().to_owned()
}

fn status_value(status: &Status) -> Value {
    let handshake = status.handshake.as_deref();
    let of = |part: fn(&Handshake) -> Value| handshake.map(part).unwrap_or_default();
    json!({ "status": {
        "session": of(|handshake| json!(handshake.session)),
        "open": status.is_open,
        "url": of(|handshake| json!(shown_url(&handshake.url))),
        "peer": of(|handshake| json!(handshake.peer.to_string())),
        "subprotocol": of(|handshake| json!(handshake.subprotocol)),
        "tls": of(|handshake| json!(handshake.tls)),
        "signed_by": of(|handshake| json!(handshake.signed_by)),
        "opened_at": of(|handshake| json!(handshake.record.at)),
        "sent": status.sent,
        "unanswered": status.unanswered,
        "received": status.received,
        "valid": status.valid,
        "round_trip_ms": status.round_trip.map(in_millis),
        "protocol": of(|handshake| json!(handshake.protocol.to_string())),
        "subscriptions": status.subscriptions,
    } })
}

fn listed_value(session: &Listed) -> Value {
    json!({
        "session": *session.label.name,
        "url": shown_url(&session.url),
        "protocol": session.protocol.to_string(),
        "open": session.is_open,
        "used": session.is_used,
    })
}

/// A length of time in milliseconds, to the microsecond.
fn in_millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1_000.0
}
