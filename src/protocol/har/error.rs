//! Why an archive, or an entry of it, could not be read.

use std::fmt;

/// Why an archive, or an entry of it, could not be read. No header's value, body or password is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HarError {
    /// It is not JSON, or has no `log.entries`; with the parser's words.
    NotHar(String),
    /// A field of an entry is missing or is of the wrong kind; with the parser's words.
    Field {
        /// The entry's number, from 1.
        entry: usize,
        /// The field's path in the entry.
        field: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for HarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HarError::NotHar(why) => write!(f, "this is not a HAR file with log.entries: {why}"),
            HarError::Field { entry, field, why } => {
                write!(f, "entry {entry} of the HAR file has no good {field}: {why}")
            }
        }
    }
}

impl std::error::Error for HarError {}

impl HarError {
    /// What to do about it, where we know.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            HarError::NotHar(_) => Some("is the file whole? export it again with `Save all as HAR`"),
            HarError::Field { .. } => {
                Some("HAR 1.2 is understood; other tools' variants may need a conversion")
            }
        }
    }
}

/// The parser's words: short, and without what they quote from the input.
pub(super) fn words(why: &serde_json::Error) -> String {
    let why = why.to_string();
    let marks = why.find('"').zip(why.rfind('"')).filter(|(first, last)| first < last);
    let Some((first, last)) = marks else {
        return why;
    };
    let (before, after) = (why.get(..first).unwrap_or_default(), why.get(last + 1..).unwrap_or_default());
    format!("{before}\"…\"{after}")
}
