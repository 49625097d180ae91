//! An entity with places that are filled in anew for each delivery: `{{n}}`, `{{uuid}}` and `{{now}}`.
//!
//! What is filled in never needs escaping in JSON: digits, a UUID, an RFC 3339 time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::protocol::Ambient;

/// An entity, fixed or to be filled in.
#[derive(Debug, Clone)]
pub struct Template {
    pieces: Arc<[Piece]>,
    /// How many were made, by all who share the template.
    made: Arc<AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(Bytes),
    Number,
    Uuid,
    Now,
}

/// A place has a name that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPlace(pub String);

impl fmt::Display for UnknownPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing is known to fill in for {{{{{}}}}}", self.0)
    }
}

impl std::error::Error for UnknownPlace {}

impl Template {
    /// The same bytes each time, whatever stands in them.
    pub fn fixed(bytes: impl Into<Bytes>) -> Self {
        Template::of(vec![Piece::Fixed(bytes.into())])
    }

    /// Finds the places in a text: two braces, a word, two braces.
    ///
    /// # Errors
    /// When one of the words is none that is filled in.
    pub fn parse(text: &str) -> Result<Self, UnknownPlace> {
        let mut pieces = Vec::new();
        let mut fixed = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            let (before, inner) = (&rest[..at], &rest[at + 2..]);
            let word = inner.find("}}").map(|end| (inner[..end].trim(), &inner[end + 2..]));
            let Some((word, after)) = word.filter(|(word, _)| is_word(word)) else {
                fixed.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
                continue;
            };
            let place = match word {
                "n" => Piece::Number,
                "uuid" => Piece::Uuid,
                "now" => Piece::Now,
                other => return Err(UnknownPlace(other.to_owned())),
            };
            fixed.push_str(before);
            pieces.push(Piece::Fixed(std::mem::take(&mut fixed).into()));
            pieces.push(place);
            rest = after;
        }
        fixed.push_str(rest);
        pieces.push(Piece::Fixed(fixed.into()));
        Ok(Template::of(pieces))
    }

    fn of(pieces: Vec<Piece>) -> Self {
        Template { pieces: pieces.into(), made: Arc::default() }
    }

    /// Whether there is nothing to fill in.
    pub fn is_fixed(&self) -> bool {
        matches!(*self.pieces, [Piece::Fixed(_)])
    }

    /// The entity with the number that follows the last one's, from 0.
    pub fn next(&self, ambient: Ambient) -> Bytes {
        if let [Piece::Fixed(bytes)] = &*self.pieces {
            return bytes.clone();
        }
        self.fill(self.made.fetch_add(1, Ordering::Relaxed), ambient)
    }

    /// The entity with this number.
    pub fn fill(&self, number: u64, ambient: Ambient) -> Bytes {
        let mut filled = Vec::with_capacity(1024);
        for piece in &*self.pieces {
            match piece {
                Piece::Fixed(bytes) => filled.extend_from_slice(bytes),
                Piece::Number => filled.extend_from_slice(number.to_string().as_bytes()),
                Piece::Uuid => filled.extend_from_slice(ambient.record_id().as_bytes()),
                Piece::Now => filled.extend_from_slice(ambient.record_time().unwrap_or_default().as_bytes()),
            }
        }
        filled.into()
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMBIENT: Ambient = Ambient { now_millis: || 1_729_243_417_000, random: |bytes| bytes.fill(7) };

    fn filled(text: &str, number: u64) -> String {
        let bytes = Template::parse(text).unwrap().fill(number, AMBIENT);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn places_are_filled_in_and_everything_else_stays() {
        assert_eq!(filled("a{{n}}b{{ n }}", 12), "a12b12");
        assert_eq!(filled("{{now}}", 0), "2024-10-18T09:23:37.000Z");
        assert_eq!(filled("{{uuid}}", 0), AMBIENT.record_id());
        for text in ["", "{", "{{", "{{}}", "{{ a-b }}", "{{{\"a\":{}}}", "}}{{", "{{é}}"] {
            assert_eq!(filled(text, 0), text);
        }
        assert_eq!(filled("{{{n}}}", 3), "{3}");
    }

    #[test]
    fn a_word_that_means_nothing_is_an_error() {
        assert_eq!(Template::parse("{{uid}}").unwrap_err(), UnknownPlace("uid".into()));
    }

    #[test]
    fn numbers_go_on_from_delivery_to_delivery_and_fixed_bytes_stay() {
        let template = Template::parse("{{n}}").unwrap();
        let other = template.clone();
        assert_eq!((&*template.next(AMBIENT), &*other.next(AMBIENT)), (&b"0"[..], &b"1"[..]));
        let fixed = Template::fixed("{{n}}");
        assert!(fixed.is_fixed() && !template.is_fixed());
        assert_eq!(&*fixed.next(AMBIENT), b"{{n}}");
    }
}
