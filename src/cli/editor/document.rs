//! What is typed, as text: where a document or a command ends, and what stands at the cursor. Pure.

use crate::repl::WholeLines;

/// The commands and documents of a text, in order, and whether the last one is whole: the same ones as in a script.
///
/// A line is a command of its own, and only a document goes on over several: until its last bracket. Whatever else stands
/// on its last line belongs to it, so that whoever reads it can say what is wrong.
pub fn split(text: &str) -> (Vec<String>, bool) {
    let mut lines = WholeLines::default();
    let mut parts: Vec<String> =
        text.split('\n').filter_map(|line| lines.push(line)).map(|whole| whole.text).collect();
    parts.retain(|part| !part.trim().is_empty());
    let unfinished = lines.rest().map(|whole| whole.text);
    let whole = unfinished.is_none();
    parts.extend(unfinished);
    (parts, whole)
}

/// What a piece of JSON is, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The name of a field.
    Key,
    /// Any other string.
    String,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// Brackets, commas, colons, space and what is no JSON.
    Other,
}

/// The pieces of text that may be an unfinished or a wrong document, in order and without gaps.
pub fn pieces(text: &str) -> Vec<(Kind, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            '"' => string(rest),
            '-' | '0'..='9' => (Kind::Number, run(rest, |c| c.is_ascii_alphanumeric() || "+-.".contains(c))),
            c if c.is_alphabetic() => {
                let length = run(rest, char::is_alphanumeric);
                let known = matches!(&rest[..length], "true" | "false" | "null");
                (if known { Kind::Word } else { Kind::Other }, length)
            }
            c => (Kind::Other, c.len_utf8()),
        };
        let (piece, behind) = rest.split_at(length);
        pieces.push((kind, piece));
        rest = behind;
    }
    pieces
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The length of a string with its quotes, and whether it is a key.
fn string(text: &str) -> (Kind, usize) {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let behind = text[at + 1..].trim_start();
                return (if behind.starts_with(':') { Kind::Key } else { Kind::String }, at + 1);
            }
            _ => {}
        }
    }
    (Kind::String, text.len())
}

/// What can stand at the end of an unfinished document.
#[derive(Debug, PartialEq, Eq)]
pub enum Place<'t> {
    /// The name of a field; what was typed of it starts here, its quote included.
    Key(usize),
    /// A string as the value of this field; what was typed of it starts here, its quote included.
    Value(&'t str, usize),
    /// Something else.
    Elsewhere,
}

/// What can stand at the end of this text, which is a document up to the cursor.
pub fn place(text: &str) -> Place<'_> {
    let mut open = Vec::new();
    // Where a name can stand, and the name whose value can stand here.
    let (mut wants_key, mut key) = (false, None);
    let mut last_string = None;
    let mut at = 0;
    for (_, piece) in pieces(text) {
        let end = at + piece.len();
        match piece {
            "{" | "[" => {
                open.push(piece);
                (wants_key, key) = (piece == "{", None);
            }
            "}" | "]" => {
                open.pop();
                (wants_key, key) = (false, None);
            }
            "," => (wants_key, key) = (open.last() == Some(&"{"), None),
            ":" => (wants_key, key) = (false, last_string.take()),
            _ if piece.starts_with('"') => {
                let closed = piece.len() > 1 && string(piece).1 == piece.len() && is_closed(piece);
                if !closed && end == text.len() {
                    return match key {
                        _ if wants_key => Place::Key(at),
                        Some(name) => Place::Value(name, at),
                        None => Place::Elsewhere,
                    };
                }
                last_string = Some(piece.trim_matches('"'));
                (wants_key, key) = (false, None);
            }
            _ if piece.trim().is_empty() => {}
            _ => (wants_key, key) = (false, None),
        }
        at = end;
    }
    match key {
        _ if wants_key => Place::Key(text.len()),
        Some(name) => Place::Value(name, text.len()),
        None => Place::Elsewhere,
    }
}

/// Whether a string that starts with a quote ends with one that is not escaped.
fn is_closed(piece: &str) -> bool {
    piece.strip_suffix('"').is_some_and(|inner| {
        let backslashes = inner.len() - inner.trim_end_matches('\\').len();
        backslashes.is_multiple_of(2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_goes_on_until_it_is_whole() {
        for text in ["{", "[1,", "{\"a\": {\"b\": 1}", "{\n\n", "[\"}\""] {
            assert!(!split(text).1, "{text}");
        }
        for text in ["", "{}", " [1] ", "\"a\"", "12", "{\"a\": \"}\"}", "/close", "/send {", "tru"] {
            assert!(split(text).1, "{text}");
        }
    }

    #[test]
    fn what_stands_on_the_line_of_a_document_is_not_a_line_of_its_own() {
        for text in
            ["true story", "42 is the answer", "{\"a\": 1} trailing", "{}}", "{} {}", "{}/quit", "{\"a"]
        {
            assert_eq!(split(text), (vec![text.to_owned()], true));
        }
    }

    #[test]
    fn pasted_lines_are_commands_comments_and_documents_in_order() {
        let (parts, whole) = split("# greet\n/ping\n{\"a\":\n 1}\n\nwrong\n{}\n/close 1000 bye\n");
        assert_eq!(parts, ["# greet", "/ping", "{\"a\":\n 1}", "wrong", "{}", "/close 1000 bye"]);
        assert!(whole);
        assert_eq!(split("{}\n{"), (vec!["{}".to_owned(), "{".to_owned()], false));
    }

    #[test]
    fn the_pieces_are_the_text() {
        let text = "{\"a\\\"b\" : [\"é\", -1.5e3, true, x], \"open";
        let pieces = pieces(text);
        assert_eq!(pieces.iter().map(|(_, piece)| *piece).collect::<String>(), text);
        assert!(pieces.contains(&(Kind::Key, "\"a\\\"b\"")));
        assert!(pieces.contains(&(Kind::String, "\"é\"")));
        assert!(pieces.contains(&(Kind::Number, "-1.5e3")));
        assert!(pieces.contains(&(Kind::Word, "true")));
        assert!(pieces.contains(&(Kind::String, "\"open")));
    }

    #[test]
    fn the_place_at_the_cursor_is_a_key_or_a_value() {
        assert_eq!(place("{"), Place::Key(1));
        assert_eq!(place("{\"ty"), Place::Key(1));
        assert_eq!(place("{\"a\": 1, \"b"), Place::Key(9));
        assert_eq!(place("{\"type\": \"No"), Place::Value("type", 9));
        assert_eq!(place("{\"type\": "), Place::Value("type", 9));
        assert_eq!(place("{\"a\": [\"b"), Place::Elsewhere);
        assert_eq!(place("{\"a\": {\"b\": 1}, \""), Place::Key(16));
        assert_eq!(place("{\"a\": \"b\""), Place::Elsewhere);
        assert_eq!(place("{\"a\": \"b\\\""), Place::Value("a", 6));
    }
}
