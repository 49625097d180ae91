//! A frame by hand, right or wrong (RFC 6455, 5.2). Pure.

use crate::client::websocket::{LONGEST_HEADER, MASKED, header_length, payload_length};

/// The bit of a message's last frame.
const LAST: u8 = 0x80;
/// The three reserved bits.
const RESERVED: u8 = 0x70;
/// The opcode of what goes on with a message.
pub(in crate::check) const CONTINUATION: u8 = 0;
/// The opcode of a text message.
pub(in crate::check) const TEXT: u8 = 1;
/// The opcode of a binary message.
pub(in crate::check) const BINARY: u8 = 2;
/// The opcode of a Close.
pub(in crate::check) const CLOSE: u8 = 8;
/// The opcode of a ping.
pub(in crate::check) const PING: u8 = 9;
/// The opcode of a pong.
pub(in crate::check) const PONG: u8 = 10;

/// The largest payload that is taken from a peer, in bytes.
const MAX_PAYLOAD: u64 = 16 << 20;

/// A frame, which may be one that nobody may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) struct Frame {
    /// The first byte: the bits and the opcode.
    first: u8,
    pub(in crate::check) payload: Vec<u8>,
    pub(in crate::check) is_masked: bool,
}

/// What is at the beginning of the bytes that came.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::check) enum Read {
    /// A frame, and how many bytes it took.
    Frame(Frame, usize),
    /// Not the whole of one.
    Part,
    /// A frame that says it has so many bytes, which is more than is taken.
    TooLarge(u64),
}

impl Frame {
    /// A whole message, or a control frame, as a client sends it.
    pub(in crate::check) fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Frame { first: LAST | opcode, payload: payload.into(), is_masked: true }
    }

    /// A text message.
    pub(in crate::check) fn text(payload: impl Into<Vec<u8>>) -> Self {
        Frame::new(TEXT, payload)
    }

    /// A Close with a code and no reason.
    pub(in crate::check) fn close(code: u16) -> Self {
        Frame::new(CLOSE, code.to_be_bytes())
    }

    /// The same, behind which more of its message comes.
    pub(in crate::check) fn unfinished(self) -> Self {
        Frame { first: self.first & !LAST, ..self }
    }

    /// The same with a reserved bit.
    pub(in crate::check) fn reserved(self) -> Self {
        Frame { first: self.first | 0x40, ..self }
    }

    /// The same without a mask.
    pub(in crate::check) fn unmasked(self) -> Self {
        Frame { is_masked: false, ..self }
    }

    /// What kind of frame it is.
    pub(in crate::check) fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    /// Whether it has one of the reserved bits.
    pub(in crate::check) fn has_reserved_bits(&self) -> bool {
        self.first & RESERVED != 0
    }

    /// The word that records have for it; none for what is no whole and plain message or control frame.
    pub(in crate::check) fn word(&self) -> Option<&'static str> {
        if self.first & LAST == 0 || self.has_reserved_bits() {
            return None;
        }
        match self.opcode() {
            TEXT => Some("text"),
            BINARY => Some("binary"),
            CLOSE => Some("close"),
            PING => Some("ping"),
            PONG => Some("pong"),
            _ => None,
        }
    }

    /// The code and the reason of a Close.
    pub(in crate::check) fn closing(&self) -> Option<(u16, String)> {
        let (code, reason) = self.payload.split_first_chunk()?;
        Some((u16::from_be_bytes(*code), String::from_utf8_lossy(reason).into_owned()))
    }

    /// Whether it carries a text.
    pub(in crate::check) fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.payload).ok().filter(|_| self.opcode() == TEXT)
    }

    /// The bytes on the wire, with this mask where it has one.
    pub(in crate::check) fn bytes(&self, mask: [u8; 4]) -> Vec<u8> {
        let masked = if self.is_masked { MASKED } else { 0 };
        let mut bytes = vec![self.first];
        match self.payload.len() {
            length @ 0..126 => bytes.push(masked | length as u8),
            length @ 126..65_536 => {
                bytes.push(masked | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(masked | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        let mask = if self.is_masked { mask } else { [0; 4] };
        bytes.extend(mask.iter().filter(|_| self.is_masked));
        bytes.extend(self.payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        bytes
    }

    /// Reads what came.
    pub(in crate::check) fn read(bytes: &[u8]) -> Read {
        let end = header_length(bytes);
        let Some(header) = bytes.get(..end) else { return Read::Part };
        let mut whole = [0; LONGEST_HEADER];
        whole[..end].copy_from_slice(header);
        let length = payload_length(&whole);
        if length > MAX_PAYLOAD {
            return Read::TooLarge(length);
        }
        let last = end + length as usize;
        let Some(payload) = bytes.get(end..last) else { return Read::Part };
        let is_masked = header[1] & MASKED != 0;
        let mask = if is_masked { &header[end - 4..] } else { &[0; 4] };
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        Read::Frame(Frame { first: header[0], payload, is_masked }, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_they_were_written() {
        for length in [0, 5, 125, 126, 65_535, 65_536] {
            for frame in
                [Frame::text(vec![b'x'; length]), Frame::new(PING, vec![0; length]).reserved().unmasked()]
            {
                let bytes = frame.bytes([1, 2, 3, 4]);
                assert_eq!(Frame::read(&bytes[..bytes.len() - 1]), Read::Part);
                assert_eq!(Frame::read(&bytes), Read::Frame(frame, bytes.len()));
            }
        }
        assert_eq!(Frame::read(&[0x82, 127, 1, 0, 0, 0, 0, 0, 0, 0]), Read::TooLarge(1 << 56));
    }

    #[test]
    fn only_what_is_whole_and_plain_has_a_word() {
        assert_eq!(Frame::text("").word(), Some("text"));
        assert_eq!(Frame::close(1000).closing(), Some((1000, String::new())));
        for frame in [Frame::text("").unfinished(), Frame::text("").reserved(), Frame::new(3, "")] {
            assert_eq!(frame.word(), None, "{frame:?}");
        }
    }
}
