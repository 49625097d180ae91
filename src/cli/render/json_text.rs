//! JSON with line breaks and indentation, for people. Every name, number and string stays as it was written.

use colored::Color;
use serde::de::IgnoredAny;

use crate::cli::ui::{Painter, harmless};

const INDENT: usize = 2;

/// The same JSON on many lines; `None` when the text is not JSON.
pub fn indented(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let (mut in_string, mut escaped) = (false, false);
    let mut characters = text.chars().filter(|c| !c.is_ascii_whitespace() || *c == ' ').peekable();
    while let Some(c) = characters.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            ' ' => {}
            '{' | '[' => {
                while characters.next_if_eq(&' ').is_some() {}
                out.push(c);
                match characters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                in_string = true;
                out.push(c);
            }
            other => out.push(other),
        }
    }
    Some(out)
}

/// The same JSON on one line: blanks between its parts are left out, and what could harm a terminal is written as `\\u`
/// escapes. A text that is not JSON loses its line breaks only.
pub fn on_one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            in_string = c == '"';
        }
        out.push(c);
    }
    harmless(&out).into_owned()
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth * INDENT));
}

/// JSON in colours: names, strings, and everything else that is a value. What is not JSON is painted as far as it looks
/// like it.
pub fn painted(text: &str, paint: Painter) -> String {
    if !paint.paints() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
        let (end, color) = match first {
            '"' => {
                let end = string_end(rest);
                let is_name = rest[end..].trim_start_matches(' ').starts_with(':');
                (end, Some(if is_name { Color::Cyan } else { Color::Green }))
            }
            first if is_word(first) => {
                (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), Some(Color::Yellow))
            }
            first => (first.len_utf8(), None),
        };
        let (piece, behind) = rest.split_at(end);
        match color {
            Some(color) => out.push_str(&paint.color(piece, color)),
            None => out.push_str(piece),
        }
        rest = behind;
    }
    out
}

/// Where the string at the beginning ends.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_and_nothing_in_it_changes() {
        let text = "{\"b\" : [1.0e2, {} , [\r\n\t] ],\"a\":\"x, \\\"{y}\\\\\", \"a\": null}\n";
        let laid_out = "{\n  \"b\": [\n    1.0e2,\n    {},\n    []\n  ],\n  \"a\": \"x, \\\"{y}\\\\\",\n  \"a\": null\n}";
        assert_eq!(indented(text).as_deref(), Some(laid_out));
        for text in ["", "{", "{\"a\":1}x", "<html>"] {
            assert_eq!(indented(text), None, "{text}");
        }
        assert_eq!(indented(" 7 ").as_deref(), Some("7"));
    }

    #[test]
    fn json_fits_on_a_line_and_nothing_in_it_changes() {
        let text = "{\n  \"b\" : [ 1.0e2,\t{} ],\r\n \"a\": \"x, \\\" y\\\\\" , \"c\":\"\u{202e}\"}\n";
        assert_eq!(on_one_line(text), "{\"b\":[1.0e2,{}],\"a\":\"x, \\\" y\\\\\",\"c\":\"\\u202e\"}");
    }

    #[test]
    fn colours_change_nothing_but_the_colours() {
        colored::control::set_override(true);
        let text = "{\n  \"a\\\"\": [1.5e3, true, \"é😀\"], \"cut";
        let shown = painted(text, Painter::new(true));
        let plain: String = shown
            .split('\u{1b}')
            .map(|piece| {
                piece.split_once('m').filter(|_| piece.starts_with('[')).map_or(piece, |(_, rest)| rest)
            })
            .collect();
        assert_eq!(plain, text);
        assert!(shown.contains("\u{1b}[36m\"a\\\"\"") && shown.contains("\u{1b}[32m\"é😀\""), "{shown}");
        assert_eq!(painted(text, Painter::new(false)), text);
    }
}
