//! What came to a message that was sent again, held against what came then.

use serde_json::Value;

/// The most differences that are told of one message.
const MAX_TOLD: usize = 20;

/// The longest value that is told, in characters.
const MAX_VALUE: usize = 80;

/// Names of fields whose values differ each time.
const PASSED_OVER: [&str; 4] = ["timestamp", "signature", "signed_at", "created_at"];

/// How what came to a message differs from what came then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The line of the recording that was sent.
    pub line: u64,
    /// What is different, a line each.
    pub what: Vec<String>,
}

/// Compares what came then with what comes now, in order; `None` when it is the same.
pub(in super::super) fn compare(line: u64, then: &[Vec<u8>], now: &[Vec<u8>]) -> Option<Difference> {
    let mut what = Vec::new();
    let count = then.len();
    for (number, (then, now)) in (1..).zip(then.iter().zip(now)) {
        let place = if count == 1 { String::new() } else { format!("message {number} ") };
        match (serde_json::from_slice(then), serde_json::from_slice(now)) {
            (Ok(then), Ok(now)) => values(&format!("{place}$"), &then, &now, &mut what),
            _ if then == now => {}
            _ => what.push(format!("{place}was {}, is {}", text(then), text(now))),
        }
    }
    for missing in then.iter().skip(now.len()) {
        what.push(format!("did not come: {}", text(missing)));
    }
    for more in now.iter().skip(then.len()) {
        what.push(format!("came in addition: {}", text(more)));
    }
    if what.len() > MAX_TOLD {
        let rest = what.len() - MAX_TOLD;
        what.truncate(MAX_TOLD);
        what.push(format!("{rest} more"));
    }
    (!what.is_empty()).then_some(Difference { line, what })
}

fn values(path: &str, then: &Value, now: &Value, what: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            for (name, value) in then.iter().filter(|(name, _)| !PASSED_OVER.contains(&name.as_str())) {
                match now.get(name) {
                    Some(present) => values(&format!("{path}.{name}"), value, present, what),
                    None => what.push(format!("{path}.{name} is missing; it was {}", shown(value))),
                }
            }
            for (name, value) in now.iter().filter(|(name, _)| !then.contains_key(*name)) {
                if !PASSED_OVER.contains(&name.as_str()) {
                    what.push(format!("{path}.{name} is new: {}", shown(value)));
                }
            }
        }
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            for (at, (then, now)) in then.iter().zip(now).enumerate() {
                values(&format!("{path}[{at}]"), then, now, what);
            }
        }
        // A document in a text, as a signed message has one.
        (Value::String(inner), Value::String(other)) if inner != other => {
            match (serde_json::from_str::<Value>(inner), serde_json::from_str::<Value>(other)) {
                (Ok(then), Ok(now)) if then.is_object() => values(path, &then, &now, what),
                _ => what.push(format!("{path} was {}, is {}", shown(then), shown(now))),
            }
        }
        _ if then == now => {}
        _ => what.push(format!("{path} was {}, is {}", shown(then), shown(now))),
    }
}

fn shown(value: &Value) -> String {
    shortened(value.to_string())
}

fn text(payload: &[u8]) -> String {
    match std::str::from_utf8(payload) {
        Ok(text) => shortened(text.to_owned()),
        Err(_) => format!("{} bytes", payload.len()),
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(then: &[&str], now: &[&str]) -> Vec<String> {
        let bytes = |list: &[&str]| list.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
        compare(1, &bytes(then), &bytes(now)).map(|difference| difference.what).unwrap_or_default()
    }

    #[test]
    fn what_is_the_same_but_for_times_and_signatures_is_no_difference() {
        assert!(
            differences(&["{\"a\":1,\"timestamp\":1}", "x"], &["{\"timestamp\":2,\"a\":1}", "x"]).is_empty()
        );
        let message = |time: u8| format!("{{\"signed_at\":\"{time}\",\"entity\":\"{{\\\"a\\\":1}}\"}}");
        assert!(differences(&[&message(1)], &[&message(2)]).is_empty());
    }

    #[test]
    fn every_difference_has_its_path() {
        for (then, now, what) in [
            (&["{\"a\":{\"b\":[1,2]}}"][..], &["{\"a\":{\"b\":[1,3]}}"][..], "$.a.b[1] was 2, is 3"),
            (&["{\"a\":1}"], &["{}"], "$.a is missing; it was 1"),
            (&["{}"], &["{\"a\":1}"], "$.a is new: 1"),
            (&["x", "y"], &["x"], "did not come: y"),
            (&[], &["x"], "came in addition: x"),
            (&["x"], &["y"], "was x, is y"),
            (&["1", "2"], &["1", "3"], "message 2 $ was 2, is 3"),
            (&["{\"e\":\"{\\\"a\\\":1}\"}"], &["{\"e\":\"{\\\"a\\\":2}\"}"], "$.e.a was 1, is 2"),
        ] {
            assert_eq!(differences(then, now), [what]);
        }
        let many = |value: u8| format!("[{}]", vec![value.to_string(); 50].join(","));
        assert_eq!(differences(&[&many(1)], &[&many(2)]).last().unwrap(), "30 more");
    }
}
