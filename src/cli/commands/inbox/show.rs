//! `inbox show`: everything about one record.

use clap::Args;

use super::source::SourceArgs;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;

/// Show everything about a record.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The record's id, or its beginning
    id: String,
    #[command(flatten)]
    source: SourceArgs,
}

impl ShowArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let from = self.source.from.as_deref().unwrap_or("-");
        let bytes = context.inputs.read(&Source::parse(from), "--from")?;
        let text = String::from_utf8_lossy(&bytes);
        match text.lines().find(|line| line.contains(&self.id)) {
            Some(line) => context.ui.line(line).map(|()| Exit::Yes),
            None => Err(CliError::usage("there is no such record")),
        }
    }
}
