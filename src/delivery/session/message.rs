//! What goes out: the handshake, and each document as a message of the extension.

use std::fmt;
use std::str;

use bytes::Bytes;

use crate::client::HttpError;
use crate::client::websocket::{MAX_MESSAGE, Opening, Utf8Bytes};
use crate::delivery::http::Composer;
use crate::finding::{Code, codes};
use crate::protocol::record::{Headers, Record, Request};
use crate::protocol::versia::{self, Message, RECEIPTS};

/// Why a document cannot be sent as a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsendable {
    /// It is not UTF-8: the first byte that is no part of a character, counted from 1.
    NotText(usize),
    /// The message would be larger than any that is sent; both in bytes.
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
}

impl Unsendable {
    /// The entry of the list of codes, where there is one.
    pub fn code(self) -> Option<&'static Code> {
        match self {
            Unsendable::NotText(_) => None,
            Unsendable::TooLarge { .. } => Some(&codes::WEBSOCKET_MESSAGE_TOO_LARGE),
        }
    }
}

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsendable::NotText(byte) => {
                write!(f, "byte {byte} is not part of a character, and a WebSocket message holds text")
            }
            Unsendable::TooLarge { size, limit } => {
                write!(f, "the message would have {size} bytes; the limit is {limit}")
            }
        }
    }
}

impl std::error::Error for Unsendable {}

impl From<str::Utf8Error> for Unsendable {
    fn from(error: str::Utf8Error) -> Self {
        Unsendable::NotText(error.valid_up_to() + 1)
    }
}

/// The message that a document is itself.
pub(super) fn unsigned(body: Bytes) -> Result<Utf8Bytes, Unsendable> {
    not_too_large(Utf8Bytes::try_from(body)?)
}

fn not_too_large(text: Utf8Bytes) -> Result<Utf8Bytes, Unsendable> {
    match text.len() {
        size if size > MAX_MESSAGE => Err(Unsendable::TooLarge { size, limit: MAX_MESSAGE }),
        _ => Ok(text),
    }
}

impl Composer {
    /// The message for a document, signed as of `at` (Unix seconds); without a signer, the document itself.
    ///
    /// # Errors
    /// When it is not text, or too large.
    pub fn message(&self, body: &Bytes, at: i64) -> Result<Utf8Bytes, Unsendable> {
        let Some(signer) = &self.signer else { return unsigned(body.clone()) };
        let entity = str::from_utf8(body)?.to_owned();
        let signed = signer.sign("POST", self.url.target(), at, body);
        not_too_large(Message::new(signed, entity).write().into())
    }

    /// The handshake: a GET of the inbox, signed as of `at` (Unix seconds).
    pub(super) fn opening(&self, at: i64, receipts: bool, nonce: [u8; 16]) -> Opening {
        let mut headers: Headers = vec![("Accept".to_owned(), versia::MEDIA_TYPE.into())];
        if let Some(signer) = &self.signer {
            headers.extend(versia::signature_headers(&signer.sign("GET", self.url.target(), at, b"")));
        }
        let subprotocols = if receipts { vec![RECEIPTS.to_owned()] } else { Vec::new() };
        Opening { headers, subprotocols, ..Opening::new(self.url.clone(), nonce) }
    }

    /// The handshake as it is shown and recorded: with all its headers, and without their secrets.
    ///
    /// # Errors
    /// When one of the headers cannot be sent.
    pub(super) fn shown_opening(&self, opening: &Opening) -> Result<Request, HttpError> {
        let headers = Some(opening.wire_headers(&self.options)?);
        let target = self.url.target().to_owned();
        let request = Request { method: "GET".to_owned(), target, headers, ..Request::default() };
        let mut record = Record { request: Some(request), ..Record::default() };
        record.hide_secrets();
        Ok(record.request.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{HttpUrl, NetworkOptions};
    use crate::signing::{SecretKey, Signer};

    fn composer(signer: Option<Signer>) -> Composer {
        let url = HttpUrl::parse("https://b.example/users/1/inbox?x").unwrap();
        Composer { url, signer, options: NetworkOptions::default() }
    }

    fn signer() -> Signer {
        Signer::new(SecretKey::from_seed(&[7; 32]), "a.example")
    }

    #[test]
    fn a_message_is_signed_as_a_post_of_its_entity() {
        let body = Bytes::from("{\"a\": \"é\\u0000\"}\n");
        let text = composer(Some(signer())).message(&body, 1_729_243_417).unwrap();
        let message = Message::read(text.as_bytes()).unwrap();
        let signed = signer().sign("POST", "/users/1/inbox", 1_729_243_417, &body);
        assert_eq!(message, Message::new(signed, "{\"a\": \"é\\u0000\"}\n".to_owned()));
    }

    #[test]
    fn without_a_signer_a_document_is_the_message_itself() {
        let body = Bytes::from_static(b"no json");
        assert_eq!(composer(None).message(&body, 1).unwrap().as_str(), "no json");
    }

    #[test]
    fn what_is_no_text_or_too_large_is_no_message() {
        for signer in [Some(signer()), None] {
            let composer = composer(signer);
            let why = composer.message(&Bytes::from_static(b"caf\xe9"), 1).unwrap_err();
            assert_eq!((why, why.code()), (Unsendable::NotText(4), None));
            let why = composer.message(&vec![b'a'; MAX_MESSAGE + 1].into(), 1).unwrap_err();
            assert_eq!(why.code().map(|code| code.id), Some("VN157"));
        }
    }

    #[test]
    fn a_handshake_is_shown_as_it_is_sent_and_without_its_secrets() {
        let mut composer = composer(Some(signer()));
        composer.options.headers.push(("authorization".to_owned(), "Bearer hush".into()));
        let shown = composer.shown_opening(&composer.opening(1, true, [0; 16])).unwrap();
        assert_eq!((shown.method.as_str(), shown.target.as_str()), ("GET", "/users/1/inbox?x"));
        let headers = shown.headers.unwrap();
        assert!(headers.contains(&("Authorization".to_owned(), "(hidden)".into())), "{headers:?}");
        assert!(headers.contains(&("Sec-Websocket-Protocol".to_owned(), RECEIPTS.into())), "{headers:?}");
        assert!(headers.contains(&("Versia-Signed-At".to_owned(), "1".into())), "{headers:?}");
    }
}
