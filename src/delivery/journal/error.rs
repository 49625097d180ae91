//! Why a journal cannot be used.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::finding::Code;

/// What is wrong with a line of a journal.
#[derive(Debug)]
pub enum ReadError {
    /// It could not be read.
    Io(io::Error),
    /// The file is not a journal.
    NotAJournal,
    /// The journal is of a version that this program does not read.
    Version(u64),
    /// The line is not one of a journal.
    Malformed,
    /// The line is on a delivery to somewhere else.
    OtherTarget(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Io(error) => error.fmt(f),
            ReadError::NotAJournal => f.write_str("it is not a journal"),
            ReadError::Version(version) => {
                write!(f, "it is of version {version}, which this program does not know")
            }
            ReadError::Malformed => f.write_str("the line cannot be read"),
            ReadError::OtherTarget(target) => write!(f, "it is on deliveries to {target}"),
        }
    }
}

/// Why a journal cannot be used.
#[derive(Debug, Clone)]
pub enum JournalError {
    /// It cannot be opened.
    Open(PathBuf, Arc<io::Error>),
    /// There is something else than a file.
    NotAFile(PathBuf),
    /// Another run writes it.
    InUse(PathBuf),
    /// A line cannot be used: its number, and why.
    Read(PathBuf, u64, Arc<ReadError>),
    /// It cannot be written.
    Write(PathBuf, Arc<io::Error>),
}

impl JournalError {
    /// The entry of the list of codes: none, since it is never the network's fault.
    pub fn code(&self) -> Option<&'static Code> {
        None
    }

    /// What the system says, where it said something.
    pub fn cause(&self) -> Option<&io::Error> {
        match self {
            JournalError::Open(_, error) | JournalError::Write(_, error) => Some(error),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            JournalError::InUse(_) => Some("wait for it, or give this run a journal of its own"),
            JournalError::Write(..) => {
                Some("once it can be written again, the same command goes on where this one stopped")
            }
            JournalError::Read(_, _, error) => match **error {
                ReadError::OtherTarget(_) => Some("each recipient has a journal of its own"),
                ReadError::NotAJournal => {
                    Some("--journal names a file of its own, which is made when it is not there")
                }
                _ => None,
            },
            JournalError::Open(..) | JournalError::NotAFile(_) => None,
        }
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalError::Open(path, _) => write!(f, "cannot open the journal {}", path.display()),
            JournalError::NotAFile(path) => {
                write!(f, "cannot use {} as a journal: it is not a regular file", path.display())
            }
            JournalError::InUse(path) => write!(f, "another run is using the journal {}", path.display()),
            JournalError::Read(path, line, error) => match **error {
                ReadError::NotAJournal | ReadError::Version(_) => {
                    write!(f, "cannot use {} as a journal: {error}", path.display())
                }
                _ => write!(f, "cannot go by line {line} of the journal {}: {error}", path.display()),
            },
            JournalError::Write(path, _) => write!(f, "cannot write the journal {}", path.display()),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().map(|error| error as _)
    }
}
