//! What may have been signed as the digest of a body.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::hypothesis::rank;
use crate::finding::{Code, codes};

/// One way to turn a body into the fourth part.
pub(super) struct Encoding {
    pub(super) code: &'static Code,
    pub(super) rank: u8,
    /// What was done, in a sentence without a full stop.
    pub(super) said: &'static str,
    write: fn(&Hashed<'_>) -> Vec<u8>,
}

/// A body with its SHA-256, which is computed once.
struct Hashed<'a> {
    body: &'a [u8],
    digest: [u8; 32],
}

fn way(code: &'static Code, rank: u8, said: &'static str, write: fn(&Hashed<'_>) -> Vec<u8>) -> Encoding {
    Encoding { code, rank, said, write }
}

/// Every way but the right one, the likeliest first.
pub(super) fn encodings() -> Vec<Encoding> {
    let mut encodings = vec![
        way(&codes::DIGEST_HEX, rank::COMMON, "the digest is signed in hex", |one| hex(&one.digest)),
        way(&codes::DIGEST_BASE64URL, rank::COMMON, "the digest is signed in base64url", |one| {
            URL_SAFE.encode(one.digest).into()
        }),
        way(&codes::DIGEST_UNPADDED, rank::COMMON, "the digest is signed without its padding", |one| {
            STANDARD_NO_PAD.encode(one.digest).into()
        }),
        way(&codes::DIGEST_PREFIXED, rank::COMMON, "the digest is signed with SHA-256= before it", |one| {
            prefixed("SHA-256=", one, "")
        }),
        way(
            &codes::DIGEST_BASE64URL,
            rank::KNOWN,
            "the digest is signed in base64url without padding",
            |one| URL_SAFE_NO_PAD.encode(one.digest).into(),
        ),
        way(&codes::DIGEST_PREFIXED, rank::KNOWN, "the digest is signed with sha-256= before it", |one| {
            prefixed("sha-256=", one, "")
        }),
        way(&codes::DIGEST_PREFIXED, rank::KNOWN, "the digest is signed as sha-256=:…:", |one| {
            prefixed("sha-256=:", one, ":")
        }),
        way(&codes::DIGEST_PREFIXED, rank::RARE, "the digest is signed with sha256= before it", |one| {
            prefixed("sha256=", one, "")
        }),
        way(&codes::DIGEST_PREFIXED, rank::RARE, "the digest is signed with sha256: before it", |one| {
            prefixed("sha256:", one, "")
        }),
        way(&codes::DIGEST_PREFIXED, rank::RARE, "the digest is signed with sha256- before it", |one| {
            prefixed("sha256-", one, "")
        }),
        way(&codes::DIGEST_HEX, rank::KNOWN, "the digest is signed as base64 of its hex", |one| {
            STANDARD.encode(hex(&one.digest)).into()
        }),
        way(&codes::DIGEST_HEX, rank::RARE, "the digest is signed in upper-case hex", |one| {
            hex(&one.digest).to_ascii_uppercase()
        }),
        way(&codes::DIGEST_OTHER_HASH, rank::KNOWN, "the SHA-512 of the body is signed", |one| {
            STANDARD.encode(Sha512::digest(one.body)).into()
        }),
        way(&codes::DIGEST_OTHER_HASH, rank::RARE, "the SHA-512 of the body is signed, in hex", |one| {
            hex(&Sha512::digest(one.body))
        }),
        way(&codes::DIGEST_OTHER_HASH, rank::RARE, "the SHA-384 of the body is signed", |one| {
            STANDARD.encode(Sha384::digest(one.body)).into()
        }),
        way(&codes::DIGEST_MISSING, rank::KNOWN, "nothing is signed in the place of the digest", |_| {
            Vec::new()
        }),
        way(
            &codes::DIGEST_MISSING,
            rank::KNOWN,
            "the body itself is signed in the place of its digest",
            |one| one.body.to_vec(),
        ),
    ];
    encodings.sort_by_key(|encoding| encoding.rank);
    encodings
}

/// A body's digest as it has to be.
pub(super) fn right(body: &[u8]) -> Vec<u8> {
    STANDARD.encode(Sha256::digest(body)).into_bytes()
}

/// A body's digest in every way: the right one first, then in the order of [`encodings`]. `None` where a way comes to
/// the same as an earlier one.
pub(super) fn texts(body: &[u8], encodings: &[Encoding]) -> Vec<Option<Vec<u8>>> {
    let hashed = Hashed { body, digest: Sha256::digest(body).into() };
    let mut texts = vec![Some(STANDARD.encode(hashed.digest).into_bytes())];
    for encoding in encodings {
        let text = Some((encoding.write)(&hashed));
        texts.push(text.filter(|text| !texts.iter().flatten().any(|earlier| earlier == text)));
    }
    texts
}

fn prefixed(before: &str, one: &Hashed<'_>, after: &str) -> Vec<u8> {
    format!("{before}{}{after}", STANDARD.encode(one.digest)).into_bytes()
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).collect()
}
