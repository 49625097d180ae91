//! Rust's serde_json: a `Value` has its keys sorted, unless `preserve_order` is on.

use super::write::{COMPACT, SORTED, Style, write};
use super::{Writer, number};

pub(super) const WRITERS: &[Writer] = &[
    Writer {
        name: "serde_json's to_string of a Value",
        rank: 1,
        write: |value| write(value, &Style { number: number::rust, ..SORTED }),
    },
    Writer {
        name: "serde_json's to_string in the order of the document",
        rank: 1,
        write: |value| write(value, &Style { number: number::rust, ..COMPACT }),
    },
    Writer {
        name: "serde_json's to_string_pretty of a Value",
        rank: 1,
        write: |value| write(value, &Style { number: number::rust, key: ": ", indent: Some("  "), ..SORTED }),
    },
    Writer {
        name: "serde_json's to_string_pretty in the order of the document",
        rank: 1,
        write: |value| {
            write(value, &Style { number: number::rust, key: ": ", indent: Some("  "), ..COMPACT })
        },
    },
];
