//! What a body is made of: forms of JSON that servers trip over, and sizes.

use serde_json::json;

use super::{Case, INBOX, Judged, Outcome, Probe, Value, described, holds, invalid, of, with_number};
use crate::check::ask::Ask;
use crate::check::case::Level::{Must, Should};
use crate::check::expect::says_nothing;
use crate::client::{HttpError, Stage};
use crate::protocol::versia::INSTANCE;

/// Ten megabytes.
const HUGE: usize = 10_000_000;

/// It is taken or refused, and the instance does not break over it.
fn outlived(probe: &Probe<'_>, body: impl Into<Vec<u8>>) -> Judged {
    let expected = "an acceptance or a refusal with 4xx";
    let response = match probe.send(&Ask::post(body)) {
        Ok(response) => response,
        // Who does not want to read a body may close the connection (RFC 9110, 15.5.14), when it is still there for others.
        Err(HttpError::Closed { stage: Stage::Send, .. } | HttpError::Broken { stage: Stage::Send, .. }) => {
            let metadata = probe.send(&Ask::get(INSTANCE).unsigned())?;
            return Ok(holds(metadata.status == 200, expected, described(&metadata)));
        }
        Err(error) => return Err(error),
    };
    Ok(says_nothing(probe, response.status)
        .unwrap_or_else(|| holds(matches!(response.status / 100, 2 | 4), expected, described(&response))))
}

/// A right note in whose content this stands as it is written in JSON.
fn with_content(probe: &Probe<'_>, written: &str) -> String {
    let mut note = probe.note();
    note["content"]["text/plain"]["content"] = json!("12345");
    note.to_string().replacen("12345", written, 1)
}

/// A right note with an unknown extension of so many levels.
fn nested(probe: &Probe<'_>, levels: usize) -> String {
    let mut note = probe.note();
    note["extensions"] = json!({ "org.example:check": { "deep": 12_345 } });
    let deep = "[".repeat(levels) + &"]".repeat(levels);
    note.to_string().replacen("12345", &deep, 1)
}

/// A right note with a picture whose size is written like this.
fn with_size(probe: &Probe<'_>, size: &str) -> String {
    let mut note = probe.note();
    note["attachments"] = json!([{
        "image/png": { "content": "https://a.example/1.png", "remote": true, "size": 12_345 },
    }]);
    note.to_string().replacen("12345", size, 1)
}

fn huge(probe: &Probe<'_>) -> Value {
    let mut note = probe.note();
    note["content"]["text/plain"]["content"] = json!("x".repeat(HUGE));
    note
}

fn in_utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
}

/// Two deliveries of the same text, of which the second one is refused or taken for done.
fn twice(probe: &Probe<'_>) -> Judged {
    let mut note = probe.note();
    let first = probe.send(&Ask::post(note.to_string()))?;
    note["content"]["text/plain"]["content"] = json!("The same id with another text");
    let second = probe.send(&Ask::post(note.to_string()))?;
    if let Some(outcome) = says_nothing(probe, second.status) {
        return Ok(outcome);
    }
    let expected = "an acceptance or a refusal with 4xx of another note with the same id";
    let is_so = first.status / 100 == 2 && matches!(second.status / 100, 2 | 4);
    let got = format!("{}, and then {}", described(&first), described(&second));
    Ok(if is_so { Outcome::Kept } else { Outcome::broken(expected, got) })
}

pub(in crate::check::cases) const CASES: &[Case] = &[
    of("inbox/json/overflow", Must, INBOX, "The number 1e400, which overflows, is refused with 422", |p| {
        with_number(p, "1e400")
    }),
    of("inbox/json/many-digits", Must, INBOX, "A number of 400 digits is refused with 422", |p| {
        with_number(p, &"9".repeat(400))
    }),
    of("inbox/json/leading-zero", Must, INBOX, "A number that begins with a zero is refused with 422", |p| {
        with_number(p, "012")
    }),
    of("inbox/json/integer-with-point", Must, INBOX, "A size of 1.0 is refused with 422", |p| {
        invalid(p, with_size(p, "1.0"))
    }),
    of("inbox/json/not-a-number", Must, INBOX, "A NaN, which is no JSON, is refused with 422", |p| {
        with_number(p, "NaN")
    }),
    of(
        "inbox/json/lone-surrogate",
        Should,
        INBOX,
        "Half a surrogate pair, which is no text, is refused with 422",
        |p| invalid(p, with_content(p, "\\ud800")),
    ),
    of(
        "inbox/json/control-character",
        Must,
        INBOX,
        "A control character that is not escaped is refused with 422",
        |p| invalid(p, with_content(p, "\u{1}")),
    ),
    of("inbox/json/carriage-return", Must, INBOX, "A text with a carriage return is refused with 422", |p| {
        invalid(p, with_content(p, "a\\r\\nb"))
    }),
    of("inbox/json/utf-16", Must, INBOX, "A body in UTF-16 is refused with 422", |p| {
        invalid(p, in_utf16(&p.note().to_string()))
    }),
    of(
        "inbox/odd/byte-order-mark",
        Should,
        INBOX,
        "A byte order mark is passed over or refused (RFC 8259, 8.1), and breaks nothing",
        |p| outlived(p, format!("\u{feff}{}", p.note())),
    ),
    of(
        "inbox/odd/nul",
        Should,
        INBOX,
        "A NUL in a text, escaped, is taken or refused, and breaks nothing",
        |p| outlived(p, with_content(p, "a\\u0000b")),
    ),
    of("inbox/json/trailing-text", Must, INBOX, "Something behind the entity is refused with 422", |p| {
        invalid(p, format!("{}{{}}", p.note()))
    }),
    of(
        "inbox/size/nested-1000",
        Should,
        INBOX,
        "An unknown extension of 1000 levels is taken or refused, and breaks nothing",
        |p| outlived(p, nested(p, 1_000)),
    ),
    of(
        "inbox/size/nested-100000",
        Should,
        INBOX,
        "An unknown extension of 100000 levels is taken or refused, and breaks nothing",
        |p| outlived(p, nested(p, 100_000)),
    ),
    of("inbox/size/huge", Should, INBOX, "A note of 10 MB is taken or refused, and breaks nothing", |p| {
        outlived(p, huge(p).to_string())
    }),
    of(
        "inbox/duplicate/other-content",
        Should,
        INBOX,
        "Another note with the same id is taken for a change or refused, and breaks nothing",
        twice,
    ),
];
