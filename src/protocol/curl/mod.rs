//! A `curl` command line as pasted: from a browser's dev tools, from documents, from our own `--format curl`.
//!
//! The command is read as a POSIX shell (with bash's `$'…'`) and curl would read it, and nothing is run: what only a
//! shell can know (`$VAR`, `$(…)`) is an error. What curl would add without being asked (`User-Agent`, `Accept`,
//! `Content-Length`) is not added. Must not open files: [`CurlCommand::into_record`] asks its caller for them.

mod ansi;
mod arguments;
mod debug;
mod error;
mod flags;
mod opening;
mod request;
mod shell;
mod stdin;
mod url;
mod write;

pub use error::CurlError;
pub use write::{in_quotes, output, write};

use self::arguments::Arguments;
use super::http::quoted_beginning;
use super::record::Bytes;

/// What a curl command would send.
///
/// Its `Debug` shows no header values, no body and of the URL no credentials.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CurlCommand {
    /// The method: the given one, or the one that the flags imply.
    pub method: String,
    /// The URL as written.
    pub url: String,
    /// The headers that flags ask for, in the order of sending.
    pub headers: Vec<(String, Bytes)>,
    /// The names of headers that `-H 'Name:'` keeps curl from adding.
    pub removed: Vec<String>,
    /// The body's parts, to be joined as they are: the `&` between two `-d` is a part of its own.
    pub body: Vec<BodyPart>,
    /// Whether the body is a form unless a header says otherwise (`-d` without `--json`).
    pub form: bool,
    /// Whether the parts go into the URL's query instead (`-G`).
    pub in_query: bool,
    /// Whether dot segments stay in the path (`--path-as-is`).
    pub path_as_is: bool,
    /// Whether `[]{}` in the URL mean themselves (`-g`).
    pub globoff: bool,
    /// The target that replaces the URL's (`--request-target`).
    pub request_target: Option<String>,
    /// The file of `-T`, whose name completes a URL that ends in a slash.
    pub upload: Option<String>,
}

/// A part of a body.
#[derive(Clone, PartialEq, Eq)]
pub enum BodyPart {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What is in a file; `-` is standard input.
    File {
        /// The path as written.
        path: String,
        /// What curl does with the content.
        reading: Reading,
    },
}

/// What curl does with a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Sends it as it is.
    Exact,
    /// Leaves out CR, LF and NUL (`-d @file`).
    WithoutNewlines,
    /// Percent-encodes it (`--data-urlencode @file`).
    UrlEncoded,
}

impl Reading {
    /// The bytes that curl sends for this content.
    pub fn apply(self, content: Vec<u8>) -> Vec<u8> {
        match self {
            Reading::Exact => content,
            Reading::WithoutNewlines => {
                let mut content = content;
                content.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
                content
            }
            Reading::UrlEncoded => url::form_encode(&content).into_bytes(),
        }
    }
}

/// Reads one curl command.
///
/// Before it may stand what people copy along: comments, the beginning of a Markdown fence, a prompt, `sudo`,
/// variables. What is piped into curl is understood where its bytes are in the text (`printf %s … | base64 -d | curl
/// …`) or in a file (`cat FILE | curl …`, `curl … < FILE`). What follows the command after `|`, `>`, `;` or `&&` is
/// ignored, unless it is another curl command.
pub fn read(text: &str) -> Result<CurlCommand, CurlError> {
    let (text, has_prompt) = opening::strip(text.as_bytes());
    if let Some(error) = opening::other_copy(text) {
        return Err(error);
    }
    if has_prompt { read_command(&opening::without_continuation_prompts(text)) } else { read_command(text) }
}

fn read_command(text: &[u8]) -> Result<CurlCommand, CurlError> {
    let (mut commands, rest) = shell::split(text)?;
    let command = commands.pop().unwrap_or_default();
    if command.name() != b"curl" {
        return Err(CurlError::NotCurl(quoted_beginning(command.name())));
    }
    // After the end of a fence there are words, not commands.
    let rest = rest.trim_ascii_start();
    let fence = rest.starts_with(b"```") || rest.starts_with(b"~~~");
    if !fence && opening::starts_command(opening::strip(rest).0) {
        return Err(CurlError::SeveralCommands);
    }
    let stdin = stdin::piped(&commands, &command)?;
    let mut curl = Arguments::read(command.words.get(1..).unwrap_or_default())?.into_command()?;
    if let Some(stdin) = stdin {
        stdin.replace_in(&mut curl.body);
    }
    Ok(curl)
}

/// Whether a text looks like a curl command: judged by its beginning, and for `printf … | base64 -d | curl` by
/// whether the pipe is there. So do the dev tools' copies for PowerShell and as `fetch`, which [`read`] names.
pub fn looks_like(text: &[u8]) -> bool {
    let (text, _) = opening::strip(text);
    opening::starts_command(text) || opening::starts_pipe(text) || opening::other_copy(text).is_some()
}

#[cfg(test)]
mod tests;
