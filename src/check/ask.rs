//! A request to be made: a right one, and what is changed in it on purpose.

use crate::protocol::record::Headers;
use crate::protocol::versia::{CONTENT_TYPE, INBOX, MEDIA_TYPE};
use crate::signing::Signer;

/// A change of the headers of a request, after it was signed.
type Edit = Box<dyn Fn(&mut Headers)>;

/// What is signed where it is not what is sent.
#[derive(Default)]
pub(super) struct Claimed {
    pub(super) method: Option<&'static str>,
    pub(super) target: Option<String>,
    pub(super) body: Option<Vec<u8>>,
}

/// A request to be made.
pub(super) struct Ask {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) body: Vec<u8>,
    pub(super) headers: Headers,
    pub(super) is_signed: bool,
    /// How far from now it says to be signed, in seconds.
    pub(super) after: i64,
    pub(super) signer: Option<Signer>,
    pub(super) claimed: Claimed,
    pub(super) edits: Vec<Edit>,
}

impl Ask {
    /// A signed GET.
    pub(super) fn get(target: impl Into<String>) -> Self {
        Ask {
            method: "GET".to_owned(),
            target: target.into(),
            body: Vec::new(),
            headers: vec![("Accept".to_owned(), MEDIA_TYPE.into())],
            is_signed: true,
            after: 0,
            signer: None,
            claimed: Claimed::default(),
            edits: Vec::new(),
        }
    }

    /// A signed delivery to the inbox.
    pub(super) fn post(body: impl Into<Vec<u8>>) -> Self {
        let headers = [("Accept", MEDIA_TYPE), ("Content-Type", CONTENT_TYPE)]
            .map(|(name, value)| (name.into(), value.into()));
        Ask { method: "POST".to_owned(), body: body.into(), headers: headers.into(), ..Ask::get(INBOX) }
    }

    /// The same with another method, which is signed.
    pub(super) fn method(self, method: &str) -> Self {
        Ask { method: method.to_owned(), ..self }
    }

    /// The same without a signature.
    pub(super) fn unsigned(self) -> Self {
        Ask { is_signed: false, ..self }
    }

    /// The same, said to be signed so many seconds from now.
    pub(super) fn after(self, seconds: i64) -> Self {
        Ask { after: seconds, ..self }
    }

    /// The same signed by somebody else.
    pub(super) fn signed_by(self, signer: Signer) -> Self {
        Ask { signer: Some(signer), ..self }
    }

    /// The same with a signature over something else.
    pub(super) fn claiming(self, claimed: Claimed) -> Self {
        Ask { claimed, ..self }
    }

    /// The same with a change of its headers, after it was signed.
    pub(super) fn edited(mut self, edit: impl Fn(&mut Headers) + 'static) -> Self {
        self.edits.push(Box::new(edit));
        self
    }

    /// The same with a header in the place of those of its name.
    pub(super) fn with(self, name: &'static str, value: &'static str) -> Self {
        self.without(name).edited(move |headers| headers.push((name.to_owned(), value.into())))
    }

    /// The same without a header.
    pub(super) fn without(self, name: &'static str) -> Self {
        self.edited(move |headers| headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name)))
    }

    /// The same with a header twice.
    pub(super) fn doubled(self, name: &'static str) -> Self {
        self.edited(move |headers| {
            let again: Vec<_> =
                headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name)).cloned().collect();
            headers.extend(again);
        })
    }

    /// The same with the value of a header changed.
    pub(super) fn changed(self, name: &'static str, change: fn(&str) -> String) -> Self {
        self.edited(move |headers| {
            for (_, value) in headers.iter_mut().filter(|(found, _)| found.eq_ignore_ascii_case(name)) {
                *value = change(value.as_text().unwrap_or_default()).as_str().into();
            }
        })
    }
}
