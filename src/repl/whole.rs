//! Lines of a script become whole commands: a JSON document may go on over several lines.

use crate::client::websocket::MAX_MESSAGE;

/// A whole command, and the number of its first line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The number of its first line.
    pub number: u64,
    /// Its text, with the line breaks inside of it.
    pub text: String,
}

/// Puts the lines of a document together, in one pass over its bytes.
#[derive(Debug, Default)]
pub struct WholeLines {
    lines: u64,
    begun: Option<Whole>,
    depth: usize,
    in_string: bool,
}

impl WholeLines {
    /// Takes the next line, without its line break; gives the command that it completes.
    pub fn push(&mut self, line: &str) -> Option<Whole> {
        self.lines += 1;
        let mut whole = match self.begun.take() {
            Some(begun) => Whole { text: format_joined(begun.text, line), ..begun },
            None => {
                (self.depth, self.in_string) = (0, false);
                Whole { number: self.lines, text: line.to_owned() }
            }
        };
        if !whole.text.trim_start().starts_with(['{', '[']) {
            return Some(whole);
        }
        self.scan(line);
        // What is larger is no message, and would take every line there is.
        if self.depth > 0 && !self.in_string && whole.text.len() <= MAX_MESSAGE {
            self.begun = Some(whole);
            return None;
        }
        whole.text.shrink_to_fit();
        Some(whole)
    }

    /// What was begun and not completed when there are no more lines.
    pub fn rest(&mut self) -> Option<Whole> {
        self.begun.take()
    }

    fn scan(&mut self, line: &str) {
        let mut escaped = false;
        for byte in line.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if self.in_string => escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }
}

fn format_joined(mut begun: String, line: &str) -> String {
    begun.push('\n');
    begun.push_str(line);
    begun
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_goes_on_until_its_last_brace() {
        let mut lines = WholeLines::default();
        let whole = |number, text: &str| Some(Whole { number, text: text.to_owned() });
        assert_eq!(lines.push("/ping {"), whole(1, "/ping {"));
        assert_eq!(lines.push("{\"a\": \"}\","), None);
        assert_eq!(lines.push("  \"b\": [\"\\\"{\""), None);
        assert_eq!(lines.push("]} "), whole(2, "{\"a\": \"}\",\n  \"b\": [\"\\\"{\"\n]} "));
        assert_eq!(lines.push("{}"), whole(5, "{}"));
        assert_eq!(lines.push(""), whole(6, ""));
        // A string never holds a line break: what is left open on a line is wrong, and waits for nothing.
        assert_eq!(lines.push("{\"a"), whole(7, "{\"a"));
        assert_eq!(lines.push("{"), None);
        assert_eq!(lines.rest(), whole(8, "{"));
        assert_eq!(lines.rest(), None);
        let (mut count, long) = (0, format!("[{}", " ".repeat(1 << 20)));
        while lines.push(&long).is_none() {
            count += 1;
            assert!(count <= 16);
        }
    }
}
