//! Verifying what a record holds: its request, its response, or its frame.

use std::sync::Arc;

use crate::finding::{Finding, codes};
use crate::signing::{
    Explanation, Fields, Kind, PreparedKey, Profile, PublicKey, Suspect, Unverified, Verdict, Verification,
    VerifyingWith, Window, signed_path, verify_with,
};

use super::super::record::{Frame, Headers, Record, Request, Response};
use super::message::Message;
use super::{INBOX, may_be_unsigned};

/// A public key with where it came from.
#[derive(Debug, Clone)]
pub struct KnownKey {
    /// The key.
    pub key: PublicKey,
    /// Where it came from, in a few words.
    pub origin: String,
    /// What there is to say about it, and about its use for this signer.
    pub findings: Vec<Finding>,
}

/// Why there is no key for a signer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoKey {
    /// What is in the way, in a sentence; `None` when the key is just not known.
    pub why: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Knows the keys of signers.
pub trait KeySource {
    /// The key of a signer as the message names it; `None` when the message names none that can be read.
    ///
    /// # Errors
    /// When there is no key for it.
    fn key_of(&self, signed_by: Option<&str>) -> Result<KnownKey, NoKey>;

    /// The same key with its multiples, where they are at hand.
    fn prepared(&self, _key: &PublicKey) -> Option<Arc<PreparedKey>> {
        None
    }

    /// Other keys that may have signed in the place of that one. Asks nobody.
    fn suspects(&self, _signed_by: Option<&str>) -> Vec<Suspect> {
        Vec::new()
    }
}

/// One message of a record, verified.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Which message it is.
    pub kind: Kind,
    /// The request's method.
    pub method: String,
    /// The request's target.
    pub target: String,
    /// The length of the body, in bytes.
    pub body_length: usize,
    /// Whose rules it was verified by.
    pub profile: Profile,
    /// Whether the body is not whole, so that nothing could be said.
    pub incomplete: bool,
    /// Where the key came from.
    pub key_origin: Option<String>,
    /// What was found out.
    pub verification: Verification,
    /// Why the signature does not verify, where that was searched for.
    pub explanation: Option<Box<Explanation>>,
}

impl Checked {
    /// What the verdict says, in a sentence without a full stop.
    pub fn sentence(&self) -> &'static str {
        let verification = &self.verification;
        match (verification.verdict, verification.matches) {
            (Verdict::Valid, _) => "the signature matches",
            (Verdict::Stale, _) => "the signature matches, but it is outside the time window",
            (Verdict::Missing, _) => "not signed as it has to be",
            (Verdict::Invalid, Some(true)) => "the signature matches, but its headers break the rules",
            (Verdict::Invalid, Some(false)) => "this is not what the key signed",
            (Verdict::Invalid, None) => "its headers cannot be verified",
            (Verdict::KeyUnavailable, _) => "there is no key to verify with",
            (Verdict::NotChecked, _) if self.incomplete => "nothing can be said without the whole body",
            (Verdict::NotChecked, _) => "this message may go unsigned",
        }
    }

    /// The codes of everything that was found: about the headers and the signature, and why it does not verify.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.findings().map(|finding| finding.code.id)
    }

    /// Everything that was found, about the headers and the signature, and why it does not verify.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let explained = self.explanation.iter().filter(|explanation| explanation.is_explained());
        let causes = explained.flat_map(|explanation| &explanation.causes);
        self.verification.findings.iter().chain(causes)
    }
}

/// How a record is verified.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The time window.
    pub window: Window,
    /// Whose rules.
    pub profile: Profile,
}

/// Why there was nothing to verify in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NothingToVerify {
    /// A response whose request is not known.
    UnknownRequest,
    /// A frame that carries no message.
    NotAMessage(String),
    /// No request, response or frame at all.
    Empty,
}

impl std::fmt::Display for NothingToVerify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NothingToVerify::UnknownRequest => {
                f.write_str("a response is signed over its request's method and path, and neither is known")
            }
            NothingToVerify::NotAMessage(why) => f.write_str(why),
            NothingToVerify::Empty => f.write_str("there is no request, response or frame in the record"),
        }
    }
}

