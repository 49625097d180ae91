//! `key`: say what a key is, and convert it.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::{read_any, warn_if_others_can_read};
use crate::cli::network::NetworkArgs;
use crate::cli::render::timings::stages;
use crate::client::{Dialer, Http, fetch_metadata};
use crate::finding::{Finding, codes};
use crate::identity::write_private;
use crate::signing::{FoundKey, KeyForm, KeyMaterial, PublicKey, SecretKey};

/// Say what a key is: private or public, in which form, with its public half and a fingerprint.
///
/// Reads base64 of PKCS#8 or SPKI, PEM, DER, JWK, 32 raw bytes (base64, hex, binary), 64 bytes of seed and public key,
/// and InstanceMetadata documents; of an address, it asks for the metadata. The fingerprint is the first 8 bytes of the SHA-256 of the SPKI DER, in hex.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli key instance.pem
  versia-cli key instance.pem --to pkcs8-base64 --out instance.key
  versia-cli key metadata.json --to pem
  versia-cli key https://b.example")]
pub struct KeyArgs {
    /// The file with the key, `-`, a public key itself, or the address of an instance
    #[arg(value_name = "FILE|-|URL")]
    input: String,
    /// Print the key in this form instead
    #[arg(long, value_name = "FORM", value_enum)]
    to: Option<KeyFormat>,
    /// Convert the public half, also of a private key
    #[arg(long, requires = "to")]
    public: bool,
    /// Write what was converted to this file (mode 0600), or to standard output with `-`
    #[arg(long, value_name = "FILE", requires = "to")]
    out: Option<String>,
    /// Replace the file if it is there already
    #[arg(long, requires = "out")]
    force: bool,
    #[command(flatten)]
    network: NetworkArgs,
}

/// The forms that a key can be converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeyFormat {
    /// Base64 of PKCS#8: how Versia writes a private key.
    Pkcs8Base64,
    /// Base64 of SPKI: how Versia writes a public key.
    SpkiBase64,
    /// PEM.
    Pem,
    /// A JSON Web Key.
    Jwk,
    /// The 32 bytes in base64.
    RawBase64,
    /// The 32 bytes in hex.
    RawHex,
}

#[derive(Serialize)]
struct Told<'a> {
    kind: &'static str,
    form: KeyForm,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    /// For 32 raw bytes: the public key if they are a private seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key_if_private: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
}

impl KeyArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let found = if self.input.contains("://") && !Path::new(&self.input).exists() {
            let http = Http::new(Dialer::new(self.network.options(context)?));
            let fetched = fetch_metadata(&http, &self.input)?;
            if self.network.timings {
                context.ui.tell(&stages(&fetched.timings, fetched.dialled));
            }
            fetched.key
        } else {
            read_any(context, &self.input, "the key")?
        };
        if !matches!(found.material, KeyMaterial::Public(_)) {
            warn_if_others_can_read(context, Path::new(&self.input));
        }
        if let Some(inner) = found.unusual_inner {
            let message = format!("the metadata's key is {}", inner.describe());
            context.ui.finding(&Finding::new(&codes::KEY_FORM_UNUSUAL, message));
        }
        match self.to {
            Some(format) => self.convert(context, &found, format)?,
            None => tell(context, &found)?,
        }
        Ok(Exit::Yes)
    }

    fn convert(&self, context: &mut Context, found: &FoundKey, format: KeyFormat) -> Result<(), CliError> {
        let text = match &found.material {
            KeyMaterial::Private(key) if !self.public && format != KeyFormat::SpkiBase64 => {
                private_in(key, format)
            }
            KeyMaterial::Raw { secret, .. } if format == KeyFormat::Pkcs8Base64 => private_in(secret, format),
            KeyMaterial::Raw { .. } if !self.public && format != KeyFormat::SpkiBase64 => {
                return Err(CliError::usage(
                    "32 raw bytes do not say whether they are a private or a public key",
                )
                .hint("--to pkcs8-base64 takes them for a private seed, --public for a public key"));
            }
            _ => {
                let key = found.public_key().ok_or_else(|| {
                    CliError::usage("these 32 bytes are not a public key: no point on the curve")
                        .hint("as a private seed: --to pkcs8-base64")
                })?;
                public_in(&key, format)?
            }
        };
        let Some(file) = self.out.as_deref().filter(|file| *file != "-") else {
            return context.ui.write(text.as_bytes());
        };
        let path = Path::new(file);
        write_private(path, text.as_bytes(), self.force).map_err(|error| CliError::write(path, &error))?;
        context.ui.note(&format!("written to {file}"));
        Ok(())
    }
}

