//! `identity`: the store of keys and domains.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::read_private;
use crate::cli::{Context, escape};
use crate::identity::{Identity, Store};
use crate::signing::check_domain;

/// List, show, add, choose and remove stored identities: a key and a domain under a name.
///
/// The store is the folder `versia-cli` where this platform keeps configuration, or VERSIA_CONFIG_DIR. Files in it are
/// readable by you only.
#[derive(Debug, Args)]
pub struct IdentityArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List all identities; the one in use is marked
    List,
    /// Show one identity: domain, public key, fingerprint; never the private key
    Show {
        /// Which one; without a name, the one in use
        name: Option<String>,
    },
    /// Add an identity with a key that exists already (`keygen --save` makes a new one)
    Add {
        /// What to call it
        name: String,
        /// The file with its private key, or `-`
        #[arg(long, value_name = "FILE")]
        key: String,
        /// The domain that it signs for
        #[arg(long)]
        domain: String,
        /// Replace an identity that is there already
        #[arg(long)]
        force: bool,
    },
    /// Sign as this identity when nothing else is said
    Use {
        /// Which one
        name: String,
    },
    /// Remove an identity and its key
    Remove {
        /// Which one
        name: String,
    },
}

#[derive(Serialize)]
struct Told {
    name: String,
    domain: String,
    public_key: String,
    fingerprint: String,
    in_use: bool,
}

impl IdentityArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let store = context.store()?;
        match &self.action {
            Action::List => return list(context, &store),
            Action::Show { name } => show(context, &store, name.as_deref())?,
            Action::Add { name, key, domain, force } => {
                check_domain(domain)
                    .map_err(|why| CliError::usage(format!("{domain:?} is not a domain: {why}")))?;
                let key = read_private(context, key, "--key")?;
                store.save(&Identity { name: name.clone(), domain: domain.clone(), key }, *force)?;
                context.ui.note(&format!("identity {name} stored: it signs for {domain}"));
            }
            Action::Use { name } => {
                store.set_default(name)?;
                context.ui.note(&format!("{name} signs from now on, unless --as says otherwise"));
            }
            Action::Remove { name } => {
                store.remove(name)?;
                context.ui.note(&format!("identity {name} removed"));
            }
        }
        Ok(Exit::Yes)
    }
}

fn told(identity: Identity, in_use: Option<&str>) -> Told {
    let public = identity.key.public();
    Told {
        in_use: in_use == Some(identity.name.as_str()),
        name: identity.name,
        domain: identity.domain,
        public_key: public.to_spki_base64(),
        fingerprint: public.fingerprint(),
    }
}

fn list(context: &mut Context, store: &Store) -> Result<Exit, CliError> {
    let in_use = store.default_name()?;
    let mut all = Vec::new();
    let mut exit = Exit::Yes;
    for name in store.names()? {
        match store.load(&name) {
            Ok(identity) => all.push(told(identity, in_use.as_deref())),
            Err(error) => {
                context.ui.error(&error.into());
                exit = Exit::Usage;
            }
        }
    }
    if all.is_empty() && exit == Exit::Yes && !context.ui.json {
        context
            .ui
            .note("no identities are stored; `versia-cli keygen --save NAME --domain DOMAIN` makes one");
    }
    let width = |of: fn(&Told) -> &str| all.iter().map(|one| of(one).chars().count()).max().unwrap_or(0);
    let (names, domains) = (width(|one| &one.name), width(|one| &one.domain));
    for one in &all {
        if context.ui.json {
            context.ui.json(one)?;
        } else {
            let mark = if one.in_use { '*' } else { ' ' };
            let (name, domain) = (&one.name, escape(&one.domain));
            context.ui.line(&format!("{mark} {name:<names$}  {domain:<domains$}  {}", one.fingerprint))?;
        }
    }
    Ok(exit)
}

fn show(context: &mut Context, store: &Store, name: Option<&str>) -> Result<(), CliError> {
    let in_use = store.default_name()?;
    let name = name.or(in_use.as_deref()).ok_or_else(|| {
        CliError::usage("no identity is in use")
            .hint("name one, or choose one with `versia-cli identity use NAME`")
    })?;
    let one = told(store.load(name)?, in_use.as_deref());
    if context.ui.json {
        return context.ui.json(&one);
    }
    for (label, text) in [
        ("name", &one.name),
        ("domain", &one.domain),
        ("public key", &one.public_key),
        ("fingerprint", &one.fingerprint),
    ] {
        let label = context.ui.paint.dim(&format!("{label:<12}"));
        context.ui.line(&format!("{label}{}", escape(text)))?;
    }
    Ok(())
}
