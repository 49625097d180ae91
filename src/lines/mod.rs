//! NDJSON in bulk: lines in blocks, worked on by several threads, results in the order of the input.
//!
//! Memory stays bounded however long the input: at most a few blocks per thread are under way. A line longer than the
//! limit is an error that names the line and the limit. What has come is never held back for more, so that a slow
//! producer sees its answers at once.

mod ordered;

use std::io::{self, BufReader, Read, Write};
use std::iter;
use std::num::NonZeroUsize;
use std::vec;

use bytes::Bytes;

pub use ordered::Ordered;

/// The longest line that is read, in bytes, without its line ending.
pub const MAX_LINE: usize = 16 << 20;

/// How many bytes a block holds before it is handed to a worker, unless told otherwise.
const BLOCK: usize = 64 << 10;

/// Why a stream of lines ended early.
#[derive(Debug)]
pub enum LinesError {
    /// Reading failed.
    Read(io::Error),
    /// Writing the results failed.
    Write(io::Error),
    /// Line `number` (from 1) has more than [`MAX_LINE`] bytes.
    TooLong {
        /// The line's number, from 1.
        number: u64,
    },
}

/// What a worker makes of one block.
#[derive(Debug)]
pub struct Worked<T> {
    /// What goes to the output, as it is.
    pub output: Vec<u8>,
    /// What the caller wants to know about the block.
    pub summary: T,
}

