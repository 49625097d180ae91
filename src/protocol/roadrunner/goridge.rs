//! Goridge's frames, version 1: a header with a checksum, options, and a payload.
//!
//! Reading is incremental: bytes that are not a whole frame yet are no error.

use std::fmt;

/// The version in the header.
const VERSION: u8 = 1;
/// The words of four bytes that every header has.
const PLAIN_HEADER: usize = 3;
/// The bytes that the checksum is over.
const CHECKED: usize = 6;
/// The most options: the length of the header is a number of four bits.
const MAX_OPTIONS: usize = 15 - PLAIN_HEADER;

/// The bit that says that the payload is the text of an error.
pub(super) const ERROR: u8 = 0x40;

/// How a payload is encoded, by the bit that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Protocol buffers.
    Protobuf,
    /// JSON.
    Json,
    /// Bytes as they are.
    Raw,
    /// MessagePack.
    Msgpack,
    /// Go's own.
    Gob,
}

impl Codec {
    /// The codec of a frame's flags. Several bits may be set: the first that is tested counts, and none is [`Codec::Gob`].
    pub fn of(flags: u8) -> Self {
        let tested = [Codec::Protobuf, Codec::Json, Codec::Raw, Codec::Msgpack];
        tested.into_iter().find(|codec| flags & codec.flag() != 0).unwrap_or(Codec::Gob)
    }

    /// Its bit.
    pub fn flag(self) -> u8 {
        match self {
            Codec::Protobuf => 0x80,
            Codec::Json => 0x08,
            Codec::Raw => 0x04,
            Codec::Msgpack => 0x10,
            Codec::Gob => 0x20,
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Codec::Protobuf => "protobuf",
            Codec::Json => "json",
            Codec::Raw => "raw",
            Codec::Msgpack => "msgpack",
            Codec::Gob => "gob",
        }
    }
}

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The flags: the codec, and whether it is an error.
    pub flags: u8,
    /// The bits of streams; 0 in RPC.
    pub stream: [u8; 2],
    /// The options: twelve at most.
    pub options: Vec<u32>,
    /// The payload.
    pub payload: &'a [u8],
}

/// Why bytes are no frame. Nothing can be read after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// The version is another one.
    Version(u8),
    /// The header is shorter than any; its length in words of four bytes.
    Header(u8),
    /// The checksum is wrong.
    Checksum {
        /// The one in the header.
        found: u32,
        /// The right one.
        wanted: u32,
    },
    /// The payload is larger than the limit, both in bytes.
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::Version(version) => {
                write!(f, "the frame has the version {version}, and not {VERSION}")
            }
            FrameError::Header(words) => {
                write!(f, "the frame's header has {words} words, and at least {PLAIN_HEADER} are needed")
            }
            FrameError::Checksum { found, wanted } => {
                write!(f, "the header's checksum is {found:08x}, and has to be {wanted:08x}")
            }
            FrameError::TooLarge { size, limit } => {
                write!(f, "the frame's payload has {size} bytes; the limit is {limit}")
            }
        }
    }
}

impl std::error::Error for FrameError {}

impl<'a> Frame<'a> {
    /// Reads the frame at the start of the bytes, and how many they are; `None` when it is not whole yet.
    ///
    /// # Errors
    /// When no more bytes can make a frame of it, or its payload is larger than `limit` bytes.
    pub fn read(bytes: &'a [u8], limit: usize) -> Result<Option<(Self, usize)>, FrameError> {
        let Some(first) = bytes.first() else { return Ok(None) };
        let (version, words) = (first >> 4, first & 0x0f);
        if version != VERSION {
            return Err(FrameError::Version(version));
        }
        if usize::from(words) < PLAIN_HEADER {
            return Err(FrameError::Header(words));
        }
        let Some(plain) = bytes.first_chunk::<{ PLAIN_HEADER * 4 }>() else { return Ok(None) };
        let [_, flags, l0, l1, l2, l3, c0, c1, c2, c3, s0, s1] = *plain;
        let (found, wanted) = (u32::from_le_bytes([c0, c1, c2, c3]), crc32fast::hash(&plain[..CHECKED]));
        if found != wanted {
            return Err(FrameError::Checksum { found, wanted });
        }
        let size = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
        if size > limit {
            return Err(FrameError::TooLarge { size, limit });
        }
        let header = usize::from(words) * 4;
        let Some(end) = header.checked_add(size).filter(|end| *end <= bytes.len()) else { return Ok(None) };
        let (options, _) = bytes[plain.len()..header].as_chunks::<4>();
        let options = options.iter().map(|option| u32::from_le_bytes(*option)).collect();
        Ok(Some((Frame { flags, stream: [s0, s1], options, payload: &bytes[header..end] }, end)))
    }

