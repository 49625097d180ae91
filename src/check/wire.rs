//! Requests by hand: bytes that no HTTP library would send, and what comes back for them.
//!
//! Each goes over a connection of its own, which the client's dialer makes, and is in the log as far as a record can hold it.

use std::io::{self, Read, Write};
use std::time::Duration;

use super::ask::Ask;
use super::probe::Probe;
use crate::client::{Deadline, DialError, HttpError, Origin, Stage, Stream};
use crate::protocol::Advice;
use crate::protocol::http::{read, write};
use crate::protocol::record::{Bytes, Direction, Headers, Record, RecordError, Request, Response};

/// The most of an answer that is read, in bytes.
const MAX_ANSWER: usize = 1 << 20;

/// How long is waited for the word that a body may come.
const CONTINUE_TIME: Duration = Duration::from_secs(5);

/// How long a connection is watched for something behind an answer that seems whole.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// How the body of a request by hand goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Behind the head, with its length.
    Length,
    /// In two chunks.
    Chunks,
    /// Once the other side said that it may come.
    Expecting,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Heard {
    /// The answer, where one came that can be read as such.
    pub(super) answer: Option<Response>,
    /// Everything that came.
    pub(super) bytes: Vec<u8>,
    /// Whether something was said before the body came, of a body that waits for that.
    pub(super) was_asked: bool,
}

impl Heard {
    /// The status, where there is an answer.
    pub(super) fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// What came, in words.
    pub(super) fn described(&self) -> String {
        match (&self.answer, self.bytes.len()) {
            (Some(answer), _) => format!("{} with {} bytes", answer.status, answer.body.0.len()),
            (None, 0) => "the end of the connection, and no answer".to_owned(),
            (None, length) => format!("{length} bytes that are no answer in HTTP"),
        }
    }
}

/// Why nothing more is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Enough,
    Closed,
    Late,
}

