//! A key as it was found: its form, what it is, and why a text is none.

use serde::Serialize;

use crate::signing::key::{PublicKey, SecretKey};

/// The form that a key was given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyForm {
    /// PKCS#8, version 1 (48 bytes), in base64.
    Pkcs8Base64,
    /// PKCS#8 with the public key appended (83 bytes), in base64.
    Pkcs8WithPublicBase64,
    /// PKCS#8 as binary DER.
    Pkcs8Der,
    /// PKCS#8 in PEM.
    Pkcs8Pem,
    /// SPKI in base64.
    SpkiBase64,
    /// SPKI as binary DER.
    SpkiDer,
    /// SPKI in PEM.
    SpkiPem,
    /// 32 bytes in base64.
    RawBase64,
    /// 32 bytes in hex.
    RawHex,
    /// 32 bytes as they are.
    RawBinary,
    /// The 32-byte seed and the 32-byte public key, in base64.
    SeedAndPublicBase64,
    /// The same in hex.
    SeedAndPublicHex,
    /// The same as they are.
    SeedAndPublicBinary,
    /// A JSON Web Key with its private part.
    JwkPrivate,
    /// A JSON Web Key.
    JwkPublic,
    /// An InstanceMetadata document.
    InstanceMetadata,
    /// An OpenSSH public key (`ssh-ed25519 AAAA…`).
    OpenSshPublic,
}

impl KeyForm {
    /// The form in words, and whether Versia itself writes keys so.
    pub fn describe(self) -> &'static str {
        match self {
            KeyForm::Pkcs8Base64 => "PKCS#8 in base64 (48 bytes), as Versia writes private keys",
            KeyForm::Pkcs8WithPublicBase64 => "PKCS#8 in base64 with the public key appended (83 bytes)",
            KeyForm::Pkcs8Der => "PKCS#8 as binary DER",
            KeyForm::Pkcs8Pem => "PKCS#8 in PEM",
            KeyForm::SpkiBase64 => "SPKI in base64 (44 bytes), as Versia writes public keys",
            KeyForm::SpkiDer => "SPKI as binary DER",
            KeyForm::SpkiPem => "SPKI in PEM",
            KeyForm::RawBase64 => "32 raw bytes in base64",
            KeyForm::RawHex => "32 raw bytes in hex",
            KeyForm::RawBinary => "32 raw bytes",
            KeyForm::SeedAndPublicBase64 => "64 bytes in base64: the seed, then the public key",
            KeyForm::SeedAndPublicHex => "64 bytes in hex: the seed, then the public key",
            KeyForm::SeedAndPublicBinary => "64 raw bytes: the seed, then the public key",
            KeyForm::JwkPrivate => "a JSON Web Key with its private part",
            KeyForm::JwkPublic => "a public JSON Web Key",
            KeyForm::InstanceMetadata => "an InstanceMetadata document",
            KeyForm::OpenSshPublic => "an OpenSSH public key",
        }
    }
}

/// What was in the key text.
#[derive(Debug, Clone)]
pub enum KeyMaterial {
    /// A private key.
    Private(SecretKey),
    /// A public key.
    Public(PublicKey),
    /// 32 bytes that do not say what they are: any 32 bytes are a seed, and about half of them a point as well.
    Raw {
        /// The bytes read as a private seed.
        secret: SecretKey,
        /// The bytes read as a public key, where they are one.
        public: Option<PublicKey>,
    },
}

/// A key, and how it was written.
#[derive(Debug, Clone)]
pub struct FoundKey {
    /// The form it was given in.
    pub form: KeyForm,
    /// The key.
    pub material: KeyMaterial,
    /// The domain that an InstanceMetadata document names.
    pub domain: Option<String>,
    /// The form of the key within an InstanceMetadata document, where that is not the documents' one.
    pub unusual_inner: Option<KeyForm>,
}

impl FoundKey {
    pub(super) fn private(form: KeyForm, key: SecretKey) -> Self {
        FoundKey { form, material: KeyMaterial::Private(key), domain: None, unusual_inner: None }
    }

    pub(super) fn public(form: KeyForm, key: PublicKey) -> Self {
        FoundKey { form, material: KeyMaterial::Public(key), domain: None, unusual_inner: None }
    }

    /// The private key, where there is one; 32 raw bytes are taken for a seed.
    pub fn into_secret(self) -> Option<SecretKey> {
        match self.material {
            KeyMaterial::Private(key) | KeyMaterial::Raw { secret: key, .. } => Some(key),
            KeyMaterial::Public(_) => None,
        }
    }

    /// The public key, derived from a private one where that was given; 32 raw bytes are taken for a public key.
    pub fn public_key(&self) -> Option<PublicKey> {
        match &self.material {
            KeyMaterial::Private(key) => Some(key.public()),
            KeyMaterial::Public(key) => Some(*key),
            KeyMaterial::Raw { public, .. } => *public,
        }
    }
}

/// Why a text is not an Ed25519 key. The sentences never quote the text: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// There is nothing.
    Empty,
    /// It is the address of an instance: its metadata has to be fetched.
    Url(String),
    /// A known thing that is not an Ed25519 key in a form that can be read.
    WrongForm {
        /// What it is.
        what: String,
        /// How to get a key out of it.
        hint: &'static str,
    },
    /// The public key is a point of small order.
    Weak,
    /// 32 bytes that are no point on the curve.
    NotAPoint,
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeyError::Empty => f.write_str("the key is empty"),
            KeyError::Url(_) => f.write_str("that is an address, not a key"),
            KeyError::WrongForm { what, .. } => f.write_str(what),
            KeyError::Weak => f.write_str("the public key is weak: a point of small order (VS302)"),
            KeyError::NotAPoint => f.write_str("the 32 bytes are not a public key: no point on the curve"),
        }
    }
}

impl std::error::Error for KeyError {}

impl KeyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            KeyError::Empty => Some("`versia-cli keygen --out FILE` makes a key"),
            KeyError::Url(_) => None,
            KeyError::WrongForm { hint, .. } => Some(hint),
            KeyError::Weak => Some("make a new key with `versia-cli keygen`; nobody should trust this one"),
            KeyError::NotAPoint => {
                Some("a private seed is used with --key; a public key may have been cut or changed")
            }
        }
    }

    pub(super) fn wrong(what: impl Into<String>, hint: &'static str) -> Self {
        KeyError::WrongForm { what: what.into(), hint }
    }
}