/// Consecutive lines of the input.
#[derive(Debug, Default)]
pub struct Block {
    first: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl IntoIterator for Block {
    type Item = (u64, Bytes);
    type IntoIter = BlockLines;

    /// The lines as [`Block::lines`] has them, without copying them: the block's memory is freed with the last of them.
    fn into_iter(self) -> BlockLines {
        BlockLines { number: self.first, start: 0, bytes: self.bytes.into(), ends: self.ends.into_iter() }
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

impl Block {
    /// The lines with their numbers (from 1), without their line endings (LF or CRLF).
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .zip(self.first..)
            .map(|((start, &end), number)| (number, trim_ending(&self.bytes[start..end])))
    }
}

fn trim_ending(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads lines in blocks.
#[derive(Debug)]
pub struct Blocks<R> {
    input: BufReader<R>,
    next: u64,
    failed: bool,
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
        Blocks::of_size(input, BLOCK)
    }

    /// The same in blocks of about this many bytes, less than [`MAX_LINE`]: larger ones are handed from thread to thread
    /// less often.
    pub fn of_size(input: R, size: usize) -> Self {
        Blocks { input: BufReader::with_capacity(size, input), next: 1, failed: false }
    }

    /// The next block, or `None` at the end.
    ///
    /// # Errors
    /// When reading fails, or a line is too long.
    pub fn next_block(&mut self) -> Result<Option<Block>, LinesError> {
        let mut block = Block { first: self.next, ..Block::default() };
        if self.next == 1 {
            self.skip_mark()?;
        }
        let ended = self.read_line(&mut block.bytes)?;
        if block.bytes.is_empty() {
            return Ok(None);
        }
        block.ends.push(block.bytes.len());
        if !ended {
            self.take_what_is_there(&mut block);
        }
        self.next += block.ends.len() as u64;
        Ok(Some(block))
    }

    /// Takes the lines that can be had without waiting.
    fn take_what_is_there(&mut self, block: &mut Block) {
        use io::BufRead;
        let there = self.input.buffer();
        let whole = memchr::memrchr(b'\n', there).map_or(0, |last| last + 1);
        let before = block.bytes.len();
        // None of them is too long: the buffer is smaller than the longest line.
        block.ends.extend(memchr::memchr_iter(b'\n', &there[..whole]).map(|at| before + at + 1));
        block.bytes.extend_from_slice(&there[..whole]);
        self.input.consume(whole);
    }

    /// A byte order mark is no part of the first line.
    fn skip_mark(&mut self) -> Result<(), LinesError> {
        use io::BufRead;
        let start = self.input.fill_buf().map_err(LinesError::Read)?;
        if start.starts_with(b"\xef\xbb\xbf") {
            self.input.consume(3);
        }
        Ok(())
    }

    /// Reads one line with its ending into `bytes`; true at the end of the input.
    fn read_line(&mut self, bytes: &mut Vec<u8>) -> Result<bool, LinesError> {
        use io::BufRead;
        loop {
            let available = match self.input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(LinesError::Read(error)),
            };
            if available.is_empty() {
                return Ok(true);
            }
            let newline = memchr::memchr(b'\n', available);
            let take = newline.map_or(available.len(), |at| at + 1);
            if bytes.capacity() - bytes.len() < take {
                // Mostly, all of it is of the same block.
                bytes.reserve(available.len());
            }
            bytes.extend_from_slice(&available[..take]);
            self.input.consume(take);
            if trim_ending(bytes).len() > MAX_LINE {
                return Err(LinesError::TooLong { number: self.next });
            }
            if newline.is_some() {
                return Ok(false);
            }
        }
    }
}

/// Works on the lines of `input` with `threads` workers, and writes what they make to `output`, in the input's order.
///
/// `fold` is given each block's summary, in order, after its output was written. `output` is flushed whenever
/// nothing more is ready, and at the end.
///
/// # Errors
/// When reading or writing fails or a line is too long; what came before it has been worked on and written.
///
/// # Panics
/// When `work` panics: the panic goes on in the caller.
pub fn process<R, W, T, F>(
    input: R,
    output: &mut W,
    threads: NonZeroUsize,
    work: F,
    mut fold: impl FnMut(T),
) -> Result<(), LinesError>
where
    R: Read + Send + 'static,
    W: Write + ?Sized,
    T: Send + 'static,
    F: Fn(&Block) -> Worked<T> + Send + Sync + 'static,
{
    let work = move |block: Result<Block, LinesError>| block.map(|block| work(&block));
    let mut results = Ordered::start(Blocks::new(input), threads, work);
    loop {
        let result = match results.next_if_ready() {
            Some(result) => Some(result),
            None => {
                output.flush().map_err(LinesError::Write)?;
                results.next()
            }
        };
        match result {
            Some(Ok(worked)) => {
                let worked: Worked<T> = worked;
                output.write_all(&worked.output).map_err(LinesError::Write)?;
                fold(worked.summary);
            }
            Some(Err(error)) => {
                output.flush().map_err(LinesError::Write)?;
                return Err(error);
            }
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    fn copy(block: &Block) -> Worked<u64> {
        let mut output = Vec::new();
        let mut count = 0;
        for (number, line) in block.lines() {
            output.extend_from_slice(format!("{number}:{}\n", String::from_utf8_lossy(line)).as_bytes());
            count += 1;
        }
        Worked { output, summary: count }
    }

    fn run(input: &str, count: usize) -> (String, u64) {
        let mut output = Vec::new();
        let mut total = 0;
        let input = io::Cursor::new(input.to_owned().into_bytes());
        process(input, &mut output, threads(count), copy, |count| total += count).unwrap();
        (String::from_utf8(output).unwrap(), total)
    }

    #[test]
    fn lines_keep_their_numbers_whatever_the_line_ending() {
        assert_eq!(run("a\r\n\nb", 1), ("1:a\n2:\n3:b\n".to_owned(), 3));
        assert_eq!(run("", 2), (String::new(), 0));
        assert_eq!(run("\n", 2), ("1:\n".to_owned(), 1));
        assert_eq!(run("\u{feff}a\n\u{feff}b", 1), ("1:a\n2:\u{feff}b\n".to_owned(), 2));
    }

    #[test]
    fn order_is_kept_over_many_blocks_and_workers() {
        let input: String = (0..50_000).map(|n| format!("line {n} {}\n", "x".repeat(n % 40))).collect();
        let expected: String =
            input.lines().enumerate().map(|(index, line)| format!("{}:{line}\n", index + 1)).collect();
        for count in [1, 2, 5] {
            assert_eq!(run(&input, count), (expected.clone(), 50_000));
        }
    }

    #[test]
    fn the_lines_of_a_block_can_be_kept_without_copying_them() {
        let block = Blocks::new(io::Cursor::new("a\r\n\nbc\n")).next_block().unwrap().unwrap();
        let viewed: Vec<_> = block.lines().map(|(number, line)| (number, line.to_vec())).collect();
        let kept: Vec<_> = block.into_iter().map(|(number, line)| (number, line.to_vec())).collect();
        assert_eq!(kept, viewed);
        assert_eq!(kept, [(1, b"a".to_vec()), (2, Vec::new()), (3, b"bc".to_vec())]);
    }

    #[test]
    fn a_line_over_the_limit_is_named_and_what_came_before_is_written() {
        let mut input = b"good\n".to_vec();
        input.extend(std::iter::repeat_n(b'x', MAX_LINE + 1));
        let mut output = Vec::new();
        let result = process(io::Cursor::new(input), &mut output, threads(2), copy, |_| ());
        assert!(matches!(result, Err(LinesError::TooLong { number: 2 })), "{result:?}");
        assert_eq!(output, b"1:good\n");
    }

    #[test]
    fn a_line_is_answered_before_the_next_one_comes() {
        let (reader, mut writer) = io::pipe().unwrap();
        let (told, heard) = std::sync::mpsc::channel();
        let worker = std::thread::spawn(move || {
            process(reader, &mut io::sink(), threads(2), copy, |count| told.send(count).unwrap())
        });
        for _ in 0..3 {
            writer.write_all(b"line\n").unwrap();
            assert_eq!(heard.recv().unwrap(), 1);
        }
        drop(writer);
        worker.join().unwrap().unwrap();
    }

    #[test]
    fn a_gone_output_ends_it_though_the_input_stays_open() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"line\n").unwrap();
        let result = process(reader, &mut Gone, threads(2), copy, |_| ());
        assert!(matches!(result, Err(LinesError::Write(_))), "{result:?}");
        drop(writer);
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn a_panic_in_the_work_reaches_the_caller() {
        let work = |_: &Block| -> Worked<()> { panic!("on purpose") };
        let _ = process(io::Cursor::new(b"x\n".to_vec()), &mut io::sink(), threads(2), work, |()| ());
    }
}
