//! Verifying: the headers, the time, the key, the signature, in this order, and everything that is wrong with each.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::batch::PreparedKey;
use super::domain::check_domain;
use super::fields::{Field, Fields, SIGNATURE, SIGNED_AT, SIGNED_BY};
use super::key::PublicKey;
use super::profile::Profile;
use super::string::SignedString;
use super::time::{Window, describe_seconds, parse_seconds};
use crate::finding::{Finding, Level, codes};

/// What carries the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An HTTP request.
    Request,
    /// An HTTP response; its method and target are those of the request that it answers.
    Response,
    /// A message of the WebSocket extension, signed like a POST of its entity.
    Message,
}

impl Kind {
    /// The kind in one lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Request => "request",
            Kind::Response => "response",
            Kind::Message => "message",
        }
    }
}

/// A message to verify, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Unverified<'a> {
    /// What carries the signature.
    pub kind: Kind,
    /// The request's method, as written.
    pub method: &'a str,
    /// The request's target, as written.
    pub target: &'a str,
    /// The signature headers.
    pub fields: Fields<'a>,
    /// The body's bytes.
    pub body: &'a [u8],
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything is as the documents want it.
    Valid,
    /// The signature matches, but its time lies outside the window.
    Stale,
    /// A signature header is not there.
    Missing,
    /// The signature does not match, or a header is malformed.
    Invalid,
    /// There was no key to verify with.
    KeyUnavailable,
    /// The message does not have to be signed, and is not.
    NotChecked,
}

impl Verdict {
    /// The verdict as records write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Valid => "valid",
            Verdict::Stale => "stale",
            Verdict::Missing => "missing",
            Verdict::Invalid => "invalid",
            Verdict::KeyUnavailable => "key-unavailable",
            Verdict::NotChecked => "not-checked",
        }
    }
}

/// Everything that was found out about one message.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The answer.
    pub verdict: Verdict,
    /// The string that the signature has to be over; absent when there is no time to build it with.
    pub string: Option<SignedString>,
    /// The signer, as written.
    pub signed_by: Option<String>,
    /// The time of signing, where it is whole seconds.
    pub signed_at: Option<i64>,
    /// Whether the bytes of the signature match string and key, whatever else is wrong; absent when that could not
    /// be tried.
    pub matches: Option<bool>,
    /// The fingerprint of the key that was used.
    pub key: Option<String>,
    /// What was found, in the order of checking.
    pub findings: Vec<Finding>,
}

/// Verifies one message with one key.
///
/// All checks are made, whatever an earlier one says, so that one run names everything. The verdict is the worst of
/// them, and `stale` only when nothing but the time is wrong.
pub fn verify(message: &Unverified<'_>, key: Option<&PublicKey>, window: Window) -> Verification {
    verify_as(message, key, window, Profile::Spec)
}

/// Verifies one message as [`verify`] does, by the rules of an implementation.
pub fn verify_as(
    message: &Unverified<'_>,
    key: Option<&PublicKey>,
    window: Window,
    profile: Profile,
) -> Verification {
    verify_with(message, key.map(VerifyingWith::Key), window, profile)
}

