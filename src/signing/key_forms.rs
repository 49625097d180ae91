//! Reading keys in every form met in the wild, and naming the forms that are not Ed25519 keys.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::SubjectPublicKeyInfoRef;
use ed25519_dalek::pkcs8::spki::der::{Decode, pem};
use ed25519_dalek::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::key::{PublicKey, SecretKey};

/// Decodes either alphabet with or without padding.
const LAX: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LAX);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LAX);

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

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
}

impl FoundKey {
    fn private(form: KeyForm, key: SecretKey) -> Self {
        FoundKey {
            form,
            material: KeyMaterial::Private(key),
            domain: None,
        }
    }

    fn public(form: KeyForm, key: PublicKey) -> Self {
        FoundKey {
            form,
            material: KeyMaterial::Public(key),
            domain: None,
        }
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

    fn wrong(what: impl Into<String>, hint: &'static str) -> Self {
        KeyError::WrongForm {
            what: what.into(),
            hint,
        }
    }
}

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
            format!(
                "{} bytes of binary data, which is no form of an Ed25519 key",
                bytes.len()
            ),
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
        Err(KeyError::wrong(
            "that is an OpenSSH public key",
            "convert it: `ssh-keygen -e -m PKCS8 -f FILE` prints PEM (ssh-ed25519 keys only)",
        ))
    } else if text.starts_with("AGE-SECRET-KEY-") || text.starts_with("age1") {
        Err(KeyError::wrong(
            "that is an age key, which encrypts (X25519) and cannot sign",
            HINT_ED25519,
        ))
    } else {
        read_encoded(text)
    }
}

/// DER or raw bytes; `None` when it looks like text.
fn read_binary(bytes: &[u8]) -> Option<Result<FoundKey, KeyError>> {
    let is_text = bytes
        .iter()
        .all(|b| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e));
    match bytes.len() {
        _ if is_text => None,
        32 => Some(read_raw(KeyForm::RawBinary, bytes)),
        64 => Some(read_seed_and_public(KeyForm::SeedAndPublicBinary, bytes)),
        _ if is_der(bytes) => Some(read_der(
            bytes,
            KeyForm::Pkcs8Der,
            KeyForm::Pkcs8Der,
            KeyForm::SpkiDer,
        )),
        _ => None,
    }
}

/// Whether the bytes are one whole DER SEQUENCE.
fn is_der(bytes: &[u8]) -> bool {
    match *bytes {
        [0x30, length @ ..=0x7f, ref rest @ ..] => rest.len() == usize::from(length),
        [0x30, 0x81, length, ref rest @ ..] => rest.len() == usize::from(length),
        [0x30, 0x82, high, low, ref rest @ ..] => rest.len() == usize::from(high) << 8 | usize::from(low),
        _ => false,
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
    let decoded = STANDARD
        .decode(compact.as_bytes())
        .or_else(|_| URL_SAFE.decode(compact.as_bytes()));
    let Ok(bytes) = decoded.map(Zeroizing::new) else {
        let length = compact.chars().count();
        if compact
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b))
        {
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
        _ if is_der(&bytes) => read_der(
            &bytes,
            KeyForm::Pkcs8Base64,
            KeyForm::Pkcs8WithPublicBase64,
            KeyForm::SpkiBase64,
        ),
        _ if bytes.starts_with(b"-----BEGIN") => read_pem(
            std::str::from_utf8(&bytes)
                .map_err(|_| wrong_length(bytes.len()))?
                .trim(),
        ),
        length => Err(wrong_length(length)),
    }
}

fn wrong_length(length: usize) -> KeyError {
    truncated(&format!(
        "it decodes to {length} bytes, which is no form of an Ed25519 key"
    ))
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
    let nibble = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
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
    let material = KeyMaterial::Raw {
        secret: SecretKey::from_seed(bytes),
        public,
    };
    Ok(FoundKey {
        form,
        material,
        domain: None,
    })
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
    PublicKey::from_bytes(bytes)
        .ok_or(KeyError::NotAPoint)?
        .map_err(|_| KeyError::Weak)
}