impl Probe<'_> {
    /// Sends a request by hand, with its headers as they are after their changes: those that frame it among them.
    ///
    /// # Errors
    /// When there is no connection, or the time is up.
    pub(super) fn send_by_hand(&self, ask: &Ask, framing: Framing) -> Result<Heard, HttpError> {
        let exchange = || {
            let request = self.composed(ask, framing, &self.origin);
            let dialled = self.dialer().dial(&self.origin, &[b"http/1.1"], self.limit());
            let stream = self.connected(dialled, Some(&request))?;
            self.converse(stream, request, framing)
        };
        self.in_its_time(exchange, |heard| self.advice_of(heard))
    }

    /// Sends a request in plain HTTP to where an origin is, whether TLS is spoken there or not. It has none of the user's own headers.
    ///
    /// # Errors
    /// When there is no connection, or the time is up.
    pub(super) fn send_in_plain(&self, ask: &Ask, origin: &Origin) -> Result<Heard, HttpError> {
        let exchange = || {
            let request = self.composed(ask, Framing::Length, &Origin { tls: false, ..origin.clone() });
            let dialled = self.dialer().dial_below_tls(origin, self.limit());
            let stream = self.connected(dialled, Some(&request))?;
            self.converse(stream, request, Framing::Length)
        };
        self.in_its_time(exchange, |heard| self.advice_of(heard))
    }

    /// Sends bytes below TLS, and reads until `is_enough`, the end, or the time is up.
    ///
    /// # Errors
    /// When there is no connection, or nothing comes in time.
    pub(super) fn send_below_tls(
        &self,
        bytes: &[u8],
        is_enough: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, HttpError> {
        self.take_turn()?;
        let dialled = self.dialer().dial_below_tls(&self.origin, self.limit());
        let mut stream = self.connected(dialled, None)?;
        let peer = Some(stream.peer().to_string());
        let sent = Record { malformed: Some(bytes.to_vec().into()), peer: peer.clone(), ..self.begun(None) };
        self.noted(sent);
        // Who answers before all was taken has answered.
        let _ = stream.write_all(bytes);
        let mut came = Vec::new();
        let end = hear(&mut stream, &mut came, is_enough);
        let mut record = Record { direction: Some(Direction::In), peer, ..self.begun(None) };
        if came.is_empty() {
            let what = if end == End::Late { "nothing came in time" } else { "the connection was closed" };
            record.error = Some(RecordError { code: None, message: what.to_owned() });
        } else {
            record.malformed = Some(came.clone().into());
        }
        self.noted(record);
        if came.is_empty() && end == End::Late {
            return Err(self.late());
        }
        Ok(came)
    }

    /// The connection, or a record of why there is none.
    fn connected(
        &self,
        dialled: Result<Stream, DialError>,
        request: Option<&Request>,
    ) -> Result<Stream, HttpError> {
        dialled.map_err(|error| {
            let code = error.code().map(|code| code.id.to_owned());
            let mut record = self.begun(request.cloned());
            record.error = Some(RecordError { code, message: error.to_string() });
            self.noted(record);
            HttpError::Dial(error)
        })
    }

    fn limit(&self) -> Deadline {
        Deadline::after(self.timeout())
    }

    fn late(&self) -> HttpError {
        let target = self.origin.to_string();
        HttpError::TimedOut { target, stage: Stage::Head, limit: self.timeout() }
    }

    fn advice_of(&self, heard: &Heard) -> Advice {
        heard.answer.as_ref().map(|answer| self.advice(answer.status, &answer.headers)).unwrap_or_default()
    }

    /// A request with all that goes out, after its changes.
    fn composed(&self, ask: &Ask, framing: Framing, origin: &Origin) -> Request {
        let mut headers: Headers = vec![("Host".to_owned(), origin.authority().into())];
        headers.extend(self.signed_headers(ask));
        headers.push(("User-Agent".to_owned(), self.options().user_agent.as_str().into()));
        if origin.tls == self.origin.tls {
            headers.extend(self.options().headers.iter().cloned());
        }
        match framing {
            Framing::Chunks => headers.push(("Transfer-Encoding".to_owned(), "chunked".into())),
            _ if ask.body.is_empty() => {}
            _ => headers.push(("Content-Length".to_owned(), ask.body.len().to_string().into())),
        }
        if framing == Framing::Expecting {
            headers.push(("Expect".to_owned(), "100-continue".into()));
        }
        headers.push(("Connection".to_owned(), "close".into()));
        ask.edits.iter().for_each(|edit| edit(&mut headers));
        Request {
            method: ask.method.clone(),
            target: ask.target.clone(),
            headers: Some(headers),
            body: Bytes(ask.body.clone()),
            ..Request::default()
        }
    }

    /// Sends a request, and reads what comes.
    fn converse(&self, mut stream: Stream, request: Request, framing: Framing) -> Result<Heard, HttpError> {
        let mut head = request.clone();
        let body = std::mem::take(&mut head.body.0);
        let head = write(&Record { request: Some(head), ..Record::default() });
        let body = if framing == Framing::Chunks { chunked(&body) } else { body };
        let (mut came, mut was_asked) = (Vec::new(), false);
        let mut end = End::Late;
        if framing == Framing::Expecting {
            let _ = stream.write_all(&head);
            stream.set_deadline(Deadline::after(CONTINUE_TIME).sooner(self.limit()));
            end = hear(&mut stream, &mut came, &|bytes| head_length(bytes).is_some());
            was_asked = end == End::Enough;
            stream.set_deadline(self.limit());
            if !is_final(&came) && end != End::Closed {
                let _ = stream.write_all(&body);
            }
        } else {
            let _ = stream.write_all(&[head.as_slice(), &body].concat());
        }
        if end != End::Closed {
            end = hear(&mut stream, &mut came, &is_whole);
        }
        if end == End::Enough {
            // A body that is longer than its length shows when the connection is watched a little more.
            stream.set_deadline(Deadline::after(AFTERWARDS).sooner(self.limit()));
            let _ = hear(&mut stream, &mut came, &|_| false);
        }
        self.concluded(&stream, request, came, was_asked, end)
    }

    fn concluded(
        &self,
        stream: &Stream,
        request: Request,
        bytes: Vec<u8>,
        was_asked: bool,
        end: End,
    ) -> Result<Heard, HttpError> {
        let answer = answer_in(&bytes);
        let mut record = self.begun(Some(request));
        record.http = Some("1.1".to_owned());
        record.tls = stream.tls().map(|tls| tls.version.to_owned());
        record.peer = Some(stream.peer().to_string());
        record.response.clone_from(&answer);
        let is_late = answer.is_none() && end == End::Late;
        let said = match (bytes.is_empty(), is_late) {
            (_, true) => Some("no answer came in time"),
            (true, false) => Some("the connection was closed without an answer"),
            (false, false) => None,
        };
        record.error = said.map(|said| RecordError { code: None, message: said.to_owned() });
        if answer.is_none() && !bytes.is_empty() {
            record.malformed = Some(bytes.clone().into());
        }
        self.noted(record);
        if is_late { Err(self.late()) } else { Ok(Heard { answer, bytes, was_asked }) }
    }
}