/// A key to verify with.
#[derive(Debug, Clone, Copy)]
pub enum VerifyingWith<'a> {
    /// The key alone.
    Key(&'a PublicKey),
    /// The key with its multiples, which is faster and decides the same.
    Prepared(&'a PreparedKey),
}

impl VerifyingWith<'_> {
    fn key(&self) -> &PublicKey {
        match self {
            VerifyingWith::Key(key) => key,
            VerifyingWith::Prepared(prepared) => prepared.key(),
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        match self {
            VerifyingWith::Key(key) => key.verifies(message, signature),
            VerifyingWith::Prepared(prepared) => prepared.verifies(message, signature),
        }
    }
}

/// Verifies one message as [`verify_as`] does, with a key that may be prepared.
pub fn verify_with(
    message: &Unverified<'_>,
    key: Option<VerifyingWith<'_>>,
    window: Window,
    profile: Profile,
) -> Verification {
    let mut findings = Vec::new();
    let fields = &message.fields;
    find_missing(fields, &mut findings);
    let signature = signature_bytes(fields.signature, &mut findings);
    let signed_at_text = single(SIGNED_AT, fields.signed_at, &mut findings);
    let signed_by = single(SIGNED_BY, fields.signed_by, &mut findings);
    if let Some(signer) = signed_by {
        check_signer(message.kind, signer, &mut findings);
    }
    let signed_at = signed_at_text.and_then(|text| match profile.reads_time(text) {
        true => parse_seconds(text),
        false => check_time(text, window, &mut findings),
    });

    let string =
        signed_at_text.map(|text| profile.string(message.method, message.target, text, message.body));
    let matches = match (&string, signature, key) {
        (Some(string), Some(signature), Some(key)) => {
            Some(check_signature(string, &signature, key, &mut findings))
        }
        _ => None,
    };
    if key.is_none() && !fields.all_missing() {
        let whose = signed_by.map_or_else(|| "the signer".to_owned(), |signer| format!("{signer:?}"));
        findings.push(Finding::new(&codes::KEY_UNAVAILABLE, format!("no public key is known for {whose}")));
    }
    Verification {
        verdict: verdict(&findings),
        string,
        signed_by: signed_by.map(str::to_owned),
        signed_at,
        matches,
        key: key.map(|key| key.key().fingerprint()),
        findings,
    }
}

impl Verification {
    /// Replaces what was found about the bytes of the signature, since the body they are over is not whole. What else
    /// is wrong stays; with nothing else, nothing can be said.
    pub fn set_body_incomplete(&mut self, finding: Finding) {
        self.matches = None;
        self.findings.retain(|found| found.code != &codes::SIGNATURE_MISMATCH);
        self.findings.push(finding);
        self.verdict = match verdict(&self.findings) {
            Verdict::Valid => Verdict::NotChecked,
            other => other,
        };
    }

    /// The finding that decided the verdict, where one did.
    pub fn deciding(&self) -> Option<&Finding> {
        let decides = |finding: &&Finding| {
            finding.code.level == Level::Error && verdict(std::slice::from_ref(*finding)) == self.verdict
        };
        self.findings.iter().find(decides).or(self.findings.first())
    }
}

fn verdict(findings: &[Finding]) -> Verdict {
    let mut errors =
        findings.iter().map(|finding| finding.code).filter(|code| code.level == Level::Error).peekable();
    if errors.peek().is_none() {
        return Verdict::Valid;
    }
    let time = [&codes::TIME_TOO_OLD, &codes::TIME_IN_FUTURE];
    let rank = |code| match code {
        code if code == &codes::HEADER_MISSING => Verdict::Missing,
        code if code == &codes::KEY_UNAVAILABLE => Verdict::KeyUnavailable,
        code if time.contains(&code) => Verdict::Stale,
        _ => Verdict::Invalid,
    };
    // A missing header decides alone; else what is wrong with the signature, then the lack of a key, then the time.
    const ORDER: [Verdict; 4] = [Verdict::Missing, Verdict::Invalid, Verdict::KeyUnavailable, Verdict::Stale];
    let verdicts: Vec<_> = errors.map(rank).collect();
    ORDER.into_iter().find(|verdict| verdicts.contains(verdict)).unwrap_or(Verdict::Invalid)
}

fn find_missing(fields: &Fields<'_>, findings: &mut Vec<Finding>) {
    let all = [(SIGNATURE, fields.signature), (SIGNED_AT, fields.signed_at), (SIGNED_BY, fields.signed_by)];
    let missing: Vec<_> =
        all.iter().filter(|(_, field)| *field == Field::Missing).map(|(name, _)| *name).collect();
    let message = match missing.as_slice() {
        [] => None,
        [one] => Some(format!("{one} is missing")),
        [one, two] => Some(format!("{one} and {two} are missing")),
        _ => Some("the message is not signed: all three signature headers are missing".to_owned()),
    };
    findings.extend(message.map(|message| Finding::new(&codes::HEADER_MISSING, message)));
    if fields.earlier_draft {
        let message = "X-Signature or X-Nonce is there: the signature headers of draft 0.4";
        findings.push(Finding::new(&codes::EARLIER_DRAFT, message));
    }
}

/// The value of a header that has to be there once, with text in it.
fn single<'a>(name: &str, field: Field<'a>, findings: &mut Vec<Finding>) -> Option<&'a str> {
    match field {
        Field::Missing => None,
        Field::Repeated(times) => {
            findings.push(Finding::new(&codes::HEADER_DOUBLED, format!("{name} is there {times} times")));
            None
        }
        Field::Once(b"") => {
            findings.push(Finding::new(&codes::HEADER_EMPTY, format!("{name} is empty")));
            None
        }
        Field::Once(value) => {
            if let Some(byte) = value.iter().find(|byte| !(0x20..=0x7e).contains(*byte)) {
                let message = format!("{name} has the byte 0x{byte:02x}, which is not printable ASCII");
                findings.push(Finding::new(&codes::HEADER_NOT_TEXT, message));
            }
            std::str::from_utf8(value).ok()
        }
    }
}

