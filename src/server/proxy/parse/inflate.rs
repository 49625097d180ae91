//! Messages of one direction that are compressed as permessage-deflate says (RFC 7692).

use flate2::{Decompress, FlushDecompress, Status};

/// What ends a message that was taken away by its sender.
const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

/// How much is written at once, in bytes.
const STEP: usize = 8 << 10;

/// Reads compressed messages, one after the other.
#[derive(Debug)]
pub struct Inflater {
    state: Option<Decompress>,
    limit: usize,
}

impl Inflater {
    /// Reads messages of `limit` bytes at most.
    pub fn new(limit: usize) -> Self {
        Inflater { state: Some(Decompress::new(false)), limit }
    }

    /// What a message says; `None` when it cannot be read, and with it all that follow: what they refer to is not known.
    pub fn read(&mut self, compressed: &[u8], starts_anew: bool) -> Option<Vec<u8>> {
        let mut state = self.state.take()?;
        if starts_anew {
            state.reset(false);
        }
        let mut plain = Vec::new();
        for part in [compressed, TAIL] {
            let mut rest = part;
            loop {
                if plain.len() >= self.limit {
                    return None;
                }
                plain.reserve(STEP);
                let before = (state.total_in(), plain.len());
                let status = state.decompress_vec(rest, &mut plain, FlushDecompress::Sync).ok()?;
                let read = usize::try_from(state.total_in() - before.0).ok()?;
                rest = &rest[read..];
                let stands_still = read == 0 && plain.len() == before.1;
                if status == Status::StreamEnd {
                    state.reset(false);
                    break;
                }
                if stands_still || (rest.is_empty() && plain.len() < plain.capacity()) {
                    break;
                }
            }
        }
        self.state = Some(state);
        Some(plain)
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compress, Compression, FlushCompress};

    use super::*;

    fn deflated(state: &mut Compress, text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() + 1_000);
        state.compress_vec(text, &mut bytes, FlushCompress::Sync).unwrap();
        assert!(bytes.ends_with(TAIL));
        bytes.truncate(bytes.len() - TAIL.len());
        bytes
    }

    #[test]
    fn messages_refer_to_those_before_them() {
        let mut deflate = Compress::new(Compression::default(), false);
        let mut inflate = Inflater::new(1 << 20);
        let long: Vec<u8> = (0..100_000_u32).flat_map(|number| (number % 251).to_be_bytes()).collect();
        for text in [&b"hello hello"[..], b"hello hello", b"", &long, b"hello"] {
            assert_eq!(inflate.read(&deflated(&mut deflate, text), false).as_deref(), Some(text));
        }
    }

    #[test]
    fn one_that_grows_too_large_ends_it() {
        let mut deflate = Compress::new(Compression::best(), false);
        let mut inflate = Inflater::new(1 << 16);
        assert_eq!(inflate.read(&deflated(&mut deflate, &vec![0; 1 << 20]), false), None);
        assert_eq!(inflate.read(&deflated(&mut deflate, b"x"), false), None);
    }
}
