//! Reading keys in every form met in the wild, and naming the forms that are not Ed25519 keys.

mod der;
mod found;
mod json;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::key::{PublicKey, SecretKey};
use der::{is_der, read_der, read_pem};
pub use found::{FoundKey, KeyError, KeyForm, KeyMaterial};
use json::read_json;

/// Decodes either alphabet with or without padding.
const LAX: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LAX);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LAX);

const HINT_FORMS: &str = "a key is base64 of PKCS#8 or SPKI, PEM, a JWK, 32 raw bytes in base64 or hex, \
                          or an InstanceMetadata document";
const HINT_ED25519: &str = "Versia signs with Ed25519 only: make a key with `versia-cli keygen`";

/// Reads a key in any form: base64 of PKCS#8 (48 and 83 bytes) or SPKI, PEM, DER, 32 raw bytes as base64, hex or
/// binary, 64 bytes of seed and public key, a JWK, an InstanceMetadata document.
///
/// # Errors
/// Names the form it was given when that is not an Ed25519 key.
pub fn read_key(bytes: &[u8]) -> Result<FoundKey, KeyError> {
    if let Some(found) = read_binary(bytes) {
        return found;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(KeyError::wrong(
            format!("{} bytes of binary data, which is no form of an Ed25519 key", bytes.len()),
            HINT_FORMS,
        ));
    };
    let text = text.trim().trim_matches(['"', '\'']).trim();
    if text.is_empty() {
        Err(KeyError::Empty)
    } else if text.starts_with("-----BEGIN") {
        read_pem(text)
    } else if text.starts_with(['{', '[']) {
        read_json(text)
    } else if text.contains("://") && !text.contains(char::is_whitespace) {
        Err(KeyError::Url(text.to_owned()))
    } else if text.starts_with("ssh-") || text.starts_with("ecdsa-") {
        read_openssh(text)
    } else if text.starts_with("AGE-SECRET-KEY-") || text.starts_with("age1") {
        Err(KeyError::wrong("that is an age key, which encrypts (X25519) and cannot sign", HINT_ED25519))
    } else {
        read_encoded(text)
    }
}

/// DER or raw bytes; `None` when it looks like text.
fn read_binary(bytes: &[u8]) -> Option<Result<FoundKey, KeyError>> {
    let is_text = bytes.iter().all(|b| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e));
    match bytes.len() {
        _ if is_text => None,
        32 => Some(read_raw(KeyForm::RawBinary, bytes)),
        64 => Some(read_seed_and_public(KeyForm::SeedAndPublicBinary, bytes)),
        _ if is_der(bytes) => Some(read_der(bytes, KeyForm::Pkcs8Der, KeyForm::Pkcs8Der, KeyForm::SpkiDer)),
        _ => None,
    }
}

fn read_encoded(text: &str) -> Result<FoundKey, KeyError> {
    let compact: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect());
    if let Some(bytes) = from_hex(&compact) {
        match bytes.len() {
            32 => return read_raw(KeyForm::RawHex, &bytes),
            64 => return read_seed_and_public(KeyForm::SeedAndPublicHex, &bytes),
            _ => {}
        }
    }
    let decoded = STANDARD.decode(compact.as_bytes()).or_else(|_| URL_SAFE.decode(compact.as_bytes()));
    let Ok(bytes) = decoded.map(Zeroizing::new) else {
        let length = compact.chars().count();
        if compact.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b)) {
            return Err(truncated(&format!(
                "{length} characters of base64 that end in the middle of a byte"
            )));
        }
        return Err(KeyError::wrong(
            format!("{length} characters that are neither base64 nor hex nor PEM nor JSON"),
            HINT_FORMS,
        ));
    };
    match bytes.len() {
        32 => read_raw(KeyForm::RawBase64, &bytes),
        64 => read_seed_and_public(KeyForm::SeedAndPublicBase64, &bytes),
        _ if is_der(&bytes) => {
            read_der(&bytes, KeyForm::Pkcs8Base64, KeyForm::Pkcs8WithPublicBase64, KeyForm::SpkiBase64)
        }
        _ if bytes.starts_with(b"-----BEGIN") => {
            read_pem(std::str::from_utf8(&bytes).map_err(|_| wrong_length(bytes.len()))?.trim())
        }
        length => Err(wrong_length(length)),
    }
}

fn wrong_length(length: usize) -> KeyError {
    truncated(&format!("it decodes to {length} bytes, which is no form of an Ed25519 key"))
}

fn truncated(what: &str) -> KeyError {
    KeyError::wrong(
        what,
        "a private key has 48 bytes (64 characters of base64, MC4CAQ…), a public one 44 (60 characters, MCowBQ…): \
         was it cut off when it was copied?",
    )
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(digits.len() / 2));
    for pair in digits.chunks_exact(2) {
        bytes.push(nibble(pair[0])? << 4 | nibble(pair[1])?);
    }
    Some(bytes)
}

fn read_raw(form: KeyForm, bytes: &[u8]) -> Result<FoundKey, KeyError> {
    let bytes: &[u8; 32] = bytes.try_into().map_err(|_| wrong_length(bytes.len()))?;
    let public = match PublicKey::from_bytes(bytes) {
        Some(Err(_)) => return Err(KeyError::Weak),
        Some(Ok(key)) => Some(key),
        None => None,
    };
    let material = KeyMaterial::Raw { secret: SecretKey::from_seed(bytes), public };
    Ok(FoundKey { form, material, domain: None, unusual_inner: None })
}

fn read_seed_and_public(form: KeyForm, bytes: &[u8]) -> Result<FoundKey, KeyError> {
    let bytes: &[u8; 64] = bytes.try_into().map_err(|_| wrong_length(bytes.len()))?;
    let key = SigningKey::from_keypair_bytes(bytes).map_err(|_| {
        KeyError::wrong(
            "64 bytes whose second half is not the public key of the first",
            "a 64-byte key is the seed and then its public key; an expanded key or a signature has 64 bytes too, \
             and neither can be used here",
        )
    })?;
    Ok(FoundKey::private(form, SecretKey::from_signing_key(key)))
}

fn public_key(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    let bytes: &[u8; 32] = bytes.try_into().map_err(|_| {
        KeyError::wrong(
            format!("a public key of {} bytes, where Ed25519 has 32", bytes.len()),
            "was it cut off when it was copied?",
        )
    })?;
    PublicKey::from_bytes(bytes).ok_or(KeyError::NotAPoint)?.map_err(|_| KeyError::Weak)
}

/// One line of OpenSSH: the type, base64 of a blob that ends with the key's 32 bytes, a comment.
fn read_openssh(text: &str) -> Result<FoundKey, KeyError> {
    const PREFIX: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";
    let blob = text.split_whitespace().nth(1).and_then(|blob| STANDARD.decode(blob).ok()).unwrap_or_default();
    match blob.strip_prefix(PREFIX) {
        Some(key) => Ok(FoundKey::public(KeyForm::OpenSshPublic, public_key(key)?)),
        None if text.starts_with("ssh-ed25519") => {
            Err(KeyError::wrong("an OpenSSH public key that is cut off", HINT_FORMS))
        }
        None => {
            Err(KeyError::wrong("that is an OpenSSH public key of another kind than Ed25519", HINT_ED25519))
        }
    }
}

fn printable(label: &str) -> String {
    label.chars().take(40).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}
