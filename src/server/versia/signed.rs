//! Signing answers: what is answered again within a second is signed once, for it would be signed with the same bytes.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::protocol::record::Headers;
use crate::protocol::versia::signature_headers;
use crate::signing::{PublicKey, Signer};

/// The last answer that was signed. An inbox gives the same one to every delivery.
#[derive(Debug, Default)]
pub(super) struct SignedAnswers(Mutex<Option<SignedAnswer>>);

#[derive(Debug)]
struct SignedAnswer {
    key: PublicKey,
    domain: String,
    method: String,
    target: String,
    at: i64,
    body: Bytes,
    headers: Headers,
}

impl SignedAnswers {
    /// The headers of an answer's signature.
    pub(super) fn headers(
        &self,
        signer: &Signer,
        method: &str,
        target: &str,
        at: i64,
        body: &Bytes,
    ) -> Headers {
        let key = signer.key().public();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |last: &&SignedAnswer| {
            last.at == at
                && last.method == method
                && last.target == target
                && last.body == *body
                && last.key == key
                && last.domain == signer.domain()
        };
        if let Some(last) = last.as_ref().filter(is_same) {
            return last.headers.clone();
        }
        let headers = signature_headers(&signer.sign(method, target, at, body));
        *last = Some(SignedAnswer {
            key,
            domain: signer.domain().to_owned(),
            method: method.to_owned(),
            target: target.to_owned(),
            at,
            body: body.clone(),
            headers: headers.clone(),
        });
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;

    #[test]
    fn an_answer_has_its_own_signature_whatever_was_answered_before() {
        let answers = SignedAnswers::default();
        let signer = |seed| Signer::new(SecretKey::from_seed(&[seed; 32]), "b.example");
        let (one, other) = (signer(1), signer(2));
        for (signer, method, target, at, body) in [
            (&one, "POST", "/inbox", 1, ""),
            (&one, "POST", "/inbox", 1, ""),
            (&one, "POST", "/inbox", 2, ""),
            (&one, "GET", "/inbox", 2, ""),
            (&one, "GET", "/x", 2, ""),
            (&one, "GET", "/x", 2, "body"),
            (&other, "GET", "/x", 2, "body"),
        ] {
            let headers = answers.headers(signer, method, target, at, &Bytes::from(body));
            assert_eq!(headers, signature_headers(&signer.sign(method, target, at, body.as_bytes())));
        }
    }
}
