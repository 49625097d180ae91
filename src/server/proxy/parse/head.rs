//! The head of a request or an answer as it was written, and what it says of the body behind it.

use httparse::{ParserConfig, Status};

use crate::protocol::record::{Bytes, Headers};

/// How many headers one head may have.
const MAX_HEADERS: usize = 256;

/// What a head begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// A request line.
    Request { method: String, target: String },
    /// A status line.
    Answer { status: u16 },
}

/// A head as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) start: Start,
    /// The minor version of HTTP/1.
    pub(super) minor: u8,
    pub(super) headers: Headers,
}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// In chunks.
    Chunked,
    /// With the connection.
    UntilEnd,
}

/// Whose heads are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Answer,
}

/// Reads a head, its blank line included; `None` where it is none.
pub(super) fn read(kind: Kind, bytes: &[u8]) -> Option<Head> {
    let mut room = [httparse::EMPTY_HEADER; MAX_HEADERS];
    match kind {
        Kind::Request => {
            let mut request = httparse::Request::new(&mut room);
            let whole = request.parse(bytes).is_ok_and(|status| status.is_complete());
            let start = Start::Request {
                method: request.method.filter(|_| whole)?.to_owned(),
                target: request.path?.to_owned(),
            };
            Some(Head { start, minor: request.version?, headers: headers(request.headers) })
        }
        Kind::Answer => {
            let mut config = ParserConfig::default();
            config
                .allow_obsolete_multiline_headers_in_responses(true)
                .allow_spaces_after_header_name_in_responses(true);
            let mut answer = httparse::Response::new(&mut room);
            let Ok(Status::Complete(_)) = config.parse_response(&mut answer, bytes) else { return None };
            let start = Start::Answer { status: answer.code? };
            Some(Head { start, minor: answer.version?, headers: headers(answer.headers) })
        }
    }
}

fn headers(read: &[httparse::Header<'_>]) -> Headers {
    read.iter().map(|header| (header.name.to_owned(), Bytes(header.value.to_vec()))).collect()
}

impl Head {
    /// The values of a header, in any case of its name.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        values(&self.headers, name)
    }

    /// Whether one of the comma-separated words of a header is this one, in any case.
    pub(super) fn lists(&self, name: &str, word: &str) -> bool {
        lists(&self.headers, name, word)
    }

    /// What stands behind a request's head.
    pub(super) fn request_framing(&self) -> Result<Framing, &'static str> {
        match self.last_coding() {
            Some(true) => Ok(Framing::Chunked),
            Some(false) => Err("its Transfer-Encoding does not end in chunked"),
            None => Ok(self.length()?.map_or(Framing::None, Framing::Length)),
        }
    }

    /// What stands behind an answer's head (RFC 9112, 6.3); `method` is that of the request, where it is known.
    pub(super) fn answer_framing(&self, method: Option<&str>) -> Result<Framing, &'static str> {
        let Start::Answer { status } = self.start else { return Ok(Framing::None) };
        if method == Some("HEAD") || status < 200 || matches!(status, 204 | 304) {
            return Ok(Framing::None);
        }
        match self.last_coding() {
            Some(true) => Ok(Framing::Chunked),
            Some(false) => Ok(Framing::UntilEnd),
            None => Ok(self.length()?.map_or(Framing::UntilEnd, Framing::Length)),
        }
    }

    /// Why another reader may see the end of the body elsewhere, where one may: what smuggles requests past a proxy.
    pub(super) fn doubt(&self) -> Option<&'static str> {
        let both = self.last_coding().is_some() && self.values("Content-Length").next().is_some();
        both.then_some(
            "it has a Content-Length beside its Transfer-Encoding: who goes by the first sees other messages here",
        )
    }

    /// Whether the last transfer coding is chunked; `None` without any.
    fn last_coding(&self) -> Option<bool> {
        let value = self.values("Transfer-Encoding").next_back()?;
        let last = value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
        Some(last.trim_ascii().eq_ignore_ascii_case(b"chunked"))
    }

    fn length(&self) -> Result<Option<u64>, &'static str> {
        let mut length = None;
        for one in self.values("Content-Length").flat_map(|value| value.split(|byte| *byte == b',')) {
            let one = one.trim_ascii();
            let digits = !one.is_empty() && one.iter().all(u8::is_ascii_digit);
            let read: Option<u64> =
                std::str::from_utf8(one).ok().filter(|_| digits).and_then(|text| text.parse().ok());
            let read = read.ok_or("its Content-Length is no number")?;
            if length.is_some_and(|length| length != read) {
                return Err("it has two different Content-Lengths");
            }
            length = Some(read);
        }
        Ok(length)
    }
}

/// The values of a header, in any case of its name.
pub(super) fn values<'a>(headers: &'a Headers, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.0.as_slice())
}

/// Whether one of the comma-separated words of a header is this one, in any case.
pub(super) fn lists(headers: &Headers, name: &str, word: &str) -> bool {
    values(headers, name)
        .flat_map(|value| value.split(|byte| *byte == b','))
        .any(|found| found.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}
