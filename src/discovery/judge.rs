//! What an answer is worth beside its signature: whether it is what was asked for, and a valid entity.

use serde_json::Value;

use crate::entity::{EntityType, Profile, Report, check};
use crate::finding::{Finding, codes};
use crate::protocol::record::{Headers, Response};
use crate::protocol::versia::{Checked, EntityPath, INSTANCE};
use crate::signing::{Verdict, signed_path};

/// What was found out.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What is wrong with the entity, where there is one and that is looked at.
    pub(super) report: Option<Report>,
    /// What is odd about the answer.
    pub(super) findings: Vec<Finding>,
    /// Whether the answer is a success that is a web page.
    pub(super) is_web_page: bool,
}

/// Judges an answer to a GET of `target`, which the instance of `domain` has to have signed.
pub(super) fn judge(
    target: &str,
    domain: Option<&str>,
    response: &Response,
    checked: &Checked,
    validates: bool,
) -> Judged {
    let mut judged = Judged::default();
    judged.findings.extend(other_signer(domain, checked));
    if response.status / 100 != 2 || response.truncated {
        return judged;
    }
    if is_web_page(response) {
        judged.is_web_page = true;
        let message = format!(
            "the answer is {} with a web page (HTML), not what was asked for: a front end answers for this path",
            response.status
        );
        judged.findings.push(Finding::new(&codes::HTML_ANSWER, message));
        return judged;
    }
    let body = &response.body.0;
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let path = EntityPath::parse(target);
    if let (Some(path), Some(value)) = (&path, &value) {
        judged.findings.extend(other_entity(path, value));
    }
    let is_typed = value.as_ref().is_some_and(|value| value["type"].is_string());
    if validates && (path.is_some() || is_typed || signed_path(target) == INSTANCE) {
        judged.report = Some(check(body, Profile::Spec, collection_at(target, body)));
    }
    judged
}

/// Which collection an answer is, going by the path that was asked for and by what is in it.
pub fn collection_at(target: &str, body: &[u8]) -> Option<&'static EntityType> {
    if !target.contains("/collections/") {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    let has_entities =
        value["items"].as_array().and_then(|items| items.first()).is_some_and(Value::is_object);
    EntityType::named(if has_entities { "Collection" } else { "URICollection" })
}

fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let (_, value) = headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    value.as_text()
}

fn is_web_page(response: &Response) -> bool {
    let says_so = header(&response.headers, "content-type")
        .is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html"));
    says_so || response.body.0.trim_ascii_start().starts_with(b"<")
}

/// Only a signature that holds says that somebody else made the answer.
fn other_signer(domain: Option<&str>, checked: &Checked) -> Option<Finding> {
    let (domain, signer) = (domain?, checked.verification.signed_by.as_deref()?);
    let holds = matches!(checked.verification.verdict, Verdict::Valid | Verdict::Stale);
    (holds && !signer.eq_ignore_ascii_case(domain)).then(|| {
        let message = format!("{domain} was asked, and {signer:?} signed the answer");
        Finding::new(&codes::SIGNED_BY_ANOTHER_HOST, message)
    })
}

fn other_entity(path: &EntityPath, value: &Value) -> Option<Finding> {
    if path.collection.is_some() {
        return None;
    }
    let (kind, id) = (value["type"].as_str(), value["id"].as_str());
    let asked = EntityPath::new(path.documented_kind(), path.id.as_str());
    let other_kind = kind.filter(|kind| EntityPath::new(*kind, "").documented_kind() != asked.kind);
    let what = match (other_kind, id.filter(|id| *id != asked.id)) {
        (Some(kind), _) => format!("a {} was asked for, and the answer is a {kind:?}", asked.kind),
        (None, Some(id)) => {
            format!("{:?} was asked for, and the id of the entity in the answer is {id:?}", asked.id)
        }
        (None, None) => return None,
    };
    Some(Finding::new(&codes::NOT_WHAT_WAS_ASKED_FOR, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(target: &str, body: &str) -> Vec<&'static str> {
        let path = EntityPath::parse(target).unwrap();
        let value = serde_json::from_str(body).unwrap();
        other_entity(&path, &value).into_iter().map(|finding| finding.code.id).collect()
    }

    #[test]
    fn an_entity_has_the_type_and_the_id_of_its_path() {
        let note = "/.versia/v0.6/entities/Note/1";
        for (target, body, codes) in [
            (note, r#"{"type":"Note","id":"1"}"#, &[][..]),
            ("/.versia/v0.6/entities/pub.versia%3Anotes%2FNote/1", r#"{"type":"Note","id":"1"}"#, &[]),
            (note, r#"{"type":"User","id":"1"}"#, &["VN241"]),
            (note, r#"{"type":"Note","id":"2"}"#, &["VN241"]),
            ("/.versia/v0.6/entities/User/1/collections/outbox", r#"{"items":[]}"#, &[]),
        ] {
            assert_eq!(found(target, body), codes, "{target} {body}");
        }
    }

    #[test]
    fn a_web_page_is_known_by_its_type_and_by_its_beginning() {
        let response = |kind: &str, body: &str| Response {
            status: 200,
            headers: vec![("content-type".into(), kind.into())],
            body: body.into(),
            ..Response::default()
        };
        assert!(is_web_page(&response("Text/HTML; charset=utf-8", "hello")));
        assert!(is_web_page(&response("application/json", "\n<!doctype html>")));
        assert!(!is_web_page(&response("application/json", "{}")));
    }
}
