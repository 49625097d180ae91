//! A JSON document as its text has it, to be written again as other programs write it.
//!
//! Keeps what a serialiser may keep: the order of keys, keys that are there twice, the text of numbers. Never used to
//! verify: only to find out what a sender may have signed.

mod go;
mod jackson;
mod javascript;
mod layout;
mod number;
mod php;
mod python;
mod read;
mod rust;
mod text;
mod write;

pub(super) use layout::{indented, minified};
pub(super) use read::read;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    String(String),
    Array(Vec<Json>),
    /// In the order of the text; a key may be there twice.
    Object(Vec<(String, Json)>),
}

/// One way to write a document again.
pub(super) struct Writer {
    /// What writes so, in a few words.
    pub(super) name: &'static str,
    /// How likely it is: 0 for the likeliest.
    pub(super) rank: u8,
    /// Writes a document.
    pub(super) write: fn(&Json) -> String,
}

/// All of them, the likeliest first.
pub(super) fn writers() -> impl Iterator<Item = &'static Writer> {
    [javascript::WRITERS, python::WRITERS, php::WRITERS, go::WRITERS, rust::WRITERS, jackson::WRITERS]
        .into_iter()
        .flatten()
}

/// What JavaScript's `Number()` makes of a text, written again; `None` for what is no number.
pub(in super::super) fn javascript_number(text: &str) -> Option<String> {
    let text = text.trim();
    let prefixed = |prefix: &str, radix: u32| {
        let digits = text.strip_prefix(prefix).or_else(|| text.strip_prefix(&prefix.to_ascii_uppercase()))?;
        u64::from_str_radix(digits, radix)
            .ok()
            .filter(|_| !digits.starts_with('+'))
            .map(|number| number.to_string())
    };
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let number = match [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(start, radix)| prefixed(start, radix))
    {
        Some(number) => number,
        None if text.is_empty() => "0".to_owned(),
        None if plain && text.parse::<f64>().is_ok_and(f64::is_finite) => text.to_owned(),
        None => return None,
    };
    let mut out = String::new();
    number::javascript(&number, &mut out);
    Some(out)
}

/// A map as most languages read it: of keys that are there twice, the last value at the first one's place.
fn unique(members: &[(String, Json)]) -> Vec<(&str, &Json)> {
    let mut kept: Vec<(&str, &Json)> = Vec::with_capacity(members.len());
    let mut places = std::collections::HashMap::with_capacity(members.len());
    for (key, value) in members {
        match places.get(key.as_str()) {
            Some(&place) => {
                let kept: &mut (&str, &Json) = &mut kept[place];
                kept.1 = value;
            }
            None => {
                places.insert(key.as_str(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}

/// The same, sorted by the bytes of the keys.
fn sorted(members: &[(String, Json)]) -> Vec<(&str, &Json)> {
    let mut members = unique(members);
    members.sort_by(|one, other| one.0.cmp(other.0));
    members
}
