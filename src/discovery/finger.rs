//! WebFinger: from a user's address to where the user is. See <https://versia.pub/federation/discovery>.

use serde::Deserialize;

use crate::client::{HttpUrl, Origin, Peer};
use crate::finding::{Finding, codes};
use crate::protocol::versia::MEDIA_TYPE;

/// What a WebFinger document says of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingered {
    /// Where the user is, as it is written.
    pub(super) href: String,
    /// The same as an address.
    pub(super) url: HttpUrl,
    /// What is odd about the document.
    pub(super) findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    rel: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    href: Option<String>,
}

/// Reads the document about a user.
///
/// # Errors
/// Says why it does not lead to the user.
pub(super) fn read(body: &[u8], user: &str, domain: &str) -> Result<Fingered, Finding> {
    let wrong = |message: String| Finding::new(&codes::WEBFINGER_WRONG, message);
    let document: Document =
        serde_json::from_slice(body).map_err(|_| wrong("the answer is no WebFinger document".to_owned()))?;
    let mut findings = Vec::new();
    let subject = document.subject.as_deref().unwrap_or_default();
    if !is_about(subject, user, domain) {
        let message = format!("acct:{user}@{domain} was asked for, and the document is about {subject:?}");
        findings.push(wrong(message));
    }
    let own: Vec<_> = document.links.iter().filter(|link| link.rel.as_deref() == Some("self")).collect();
    let versia = |link: &&&Link| link.kind.as_deref().is_some_and(|kind| essence(kind) == MEDIA_TYPE);
    let json = |link: &&&Link| link.kind.as_deref().is_some_and(|kind| essence(kind) == "application/json");
    let link = own.iter().find(versia).or_else(|| own.iter().find(json)).or(match own.as_slice() {
        [only] if only.kind.is_none() => Some(only),
        _ => None,
    });
    let Some(link) = link else {
        let message = match own.as_slice() {
            [] => "the document has no link with rel \"self\"".to_owned(),
            links => {
                let kinds: Vec<_> = links.iter().filter_map(|link| link.kind.as_deref()).collect();
                format!("no link with rel \"self\" has the type {MEDIA_TYPE}, but {}", kinds.join(", "))
            }
        };
        return Err(wrong(message));
    };
    if !versia(&link) {
        let kind = link.kind.as_deref().unwrap_or("no type");
        let message = format!("the link to the user has {kind:?}, not {MEDIA_TYPE:?}");
        findings.push(Finding::new(&codes::WEBFINGER_LINK_TYPE, message));
    }
    let href = link.href.clone().unwrap_or_default();
    let url = HttpUrl::parse(&href)
        .map_err(|error| wrong(format!("the link leads to {href:?}, which is no address: {error}")))?;
    if !url.origin().host.eq_ignore_ascii_case(domain) {
        let message = format!("the user is {domain}'s, and the link leads to {}", url.origin().authority());
        findings.push(Finding::new(&codes::LINK_LEADS_ELSEWHERE, message));
    }
    Ok(Fingered { href, url, findings })
}

/// Whether a subject is the account that was asked for; of an id, the name stands there.
fn is_about(subject: &str, user: &str, domain: &str) -> bool {
    let account = subject.strip_prefix("acct:").unwrap_or(subject);
    let is_id = user.len() >= 32;
    match account.rsplit_once('@') {
        Some((name, host)) => host.eq_ignore_ascii_case(domain) && (is_id || name.eq_ignore_ascii_case(user)),
        None => false,
    }
}

fn essence(kind: &str) -> &str {
    kind.split(';').next().unwrap_or(kind).trim()
}

/// Where an address is reached: at a peer's own, where the user said so.
pub(super) fn through(url: HttpUrl, peers: &[Peer]) -> HttpUrl {
    let usual = *url.origin() == Origin::of_domain(&url.origin().host);
    let peer = Peer::of(&url.origin().host, peers).filter(|_| usual);
    peer.and_then(|peer| peer.at(url.target()).ok()).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_it(body: &str) -> Result<(String, Vec<&'static str>), &'static str> {
        read(body.as_bytes(), "Bob", "b.example")
            .map(|found| (found.href, found.findings.iter().map(|it| it.code.id).collect()))
            .map_err(|finding| finding.code.id)
    }

    #[test]
    fn the_self_link_leads_to_the_user() {
        let href = "https://b.example/.versia/v0.6/entities/User/1";
        for (kind, subject, codes) in [
            (MEDIA_TYPE, "acct:bob@B.example", &[][..]),
            ("application/json", "acct:bob@b.example", &["VN253"]),
            (MEDIA_TYPE, "acct:eve@b.example", &["VN252"]),
        ] {
            let body = format!(
                r#"{{"subject":"{subject}","links":[{{"rel":"self","type":"text/html","href":"https://x.example/"}},
                     {{"rel":"self","type":"{kind}","href":"{href}"}}]}}"#
            );
            assert_eq!(read_it(&body), Ok((href.to_owned(), codes.to_vec())), "{kind} {subject}");
        }
        let elsewhere = r#"{"subject":"acct:bob@b.example","links":[{"rel":"self","type":"application/vnd.versia+json","href":"https://c.example/u"}]}"#;
        assert_eq!(read_it(elsewhere).unwrap().1, ["VN256"]);
    }

    #[test]
    fn a_document_without_a_way_to_the_user_is_wrong() {
        for body in [
            "<html>",
            "{}",
            r#"{"links":[{"rel":"self","type":"application/activity+json","href":"https://b.example/"}]}"#,
            r#"{"subject":"acct:bob@b.example","links":[{"rel":"self","type":"application/vnd.versia+json","href":"/u"}]}"#,
        ] {
            assert_eq!(read_it(body), Err("VN252"), "{body}");
        }
    }
}
