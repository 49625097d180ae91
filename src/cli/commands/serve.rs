//! `serve`.

use clap::Args;

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};

/// Not there yet.
#[derive(Debug, Args)]
pub struct ServeArgs {}

impl ServeArgs {
    pub(super) fn run(&self, _context: &mut Context) -> Result<Exit, CliError> {
        Err(CliError::usage("not there yet"))
    }
}
