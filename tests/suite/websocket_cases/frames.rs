//! Frames by hand, right and wrong, and what comes back.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::{Case, Heard};

/// How long a test waits for what has to come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The bit of a message's last frame.
const LAST: u8 = 0x80;

/// The key that a client masks with.
const MASK: [u8; 4] = [0x5a, 0x00, 0xff, 0x21];

/// A frame, which may be one that nobody may send.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The first byte: the bits and the opcode.
    first: u8,
    payload: Vec<u8>,
    /// The length that it says it has, where that is not the payload's.
    length: Option<u64>,
}

fn frame(first: u8, payload: impl AsRef<[u8]>) -> Frame {
    Frame { first, payload: payload.as_ref().to_vec(), length: None }
}

/// A text message.
pub fn text(payload: impl AsRef<[u8]>) -> Frame {
    frame(LAST | 1, payload)
}

/// A binary message.
pub fn binary(payload: impl AsRef<[u8]>) -> Frame {
    frame(LAST | 2, payload)
}

/// A ping.
pub fn ping(payload: impl AsRef<[u8]>) -> Frame {
    frame(LAST | 9, payload)
}

/// A pong.
pub fn pong(payload: impl AsRef<[u8]>) -> Frame {
    frame(LAST | 10, payload)
}

/// A frame with an opcode of any meaning.
pub fn opcode(opcode: u8, payload: impl AsRef<[u8]>) -> Frame {
    frame(LAST | opcode, payload)
}

/// A continuation that is a message's end.
pub fn last(payload: impl AsRef<[u8]>) -> Frame {
    frame(LAST, payload)
}

/// A continuation behind which there is more.
pub fn more(payload: impl AsRef<[u8]>) -> Frame {
    frame(0, payload)
}

/// A Close with a code.
pub fn close(code: u16, reason: impl AsRef<[u8]>) -> Frame {
    close_of([&code.to_be_bytes()[..], reason.as_ref()].concat())
}

/// A Close with any payload.
pub fn close_of(payload: impl AsRef<[u8]>) -> Frame {
    frame(LAST | 8, payload)
}

/// The fragments of a message of this opcode.
pub fn fragments<P: AsRef<[u8]>>(opcode: u8, payloads: impl IntoIterator<Item = P>) -> Vec<Frame> {
    let mut frames: Vec<_> = payloads.into_iter().map(more).collect();
    if let Some(first) = frames.first_mut() {
        first.first |= opcode;
    }
    if let Some(last) = frames.last_mut() {
        last.first |= LAST;
    }
    frames
}

impl Frame {
    /// The same, with the three reserved bits set to a number.
    pub fn reserved(mut self, bits: u8) -> Self {
        self.first |= bits << 4;
        self
    }

    /// The same, as the first of a message with this opcode.
    pub fn opening(mut self, opcode: u8) -> Self {
        self.first |= opcode;
        self
    }

    /// The same, without the bit of the last frame.
    pub fn unfinished(mut self) -> Self {
        self.first &= !LAST;
        self
    }

    /// The same, which says that it has another length.
    pub fn claiming(mut self, length: usize) -> Self {
        self.length = Some(length as u64);
        self
    }

    /// The bytes on the wire.
    pub fn bytes(&self, masked: bool) -> Vec<u8> {
        let mask = if masked { LAST } else { 0 };
        let mut bytes = vec![self.first];
        match self.length.unwrap_or(self.payload.len() as u64) {
            length @ 0..126 => bytes.push(mask | length as u8),
            length @ 126..65_536 => {
                bytes.push(mask | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(mask | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        if masked {
            bytes.extend(MASK);
        }
        let begin = bytes.len();
        bytes.extend(&self.payload);
        if masked {
            unmask(&mut bytes[begin..], MASK);
        }
        bytes
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    payload.chunks_mut(4).for_each(|chunk| chunk.iter_mut().zip(mask).for_each(|(byte, key)| *byte ^= key));
}

/// Plays a case over a connection to its end: the pongs and the Close that come back.
pub fn play(case: &Case, mut stream: TcpStream, masked: bool) -> Heard {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    for bytes in case.writes(masked) {
        // A peer that has failed the connection need not take the rest.
        if stream.write_all(&bytes).is_err() {
            break;
        }
    }
    let mut heard = Heard::default();
    while let Some((first, payload)) = read(&mut stream, !masked, &case.number) {
        match first {
            0x8a => heard.pongs.push(payload),
            0x88 => {
                heard.close = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                assert!(payload.is_empty() || payload.len() > 1, "{}", case.number);
                let _ = stream.shutdown(Shutdown::Write);
                let behind = read(&mut stream, !masked, &case.number);
                assert_eq!(behind, None, "{}: something came behind the Close", case.number);
                return heard;
            }
            other => panic!("{}: a frame came that begins with {other:02x}", case.number),
        }
    }
    panic!("{}: the connection ended without a Close", case.number)
}

/// The next frame; none at the end of the connection.
fn read(stream: &mut TcpStream, masked: bool, number: &str) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    match stream.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
            return None;
        }
        Err(error) => panic!("{number}: {error}"),
    }
    assert_eq!(head[1] & LAST != 0, masked, "{number}");
    let length = usize::from(head[1] & !LAST);
    assert!(length < 126, "{number}: a control frame has {length} bytes");
    let mut mask = [0; 4];
    if masked {
        stream.read_exact(&mut mask).unwrap();
    }
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).unwrap();
    unmask(&mut payload, mask);
    Some((head[0], payload))
}

/// Adds what a record tells of a frame that came in.
pub fn note(heard: &mut Heard, record: &Value) {
    let frame = &record["frame"];
    match frame["opcode"].as_str() {
        Some(opcode @ ("text" | "binary")) => {
            let content =
                serde_json::from_value::<versia_cli::protocol::record::Bytes>(frame["data"].clone());
            heard.messages.push((opcode.to_owned(), content.map(|bytes| bytes.0).unwrap_or_default()));
        }
        Some("close") => {
            let code = frame["close"]["code"].as_u64();
            heard.closed = Some(code.map(|code| u16::try_from(code).unwrap()));
        }
        _ => {}
    }
}
