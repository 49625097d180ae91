//! The error edge: what a command says when it could not do its work, and the exit codes.

use std::io;
use std::path::Path;

use super::ui::{escape, redact};
use crate::identity::StoreError;
use crate::lines::{LinesError, MAX_LINE};
use crate::signing::KeyError;

/// How the program ends. The numbers are documented and stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, and the answer is yes.
    Yes = 0,
    /// Done, and the answer is no.
    No = 1,
    /// Not done: wrong use, or input, key or configuration that cannot be read.
    Usage = 2,
    /// Not done: network, or a key that could not be had.
    Network = 3,
    /// Not done: our own fault.
    Bug = 4,
    /// Interrupted by a signal.
    Interrupted = 130,
    /// Standard output was closed; nothing is said.
    Closed = 141,
}

impl Exit {
    /// The worse of two, in the order 2, 3, 1, 0; what ends a program at once comes first.
    #[must_use]
    pub fn worse(self, other: Exit) -> Exit {
        const ORDER: [Exit; 6] =
            [Exit::Closed, Exit::Interrupted, Exit::Bug, Exit::Usage, Exit::Network, Exit::No];
        ORDER.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(Exit::Yes)
    }
}

/// Why a command could not do its work: at most three lines.
#[derive(Debug)]
pub struct CliError {
    /// How the program ends.
    pub exit: Exit,
    what: String,
    cause: Option<String>,
    hint: Option<String>,
}

impl CliError {
    /// Wrong use, or input that cannot be read.
    pub fn usage(what: impl Into<String>) -> Self {
        CliError { exit: Exit::Usage, what: what.into(), cause: None, hint: None }
    }

    /// Something that could not be had from elsewhere.
    pub fn network(what: impl Into<String>) -> Self {
        CliError { exit: Exit::Network, ..CliError::usage(what) }
    }

    /// A no from elsewhere that ended the work.
    pub fn refused(what: impl Into<String>) -> Self {
        CliError { exit: Exit::No, ..CliError::usage(what) }
    }

    /// A failure to read something, named in the user's terms.
    pub fn io(what: impl Into<String>, error: &io::Error) -> Self {
        CliError::usage(what).because(describe_io(error))
    }

    /// A failure to write results to standard output.
    pub fn stdout(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            CliError { exit: Exit::Closed, ..CliError::usage("standard output was closed") }
        } else {
            CliError::io("cannot write to standard output", error)
        }
    }

    /// A failure to write a file.
    pub fn write(path: &Path, error: &io::Error) -> Self {
        let error_at = CliError::io(format!("cannot write {}", path.display()), error);
        match error.kind() {
            io::ErrorKind::AlreadyExists => error_at.hint("--force replaces it"),
            _ => error_at,
        }
    }

    /// A failure of a stream of lines.
    pub fn lines(input: &str, error: LinesError) -> Self {
        match error {
            LinesError::Read(error) => CliError::io(format!("cannot read {input}"), &error),
            LinesError::Write(error) => CliError::stdout(&error),
            LinesError::TooLong { number } => {
                CliError::usage(format!("line {number} of {input} is longer than {} MiB", MAX_LINE >> 20))
                    .hint("--ndjson takes one document per line; is this a single large file?")
            }
        }
    }

    /// The same error with its cause.
    #[must_use]
    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// The same error with a hint at what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The lines to print, each with its label, escaped for a terminal.
    pub fn lines_to_print(&self) -> impl Iterator<Item = (&'static str, String)> {
        [("error", Some(&self.what)), ("cause", self.cause.as_ref()), ("hint", self.hint.as_ref())]
            .into_iter()
            .filter_map(|(label, text)| text.map(|text| (label, escape(&redact(text)).into_owned())))
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let hint = error.hint();
        let mut cli = CliError::usage(error.to_string());
        if let StoreError::Io(_, cause) = &error {
            cli = cli.because(describe_io(cause));
        }
        match hint {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    }
}

impl CliError {
    /// A key that cannot be read; `whose` says which one.
    pub fn key(whose: &str, error: &KeyError) -> Self {
        let cli = CliError::usage(format!("cannot read {whose}")).because(error);
        match error.hint() {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    }
}

/// What the system says, without its error number.
pub fn describe_io(error: &io::Error) -> String {
    describe_error(error)
}

/// What an error says, without a system's error number.
pub fn describe_error(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_many_is_in_the_documented_order() {
        use Exit::{Closed, Network, No, Usage, Yes};
        for (one, other, worst) in [
            (Yes, Yes, Yes),
            (Yes, No, No),
            (Network, No, Network),
            (Network, Usage, Usage),
            (No, Usage, Usage),
            (Usage, Closed, Closed),
        ] {
            assert_eq!(one.worse(other), worst);
            assert_eq!(other.worse(one), worst);
        }
    }
}
