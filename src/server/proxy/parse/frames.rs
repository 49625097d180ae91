//! The frames of one direction of a WebSocket session (RFC 6455, 5.2), in pieces of any size, as whole messages.

use std::sync::Arc;

use super::kept::{Kept, Place, Room};
use crate::client::websocket::{LONGEST_HEADER, MASKED, header_length, payload_length};

/// The largest payload of a control frame, in bytes.
const MAX_CONTROL: u64 = 125;

/// A message or a control frame.
#[derive(Debug)]
pub struct Message {
    /// `text`, `binary`, `ping`, `pong` or `close`.
    pub opcode: &'static str,
    /// The payload, unmasked, as far as it is kept.
    pub data: Vec<u8>,
    /// Whether that is not all of it.
    pub truncated: bool,
    /// Whether it is compressed as an extension says.
    pub compressed: bool,
    /// Its place in memory.
    pub place: Option<Place>,
}

/// A message whose frames have not all come.
#[derive(Debug)]
struct Partial {
    opcode: &'static str,
    compressed: bool,
    kept: Kept,
    place: Option<Place>,
}

/// Reads one direction.
#[derive(Debug)]
pub(super) struct Frames {
    header: [u8; LONGEST_HEADER],
    came: usize,
    /// How many bytes of the present payload are still to come; `None` while a header is read.
    left: Option<u64>,
    /// How many of it came, for the mask.
    position: u64,
    message: Option<Partial>,
    control: Option<Partial>,
    limit: usize,
    room: Arc<Room>,
    is_off: bool,
}

impl Frames {
    /// Reads messages, of which `limit` bytes are kept.
    pub(super) fn new(limit: usize, room: Arc<Room>) -> Self {
        Frames {
            header: [0; LONGEST_HEADER],
            came: 0,
            left: None,
            position: 0,
            message: None,
            control: None,
            limit,
            room,
            is_off: false,
        }
    }

