//! Go's `encoding/json`: maps have their keys sorted, structs keep their order, HTML is escaped.

use super::write::{COMPACT, SORTED, Style, write};
use super::{Json, Writer, number, text};

pub(super) const WRITERS: &[Writer] = &[
    Writer { name: "Go's json.Marshal of a map", rank: 0, write: |value| write(value, &MAP) },
    Writer { name: "Go's json.Marshal of a struct", rank: 1, write: |value| write(value, &STRUCT) },
    Writer {
        name: "Go's json.Encoder of a map, which adds a newline",
        rank: 1,
        write: |value| line(value, &MAP),
    },
    Writer {
        name: "Go's json.Encoder of a struct, which adds a newline",
        rank: 1,
        write: |value| line(value, &STRUCT),
    },
    Writer {
        name: "Go's json.Encoder of a map with SetEscapeHTML(false), which adds a newline",
        rank: 2,
        write: |value| line(value, &Style { text: text::go_plain, ..MAP }),
    },
    Writer {
        name: "Go's json.Marshal of a map before Go 1.22",
        rank: 2,
        write: |value| write(value, &Style { text: text::go_old, ..MAP }),
    },
    Writer { name: "Go's json.MarshalIndent with 2 blanks", rank: 1, write: |value| indented(value, "  ") },
    Writer { name: "Go's json.MarshalIndent with 4 blanks", rank: 2, write: |value| indented(value, "    ") },
    Writer { name: "Go's json.MarshalIndent with a tab", rank: 2, write: |value| indented(value, "\t") },
];

const MAP: Style = Style { number: number::go, text: text::go, ..SORTED };
const STRUCT: Style = Style { number: |text, out| out.push_str(text), text: text::go, ..COMPACT };

fn line(value: &Json, style: &Style) -> String {
    let mut text = write(value, style);
    text.push('\n');
    text
}

fn indented(value: &Json, indent: &'static str) -> String {
    write(value, &Style { key: ": ", indent: Some(indent), ..MAP })
}
