//! `inbox`: what passed on the wire, looked at, compared, taken elsewhere and sent again. A file for each subcommand.

mod bundle;
mod diff;
mod export;
mod filter;
mod import;
mod keys;
mod list;
mod replay;
mod report;
mod show;
mod source;
mod stats;

use clap::{Args, Subcommand};

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};

/// Look at what an instance recorded, compare it, take it elsewhere, and send it again.
///
/// Records come from the file that `serve --store FILE` writes, also while it runs, or with --from from records in other
/// forms: lines of JSON as `serve --json`, `repl --record` and `inbox export` write them, a HAR file, a bundle.
///
/// A record is named by its id, a beginning of the id that no other has, or its number in the list.
#[derive(Debug, Args)]
pub struct InboxArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Replay(Box<replay::ReplayArgs>),
    Diff(diff::DiffArgs),
    Report(report::ReportArgs),
    Stats(stats::StatsArgs),
    Bundle(bundle::BundleArgs),
}

impl InboxArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.action {
            Action::List(args) => args.run(context),
            Action::Show(args) => args.run(context),
            Action::Export(args) => args.run(context),
            Action::Import(args) => args.run(context),
            Action::Replay(args) => args.run(context),
            Action::Diff(args) => args.run(context),
            Action::Report(args) => args.run(context),
            Action::Stats(args) => args.run(context),
            Action::Bundle(args) => args.run(context),
        }
    }
}
