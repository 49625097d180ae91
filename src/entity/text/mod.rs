//! The rules for JSON as text (<https://versia.pub/json>), with positions, and the tree that the other rules look at.
//!
//! A document that breaks them is still read as far as it goes, so that everything that is wrong with it is told at once.

mod number;
mod tree;
mod unreadable;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;

use self::number::look_at_number;
use self::tree::MANY;
pub(super) use self::tree::{ObjectEnd, Tree};
use self::unreadable::{parse_anyhow, parse_strictly};
use super::violation::{Edit, Findings, Found, quoted};
use crate::finding::codes;

/// How deep objects and arrays may stand in one another: no parser follows without end.
pub(super) const DEEPEST: usize = 100;

/// How long the name of a field may be for the rules of a type to be applied to what it holds, in bytes: every violation
/// in it has the name in its pointer.
pub(super) const LONGEST_NAME: usize = 1_000;

/// How much of a pointer is told, in bytes.
const LONGEST_POINTER: usize = 1_000;

/// How many replacements one violation has at most: the document is looked at again behind them.
const EDITS: usize = 40_000;

/// A byte order mark.
const MARK: &str = "\u{feff}";

/// A document as text: what was found, and what could be read.
pub(super) struct Text<'a> {
    /// The text that the tree was read from. It has the length of the document's.
    pub(super) read: Cow<'a, str>,
    pub(super) found: Findings,
}

impl<'a> Text<'a> {
    /// Looks at a document before it is parsed.
    ///
    /// # Errors
    /// What keeps it from being parsed.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Box<Found>> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let at = error.valid_up_to();
            let message = format!("the byte {:#04x} is no part of UTF-8 here", bytes[at]);
            let found = Found::new(&codes::NOT_UTF8, at..at + 1, message);
            Box::new(match bytes {
                [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => {
                    found.with_fix("it is UTF-16: `iconv -f utf-16 -t utf-8` converts it".to_owned())
                }
                _ => found,
            })
        })?;
        let mut read = Cow::Borrowed(text);
        let mut found = Findings::default();
        if text.starts_with(MARK) {
            let edit = Edit::new(0..MARK.len(), "");
            let mark = Found::new(&codes::BYTE_ORDER_MARK, 0..MARK.len(), "it begins with a byte order mark");
            found.push(mark.with_edits(vec![edit]));
            read.to_mut().replace_range(..MARK.len(), "   ");
        }
        found.extend(carriage_returns(text));
        if let Some(at) = too_deep(bytes) {
            let message = format!("more than {DEEPEST} objects and arrays stand in one another here");
            return Err(Box::new(Found::new(&codes::TOO_DEEP, at..at + 1, message)));
        }
        Ok(Text { read, found })
    }

    /// Reads the tree, and looks at all of it.
    pub(super) fn parse(&mut self) -> Option<Tree<'_>> {
        let strict = serde_json::from_str::<serde::de::IgnoredAny>(&self.read);
        if let Err(error) = strict {
            unreadable::repair_numbers(self.read.to_mut(), &mut self.found);
            let root = parse_anyhow(&self.read, &error, &mut self.found)?;
            look_at(&self.read, &root, &mut Vec::new(), &mut self.found);
            return Some(Tree::new(&self.read, root));
        }
        match parse_strictly(&self.read) {
            Ok(root) => {
                look_at(&self.read, &root, &mut Vec::new(), &mut self.found);
                Some(Tree::new(&self.read, root))
            }
            Err(found) => {
                self.found.push(*found);
                None
            }
        }
    }
}

/// Line endings of two characters: one finding for all of them.
fn carriage_returns(text: &str) -> Option<Found> {
    let all = || memchr::memchr_iter(b'\r', text.as_bytes());
    let first = all().next()?;
    let message = match all().count() {
        1 => "a line ends in a carriage return".to_owned(),
        count => format!("{count} lines end in a carriage return; this is the first"),
    };
    // One alone is a line ending too, in very old files.
    let edit = |at: usize| {
        let is_before_line_feed = text.as_bytes().get(at + 1) == Some(&b'\n');
        Edit::new(at..at + 1, if is_before_line_feed { "" } else { "\n" })
    };
    Some(
        Found::new(&codes::CRLF, first..first + 1, message).with_edits(all().take(EDITS).map(edit).collect()),
    )
}

/// Where a document goes deeper than is followed.
fn too_deep(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Some(at);
        }
    }
    None
}

