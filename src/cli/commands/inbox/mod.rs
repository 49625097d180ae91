//! `inbox`: what passed on the wire, looked at, compared, taken elsewhere and sent again. A file for each subcommand.

mod show;
mod source;

use clap::{Args, Subcommand};

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};

/// Look at what an instance recorded, compare it, take it elsewhere, and send it again.
///
/// Records come from the file that `serve --store FILE` writes, also while it runs, or from lines of JSON, which
/// `serve --json`, `repl --record` and `inbox export` write.
#[derive(Debug, Args)]
pub struct InboxArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Show(show::ShowArgs),
}

impl InboxArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.action {
            Action::Show(args) => args.run(context),
        }
    }
}
