//! Bodies: as JSON by the paths of their values, and as text by the first place where they part.

use serde_json::Value;

use super::Finder;
use crate::protocol::record::Bytes;

/// How many values that differ are told of one body.
const MAX_TOLD: usize = 50;

/// How much of a text or a value is quoted, in characters.
const QUOTED: usize = 120;

/// How much of a text stands before the place where it parts from the other, in bytes.
const BEFORE: usize = 20;

pub(super) fn compare(finder: &mut Finder<'_>, first: &Bytes, second: &Bytes) {
    if first == second {
        return;
    }
    let json = |bytes: &Bytes| serde_json::from_slice::<Value>(&bytes.0).ok();
    let mut told = 0;
    if let (Some(one), Some(other)) = (json(first), json(second)) {
        values("$", &one, &other, finder, &mut told);
        if told == 0 {
            let lengths = [first, second].map(|bytes| Some(format!("{} bytes", bytes.0.len())));
            let [one, other] = lengths;
            finder.add("(the same JSON, written differently)", one, other);
        } else if told > MAX_TOLD {
            finder.add(format!("({} more values)", told - MAX_TOLD), None, None);
        }
    }
    text(finder, first, second);
}

fn values(path: &str, first: &Value, second: &Value, finder: &mut Finder<'_>, told: &mut usize) {
    match (first, second) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                let path = format!("{path}{}", step(name));
                match other.get(name) {
                    Some(other) => values(&path, value, other, finder, told),
                    None => add(&path, Some(value), None, finder, told),
                }
            }
            for (name, value) in other.iter().filter(|(name, _)| !one.contains_key(*name)) {
                add(&format!("{path}{}", step(name)), None, Some(value), finder, told);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for at in 0..one.len().max(other.len()) {
                let path = format!("{path}[{at}]");
                match (one.get(at), other.get(at)) {
                    (Some(one), Some(other)) => values(&path, one, other, finder, told),
                    (one, other) => add(&path, one, other, finder, told),
                }
            }
        }
        // A document in a text, as a signed message has one.
        (Value::String(one), Value::String(other)) if one != other => {
            let inner = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
            match (inner(one), inner(other)) {
                (Some(one), Some(other)) => values(path, &one, &other, finder, told),
                _ => add(path, Some(first), Some(second), finder, told),
            }
        }
        _ if first == second => {}
        _ => add(path, Some(first), Some(second), finder, told),
    }
}

/// A name in a path, as JSONPath has it.
fn step(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain && !name.is_empty() { format!(".{name}") } else { format!("[{}]", Value::from(name)) }
}

fn add(path: &str, first: Option<&Value>, second: Option<&Value>, finder: &mut Finder<'_>, told: &mut usize) {
    *told += 1;
    if *told <= MAX_TOLD {
        finder.add(path, first.map(quoted), second.map(quoted));
    }
}

fn quoted(value: &Value) -> String {
    shortened(&value.to_string())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Where two texts part, and how each goes on there.
fn text(finder: &mut Finder<'_>, first: &Bytes, second: &Bytes) {
    let same = first.0.iter().zip(&second.0).take_while(|(one, other)| one == other).count();
    let place = format!("(bytes, from {})", same + 1);
    let [one, other] = [first, second].map(|bytes| {
        let start = same.saturating_sub(BEFORE);
        let rest = bytes.0.get(start..).unwrap_or_default();
        let before = if start > 0 { "…" } else { "" };
        let length = bytes.0.len();
        Some(match std::str::from_utf8(&bytes.0) {
            _ if rest.is_empty() => format!("nothing more ({length} bytes)"),
            Ok(_) => format!("{before}{} ({length} bytes)", shortened(&String::from_utf8_lossy(rest))),
            Err(_) => format!("{before}{} ({length} bytes)", hex(rest)),
        })
    });
    finder.add(place, one, other);
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<_> = bytes.iter().take(2 * BEFORE).map(|byte| format!("{byte:02x}")).collect();
    shown.join(" ")
}
