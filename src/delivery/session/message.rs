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

impl Composer {
    /// The message for a document, signed as of `at` (Unix seconds); without a signer, the document itself.
    ///
    /// # Errors
    /// When it is not text, or too large.
    pub fn message(&self, body: &Bytes, at: i64) -> Result<Utf8Bytes, Unsendable> {
        let text = match &self.signer {
            None => Utf8Bytes::try_from(body.clone())?,
            Some(signer) => {
                let entity = str::from_utf8(body)?.to_owned();
                let signed = signer.sign("POST", self.url.target(), at, body);
                Message::new(signed, entity).write().into()
            }
        };
        match text.len() {
            size if size > MAX_MESSAGE => Err(Unsendable::TooLarge { size, limit: MAX_MESSAGE }),
            _ => Ok(text),
        }
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
