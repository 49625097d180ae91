//! Keys as the user gives them: by file, by name, from the environment. A private key is never a bare argument.

use std::path::Path;

use clap::Args;
use zeroize::Zeroizing;

use super::error::CliError;
use super::input::Source;
use super::{Context, new_secret_key};
use crate::identity::others_can_read;
use crate::signing::{FoundKey, KeyError, KeyMaterial, PublicKey, SecretKey, Signer, check_domain, read_key};

/// The domain of an instance that was given none.
const LOCAL_DOMAIN: &str = "localhost";

/// Who signs.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Signer")]
pub struct SignerArgs {
    /// Sign as this identity of the store [env: VERSIA_AS]
    #[arg(long = "as", value_name = "NAME")]
    pub as_name: Option<String>,
    /// Sign with the private key in this file, or `-` [env: VERSIA_KEY (the key), VERSIA_KEY_FILE (a path)]
    #[arg(long, value_name = "FILE", conflicts_with = "as_name")]
    pub key: Option<String>,
    /// The domain to sign for, instead of the identity's [env: VERSIA_SIGNED_BY]
    #[arg(long, value_name = "DOMAIN")]
    pub signed_by: Option<String>,
}

impl SignerArgs {
    /// The signer: from the flags, else from the environment, else the identity in use.
    ///
    /// # Errors
    /// When there is none, or its key cannot be read.
    pub fn resolve(&self, context: &mut Context) -> Result<Signer, CliError> {
        self.resolve_if_any(context)?.ok_or_else(|| {
            CliError::usage("there is no key to sign with")
                .hint("--as NAME, or --key FILE with --signed-by DOMAIN; `versia-cli keygen --save NAME --domain DOMAIN` makes an identity")
        })
    }

    /// The signer, or `None` when neither the flags nor the environment name one and no identity is in use.
    ///
    /// # Errors
    /// When the key of the one that is named cannot be read.
    pub fn resolve_if_any(&self, context: &mut Context) -> Result<Option<Signer>, CliError> {
        if let Some(path) = &self.key {
            let key = read_private(context, path, "--key")?;
            return self.with_domain(key).map(Some);
        }
        if let Some(name) = &self.as_name {
            return self.as_identity(context, name).map(Some);
        }
        if let Some(signer) = self.environment_signer(context)? {
            return Ok(Some(signer));
        }
        match context.store()?.default_name()? {
            Some(name) => self.as_identity(context, &name).map(Some),
            None => Ok(None),
        }
    }

    /// Who an instance here is: the identity, its key under another domain, or somebody made for this run, which is noted. Says whether it
    /// was made.
    ///
    /// # Errors
    /// When the key of the one that is named cannot be read, or its domain is none.
    pub fn resolve_instance(
        &self,
        context: &mut Context,
        domain: Option<&str>,
    ) -> Result<(Signer, bool), CliError> {
        let mut args = self.clone();
        if args.signed_by.is_none() {
            args.signed_by = domain.map(str::to_owned);
        }
        let found = args.resolve_if_any(context)?;
        let is_new = found.is_none();
        let signer = match found {
            Some(signer) => signer,
            None => {
                let domain = domain.unwrap_or(LOCAL_DOMAIN);
                context.ui.note(&format!(
                    "note: there is no identity, so {domain} has a key made for this run; `versia-cli keygen --save NAME --domain DOMAIN` makes one that stays"
                ));
                Signer::new(new_secret_key()?, domain)
            }
        };
        check_domain(signer.domain()).map_err(|why| {
            CliError::usage(format!("an instance cannot have the domain {:?}", signer.domain())).because(why)
        })?;
        Ok((signer, is_new))
    }

    fn environment_signer(&self, context: &mut Context) -> Result<Option<Signer>, CliError> {
        let mut given = Vec::new();
        for name in ["VERSIA_KEY", "VERSIA_KEY_FILE", "VERSIA_AS"] {
            given.extend(variable(name)?.map(|value| (name, value)));
        }
        match given.as_slice() {
            [] => Ok(None),
            [("VERSIA_AS", name)] => self.as_identity(context, name).map(Some),
            [("VERSIA_KEY_FILE", path)] => {
                let key = read_private(context, path, "VERSIA_KEY_FILE")?;
                self.with_domain(key).map(Some)
            }
            [(_, text)] => {
                let key = private(read_key(text.as_bytes()), "the key in VERSIA_KEY")?;
                self.with_domain(key).map(Some)
            }
            several => {
                let names: Vec<_> = several.iter().map(|(name, _)| *name).collect();
                let message = format!("{} are set, and each names another key", names.join(" and "));
                Err(CliError::usage(message).hint("set one of them, or say --as or --key"))
            }
        }
    }

