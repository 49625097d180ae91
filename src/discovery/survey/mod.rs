//! Looking at an instance step by step, from its name to its key: what each step says, and how long it took.
//!
//! Nothing is signed, nothing is followed, and nothing is sent to a host whose certificate is not trusted, unless the user
//! takes any certificate. A step that fails does not end the survey; those that need it are skipped, and say why.

mod certificate;
mod connecting;
mod documents;
mod http2;

use std::time::Instant;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::client::{NetworkOptions, Subject};
use crate::finding::{Finding, Level};
use crate::protocol::Ambient;
pub use certificate::Certificate;
pub use http2::ask as ask_over_http2;

/// The path of the versions that an instance speaks.
const VERSIONS: &str = "/.well-known/versia";

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The name's addresses.
    Dns,
    /// Whether they take connections.
    Tcp,
    /// The TLS handshake.
    Tls,
    /// The server's certificate.
    Certificate,
    /// The version of HTTP.
    Http,
    /// `/.well-known/versia`.
    Versions,
    /// The instance's metadata.
    Metadata,
    /// WebFinger of the user, where one is named.
    WebFinger,
    /// The instance's public key.
    Key,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was not made; what is said tells why.
    Skipped,
    /// All is well.
    Ok,
    /// It works, and something is worth looking at.
    Warning,
    /// It does not do what the documents want, or gave no answer.
    Failed,
}

/// One step.
#[derive(Debug, Clone, Serialize)]
pub struct SurveyStep {
    /// Which one.
    pub step: Stage,
    /// What came of it.
    pub verdict: Outcome,
    /// How long it took, in milliseconds; none for what was not asked for anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub millis: Option<f64>,
    /// The gist, in a few words. May quote the peer: escape it before a terminal.
    pub said: String,
    /// What is wrong, or worth looking at.
    #[serde(serialize_with = "told")]
    pub findings: Vec<Finding>,
    /// What was found, for programs.
    pub facts: Map<String, Value>,
    /// Whether there was no answer: the network failed, and not the instance.
    #[serde(skip)]
    pub is_out_of_reach: bool,
}

fn told<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Told<'a> {
        code: &'a str,
        level: Level,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<&'a str>,
    }
    serializer.collect_seq(findings.iter().map(|finding| Told {
        code: finding.code.id,
        level: finding.code.level,
        message: &finding.message,
        hint: finding.hint.as_deref(),
    }))
}

impl SurveyStep {
    fn new(step: Stage, verdict: Outcome, said: impl Into<String>) -> Self {
        SurveyStep {
            step,
            verdict,
            millis: None,
            said: said.into(),
            findings: Vec::new(),
            facts: Map::new(),
            is_out_of_reach: false,
        }
    }

    fn ok(step: Stage, said: impl Into<String>) -> Self {
        SurveyStep::new(step, Outcome::Ok, said)
    }

    fn skipped(step: Stage, why: impl Into<String>) -> Self {
        SurveyStep::new(step, Outcome::Skipped, why)
    }

    fn failed(step: Stage, finding: Finding) -> Self {
        SurveyStep::new(step, Outcome::Failed, finding.code.title).found([finding])
    }

    /// The same with findings; the verdict is as bad as the worst of them.
    fn found(mut self, findings: impl IntoIterator<Item = Finding>) -> Self {
        for finding in findings {
            let verdict = match finding.code.level {
                Level::Error => Outcome::Failed,
                Level::Warning => Outcome::Warning,
                Level::Note => Outcome::Ok,
            };
            self.verdict = self.verdict.max(verdict);
            self.findings.push(finding);
        }
        self
    }

    fn took(mut self, started: Instant) -> Self {
        self.millis = Some(millis(started.elapsed()));
        self
    }

    fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    fn out_of_reach(mut self) -> Self {
        self.is_out_of_reach = true;
        self
    }
}

fn millis(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// What is looked at, and how.
#[derive(Debug)]
pub struct SurveySetup {
    /// The instance.
    pub subject: Subject,
    /// The network.
    pub options: NetworkOptions,
    /// The clock.
    pub ambient: Ambient,
}

/// What came of all of it.
#[derive(Debug, Clone, Serialize)]
pub struct Survey {
    /// The domain: the one that was named, or the metadata's where an address of this machine was.
    pub domain: String,
    /// The host and port that were connected to.
    pub origin: String,
    /// The user, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When it was begun: RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The worst of the steps.
    pub verdict: Outcome,
    /// The newest version that both sides speak.
    pub version: Option<String>,
    /// What the instance runs, and in which version.
    pub software: Option<String>,
    /// The fingerprint of its public key.
    pub key: Option<String>,
    /// The address of the user's entity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_url: Option<String>,
    /// All steps, in their order.
    pub steps: Vec<SurveyStep>,
}

/// Looks at an instance; each step is handed over as it is made.
///
/// # Errors
/// Only what `tell` refuses to go on with.
pub fn survey<E>(
    setup: SurveySetup,
    tell: &mut dyn FnMut(&SurveyStep) -> Result<(), E>,
) -> Result<Survey, E> {
    let survey = Survey {
        domain: setup.subject.host.clone(),
        origin: setup.subject.origin.to_string(),
        user: setup.subject.user.clone(),
        at: setup.ambient.record_time(),
        verdict: Outcome::Ok,
        version: None,
        software: None,
        key: None,
        user_url: None,
        steps: Vec::new(),
    };
    let mut surveying = Surveying { setup, survey, tell };
    match surveying.connect()? {
        Ok(()) => surveying.read_documents()?,
        Err(why) => {
            for step in [Stage::Http, Stage::Versions, Stage::Metadata, Stage::WebFinger, Stage::Key] {
                surveying.done(SurveyStep::skipped(step, why.as_str()))?;
            }
        }
    }
    let mut survey = surveying.survey;
    survey.verdict = survey.steps.iter().map(|step| step.verdict).max().unwrap_or(Outcome::Ok);
    Ok(survey)
}

struct Surveying<'a, E> {
    setup: SurveySetup,
    survey: Survey,
    tell: &'a mut dyn FnMut(&SurveyStep) -> Result<(), E>,
}

impl<E> Surveying<'_, E> {
    fn done(&mut self, step: SurveyStep) -> Result<(), E> {
        (self.tell)(&step)?;
        self.survey.steps.push(step);
        Ok(())
    }
}
