//! What records are verified with again.

use clap::Args;

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::known_keys::KnownKeys;
use crate::cli::network::{KeyFetchArgs, NetworkArgs, Seconds};

/// The keys to verify with: those given, else those of stored identities.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The signer's key")]
pub(super) struct KeysArgs {
    /// The signer's public key: a file in any form that `key` reads, `-`, or its base64
    #[arg(long, value_name = "FILE|BASE64", conflicts_with = "metadata")]
    public_key: Option<String>,
    /// The signer's InstanceMetadata document; repeat it for several signers
    #[arg(long, value_name = "FILE")]
    metadata: Vec<String>,
    /// Ask the signer's instance for its key, where no stored identity has the signer's domain
    #[arg(long, conflicts_with_all = ["public_key", "metadata"])]
    fetch_key: bool,
    /// Another key that may have signed, to find out only; `previous=` or `user=` before it says whose it is
    #[arg(long, value_name = "FILE|BASE64")]
    try_key: Vec<String>,
    /// How long to search for what was really signed, when a signature does not match
    #[arg(long, value_name = "SECONDS", default_value = "1")]
    pub(super) explain_budget: Seconds,
    #[command(flatten)]
    fetching: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

impl KeysArgs {
    /// The keys.
    ///
    /// # Errors
    /// When one that was given cannot be read.
    pub(super) fn read(&self, context: &mut Context) -> Result<KnownKeys, CliError> {
        let mut keys = KnownKeys::read(context, self.public_key.as_deref(), &self.metadata, None)?;
        if keys.is_empty() {
            keys.read_store(context);
        }
        keys.read_others(context, &self.try_key)?;
        if !self.fetch_key {
            if self.fetching.is_given() {
                return Err(CliError::usage("--peer and --allow-private are about keys that are fetched")
                    .hint("--fetch-key asks the signer's instance for its key"));
            }
            return Ok(keys);
        }
        let options = self.network.options(context)?;
        Ok(keys.with_directory(self.fetching.directory(&options, None)))
    }
}
