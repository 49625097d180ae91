//! What was found in a document, and where.

use std::ops::Range;

use serde::{Serialize, Serializer};

use super::Profile;
use super::text::told_pointer;
use crate::finding::{Code, Finding, Level};

/// Something that is wrong with a document, or worth knowing, in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// By whose rules.
    pub profile: Profile,
    /// How much it weighs.
    pub level: Level,
    /// Which entry of the list of codes it is.
    #[serde(serialize_with = "id")]
    pub code: &'static Code,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The same place in bytes, from 0, and where it ends.
    #[serde(skip)]
    pub span: Range<usize>,
    /// The value or the field that it is about, as a JSON pointer.
    pub pointer: String,
    /// The rule, in a sentence or two.
    pub rule: &'static str,
    /// What was found, without a final full stop. May quote the document: escape it before a terminal.
    pub found: String,
    /// How to fix it.
    pub fix: String,
    /// The address of the public page with the rule.
    pub page: String,
    /// What has to be written where, if there is one right form.
    #[serde(skip)]
    pub edits: Vec<Edit>,
}

fn id<S: Serializer>(code: &&'static Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.id)
}

impl Violation {
    /// The same as a finding about the message that the document came in.
    pub fn finding(&self) -> Finding {
        let place = if self.pointer.is_empty() { String::new() } else { format!("{} ", self.pointer) };
        let message = format!("{place}(line {}, column {}): {}", self.line, self.column, self.found);
        Finding::new(self.code, message)
    }
}

/// A replacement of some bytes of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced, in bytes from 0.
    pub span: Range<usize>,
    /// What stands there afterwards.
    pub text: String,
}

impl Edit {
    pub(super) fn new(span: Range<usize>, text: impl Into<String>) -> Self {
        Edit { span, text: text.into() }
    }
}

/// A violation whose line and column are not counted yet.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) code: &'static Code,
    pub(super) span: Range<usize>,
    pub(super) pointer: String,
    pub(super) found: String,
    pub(super) fix: Option<String>,
    /// The page with the rule, where it is not the code's own.
    pub(super) page: Option<String>,
    pub(super) edits: Vec<Edit>,
}

impl Found {
    pub(super) fn new(code: &'static Code, span: Range<usize>, found: impl Into<String>) -> Self {
        Found {
            code,
            span,
            pointer: String::new(),
            found: found.into(),
            fix: None,
            page: None,
            edits: Vec::new(),
        }
    }

    pub(super) fn at(mut self, pointer: String) -> Self {
        self.pointer = told_pointer(&pointer).into_owned();
        self
    }

    pub(super) fn with_edits(mut self, edits: Vec<Edit>) -> Self {
        self.edits = edits;
        self
    }

    pub(super) fn with_fix(mut self, fix: String) -> Self {
        self.fix = Some(fix);
        self
    }
}

/// What is found in a document that may be wrong throughout. Of errors and of what is less, so many are kept each: the
/// errors decide whether the document is valid, and the others must not take their places.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<Found>,
    errors: usize,
}

/// How many errors of one document are kept, and how much else.
const KEPT: usize = 4_000;

impl Findings {
    pub(super) fn push(&mut self, one: Found) {
        if self.takes(one.code.level) {
            self.errors += usize::from(one.code.level == Level::Error);
            self.found.push(one);
        }
    }

    /// Whether more of this level is kept.
    pub(super) fn takes(&self, level: Level) -> bool {
        let count = if level == Level::Error { self.errors } else { self.found.len() - self.errors };
        count < KEPT
    }

    /// Whether nothing can be found any more that changes what is said of the document.
    pub(super) fn is_full(&self) -> bool {
        self.errors >= KEPT
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<Found> {
        self.found
    }

    /// Leaves out what does not pass, of what came behind the first `before`.
    pub(super) fn retain_behind(&mut self, before: usize, passes: impl Fn(&Found) -> bool) {
        let mut index = 0;
        self.found.retain(|it| {
            index += 1;
            index <= before || passes(it)
        });
        self.errors = self.found.iter().filter(|it| it.code.level == Level::Error).count();
    }

    pub(super) fn len(&self) -> usize {
        self.found.len()
    }
}

impl Extend<Found> for Findings {
    fn extend<T: IntoIterator<Item = Found>>(&mut self, found: T) {
        found.into_iter().for_each(|one| self.push(one));
    }
}

/// Counts lines and columns, in one pass over the text.
pub(super) fn locate(text: &[u8], mut found: Vec<Found>, profile: Profile) -> Vec<Violation> {
    found.sort_by(|a, b| (a.span.start, a.code.id).cmp(&(b.span.start, b.code.id)));
    let (mut at, mut line, mut column) = (0, 1, 1);
    let mut violations = Vec::with_capacity(found.len());
    for one in found {
        let start = one.span.start.min(text.len());
        for byte in &text[at..start] {
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                // The bytes behind the first of a character.
                0x80..0xc0 => {}
                _ => column += 1,
            }
        }
        at = start;
        violations.push(Violation {
            profile,
            level: one.code.level,
            code: one.code,
            line,
            column,
            span: one.span,
            pointer: one.pointer,
            rule: one.code.meaning,
            found: one.found,
            fix: one.fix.unwrap_or_else(|| one.code.fix.to_owned()),
            page: format!("https://versia.pub/{}", one.page.as_deref().unwrap_or(one.code.page)),
            edits: one.edits,
        });
    }
    violations
}

/// How much of a text is quoted, in characters.
const QUOTED: usize = 60;

/// A text in quotation marks, or its beginning.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