fn read_der(bytes: &[u8], v1: KeyForm, v2: KeyForm, spki: KeyForm) -> Result<FoundKey, KeyError> {
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
        return Ok(FoundKey::public(
            spki,
            public_key(info.subject_public_key.raw_bytes())?,
        ));
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
    let article = if name.starts_with(['R', 'X', 'E', 'e']) {
        "an"
    } else {
        "a"
    };
    Err(KeyError::wrong(
        format!("that is {article} {name} {which} key, not an Ed25519 one"),
        HINT_ED25519,
    ))
}

fn read_pem(text: &str) -> Result<FoundKey, KeyError> {
    // An environment file keeps PEM on one line with `\n` written out; editors leave blanks at the ends of lines.
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let mut tidy = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        tidy.push_str(line);
        tidy.push('\n');
        if line.starts_with("-----END") {
            break;
        }
    }
    let malformed = || {
        KeyError::wrong(
            "a PEM block that is cut off or whose base64 is damaged",
            "copy it again, from the BEGIN line to the END line",
        )
    };
    // The first line alone names what it is, also when the rest is damaged.
    let first = tidy.lines().next().unwrap_or_default();
    let label = first
        .trim_start_matches("-----BEGIN")
        .trim_end_matches('-')
        .trim()
        .to_owned();
    match label.as_str() {
        "PRIVATE KEY" | "PUBLIC KEY" => {
            let (_, der) = pem::decode_vec(tidy.as_bytes()).map_err(|_| malformed())?;
            let der = Zeroizing::new(der);
            read_der(&der, KeyForm::Pkcs8Pem, KeyForm::Pkcs8Pem, KeyForm::SpkiPem)
        }
        "OPENSSH PRIVATE KEY" => Err(KeyError::wrong(
            "that is an OpenSSH private key",
            "OpenSSH keys are not meant for this: make a key with `versia-cli keygen`",
        )),
        "ENCRYPTED PRIVATE KEY" => Err(KeyError::wrong(
            "that is a private key encrypted with a passphrase",
            "decrypt it first: `openssl pkey -in FILE` prints it in PEM",
        )),
        "CERTIFICATE" => Err(KeyError::wrong(
            "that is a certificate",
            "`openssl x509 -in FILE -pubkey -noout` prints its public key",
        )),
        other => Err(KeyError::wrong(
            format!("PEM of a {}, not an Ed25519 key", printable(other)),
            HINT_ED25519,
        )),
    }
}

fn printable(label: &str) -> String {
    label
        .chars()
        .take(40)
        .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' })
        .collect()
}

fn read_json(text: &str) -> Result<FoundKey, KeyError> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        KeyError::wrong(
            format!(
                "it begins like JSON, but is not: line {}, column {}",
                error.line(),
                error.column()
            ),
            HINT_FORMS,
        )
    })?;
    if value.get("kty").is_some() {
        return read_jwk(&value);
    }
    if let Some([only]) = value.get("keys").and_then(Value::as_array).map(Vec::as_slice) {
        return read_jwk(only);
    }
    if value.get("public_key").is_some() {
        return read_metadata(&value);
    }
    Err(KeyError::wrong(
        "a JSON document that is neither a JWK nor an InstanceMetadata",
        "a JWK has `kty`; InstanceMetadata has `public_key`",
    ))
}

fn read_jwk(jwk: &Value) -> Result<FoundKey, KeyError> {
    let field = |name: &str| jwk.get(name).and_then(Value::as_str);
    let (kty, crv) = (field("kty").unwrap_or("?"), field("crv").unwrap_or("no curve"));
    if (kty, crv) != ("OKP", "Ed25519") {
        return Err(KeyError::wrong(
            format!(
                "a JWK of type {} ({}), not an Ed25519 one (OKP)",
                printable(kty),
                printable(crv)
            ),
            HINT_ED25519,
        ));
    }
    let part = |name: &str| {
        let decoded = URL_SAFE
            .decode(field(name)?)
            .or_else(|_| STANDARD.decode(field(name).unwrap_or_default()));
        Some(Zeroizing::new(decoded.unwrap_or_default()))
    };
    let public = part("x").map(|x| public_key(&x)).transpose()?;
    let Some(d) = part("d") else {
        let key =
            public.ok_or_else(|| KeyError::wrong("a JWK without its key: no `x` and no `d`", HINT_FORMS))?;
        return Ok(FoundKey::public(KeyForm::JwkPublic, key));
    };
    let seed: &[u8; 32] = d.as_slice().try_into().map_err(|_| {
        KeyError::wrong(
            "a JWK whose `d` does not hold 32 bytes of base64url",
            "was it cut off when it was copied?",
        )
    })?;
    let key = SecretKey::from_seed(seed);
    if public.is_some_and(|public| public != key.public()) {
        return Err(KeyError::wrong(
            "a JWK whose `x` is not the public key of its `d`",
            HINT_ED25519,
        ));
    }
    Ok(FoundKey::private(KeyForm::JwkPrivate, key))
}

