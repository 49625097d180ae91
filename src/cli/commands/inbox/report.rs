//! `inbox report`: how senders behaved.

use clap::Args;

use super::filter::FilterArgs;
use super::source::SourceArgs;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::render::conduct::{conclusion, conduct};
use crate::protocol::conduct::{Conduct, Watcher};

/// Say how senders behaved: their retries and the waits between them, and whether they respected Retry-After and
/// RateLimit-*.
///
/// A sender is the domain that it claims to sign for, or the address that it came from. `serve --fault` gives senders
/// something to deal with. With --json, a line for each sender.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli inbox report --store inbox.db
  versia-cli inbox report --from deliveries.ndjson --since 10m --json

Exit codes: 0 every sender did what it has to · 1 one came before Retry-After or RateLimit-Reset was over · 2 wrong use, or
the records cannot be read")]
pub(super) struct ReportArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    source: SourceArgs,
}

impl ReportArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let filter = self.filter.filter()?;
        let opened = self.source.open(context)?;
        let mut watcher = Watcher::default();
        opened.each(&filter, |_, record| {
            watcher.take(&record);
            Ok(())
        })?;
        let senders = watcher.report();
        for sender in &senders {
            conduct(context, sender)?;
        }
        context.ui.flush()?;
        match senders.is_empty() {
            true => context.ui.note("no request came in"),
            false => context.ui.note(&conclusion(&senders)),
        }
        Ok(match opened.exit {
            Exit::Yes if senders.iter().any(Conduct::breaks_a_rule) => Exit::No,
            exit => exit,
        })
    }
}
