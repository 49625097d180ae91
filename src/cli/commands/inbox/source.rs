//! Where records come from: the store of an instance, or lines of JSON.

use clap::Args;

/// Where records come from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Records")]
pub(super) struct SourceArgs {
    /// The records are lines of JSON in this file, or `-`
    #[arg(long, value_name = "FILE|-")]
    pub(super) from: Option<String>,
}