    /// Takes what came; gives each message that is whole.
    ///
    /// # Errors
    /// Why it cannot be followed, once; after that, nothing is read any more.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        whole: &mut impl FnMut(Message),
    ) -> Result<(), &'static str> {
        while !bytes.is_empty() && !self.is_off {
            if self.left.is_none() {
                let missing =
                    header_length(&self.header[..self.came]).saturating_sub(self.came).min(bytes.len());
                let (header, rest) = bytes.split_at(missing);
                self.header[self.came..self.came + missing].copy_from_slice(header);
                (self.came, bytes) = (self.came + missing, rest);
                if self.came < header_length(&self.header[..self.came]) {
                    continue;
                }
                if let Err(why) = self.begin() {
                    self.is_off = true;
                    return Err(why);
                }
            }
            let left = self.left.unwrap_or_default();
            let here = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
            let (payload, rest) = bytes.split_at(here);
            self.keep(payload);
            (self.left, bytes) = (Some(left - here as u64), rest);
            if self.left == Some(0)
                && let Some(message) = self.finish()
            {
                whole(message);
            }
        }
        Ok(())
    }

    /// Begins with a frame whose header is whole.
    fn begin(&mut self) -> Result<(), &'static str> {
        let length = payload_length(&self.header);
        let (first, compressed) = (self.header[0], self.header[0] & 0x40 != 0);
        if first & 0x30 != 0 {
            return Err("a frame has reserved bits");
        }
        let opcode = match first & 0x0f {
            0 if self.message.is_some() => None,
            0 => return Err("a frame continues nothing"),
            1 => Some("text"),
            2 => Some("binary"),
            8 => Some("close"),
            9 => Some("ping"),
            10 => Some("pong"),
            _ => return Err("a frame has an unknown opcode"),
        };
        let is_control = first & 0x08 != 0;
        if is_control && (length > MAX_CONTROL || first & 0x80 == 0) {
            return Err("a control frame is in parts, or too large");
        }
        if let Some(opcode) = opcode {
            let begun = Partial { opcode, compressed, kept: Kept::default(), place: self.room.place() };
            match is_control {
                true => self.control = Some(begun),
                false if self.message.is_some() => return Err("a message begins within another"),
                false => self.message = Some(begun),
            }
        }
        (self.left, self.position) = (Some(length), 0);
        Ok(())
    }

    fn keep(&mut self, payload: &[u8]) {
        let masked = self.header[1] & MASKED != 0;
        let mask: [u8; 4] = match masked {
            true => self.header[self.came - 4..self.came].try_into().unwrap_or_default(),
            false => [0; 4],
        };
        let position = self.position;
        self.position += payload.len() as u64;
        let Some(partial) = self.control.as_mut().or(self.message.as_mut()) else { return };
        let before = partial.kept.bytes.len();
        partial.kept.keep(payload, self.limit, partial.place.as_mut());
        if masked {
            for (byte, at) in partial.kept.bytes[before..].iter_mut().zip(position..) {
                *byte ^= mask[(at % 4) as usize];
            }
        }
    }

    /// Ends a frame whose payload is whole.
    fn finish(&mut self) -> Option<Message> {
        let is_last = self.header[0] & 0x80 != 0;
        (self.left, self.came) = (None, 0);
        let partial = match self.control.take() {
            Some(control) => control,
            None if is_last => self.message.take()?,
            None => return None,
        };
        let Partial { opcode, compressed, kept, place } = partial;
        Some(Message { opcode, data: kept.bytes, truncated: kept.truncated, compressed, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
        let length = payload.len() as u64;
        let mut bytes = match length {
            0..126 => vec![first, length as u8],
            126..65_536 => [vec![first, 126], (length as u16).to_be_bytes().to_vec()].concat(),
            _ => [vec![first, 127], length.to_be_bytes().to_vec()].concat(),
        };
        if let Some(mask) = mask {
            bytes[1] |= MASKED;
            bytes.extend(mask);
        }
        let mask = mask.unwrap_or_default();
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        bytes
    }

    /// An opcode, a payload, and whether it is cut.
    type Told = (&'static str, Vec<u8>, bool);

    fn messages(bytes: &[u8], piece: usize) -> (Vec<Told>, Option<&'static str>) {
        let (mut found, mut lost) = (Vec::new(), None);
        let mut frames = Frames::new(100_000, Room::new(1 << 20));
        for piece in bytes.chunks(piece) {
            let mut whole = |message: Message| found.push((message.opcode, message.data, message.truncated));
            lost = lost.or(frames.feed(piece, &mut whole).err());
        }
        (found, lost)
    }

    #[test]
    fn messages_are_whole_however_they_are_cut_masked_or_in_parts() {
        for mask in [None, Some([1, 2, 0xff, 0])] {
            let long = vec![b'x'; 70_000];
            let bytes = [
                frame(0x81, b"one", mask),
                frame(0x01, b"t", mask),
                frame(0x89, b"", mask),
                frame(0x00, b"", mask),
                frame(0x80, b"wo", mask),
                frame(0x82, &long, mask),
                frame(0x88, b"\x03\xe8bye", mask),
            ]
            .concat();
            for piece in [1, 3, 7, 1_000, bytes.len()] {
                let expected = [
                    ("text", b"one".to_vec(), false),
                    ("ping", Vec::new(), false),
                    ("text", b"two".to_vec(), false),
                    ("binary", long.clone(), false),
                    ("close", b"\x03\xe8bye".to_vec(), false),
                ];
                assert_eq!(messages(&bytes, piece), (expected.into(), None));
            }
        }
    }

    #[test]
    fn a_message_is_kept_up_to_the_limit_and_followed_to_its_end() {
        let bytes = [frame(0x82, &vec![7; 150_000], Some([9; 4])), frame(0x81, b"next", None)].concat();
        let (found, lost) = messages(&bytes, 4_096);
        assert_eq!((found[0].1.len() <= 100_000, found[0].2, lost), (true, true, None));
        assert_eq!(found[1].1, b"next");
    }

    #[test]
    fn what_is_no_frame_is_said_once() {
        for first in [0x80, 0x83, 0x91, 0x09] {
            assert!(messages(&[frame(first, b"a", None), frame(0x81, b"b", None)].concat(), 2).1.is_some());
        }
    }
}