fn signature_bytes(field: Field<'_>, findings: &mut Vec<Finding>) -> Option<[u8; 64]> {
    let text = single(SIGNATURE, field, findings)?;
    let Ok(bytes) = STANDARD.decode(text) else {
        findings.push(Finding::new(&codes::SIGNATURE_NOT_BASE64, not_base64(text)));
        return None;
    };
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| {
            let message = format!("{SIGNATURE} decodes to {length} bytes instead of 64");
            findings.push(Finding::new(&codes::SIGNATURE_WRONG_LENGTH, message));
        })
        .ok()
}

fn not_base64(text: &str) -> String {
    let what = if text.len() >= 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        "it looks like hex".to_owned()
    } else if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'='))
        && text.contains(['-', '_'])
    {
        "it has - or _, as base64url does".to_owned()
    } else if let Some(odd) =
        text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '='))
    {
        format!("it has {odd:?}")
    } else if !text.contains('=') && !text.len().is_multiple_of(4) {
        format!("it has {} characters, which is not a multiple of four: padding (=) is missing", text.len())
    } else {
        "its padding or its last character is wrong".to_owned()
    };
    format!("{SIGNATURE} is not standard base64: {what}")
}

fn check_signer(kind: Kind, signer: &str, findings: &mut Vec<Finding>) {
    let Err(why) = check_domain(signer) else { return };
    if kind == Kind::Message && (signer.contains("://") || signer.starts_with("instance ")) {
        let message = format!("{signer:?} is a signer of draft 0.5; since 0.6 it is a domain");
        findings.push(Finding::new(&codes::SIGNED_BY_USER, message));
        return;
    }
    findings.push(Finding::new(
        &codes::SIGNED_BY_NOT_DOMAIN,
        format!("{SIGNED_BY} {signer:?} is not a domain: {why}"),
    ));
}

fn check_time(text: &str, window: Window, findings: &mut Vec<Finding>) -> Option<i64> {
    let Some(at) = parse_seconds(text) else {
        let message = format!("{SIGNED_AT} {text:?} is not whole seconds in digits");
        findings.push(Finding::new(&codes::TIME_NOT_SECONDS, message));
        return None;
    };
    let Window::Around { as_of, max_skew } = window else {
        return Some(at);
    };
    let off = at.abs_diff(as_of);
    if off > max_skew {
        let (code, side) =
            if at < as_of { (&codes::TIME_TOO_OLD, "before") } else { (&codes::TIME_IN_FUTURE, "after") };
        let beyond = describe_seconds(off - max_skew);
        let mut finding = Finding::new(
            code,
            format!(
                "signed {} {side} the time of verifying: {beyond} outside the {max_skew} s allowed",
                describe_seconds(off)
            ),
        );
        if let Some(unit) = smaller_unit(at, as_of) {
            finding = finding.with_hint(format!("the value looks like {unit}; whole seconds are meant"));
        }
        findings.push(finding);
    }
    Some(at)
}

/// The unit that would put the time near `as_of`, within ten years.
fn smaller_unit(at: i64, as_of: i64) -> Option<&'static str> {
    const TEN_YEARS: u64 = 315_576_000;
    [(1_000, "milliseconds"), (1_000_000, "microseconds"), (1_000_000_000, "nanoseconds")]
        .into_iter()
        .find(|(scale, _)| (at / scale).abs_diff(as_of) < TEN_YEARS)
        .map(|(_, unit)| unit)
}

fn check_signature(
    string: &SignedString,
    signature: &[u8; 64],
    key: VerifyingWith<'_>,
    findings: &mut Vec<Finding>,
) -> bool {
    if key.verifies(string.as_str().as_bytes(), signature) {
        return true;
    }
    findings.push(match malformed(signature) {
        Some(why) => Finding::new(&codes::SIGNATURE_NOT_STRICT, format!("the signature is malformed: {why}")),
        None => Finding::new(
            &codes::SIGNATURE_MISMATCH,
            "the signature does not match the signed string and the key",
        ),
    });
    false
}

