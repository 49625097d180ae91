//! A session of the instance by hand, frame by frame.

use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

use versia_cli::protocol::versia::Receipt;

use super::instance::{Fault, Instance};

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// An open session.
pub struct Session {
    instance: Instance,
    stream: BufReader<TcpStream>,
    receipts: bool,
    count: u64,
    /// A message in fragments: its opcode and what came of it.
    begun: Option<(u8, Vec<u8>)>,
    /// A receipt that waits for the next message.
    held: Option<String>,
}

struct Frame {
    first: u8,
    is_masked: bool,
    payload: Vec<u8>,
}

impl Session {
    pub fn new(instance: Instance, stream: BufReader<TcpStream>, receipts: bool) -> Self {
        Session { instance, stream, receipts, count: 0, begun: None, held: None }
    }

    /// Runs it to its end, and reads what is left, so that nothing that was sent gets lost.
    pub fn run(mut self) {
        while let Some(frame) = self.read() {
            if self.take(frame).is_none() {
                break;
            }
        }
        let _ = self.stream.get_mut().shutdown(Shutdown::Write);
        while self.stream.read(&mut [0; 1 << 12]).is_ok_and(|count| count > 0) {}
    }

    fn has(&self, fault: Fault) -> bool {
        self.instance.has(fault)
    }

    /// Deals with a frame; none when the session is over.
    fn take(&mut self, frame: Frame) -> Option<()> {
        let opcode = frame.first & 0x0f;
        let is_last = frame.first & 0x80 != 0;
        let is_control = opcode >= CLOSE;
        let broken = [
            (!frame.is_masked, Fault::Unmasked),
            (frame.first & 0x70 != 0, Fault::ReservedBit),
            (!matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG), Fault::ReservedOpcode),
            (is_control && !is_last, Fault::FragmentedPing),
            (is_control && frame.payload.len() > 125, Fault::LongPing),
            (opcode == CONTINUATION && self.begun.is_none(), Fault::LoneContinuation),
        ];
        if broken.iter().any(|(is_so, fault)| *is_so && !self.has(*fault)) {
            return self.end(1002, "against the protocol");
        }
        match opcode {
            CLOSE => return self.closed(&frame.payload),
            PING if self.begun.is_some() && self.has(Fault::NoPongBetween) => {}
            PING if self.has(Fault::NoPayload) => self.send(PONG, b""),
            PING => self.send(PONG, &frame.payload[..frame.payload.len().min(125)]),
            TEXT | BINARY if !is_last && self.has(Fault::NoFragments) => {
                return self.end(1003, "in fragments");
            }
            TEXT | BINARY if !is_last => self.begun = Some((opcode, frame.payload)),
            TEXT | BINARY => return self.message(opcode, &frame.payload),
            CONTINUATION => {
                let Some((opcode, mut all)) = self.begun.take() else { return Some(()) };
                all.extend(frame.payload);
                if is_last {
                    return self.message(opcode, &all);
                }
                self.begun = Some((opcode, all));
            }
            _ => {}
        }
        Some(())
    }

    fn message(&mut self, opcode: u8, payload: &[u8]) -> Option<()> {
        self.count += 1;
        if payload.len() > 1 << 20 && self.has(Fault::Large) {
            return None;
        }
        if opcode == TEXT && std::str::from_utf8(payload).is_err() && !self.has(Fault::AnyText) {
            return self.end(1007, "no UTF-8");
        }
        let mut status = self.instance.judge(opcode == TEXT, payload);
        if status == 202 && self.has(Fault::AcceptsWith200) {
            status = 200;
        }
        let number = match self.count {
            _ if self.has(Fault::OneNumber) => 1,
            count if self.has(Fault::ForgetsNumber) && count > 20 => count - 20,
            count => count,
        };
        let is_refused = status >= 300;
        if self.receipts || self.has(Fault::UnaskedReceipts) {
            let receipt = Receipt { number, status, detail: String::new() }.write();
            if let Some(held) = self.held.take() {
                self.send(TEXT, held.as_bytes());
            }
            if self.count == 10 && self.has(Fault::ForgetsLast) {
                self.held = Some(receipt);
            } else {
                self.send(TEXT, receipt.as_bytes());
            }
            if is_refused && self.has(Fault::EndsAtRefusal) {
                return self.end(1008, "refused");
            }
        } else if is_refused {
            return self.end(1008, if self.has(Fault::NoReason) { "" } else { "refused" });
        }
        Some(())
    }

    /// Answers a Close.
    fn closed(&mut self, payload: &[u8]) -> Option<()> {
        if self.has(Fault::NoClose) {
            return None;
        }
        let code = payload.first_chunk().map_or(1000, |code| u16::from_be_bytes(*code));
        self.end(if self.has(Fault::OneCode) { 1000 } else { code }, "")
    }

    fn end(&mut self, code: u16, reason: &str) -> Option<()> {
        self.send(CLOSE, &[&code.to_be_bytes()[..], reason.as_bytes()].concat());
        if self.has(Fault::SpeaksBehindClose) {
            self.send(TEXT, b"one more thing");
        }
        None
    }

    fn send(&mut self, opcode: u8, payload: &[u8]) {
        if self.has(Fault::Mute) {
            return;
        }
        let mask = if self.has(Fault::Masks) { 0x80 } else { 0 };
        let mut bytes = vec![0x80 | opcode, mask | u8::try_from(payload.len()).unwrap()];
        // A mask of zeros changes nothing.
        bytes.extend(&[0; 4][..if mask == 0 { 0 } else { 4 }]);
        bytes.extend(payload);
        // Who has gone is noticed when reading.
        let _ = self.stream.get_mut().write_all(&bytes);
    }

    /// The next frame; none at the end of the connection.
    fn read(&mut self) -> Option<Frame> {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).ok()?;
        let mut number = |count: usize| {
            let mut bytes = vec![0; count];
            self.stream.read_exact(&mut bytes).ok()?;
            Some(bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        };
        let length = match head[1] & 0x7f {
            126 => number(2)?,
            127 => number(8)?,
            length => usize::from(length),
        };
        let is_masked = head[1] & 0x80 != 0;
        let mut mask = [0; 4];
        if is_masked {
            self.stream.read_exact(&mut mask).ok()?;
        }
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).ok()?;
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        Some(Frame { first: head[0], is_masked, payload })
    }
}
