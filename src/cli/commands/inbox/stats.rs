//! `inbox stats`: records, counted.

use clap::Args;

use super::filter::FilterArgs;
use super::source::SourceArgs;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::render::records::stats_lines;

/// Count records.
///
/// By type, verdict, code, status and peer; how long they took, and how many came when.
#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    source: SourceArgs,
}

impl StatsArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let filter = self.filter.filter()?;
        let opened = self.source.open(context)?;
        let summary = opened.wait(opened.records.summary(filter))?;
        if context.ui.json {
            return context.ui.json(&summary).map(|()| opened.exit);
        }
        for line in stats_lines(&summary, context.ui.paint) {
            context.ui.line(&line)?;
        }
        Ok(opened.exit)
    }
}
