//! Versia 0.6 on the wire: which messages are signed, the WebSocket message, and verifying what a record holds.

mod compose;
mod explain;
mod glance;
mod message;
mod notes;
mod paths;
mod receipt;
mod verify;

pub use compose::{add_content_length, compose_request, compose_response, replace_signature};
pub use explain::{Allowance, explain, needs_explanation};
pub use glance::{Glance, Sighting, glance};
pub use message::{Message, MessageError};
pub use notes::foreign_author;
pub use paths::EntityPath;
pub use receipt::{RECEIPTS, Receipt, ReceiptError};
pub use verify::{
    Checked, KeySource, KnownKey, NoKey, NothingToVerify, Rules, concerns_versia, verify_record,
    verify_record_as, verify_response, verify_response_as,
};

use crate::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY, Signed, signed_path};

use super::record::Headers;

/// The path of an instance's shared inbox.
pub const INBOX: &str = "/.versia/v0.6/inbox";
/// The path of an instance's metadata.
pub const INSTANCE: &str = "/.versia/v0.6/instance";
/// The path of the instance messaging extension.
pub const MESSAGING: &str = "/.versia/v0.6/messaging";
/// The media type of Versia's JSON, for `Accept`.
pub const MEDIA_TYPE: &str = "application/vnd.versia+json";
/// The value of `Content-Type` for a body.
pub const CONTENT_TYPE: &str = "application/vnd.versia+json; charset=utf-8";

/// Whether the documents let messages of this path go unsigned: discovery, metadata and instance messaging; and
/// WebFinger, which no page exempts and nobody signs.
pub fn may_be_unsigned(target: &str) -> bool {
    matches!(signed_path(target), "/.well-known/versia" | "/.well-known/webfinger" | INSTANCE | MESSAGING)
}

/// The three signature headers of a signed message, in the order in which we write them.
pub fn signature_headers(signed: &Signed) -> Headers {
    [(SIGNATURE, &signed.signature), (SIGNED_BY, &signed.signed_by), (SIGNED_AT, &signed.signed_at)]
        .map(|(name, value)| (name.to_owned(), value.as_str().into()))
        .into()
}

/// The domain in a signer's name: a domain, `instance <host>` or a user's address, as the drafts have had it, without a
/// port.
pub fn domain_of_signer(signer: &str) -> &str {
    let signer = signer.trim();
    let signer = signer.strip_prefix("instance ").unwrap_or(signer);
    let signer = signer.split_once("://").map_or(signer, |(_, rest)| rest);
    let host = signer.split('/').next().unwrap_or(signer);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_is_of_its_domain_however_drafts_name_it() {
        for signer in ["a.example", "instance a.example", "https://a.example/users/1", "a.example:8443"] {
            assert_eq!(domain_of_signer(signer), "a.example", "{signer}");
        }
        assert_eq!(domain_of_signer("[::1]:80"), "[::1]");
    }
}
