//! Texts as serialisers escape them.

use std::fmt::Write as _;

/// What a serialiser escapes beyond what JSON demands, and how.
struct Rules {
    /// Non-ASCII characters, in UTF-16 units.
    ascii: bool,
    /// DEL.
    delete: bool,
    /// `/` as `\/`.
    slash: bool,
    /// `<`, `>` and `&`.
    html: bool,
    /// U+2028 and U+2029.
    line_ends: bool,
    /// Hex digits in upper case.
    upper: bool,
    /// `\b` and `\f`, rather than their numbers.
    short: bool,
}

const NONE: Rules = Rules {
    ascii: false,
    delete: false,
    slash: false,
    html: false,
    line_ends: false,
    upper: false,
    short: true,
};

/// Only what JSON demands: JavaScript, serde_json, Python without `ensure_ascii`.
pub(super) fn plain(text: &str, out: &mut String) {
    quoted(text, &NONE, out);
}

/// Python with `ensure_ascii`.
pub(super) fn python(text: &str, out: &mut String) {
    quoted(text, &Rules { ascii: true, delete: true, ..NONE }, out);
}

/// PHP without flags.
pub(super) fn php(text: &str, out: &mut String) {
    quoted(text, &Rules { ascii: true, slash: true, ..NONE }, out);
}

/// PHP with `JSON_UNESCAPED_SLASHES`.
pub(super) fn php_slashes(text: &str, out: &mut String) {
    quoted(text, &Rules { ascii: true, ..NONE }, out);
}

/// PHP with `JSON_UNESCAPED_UNICODE`.
pub(super) fn php_unicode(text: &str, out: &mut String) {
    quoted(text, &Rules { slash: true, line_ends: true, ..NONE }, out);
}

/// PHP with both.
pub(super) fn php_both(text: &str, out: &mut String) {
    quoted(text, &Rules { line_ends: true, ..NONE }, out);
}

/// Go's `json.Marshal`.
pub(super) fn go(text: &str, out: &mut String) {
    quoted(text, &Rules { html: true, line_ends: true, ..NONE }, out);
}

/// Go's encoder with `SetEscapeHTML(false)`.
pub(super) fn go_plain(text: &str, out: &mut String) {
    quoted(text, &Rules { line_ends: true, ..NONE }, out);
}

/// Go before 1.22, which wrote `\b` and `\f` by their numbers.
pub(super) fn go_old(text: &str, out: &mut String) {
    quoted(text, &Rules { html: true, line_ends: true, short: false, ..NONE }, out);
}

/// Jackson.
pub(super) fn jackson(text: &str, out: &mut String) {
    quoted(text, &Rules { upper: true, ..NONE }, out);
}

fn quoted(text: &str, rules: &Rules, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' if rules.short => out.push_str("\\b"),
            '\u{c}' if rules.short => out.push_str("\\f"),
            '/' if rules.slash => out.push_str("\\/"),
            c if is_numbered(c, rules) => numbered(c, rules.upper, out),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn is_numbered(c: char, rules: &Rules) -> bool {
    c < ' '
        || (rules.ascii && !c.is_ascii())
        || (rules.delete && c == '\u{7f}')
        || (rules.html && matches!(c, '<' | '>' | '&'))
        || (rules.line_ends && matches!(c, '\u{2028}' | '\u{2029}'))
}

fn numbered(c: char, upper: bool, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a string does not fail.
        let _ = if upper { write!(out, "\\u{unit:04X}") } else { write!(out, "\\u{unit:04x}") };
    }
}
