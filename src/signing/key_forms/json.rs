//! JSON Web Keys and InstanceMetadata documents.

use base64::Engine;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{
    FoundKey, HINT_ED25519, HINT_FORMS, KeyError, KeyForm, KeyMaterial, STANDARD, URL_SAFE, printable,
    public_key, read_key,
};
use crate::signing::key::SecretKey;

pub(super) fn read_json(text: &str) -> Result<FoundKey, KeyError> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        KeyError::wrong(
            format!("it begins like JSON, but is not: line {}, column {}", error.line(), error.column()),
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
            format!("a JWK of type {} ({}), not an Ed25519 one (OKP)", printable(kty), printable(crv)),
            HINT_ED25519,
        ));
    }
    let part = |name: &str| {
        let decoded =
            URL_SAFE.decode(field(name)?).or_else(|_| STANDARD.decode(field(name).unwrap_or_default()));
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
        return Err(KeyError::wrong("a JWK whose `x` is not the public key of its `d`", HINT_ED25519));
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
            format!("an InstanceMetadata document with a key for {}, not ed25519", printable(algorithm)),
            HINT_ED25519,
        ));
    }
    let found = read_key(text.as_bytes())?;
    let form = found.form;
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
    let unusual_inner = (form != KeyForm::SpkiBase64).then_some(form);
    Ok(FoundKey {
        form: KeyForm::InstanceMetadata,
        material: KeyMaterial::Public(key),
        domain,
        unusual_inner,
    })
}
