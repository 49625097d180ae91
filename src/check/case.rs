//! A case as data: its id, its rule, what it wants, and the function that finds out.

use serde::{Deserialize, Serialize};

use super::probe::Probe;
use crate::client::HttpError;
use crate::finding::Finding;

/// How much a rule binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// An instance may do otherwise.
    May,
    /// An instance does so unless it knows why not.
    Should,
    /// Every instance does so.
    Must,
}

impl Level {
    /// The level as the documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::May => "MAY",
            Level::Should => "SHOULD",
            Level::Must => "MUST",
        }
    }
}

/// A page of the documents, by which cases are filed.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The first part of the ids.
    pub name: &'static str,
    /// Its place under <https://versia.pub/>, or the whole address of another text.
    pub path: &'static str,
}

impl Page {
    /// Its address.
    pub fn url(&self) -> String {
        if self.path.contains("://") {
            return self.path.to_owned();
        }
        format!("https://versia.pub/{}", self.path)
    }
}

/// What a case cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// A rightly signed GET is accepted: without that, a refusal says nothing.
    Signed,
    /// Something may be sent, and a right delivery is accepted.
    Inbox,
    /// Something may be sent.
    Write,
    /// A user of the instance is known.
    User,
    /// A note of the instance is known.
    Note,
    /// TLS is spoken.
    Tls,
    /// The WebSocket extension is offered.
    WebSocket,
}

impl Need {
    /// The need in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Need::Signed => "a rightly signed GET is accepted",
            Need::Inbox => "something may be sent (--write), and a right delivery is accepted",
            Need::Write => "something may be sent (--write)",
            Need::User => "a user is known (--user)",
            Need::Note => "a note of that user is known",
            Need::Tls => "TLS is spoken",
            Need::WebSocket => "the WebSocket extension is offered",
        }
    }
}

/// One rule, and how it is found out whether it is kept.
pub struct Case {
    /// A stable name: the page, and what is tried.
    pub id: &'static str,
    /// How much the rule binds.
    pub level: Level,
    /// The rule in a sentence.
    pub rule: &'static str,
    /// The page with the rule.
    pub page: &'static Page,
    /// What it cannot do without.
    pub needs: &'static [Need],
    /// Finds out.
    pub(super) run: Run,
}

/// Finds out whether a rule is kept.
pub(super) type Run = fn(&Probe<'_>) -> Result<Outcome, HttpError>;

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").field("id", &self.id).field("level", &self.level).finish_non_exhaustive()
    }
}

/// What was found out.
#[derive(Debug)]
pub enum Outcome {
    /// The rule is kept.
    Kept,
    /// The rule is broken.
    Broken {
        /// What the rule wants.
        expected: String,
        /// What came instead.
        got: String,
        /// What is known about it.
        findings: Vec<Finding>,
    },
    /// It could not be tried, for this reason.
    Skipped(String),
    /// It was tried, and what came does not tell, for this reason.
    Unobservable(String),
}

impl Outcome {
    pub(super) fn broken(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Outcome::Broken { expected: expected.into(), got: got.into(), findings: Vec::new() }
    }
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The rule is kept.
    Pass,
    /// A MUST is broken.
    Fail,
    /// A SHOULD or a MAY is not followed.
    Warn,
    /// It was not tried.
    Skip,
    /// What came does not tell.
    Unobservable,
}

impl Status {
    /// The status in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::Warn => "warn",
            Status::Skip => "skip",
            Status::Unobservable => "unobservable",
        }
    }
}
