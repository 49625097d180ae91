//! The signed string: `<method> <path> <signed-at> <base64(SHA-256(body))>`.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The length of a digest in base64.
const DIGEST_LENGTH: usize = 44;

/// The part of a request target that is signed: its path as written, without query and fragment.
///
/// Takes the origin form (`/path?query`) and the absolute form (`https://host/path?query`, whose empty path is `/`).
/// Anything else (`*`) is its own path. Never normalises: `/a/../b` and `é` stay what they are.
pub fn signed_path(target: &str) -> &str {
    let origin = match target.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => match rest.find(['/', '?', '#']) {
            Some(at) if rest[at..].starts_with('/') => &rest[at..],
            _ => "/",
        },
        _ => target,
    };
    origin.split(['?', '#']).next().unwrap_or(origin)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Appends the signed string of a message to a text: the method in lower case, the path of `target`, `signed_at` as
/// written, the SHA-256 of the body.
pub fn write_signed_string(
    method: &str,
    target: &str,
    signed_at: &str,
    digest: &[u8; 32],
    text: &mut String,
) {
    write_parts(method, signed_path(target), signed_at, digest, text);
}

fn write_parts(method: &str, path: &str, signed_at: &str, digest: &[u8; 32], text: &mut String) {
    text.extend(method.chars().map(|c| c.to_ascii_lowercase()));
    text.push(' ');
    text.push_str(path);
    text.push(' ');
    text.push_str(signed_at);
    text.push(' ');
    STANDARD.encode_string(digest, text);
}

/// The signed string with the places of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedString {
    text: String,
    path: Range<usize>,
    digest_at: usize,
}

impl SignedString {
    /// Builds the string for a message: the method in lower case, the path of `target`, `signed_at` as written, the
    /// digest of `body`.
    pub fn new(method: &str, target: &str, signed_at: &str, body: &[u8]) -> Self {
        Self::from_parts(method, signed_path(target), signed_at, body)
    }

    /// Builds the string with this very path.
    pub(super) fn from_parts(method: &str, path: &str, signed_at: &str, body: &[u8]) -> Self {
        let mut text = String::with_capacity(method.len() + path.len() + signed_at.len() + DIGEST_LENGTH + 3);
        write_parts(method, path, signed_at, &Sha256::digest(body).into(), &mut text);
        let path = method.len() + 1..method.len() + 1 + path.len();
        SignedString { digest_at: text.len() - DIGEST_LENGTH, text, path }
    }

    /// The whole string.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first part.
    pub fn method(&self) -> &str {
        &self.text[..self.path.start - 1]
    }

    /// The second part.
    pub fn path(&self) -> &str {
        &self.text[self.path.clone()]
    }

    /// The third part.
    pub fn signed_at(&self) -> &str {
        &self.text[self.path.end + 1..self.digest_at - 1]
    }

    /// The fourth part.
    pub fn digest(&self) -> &str {
        &self.text[self.digest_at..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of an empty body: what a GET signs.
    const EMPTY_DIGEST: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    #[test]
    fn the_path_is_the_target_as_written_without_its_query() {
        for (target, path) in [
            ("/.versia/v0.6/inbox", "/.versia/v0.6/inbox"),
            ("/a?b=/c", "/a"),
            ("/a#b?c", "/a"),
            ("/a/../b/./é", "/a/../b/./é"),
            ("/notes/https://x.example/y", "/notes/https://x.example/y"),
            ("https://b.example/a%2Fb?c", "/a%2Fb"),
            ("https://b.example", "/"),
            ("https://b.example?x=/y", "/"),
            ("http://[::1]:3000/x", "/x"),
            ("wss://b.example:1/.versia/v0.6/inbox", "/.versia/v0.6/inbox"),
            ("*", "*"),
            ("", ""),
        ] {
            assert_eq!(signed_path(target), path, "{target}");
        }
    }

    #[test]
    fn the_parts_are_found_again() {
        let string = SignedString::new("POST", "/.versia/v0.6/inbox?x", "1729243417", b"");
        assert_eq!(string.as_str(), format!("post /.versia/v0.6/inbox 1729243417 {EMPTY_DIGEST}"));
        assert_eq!(
            (string.method(), string.path(), string.signed_at(), string.digest()),
            ("post", "/.versia/v0.6/inbox", "1729243417", EMPTY_DIGEST)
        );
        let odd = SignedString::new("", "/a b", "", b"x");
        assert_eq!((odd.method(), odd.path(), odd.signed_at()), ("", "/a b", ""));
    }
}