    fn as_identity(&self, context: &mut Context, name: &str) -> Result<Signer, CliError> {
        let store = context.store()?;
        let identity = store.load(name)?;
        if let Some(file) = store.file_of(name) {
            warn_if_others_can_read(context, &file);
        }
        Ok(match &self.signed_by {
            Some(domain) => Signer::new(identity.key, domain.clone()),
            None => identity.signer(),
        })
    }

    fn with_domain(&self, key: SecretKey) -> Result<Signer, CliError> {
        let from_environment =
            || variable("VERSIA_SIGNED_BY").map(|value| value.map(|value| value.to_string()));
        let domain = self.signed_by.clone().map_or_else(from_environment, |domain| Ok(Some(domain)))?;
        match domain {
            Some(domain) => Ok(Signer::new(key, domain)),
            None => Err(CliError::usage("a key alone does not say which instance signs")
                .hint("--signed-by DOMAIN names it; or store both: `versia-cli identity add NAME --key FILE --domain DOMAIN`")),
        }
    }
}

/// A line break in the signer would add headers of somebody's choosing.
///
/// # Errors
/// When the domain has a control character.
pub fn check_signed_by(signed_by: &str) -> Result<(), CliError> {
    if signed_by.chars().any(char::is_control) {
        return Err(CliError::usage("the signer's domain has a control character in it"));
    }
    Ok(())
}

/// A variable of the environment that is set to something.
///
/// What is set and cannot be read is an error: another key must not sign in its place.
fn variable(name: &str) -> Result<Option<Zeroizing<String>>, CliError> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(CliError::usage(format!("{name} is not text (UTF-8)"))),
    }
}

/// A key file that others can read draws a warning.
pub fn warn_if_others_can_read(context: &mut Context, file: &Path) {
    if others_can_read(file) {
        let file = file.display();
        context.ui.warn(&format!("the key file {file} can be read by others; `chmod 600` keeps it private"));
    }
}

/// Reads a private key from a file or `-`; `what` names the input, such as `--key`.
///
/// # Errors
/// When it cannot be read, or is not a private key.
pub fn read_private(context: &mut Context, path: &str, what: &str) -> Result<SecretKey, CliError> {
    refuse_bare_key(path, what)?;
    let source = Source::parse(path);
    if let Source::File(file) = &source {
        warn_if_others_can_read(context, file);
    }
    let text = Zeroizing::new(context.inputs.read(&source, what)?);
    private(read_key(&text), &format!("the key in {source} ({what})"))
}

fn private(found: Result<FoundKey, KeyError>, whose: &str) -> Result<SecretKey, CliError> {
    let found = found.map_err(|error| CliError::key(whose, &error))?;
    let is_public = matches!(found.material, KeyMaterial::Public(_));
    found.into_secret().filter(|_| !is_public).ok_or_else(|| {
        CliError::usage(format!("{whose} is a public key; signing needs the private one"))
            .hint("a private key in base64 begins with MC4CAQ, a public one with MCowBQ")
    })
}

/// A key given where a file belongs would be seen by every process and kept in the shell's history.
fn refuse_bare_key(argument: &str, what: &str) -> Result<(), CliError> {
    if argument == "-" || Path::new(argument).exists() {
        return Ok(());
    }
    match read_key(argument.as_bytes()) {
        Ok(FoundKey { material: KeyMaterial::Private(_) | KeyMaterial::Raw { .. }, .. }) => {
            Err(CliError::usage(format!("{what} takes a file with the key, not the key itself"))
                .hint("write it to a file, pipe it in with `-`, or set VERSIA_KEY; this one is in your shell's history now"))
        }
        _ => Ok(()),
    }
}

/// Reads any key from a file, `-`, or a public key's text itself.
///
/// # Errors
/// When it cannot be read, or is no key.
pub fn read_any(context: &mut Context, argument: &str, what: &str) -> Result<FoundKey, CliError> {
    refuse_bare_key(argument, what)?;
    if argument != "-" && !Path::new(argument).exists() {
        match read_key(argument.as_bytes()) {
            Ok(found) => return Ok(found),
            Err(error @ (KeyError::Url(_) | KeyError::Weak)) => return Err(CliError::key(what, &error)),
            Err(_) => {}
        }
    }
    let source = Source::parse(argument);
    let text = Zeroizing::new(context.inputs.read(&source, what)?);
    read_key(&text).map_err(|error| CliError::key(&format!("{what} from {source}"), &error))
}

/// Reads a public key from a file, `-`, or its text; of a private key, its public half.
///
/// # Errors
/// When it cannot be read, or is no key.
pub fn read_public(
    context: &mut Context,
    argument: &str,
    what: &str,
) -> Result<(PublicKey, FoundKey), CliError> {
    let found = read_any(context, argument, what)?;
    let key = found.public_key().ok_or_else(|| CliError::key(what, &KeyError::NotAPoint))?;
    Ok((key, found))
}
