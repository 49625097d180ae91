//! Lines read in blocks: whole lines, as many as came at once.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::iter;
use std::vec;

use bytes::{Bytes, BytesMut};

use super::{LinesError, MAX_LINE};

/// How many bytes are read at once unless told otherwise.
const SIZE: usize = 64 << 10;

/// How many bytes of buffers are remembered to be used again.
const KEPT: usize = 8 << 20;

/// What may stand before the first line, and is no part of it.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Consecutive lines of the input.
#[derive(Debug)]
pub struct Block {
    /// The number of the first line.
    first: u64,
    /// Where the first line begins.
    start: usize,
    bytes: Bytes,
    /// Where each line ends, its line ending included.
    ends: Vec<usize>,
}

impl Block {
    /// The lines with their numbers (from 1), without their line endings (LF or CRLF).
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = iter::once(self.start).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .zip(self.first..)
            .map(|((start, &end), number)| (number, trim_ending(&self.bytes[start..end])))
    }
}

impl IntoIterator for Block {
    type Item = (u64, Bytes);
    type IntoIter = BlockLines;

    /// The lines as [`Block::lines`] has them, without copying them: the block's memory is kept as long as one of them.
    fn into_iter(self) -> BlockLines {
        BlockLines { number: self.first, start: self.start, bytes: self.bytes, ends: self.ends.into_iter() }
    }
}

/// The lines of a block with their numbers.
#[derive(Debug)]
pub struct BlockLines {
    number: u64,
    start: usize,
    bytes: Bytes,
    ends: vec::IntoIter<usize>,
}

impl Iterator for BlockLines {
    type Item = (u64, Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        let end = self.ends.next()?;
        let length = trim_ending(&self.bytes[self.start..end]).len();
        let line = (self.number, self.bytes.slice(self.start..self.start + length));
        (self.start, self.number) = (end, self.number + 1);
        Some(line)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }
}

fn trim_ending(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads lines in blocks. What has come is never held back for more, except for a line whose end has not come yet.
#[derive(Debug)]
pub struct Blocks<R> {
    input: R,
    size: usize,
    /// The number of the next line.
    next: u64,
    failed: bool,
    /// The beginning of the next line, as far as it came.
    rest: Vec<u8>,
    /// A buffer that is free.
    free: Option<BytesMut>,
    /// Buffers that were handed out. They are free again when nobody has a line of theirs any more.
    handed_out: VecDeque<Bytes>,
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = Result<Block, LinesError>;

    /// The next block; nothing follows an error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let block = self.next_block().transpose();
        self.failed = matches!(block, Some(Err(_)));
        block
    }
}

impl<R: Read> Blocks<R> {
    /// Blocks of the lines of `input`, numbered from 1.
    pub fn new(input: R) -> Self {
        Blocks::of_size(input, SIZE)
    }

    /// The same in blocks of about this many bytes: larger ones are handed from thread to thread less often.
    pub fn of_size(input: R, size: usize) -> Self {
        Blocks {
            input,
            size,
            next: 1,
            failed: false,
            rest: Vec::new(),
            free: None,
            handed_out: VecDeque::new(),
        }
    }

