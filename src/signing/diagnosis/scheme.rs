//! Other signature schemes, by the headers that they use.

use crate::finding::{Code, Finding, codes};

/// What a message's headers say about other schemes.
#[derive(Debug, Default)]
pub(super) struct OtherScheme<'a> {
    /// Draft 0.4's signature.
    pub(super) signature: Option<&'a [u8]>,
    /// Draft 0.4's nonce.
    pub(super) nonce: Option<&'a str>,
    /// The scheme of RFC 9421 or of draft-cavage, where the message carries its headers.
    pub(super) named: Option<Finding>,
}

impl<'a> OtherScheme<'a> {
    /// Reads the headers of a message.
    pub(super) fn read(headers: &[(&'a str, &'a [u8])]) -> Self {
        let value = |name: &str| {
            let found = headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.trim_ascii())
        };
        let text = |name: &str| value(name).and_then(|value| std::str::from_utf8(value).ok());
        let named = if value("Signature-Input").is_some() {
            Some(named(
                &codes::SCHEME_MESSAGE_SIGNATURES,
                "Signature-Input and Signature are there, as RFC 9421 has them",
            ))
        } else {
            let carriers = ["Signature", "Authorization"].into_iter().filter_map(text);
            carriers.into_iter().find_map(of_value)
        };
        OtherScheme { signature: value("X-Signature"), nonce: text("X-Nonce"), named }
    }
}

/// The scheme that the value of a signature header is of, where it is one of those that name their parts.
pub(super) fn of_value(value: &str) -> Option<Finding> {
    if value.contains("keyId=") && value.contains("signature=") {
        return Some(named(
            &codes::SCHEME_CAVAGE,
            "a signature with keyId is there, as draft-cavage-http-signatures has it",
        ));
    }
    let (label, rest) = value.split_once("=:")?;
    let is_label =
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.*".contains(&b));
    (is_label && rest.ends_with(':')).then(|| {
        named(&codes::SCHEME_MESSAGE_SIGNATURES, "a signature with a label is there, as RFC 9421 has it")
    })
}

fn named(code: &'static Code, said: &str) -> Finding {
    Finding::new(code, said).with_hint(code.fix)
}
