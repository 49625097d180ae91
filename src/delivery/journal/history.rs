//! What a journal says of the runs before: which documents have an outcome, and which were under way.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufRead, BufReader, Read};

use super::entry::{self, Entry, Line, Word};
use super::error::ReadError;
use crate::delivery::item::{BodyDigest, Item};

/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 64 << 10;

/// The outcomes of the runs before.
#[derive(Debug, Default)]
pub struct History {
    known: HashMap<u64, Known>,
    open: BTreeSet<u64>,
    last: u64,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    digest: BodyDigest,
    answer: Option<Answer>,
}

/// The answer that a document had in a run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// This status.
    Status(u16),
    /// It was delivered on a road where no answer comes.
    Sent,
}

/// What is to be done with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// It has no outcome yet.
    Due,
    /// It has its outcome.
    Done(Answer),
    /// It is not the document that the journal knows.
    Changed,
}

impl History {
    /// What is to be done with a document.
    pub fn judge(&self, item: &Item) -> Judged {
        match self.known.get(&item.ordinal) {
            Some(known) if known.digest != item.digest() => Judged::Changed,
            Some(Known { answer: Some(answer), .. }) => Judged::Done(*answer),
            _ => Judged::Due,
        }
    }

    /// Whether no document is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The last document that is known, by its ordinal; 0 without any.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The documents that were under way when the last run ended: they may have arrived.
    pub fn under_way(&self) -> impl Iterator<Item = u64> {
        self.open.iter().copied()
    }

    fn note(&mut self, line: Line<'_>, target: &str) -> Result<(), ReadError> {
        match line {
            Line::Header { .. } => return Err(ReadError::Malformed),
            Line::Started(ordinal) => {
                self.open.insert(ordinal);
            }
            Line::Settled(entry) if entry.target != target => {
                return Err(ReadError::OtherTarget(entry.target.into_owned()));
            }
            Line::Settled(entry) => self.settle(&entry),
        }
        Ok(())
    }

    fn settle(&mut self, entry: &Entry<'_>) {
        let answer = match (entry.outcome, entry.status) {
            (Word::Delivered | Word::Refused, Some(status)) => Some(Answer::Status(status)),
            (Word::Delivered, None) => Some(Answer::Sent),
            // Without an answer nobody knows; it is sent again.
            (Word::Refused | Word::Failed | Word::Unfinished, _) => None,
        };
        self.open.remove(&entry.ordinal);
        self.last = self.last.max(entry.ordinal);
        self.known.insert(entry.ordinal, Known { digest: entry.sha256, answer });
    }
}

/// A journal as it was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) history: History,
    /// How many bytes whole lines have; what follows is the beginning of a line whose end was never written.
    pub(super) whole: u64,
}

/// Reads a journal of deliveries to `target`. An input without a byte is an empty journal.
///
/// # Errors
/// With the number of the line, when one cannot be read or is not one of such a journal.
pub(super) fn read(input: impl Read, target: &str) -> Result<Reading, (u64, ReadError)> {
    let mut input = BufReader::new(input);
    let mut reading = Reading::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        let read = read.map_err(|error| (number, ReadError::Io(error)))?;
        let Some(text) = line.strip_suffix(b"\n") else {
            // A torn line is that of a journal all the same: another file is not to be written into.
            let torn =
                read as u64 == MAX_LINE || (number == 1 && !entry::header().as_bytes().starts_with(&line));
            return if torn { Err((number, not_a_line(number))) } else { Ok(reading) };
        };
        let parsed = entry::read(text).ok_or_else(|| (number, not_a_line(number)))?;
        match (number, parsed) {
            (1, Line::Header { version }) if entry::is_known(version) => {}
            (1, Line::Header { version }) => return Err((number, ReadError::Version(version))),
            (1, _) => return Err((number, ReadError::NotAJournal)),
            (_, line) => reading.history.note(line, target).map_err(|error| (number, error))?,
        }
        reading.whole += read as u64;
    }
    Ok(reading)
}

