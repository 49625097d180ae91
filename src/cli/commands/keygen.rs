//! `keygen`: make a key.

use std::path::Path;

use clap::{Args, ValueEnum};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cli::error::{CliError, Exit};
use crate::cli::{Context, new_secret_key};
use crate::identity::{Identity, StoreError, write_private};
use crate::signing::{SecretKey, check_domain};

/// Make an Ed25519 key.
///
/// Prints the public key as the instance's metadata wants it (`public_key.key`: SPKI in base64). The private key goes
/// to a file that only you can read (--out), into the store of identities (--save), or both.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli keygen --save alice --domain a.example
  versia-cli keygen --out instance.key --format pem")]
#[command(group = clap::ArgGroup::new("destination").required(true).multiple(true).args(["out", "save"]))]
pub struct KeygenArgs {
    /// Write the private key to this file (mode 0600), or to standard output with `-`
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
    /// How the file is written
    #[arg(long, value_enum, default_value_t, requires = "out")]
    format: PrivateFormat,
    /// Store the key under this name as an identity
    #[arg(long, value_name = "NAME", requires = "domain")]
    save: Option<String>,
    /// The domain that the identity signs for
    #[arg(long, value_name = "DOMAIN", requires = "save")]
    domain: Option<String>,
    /// Replace a file or an identity that is there already
    #[arg(long)]
    force: bool,
}

/// How a private key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PrivateFormat {
    /// Base64 of PKCS#8 (48 bytes), as Versia writes private keys.
    #[default]
    Pkcs8Base64,
    /// PKCS#8 in PEM.
    Pem,
    /// A JSON Web Key.
    Jwk,
}

#[derive(Serialize)]
struct Made<'a> {
    public_key: String,
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<&'a str>,
}

impl KeygenArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        if let Some(domain) = &self.domain {
            check_domain(domain).map_err(|why| {
                CliError::usage(format!("{domain:?} is not a domain: {why}"))
                    .hint("give the bare host, such as b.example")
            })?;
        }
        self.refuse_to_replace(context)?;
        let key = new_secret_key()?;
        self.store(context, &key)?;

        let public = key.public();
        let to_stdout = self.out.as_deref() == Some("-");
        let made = Made {
            public_key: public.to_spki_base64(),
            fingerprint: public.fingerprint(),
            file: self.out.as_deref().filter(|_| !to_stdout),
            identity: self.save.as_deref(),
            domain: self.domain.as_deref(),
        };
        if to_stdout {
            // Standard output is the key file now; the public half is told beside it.
            context.ui.note(&format!("public key: {}", made.public_key));
        } else if context.ui.json {
            context.ui.json(&made)?;
        } else {
            context.ui.line(&made.public_key)?;
        }
        if let Some(file) = made.file {
            context.ui.note(&format!("private key written to {file}, readable by you only"));
        }
        if let (Some(name), Some(domain)) = (&self.save, &self.domain) {
            context.ui.note(&format!("identity {name} stored: it signs for {domain} (--as {name})"));
        }
        Ok(Exit::Yes)
    }

    /// Looks before anything is made, so that nothing is half done.
    fn refuse_to_replace(&self, context: &Context) -> Result<(), CliError> {
        if self.force {
            return Ok(());
        }
        if let Some(file) = self.out.as_deref().filter(|file| *file != "-" && Path::new(file).exists()) {
            let message = format!("{file} is there already");
            return Err(CliError::usage(message).hint("choose another file, or --force to replace it"));
        }
        match &self.save {
            Some(name) if context.store()?.names()?.contains(name) => {
                Err(StoreError::Exists(name.clone()).into())
            }
            _ => Ok(()),
        }
    }

    /// The file first: an identity that is there already is only replaced when nothing can go wrong any more.
    fn store(&self, context: &mut Context, key: &SecretKey) -> Result<(), CliError> {
        self.write_file(context, key)?;
        let (Some(name), Some(domain)) = (&self.save, &self.domain) else { return Ok(()) };
        let identity = Identity { name: name.clone(), domain: domain.clone(), key: key.clone() };
        let saved = context.store().and_then(|store| Ok(store.save(&identity, self.force)?));
        saved.inspect_err(|_| self.take_back_file())
    }

    /// A new file whose identity could not be stored would be half of what was asked for.
    fn take_back_file(&self) {
        if let Some(file) = self.out.as_deref().filter(|file| *file != "-" && !self.force) {
            // The error that is being told says more than one about this would.
            let _ = std::fs::remove_file(file);
        }
    }

    fn write_file(&self, context: &mut Context, key: &SecretKey) -> Result<(), CliError> {
        let Some(file) = &self.out else { return Ok(()) };
        let text = self.format.write(key);
        if file == "-" {
            context.ui.write(text.as_bytes())?;
            return context.ui.flush();
        }
        let path = Path::new(file);
        write_private(path, text.as_bytes(), self.force).map_err(|error| CliError::write(path, &error))
    }
}

impl PrivateFormat {
    fn write(self, key: &SecretKey) -> Zeroizing<String> {
        let mut text = match self {
            PrivateFormat::Pkcs8Base64 => key.to_pkcs8_base64(),
            PrivateFormat::Pem => key.to_pem(),
            PrivateFormat::Jwk => key.to_jwk(),
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }
}
