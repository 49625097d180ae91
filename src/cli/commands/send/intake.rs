//! The documents to send: from files, standard input, and lines of JSON, one after the other as they are wanted.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::IgnoredAny;

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::input::{Inputs, MAX_DOCUMENT, Source};
use crate::delivery::{Item, Place};
use crate::lines::{Blocks, MAX_LINE};
use crate::signing::lint_json;

/// What to call an input in errors.
const WHAT: &str = "the entity";

/// How many lines are looked at to find out whether an input is lines of JSON that begin with something else.
const LOOK_AHEAD: usize = 20;

/// The most that is read only to count documents, in bytes.
const MAX_COUNTED: u64 = 256 << 20;

type Reader = Box<dyn Read + Send>;

/// Documents that are not JSON: how many, and the first of them.
#[derive(Debug, Default)]
pub(super) struct NotJson {
    pub(super) count: u64,
    pub(super) first: Option<Place>,
}

/// The documents of all inputs, in order. Holds one at a time, however many there are.
///
/// An input that cannot be read is an error in the place of a document. When lines cannot be read to their end, nothing
/// follows: what came after them would be counted wrongly.
pub(super) struct Documents {
    waiting: VecDeque<Input>,
    current: Option<Lines>,
    all_lines: bool,
    ordinal: u64,
    not_json: Option<Arc<Mutex<NotJson>>>,
}

enum Input {
    File(PathBuf),
    Opened(Reader, Source),
}

/// An input's form, once it is known.
enum Form {
    Document(Vec<u8>),
    Lines(Reader),
}

impl Documents {
    /// The documents of these inputs. Files are looked at now and opened when their turn comes.
    ///
    /// # Errors
    /// When a file is not there, or standard input is taken twice.
    pub(super) fn of(context: &mut Context, sources: &[Source], all_lines: bool) -> Result<Self, CliError> {
        let mut waiting = VecDeque::new();
        for source in sources {
            waiting.push_back(match source {
                Source::Stdin => Input::Opened(context.inputs.open(source, WHAT)?, Source::Stdin),
                Source::File(path) => {
                    look_at(path, source)?;
                    Input::File(path.clone())
                }
            });
        }
        Ok(Documents { waiting, current: None, all_lines, ordinal: 0, not_json: None })
    }

    /// The same documents once more, to look at before they are sent; `None` when an input can be read once only.
    pub(super) fn beforehand(sources: &[Source], all_lines: bool) -> Option<Self> {
        let waiting = sources.iter().map(|source| match source {
            Source::File(path) if path.is_file() => Some(Input::File(path.clone())),
            _ => None,
        });
        let waiting = waiting.collect::<Option<_>>()?;
        Some(Documents { waiting, current: None, all_lines, ordinal: 0, not_json: None })
    }

    /// How many documents there are; `None` when they cannot be read twice, or not in a moment.
    pub(super) fn count_beforehand(sources: &[Source], all_lines: bool) -> Option<u64> {
        let documents = Documents::beforehand(sources, all_lines)?;
        let sizes = sources.iter().map(|source| match source {
            Source::File(path) => path.metadata().map_or(0, |file| file.len()),
            Source::Stdin => 0,
        });
        (sizes.sum::<u64>() <= MAX_COUNTED).then(|| documents.count() as u64)
    }

    /// Counts from now on what is not JSON.
    pub(super) fn count_not_json(&mut self) -> Arc<Mutex<NotJson>> {
        Arc::clone(self.not_json.get_or_insert_default())
    }

