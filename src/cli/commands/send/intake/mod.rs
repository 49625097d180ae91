//! The documents to send: from files, standard input, and lines of JSON, one after the other as they are wanted.

mod form;

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{iter, vec};

use bytes::Bytes;

use self::form::{Form, tell_form};
use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::input::{Inputs, Source};
use crate::delivery::{Item, Place};
use crate::entity::{Profile, Report, check, is_surely_valid};
use crate::finding::Level;
use crate::lines::{Block, Blocks};
use crate::signing::lint_json;

/// What to call an input in errors.
const WHAT: &str = "the entity";

/// The most that is read only to count documents, in bytes.
const MAX_COUNTED: u64 = 256 << 20;

/// How many errors of an entity are told.
const TOLD: usize = 3;

/// The longest name of a type that is told, in bytes.
const LONGEST_KIND: usize = 100;

/// How many bytes of lines are read at a time, where they are there.
const BLOCK: usize = 256 << 10;

type Reader = Box<dyn Read + Send>;

/// Documents that are not JSON: how many, and the first of them.
#[derive(Debug, Default)]
pub(super) struct NotJson {
    pub(super) count: u64,
    pub(super) first: Option<Place>,
}

/// What is to be read: a document, or why there is none.
type Document = Result<Item, CliError>;

/// The documents of all inputs, in order. Holds no more at a time than what can be read without waiting, and of that a
/// block only.
///
/// An input that cannot be read is an error in the place of a document. When lines cannot be read to their end, nothing
/// follows: what came after them would be counted wrongly.
pub(super) struct Documents {
    waiting: VecDeque<Input>,
    current: Option<Lines>,
    /// Whether those had no document so far.
    nothing_yet: bool,
    /// What was read and not taken yet.
    ready: vec::IntoIter<Document>,
    all_lines: bool,
    ordinal: u64,
    not_json: Option<Arc<Mutex<NotJson>>>,
    refuses_invalid: bool,
}

enum Input {
    File(PathBuf),
    Opened(Reader, Source),
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
        Ok(Documents::new(waiting, all_lines))
    }

    /// The same documents once more, to look at before they are sent; `None` when an input can be read once only.
    pub(super) fn beforehand(sources: &[Source], all_lines: bool) -> Option<Self> {
        let waiting = sources.iter().map(|source| match source {
            Source::File(path) if path.is_file() => Some(Input::File(path.clone())),
            _ => None,
        });
        Some(Documents::new(waiting.collect::<Option<_>>()?, all_lines))
    }

    fn new(waiting: VecDeque<Input>, all_lines: bool) -> Self {
        let ready = Vec::new().into_iter();
        Documents {
            waiting,
            current: None,
            nothing_yet: true,
            ready,
            all_lines,
            ordinal: 0,
            not_json: None,
            refuses_invalid: false,
        }
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

    /// Gives an error from now on in the place of an entity that breaks a rule of the documents.
    pub(super) fn refuse_invalid(&mut self) {
        self.refuses_invalid = true;
    }

    /// Finds out what the next input is; the document, when it is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn take_document(&mut self) -> Result<Option<Item>, CliError> {
        match self.open_next() {
            Some(Ok(Some(item))) => self.accepted(item).map(Some),
            Some(Ok(None)) | None => Ok(None),
            Some(Err(error)) => Err(error),
        }
    }

    /// Whether reading them never waits for somebody who writes: all are files, or there are none.
    pub(super) fn never_wait(sources: &[Source]) -> bool {
        sources.iter().all(|source| matches!(source, Source::File(path) if path.is_file()))
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
                Some(self.item(self.ordinal, Place::whole(source.to_string()), body.into()))
            }
            Form::Lines(reader) => {
                self.current = Some(Lines::new(reader, &source, self.ordinal));
                self.nothing_yet = true;
                None
            }
        }))
    }

    fn item(&self, ordinal: u64, place: Place, body: Bytes) -> Item {
        if let Some(not_json) = &self.not_json
            && lint_json(&body).is_some()
        {
            let mut not_json = not_json.lock().unwrap_or_else(PoisonError::into_inner);
            not_json.count += 1;
            not_json.first.get_or_insert_with(|| place.clone());
        }
        Item::new(ordinal, place, body)
    }

    /// A document that is sent, or why it is not.
    fn accepted(&self, item: Item) -> Document {
        if !self.refuses_invalid || is_surely_valid(&item.body) {
            return Ok(item);
        }
        let report = check(&item.body, Profile::Spec, None);
        if report.is_valid() { Ok(item) } else { Err(invalid(&item.place, report)) }
    }

    /// The documents in blocks: what can be read without waiting for more comes together.
    pub(super) fn blocks(mut self) -> impl Iterator<Item = Vec<Document>> {
        iter::from_fn(move || self.next_block())
    }

    fn next_block(&mut self) -> Option<Vec<Document>> {
        loop {
            let Some(lines) = &mut self.current else {
                match self.open_next()? {
                    Ok(Some(item)) => return Some(vec![self.accepted(item)]),
                    Ok(None) => continue,
                    Err(error) => {
                        self.ordinal += 1;
                        return Some(vec![Err(error)]);
                    }
                }
            };
            match lines.next_block() {
                Ok(Some(block)) => {
                    let (before, name) = (lines.before, Arc::clone(&lines.name));
                    let items = self.items(block, before, &name);
                    if !items.is_empty() {
                        self.nothing_yet = false;
                        return Some(items);
                    }
                }
                Ok(None) => {
                    let empty = self.nothing_yet.then(|| nothing(&lines.name));
                    self.current = None;
                    if let Some(error) = empty {
                        return Some(vec![Err(error)]);
                    }
                }
                Err(error) => {
                    self.current = None;
                    self.waiting.clear();
                    return Some(vec![Err(error)]);
                }
            }
        }
    }

    /// The documents of lines: those that are not blank. `before` is how many there were before this input.
    fn items(&mut self, block: Block, before: u64, name: &Arc<str>) -> Vec<Document> {
        let lines = block.into_iter();
        let mut items = Vec::with_capacity(lines.size_hint().0);
        for (number, body) in lines {
            self.ordinal = before + number;
            if !body.trim_ascii().is_empty() {
                let item = self.item(self.ordinal, Place::line(Arc::clone(name), number), body);
                items.push(self.accepted(item));
            }
        }
        items
    }
}

