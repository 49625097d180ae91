//! Ed25519 keys: a private one that never shows itself, and a public one that is never weak.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::spki::der::pem;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// DER of a PKCS#8 private key without its last 32 bytes, the seed (RFC 8410, version 1, no public key).
pub(super) const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// DER of an SPKI public key without its last 32 bytes, the point (RFC 8410).
pub(super) const SPKI_PREFIX: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private key. Its `Debug` shows the fingerprint only; its bytes are wiped when it is dropped.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key of a 32-byte seed. Making one at random is the caller's: `seed` has to come from the system.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        SecretKey(SigningKey::from_bytes(seed))
    }

    pub(super) fn from_signing_key(key: SigningKey) -> Self {
        SecretKey(key)
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The 64 bytes of the signature over `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// Base64 of the DER of PKCS#8 (48 bytes): how Versia writes a private key.
    pub fn to_pkcs8_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.pkcs8()))
    }

    /// PKCS#8 in PEM.
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(to_pem("PRIVATE KEY", &*self.pkcs8()))
    }

    /// A JSON Web Key (RFC 8037) with its private part, on one line.
    pub fn to_jwk(&self) -> Zeroizing<String> {
        let (x, d) =
            (URL_SAFE_NO_PAD.encode(self.public().as_bytes()), URL_SAFE_NO_PAD.encode(self.0.as_bytes()));
        Zeroizing::new(format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","d":"{d}"}}"#))
    }

    /// The 32 bytes of the seed.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    fn pkcs8(&self) -> Zeroizing<[u8; 48]> {
        let mut der = Zeroizing::new([0; 48]);
        der[..16].copy_from_slice(&PKCS8_PREFIX);
        der[16..].copy_from_slice(self.0.as_bytes());
        der
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public().fingerprint())
    }
}

/// The public key is a point of small order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeakKey;

/// A public key that is a point on the curve and not of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of 32 bytes: `None` when they are no point on the curve.
    ///
    /// # Errors
    /// When the point is of small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Result<Self, WeakKey>> {
        let key = VerifyingKey::from_bytes(bytes).ok()?;
        Some(if key.is_weak() { Err(WeakKey) } else { Ok(PublicKey(key)) })
    }

    /// The 32 bytes of the point.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Strict verification: the scalar reduced, neither key nor R of small order, the equation without cofactor.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    /// Base64 of the DER of SPKI (44 bytes): how Versia writes a public key.
    pub fn to_spki_base64(&self) -> String {
        STANDARD.encode(self.spki())
    }

    /// SPKI in PEM.
    pub fn to_pem(&self) -> String {
        to_pem("PUBLIC KEY", &self.spki())
    }

    /// A JSON Web Key (RFC 8037), on one line.
    pub fn to_jwk(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.as_bytes());
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)
    }

    /// A short name for the key: the first 8 bytes of the SHA-256 of its SPKI DER, in hex. Good for telling keys
    /// apart, not for trusting them.
    pub fn fingerprint(&self) -> String {
        let mut start = [0; 8];
        start.copy_from_slice(&Sha256::digest(self.spki())[..8]);
        format!("{:016x}", u64::from_be_bytes(start))
    }

    fn spki(&self) -> [u8; 44] {
        let mut der = [0; 44];
        der[..12].copy_from_slice(&SPKI_PREFIX);
        der[12..].copy_from_slice(self.as_bytes());
        der
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.to_spki_base64())
    }
}

fn to_pem(label: &str, der: &[u8]) -> String {
    // Encoding fails for malformed labels and for documents that overflow a length only.
    pem::encode_string(label, pem::LineEnding::LF, der).unwrap_or_default()
}
