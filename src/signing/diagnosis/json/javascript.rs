//! JavaScript's `JSON.stringify`.

use super::write::{COMPACT, Style, write};
use super::{Json, Writer, number, unique};

pub(super) const WRITERS: &[Writer] = &[
    Writer { name: "JSON.stringify", rank: 0, write: |value| write(value, &STYLE) },
    Writer { name: "JSON.stringify with an indent of 2", rank: 0, write: |value| indented(value, "  ") },
    Writer { name: "JSON.stringify with an indent of 4", rank: 1, write: |value| indented(value, "    ") },
    Writer { name: "JSON.stringify with a tab", rank: 1, write: |value| indented(value, "\t") },
];

const STYLE: Style = Style { order, number: number::javascript, ..COMPACT };

fn indented(value: &Json, indent: &'static str) -> String {
    write(value, &Style { key: ": ", indent: Some(indent), ..STYLE })
}

/// Keys that are array indices come first, in the order of their numbers (ECMA-262, OrdinaryOwnPropertyKeys).
fn order(members: &[(String, Json)]) -> Vec<(&str, &Json)> {
    let index = |key: &str| {
        let number: u32 = key.parse().ok()?;
        (number < u32::MAX && number.to_string() == key).then_some(number)
    };
    let mut members = unique(members);
    members.sort_by_key(|(key, _)| index(key).map_or((1, 0), |number| (0, number)));
    members
}
