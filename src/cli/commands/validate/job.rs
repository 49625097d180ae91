//! The work: each document by the rules of each profile, and what all of them come to.

use std::borrow::Cow;
use std::io::Read;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use super::Format;
use super::intake::{Document, entities_of_record, is_record};
use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::render::violations::{Case, Counts, Style, github, human, json};
use crate::cli::ui::redact;
use crate::entity::{EntityType, Profile, check, is_surely_valid};
use crate::finding::Level;
use crate::lines::{Block, Worked, process};

/// What is done with every document.
#[derive(Clone, Copy)]
pub(super) struct Job {
    pub(super) profiles: &'static [Profile],
    pub(super) given: Option<&'static EntityType>,
    pub(super) format: Format,
    pub(super) style: Style,
}

/// What the documents come to.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) documents: u64,
    /// Whether some were lines, of which nothing is said when they are valid.
    pub(super) in_lines: bool,
    valid: u64,
    pub(super) errors: u64,
    pub(super) warnings: u64,
    notes: u64,
    /// What is printed at the end, for the formats that are one document themselves.
    pub(super) cases: Vec<Case>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Tally) {
        self.documents += other.documents;
        self.valid += other.valid;
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.notes += other.notes;
        self.cases.extend(other.cases);
    }

    pub(super) fn counts(&self) -> Counts {
        let Tally { documents, valid, errors, warnings, notes, .. } = *self;
        Counts { documents, valid, errors, warnings, notes }
    }
}

impl Job {
    /// Looks at one document, and writes what is found. `alone` says so of a valid one, too.
    pub(super) fn judge(&self, document: &Document, out: &mut Vec<u8>, alone: bool) -> Tally {
        let given = document.given.or(self.given);
        let mut case = Case {
            place: document.place.clone(),
            lines_before: document.lines_before,
            record: document.record.clone(),
            ..Case::default()
        };
        for profile in self.profiles {
            let report = check(&document.text, *profile, given);
            case.kind = case.kind.or(report.kind);
            case.verdicts.push((*profile, !report.violations.iter().any(|it| it.level == Level::Error)));
            case.more += report.more;
            // Whoever puts a private key where the public one belongs does not want it in a log.
            case.violations.extend(report.violations.into_iter().map(|mut violation| {
                if let Cow::Owned(safe) = redact(&violation.found) {
                    violation.found = safe;
                }
                violation
            }));
        }
        let count = |level| case.violations.iter().filter(|it| it.level == level).count() as u64;
        let mut tally = Tally {
            documents: 1,
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            notes: count(Level::Note),
            ..Tally::default()
        };
        tally.valid = u64::from(tally.errors == 0);
        match self.format {
            Format::Human => human(&case, &document.text, &self.style, alone, out),
            Format::Json => json(&case, out),
            Format::Github => github(&case, out),
            Format::Junit | Format::Sarif => tally.cases.push(case),
        }
        tally
    }

    /// Looks at a line, which holds an entity, or a record with one or more.
    fn line(&self, name: &str, number: u64, line: &[u8], out: &mut Vec<u8>) -> Tally {
        let is_quick =
            self.profiles == [Profile::Spec] && self.format == Format::Human && self.given.is_none();
        if is_quick && is_surely_valid(line) {
            return Tally { documents: 1, valid: 1, ..Tally::default() };
        }
        let mut tally = Tally::default();
        if is_record(line)
            && let Some(documents) = entities_of_record(name, number, line)
        {
            documents.iter().for_each(|document| tally.add(self.judge(document, out, false)));
            return tally;
        }
        let place = name.to_owned();
        let document =
            Document { place, lines_before: number - 1, record: None, text: line.to_vec(), given: None };
        self.judge(&document, out, false)
    }
}

/// Looks at the lines of an input, on several threads.
pub(super) fn lines(
    context: &mut Context,
    job: &Job,
    lines: Box<dyn Read + Send>,
    name: &str,
    tally: &mut Tally,
) -> Result<(), CliError> {
    let threads = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let (job, place) = (*job, name.to_owned());
    let work = move |block: &Block| {
        let mut worked = Worked { output: Vec::new(), summary: Tally::default() };
        for (number, line) in block.lines() {
            if !line.trim_ascii().is_empty() {
                worked.summary.add(job.line(&place, number, line, &mut worked.output));
            }
        }
        worked
    };
    tally.in_lines = true;
    process(lines, &mut context.ui, threads, work, |more| tally.add(more))
        .map_err(|error| CliError::lines(name, error))
}