/// Why no honest signer can have made these 64 bytes, where that is so.
fn malformed(signature: &[u8; 64]) -> Option<&'static str> {
    use ed25519_dalek::{Signature, VerifyingKey};
    let signature = Signature::from_bytes(signature);
    if !scalar_is_reduced(signature.s_bytes()) {
        return Some("its scalar s is not below the group's order");
    }
    match VerifyingKey::from_bytes(signature.r_bytes()) {
        Err(_) => Some("its first half is not a point on the curve"),
        Ok(point) if point.is_weak() => Some("its point R is of small order"),
        Ok(_) => None,
    }
}

/// Whether a little-endian scalar is below the order of the group (RFC 8032, 5.1.7).
fn scalar_is_reduced(scalar: &[u8; 32]) -> bool {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    scalar.iter().rev().lt(ORDER.iter().rev())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::{SecretKey, Signer};

    const AT: i64 = 1_729_243_417;
    const TARGET: &str = "/.versia/v0.6/inbox";

    fn signer() -> Signer {
        Signer::new(SecretKey::from_seed(&[7; 32]), "a.example")
    }

    fn check(fields: Fields<'_>, window: Window) -> Verification {
        let message = Unverified { kind: Kind::Request, method: "POST", target: TARGET, fields, body: b"{}" };
        verify(&message, Some(&signer().key().public()), window)
    }

    fn codes_of(verification: &Verification) -> Vec<&'static str> {
        verification.findings.iter().map(|finding| finding.code.id).collect()
    }

    #[test]
    fn a_good_signature_is_valid_with_nothing_to_say() {
        let signed = signer().sign("POST", TARGET, AT, b"{}");
        let fields = Fields::once(&signed.signature, &signed.signed_at, &signed.signed_by);
        let verification = check(fields, Window::around(AT + 300));
        assert_eq!((verification.verdict, verification.findings.as_slice()), (Verdict::Valid, &[][..]));
        assert_eq!(verification.matches, Some(true));
        assert_eq!(verification.string, Some(signed.string));
    }

    #[test]
    fn every_header_problem_is_named_by_its_code() {
        let signed = signer().sign("POST", TARGET, AT, b"{}");
        let good = Fields::once(&signed.signature, &signed.signed_at, &signed.signed_by);
        let once = |text: &'static str| Field::Once(text.as_bytes());
        let hex = "ab".repeat(64);
        let url_safe = signed.signature.replace('/', "_").replace('+', "-");
        let unpadded = signed.signature.trim_end_matches('=').to_owned();
        let cases: Vec<(Fields<'_>, &[&str], Verdict)> = vec![
            (Fields { signature: Field::Missing, ..good }, &["VS101"], Verdict::Missing),
            (Fields { signed_at: Field::Missing, ..good }, &["VS101"], Verdict::Missing),
            (Fields { signed_by: Field::Missing, ..good }, &["VS101"], Verdict::Missing),
            (Fields::default(), &["VS101"], Verdict::Missing),
            (Fields { earlier_draft: true, ..Fields::default() }, &["VS101", "VS601"], Verdict::Missing),
            (Fields { signature: Field::Repeated(2), ..good }, &["VS102"], Verdict::Invalid),
            (Fields { signed_at: Field::Repeated(3), ..good }, &["VS102"], Verdict::Invalid),
            (Fields { signed_by: once(""), ..good }, &["VS103"], Verdict::Invalid),
            (Fields { signature: Field::Once(hex.as_bytes()), ..good }, &["VS105"], Verdict::Invalid),
            (Fields { signature: Field::Once(unpadded.as_bytes()), ..good }, &["VS104"], Verdict::Invalid),
            (Fields { signature: once("a-_b"), ..good }, &["VS104"], Verdict::Invalid),
            (Fields { signature: once("AAAA"), ..good }, &["VS105"], Verdict::Invalid),
            (
                Fields { signed_at: once("2024-10-18T09:23:37Z"), ..good },
                &["VS201", "VS401"],
                Verdict::Invalid,
            ),
            (Fields { signed_by: once("https://a.example/x"), ..good }, &["VS106"], Verdict::Invalid),
            (Fields { signed_by: once("a.example:3000"), ..good }, &["VS106"], Verdict::Invalid),
            (
                Fields { signed_by: Field::Once("é.example".as_bytes()), ..good },
                &["VS107", "VS106"],
                Verdict::Invalid,
            ),
            (Fields { signed_by: Field::Once(b"\xff.example"), ..good }, &["VS107"], Verdict::Invalid),
        ];
        for (fields, expected, verdict) in cases {
            let verification = check(fields, Window::around(AT));
            assert_eq!(
                (codes_of(&verification).as_slice(), verification.verdict),
                (expected, verdict),
                "{fields:?}"
            );
        }
        assert_ne!(url_safe, signed.signature);
        let other = check(Fields { signature: Field::Once(url_safe.as_bytes()), ..good }, Window::around(AT));
        assert_eq!(codes_of(&other), ["VS104"]);
    }

    #[test]
    fn the_window_is_300_seconds_either_way_and_says_by_how_much() {
        let signed = signer().sign("POST", TARGET, AT, b"{}");
        let fields = Fields::once(&signed.signature, &signed.signed_at, &signed.signed_by);
        for (as_of, expected) in
            [(AT + 300, None), (AT - 300, None), (AT + 301, Some("VS202")), (AT - 301, Some("VS203"))]
        {
            let verification = check(fields, Window::around(as_of));
            assert_eq!(codes_of(&verification).first().copied(), expected, "{as_of}");
            if let Some(finding) = verification.findings.first() {
                assert_eq!(verification.verdict, Verdict::Stale);
                assert!(
                    finding.message.contains("5 min 1 s") && finding.message.contains(": 1 s outside"),
                    "{}",
                    finding.message
                );
            }
        }
        assert_eq!(check(fields, Window::Ignore).verdict, Verdict::Valid);
        let wide = Window::Around { as_of: AT + 1000, max_skew: 1000 };
        assert_eq!(check(fields, wide).verdict, Verdict::Valid);
    }

    #[test]
    fn a_time_in_milliseconds_is_recognised() {
        let signed = signer().sign("POST", TARGET, AT * 1000, b"{}");
        let fields = Fields::once(&signed.signature, &signed.signed_at, &signed.signed_by);
        let verification = check(fields, Window::around(AT));
        assert_eq!(codes_of(&verification), ["VS203"]);
        assert!(verification.findings[0].hint.as_deref().is_some_and(|hint| hint.contains("milliseconds")));
    }

    #[test]
    fn what_no_signer_can_have_made_is_malformed_not_a_mismatch() {
        let signed = signer().sign("POST", TARGET, AT, b"{}");
        let mut bytes: [u8; 64] = STANDARD.decode(&signed.signature).unwrap().try_into().unwrap();
        bytes[63] |= 0xf0;
        let text = STANDARD.encode(bytes);
        let unreduced = check(Fields::once(&text, &signed.signed_at, &signed.signed_by), Window::Ignore);
        assert_eq!(codes_of(&unreduced), ["VS402"]);
        let zeros = STANDARD.encode([0; 64]);
        let small = check(Fields::once(&zeros, &signed.signed_at, &signed.signed_by), Window::Ignore);
        assert_eq!(codes_of(&small), ["VS402"]);
    }

    #[test]
    fn without_a_key_only_the_key_is_missing() {
        let signed = signer().sign("POST", TARGET, AT, b"{}");
        let fields = Fields::once(&signed.signature, &signed.signed_at, &signed.signed_by);
        let message = Unverified { kind: Kind::Request, method: "POST", target: TARGET, fields, body: b"{}" };
        let verification = verify(&message, None, Window::around(AT));
        assert_eq!((verification.verdict, codes_of(&verification)), (Verdict::KeyUnavailable, vec!["VS301"]));
    }

    #[test]
    fn a_websocket_message_may_be_signed_by_a_user() {
        let signer = Signer::new(SecretKey::from_seed(&[7; 32]), "https://a.example/users/1");
        let signed = signer.sign("POST", TARGET, AT, b"{}");
        let fields = Fields::once(&signed.signature, &signed.signed_at, &signed.signed_by);
        let message = Unverified { kind: Kind::Message, method: "POST", target: TARGET, fields, body: b"{}" };
        let verification = verify(&message, Some(&signer.key().public()), Window::around(AT));
        assert_eq!((verification.verdict, codes_of(&verification)), (Verdict::Valid, vec!["VS602"]));
    }
}
