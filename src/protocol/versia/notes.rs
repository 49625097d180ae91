//! What is odd about a message and does not touch its signature.

use serde::Deserialize;

use super::super::record::Headers;
use crate::finding::{Finding, codes};
use crate::signing::{Kind, Verdict, Verification, check_domain};

/// The message that notes are made on.
pub(super) struct Noted<'a> {
    pub(super) kind: Kind,
    pub(super) method: &'a str,
    pub(super) headers: &'a Headers,
    pub(super) body: &'a [u8],
    /// A response's status.
    pub(super) status: Option<u16>,
}

/// Headers that come with every real message, or with none of those that are given in parts.
const FRAMING: [&str; 6] =
    ["host", "content-type", "content-length", "transfer-encoding", "accept", "user-agent"];

/// What is odd about a message; `verification` is what was found about its signature.
pub(super) fn notes(message: &Noted<'_>, verification: &Verification) -> Vec<Finding> {
    let mut notes = Vec::new();
    notes.extend(foreign_author(message.body, verification.signed_by.as_deref()));
    notes.extend(port(verification));
    if message.kind == Kind::Message || !is_whole(message.headers) {
        return notes;
    }
    notes.extend(content_type(message));
    if message.kind == Kind::Request {
        if value(message.headers, "accept").is_some_and(|accept| is_json(essence(accept))) {
            notes.push(Finding::new(&codes::PLAIN_JSON, "the request accepts application/json only"));
        }
        if value(message.headers, "authorization").is_some() {
            notes.push(Finding::new(&codes::STRAY_AUTHORIZATION, "the request carries Authorization"));
        }
    } else if verification.signed_by.is_none()
        && matches!(verification.verdict, Verdict::NotChecked | Verdict::Missing)
    {
        let what = format!("the response to this {} carries no signature", message.method);
        notes.push(Finding::new(&codes::RESPONSE_UNSIGNED, what));
    }
    notes
}

/// Whether these are a message's own headers, and not just those that were given for its signature.
fn is_whole(headers: &Headers) -> bool {
    headers.iter().any(|(name, _)| FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing)))
}

fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let (_, value) = headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name))?;
    value.as_text()
}

/// A media type without its parameters.
fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or(text).trim()
}

fn is_json(essence: &str) -> bool {
    essence.eq_ignore_ascii_case("application/json")
}

fn content_type(message: &Noted<'_>) -> Option<Finding> {
    let Some(text) = value(message.headers, "content-type") else {
        let length = message.body.len();
        let said = format!("the body of {length} bytes has no Content-Type");
        return (length > 0).then(|| Finding::new(&codes::CONTENT_TYPE_MISSING, said));
    };
    let essence = essence(text);
    if is_json(essence) {
        return Some(Finding::new(&codes::PLAIN_JSON, "Content-Type is application/json"));
    }
    if message.status == Some(200) && essence.eq_ignore_ascii_case("text/html") {
        return Some(Finding::new(&codes::HTML_ANSWER, "the answer is 200 with text/html"));
    }
    let ours = essence.eq_ignore_ascii_case(super::MEDIA_TYPE);
    let has_charset = text.to_ascii_lowercase().contains("charset=");
    let said = format!("Content-Type is {essence}, without a charset");
    (ours && !has_charset).then(|| Finding::new(&codes::CHARSET_MISSING, said))
}

/// A signer that would be a domain without its port, where the signature itself holds.
fn port(verification: &Verification) -> Option<Finding> {
    let signer = verification.signed_by.as_deref().filter(|_| verification.matches == Some(true))?;
    let (domain, port) = signer.rsplit_once(':')?;
    let is_port =
        !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && check_domain(domain).is_ok();
    let said = format!("the signature matches; only the port :{port} is wrong in the signer's name");
    is_port.then(|| Finding::new(&codes::SIGNED_BY_PORT, said))
}

/// An author who lives on another instance than the one that signed.
pub fn foreign_author(body: &[u8], signer: Option<&str>) -> Option<Finding> {
    #[derive(Deserialize)]
    struct Authored {
        author: String,
    }
    let signer = signer?;
    let Authored { author } = serde_json::from_slice(body).ok()?;
    let (domain, _) = author.rsplit_once(':')?;
    let foreign = !author.contains("://") && !domain.eq_ignore_ascii_case(signer);
    foreign.then(|| {
        let message = format!("the author is {author:?}, and {signer:?} signed");
        Finding::new(&codes::AUTHOR_OF_ANOTHER_DOMAIN, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_of_another_instance_is_noticed() {
        for (author, foreign) in [
            ("alice", false),
            ("a.example:alice", false),
            ("A.example:alice", false),
            ("c.example:alice", true),
            ("a.example:3000:alice", true),
            ("https://c.example/users/1", false),
        ] {
            let body = format!("{{\"author\":\"{author}\"}}");
            assert_eq!(foreign_author(body.as_bytes(), Some("a.example")).is_some(), foreign, "{author}");
        }
    }
}
