//! `completions`: what shells need to complete our command line.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use clap_complete::{Generator, Shell};

use crate::cli::error::{CliError, Exit};
use crate::cli::{Context, definition};

/// Print the completions for a shell.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "Examples:
  versia-cli completions bash > ~/.local/share/bash-completion/completions/versia-cli
  versia-cli completions zsh > \"${fpath[1]}/_versia-cli\"
  versia-cli completions fish > ~/.config/fish/completions/versia-cli.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, required_unless_present = "all")]
    shell: Option<Shell>,
    /// Write the completions for every shell to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "shell")]
    all: Option<PathBuf>,
}

impl CompletionsArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut definition = definition();
        let name = definition.get_name().to_owned();
        definition.set_bin_name(&name);
        definition.build();
        let generate = |shell: Shell| {
            let mut script = Vec::new();
            shell.generate(&definition, &mut script);
            script
        };
        if let Some(shell) = self.shell {
            context.ui.write(&generate(shell))?;
        }
        if let Some(folder) = &self.all {
            for shell in Shell::value_variants() {
                let path = folder.join(shell.file_name(&name));
                write(&path, &generate(*shell))?;
            }
        }
        Ok(Exit::Yes)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(path, bytes)
        .map_err(|error| CliError::io(format!("cannot write {}", path.display()), &error))
}
