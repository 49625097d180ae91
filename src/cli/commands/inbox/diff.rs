//! `inbox diff`: what differs between two records.

use clap::Args;
use serde::Serialize;

use super::source::SourceArgs;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::render::records::difference_lines;
use crate::protocol::difference::{Difference, compare};

/// Compare two records part by part.
///
/// The request line, headers by value, case and order, bodies as JSON and as bytes, the signed strings, the verdicts.
/// Ids, times, addresses, sessions and how long it took are passed over: they differ in any two records.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 the same · 1 different · 2 unreadable")]
pub(super) struct DiffArgs {
    /// The first record
    #[arg(value_name = "A")]
    first: String,
    /// The second record
    #[arg(value_name = "B")]
    second: String,
    #[command(flatten)]
    source: SourceArgs,
}

#[derive(Serialize)]
struct Told {
    same: bool,
    differences: Vec<Difference>,
}

impl DiffArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let opened = self.source.open(context)?;
        let [(_, first), (_, second)] = [opened.find(&self.first)?, opened.find(&self.second)?];
        let differences = compare(&first, &second);
        let same = differences.is_empty();
        if context.ui.json {
            context.ui.json(&Told { same, differences })?;
        } else if same {
            context.ui.line("the same")?;
        } else {
            for line in difference_lines(&differences, context.ui.paint) {
                context.ui.line(&line)?;
            }
        }
        Ok(opened.exit.worse(if same { Exit::Yes } else { Exit::No }))
    }
}
