//! What is asked for: entities, their collections, their pages for people, and WebFinger.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, State};

use super::documents::{account, webfinger};
use super::entity::{Entity, documented_type};
use super::known::Page;
use super::routes::{document, refusal};
use super::view::{self, Takes};
use super::{Instance, Judged};
use crate::protocol::record::Bytes;
use crate::protocol::versia::CONTENT_TYPE;
use crate::server::app::Answer;
use crate::signing::Verdict;

type Request = Extension<Arc<Judged>>;

/// The parts of a path, where its percent-encoding is that of a text.
type Parts<T> = Result<Path<T>, PathRejection>;

pub(super) async fn finger(State(instance): State<Arc<Instance>>, Extension(judged): Request) -> Answer {
    let query = judged.received.uri.query().unwrap_or_default();
    let resource = query.split('&').find_map(|pair| pair.strip_prefix("resource="));
    let resource = resource.map(|text| percent_encoding::percent_decode_str(text).decode_utf8_lossy());
    let domain = instance.domain();
    let name = match account(domain, resource.as_deref()) {
        Ok(name) => name,
        Err((status, why)) => return refusal(status, &why, &[]),
    };
    match instance.known().user(name) {
        Some(user) => {
            let (name, id) =
                (user.username.as_deref().unwrap_or_default(), user.id.as_deref().unwrap_or_default());
            document(&webfinger(name, id, &view::path(&user), domain), "application/jrd+json")
        }
        None => refusal(404, &format!("there is no user {name:?} here"), &[]),
    }
}

pub(super) async fn entity(
    State(instance): State<Arc<Instance>>,
    path: Parts<(String, String)>,
    Extension(judged): Request,
) -> Answer {
    match instance.asked_for(path.map(|Path((kind, id))| (kind, id)), &judged) {
        Ok(entity) => as_it_is(&entity.body),
        Err(answer) => *answer,
    }
}

pub(super) async fn collection(
    State(instance): State<Arc<Instance>>,
    path: Parts<(String, String, String)>,
    Extension(judged): Request,
) -> Answer {
    let (path, name) = match path {
        Ok(Path((kind, id, name))) => (Ok((kind, id)), name),
        Err(rejected) => (Err(rejected), String::new()),
    };
    let owner = match instance.asked_for(path, &judged) {
        Ok(owner) => owner,
        Err(answer) => return *answer,
    };
    let page = match Page::read(judged.received.uri.query()) {
        Ok(page) => page,
        Err(error) => return refusal(422, &error.to_string(), &[]),
    };
    let signer = judged.checked.first().map(|one| &one.verification);
    let signer = signer.filter(|one| one.verdict == Verdict::Valid).and_then(|one| one.signed_by.as_deref());
    let listing = instance.known().collection(&owner, &name, signer);
    match listing {
        Some(listing) => as_it_is(listing.write(&owner, page, instance.domain()).as_bytes()),
        None => refusal(404, &format!("a {} has no collection {name:?}", owner.kind), &[]),
    }
}

/// An entity for people, where everybody may see it.
pub(super) async fn page(State(instance): State<Arc<Instance>>, path: Parts<(String, String)>) -> Answer {
    let found = path.ok().and_then(|Path((kind, id))| instance.known().own(&kind, &id));
    match found.filter(|it| it.kind != "Note" || it.audience.as_deref() == Some("public")) {
        Some(entity) => view::page(&entity, instance.domain()),
        None => refusal(404, "there is nothing at this path", &[]),
    }
}

impl Instance {
    /// The entity that a request asks for, or asks about; or what is answered instead.
    fn asked_for(
        &self,
        path: Result<(String, String), PathRejection>,
        judged: &Judged,
    ) -> Result<Arc<Entity>, Box<Answer>> {
        let Ok((kind, id)) = path else {
            return Err(Box::new(refusal(400, "the path is not UTF-8 under its percent-encoding", &[])));
        };
        let found = self.known().own(documented_type(&kind), &id);
        let takes = view::takes(&judged.received.headers);
        if let (Takes::Html, Some(found)) = (takes, &found) {
            return Err(Box::new(view::redirect(found)));
        }
        if let Some(refused) = self.refuse_signature(judged) {
            return Err(Box::new(refused));
        }
        let Some(found) = found else {
            return Err(Box::new(refusal(404, &format!("there is no {kind} with the id {id:?} here"), &[])));
        };
        if self.config.reject && takes == Takes::Neither {
            let why = "the request takes no application/vnd.versia+json, and there is nothing else here";
            return Err(Box::new(refusal(406, why, &[])));
        }
        Ok(found)
    }
}

/// JSON, byte for byte.
fn as_it_is(body: &[u8]) -> Answer {
    let headers = vec![("Content-Type".to_owned(), Bytes::from(CONTENT_TYPE))];
    Answer { status: 200, headers, body: bytes::Bytes::copy_from_slice(body), ..Answer::default() }
}
