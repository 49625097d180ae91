//! Why a line is no command.

use std::fmt;

use super::super::expect::ExpectationError;
use crate::protocol::session::CommandHelp;

/// Why a line is no command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// There is no such command.
    Unknown {
        /// What was typed.
        name: String,
        /// The command that may have been meant.
        nearest: Option<&'static str>,
    },
    /// The command takes something, and has none.
    Missing(&'static CommandHelp),
    /// The command takes nothing of what was given.
    Unwanted(&'static CommandHelp),
    /// What the command was given is wrong: what it is, and what it has to be.
    Argument(&'static CommandHelp, String, &'static str),
    /// The expectation cannot be read.
    Expectation(ExpectationError),
}

impl CommandError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            CommandError::Unknown { nearest: Some(nearest), .. } => Some(format!("did you mean {nearest}?")),
            CommandError::Unknown { nearest: None, .. } => Some("/help lists the commands".to_owned()),
            CommandError::Missing(command) | CommandError::Unwanted(command) => Some(command.usage()),
            CommandError::Argument(_, _, wanted) => Some((*wanted).to_owned()),
            CommandError::Expectation(error) => error.hint().map(str::to_owned),
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Unknown { name, .. } => write!(f, "there is no command {name}"),
            CommandError::Missing(command) => write!(f, "{} needs an argument", command.name),
            CommandError::Unwanted(command) if command.arguments.is_empty() => {
                write!(f, "{} takes no argument", command.name)
            }
            CommandError::Unwanted(command) => write!(f, "{} takes no such argument", command.name),
            CommandError::Argument(command, given, _) => {
                write!(f, "{} cannot be given {given:?}", command.name)
            }
            CommandError::Expectation(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CommandError {}
