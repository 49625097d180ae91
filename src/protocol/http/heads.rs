//! The heads of the requests on an HTTP/1 connection, as they were written: a passive reader beside the real parser.
//!
//! A server's library regroups headers, lower-cases their names and never shows what it refuses. This reader is fed the
//! same bytes, in pieces of any size, and keeps each head. It decides nothing: on anything that it cannot follow (HTTP/2, a
//! malformed head) it stops looking. An upgrade is the server's decision, which then calls [`Heads::stop`]: one that is not
//! taken leaves HTTP/1 on the connection.

use std::collections::VecDeque;

use crate::protocol::record::{Bytes, Headers};

/// The largest head that a server should take, in bytes.
pub const MAX_HEAD: usize = 64 << 10;

/// The largest head that is kept, in bytes: a parser that measures when its buffer is full takes a little more than it says.
const MAX_KEPT: usize = 2 * MAX_HEAD;

/// How many headers one head may have.
const MAX_HEADERS: usize = 256;

/// The longest line that gives a chunk's size, in bytes.
const MAX_CHUNK_LINE: usize = 4 << 10;

/// The head of a request as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// The method.
    pub method: String,
    /// The target.
    pub target: String,
    /// The headers in their order and case.
    pub headers: Headers,
}

/// What the next bytes belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A head, or the blank lines before one.
    Head,
    /// A body of which so many bytes are left.
    Body(u64),
    /// The line with a chunk's size, so many bytes of which are read, and the size so far.
    ChunkSize { read: usize, size: u64, in_digits: bool },
    /// A chunk and its line end, of which so many bytes are left.
    Chunk(u64),
    /// The lines after the last chunk; how many bytes the present one has so far.
    Trailer(usize),
    /// Nothing that is followed any more.
    Off,
}

/// Reads the heads of one connection's requests.
#[derive(Debug)]
pub struct Heads {
    state: State,
    unfinished: Vec<u8>,
    line_start: usize,
    finished: VecDeque<RequestHead>,
}

impl Default for Heads {
    fn default() -> Self {
        Heads::new()
    }
}

impl Heads {
    /// A reader at the beginning of a connection.
    pub fn new() -> Self {
        Heads { state: State::Head, unfinished: Vec::new(), line_start: 0, finished: VecDeque::new() }
    }

    /// Takes the next bytes of the connection.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Off => return,
                State::Head => self.take_head(bytes),
                State::Body(left) => {
                    let taken = skip(bytes, left);
                    let left = left - taken as u64;
                    self.state = if left == 0 { State::Head } else { State::Body(left) };
                    taken
                }
                State::ChunkSize { read, size, in_digits } => {
                    self.state = chunk_size(bytes[0], read, size, in_digits);
                    1
                }
                State::Chunk(left) => {
                    let taken = skip(bytes, left);
                    let left = left - taken as u64;
                    self.state = if left == 0 { CHUNK_LINE } else { State::Chunk(left) };
                    taken
                }
                State::Trailer(length) => {
                    self.state = match bytes[0] {
                        b'\n' if length == 0 => State::Head,
                        b'\n' => State::Trailer(0),
                        b'\r' => State::Trailer(length),
                        _ => State::Trailer(length.saturating_add(1)),
                    };
                    1
                }
            };
            bytes = &bytes[taken..];
        }
    }

    /// The head of the next request that has not been taken yet, once it is whole.
    pub fn next_head(&mut self) -> Option<RequestHead> {
        self.finished.pop_front()
    }

    /// The bytes of a head that is not whole, or cannot be read.
    pub fn unfinished(&self) -> &[u8] {
        &self.unfinished
    }

    /// Whether the bytes still matter to this reader.
    pub fn is_off(&self) -> bool {
        self.state == State::Off
    }

    /// Stops looking, and lets go of what is held.
    pub fn stop(&mut self) {
        *self = Heads { state: State::Off, ..Heads::new() };
    }

    /// Takes bytes to the end of a line at most; gives how many.
    fn take_head(&mut self, bytes: &[u8]) -> usize {
        let newline = memchr::memchr(b'\n', bytes);
        let taken = newline.map_or(bytes.len(), |at| at + 1);
        let room = MAX_KEPT.saturating_sub(self.unfinished.len());
        self.unfinished.extend_from_slice(&bytes[..taken.min(room)]);
        if taken > room {
            self.state = State::Off;
        } else if newline.is_some() {
            let line_is_blank = matches!(&self.unfinished[self.line_start..], b"\n" | b"\r\n");
            match (line_is_blank, self.line_start) {
                // Blank lines before a request line are no part of it (RFC 9112, 2.2).
                (true, 0) => self.unfinished.clear(),
                (true, _) => self.finish_head(),
                (false, _) => self.line_start = self.unfinished.len(),
            }
        }
        taken
    }

    fn finish_head(&mut self) {
        self.line_start = 0;
        let Some(head) = parse(&self.unfinished) else {
            // What cannot be read stays, for whoever asks what it was.
            self.state = State::Off;
            return;
        };
        self.unfinished.clear();
        self.unfinished.shrink_to(1 << 10);
        self.state = after(&head);
        // Another protocol's preface is no request.
        if head.method != "PRI" {
            self.finished.push_back(head);
        }
    }
}