/// Looks at the keys, the numbers and the strings of a value, and of all in it.
fn look_at<'a>(text: &str, value: &'a Value<'a>, path: &mut Vec<Cow<'a, str>>, found: &mut Findings) {
    if found.is_full() {
        return;
    }
    match value {
        Value::Object(object) => {
            look_at_keys(object, path, found);
            for property in &object.properties {
                path.push(property.name.as_str().into());
                look_at(text, &property.value, path, found);
                path.pop();
            }
        }
        Value::Array(array) => {
            for (index, item) in array.elements.iter().enumerate() {
                path.push(index.to_string().into());
                look_at(text, item, path, found);
                path.pop();
            }
        }
        Value::NumberLit(number) => {
            found.extend(look_at_number(number.value, span(number)).map(|it| it.at(pointer(path))));
        }
        Value::StringLit(string) if string.value.contains('\r') => {
            let (written, start) = (&text[span(string)], string.range.start);
            let edits = text_edits(written, start);
            let message = "the text has a carriage return";
            let one = Found::new(&codes::CARRIAGE_RETURN_IN_TEXT, span(string), message);
            found.push(one.at(pointer(path)).with_edits(edits));
        }
        Value::StringLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {}
    }
}

/// Takes the carriage returns out of a string as it is written.
fn text_edits(written: &str, start: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(next) = written[at..].find('\\').map(|next| at + next).filter(|_| edits.len() < EDITS) {
        let length = if written[next + 1..].starts_with('u') { 6 } else { 2 };
        let escape = written.get(next..next + length).unwrap_or_default();
        at = next + escape.len().max(1);
        if escape == "\\r" || escape.eq_ignore_ascii_case("\\u000d") {
            let rest = &written[at..];
            let is_before_line_feed =
                rest.starts_with("\\n") || rest.starts_with("\\u000a") || rest.starts_with("\\u000A");
            edits.push(Edit::new(start + next..start + at, if is_before_line_feed { "" } else { "\\n" }));
        }
    }
    edits
}

fn look_at_keys<'a>(object: &'a Object<'a>, path: &[Cow<'a, str>], found: &mut Findings) {
    let count = object.properties.len();
    if count > MANY {
        let message = format!("{count} keys stand in one object");
        let start = object.range.start;
        found.push(Found::new(&codes::VERY_LARGE, start..start + 1, message).at(pointer(path)));
    }
    let mut seen = HashSet::with_capacity(count);
    for property in &object.properties {
        if found.is_full() {
            return;
        }
        let name = property.name.as_str();
        let place = || told_pointer(&format!("{}/{}", pointer(path), escape_token(name))).into_owned();
        if name.len() > LONGEST_NAME {
            let message = format!("the key {} has {} bytes", quoted(name), name.len());
            found.push(Found::new(&codes::VERY_LARGE, key_span(property), message).at(place()));
        }
        if !seen.insert(name) {
            let message = format!("the key {} stands here once more", quoted(name));
            found.push(Found::new(&codes::DUPLICATE_KEY, key_span(property), message).at(place()));
        }
        let odd = name.chars().find(|c| !is_key_character(*c));
        let (code, message) = match odd {
            None if !name.is_empty() => continue,
            None => (&codes::KEY_CHARACTERS, "the key is empty".to_owned()),
            Some(odd) if is_exempt(name, odd) => {
                (&codes::KEY_OF_THE_DOCUMENTS, format!("the key {} has {odd:?}", quoted(name)))
            }
            Some(odd) => (&codes::KEY_CHARACTERS, format!("the key {} has {odd:?}", quoted(name))),
        };
        found.push(Found::new(code, key_span(property), message).at(place()));
    }
}

fn is_key_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.#/:".contains(c)
}

/// Keys that the documents themselves prescribe though they break the rule.
fn is_exempt(name: &str, odd: char) -> bool {
    let is_media_type =
        odd == '+' && name.contains('/') && name.chars().all(|c| is_key_character(c) || c == '+');
    name == "$schema" || is_media_type
}

pub(super) fn span(ranged: &impl Ranged) -> Range<usize> {
    let range = ranged.range();
    range.start..range.end
}

/// Where the key of a property stands.
pub(super) fn key_span(property: &ObjectProp) -> Range<usize> {
    span(&property.name)
}

/// A path as a JSON pointer, or the beginning of it.
fn pointer(path: &[Cow<str>]) -> String {
    let mut pointer = String::new();
    for token in path {
        if pointer.len() > LONGEST_POINTER {
            break;
        }
        pointer.push('/');
        // What is cut here is longer than is told of it in the end.
        let end = token.floor_char_boundary(LONGEST_POINTER + 4);
        pointer.push_str(&escape_token(&token[..end]));
    }
    pointer
}

/// A pointer as it is told: whole, or its beginning when names of any length make it long.
pub(super) fn told_pointer(pointer: &str) -> Cow<'_, str> {
    if pointer.len() <= LONGEST_POINTER {
        return pointer.into();
    }
    format!("{}…", &pointer[..pointer.floor_char_boundary(LONGEST_POINTER)]).into()
}

/// A key as a part of a JSON pointer.
pub(super) fn escape_token(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
