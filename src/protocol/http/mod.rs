//! Raw HTTP messages as people have them: wire captures, files, pastes from a terminal or from browser dev tools.
//!
//! A text holds a request, a response, or a request and then its response. Bytes are kept as they are: nothing is
//! normalised, computed or added, except a `Host` where HTTP/2 has `:authority`. Must not open anything.
//!
//! Where a body ends:
//!
//! - With `Content-Length`: after exactly that many bytes. White space behind them is ignored, and behind a request's
//!   body its response may follow; anything else there is an error, and so are fewer bytes.
//! - With `Transfer-Encoding: chunked`: the chunks are joined where the body really is chunked. Otherwise (`curl -i`
//!   shows it joined) the body is taken as it stands.
//! - Without either, a response's body is all the rest. A request's body ends before a status line that stands directly
//!   after a blank line; that blank line and the line end before it are not part of the body. White space alone is
//!   no body.

mod body;
mod error;
mod head;
mod heads;
mod lines;
mod meter;
mod quote;
mod verbose;
mod write;

pub use error::{HttpError, Part};
pub use heads::{Heads, MAX_HEAD, RequestHead};
pub use write::{reason, title_case, write};

pub(super) use quote::{quoted, quoted_beginning, quoted_url};

use self::body::Framing;
use self::head::{Head, Start};
use self::lines::Lines;
use super::record::{Bytes, Headers, Record, Request, Response};

/// Reads a request, a response, or a request followed by its response.
///
/// Interim (1xx) responses before the final one are skipped. `curl -v` output is understood; it does not show the
/// request's body, so the record is `truncated` when there was one. Fails with what is wrong and where.
pub fn read(text: &[u8]) -> Result<Record, HttpError> {
    let text = without_mark(text);
    if verbose::looks_like(text) {
        return verbose::read(text);
    }
    let mut lines = Lines::new(text);
    lines.skip_blank();
    if lines.rest().is_empty() {
        return Err(HttpError::Empty);
    }
    let mut record = Record::default();
    let head = head::read(&mut lines)?;
    record.http = head.version;
    match head.start {
        Start::Request { method, target } => {
            let (body, after) = Framing::of(&head.headers)?.request_body(lines.rest())?;
            lines.skip_to_rest(after);
            let bodiless = method == "HEAD";
            record.request = Some(request(method, target, head.headers, body));
            if !after.is_empty() {
                let head = head::read(&mut lines)?;
                read_response(&mut lines, head, bodiless, &mut record)?;
            }
        }
        Start::Response { .. } => {
            let head = Head { version: record.http.clone(), ..head };
            read_response(&mut lines, head, false, &mut record)?;
        }
    }
    Ok(record)
}

/// Whether a text looks like what [`read`] takes: judged by its first lines only.
///
/// True for a request line whose target begins with `/` or `http` (in any case, where it has a version), a status line, an HTTP/2 pseudo-header, and
/// `curl -v` output.
pub fn looks_like(text: &[u8]) -> bool {
    let text = without_mark(text);
    let mut lines = Lines::new(text);
    lines.skip_blank();
    let Some(line) = lines.next_line() else {
        return false;
    };
    head::is_status_line(line)
        || head::is_pseudo_header(line)
        || head::looks_like_request_line(line)
        || verbose::looks_like(text)
}

/// Reads from a response's head, already read, to the end.
fn read_response(
    lines: &mut Lines<'_>,
    mut head: Head,
    bodiless: bool,
    record: &mut Record,
) -> Result<(), HttpError> {
    loop {
        let Start::Response { status } = head.start else {
            return Err(HttpError::SeveralExchanges);
        };
        let interim = (100..200).contains(&status);
        if interim && body::starts_response(lines.rest().trim_ascii_start()) {
            lines.skip_blank();
            head = head::read(lines)?;
            continue;
        }
        let bodiless = bodiless || interim || matches!(status, 204 | 304);
        let body = Framing::of(&head.headers)?.response_body(lines.rest(), bodiless)?;
        record.http = record.http.take().or(head.version);
        record.response = Some(Response {
            status,
            headers: head.headers,
            body: Bytes(body),
            truncated: false,
            verdict: None,
        });
        return Ok(());
    }
}

fn request(method: String, target: String, headers: Headers, body: Vec<u8>) -> Request {
    Request { method, target, headers: Some(headers), body: Bytes(body), truncated: false, verdict: None }
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

#[cfg(test)]
mod tests;
