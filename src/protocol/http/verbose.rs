//! The output of `curl -v`, as a terminal shows it.
//!
//! Lines with `> ` are the request's head, lines with `< ` a response's head, lines with `* `, `{ ` and `} ` are curl's
//! own words, and so are the lines of the progress meter, `Note: …` and `Warning: …`. What comes after the final
//! response's head is its body. The request's body is not shown.

use memchr::memmem;

use super::body::Framing;
use super::error::HttpError;
use super::head::{self, Start, is_status_line, looks_like_request_line};
use super::lines::{Lines, first_line};
use super::meter::{is_meter, without_last_meter, without_meter};
use super::{read_response, request};
use crate::protocol::record::{Record, Request, Response};

/// Whether a text begins as curl's verbose output does.
pub(super) fn looks_like(text: &[u8]) -> bool {
    let line = first_line(text.trim_ascii_start()).0;
    if let Some(line) = line.strip_prefix(b"> ") {
        return looks_like_request_line(line);
    }
    if let Some(line) = line.strip_prefix(b"< ") {
        return is_status_line(line);
    }
    (is_noise(line) || is_preface(line)) && shows_a_head(text)
}

/// Whether a line is one that curl may say before all others.
fn is_preface(line: &[u8]) -> bool {
    line.starts_with(b"Note: ") || line.starts_with(b"Warning: ")
}

fn shows_a_head(text: &[u8]) -> bool {
    let mut lines = Lines::new(text);
    while let Some(line) = lines.next_line() {
        let found = match marked(without_meter(line)) {
            Some((b'>', line)) => looks_like_request_line(line),
            Some((_, line)) => is_status_line(line),
            None => false,
        };
        if found {
            return true;
        }
    }
    false
}

/// Reads one exchange; a `CONNECT` to a proxy before it is passed over.
pub(super) fn read(text: &[u8]) -> Result<Record, HttpError> {
    let mut shown = Shown::default();
    let mut lines = Lines::new(text);
    loop {
        let before = without_meter(lines.rest());
        let Some(whole_line) = lines.next_line() else {
            break;
        };
        let line = without_meter(whole_line);
        match marked(line) {
            Some((b'>', line)) => shown.add_request_line(line)?,
            Some((b'<', line)) => shown.add_response_line(line),
            _ if shown.is_complete() && !is_noise(line) && !is_meter(whole_line) => {
                shown.body = before;
                break;
            }
            _ => {}
        }
    }
    shown.into_record()
}

/// The heads as they are put together again, and the response's body.
#[derive(Default)]
struct Shown<'a> {
    request: Vec<u8>,
    response: Vec<u8>,
    response_ended: bool,
    body: &'a [u8],
}

impl Shown<'_> {
    fn add_request_line(&mut self, line: &[u8]) -> Result<(), HttpError> {
        if !self.response.is_empty() && !line.is_empty() {
            if !self.request.starts_with(b"CONNECT ") && !self.request.is_empty() {
                return Err(HttpError::SeveralExchanges);
            }
            self.request.clear();
            self.response.clear();
        }
        push_line(&mut self.request, line);
        Ok(())
    }

    fn add_response_line(&mut self, line: &[u8]) {
        // A new head after an ended one: the one before was an interim response.
        // curl leaves away the blank line of a `100 Continue` that it waited for.
        let next_head = self.is_interim() && is_status_line(line);
        if (self.response_ended && !line.is_empty()) || next_head {
            self.response.clear();
        }
        self.response_ended = line.is_empty();
        push_line(&mut self.response, line);
    }

    /// Whether the response's head so far is one of those that come before the real one.
    fn is_interim(&self) -> bool {
        let starts: [&[u8]; 3] = [b"HTTP/1.1 1", b"HTTP/1.0 1", b"HTTP/2 1"];
        starts.iter().any(|start| self.response.starts_with(start))
    }

    /// Whether what follows can only be the body.
    fn is_complete(&self) -> bool {
        self.response_ended && !self.is_interim() && !self.request.starts_with(b"CONNECT ")
    }

    fn into_record(self) -> Result<Record, HttpError> {
        let mut record = Record::default();
        if !self.request.is_empty() {
            let head = head::read(&mut Lines::new(&self.request))?;
            let Start::Request { method, target } = head.start else {
                return Err(HttpError::SeveralExchanges);
            };
            record.http = head.version;
            record.truncated = Framing::of(&head.headers)?.promises_body();
            let request = request(method, target, head.headers, Vec::new());
            record.request = Some(Request { truncated: record.truncated, ..request });
        }
        if !self.response.is_empty() {
            let head = head::read(&mut Lines::new(&self.response))?;
            let bodiless = record.request.as_ref().is_some_and(|request| request.method == "HEAD");
            let framing = Framing::of(&head.headers)?;
            let body = self.body_without_noise(framing);
            // With `-o`, or with the two streams apart, the body is somewhere else.
            let elsewhere = body.is_empty() && framing.promises_body() && !bodiless;
            match head.start {
                Start::Response { status } if elsewhere && !matches!(status, 204 | 304) => {
                    record.truncated = true;
                    record.http = record.http.take().or(head.version);
                    let headers = head.headers;
                    record.response =
                        Some(Response { status, headers, truncated: true, ..Response::default() });
                }
                _ => read_response(&mut Lines::new(body), head, bodiless, &mut record)?,
            }
        }
        if record.request.is_none() && record.response.is_none() {
            return Err(HttpError::Empty);
        }
        Ok(record)
    }

    /// The body without curl's closing words, which may follow on its last line.
    fn body_without_noise(&self, framing: Framing) -> &[u8] {
        let mut body = self.body;
        if let Some((exact, after)) = framing.declared().and_then(|length| body.split_at_checked(length))
            && without_meter(after).trim_ascii_start().first().is_none_or(|byte| *byte == b'*')
        {
            return exact;
        }
        loop {
            let tail_at = body.len().saturating_sub(LONGEST_NOISE);
            let tail = body.get(tail_at..).unwrap_or_default();
            let cut = CLOSING.iter().filter_map(|words| memmem::rfind(tail, words)).max();
            let Some(at) = cut.filter(|at| is_last_line(tail, *at)) else {
                return without_last_meter(body);
            };
            body = body.get(..tail_at + at).unwrap_or_default();
        }
    }
}

/// What curl says last.
const CLOSING: [&[u8]; 3] = [b"* Connection #", b"* Closing connection", b"* shutting down connection"];
/// How far from the end the last of curl's words are looked for, in bytes.
const LONGEST_NOISE: usize = 400;

fn is_last_line(text: &[u8], at: usize) -> bool {
    let (_, after) = first_line(text.get(at..).unwrap_or_default());
    after.trim_ascii().is_empty()
}

/// The mark of a head's line, and the line without it.
fn marked(line: &[u8]) -> Option<(u8, &[u8])> {
    match line {
        [mark @ (b'>' | b'<')] => Some((*mark, &[][..])),
        [mark @ (b'>' | b'<'), b' ', rest @ ..] => Some((*mark, rest.trim_ascii_end())),
        _ => None,
    }
}

fn is_noise(line: &[u8]) -> bool {
    line.starts_with(b"* ") || line.starts_with(b"{ [") || line.starts_with(b"} [") || is_meter(line)
}

fn push_line(head: &mut Vec<u8>, line: &[u8]) {
    head.extend_from_slice(line);
    head.push(b'\n');
}
