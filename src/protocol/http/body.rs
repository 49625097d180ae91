//! Where a message's body ends, and what its bytes are.

use memchr::{memchr_iter, memmem};

use super::error::{HttpError, Part};
use super::head::{is_pseudo_header, is_status_line};
use super::lines::{first_line, without_line_end};
use super::quote::quoted;
use crate::protocol::record::Headers;

/// What the headers say about the body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Framing {
    length: Option<u64>,
    chunked: bool,
}

impl Framing {
    pub(super) fn of(headers: &Headers) -> Result<Self, HttpError> {
        let mut framing = Framing { length: None, chunked: false };
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("Transfer-Encoding") {
                let last = value.0.rsplit(|byte| *byte == b',').next().unwrap_or_default();
                framing.chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            } else if name.eq_ignore_ascii_case("Content-Length") {
                for one in value.0.split(|byte| *byte == b',') {
                    framing.add_length(one.trim_ascii())?;
                }
            }
        }
        Ok(framing)
    }

    fn add_length(&mut self, text: &[u8]) -> Result<(), HttpError> {
        let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        let length = digits
            .then(|| std::str::from_utf8(text).ok()?.parse().ok())
            .flatten()
            .ok_or_else(|| HttpError::BadLength(quoted(text)))?;
        match self.length {
            Some(first) if first != length => Err(HttpError::LengthsDiffer(first, length)),
            _ => {
                self.length = Some(length);
                Ok(())
            }
        }
    }

    /// Whether the headers promise a body.
    pub(super) fn promises_body(self) -> bool {
        self.chunked || self.length.is_some_and(|length| length > 0)
    }

    /// The `Content-Length`, where memory can hold so much.
    pub(super) fn declared(self) -> Option<usize> {
        self.length.and_then(|length| usize::try_from(length).ok())
    }

    /// A request's body, and the response that follows it (or nothing).
    pub(super) fn request_body(self, rest: &[u8]) -> Result<(Vec<u8>, &[u8]), HttpError> {
        if let Some((body, after)) = self.chunks(rest) {
            let after = after.trim_ascii_start();
            if after.is_empty() || starts_response(after) {
                return Ok((body, after));
            }
        }
        let (body, after) = match self.length {
            Some(declared) => {
                let (body, after) = exact(Part::Request, declared, rest)?;
                (body, after.trim_ascii_start())
            }
            None => up_to_response(rest),
        };
        Ok((body.to_vec(), after))
    }

    /// A response's body; `bodiless` for one whose `Content-Length` speaks of what is not sent.
    pub(super) fn response_body(self, rest: &[u8], bodiless: bool) -> Result<Vec<u8>, HttpError> {
        if bodiless && rest.trim_ascii().is_empty() {
            return Ok(Vec::new());
        }
        if let Some((body, after)) = self.chunks(rest)
            && after.trim_ascii().is_empty()
        {
            return Ok(body);
        }
        match self.length {
            Some(declared) => exact(Part::Response, declared, rest).map(|(body, _)| body.to_vec()),
            None => Ok(rest.to_vec()),
        }
    }

    fn chunks(self, rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
        if self.chunked { join_chunks(rest) } else { None }
    }
}

/// The body of `declared` bytes and what follows it: nothing, or after a request its response.
fn exact(part: Part, declared: u64, rest: &[u8]) -> Result<(&[u8], &[u8]), HttpError> {
    let split = usize::try_from(declared).ok().and_then(|length| rest.split_at_checked(length));
    if let Some((body, after)) = split {
        let follows = after.trim_ascii_start();
        if follows.is_empty() || (part == Part::Request && starts_response(follows)) {
            return Ok((body, follows));
        }
    }
    // A body that was cut swallows the beginning of the response: the response's place says how long it really is.
    let found = match part {
        Part::Request => up_to_response(rest).0,
        Part::Response => rest,
    };
    let pairs = memmem::find_iter(found, b"\r\n").count();
    match split {
        Some((_, after)) if found.len() as u64 >= declared => Err(HttpError::Trailing {
            part,
            declared,
            extra: after.len(),
            line_feeds: pairs > 0 && found.len() as u64 - declared == pairs as u64,
        }),
        _ => {
            let alone = memchr_iter(b'\n', found).count() - pairs;
            Err(HttpError::Short {
                part,
                declared,
                found: found.len(),
                line_feeds: alone > 0 && declared.checked_sub(found.len() as u64) == Some(alone as u64),
            })
        }
    }
}

/// Splits before the first status line that stands directly after a blank line.
fn up_to_response(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut at = rest;
    let mut after_blank = true;
    while !at.is_empty() {
        if after_blank && starts_response(at) {
            break;
        }
        let (line, next) = first_line(at);
        after_blank = line.is_empty();
        at = next;
    }
    let before = rest.strip_suffix(at).unwrap_or(rest);
    let body = if before.trim_ascii().is_empty() {
        &[][..]
    } else if at.is_empty() {
        before
    } else {
        without_line_end(without_line_end(before))
    };
    (body, at)
}

/// Whether a response begins right here.
pub(super) fn starts_response(text: &[u8]) -> bool {
    if !text.starts_with(b"HTTP/") && !text.starts_with(b":") {
        return false;
    }
    let (line, _) = first_line(text);
    is_status_line(line) || is_pseudo_header(line)
}

/// Joins the chunks of a chunked body: the bytes, and what follows the last chunk and its trailers.
///
/// Line ends may be LF alone. None where the text is not in chunks, or not to the end.
fn join_chunks(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut body = Vec::new();
    loop {
        if rest.is_empty() {
            return None;
        }
        let (line, data) = first_line(rest);
        let size = chunk_size(line)?;
        if size == 0 {
            rest = data;
            break;
        }
        let (chunk, after) = data.split_at_checked(size)?;
        body.extend_from_slice(chunk);
        let (line_end, after) = first_line(after);
        if !line_end.is_empty() {
            return None;
        }
        rest = after;
    }
    loop {
        // Trailers end with a blank line, which pastes often lose; what is no header is no trailer either.
        let (line, after) = first_line(rest);
        if line.is_empty() {
            return Some((body, after));
        }
        if starts_response(rest) || !line.contains(&b':') {
            return Some((body, rest));
        }
        rest = after;
    }
}

fn chunk_size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