impl Iterator for Documents {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        loop {
            if let Some(document) = self.ready.next() {
                return Some(document);
            }
            self.ready = self.next_block()?.into_iter();
        }
    }
}

/// The lines of one input.
struct Lines {
    blocks: Blocks<Reader>,
    name: Arc<str>,
    /// How many documents there were before this input.
    before: u64,
}

impl Lines {
    fn new(reader: Reader, source: &Source, before: u64) -> Self {
        let name = source.to_string().into();
        Lines { blocks: Blocks::of_size(reader, BLOCK), name, before }
    }

    /// The next lines: at least one, and as many as can be had without waiting.
    fn next_block(&mut self) -> Result<Option<Block>, CliError> {
        self.blocks.next_block().map_err(|error| CliError::lines(&self.name, error))
    }
}

/// Why an entity is not sent: the first few errors.
fn invalid(place: &Place, report: Report) -> CliError {
    let errors: Vec<_> = report.violations.iter().filter(|it| it.level == Level::Error).collect();
    let told = errors.iter().take(TOLD).map(|it| format!("{} {}", it.code.id, it.finding().message));
    let mut cause = told.collect::<Vec<_>>().join("; ");
    if errors.len() > TOLD {
        cause.push_str(&format!("; and {} more", errors.len() - TOLD));
    }
    let kind = report.kind.filter(|kind| kind.len() <= LONGEST_KIND);
    let kind = kind.map_or("entity".to_owned(), |kind| format!("{kind:?}"));
    CliError::refused(format!("{place} is no valid {kind}, and is not sent"))
        .because(cause)
        .hint("`versia-cli validate` tells all of it; --no-validate sends it as it is")
}

fn nothing(name: &str) -> CliError {
    CliError::usage(format!("there is nothing to send: {name} is empty"))
}

/// A file that is not there is told before anything is sent.
fn look_at(path: &Path, source: &Source) -> Result<(), CliError> {
    let file =
        path.metadata().map_err(|error| CliError::io(format!("cannot read {WHAT} from {source}"), &error))?;
    if file.is_dir() {
        return Err(CliError::usage(format!("cannot read {WHAT} from {source}: it is a directory")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn documents(text: &str) -> Vec<(u64, String, String)> {
        let input = Input::Opened(Box::new(Cursor::new(text.to_owned().into_bytes())), Source::Stdin);
        let waiting = VecDeque::from([input]);
        let documents = Documents::new(waiting, false);
        let told =
            |item: Item| (item.ordinal, item.place.to_string(), String::from_utf8(item.body.into()).unwrap());
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
        let documents = Documents::new(waiting, false);
        let told: Vec<_> = documents.map(|item| item.map(|item| item.ordinal).ok()).collect();
        assert_eq!(told, [Some(1), Some(2), Some(4), Some(6), None, Some(8), Some(9)]);
    }
}
