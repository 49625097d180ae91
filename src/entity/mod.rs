//! Entities: what is wrong with one, where, and by which rule.
//!
//! Pure computation: no files, no sockets, no clock, no randomness. The rules are data, the schemas in `schemas/`; what a
//! schema cannot say is a small function beside them. A document takes the quick road first, which knows most valid ones
//! in one pass, and only otherwise the slow one: a tree with positions and the schema library. The pages of the rules:
//! <https://versia.pub/entities> and <https://versia.pub/json>.

mod checks;
mod compose;
mod fix;
mod instant;
mod judge;
mod quick;
mod schema;
mod server;
mod set;
mod text;
mod types;
mod violation;

use std::cmp::Reverse;

use serde::Serialize;

pub use compose::{ComposeError, Composed, compose, text_forms};
pub use fix::{Fixed, fix};
pub use instant::{parse_instant, parse_millis};
pub use set::set;
pub use types::EntityType;
pub use violation::{Edit, Violation};

use crate::finding::Level;

/// By whose rules a document is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Profile {
    /// The public documents.
    #[serde(rename = "spec")]
    Spec,
    /// Versia Server 0.9, as it was observed.
    #[serde(rename = "versia-server-0.9")]
    VersiaServer,
}

impl Profile {
    /// The name as it is given on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Spec => "spec",
            Profile::VersiaServer => "versia-server-0.9",
        }
    }
}

/// What was found in a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The type that it says it has, or that was given.
    pub kind: Option<String>,
    /// Everything that was found, in the order of the text.
    pub violations: Vec<Violation>,
    /// How many more there are: of a document that is wrong throughout, not all is told.
    pub more: usize,
}

impl Report {
    /// The level of the worst.
    pub fn worst(&self) -> Option<Level> {
        self.violations.iter().map(|it| it.level).max()
    }

    /// Keeps so many violations, the worst before the others, still in the order of the text; the rest is counted.
    pub fn keep(&mut self, count: usize) {
        let more = self.violations.len().saturating_sub(count);
        if more > 0 {
            self.violations.sort_by_key(|it| Reverse(it.level));
            self.violations.truncate(count);
            self.violations.sort_by_key(|it| it.span.start);
            self.more += more;
        }
    }

    /// Whether no rule is broken; there may be warnings.
    pub fn is_valid(&self) -> bool {
        self.worst() != Some(Level::Error)
    }
}

/// Whether there is nothing at all to say about a document by the public documents' rules, as far as a quick look can
/// tell: `false` is no answer, and [`check`] gives it.
pub fn is_surely_valid(document: &[u8]) -> bool {
    quick::guess_type(document)
        .and_then(types::recogniser_of)
        .is_some_and(|it| it.is_surely_valid(document, types::recogniser_of))
}

/// Looks at a document by the rules of a profile. `given` is the type of one that has none of its own: a collection.
pub fn check(document: &[u8], profile: Profile, given: Option<&'static EntityType>) -> Report {
    if profile == Profile::Spec {
        let recognised = match given {
            None => is_surely_valid(document),
            Some(given) => given.recogniser().is_surely_valid(document, types::recogniser_of),
        };
        if recognised {
            let own = || quick::guess_type(document).map(str::to_owned);
            let kind = given.map(|it| it.name.to_owned()).or_else(own);
            return Report { kind, ..Report::default() };
        }
    }
    judge::look_at(document, profile, given)
}
#[cfg(test)]
mod tests;