impl std::error::Error for NothingToVerify {}

/// Verifies every message in a record: a frame as a WebSocket message to the inbox, or to the record's own target.
///
/// A request of which only method and target are known is context for its response. A message that may go unsigned,
/// and does, is `not-checked`.
///
/// # Errors
/// When a frame is not a message of the WebSocket extension, or there is nothing in the record to verify.
pub fn verify_record(
    record: &Record,
    keys: &dyn KeySource,
    window: Window,
) -> Result<Vec<Checked>, NothingToVerify> {
    verify_record_as(record, keys, Rules { window, profile: Profile::Spec })
}

/// Verifies as [`verify_record`] does, by the rules of an implementation.
///
/// # Errors
/// As for [`verify_record`].
pub fn verify_record_as(
    record: &Record,
    keys: &dyn KeySource,
    rules: Rules,
) -> Result<Vec<Checked>, NothingToVerify> {
    let mut checked = Vec::new();
    // A record that does not say whose body was cut may mean either.
    let all_cut = record.truncated
        && !record.request.as_ref().is_some_and(|request| request.truncated)
        && !record.response.as_ref().is_some_and(|response| response.truncated);
    let context = record.request.as_ref().map(|request| (request.method.as_str(), request.target.as_str()));
    if let Some(request) = &record.request
        && let Some(headers) = &request.headers
    {
        checked.push(judged(check_request(request, headers, keys, rules), request.truncated || all_cut));
    }
    if let Some(response) = &record.response {
        let Some((method, target)) = context else {
            return Err(NothingToVerify::UnknownRequest);
        };
        checked.push(judged(
            check_response(response, method, target, keys, rules),
            response.truncated || all_cut,
        ));
    }
    if let Some(frame) = &record.frame {
        checked.push(check_frame(frame, context.map_or(INBOX, |(_, target)| target), keys, rules)?);
    }
    if checked.is_empty() {
        return Err(NothingToVerify::Empty);
    }
    Ok(checked)
}

/// Verifies a response to the request with this method and target, as [`verify_record`] does.
pub fn verify_response(
    response: &Response,
    method: &str,
    target: &str,
    keys: &dyn KeySource,
    window: Window,
) -> Checked {
    verify_response_as(response, method, target, keys, Rules { window, profile: Profile::Spec })
}

/// Verifies as [`verify_response`] does, by the rules of an implementation.
pub fn verify_response_as(
    response: &Response,
    method: &str,
    target: &str,
    keys: &dyn KeySource,
    rules: Rules,
) -> Checked {
    judged(check_response(response, method, target, keys, rules), response.truncated)
}

fn check_request(request: &Request, headers: &Headers, keys: &dyn KeySource, rules: Rules) -> Checked {
    let fields = fields(headers);
    let message = Unverified {
        kind: Kind::Request,
        method: &request.method,
        target: &request.target,
        fields,
        body: &request.body.0,
    };
    check(&message, may_be_unsigned(&request.target), keys, rules)
}

fn check_response(
    response: &Response,
    method: &str,
    target: &str,
    keys: &dyn KeySource,
    rules: Rules,
) -> Checked {
    let fields = fields(&response.headers);
    let message = Unverified { kind: Kind::Response, method, target, fields, body: &response.body.0 };
    // Responses to anything but a GET are signed by one page and not by another; one that only switches to WebSocket
    // is no answer yet.
    let exempt = may_be_unsigned(target) || !method.eq_ignore_ascii_case("GET") || response.status == 101;
    check(&message, exempt, keys, rules)
}

fn check_frame(
    frame: &Frame,
    target: &str,
    keys: &dyn KeySource,
    rules: Rules,
) -> Result<Checked, NothingToVerify> {
    if frame.opcode != "text" {
        return Err(NothingToVerify::NotAMessage(format!(
            "a {} frame carries no message: a message is a text frame",
            frame.opcode
        )));
    }
    let message =
        Message::read(&frame.data.0).map_err(|error| NothingToVerify::NotAMessage(error.to_string()))?;
    let message = Unverified {
        kind: Kind::Message,
        method: "POST",
        target,
        fields: Fields::once(&message.signature, &message.signed_at, &message.signed_by),
        body: message.entity.as_bytes(),
    };
    Ok(check(&message, false, keys, rules))
}

