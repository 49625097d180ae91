//! What a signature is worth, as the page has it: the string by its parts, as it has to be and as it was signed.

use serde::Serialize;

use crate::finding::{Finding, Level};
use crate::protocol::record::Record;
use crate::protocol::versia::{Checked, Message};
use crate::signing::{Explanation, Fields, Kind};

/// One message of a record, verified.
#[derive(Serialize)]
pub(super) struct Signature<'a> {
    kind: &'static str,
    method: &'a str,
    target: &'a str,
    verdict: &'static str,
    sentence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<i64>,
    /// The signature as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_string: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parts<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_from: Option<&'a str>,
    findings: Vec<Found<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explained<'a>>,
}

/// The string that has to be signed, by its parts.
#[derive(Serialize)]
struct Parts<'a> {
    method: &'a str,
    path: &'a str,
    signed_at: &'a str,
    digest: &'a str,
}

/// A finding about a signature, or a cause of its failing.
#[derive(Serialize)]
struct Found<'a> {
    code: &'a str,
    level: Level,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    page: String,
}

/// Why a signature does not verify.
#[derive(Serialize)]
struct Explained<'a> {
    /// Whether a cause was found.
    explained: bool,
    causes: Vec<Found<'a>>,
    /// Both strings in pieces, in their order.
    segments: Vec<Segment<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_with: Option<&'a str>,
    tried: u64,
    stopped_short: bool,
}

#[derive(Serialize)]
struct Segment<'a> {
    part: &'a str,
    expected: &'a str,
    signed: &'a str,
}

impl<'a> From<&'a Finding> for Found<'a> {
    fn from(finding: &'a Finding) -> Self {
        Found {
            code: finding.code.id,
            level: finding.code.level,
            message: &finding.message,
            hint: finding.hint.as_deref(),
            page: finding.code.url(),
        }
    }
}

impl<'a> From<&'a Explanation> for Explained<'a> {
    fn from(explanation: &'a Explanation) -> Self {
        let segment = |one: &'a crate::signing::Segment| Segment {
            part: one.part,
            expected: &one.expected,
            signed: &one.signed,
        };
        Explained {
            explained: explanation.is_explained(),
            causes: explanation.causes.iter().map(Found::from).collect(),
            segments: explanation.segments.iter().map(segment).collect(),
            signed_with: explanation.signed_with.as_deref(),
            tried: explanation.tried,
            stopped_short: explanation.stopped_short,
        }
    }
}

impl<'a> Signature<'a> {
    /// What was found out about one message of a record.
    pub(super) fn of(checked: &'a Checked, record: &Record) -> Self {
        let verification = &checked.verification;
        let string = verification.string.as_ref();
        Signature {
            kind: checked.kind.as_str(),
            method: &checked.method,
            target: &checked.target,
            verdict: verification.verdict.as_str(),
            sentence: checked.sentence(),
            matches: verification.matches,
            signed_by: verification.signed_by.as_deref(),
            signed_at: verification.signed_at,
            signature: sent(checked.kind, record),
            signed_string: string.map(|string| string.as_str()),
            parts: string.map(|string| Parts {
                method: string.method(),
                path: string.path(),
                signed_at: string.signed_at(),
                digest: string.digest(),
            }),
            key: verification.key.as_deref(),
            key_from: checked.key_origin.as_deref(),
            findings: verification.findings.iter().map(Found::from).collect(),
            explanation: checked.explanation.as_deref().map(Explained::from),
        }
    }
}

/// The signature of a message, as it was sent.
fn sent(kind: Kind, record: &Record) -> Option<String> {
    let headers = match kind {
        Kind::Request => record.request.as_ref()?.headers.as_ref()?,
        Kind::Response => &record.response.as_ref()?.headers,
        Kind::Message => return Message::read(&record.frame.as_ref()?.data.0).ok().map(|it| it.signature),
    };
    let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.0.as_slice()));
    Fields::from_headers(pairs).signature.text().map(str::to_owned)
}
