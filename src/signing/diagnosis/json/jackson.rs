//! Java's Jackson: `writeValueAsString` of a tree or a map, and its default pretty printer.

use super::write::{COMPACT, Style, write};
use super::{Writer, number, text};

pub(super) const WRITERS: &[Writer] = &[
    Writer { name: "Jackson's writeValueAsString", rank: 1, write: |value| write(value, &STYLE) },
    Writer { name: "Jackson's default pretty printer", rank: 1, write: |value| write(value, &PRETTY) },
];

const STYLE: Style = Style { number: number::java, text: text::jackson, ..COMPACT };
const PRETTY: Style =
    Style { key: " : ", indent: Some("  "), empty: ("{ }", "[ ]"), flat_lists: true, ..STYLE };
