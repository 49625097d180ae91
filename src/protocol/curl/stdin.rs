//! What a pipeline gives to curl's standard input.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::CurlError;
use super::shell::Command;
use super::{BodyPart, Reading};
use crate::protocol::http::quoted;

/// Curl's standard input, as far as the text knows it.
pub(super) enum Stdin {
    Bytes(Vec<u8>),
    File(String),
}

impl Stdin {
    /// Puts the input in the place of the parts that read it.
    pub(super) fn replace_in(&self, parts: &mut [BodyPart]) {
        for part in parts {
            let BodyPart::File { path, reading } = part else {
                continue;
            };
            if path != "-" {
                continue;
            }
            *part = match self {
                Stdin::Bytes(bytes) => BodyPart::Bytes(reading.apply(bytes.clone())),
                Stdin::File(path) => BodyPart::File { path: path.clone(), reading: *reading },
            };
        }
    }
}

/// What the commands before `curl`, or its `< FILE`, give to it; none where it is left open.
pub(super) fn piped(commands: &[Command], curl: &Command) -> Result<Option<Stdin>, CurlError> {
    if let Some(file) = &curl.input {
        return Ok(Some(Stdin::File(path(file)?)));
    }
    let Some((first, filters)) = commands.split_first() else {
        return Ok(None);
    };
    let mut stdin = source(first)?;
    for filter in filters {
        stdin = match stdin {
            Stdin::Bytes(bytes) if decodes_base64(filter) => Stdin::Bytes(decode(bytes)?),
            _ => return Err(CurlError::Pipe(quoted(filter.name()))),
        };
    }
    Ok(Some(stdin))
}

fn source(command: &Command) -> Result<Stdin, CurlError> {
    let words: Vec<&[u8]> = command.words.iter().map(Vec::as_slice).collect();
    let unknown = || CurlError::Pipe(quoted(command.name()));
    match (words.as_slice(), &command.input) {
        ([b"printf", b"%s", text], None) => Ok(Stdin::Bytes(text.to_vec())),
        ([b"printf", text], None) if !text.contains(&b'%') && !text.contains(&b'\\') => {
            Ok(Stdin::Bytes(text.to_vec()))
        }
        ([b"echo", b"-n", text], None) => Ok(Stdin::Bytes(text.to_vec())),
        // Shells disagree on what `echo` does with a backslash.
        ([b"echo", text], None) if !text.starts_with(b"-") && !text.contains(&b'\\') => {
            Ok(Stdin::Bytes([text, &b"\n"[..]].concat()))
        }
        ([b"cat", file], None) if !file.starts_with(b"-") => Ok(Stdin::File(path(file)?)),
        ([b"cat"], Some(file)) => Ok(Stdin::File(path(file)?)),
        _ => Err(unknown()),
    }
}

fn decodes_base64(command: &Command) -> bool {
    matches!(command.words.as_slice(), [name, flag]
        if name == b"base64" && matches!(flag.as_slice(), b"-d" | b"-D" | b"--decode"))
}

fn decode(mut text: Vec<u8>) -> Result<Vec<u8>, CurlError> {
    text.retain(|byte| !byte.is_ascii_whitespace());
    STANDARD.decode(text).map_err(|_| CurlError::BadBase64)
}

fn path(bytes: &[u8]) -> Result<String, CurlError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| CurlError::NotText("a file's path"))
}

/// The part that curl reads from `@path`.
pub(super) fn file_part(bytes: &[u8], reading: Reading) -> Result<BodyPart, CurlError> {
    Ok(BodyPart::File { path: path(bytes)?, reading })
}
