//! The commands, one file each: its flags, its help, its function. Commands never import commands.

mod completions;
mod demo;
mod explain;
mod identity;
mod key;
mod keygen;
mod man;
mod sign;
mod verify;

use clap::Subcommand;

use super::Context;
use super::error::{CliError, Exit};

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an Ed25519 key, and store it as a file or an identity
    Keygen(keygen::KeygenArgs),
    /// Say what a key is, give its public half and fingerprint, convert it
    Key(key::KeyArgs),
    /// List, show, add, choose and remove stored identities
    Identity(identity::IdentityArgs),
    /// Sign a request, a response or a WebSocket message
    Sign(sign::SignArgs),
    /// Verify signatures, and say what is wrong with each
    Verify(verify::VerifyArgs),
    /// Explain a code such as VS401
    Explain(explain::ExplainArgs),
    /// Show signing and verifying in one minute, with keys made on the spot
    Demo(demo::DemoArgs),
    /// Print shell completions
    Completions(completions::CompletionsArgs),
    /// Print manual pages
    Man(man::ManArgs),
}

impl Command {
    /// Does the command's work.
    ///
    /// # Errors
    /// When it could not be done; a "no" is not an error but an [`Exit`].
    pub fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match self {
            Command::Keygen(args) => args.run(context),
            Command::Key(args) => args.run(context),
            Command::Identity(args) => args.run(context),
            Command::Sign(args) => args.run(context),
            Command::Verify(args) => args.run(context),
            Command::Explain(args) => args.run(context),
            Command::Demo(args) => args.run(context),
            Command::Completions(args) => args.run(context),
            Command::Man(args) => args.run(context),
        }
    }
}