/// The beginning of a line with a chunk's size.
const CHUNK_LINE: State = State::ChunkSize { read: 0, size: 0, in_digits: true };

fn skip(bytes: &[u8], left: u64) -> usize {
    usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()))
}

fn chunk_size(byte: u8, read: usize, size: u64, in_digits: bool) -> State {
    match byte {
        b'\n' if size == 0 => State::Trailer(0),
        // The line end behind the chunk is skipped with it: two bytes, as every client writes it.
        b'\n' => size.checked_add(2).map_or(State::Off, State::Chunk),
        _ if read >= MAX_CHUNK_LINE => State::Off,
        _ => {
            let digit = char::from(byte).to_digit(16).filter(|_| in_digits);
            let grown = digit.map_or(Some(size), |digit| size.checked_mul(16)?.checked_add(u64::from(digit)));
            match grown {
                Some(size) => State::ChunkSize { read: read + 1, size, in_digits: digit.is_some() },
                None => State::Off,
            }
        }
    }
}

fn parse(bytes: &[u8]) -> Option<RequestHead> {
    let mut room = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut room);
    if !request.parse(bytes).is_ok_and(|status| status.is_complete()) {
        return (bytes.starts_with(b"PRI * HTTP/2")).then(|| RequestHead {
            method: "PRI".to_owned(),
            target: "*".to_owned(),
            headers: Headers::new(),
        });
    }
    let headers = request.headers.iter();
    Some(RequestHead {
        method: request.method?.to_owned(),
        target: request.path?.to_owned(),
        headers: headers.map(|header| (header.name.to_owned(), Bytes(header.value.to_vec()))).collect(),
    })
}

/// What follows a head.
fn after(head: &RequestHead) -> State {
    let values = |name: &str| {
        let named = name.to_owned();
        head.headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(&named))
            .map(|(_, value)| value)
    };
    if head.method == "PRI" {
        return State::Off;
    }
    if values("Transfer-Encoding").next().is_some() {
        return CHUNK_LINE;
    }
    let length = values("Content-Length")
        .next_back()
        .map(|value| value.as_text().and_then(|text| text.trim().parse().ok()));
    match length {
        None | Some(Some(0)) => State::Head,
        Some(Some(length)) => State::Body(length),
        Some(None) => State::Off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads_of(bytes: &[u8], piece: usize) -> Vec<RequestHead> {
        let mut heads = Heads::new();
        bytes.chunks(piece).for_each(|piece| heads.feed(piece));
        std::iter::from_fn(|| heads.next_head()).collect()
    }

    #[test]
    fn heads_are_kept_as_written_however_the_bytes_come() {
        let bytes = "\r\nPOST http://b.example/a/../é?x HTTP/1.1\r\nhOST: b.example\r\nX-A: 1\r\nx-a:2\r\nContent-Length: 3\r\n\r\n\
                     {}\nGET / HTTP/1.1\nHost: c\n\n\
                     PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nGET /\r\n1F\r\n0123456789012345678901234567890\r\n0\r\nA: b\r\n\r\n\
                     GET /last HTTP/1.1\r\n\r\n";
        for piece in [1, 2, 3, 7, 1000] {
            let heads = heads_of(bytes.as_bytes(), piece);
            let lines: Vec<_> =
                heads.iter().map(|head| (head.method.as_str(), head.target.as_str())).collect();
            assert_eq!(
                lines,
                [("POST", "http://b.example/a/../é?x"), ("GET", "/"), ("PUT", "/c"), ("GET", "/last")],
                "{piece}"
            );
            let names: Vec<_> = heads[0].headers.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["hOST", "X-A", "x-a", "Content-Length"]);
        }
    }

    #[test]
    fn what_is_not_http_1_is_not_followed() {
        for bytes in [
            &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n"[..],
            b"\x16\x03\x01 rubbish\n\nGET / HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(heads_of(bytes, 5), []);
        }
    }

    #[test]
    fn an_upgrade_that_is_not_taken_leaves_http_1() {
        let offered = b"POST / HTTP/1.1\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}CONNECT a:1 HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nX-Y: z\r\n\r\n";
        let heads = heads_of(offered, 9);
        assert_eq!(heads.iter().map(|head| head.target.as_str()).collect::<Vec<_>>(), ["/", "a:1", "/b"]);
        assert_eq!(heads[2].headers[0].0, "X-Y");
    }

    #[test]
    fn a_head_that_cannot_be_read_is_kept_and_bounded() {
        let mut heads = Heads::new();
        heads.feed(b"GET /a b c HTTP/1.1\r\nno colon\r\n\r\nmore");
        assert!(heads.is_off() && heads.unfinished().starts_with(b"GET /a b c HTTP/1.1\r\nno colon"));
        let mut heads = Heads::new();
        (0..200).for_each(|_| heads.feed(&[b'a'; 1 << 10]));
        assert_eq!((heads.unfinished().len(), heads.is_off()), (MAX_KEPT, true));
    }
}