/// Reads until it is enough.
fn hear(stream: &mut Stream, came: &mut Vec<u8>, is_enough: &dyn Fn(&[u8]) -> bool) -> End {
    let mut buffer = [0; 4 << 10];
    loop {
        if is_enough(came) || came.len() > MAX_ANSWER {
            return End::Enough;
        }
        match stream.read(&mut buffer) {
            Ok(0) => return End::Closed,
            Ok(count) => came.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return End::Late,
            // A reset, or an end without TLS's goodbye, is an end.
            Err(_) => return End::Closed,
        }
    }
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (first, second) = body.split_at(body.len() / 2);
    for chunk in [first, second].into_iter().filter(|chunk| !chunk.is_empty()) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}

/// The final answer in what came. One whose length is not that of its body counts as far as it came.
fn answer_in(bytes: &[u8]) -> Option<Response> {
    if !bytes.starts_with(b"HTTP/") {
        return None;
    }
    let answer = match read(bytes) {
        Ok(record) => record.response,
        Err(_) => {
            let length = head_length(bytes)?;
            let head = read(&without_length(&bytes[..length])).ok()?.response?;
            Some(Response { body: Bytes(bytes[length..].to_vec()), ..head })
        }
    };
    answer.filter(|answer| answer.status >= 200)
}

/// The length of the first head.
fn head_length(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4)
}

/// A head without the lines that promise a body.
fn without_length(head: &[u8]) -> Vec<u8> {
    let is_framing = |line: &&[u8]| line.to_ascii_lowercase().starts_with(b"content-length:");
    head.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_framing(line)).flatten().copied().collect()
}

/// Whether what came has a head that is no interim one.
fn is_final(bytes: &[u8]) -> bool {
    head_length(bytes).is_some() && !bytes.starts_with(b"HTTP/1.1 1")
}

/// Whether an answer is there whole, by what it says of its length.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(answer) = read(bytes).ok().and_then(|record| record.response) else { return false };
    let is_chunked = answer.header("transfer-encoding").is_some();
    match answer.status {
        100..=199 => false,
        204 | 304 => head_length(bytes).is_some(),
        _ if is_chunked => bytes.ends_with(b"0\r\n\r\n"),
        _ => head_length(bytes).is_some() && answer.header("content-length").is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_by_its_own_words() {
        for (bytes, whole) in [
            ("", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", false),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", true),
            ("HTTP/1.1 200 OK\r\n\r\nab", false),
            ("HTTP/1.1 204 No Content\r\n\r\n", true),
            ("HTTP/1.1 100 Continue\r\n\r\n", false),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", false),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", true),
        ] {
            assert_eq!(is_whole(bytes.as_bytes()), whole, "{bytes:?}");
        }
    }

    #[test]
    fn an_answer_of_another_length_than_it_says_is_one_all_the_same() {
        let answer = answer_in(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nab").unwrap();
        assert_eq!((answer.status, answer.body.0.as_slice()), (200, &b"ab"[..]));
        assert!(answer_in(b"\x15\x03\x01\0\x02\x02\x46").is_none());
        assert!(answer_in(b"HTTP/1.1 100 Continue\r\n\r\n").is_none());
        assert_eq!(chunked(b"abc"), b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
        assert_eq!(chunked(b""), b"0\r\n\r\n");
    }
}
