//! PKCS#8 and SPKI: DER as it is, and in PEM.

use base64::Engine;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::SubjectPublicKeyInfoRef;
use ed25519_dalek::pkcs8::spki::der::Decode;
use ed25519_dalek::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::{FoundKey, HINT_ED25519, KeyError, KeyForm, STANDARD, public_key};
use crate::signing::key::SecretKey;

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Whether the bytes are one whole DER SEQUENCE.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    match *bytes {
        [0x30, length @ ..=0x7f, ref rest @ ..] => rest.len() == usize::from(length),
        [0x30, 0x81, length, ref rest @ ..] => rest.len() == usize::from(length),
        [0x30, 0x82, high, low, ref rest @ ..] => rest.len() == usize::from(high) << 8 | usize::from(low),
        _ => false,
    }
}

pub(super) fn read_der(bytes: &[u8], v1: KeyForm, v2: KeyForm, spki: KeyForm) -> Result<FoundKey, KeyError> {
    if let Ok(info) = PrivateKeyInfoRef::from_der(bytes) {
        check_algorithm(info.algorithm.oid, "private")?;
        let form = if info.public_key.is_some() { v2 } else { v1 };
        let key = SigningKey::try_from(info).map_err(|_| {
            KeyError::wrong(
                "a PKCS#8 document for Ed25519 whose key is malformed, or whose public half is another key's",
                HINT_ED25519,
            )
        })?;
        return Ok(FoundKey::private(form, SecretKey::from_signing_key(key)));
    }
    if let Ok(info) = SubjectPublicKeyInfoRef::from_der(bytes) {
        check_algorithm(info.algorithm.oid, "public")?;
        return Ok(FoundKey::public(spki, public_key(info.subject_public_key.raw_bytes())?));
    }
    Err(KeyError::wrong(
        format!("{} bytes of DER that are neither PKCS#8 nor SPKI", bytes.len()),
        "convert it with `openssl pkey`, or make a key with `versia-cli keygen`",
    ))
}

fn check_algorithm(oid: ObjectIdentifier, which: &str) -> Result<(), KeyError> {
    if oid == ED25519 {
        return Ok(());
    }
    let text = oid.to_string();
    let name = match text.as_str() {
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.113" => "Ed448",
        "1.2.840.113549.1.1.1" => "RSA",
        "1.2.840.10045.2.1" => "elliptic-curve (ECDSA)",
        other => other,
    };
    let article = if name.starts_with(['R', 'X', 'E', 'e']) { "an" } else { "a" };
    Err(KeyError::wrong(format!("that is {article} {name} {which} key, not an Ed25519 one"), HINT_ED25519))
}

pub(super) fn read_pem(text: &str) -> Result<FoundKey, KeyError> {
    // An environment file keeps PEM on one line, with blanks or a written-out `\n` where the lines ended; editors leave
    // blanks at the ends of lines.
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let parts = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----"));
    let Some((label, rest)) = parts else { return Err(malformed()) };
    match label {
        "PRIVATE KEY" | "PUBLIC KEY" => {}
        "OPENSSH PRIVATE KEY" => {
            return Err(KeyError::wrong(
                "that is an OpenSSH private key",
                "OpenSSH keys are not meant for this: make a key with `versia-cli keygen`",
            ));
        }
        "ENCRYPTED PRIVATE KEY" => {
            return Err(KeyError::wrong(
                "that is a private key encrypted with a passphrase",
                "decrypt it first: `openssl pkey -in FILE` prints it in PEM",
            ));
        }
        "CERTIFICATE" => {
            return Err(KeyError::wrong(
                "that is a certificate",
                "`openssl x509 -in FILE -pubkey -noout` prints its public key",
            ));
        }
        // Labels are capitals and blanks; anything else may be the key itself, with the lines run together.
        other if other.len() <= 40 && other.bytes().all(|b| b.is_ascii_uppercase() || b == b' ') => {
            return Err(KeyError::wrong(format!("PEM of type {other}, not an Ed25519 key"), HINT_ED25519));
        }
        _ => return Err(malformed()),
    }
    let (base64, _) = rest.split_once("-----END").ok_or_else(malformed)?;
    let base64: Zeroizing<String> = Zeroizing::new(base64.split_whitespace().collect());
    let der = Zeroizing::new(STANDARD.decode(base64.as_bytes()).map_err(|_| malformed())?);
    read_der(&der, KeyForm::Pkcs8Pem, KeyForm::Pkcs8Pem, KeyForm::SpkiPem)
}

fn malformed() -> KeyError {
    KeyError::wrong(
        "a PEM block that is cut off or whose base64 is damaged",
        "copy it again, from the BEGIN line to the END line",
    )
}