    /// Finds out what the next input is; the document, when it is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn take_document(&mut self) -> Result<Option<Item>, CliError> {
        match self.open_next() {
            Some(Ok(item)) => Ok(item),
            Some(Err(error)) => Err(error),
            None => Ok(None),
        }
    }

    /// Whether lines of an input are being read.
    pub(super) fn is_in_lines(&self) -> bool {
        self.current.is_some()
    }

    fn open_next(&mut self) -> Option<Result<Option<Item>, CliError>> {
        let (opened, source) = match self.waiting.pop_front()? {
            Input::Opened(reader, source) => (Ok(reader), source),
            Input::File(path) => {
                let source = Source::File(path);
                (Inputs::default().open(&source, WHAT), source)
            }
        };
        let all_lines = self.all_lines;
        let form = opened
            .and_then(|reader| if all_lines { Ok(Form::Lines(reader)) } else { tell_form(reader, &source) });
        Some(form.map(|form| match form {
            Form::Document(body) => {
                self.ordinal += 1;
                Some(self.item(Place::whole(source.to_string()), body))
            }
            Form::Lines(reader) => {
                self.current = Some(Lines::new(reader, &source, self.ordinal));
                None
            }
        }))
    }

    fn item(&self, place: Place, body: Vec<u8>) -> Item {
        if let Some(not_json) = &self.not_json
            && lint_json(&body).is_some()
        {
            let mut not_json = not_json.lock().unwrap_or_else(PoisonError::into_inner);
            not_json.count += 1;
            not_json.first.get_or_insert_with(|| place.clone());
        }
        Item::new(self.ordinal, place, body)
    }
}

