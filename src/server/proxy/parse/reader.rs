//! One direction of an HTTP/1 connection, in pieces of any size: heads, and the bytes of bodies.

use super::head::{Framing, Head, Kind, read};
use crate::protocol::http::MAX_HEAD;

/// The longest line that gives a chunk's size, in bytes.
const MAX_CHUNK_LINE: usize = 4 << 10;

/// How much of what cannot be read is kept, in bytes.
const KEPT: usize = 4 << 10;

/// What the next bytes belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A head, or the blank lines before one.
    Head,
    /// A body of which so many bytes are left.
    Body(u64),
    /// The line with a chunk's size: so many bytes of it are read, of which so many are digits, and the size so far.
    ChunkSize { read: usize, digits: usize, size: u64, in_digits: bool },
    /// A chunk of which so many bytes are left.
    Chunk(u64),
    /// The line end behind a chunk.
    ChunkEnd,
    /// The lines behind the last chunk: how many bytes the present one has, and all of them.
    Trailer { line: usize, all: usize },
    /// A body that ends with the connection.
    UntilEnd,
    /// Nothing that is followed.
    Off,
}

/// What some bytes were.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// Nothing that is whole.
    Nothing,
    /// A whole head. What follows it has to be said with [`Reader::go_on`].
    Head(Head),
    /// A piece of the body.
    Data(&'a [u8]),
    /// The end of the message, body and trailers included.
    End,
    /// These bytes, or some in them, cannot be followed, and why. Nothing is read any more.
    Lost { why: &'static str, head: Option<Vec<u8>> },
}

/// Reads one direction.
#[derive(Debug)]
pub(super) struct Reader {
    kind: Kind,
    state: State,
    head: Vec<u8>,
    line_start: usize,
}

/// The beginning of a line with a chunk's size.
const CHUNK_LINE: State = State::ChunkSize { read: 0, digits: 0, size: 0, in_digits: true };

impl Reader {
    pub(super) fn new(kind: Kind) -> Self {
        Reader { kind, state: State::Head, head: Vec::new(), line_start: 0 }
    }

    /// Says what follows the head that was read last.
    pub(super) fn go_on(&mut self, framing: Framing) {
        self.state = match framing {
            Framing::None | Framing::Length(0) => State::Head,
            Framing::Length(length) => State::Body(length),
            Framing::Chunked => CHUNK_LINE,
            Framing::UntilEnd => State::UntilEnd,
        };
    }

    /// Whether a message has begun and has not ended.
    pub(super) fn is_within(&self) -> bool {
        match self.state {
            State::Head => !self.head.is_empty(),
            State::Off => false,
            _ => true,
        }
    }

    /// Whether the end of the connection is the end of the message.
    pub(super) fn ends_with_connection(&self) -> bool {
        self.state == State::UntilEnd
    }

    /// Whether nothing is read any more.
    pub(super) fn is_off(&self) -> bool {
        self.state == State::Off
    }

    /// Reads nothing any more; gives what is held of a head that is not whole.
    pub(super) fn stop(&mut self) -> Vec<u8> {
        self.state = State::Off;
        let mut head = std::mem::take(&mut self.head);
        head.truncate(KEPT);
        head
    }

    /// Takes bytes as far as there is one thing to say of them; gives how many, one at least.
    pub(super) fn take<'a>(&mut self, bytes: &'a [u8]) -> (usize, Step<'a>) {
        let Some(first) = bytes.first().copied() else { return (0, Step::Nothing) };
        match self.state {
            State::Off => (bytes.len(), Step::Nothing),
            State::UntilEnd => (bytes.len(), Step::Data(bytes)),
            State::Head => self.take_head(bytes),
            State::Body(left) => {
                let (data, left) = piece(bytes, left);
                self.state = State::Body(left);
                (data.len(), Step::Data(data))
            }
            State::ChunkSize { .. } => self.take_chunk_line(first),
            State::Chunk(left) => {
                let (data, left) = piece(bytes, left);
                self.state = if left == 0 { State::ChunkEnd } else { State::Chunk(left) };
                (data.len(), Step::Data(data))
            }
            State::ChunkEnd => match first {
                b'\r' => (1, Step::Nothing),
                b'\n' => {
                    self.state = CHUNK_LINE;
                    (1, Step::Nothing)
                }
                _ => (bytes.len(), self.lost("a chunk is longer than its size")),
            },
            State::Trailer { line, all } => self.take_trailer(first, line, all),
        }
    }

    /// Whether the message ends here, without another byte: a body of a known length that is whole.
    pub(super) fn end_of_body(&mut self) -> bool {
        let ended = self.state == State::Body(0);
        if ended {
            self.state = State::Head;
        }
        ended
    }

    fn lost(&mut self, why: &'static str) -> Step<'static> {
        self.state = State::Off;
        Step::Lost { why, head: None }
    }

    /// Takes the lines of a head.
    fn take_head(&mut self, bytes: &[u8]) -> (usize, Step<'static>) {
        let mut taken = 0;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            let newline = memchr::memchr(b'\n', rest);
            let line = newline.map_or(rest.len(), |at| at + 1);
            if self.head.len() + line > MAX_HEAD {
                self.head.extend_from_slice(&rest[..line.min(KEPT)]);
                return (bytes.len(), self.lost_head("its head is larger than 64 KiB"));
            }
            self.head.extend_from_slice(&rest[..line]);
            taken += line;
            if newline.is_none() {
                break;
            }
            match (matches!(&self.head[self.line_start..], b"\n" | b"\r\n"), self.line_start) {
                // Blank lines before a message are no part of it (RFC 9112, 2.2).
                (true, 0) => self.head.clear(),
                (true, _) => return (taken, self.finish_head()),
                (false, _) => self.line_start = self.head.len(),
            }
        }
        (taken, Step::Nothing)
    }

    fn finish_head(&mut self) -> Step<'static> {
        self.line_start = 0;
        let Some(head) = read(self.kind, &self.head) else {
            return self.lost_head("its head is no HTTP/1");
        };
        self.head = Vec::new();
        Step::Head(head)
    }

    fn lost_head(&mut self, why: &'static str) -> Step<'static> {
        Step::Lost { why, head: Some(self.stop()) }
    }

    fn take_chunk_line(&mut self, byte: u8) -> (usize, Step<'static>) {
        let State::ChunkSize { read, digits, size, in_digits } = self.state else {
            return (0, Step::Nothing);
        };
        let digit = char::from(byte).to_digit(16).filter(|_| in_digits);
        self.state = match (byte, digit) {
            (b'\n', _) if digits == 0 => return (1, self.lost("a chunk has no size")),
            (b'\n', _) if size == 0 => State::Trailer { line: 0, all: 0 },
            (b'\n', _) => State::Chunk(size),
            _ if read >= MAX_CHUNK_LINE => return (1, self.lost("the line of a chunk's size does not end")),
            (_, None) => State::ChunkSize { read: read + 1, digits, size, in_digits: false },
            (_, Some(digit)) => match size.checked_mul(16) {
                Some(grown) => State::ChunkSize {
                    read: read + 1,
                    digits: digits + 1,
                    size: grown | u64::from(digit),
                    in_digits,
                },
                None => return (1, self.lost("a chunk is too large")),
            },
        };
        (1, Step::Nothing)
    }

    fn take_trailer(&mut self, byte: u8, line: usize, all: usize) -> (usize, Step<'static>) {
        if all >= MAX_HEAD {
            return (1, self.lost("its trailers are larger than 64 KiB"));
        }
        let (line, ended) = match byte {
            b'\n' if line == 0 => (0, true),
            b'\n' => (0, false),
            b'\r' => (line, false),
            _ => (line + 1, false),
        };
        self.state = if ended { State::Head } else { State::Trailer { line, all: all + 1 } };
        (1, if ended { Step::End } else { Step::Nothing })
    }
}

fn piece(bytes: &[u8], left: u64) -> (&[u8], u64) {
    let count = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
    (&bytes[..count], left - count as u64)
}
