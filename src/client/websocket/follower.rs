//! Where the frames of a session begin and end, up to the peer's Close, which is kept as it was sent. Pure.
//!
//! The library shows a Close with a code that must not be sent (RFC 6455, section 7.4) as one of its own making, `1002
//! "Protocol violation"`. What a peer did is what this program is asked for: so the boundaries are followed beside the
//! library, on either side, and a Close is read a second time.

use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// The opcode of a Close, with the bit of a last frame.
const CLOSE: u8 = 0x88;

/// The bit of a frame that is masked, in the second byte of its header.
pub const MASKED: u8 = 0x80;

/// The longest header, in bytes.
pub const LONGEST_HEADER: usize = 14;

/// Follows the boundaries of a peer's frames up to its Close.
#[derive(Debug, Default)]
pub struct Follower {
    /// What came so far of a frame's header: its opcode, its length with the length's own bytes, and its mask.
    header: [u8; LONGEST_HEADER],
    /// How many bytes of it came.
    came: usize,
    /// How many bytes of a payload are still to come.
    left: u64,
    /// The payload of the Close as it came, once it has begun.
    close: Option<Vec<u8>>,
}

impl Follower {
    /// Takes what came. Nothing is followed behind a Close.
    pub fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            let (payload, rest) = bytes.split_at(here);
            self.left -= here as u64;
            if let Some(close) = &mut self.close {
                close.extend_from_slice(payload);
                return;
            }
            let missing = header_length(&self.header[..self.came]).saturating_sub(self.came).min(rest.len());
            let (header, rest) = rest.split_at(missing);
            self.header[self.came..self.came + missing].copy_from_slice(header);
            self.came += missing;
            bytes = rest;
            if self.came == header_length(&self.header[..self.came]) {
                self.begin();
            }
        }
    }

    /// A Close that the library read, with the code and the reason that the peer sent.
    pub fn as_sent(&self, read: CloseFrame) -> CloseFrame {
        match self.close() {
            Some((code, reason)) if code != u16::from(read.code) => {
                CloseFrame { code: code.into(), reason: reason.into() }
            }
            _ => read,
        }
    }

    /// Begins with a frame whose header is whole.
    fn begin(&mut self) {
        self.left = payload_length(&self.header);
        if self.header[0] == CLOSE {
            // Its header stays, for the mask.
            self.close = Some(Vec::new());
        } else {
            self.came = 0;
        }
    }

    /// The code and the reason of the Close, once it is whole.
    fn close(&self) -> Option<(u16, String)> {
        let close = self.close.as_ref().filter(|_| self.left == 0)?;
        let mask = match self.header[1] & MASKED {
            0 => &[0; 4],
            _ => &self.header[self.came - 4..self.came],
        };
        let plain: Vec<u8> = close.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        let (code, reason) = plain.split_first_chunk()?;
        Some((u16::from_be_bytes(*code), String::from_utf8_lossy(reason).into_owned()))
    }
}

/// How long a frame's header is, as far as what came of it tells (RFC 6455, 5.2).
pub fn header_length(came: &[u8]) -> usize {
    let Some(second) = came.get(1) else { return 2 };
    let length = match second & !MASKED {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    if second & MASKED == 0 { length } else { length + 4 }
}

/// How long the payload behind a whole header is.
pub fn payload_length(header: &[u8; LONGEST_HEADER]) -> u64 {
    let extended = |bytes: &[u8]| bytes.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
    match header[1] & !MASKED {
        126 => extended(&header[2..4]),
        127 => extended(&header[2..10]),
        length => u64::from(length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [0x5a, 0x00, 0xff, 0x21];

    fn frame(first: u8, payload: &[u8], masked: bool) -> Vec<u8> {
        let length = payload.len() as u64;
        let mut bytes = match length {
            0..126 => vec![first, length as u8],
            126..65_536 => [vec![first, 126], (length as u16).to_be_bytes().to_vec()].concat(),
            _ => [vec![first, 127], length.to_be_bytes().to_vec()].concat(),
        };
        if masked {
            bytes[1] |= MASKED;
            bytes.extend(MASK);
        }
        let mask = if masked { MASK } else { [0; 4] };
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        bytes
    }

    #[test]
    fn a_close_is_found_behind_frames_of_every_length_however_they_are_cut() {
        for masked in [false, true] {
            let mut bytes = Vec::new();
            for (first, length) in [(0x81, 2), (0x89, 0), (0x82, 125), (0x82, 200), (0x01, 70_000), (0x80, 1)]
            {
                bytes.extend(frame(first, &vec![CLOSE; length], masked));
            }
            bytes.extend(frame(CLOSE, b"\x03\xedbye", masked));
            let whole = bytes.len();
            bytes.push(b'x');
            for size in [1, 2, 3, 7, 4_096, bytes.len()] {
                let mut follower = Follower::default();
                bytes.chunks(size).for_each(|chunk| follower.follow(chunk));
                assert_eq!(follower.close(), Some((1005, "bye".to_owned())), "{size}");
            }
            let mut unfinished = Follower::default();
            unfinished.follow(&bytes[..whole - 1]);
            assert_eq!(unfinished.close(), None);
            let mut empty = Follower::default();
            empty.follow(&frame(CLOSE, b"", masked));
            assert_eq!(empty.close(), None);
        }
    }
}
