//! Reading what the user points at: a file, `-`, or standard input when it is not a terminal; each with a limit.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use super::error::CliError;

/// The most that is read as one document, in bytes.
pub const MAX_DOCUMENT: u64 = 64 << 20;

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// `-` is standard input, anything else a file's path.
    pub fn parse(text: &str) -> Source {
        if text == "-" { Source::Stdin } else { Source::File(text.into()) }
    }

    /// Standard input, when something is piped into it.
    pub fn piped() -> Option<Source> {
        (!io::stdin().is_terminal()).then_some(Source::Stdin)
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Stdin => f.write_str("standard input"),
            Source::File(path) => path.display().fmt(f),
        }
    }
}

/// The process's inputs. Standard input can be taken once.
#[derive(Debug, Default)]
pub struct Inputs {
    stdin_taken_by: Option<String>,
}

impl Inputs {
    /// Opens an input for streaming; `what` names it for the user, such as `--body`.
    ///
    /// # Errors
    /// When standard input was taken already, or the file cannot be opened.
    pub fn open(&mut self, source: &Source, what: &str) -> Result<Box<dyn Read + Send>, CliError> {
        match source {
            Source::Stdin => {
                if let Some(other) = &self.stdin_taken_by {
                    let both =
                        if other == what { "two inputs".to_owned() } else { format!("{other} and {what}") };
                    let message = format!("{both} cannot both come from standard input");
                    return Err(CliError::usage(message).hint("give one of them as a file"));
                }
                self.stdin_taken_by = Some(what.to_owned());
                Ok(Box::new(io::stdin()))
            }
            Source::File(path) => {
                let failed =
                    |error: io::Error| CliError::io(format!("cannot read {what} from {source}"), &error);
                let file = File::open(path).map_err(failed)?;
                if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
                    return Err(CliError::usage(format!(
                        "cannot read {what} from {source}: it is a directory"
                    )));
                }
                Ok(Box::new(file))
            }
        }
    }

    /// Reads an input whole.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than [`MAX_DOCUMENT`].
    pub fn read(&mut self, source: &Source, what: &str) -> Result<Vec<u8>, CliError> {
        let mut bytes = Vec::new();
        let opened = self.open(source, what)?;
        opened
            .take(MAX_DOCUMENT + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| CliError::io(format!("cannot read {what} from {source}"), &error))?;
        if bytes.len() as u64 > MAX_DOCUMENT {
            let message =
                format!("cannot read {what} from {source}: it is larger than {} MiB", MAX_DOCUMENT >> 20);
            return Err(CliError::usage(message).hint("many documents are read with --ndjson, one per line"));
        }
        Ok(bytes)
    }
}
