//! Findings: what the program has to say about a signature, an entity or an instance, each under a stable code.
//!
//! The list of codes is in [`codes`], and nowhere else. Nothing here decides when a code applies, and nothing here
//! prints: the layers above make [`Finding`]s, and `cli` renders them.

pub mod codes;

use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Likely to fail elsewhere, or the documents disagree.
    Warning,
    /// A rule of the documents is broken.
    Error,
}

impl Level {
    /// The level in one lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One entry of the list of codes, with the page that `explain` prints.
#[derive(Debug)]
pub struct Code {
    /// The stable code, such as `VS101`.
    pub id: &'static str,
    /// What it is called in one lower-case phrase.
    pub title: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// What it means.
    pub meaning: &'static str,
    /// Why it usually happens.
    pub why: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// The page of the public documents with the rule, relative to <https://versia.pub/>.
    pub page: &'static str,
}

impl Code {
    /// The address of the public page with the rule.
    pub fn url(&self) -> String {
        format!("https://versia.pub/{}", self.page)
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Code {}

/// One thing found, in one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which entry of the list this is.
    pub code: &'static Code,
    /// What was found, in a sentence without a final full stop. May quote a peer's text: escape it before a terminal.
    pub message: String,
    /// What to do about it in this very case, where more is known than the code's own page says.
    pub hint: Option<String>,
}

impl Finding {
    /// A finding under `code` that says `message`.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Finding { code, message: message.into(), hint: None }
    }

    /// The same finding with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The entry for a code as a person types it: case does not matter.
pub fn find(id: &str) -> Option<&'static Code> {
    codes::ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(id.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let ids: Vec<_> = codes::ALL.iter().map(|code| code.id).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(ids, sorted);
    }

    #[test]
    fn every_code_has_the_form_of_its_family() {
        for code in codes::ALL {
            let (family, number) = code.id.split_at(2);
            assert!(["VS", "VE", "VC", "VN"].contains(&family), "{}", code.id);
            assert!(number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()), "{}", code.id);
            for text in [code.title, code.meaning, code.why, code.fix, code.page] {
                assert!(!text.trim().is_empty(), "{} has an empty text", code.id);
            }
        }
    }

    #[test]
    fn a_code_is_found_in_any_case() {
        assert_eq!(find("vs101").map(|code| code.id), Some("VS101"));
        assert_eq!(find("VS999"), None);
    }
}
