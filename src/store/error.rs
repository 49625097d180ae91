//! Why a store cannot be opened, or work on it cannot be done.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a store cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The file cannot be opened or made.
    File(PathBuf, io::Error),
    /// Another program has it open.
    InUse(PathBuf),
    /// It is a file of something else.
    NotAStore(PathBuf),
    /// A newer version of this program made it.
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of what is in it.
        version: i64,
    },
    /// An older version of this program made it, and it is only to be read.
    Older {
        /// The file.
        path: PathBuf,
        /// The version of what is in it.
        version: i64,
    },
    /// The database says no.
    Database(PathBuf, rusqlite::Error),
    /// The thread that would work on it cannot be started.
    Thread(io::Error),
}

/// Why work on a store was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkError {
    /// The database says no, in a sentence: the disk is full, or the file is damaged.
    Database(String),
    /// The store is closed.
    Closed,
}

impl OpenError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            OpenError::InUse(_) => Some("end the other program, or name another file"),
            OpenError::NotAStore(_) => {
                Some("name a file that is not there yet, or one that this program made")
            }
            OpenError::Newer { .. } => Some("use the newer version of this program, or name another file"),
            OpenError::Older { .. } => Some("`versia-cli serve --store FILE` brings it up to date"),
            OpenError::File(..) | OpenError::Database(..) | OpenError::Thread(_) => None,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::File(path, _) | OpenError::Database(path, _) => {
                write!(f, "cannot open the store {}", path.display())
            }
            OpenError::InUse(path) => write!(f, "the store {} is in use by another program", path.display()),
            OpenError::NotAStore(path) => write!(f, "{} is not a store of this program", path.display()),
            OpenError::Newer { path, version } => {
                write!(
                    f,
                    "the store {} has version {version}, which this program does not know",
                    path.display()
                )
            }
            OpenError::Older { path, version } => {
                write!(f, "the store {} has version {version}, which has no records", path.display())
            }
            OpenError::Thread(_) => f.write_str("cannot start the store"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::File(_, error) | OpenError::Thread(error) => Some(error),
            OpenError::Database(_, error) => Some(error),
            OpenError::InUse(_)
            | OpenError::NotAStore(_)
            | OpenError::Newer { .. }
            | OpenError::Older { .. } => None,
        }
    }
}

impl fmt::Display for WorkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkError::Database(why) => write!(f, "the store did not take it: {why}"),
            WorkError::Closed => f.write_str("the store is closed"),
        }
    }
}

impl std::error::Error for WorkError {}