impl Iterator for Documents {
    type Item = Result<Item, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(lines) = &mut self.current else {
                match self.open_next()? {
                    Ok(Some(item)) => return Some(Ok(item)),
                    Ok(None) => continue,
                    Err(error) => {
                        self.ordinal += 1;
                        return Some(Err(error));
                    }
                }
            };
            match lines.next_line() {
                Ok(Some((number, body))) => {
                    self.ordinal = lines.before + number;
                    let place = Place::line(Arc::clone(&lines.name), number);
                    return Some(Ok(self.item(place, body)));
                }
                Ok(None) => {
                    self.ordinal = lines.before + lines.read;
                    let empty = lines.empty.then(|| nothing(&lines.name));
                    self.current = None;
                    if let Some(error) = empty {
                        return Some(Err(error));
                    }
                }
                Err(error) => {
                    self.current = None;
                    self.waiting.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

/// The lines of one input.
struct Lines {
    blocks: Blocks<Reader>,
    block: VecDeque<(u64, Vec<u8>)>,
    name: Arc<str>,
    /// How many documents there were before this input.
    before: u64,
    /// How many lines were read, blank ones included.
    read: u64,
    empty: bool,
}

impl Lines {
    fn new(reader: Reader, source: &Source, before: u64) -> Self {
        let name = source.to_string().into();
        Lines { blocks: Blocks::new(reader), block: VecDeque::new(), name, before, read: 0, empty: true }
    }

    /// The next line that is not blank, with its number.
    fn next_line(&mut self) -> Result<Option<(u64, Vec<u8>)>, CliError> {
        loop {
            if let Some(line) = self.block.pop_front() {
                return Ok(Some(line));
            }
            let Some(block) = self.blocks.next_block().map_err(|error| CliError::lines(&self.name, error))?
            else {
                return Ok(None);
            };
            for (number, line) in block.lines() {
                self.read = number;
                if !line.trim_ascii().is_empty() {
                    self.empty = false;
                    self.block.push_back((number, line.to_vec()));
                }
            }
        }
    }
}

fn nothing(name: &str) -> CliError {
    CliError::usage(format!("there is nothing to send: {name} is empty"))
}

/// A file that is not there is told before anything is sent.
fn look_at(path: &std::path::Path, source: &Source) -> Result<(), CliError> {
    let file =
        path.metadata().map_err(|error| CliError::io(format!("cannot read {WHAT} from {source}"), &error))?;
    if file.is_dir() {
        return Err(CliError::usage(format!("cannot read {WHAT} from {source}: it is a directory")));
    }
    Ok(())
}

/// Finds out whether an input is one document or lines with one each. Lines are not read to their end.
fn tell_form(reader: Reader, source: &Source) -> Result<Form, CliError> {
    let failed = |error: io::Error| CliError::io(format!("cannot read {WHAT} from {source}"), &error);
    let mut input = BufReader::new(reader);
    let mut bytes = Vec::new();
    let first = read_first_line(&mut input, &mut bytes).map_err(failed)?;
    let is_whole = is_json(first);
    if is_whole && !read_blanks(&mut input, &mut bytes).map_err(failed)? {
        return Ok(Form::Lines(Box::new(Cursor::new(bytes).chain(input))));
    }
    input
        .take(MAX_DOCUMENT + 1 - (bytes.len() as u64).min(MAX_DOCUMENT))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        let message =
            format!("cannot read {WHAT} from {source}: it is larger than {} MiB", MAX_DOCUMENT >> 20);
        return Err(CliError::usage(message).hint("many documents are read with --ndjson, one per line"));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(nothing(&source.to_string()));
    }
    if !is_whole && !is_json(&bytes) && has_lines(&bytes) {
        return Ok(Form::Lines(Box::new(Cursor::new(bytes))));
    }
    Ok(Form::Document(bytes))
}

/// Whether these bytes are a JSON document; a byte order mark before it does not count.
fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Whether an input that is no document itself holds lines of JSON.
fn has_lines(text: &[u8]) -> bool {
    let mut lines = text.split(|&b| b == b'\n').take(LOOK_AHEAD);
    lines.any(|line| line.starts_with(b"{") && is_json(line))
}

/// Reads up to the end of the first line that is not blank, and gives that line.
fn read_first_line<'a>(input: &mut impl BufRead, bytes: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
    loop {
        let start = bytes.len();
        let read = input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', bytes)?;
        let blank = bytes[start..].trim_ascii().is_empty();
        if !blank || read == 0 || bytes.len() as u64 > MAX_DOCUMENT {
            return Ok(&bytes[start..]);
        }
    }
}

/// Reads blanks, as far as there are any; true when nothing follows them.
fn read_blanks(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let ahead = input.fill_buf()?;
        let length = ahead.len();
        if length == 0 || !ahead.trim_ascii().is_empty() {
            return Ok(length == 0);
        }
        bytes.extend_from_slice(ahead);
        input.consume(length);
        if bytes.len() as u64 > MAX_DOCUMENT {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(text: &str) -> Vec<(u64, String, String)> {
        let input = Input::Opened(Box::new(Cursor::new(text.to_owned().into_bytes())), Source::Stdin);
        let waiting = VecDeque::from([input]);
        let documents = Documents { waiting, current: None, all_lines: false, ordinal: 0, not_json: None };
        let told = |item: Item| (item.ordinal, item.place.to_string(), String::from_utf8(item.body).unwrap());
        documents.map(|item| told(item.unwrap())).collect()
    }

    fn whole(text: &str) -> Vec<(u64, String, String)> {
        vec![(1, "standard input".to_owned(), text.to_owned())]
    }

    #[test]
    fn one_document_is_sent_byte_for_byte() {
        for text in [
            "{}",
            "{\"a\":1}\n",
            "\u{feff}{}\r\n\n  \n",
            "{\n  \"a\": {\n}\n}\n",
            "[\n{\"a\":1}\n]\n",
            "no json at all",
            "two lines\nof no json",
        ] {
            assert_eq!(documents(text), whole(text), "{text:?}");
        }
    }

    #[test]
    fn lines_of_json_are_documents_of_their_own() {
        let line =
            |number: u64, text: &str| (number, format!("line {number} of standard input"), text.to_owned());
        assert_eq!(documents("{\"a\":1}\r\n\n{\"b\":2}"), [line(1, "{\"a\":1}"), line(3, "{\"b\":2}")]);
        assert_eq!(documents("\n\n{}\nnonsense\n"), [line(3, "{}"), line(4, "nonsense")]);
        assert_eq!(documents("nonsense\n{}\n"), [line(1, "nonsense"), line(2, "{}")]);
    }

    #[test]
    fn ordinals_go_on_from_one_input_to_the_next() {
        let input = |text: &'static str| {
            Input::Opened(Box::new(text.as_bytes()), Source::File(text.len().to_string().into()))
        };
        let waiting = VecDeque::from([input("{}\n{}\n\n{}\n\n"), input("{ }"), input(" "), input("{}\n[]")]);
        let documents = Documents { waiting, current: None, all_lines: false, ordinal: 0, not_json: None };
        let told: Vec<_> = documents.map(|item| item.map(|item| item.ordinal).ok()).collect();
        assert_eq!(told, [Some(1), Some(2), Some(4), Some(6), None, Some(8), Some(9)]);
    }
}
