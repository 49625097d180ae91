//! The journal's lines: what is written, and how it is read back. Pure.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::delivery::item::BodyDigest;
use crate::delivery::outcome::Outcome;

/// The version of the file's form.
const VERSION: u64 = 1;

/// The most of an error's text that is kept, in characters.
const MAX_ERROR: usize = 300;

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// The first one.
    Header {
        /// The version of the form.
        version: u64,
    },
    /// A request for this document goes out next.
    Started(u64),
    /// A document's outcome.
    Settled(Entry<'a>),
}

/// A document's outcome as a line has it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry<'a> {
    pub(super) ordinal: u64,
    #[serde(with = "hex")]
    pub(super) sha256: BodyDigest,
    #[serde(borrow)]
    pub(super) target: Cow<'a, str>,
    pub(super) outcome: Word,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Cow<'a, str>>,
}

/// An outcome in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Word {
    Delivered,
    Refused,
    Failed,
    Unfinished,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written<'a> {
    Header {
        versia_cli_journal: u64,
    },
    Started {
        started: u64,
    },
    #[serde(borrow)]
    Settled(Entry<'a>),
}

/// The first line of a new journal.
pub(super) fn header() -> String {
    write(&Written::Header { versia_cli_journal: VERSION })
}

/// Whether this program reads journals of that version.
pub(super) fn is_known(version: u64) -> bool {
    version == VERSION
}

/// The line before a request goes out.
pub(super) fn started(ordinal: u64) -> String {
    write(&Written::Started { started: ordinal })
}

/// The line on an outcome.
pub(super) fn settled(ordinal: u64, sha256: BodyDigest, target: &str, outcome: &Outcome) -> String {
    let (word, status, error) = match outcome {
        Outcome::Delivered { status } => (Word::Delivered, *status, None),
        Outcome::Refused { status } => (Word::Refused, Some(*status), None),
        Outcome::Failed(failure) => {
            (Word::Failed, None, Some(failure.message.chars().take(MAX_ERROR).collect()))
        }
        Outcome::Unfinished { status, .. } => (Word::Unfinished, *status, None),
    };
    let error = error.map(|text: String| Cow::Owned(text));
    write(&Written::Settled(Entry { ordinal, sha256, target: target.into(), outcome: word, status, error }))
}

fn write(line: &Written<'_>) -> String {
    // Maps with string keys always serialise.
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a line, without its line ending; `None` when it is not one of a journal.
pub(super) fn read(line: &[u8]) -> Option<Line<'_>> {
    Some(match serde_json::from_slice(line).ok()? {
        Written::Header { versia_cli_journal } => Line::Header { version: versia_cli_journal },
        Written::Started { started } => Line::Started(started),
        Written::Settled(entry) => Line::Settled(entry),
    })
}

/// A digest as 64 hex digits.
mod hex {
    use std::fmt::Write as _;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use super::BodyDigest;

    pub(super) fn serialize<S: Serializer>(digest: &BodyDigest, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(64);
        for byte in digest {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BodyDigest, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let mut digest = BodyDigest::default();
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(D::Error::custom("a SHA-256 has 64 hex digits"));
        }
        for (byte, pair) in digest.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(D::Error::custom)?;
            *byte = u8::from_str_radix(pair, 16).map_err(D::Error::custom)?;
        }
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::item::{Item, Place};
    use crate::delivery::outcome::{Failure, FailureKind, Unfinished};

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let item = Item::new(7, Place::line("notes.ndjson", 7), b"{}".to_vec());
        let failure = Failure {
            kind: FailureKind::Connection,
            code: None,
            message: "gone \"away\"".into(),
            hint: None,
        };
        for (outcome, says) in [
            (Outcome::Delivered { status: Some(202) }, r#""outcome":"delivered","status":202}"#),
            (Outcome::Delivered { status: None }, r#""outcome":"delivered"}"#),
            (Outcome::Refused { status: 401 }, r#""outcome":"refused","status":401}"#),
            (Outcome::Failed(failure), r#""outcome":"failed","error":"gone \"away\""}"#),
            (
                Outcome::Unfinished { status: Some(503), why: Unfinished::Stopped },
                r#""outcome":"unfinished","status":503}"#,
            ),
        ] {
            let line = settled(7, item.digest(), "https://b.example/inbox", &outcome);
            assert!(line.ends_with(&format!("{says}\n")), "{line}");
            let Some(Line::Settled(entry)) = read(line.as_bytes()) else { panic!("{line}") };
            assert_eq!((entry.ordinal, entry.sha256), (7, item.digest()));
            assert_eq!(entry.target, "https://b.example/inbox");
        }
        assert_eq!(read(started(17).as_bytes()), Some(Line::Started(17)));
        assert_eq!(read(header().as_bytes()), Some(Line::Header { version: 1 }));
    }

    #[test]
    fn anything_else_is_not_a_line() {
        for text in [
            "",
            "{}",
            "[]",
            "nonsense",
            r#"{"started":-1}"#,
            r#"{"ordinal":1}"#,
            r#"{"ordinal":1,"sha256":"00","target":"x","outcome":"delivered"}"#,
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
