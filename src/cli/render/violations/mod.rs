//! What is wrong with entities: for people, for programs, and in the formats of CI.

mod badges;
mod human;
mod machine;
mod xml;

use crate::cli::ui::Painter;
use crate::entity::{Profile, Violation};

pub use badges::badges;
pub use human::{human, summary};
pub use machine::{github, json, sarif};
pub use xml::junit;

/// A document and what was found in it.
#[derive(Debug, Default)]
pub struct Case {
    /// Where it came from.
    pub place: String,
    /// How many lines stand before it there.
    pub lines_before: u64,
    /// The input and the line of the record that it is in, where it is in one.
    pub record: Option<(String, u64)>,
    /// The type that it says it has.
    pub kind: Option<String>,
    /// By which profiles it was looked at, and whether each takes it.
    pub verdicts: Vec<(Profile, bool)>,
    /// What was found, in the order of the text for each profile.
    pub violations: Vec<Violation>,
    /// How many more there are, which are not told.
    pub more: usize,
}

impl Case {
    /// The line of a violation where the document came from, from 1.
    fn line(&self, violation: &Violation) -> u64 {
        self.lines_before + violation.line as u64
    }

    /// The input, the line and the column of a violation there. In a record, where the document is one text in a line, that of
    /// the record.
    fn place_of(&self, violation: &Violation) -> (&str, u64, usize) {
        match &self.record {
            Some((name, line)) => (name, *line, 1),
            None => (&self.place, self.line(violation), violation.column),
        }
    }

    /// The document's name where several came from one place.
    fn name(&self) -> String {
        if self.lines_before > 0 {
            format!("{}:{}", self.place, self.lines_before + 1)
        } else {
            self.place.clone()
        }
    }
}

/// How documents are shown to people.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Paints.
    pub paint: Painter,
    /// Whether the line of the document is shown, with a mark under the place.
    pub shows_source: bool,
    /// Whether the rule is told as well.
    pub verbose: bool,
    /// Whether it is told by whose rules.
    pub names_profile: bool,
}

/// What many documents come to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// How many documents there are.
    pub documents: u64,
    /// How many of them have no errors.
    pub valid: u64,
    /// How many errors there are.
    pub errors: u64,
    /// How many warnings.
    pub warnings: u64,
    /// How many notes.
    pub notes: u64,
}
