//! Making signatures, and warning of what would not verify elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::domain::check_domain;
use super::key::SecretKey;
use super::string::{SignedString, signed_path};
use super::time::MAX_SKEW;
use crate::finding::{Finding, codes};

/// A key and the domain it signs for.
#[derive(Debug, Clone)]
pub struct Signer {
    key: SecretKey,
    domain: String,
}

/// A signature and what it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `Versia-Signature`: base64 of the 64 bytes.
    pub signature: String,
    /// `Versia-Signed-At`.
    pub signed_at: String,
    /// `Versia-Signed-By`.
    pub signed_by: String,
    /// The string that was signed.
    pub string: SignedString,
}

impl Signer {
    /// A signer for `domain`, which is not checked: see [`lint`].
    pub fn new(key: SecretKey, domain: impl Into<String>) -> Self {
        Signer { key, domain: domain.into() }
    }

    /// The key's private half.
    pub fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The domain it signs for.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Signs a message: for a response, `method` and `target` are those of the request that it answers.
    pub fn sign(&self, method: &str, target: &str, at: i64, body: &[u8]) -> Signed {
        let signed_at = at.to_string();
        let string = SignedString::new(method, target, &signed_at, body);
        let signature = STANDARD.encode(self.key.sign(string.as_str().as_bytes()));
        Signed { signature, signed_at, signed_by: self.domain.clone(), string }
    }
}

/// What a careful signer is told about a message before it goes out. `now` and `at` are Unix seconds; without a body,
/// nothing is said about it.
pub fn lint(
    domain: &str,
    method: &str,
    target: &str,
    at: i64,
    now: i64,
    body: Option<&[u8]>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(why) = check_domain(domain) {
        let message = format!("the signer {domain:?} is not a domain: {why}");
        findings.push(Finding::new(&codes::SIGNED_BY_NOT_DOMAIN, message));
    }
    lint_time(at, now, &mut findings);
    lint_target(target, &mut findings);
    let Some(body) = body else { return findings };
    let is_get = method.eq_ignore_ascii_case("GET") || method.eq_ignore_ascii_case("HEAD");
    if is_get && !body.is_empty() {
        let message = format!("a {method} is signed over an empty body; this one has {} bytes", body.len());
        findings.push(Finding::new(&codes::BODY_ON_GET, message));
    }
    if !is_get {
        findings.extend(lint_json(body));
    }
    findings
}

/// The finding about a body that is not JSON, where it is not.
pub fn lint_json(body: &[u8]) -> Option<Finding> {
    if body.is_empty() {
        return Some(Finding::new(&codes::BODY_NOT_JSON, "the body is empty"));
    }
    let message = match std::str::from_utf8(body) {
        Err(error) => format!("the body is not JSON: byte {} is not UTF-8", error.valid_up_to() + 1),
        Ok(text) => {
            let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
            format!("the body is not JSON: line {}, column {}", error.line(), error.column())
        }
    };
    Some(Finding::new(&codes::BODY_NOT_JSON, message))
}

fn lint_time(at: i64, now: i64, findings: &mut Vec<Finding>) {
    let off = at.abs_diff(now);
    if off <= MAX_SKEW {
        return;
    }
    let message = if at / 1000 > now / 2 && at / 1000 < now.saturating_mul(2) {
        format!("{at} looks like milliseconds; the time of signing is in whole seconds")
    } else {
        format!(
            "the time of signing is {} from now; receivers allow {MAX_SKEW} s",
            super::describe_seconds(off)
        )
    };
    findings.push(Finding::new(&codes::TIME_LOOKS_WRONG, message));
}

fn lint_target(target: &str, findings: &mut Vec<Finding>) {
    let path = signed_path(target);
    if let Some(odd) = path.chars().find(|&c| !is_path_character(c)) {
        let message = format!("the path has {odd:?}, which is not URL-encoded");
        findings.push(Finding::new(&codes::PATH_NOT_ENCODED, message));
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        let message = "the path has `.` or `..` segments, which most clients remove before sending";
        findings.push(Finding::new(&codes::PATH_NORMALISED, message));
    } else if target.contains('#') {
        let message = "the target has a fragment (`#…`), which is never sent";
        findings.push(Finding::new(&codes::PATH_NORMALISED, message));
    }
    if target.contains('?') {
        findings.push(Finding::new(
            &codes::QUERY_NOT_SIGNED,
            "the query (`?…`) is not part of the signed string",
        ));
    }
}

/// Whether a path may have the character as written: RFC 3986's `pchar`, `/` and `%`.
fn is_path_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::read_key;

    fn codes_of(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code.id).collect()
    }

    #[test]
    fn the_documents_worked_example() {
        let key = read_key(b"MC4CAQAwBQYDK2VwBCIEILrNXhbWxC/MhKQDsJOAAF1FH/R+Am5G/eZKnqNum5ro").unwrap();
        let signer = Signer::new(key.into_secret().unwrap(), "bob.com");
        let signed =
            signer.sign("POST", "/.versia/v0.6/inbox", 1_729_243_417, br#"{"content":"Hello, world!"}"#);
        assert_eq!(
            signed.signature,
            "cboFpspY5XR66DjeuOQRUhHktWYvokU2pGK7Zfhf9cQiuGcIxkWuKR6Iqc/TK0FUtDJpERTzxYKIR5J9xgHmCQ=="
        );
    }

    #[test]
    fn a_good_message_draws_no_warning() {
        assert_eq!(lint("b.example", "POST", "/.versia/v0.6/inbox", 1000, 900, Some(b"{}")), []);
        assert_eq!(lint("b.example", "GET", "/a%20b/%C3%A9:x", 1000, 1300, Some(b"")), []);
    }

    #[test]
    fn what_would_not_verify_elsewhere_is_named() {
        let now = 1_729_243_417;
        for (domain, method, target, at, body, expected) in [
            ("https://b.example", "POST", "/x", now, "{}", "VS106"),
            ("b.example", "POST", "/x", now * 1000, "{}", "VS505"),
            ("b.example", "POST", "/x", now - 301, "{}", "VS505"),
            ("b.example", "POST", "/é", now, "{}", "VS502"),
            ("b.example", "POST", "/a/../b", now, "{}", "VS504"),
            ("b.example", "POST", "/a#b", now, "{}", "VS504"),
            ("b.example", "POST", "/a?b", now, "{}", "VS503"),
            ("b.example", "POST", "/a", now, "{", "VS501"),
            ("b.example", "POST", "/a", now, "", "VS501"),
            ("b.example", "get", "/a", now, "{}", "VS506"),
        ] {
            let findings = lint(domain, method, target, at, now, Some(body.as_bytes()));
            assert_eq!(codes_of(&findings), [expected], "{domain} {method} {target} {at} {body}");
        }
    }
}
