//! `man`: the manual, one page per command.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use crate::cli::error::{CliError, Exit};
use crate::cli::{Context, definition};

/// Print a manual page, to be read with `man -l -`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli man sign | man -l -
  versia-cli man --all ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The command, such as `sign` or `identity list`; without one, the page on versia-cli itself
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write every page to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    all: Option<PathBuf>,
}

impl ManArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut definition = definition();
        definition.build();
        if let Some(folder) = &self.all {
            write_all(&definition, folder)?;
            return Ok(Exit::Yes);
        }
        let mut command = &definition;
        for name in &self.command {
            command = command.find_subcommand(name).ok_or_else(|| {
                CliError::usage(format!("there is no command {:?}", self.command.join(" ")))
                    .hint("`versia-cli --help` lists them")
            })?;
        }
        context.ui.write(&render(command)?)?;
        Ok(Exit::Yes)
    }
}

fn write_all(command: &clap::Command, folder: &std::path::Path) -> Result<(), CliError> {
    let path = folder.join(format!("{}.1", page_name(command)));
    std::fs::write(&path, render(command)?)
        .map_err(|error| CliError::io(format!("cannot write {}", path.display()), &error))?;
    command.get_subcommands().try_for_each(|subcommand| write_all(subcommand, folder))
}

/// The page's name: the command's words, joined by hyphens.
fn page_name(command: &clap::Command) -> String {
    command.get_bin_name().unwrap_or_else(|| command.get_name()).replace(' ', "-")
}

fn render(command: &clap::Command) -> Result<Vec<u8>, CliError> {
    let mut page = Vec::new();
    // The version stands where the date would be: the pages are compared with the committed ones.
    let version = concat!("versia-cli ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone())
        .title(page_name(command).to_uppercase())
        .date(version)
        .source(version)
        .manual("Versia federation");
    man.render(&mut page).map_err(|error| CliError::io("cannot make the manual page", &error))?;
    Ok(page)
}