fn read_metadata(document: &Value) -> Result<FoundKey, KeyError> {
    let key = document.get("public_key").unwrap_or(&Value::Null);
    let text = match (key, key.get("key").and_then(Value::as_str)) {
        (_, Some(text)) => text,
        _ => {
            return Err(KeyError::wrong(
                "an InstanceMetadata document whose `public_key` has no `key`",
                "`public_key` is {\"algorithm\": \"ed25519\", \"key\": \"<SPKI in base64>\"}",
            ));
        }
    };
    if let Some(algorithm) = key.get("algorithm").and_then(Value::as_str)
        && !algorithm.eq_ignore_ascii_case("ed25519")
    {
        return Err(KeyError::wrong(
            format!(
                "an InstanceMetadata document with a key for {}, not ed25519",
                printable(algorithm)
            ),
            HINT_ED25519,
        ));
    }
    let found = read_key(text.as_bytes())?;
    let key = match found.material {
        KeyMaterial::Private(_) => {
            return Err(KeyError::wrong(
                "an InstanceMetadata document that publishes a private key",
                "that key is known to everybody now: make a new one, and publish its public half",
            ));
        }
        _ => found.public_key().ok_or(KeyError::NotAPoint)?,
    };
    let domain = document.get("domain").and_then(Value::as_str).map(str::to_owned);
    Ok(FoundKey {
        form: KeyForm::InstanceMetadata,
        material: KeyMaterial::Public(key),
        domain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the worked example in the documents.
    const SPEC_KEY: &str = "MC4CAQAwBQYDK2VwBCIEILrNXhbWxC/MhKQDsJOAAF1FH/R+Am5G/eZKnqNum5ro";

    fn secret() -> SecretKey {
        read_key(SPEC_KEY.as_bytes()).unwrap().into_secret().unwrap()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn every_private_form_gives_the_same_key() {
        let key = secret();
        let seed = key.seed();
        let pair: Vec<u8> = seed.iter().chain(key.public().as_bytes()).copied().collect();
        let mut with_public = vec![
            0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70,
        ];
        with_public.extend([0x04, 0x22, 0x04, 0x20]);
        with_public.extend(seed.iter());
        with_public.extend([0x81, 0x21, 0x00]);
        with_public.extend(key.public().as_bytes());
        let pem = key.to_pem();
        for (form, text) in [
            (KeyForm::Pkcs8Base64, key.to_pkcs8_base64().as_bytes().to_vec()),
            (KeyForm::Pkcs8Base64, format!("\"{SPEC_KEY}\"\n").into_bytes()),
            (
                KeyForm::Pkcs8WithPublicBase64,
                STANDARD.encode(&with_public).into_bytes(),
            ),
            (KeyForm::Pkcs8Der, with_public.clone()),
            (KeyForm::Pkcs8Der, STANDARD.decode(SPEC_KEY).unwrap()),
            (KeyForm::Pkcs8Pem, pem.as_bytes().to_vec()),
            (KeyForm::Pkcs8Pem, pem.replace('\n', "  \r\n").into_bytes()),
            (KeyForm::Pkcs8Pem, pem.replace('\n', "\\n").into_bytes()),
            (KeyForm::RawBase64, STANDARD.encode(*seed).into_bytes()),
            (
                KeyForm::RawBase64,
                URL_SAFE.encode(*seed).trim_end_matches('=').as_bytes().to_vec(),
            ),
            (KeyForm::RawHex, hex(&*seed).into_bytes()),
            (KeyForm::RawHex, hex(&*seed).to_uppercase().into_bytes()),
            (KeyForm::RawBinary, seed.to_vec()),
            (KeyForm::SeedAndPublicBase64, STANDARD.encode(&pair).into_bytes()),
            (KeyForm::SeedAndPublicHex, hex(&pair).into_bytes()),
            (KeyForm::SeedAndPublicBinary, pair.clone()),
            (KeyForm::JwkPrivate, key.to_jwk().as_bytes().to_vec()),
        ] {
            let found = read_key(&text).unwrap_or_else(|error| panic!("{form:?}: {error}"));
            assert_eq!(found.form, form);
            assert_eq!(
                found.into_secret().map(|key| key.public()),
                Some(key.public()),
                "{form:?}"
            );
        }
    }

    #[test]
    fn every_public_form_gives_the_same_key() {
        let key = secret().public();
        let spki = key.to_spki_base64();
        let metadata = format!(
            r#"{{"type":"InstanceMetadata","domain":"bob.com","public_key":{{"algorithm":"ed25519","key":"{spki}"}}}}"#
        );
        for (form, text) in [
            (KeyForm::SpkiBase64, spki.clone().into_bytes()),
            (KeyForm::SpkiDer, STANDARD.decode(&spki).unwrap()),
            (KeyForm::SpkiPem, key.to_pem().into_bytes()),
            (KeyForm::RawHex, hex(key.as_bytes()).into_bytes()),
            (KeyForm::JwkPublic, key.to_jwk().into_bytes()),
            (KeyForm::InstanceMetadata, metadata.into_bytes()),
        ] {
            let found = read_key(&text).unwrap_or_else(|error| panic!("{form:?}: {error}"));
            assert_eq!((found.form, found.public_key()), (form, Some(key)));
        }
    }

    #[test]
    fn wrong_forms_are_named() {
        let key = secret();
        let rsa = "MCwwDQYJKoZIhvcNAQEBBQADGwAwGAIRAMk1m0Yp2z3qD2XnJcV1n3cCAwEAAQ==";
        let x25519 = "MCowBQYDK2VuAyEATjtEvsyFuntxcgJ0EtAriR6Kbc5KhtuBzebOpMhxk9I=";
        let mut pair: Vec<u8> = key
            .seed()
            .iter()
            .chain(key.public().as_bytes())
            .copied()
            .collect();
        pair[63] ^= 1;
        let pair = STANDARD.encode(&pair);
        let jwk = key.to_jwk();
        let leaked = format!(r#"{{"public_key":{{"key":"{SPEC_KEY}"}}}}"#);
        for (text, says) in [
            ("", "empty"),
            (" \n", "empty"),
            ("not a key at all!", "neither base64 nor hex"),
            (&SPEC_KEY[..60], "decodes to 45 bytes"),
            (rsa, "RSA public key"),
            (x25519, "X25519 public key"),
            (&pair, "second half is not the public key"),
            (
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@host",
                "OpenSSH public key",
            ),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
                "OpenSSH private key",
            ),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
                "passphrase",
            ),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
                "a certificate",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
                "RSA PRIVATE KEY",
            ),
            ("-----BEGIN PRIVATE KEY-----\nMC4CAQ", "cut off"),
            ("{\"kty\":\"RSA\"}", "JWK of type RSA"),
            (&jwk.replace("\"x\":\"", "\"x\":\"AAAA"), "35 bytes"),
            ("{\"a\":1}", "neither a JWK nor"),
            ("{\"a\":", "begins like JSON"),
            (&leaked, "publishes a private key"),
            ("https://b.example", "an address"),
            ("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "weak"),
            (
                "MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "weak",
            ),
        ] {
            let error = read_key(text.as_bytes()).expect_err(text);
            assert!(error.to_string().contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn no_error_quotes_the_key() {
        for end in 1..SPEC_KEY.len() {
            let text = &SPEC_KEY[..end];
            if let Err(error) = read_key(text.as_bytes()) {
                let said = format!("{error} {error:?}");
                assert!(end < 12 || !said.contains(text), "{said}");
            }
        }
    }

    #[test]
    fn a_private_key_does_not_show_itself() {
        let key = secret();
        let shown = format!("{:?} {:?}", key, read_key(SPEC_KEY.as_bytes()).unwrap());
        assert!(
            !shown.contains(&hex(&*key.seed())[..8]) && !shown.contains("186, 205"),
            "{shown}"
        );
        assert!(shown.contains(&key.public().fingerprint()));
    }
}