fn not_a_line(number: u64) -> ReadError {
    if number == 1 { ReadError::NotAJournal } else { ReadError::Malformed }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        ReadError::Io(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::item::Place;
    use crate::delivery::outcome::{Failure, FailureKind, Outcome};

    const TARGET: &str = "https://b.example/.versia/v0.6/inbox";

    fn item(ordinal: u64, body: &str) -> Item {
        Item::new(ordinal, Place::line("notes.ndjson", ordinal), body.as_bytes().to_vec())
    }

    fn line(ordinal: u64, body: &str, outcome: &Outcome) -> String {
        entry::settled(ordinal, item(ordinal, body).digest(), TARGET, outcome)
    }

    fn delivered(ordinal: u64) -> String {
        line(ordinal, "a", &Outcome::Delivered { status: Some(202) })
    }

    fn read_text(text: &str) -> Result<Reading, (u64, ReadError)> {
        read(text.as_bytes(), TARGET)
    }

    #[test]
    fn an_answer_is_an_outcome_and_a_failure_is_not() {
        let message = "gone".to_owned();
        let failure =
            Outcome::Failed(Failure { kind: FailureKind::Connection, code: None, message, hint: None });
        let text = [
            entry::header(),
            delivered(1),
            line(2, "a", &Outcome::Refused { status: 401 }),
            line(3, "a", &failure),
            line(4, "a", &Outcome::Delivered { status: None }),
        ]
        .concat();
        let history = read_text(&text).unwrap().history;
        let judged = [1, 2, 3, 4, 5].map(|ordinal| history.judge(&item(ordinal, "a")));
        let done = |status| Judged::Done(Answer::Status(status));
        assert_eq!(judged, [done(202), done(401), Judged::Due, Judged::Done(Answer::Sent), Judged::Due]);
        assert_eq!([1, 2, 3].map(|ordinal| history.judge(&item(ordinal, "b"))), [Judged::Changed; 3]);
        assert_eq!(history.last(), 4);
    }

    #[test]
    fn what_was_started_and_has_no_outcome_was_under_way() {
        let text = [
            entry::header(),
            entry::started(1),
            entry::started(2),
            entry::started(3),
            delivered(2),
            entry::started(2),
        ]
        .concat();
        let history = read_text(&text).unwrap().history;
        assert_eq!(history.under_way().collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_torn_last_line_is_left_out() {
        let whole = [entry::header(), delivered(1)].concat();
        let torn = delivered(2);
        for cut in 0..torn.len() {
            let reading = read_text(&format!("{whole}{}", &torn[..cut])).unwrap();
            assert_eq!(reading.whole, whole.len() as u64);
            assert_eq!(reading.history.judge(&item(2, "a")), Judged::Due);
        }
        for cut in 0..entry::header().len() {
            assert_eq!(read_text(&entry::header()[..cut]).unwrap().whole, 0);
        }
    }

    #[test]
    fn what_is_not_such_a_journal_is_refused_with_its_line() {
        let header = entry::header();
        let other =
            entry::settled(1, item(1, "a").digest(), "https://c.example/", &Outcome::Refused { status: 401 });
        for (text, number, says) in [
            ("{\"type\":\"Note\"}".to_owned(), 1, "not a journal"),
            ("{\"type\":\"Note\"}\n".to_owned(), 1, "not a journal"),
            (entry::started(1), 1, "not a journal"),
            (header.replace(":1", ":2"), 1, "version 2"),
            (format!("{header}nonsense\n"), 2, "cannot be read"),
            (format!("{header}{header}"), 2, "cannot be read"),
            (format!("{header}{}", "x".repeat(100_000)), 2, "cannot be read"),
            (format!("{header}{other}"), 2, "https://c.example/"),
        ] {
            let (at, error) = read_text(&text).unwrap_err();
            assert_eq!(at, number, "{text}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
