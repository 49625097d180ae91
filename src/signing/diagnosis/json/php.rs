//! PHP's `json_encode`, behind `json_decode`.

use super::write::{COMPACT, Style, write};
use super::{Writer, number, text};

pub(super) const WRITERS: &[Writer] = &[
    Writer { name: "PHP's json_encode", rank: 0, write: |value| write(value, &STYLE) },
    Writer {
        name: "PHP's json_encode with JSON_UNESCAPED_SLASHES",
        rank: 1,
        write: |value| write(value, &Style { text: text::php_slashes, ..STYLE }),
    },
    Writer {
        name: "PHP's json_encode with JSON_UNESCAPED_UNICODE",
        rank: 1,
        write: |value| write(value, &Style { text: text::php_unicode, ..STYLE }),
    },
    Writer {
        name: "PHP's json_encode with JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE",
        rank: 1,
        write: |value| write(value, &Style { text: text::php_both, ..STYLE }),
    },
    Writer {
        name: "PHP's json_encode of arrays, in which {} becomes []",
        rank: 1,
        write: |value| write(value, &Style { empty: ("[]", "[]"), ..STYLE }),
    },
    Writer {
        name: "PHP's json_encode with JSON_PRETTY_PRINT",
        rank: 1,
        write: |value| write(value, &PRETTY),
    },
    Writer {
        name: "PHP's json_encode with JSON_PRETTY_PRINT, JSON_UNESCAPED_SLASHES and JSON_UNESCAPED_UNICODE",
        rank: 2,
        write: |value| write(value, &Style { text: text::php_both, ..PRETTY }),
    },
];

const STYLE: Style = Style { number: number::php, text: text::php, ..COMPACT };
const PRETTY: Style = Style { key: ": ", indent: Some("    "), ..STYLE };
