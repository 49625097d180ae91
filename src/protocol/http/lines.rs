//! Lines of a text, ended by LF or CRLF, with their numbers.

use memchr::{memchr, memchr_iter};

/// Walks over a text line by line.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Lines { rest: text, number: 0 }
    }

    /// The next line without its end; none at the end of the text.
    pub(super) fn next_line(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = first_line(self.rest);
        self.rest = rest;
        self.number += 1;
        Some(line)
    }

    /// The number of the line read last, from 1.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Passes over lines of white space.
    pub(super) fn skip_blank(&mut self) {
        while !self.rest.is_empty() && first_line(self.rest).0.trim_ascii().is_empty() {
            self.next_line();
        }
    }

    /// Goes on at `rest`, a tail of what was not read yet.
    pub(super) fn skip_to_rest(&mut self, rest: &'a [u8]) {
        let skipped = self.rest.len().saturating_sub(rest.len());
        let skipped = self.rest.get(..skipped).unwrap_or_default();
        self.number += memchr_iter(b'\n', skipped).count();
        self.rest = rest;
    }
}

/// The first line of a text without its end, and the rest after that end.
pub(super) fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr(b'\n', text).and_then(|at| text.split_at_checked(at)) {
        Some((line, rest)) => (line, rest.get(1..).unwrap_or_default()),
        None => (text, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// A text without the line end that it ends with, if any.
pub(super) fn without_line_end(text: &[u8]) -> &[u8] {
    match text.strip_suffix(b"\n") {
        Some(text) => text.strip_suffix(b"\r").unwrap_or(text),
        None => text,
    }
}
