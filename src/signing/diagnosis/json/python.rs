//! Python's `json.dumps`.

use super::write::{COMPACT, Style, write};
use super::{Writer, number, sorted, text};

pub(super) const WRITERS: &[Writer] = &[
    Writer { name: "Python's json.dumps", rank: 0, write: |value| write(value, &STYLE) },
    Writer {
        name: "Python's json.dumps with ensure_ascii=False",
        rank: 1,
        write: |value| write(value, &UTF8),
    },
    Writer {
        name: "Python's json.dumps with separators=(',', ':')",
        rank: 1,
        write: |value| write(value, &Style { item: ",", key: ":", ..STYLE }),
    },
    Writer {
        name: "Python's json.dumps with separators=(',', ':') and ensure_ascii=False",
        rank: 1,
        write: |value| write(value, &Style { item: ",", key: ":", ..UTF8 }),
    },
    Writer {
        name: "Python's json.dumps with sort_keys",
        rank: 1,
        write: |value| write(value, &Style { order: sorted, ..STYLE }),
    },
    Writer {
        name: "Python's json.dumps with sort_keys and separators=(',', ':')",
        rank: 2,
        write: |value| write(value, &Style { item: ",", key: ":", order: sorted, ..STYLE }),
    },
    Writer {
        name: "Python's json.dumps with indent=2",
        rank: 1,
        write: |value| write(value, &Style { item: ",", indent: Some("  "), ..STYLE }),
    },
    Writer {
        name: "Python's json.dumps with indent=4",
        rank: 1,
        write: |value| write(value, &Style { item: ",", indent: Some("    "), ..STYLE }),
    },
];

const STYLE: Style = Style { item: ", ", key: ": ", number: number::python, text: text::python, ..COMPACT };
const UTF8: Style = Style { text: text::plain, ..STYLE };
