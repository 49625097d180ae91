//! Reading what is to be sent: a JSON object, typed or in a file.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::IgnoredAny;

use crate::client::websocket::MAX_MESSAGE;

/// Why there is nothing to send.
#[derive(Debug)]
pub enum DocumentError {
    /// The file cannot be read.
    Read(String, io::Error),
    /// It is no regular file: to read it could take for ever.
    NotAFile(String),
    /// The file has more bytes than a message may have.
    TooLarge(String),
    /// It is not UTF-8; where it is from.
    NotText(String),
    /// It is not a JSON object; what was typed, or the file's name, and what is wrong.
    NotAnObject(String, String),
}

impl DocumentError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            DocumentError::NotAnObject(..) => {
                Some("an entity is a JSON object, a command begins with /, and --as-is sends any text")
            }
            DocumentError::Read(..)
            | DocumentError::NotAFile(_)
            | DocumentError::TooLarge(_)
            | DocumentError::NotText(_) => None,
        }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DocumentError::Read(path, _) => write!(f, "cannot read {path}"),
            DocumentError::NotAFile(path) => write!(f, "{path} is not a regular file"),
            DocumentError::TooLarge(path) => {
                write!(f, "{path} has more than the {MAX_MESSAGE} bytes of the largest message")
            }
            DocumentError::NotText(path) => write!(f, "{path} is not text (UTF-8), and cannot be an entity"),
            DocumentError::NotAnObject(what, why) => write!(f, "{what} is not a JSON object: {why}"),
        }
    }
}

impl std::error::Error for DocumentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DocumentError::Read(_, error) => Some(error),
            _ => None,
        }
    }
}

/// The text of a file, up to the largest message.
pub(super) fn read_file(path: &Path) -> Result<String, DocumentError> {
    String::from_utf8(read_bytes(path)?).map_err(|_| DocumentError::NotText(path.display().to_string()))
}

/// The bytes of a file, up to the largest message.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, DocumentError> {
    let name = || path.display().to_string();
    let failed = |error| DocumentError::Read(name(), error);
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(DocumentError::NotAFile(name()));
    }
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    let _ = file.take(MAX_MESSAGE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > MAX_MESSAGE { Err(DocumentError::TooLarge(name())) } else { Ok(bytes) }
}

/// Checks that a text is a JSON object; `what` names it for people.
pub(super) fn check_object(text: &str, what: &str) -> Result<(), DocumentError> {
    let wrong = |why: String| Err(DocumentError::NotAnObject(what.to_owned(), why));
    match serde_json::from_str::<IgnoredAny>(text) {
        Err(error) => wrong(format!("line {}, column {}", error.line(), error.column())),
        Ok(_) if text.trim_start().starts_with('{') => Ok(()),
        Ok(_) => wrong("it is another kind of JSON".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_is_an_entity() {
        assert!(check_object(" {\"type\":\"Note\"}\n", "x").is_ok());
        for (text, says) in
            [("[1]", "another kind"), ("hello", "line 1, column 1"), ("{\"a\":", "column"), ("", "column 0")]
        {
            let error = check_object(text, "what was typed").expect_err(text).to_string();
            assert!(
                error.starts_with("what was typed is not a JSON object: ") && error.contains(says),
                "{error}"
            );
        }
    }

    #[test]
    fn files_that_cannot_be_sent_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latin1");
        std::fs::write(&path, b"caf\xe9").unwrap();
        assert!(read_file(&path).unwrap_err().to_string().contains("not text"));
        assert!(
            read_file(Path::new("/nowhere/x")).unwrap_err().to_string().contains("cannot read /nowhere/x")
        );
        assert!(read_file(folder.path()).is_err());
    }
}