fn tell(context: &mut Context, found: &FoundKey) -> Result<(), CliError> {
    let public = found.public_key();
    let told = Told {
        kind: match found.material {
            KeyMaterial::Private(_) => "private",
            KeyMaterial::Public(_) => "public",
            KeyMaterial::Raw { .. } => "raw",
        },
        form: found.form,
        public_key: public.as_ref().map(PublicKey::to_spki_base64),
        fingerprint: public.as_ref().map(PublicKey::fingerprint),
        public_key_if_private: match &found.material {
            KeyMaterial::Raw { secret, .. } => Some(secret.public().to_spki_base64()),
            _ => None,
        },
        domain: found.domain.as_deref(),
    };
    if context.ui.json {
        return context.ui.json(&told);
    }
    let mut rows = vec![("form", found.form.describe().to_owned())];
    if let KeyMaterial::Raw { secret, .. } = &found.material {
        rows.insert(0, ("key", "32 bytes that do not say whether they are private or public".to_owned()));
        let as_public =
            public.map_or("impossible: no point on the curve".to_owned(), |key| key.to_spki_base64());
        rows.push(("as public", as_public));
        rows.push(("as private", format!("its public key is {}", secret.public().to_spki_base64())));
    } else {
        rows.insert(0, ("key", told.kind.to_owned()));
        rows.extend(told.public_key.map(|key| ("public key", key)));
        rows.extend(told.fingerprint.map(|fingerprint| ("fingerprint", fingerprint)));
        rows.extend(found.domain.as_ref().map(|domain| ("domain", domain.clone())));
    }
    for (label, text) in rows {
        let label = context.ui.paint.dim(&format!("{label:<12}"));
        context.ui.line(&format!("{label}{}", crate::cli::escape(&text)))?;
    }
    Ok(())
}

fn private_in(key: &SecretKey, format: KeyFormat) -> Zeroizing<String> {
    let text = match format {
        KeyFormat::Pem => return key.to_pem(),
        KeyFormat::Jwk => key.to_jwk(),
        KeyFormat::RawBase64 => Zeroizing::new(STANDARD.encode(*key.seed())),
        KeyFormat::RawHex => Zeroizing::new(hex(&*key.seed())),
        KeyFormat::Pkcs8Base64 | KeyFormat::SpkiBase64 => key.to_pkcs8_base64(),
    };
    Zeroizing::new(format!("{}\n", *text))
}

fn public_in(key: &PublicKey, format: KeyFormat) -> Result<Zeroizing<String>, CliError> {
    let text = match format {
        KeyFormat::Pem => return Ok(Zeroizing::new(key.to_pem())),
        KeyFormat::Jwk => key.to_jwk(),
        KeyFormat::RawBase64 => STANDARD.encode(key.as_bytes()),
        KeyFormat::RawHex => hex(key.as_bytes()),
        KeyFormat::SpkiBase64 => key.to_spki_base64(),
        KeyFormat::Pkcs8Base64 => {
            return Err(CliError::usage(
                "a public key cannot be written as PKCS#8, which holds private keys",
            )
            .hint("--to spki-base64 is the form that Versia publishes"));
        }
    };
    Ok(Zeroizing::new(format!("{text}\n")))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