    /// The frame's bytes; options after the twelfth are not written.
    ///
    /// # Errors
    /// When the payload is larger than a frame can say.
    pub fn write(&self) -> Result<Vec<u8>, FrameError> {
        let size = self.payload.len();
        let length = u32::try_from(size).map_err(|_| FrameError::TooLarge {
            size,
            limit: usize::try_from(u32::MAX).unwrap_or(usize::MAX),
        })?;
        let options = &self.options[..self.options.len().min(MAX_OPTIONS)];
        let words = PLAIN_HEADER + options.len();
        let mut bytes = Vec::with_capacity(words * 4 + size);
        bytes.push(VERSION << 4 | words as u8);
        bytes.push(self.flags);
        bytes.extend(length.to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend(self.stream);
        options.iter().for_each(|option| bytes.extend(option.to_le_bytes()));
        bytes.extend(self.payload);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1_000;

    fn frame(options: &[u32], payload: &'static [u8]) -> Frame<'static> {
        Frame { flags: 0x88, stream: [1, 2], options: options.to_vec(), payload }
    }

    #[test]
    fn a_frame_is_read_as_it_was_written_and_what_follows_is_let_be() {
        for frame in [frame(&[], b""), frame(&[7, u32::MAX], b"hello"), frame(&[1; 12], b"x")] {
            let mut bytes = frame.write().unwrap();
            let length = bytes.len();
            bytes.extend(b"more");
            assert_eq!(Frame::read(&bytes, LIMIT), Ok(Some((frame, length))));
        }
    }

    #[test]
    fn part_of_a_frame_is_not_yet_one() {
        let bytes = frame(&[1, 2], b"hello").write().unwrap();
        for length in 0..bytes.len() {
            assert_eq!(Frame::read(&bytes[..length], LIMIT), Ok(None), "{length}");
        }
    }

    #[test]
    fn what_can_be_no_frame_is_refused_at_once() {
        let right = frame(&[1, 2], b"hello").write().unwrap();
        assert_eq!(Frame::read(&[0x25], LIMIT), Err(FrameError::Version(2)));
        assert_eq!(Frame::read(b"HTTP", LIMIT), Err(FrameError::Version(4)));
        assert_eq!(Frame::read(&[0x12], LIMIT), Err(FrameError::Header(2)));
        assert_eq!(Frame::read(&right, 4), Err(FrameError::TooLarge { size: 5, limit: 4 }));
        for changed in 0..10 {
            let mut bytes = right.clone();
            bytes[changed] ^= 0x40;
            assert!(Frame::read(&bytes, usize::MAX).is_err(), "{changed}");
        }
    }

    #[test]
    fn the_first_bit_that_is_tested_names_the_codec() {
        for (flags, codec) in [
            (0x80, Codec::Protobuf),
            (0xa0, Codec::Protobuf),
            (0x88, Codec::Protobuf),
            (0x0c, Codec::Json),
            (0x34, Codec::Raw),
            (0x30, Codec::Msgpack),
            (0x20, Codec::Gob),
            (0x00, Codec::Gob),
            (0x48, Codec::Json),
        ] {
            assert_eq!(Codec::of(flags), codec, "{flags:02x}");
        }
    }
}