fn fields(headers: &Headers) -> Fields<'_> {
    Fields::from_headers(headers.iter().map(|(name, value)| (name.as_str(), value.0.as_slice())))
}

fn check(message: &Unverified<'_>, exempt: bool, keys: &dyn KeySource, rules: Rules) -> Checked {
    let known = keys.key_of(message.fields.signed_by.text());
    let key = known.as_ref().ok().map(|known| &known.key);
    let prepared = key.and_then(|key| keys.prepared(key));
    let key = prepared.as_deref().map(VerifyingWith::Prepared).or(key.map(VerifyingWith::Key));
    let mut verification = verify_with(message, key, rules.window, rules.profile);
    if exempt && message.fields.all_missing() {
        verification.verdict = Verdict::NotChecked;
        verification.findings.clear();
    } else {
        match &known {
            Ok(known) => verification.findings.extend(known.findings.iter().cloned()),
            Err(no_key) => explain_missing_key(&mut verification.findings, no_key),
        }
    }
    Checked {
        kind: message.kind,
        method: message.method.to_owned(),
        target: message.target.to_owned(),
        body_length: message.body.len(),
        profile: rules.profile,
        incomplete: false,
        key_origin: known.ok().map(|known| known.origin),
        verification,
        explanation: None,
    }
}

fn explain_missing_key(findings: &mut [Finding], no_key: &NoKey) {
    for finding in findings.iter_mut().filter(|finding| finding.code == &codes::KEY_UNAVAILABLE) {
        if let Some(why) = &no_key.why {
            finding.message = format!("{}: {why}", finding.message);
        }
        finding.hint.clone_from(&no_key.hint);
    }
}

/// A mismatch over a body that is not whole says nothing about the signature.
fn judged(mut checked: Checked, cut: bool) -> Checked {
    if cut && checked.verification.matches == Some(false) {
        let message =
            format!("the {} bytes of the body that are there are not all of it", checked.body_length);
        checked.verification.set_body_incomplete(Finding::new(&codes::BODY_INCOMPLETE, message));
        checked.incomplete = checked.verification.verdict == Verdict::NotChecked;
    }
    checked
}

/// Whether a record has to do with Versia at all: a signature header, or a path under `/.versia/`. Tells the
/// deliveries in a browser's log from its pictures.
pub fn concerns_versia(record: &Record) -> bool {
    let signed = |headers: &Headers| {
        let fields = fields(headers);
        !fields.all_missing() || fields.earlier_draft
    };
    record.frame.is_some()
        || record.request.as_ref().is_some_and(|request| {
            signed_path(&request.target).starts_with("/.versia/")
                || request.headers.as_ref().is_some_and(signed)
        })
        || record.response.as_ref().is_some_and(|response| signed(&response.headers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY};

    struct Nobody;

    impl KeySource for Nobody {
        fn key_of(&self, signed_by: Option<&str>) -> Result<KnownKey, NoKey> {
            let why = signed_by.map(|_| "b.example:443 refuses the connection (VN102)".to_owned());
            Err(NoKey { why, hint: Some("is it running?".to_owned()) })
        }
    }

    #[test]
    fn a_key_that_could_not_be_had_is_told_with_its_reason() {
        let headers = [(SIGNATURE, ""), (SIGNED_AT, "1"), (SIGNED_BY, "b.example")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.into())).into();
        let request = Request { headers: Some(headers), target: INBOX.into(), ..Request::default() };
        let record = Record { request: Some(request), ..Record::default() };
        let checked = verify_record(&record, &Nobody, Window::Ignore).unwrap();
        let found =
            checked[0].verification.findings.iter().find(|finding| finding.code.id == "VS301").unwrap();
        assert_eq!(
            found.message,
            "no public key is known for \"b.example\": b.example:443 refuses the connection (VN102)"
        );
        assert_eq!(found.hint.as_deref(), Some("is it running?"));
    }
}
