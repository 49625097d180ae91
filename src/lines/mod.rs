//! NDJSON in bulk: lines in blocks, worked on by several threads, results in the order of the input.
//!
//! Memory stays bounded however long the input: at most a few blocks per thread are under way, or a few groups of them. A
//! line longer than the limit is an error that names the line and the limit. What has come is never held back for more,
//! so that a slow producer sees its answers at once.

mod blocks;
mod ordered;

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;

pub use blocks::{Block, BlockLines, Blocks};
pub use ordered::Ordered;

/// The longest line that is read, in bytes, without its line ending.
pub const MAX_LINE: usize = 16 << 20;

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
    fold: impl FnMut(T),
) -> Result<(), LinesError>
where
    R: Read + Send + 'static,
    W: Write + ?Sized,
    T: Send + 'static,
    F: Fn(&Block) -> Worked<T> + Send + Sync + 'static,
{
    let work = move |block: Result<Block, LinesError>| block.map(|block| work(&block));
    write_results(Ordered::start(Blocks::new(input), threads, work), output, fold)
}

/// [`process`] with blocks worked on together: as many as wait for a worker, and `group` at most. `worker` makes what
/// works on them, one for each thread, which gives what it made of each block.
///
/// # Errors
/// As [`process`].
///
/// # Panics
/// When a worker panics: the panic goes on in the caller.
pub fn process_groups<R, W, T, F>(
    input: R,
    output: &mut W,
    threads: NonZeroUsize,
    group: NonZeroUsize,
    worker: impl Fn() -> F,
    fold: impl FnMut(T),
) -> Result<(), LinesError>
where
    R: Read + Send + 'static,
    W: Write + ?Sized,
    T: Send + 'static,
    F: FnMut(&[Block]) -> Vec<Worked<T>> + Send + 'static,
{
    let worker = || {
        let mut work = worker();
        move |blocks: &mut Vec<Result<Block, LinesError>>| {
            // Nothing follows an error.
            let error = blocks.pop_if(|block| block.is_err());
            let blocks: Vec<_> = blocks.drain(..).flatten().collect();
            let made = if blocks.is_empty() { Vec::new() } else { work(&blocks) };
            made.into_iter().map(Ok).chain(error.and_then(Result::err).map(Err)).collect()
        }
    };
    write_results(Ordered::start_groups(Blocks::new(input), threads, group, worker), output, fold)
}

fn write_results<W: Write + ?Sized, T: Send + 'static>(
    mut results: Ordered<Result<Worked<T>, LinesError>>,
    output: &mut W,
    mut fold: impl FnMut(T),
) -> Result<(), LinesError> {
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
    fn groups_of_blocks_end_with_an_error_as_blocks_do() {
        let mut input: Vec<u8> = (0..20_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        input.extend(std::iter::repeat_n(b'x', MAX_LINE + 1));
        let (mut output, mut total) = (Vec::new(), 0);
        let worker = || |blocks: &[Block]| blocks.iter().map(copy).collect();
        let result =
            process_groups(io::Cursor::new(input), &mut output, threads(2), threads(8), worker, |count| {
                total += count
            });
        assert!(matches!(result, Err(LinesError::TooLong { number: 20_001 })), "{result:?}");
        assert!(total == 20_000 && output.ends_with(b"20000:line 19999\n"));
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