    /// The next block, or `None` at the end.
    ///
    /// # Errors
    /// When reading fails, or a line is too long.
    pub fn next_block(&mut self) -> Result<Option<Block>, LinesError> {
        let mut buffer = self.buffer();
        let mut filled = self.rest.len();
        buffer[..filled].copy_from_slice(&self.rest);
        loop {
            if filled == buffer.len() {
                buffer.resize(2 * filled, 0);
            }
            let read = match self.input.read(&mut buffer[filled..]) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(LinesError::Read(error)),
            };
            let last = memchr::memrchr(b'\n', &buffer[filled..filled + read]);
            let whole = match last {
                Some(last) => filled + last + 1,
                // The last line needs no line ending.
                None if read == 0 => filled,
                None => 0,
            };
            filled += read;
            // Only the first line can be so long: the others have come at once.
            let first = memchr::memchr(b'\n', &buffer[..whole]).map_or(filled, |at| at + 1);
            if trim_ending(&buffer[..first]).len() > MAX_LINE {
                return Err(LinesError::TooLong { number: self.next });
            }
            if whole > 0 || read == 0 {
                self.rest.clear();
                self.rest.extend_from_slice(&buffer[whole..filled]);
                return Ok(self.block(buffer, whole));
            }
        }
    }

    /// A buffer with room for more than what is there already.
    fn buffer(&mut self) -> BytesMut {
        let used_again = self.free.take().or_else(|| {
            let buffer = self.handed_out.pop_front()?.try_into_mut();
            buffer.map_err(|in_use| self.handed_out.push_front(in_use)).ok()
        });
        let mut buffer = used_again.unwrap_or_else(|| BytesMut::zeroed(self.size));
        if buffer.len() <= self.rest.len() {
            buffer.resize(self.rest.len() + self.size, 0);
        }
        buffer
    }

    /// The block of the first `whole` bytes of a buffer; `None` when there is no line.
    fn block(&mut self, buffer: BytesMut, whole: usize) -> Option<Block> {
        let marked = self.next == 1 && buffer[..whole].starts_with(MARK);
        let start = if marked { MARK.len() } else { 0 };
        let mut ends: Vec<_> = memchr::memchr_iter(b'\n', &buffer[..whole]).map(|at| at + 1).collect();
        if whole > ends.last().copied().unwrap_or(start) {
            ends.push(whole);
        }
        if ends.is_empty() {
            return None;
        }
        let first = self.next;
        self.next += ends.len() as u64;
        Some(Block { first, start, bytes: self.hand_out(buffer, whole), ends })
    }

    /// Hands out a buffer; when little of it is used, only that, so that a line that is kept keeps no more than that.
    fn hand_out(&mut self, buffer: BytesMut, whole: usize) -> Bytes {
        if whole < buffer.len() / 2 {
            let bytes = Bytes::copy_from_slice(&buffer[..whole]);
            self.free = Some(buffer);
            return bytes;
        }
        let is_usual = buffer.len() == self.size;
        let bytes = buffer.freeze();
        if is_usual && self.handed_out.len() * self.size < KEPT {
            self.handed_out.push_back(bytes.clone());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len()).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    /// All lines, kept to the end.
    fn lines(input: &[u8], at_a_time: usize, size: usize) -> Vec<(u64, Bytes)> {
        let blocks = Blocks::of_size(Pieces(input, at_a_time), size);
        blocks.flat_map(Result::unwrap).collect()
    }

    fn plain(lines: &[(u64, Bytes)]) -> Vec<(u64, &str)> {
        lines.iter().map(|(number, line)| (*number, std::str::from_utf8(line).unwrap())).collect()
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        let input = b"\xef\xbb\xbfa\r\n\n\xef\xbb\xbfbc\na long line\n\r\nend";
        let expected = [(1, "a"), (2, ""), (3, "\u{feff}bc"), (4, "a long line"), (5, ""), (6, "end")];
        for at_a_time in [1, 2, 3, 7, 100] {
            for size in [1, 2, 8, 1_000] {
                assert_eq!(plain(&lines(input, at_a_time, size)), expected, "{at_a_time} at a time, {size}");
            }
        }
        for nothing in ["", "\u{feff}"] {
            assert_eq!(lines(nothing.as_bytes(), 2, 8), [], "{nothing:?}");
        }
        assert_eq!(plain(&lines(b"\n", 1, 8)), [(1, "")]);
    }

    #[test]
    fn a_line_that_is_kept_stays_what_it_is_while_buffers_are_used_again() {
        let input: String = (0..5_000).map(|n| format!("line {n}\n")).collect();
        let mut kept = Vec::new();
        for (number, line) in Blocks::of_size(input.as_bytes(), 256).flat_map(Result::unwrap) {
            // Most are dropped, so that their buffers become free.
            if number % 97 == 0 {
                kept.push((number, line));
            }
        }
        assert_eq!(kept.len(), 51);
        for (number, line) in kept {
            assert_eq!(line, format!("line {}", number - 1));
        }
    }

    #[test]
    fn the_same_lines_are_viewed_and_taken() {
        let block = Blocks::new(&b"a\r\n\nbc\n"[..]).next_block().unwrap().unwrap();
        let viewed: Vec<_> = block.lines().map(|(number, line)| (number, line.to_vec())).collect();
        let taken: Vec<_> = block.into_iter().map(|(number, line)| (number, line.to_vec())).collect();
        assert_eq!(taken, viewed);
    }

    #[test]
    fn a_little_of_a_buffer_is_handed_out_alone() {
        let mut blocks = Blocks::of_size(Pieces(b"a\nb\n", 2), 1 << 20);
        let first = blocks.next_block().unwrap().unwrap();
        assert_eq!(first.bytes.len(), 2);
        assert!(blocks.free.is_some() && blocks.handed_out.is_empty());
    }
}
