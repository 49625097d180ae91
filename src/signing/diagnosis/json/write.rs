//! The common frame of the serialisers: what they differ in is a [`Style`].

use super::{Json, sorted, unique};

/// Puts the members of an object in order.
type Order = fn(&[(String, Json)]) -> Vec<(&str, &Json)>;

/// How a serialiser writes what JSON leaves open.
pub(super) struct Style {
    /// Between the items of a list that is on one line.
    pub(super) item: &'static str,
    /// Between a key and its value.
    pub(super) key: &'static str,
    /// A level's indentation; on one line without it.
    pub(super) indent: Option<&'static str>,
    /// What an empty object and an empty list look like.
    pub(super) empty: (&'static str, &'static str),
    /// Whether lists stay on one line, with a blank inside their brackets.
    pub(super) flat_lists: bool,
    /// The order of an object's members.
    pub(super) order: Order,
    /// Appends a number.
    pub(super) number: fn(&str, &mut String),
    /// Appends a text, with its quotes.
    pub(super) text: fn(&str, &mut String),
}

/// On one line, without blanks; numbers as they are written.
pub(super) const COMPACT: Style = Style {
    item: ",",
    key: ":",
    indent: None,
    empty: ("{}", "[]"),
    flat_lists: false,
    order: unique,
    number: |text, out| out.push_str(text),
    text: super::text::plain,
};

/// The same with sorted keys.
pub(super) const SORTED: Style = Style { order: sorted, ..COMPACT };

/// Writes a document.
pub(super) fn write(value: &Json, style: &Style) -> String {
    let mut out = String::new();
    append(value, style, 0, &mut out);
    out
}

fn append(value: &Json, style: &Style, depth: usize, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(text) => (style.number)(text, out),
        Json::String(text) => (style.text)(text, out),
        Json::Array(items) if items.is_empty() => out.push_str(style.empty.1),
        Json::Array(items) => array(items, style, depth, out),
        Json::Object(members) if members.is_empty() => out.push_str(style.empty.0),
        Json::Object(members) => {
            out.push('{');
            for (place, (key, value)) in (style.order)(members).into_iter().enumerate() {
                separate(place, style, depth + 1, out);
                (style.text)(key, out);
                out.push_str(style.key);
                append(value, style, depth + 1, out);
            }
            line(style, depth, out);
            out.push('}');
        }
    }
}

fn array(items: &[Json], style: &Style, depth: usize, out: &mut String) {
    if style.flat_lists {
        out.push_str("[ ");
        for (place, item) in items.iter().enumerate() {
            out.push_str(if place > 0 { ", " } else { "" });
            append(item, style, depth, out);
        }
        out.push_str(" ]");
        return;
    }
    out.push('[');
    for (place, item) in items.iter().enumerate() {
        separate(place, style, depth + 1, out);
        append(item, style, depth + 1, out);
    }
    line(style, depth, out);
    out.push(']');
}

fn separate(place: usize, style: &Style, depth: usize, out: &mut String) {
    if place > 0 {
        out.push_str(style.item);
    }
    line(style, depth, out);
}

fn line(style: &Style, depth: usize, out: &mut String) {
    if let Some(indent) = style.indent {
        out.push('\n');
        (0..depth).for_each(|_| out.push_str(indent));
    }
}
