//! Users and entities elsewhere: found by WebFinger, fetched with a signed GET, and kept when the answer verifies. See
//! <https://versia.pub/federation/discovery>.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::Instance;
use super::entity::{Entity, documented_type};
use super::reference::Reference;
use crate::server::control::ControlError;
use crate::signing::Verdict;

/// What stands for itself in a part of a path or a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What WebFinger says about an account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Jrd {
    links: Vec<Link>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    rel: String,
    href: Option<String>,
}

impl Instance {
    /// The user that somebody means by `user@domain` or `domain:id`. One elsewhere is looked for, and its entity fetched; unless
    /// that is not to be done where it is known.
    ///
    /// # Errors
    /// When there is no such user, or the other instance does not say.
    pub(super) async fn find_user(
        self: &Arc<Self>,
        whom: &str,
        anew: bool,
    ) -> Result<Reference, ControlError> {
        let account = whom.trim_start_matches("acct:").trim_start_matches('@');
        let (reference, name) = match account.rsplit_once('@') {
            Some((name, domain)) => (None, Some((name, domain))),
            None => (Reference::read(account, self.domain()), None),
        };
        let (domain, name) = match (&reference, name) {
            (Some(reference), _) => (reference.domain.clone(), reference.id.clone()),
            (None, Some((name, domain))) => (domain.to_ascii_lowercase(), name.to_owned()),
            (None, None) => return Err(ControlError::NoSuchUser(whom.to_owned())),
        };
        if domain.eq_ignore_ascii_case(self.domain()) {
            let found = self.known().user(&name).and_then(|user| user.reference());
            return found.ok_or_else(|| ControlError::NoSuchUser(whom.to_owned()));
        }
        let failed = |why: String| ControlError::NotReached { who: whom.to_owned(), why };
        let known = self.known().received_user(&domain, &name).filter(|_| !anew);
        let reference = match (known, reference) {
            (Some(known), _) => return Ok(known),
            (None, Some(reference)) if !anew => return Ok(reference),
            (None, Some(reference)) => reference,
            (None, None) => self.finger(&name, &domain).await.map_err(failed)?,
        };
        self.fetch_entity("User", &reference).await.map_err(failed)?;
        Ok(reference)
    }

    /// Asks an instance for the id of an account.
    async fn finger(&self, name: &str, domain: &str) -> Result<Reference, String> {
        let account = utf8_percent_encode(name, PLAIN);
        let target = format!("/.well-known/webfinger?resource=acct:{account}@{domain}");
        let body = self.ask(domain, &target).await?;
        let jrd: Jrd =
            serde_json::from_slice(&body).map_err(|error| format!("its WebFinger is no JRD: {error}"))?;
        let own = jrd.links.into_iter().find(|link| link.rel == "self").and_then(|link| link.href);
        let href = own.ok_or("its WebFinger has no link with the rel self")?;
        // The id is the last part of the path, whichever form that has.
        let path = href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let id = path.rsplit('/').next().unwrap_or_default();
        let is_id =
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if is_id {
            Ok(Reference::new(domain, id))
        } else {
            Err(format!("the link {href:?} of its WebFinger has no id"))
        }
    }

    /// Fetches an entity of another instance, and keeps it.
    pub(super) async fn fetch_entity(
        self: &Arc<Self>,
        kind: &str,
        reference: &Reference,
    ) -> Result<(), String> {
        let mut answer = Err("nothing was asked".to_owned());
        // Versia Server has its own names for two types in paths.
        let other = match kind {
            "User" => Some("pub.versia:users/User"),
            "Note" => Some("pub.versia:notes/Note"),
            _ => None,
        };
        for name in [Some(kind), other].into_iter().flatten() {
            let [name, id] = [name, &reference.id].map(|part| utf8_percent_encode(part, PLAIN));
            let target = format!("/.versia/v0.6/entities/{name}/{id}");
            answer = self.ask(&reference.domain, &target).await;
            if answer.is_ok() {
                break;
            }
        }
        let mut entity = Entity::read(&answer?, &reference.domain)?;
        entity.kind = documented_type(&entity.kind).to_owned();
        if entity.kind != kind || entity.reference().as_ref() != Some(reference) {
            return Err(format!("what it answers is no {kind} {}", reference.id));
        }
        self.keep(&entity);
        Ok(())
    }

    /// One GET; gives the body of an answer with 200 whose signature is right, where one is wanted.
    pub(super) async fn ask(&self, domain: &str, target: &str) -> Result<bytes::Bytes, String> {
        let dispatch = self.dispatch.as_ref().ok_or("this instance reaches no others")?;
        let (answer, checked) = dispatch.get(domain, target).await;
        let (status, body) = answer?;
        if status != 200 {
            return Err(format!("it answers {status} to GET {target}"));
        }
        match checked.first().map(|one| one.verification.verdict) {
            None | Some(Verdict::Valid | Verdict::NotChecked) => Ok(body),
            Some(other) => Err(format!("the signature of its answer to GET {target} is {}", other.as_str())),
        }
    }
}
