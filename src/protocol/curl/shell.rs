//! Splitting a command line into words, as a POSIX shell and bash do.
//!
//! Nothing is expanded: where a shell would put a value in, the reader fails. `*`, `?`, `~` and `#` are kept as they
//! are, because a URL has them more often than they mean files.

use super::ansi;
use super::error::CurlError;
use super::opening;
use crate::protocol::http::quoted;

/// One simple command.
#[derive(Default)]
pub(super) struct Command {
    /// The words without their quotation marks.
    pub(super) words: Vec<Vec<u8>>,
    /// The file of `< FILE`.
    pub(super) input: Option<Vec<u8>>,
}

impl Command {
    pub(super) fn name(&self) -> &[u8] {
        self.words.first().map_or(&[], Vec::as_slice)
    }
}

/// Splits a pipeline into its commands, up to and with the first `curl` (however it is called), and gives what follows the operator that
/// ends it.
pub(super) fn split(text: &[u8]) -> Result<(Vec<Command>, &[u8]), CurlError> {
    let mut splitter = Splitter { text, at: 0 };
    let mut commands = Vec::new();
    loop {
        let (mut command, end) = splitter.command()?;
        opening::strip_words(&mut command.words);
        let is_last = command.name() == b"curl" || end != End::Pipe;
        commands.push(command);
        if is_last {
            let rest = splitter.rest();
            let operators =
                rest.iter().take_while(|byte| byte.is_ascii_whitespace() || b";&|".contains(byte)).count();
            return Ok((commands, rest.get(operators..).unwrap_or_default()));
        }
    }
}

/// What ends a command.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Pipe,
    Other,
}

struct Splitter<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Splitter<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads words up to the operator or the line end that ends the command.
    fn command(&mut self) -> Result<(Command, End), CurlError> {
        let mut command = Command::default();
        loop {
            match self.rest() {
                [b'\n', ..] if !command.words.is_empty() => return Ok((command, End::Other)),
                [byte, ..] if byte.is_ascii_whitespace() => self.at += 1,
                [b'\\', b'\n', ..] => self.at += 2,
                [b'\\', b'\r', b'\n', ..] => self.at += 3,
                [b'|', b'|', ..] => return Ok((command, End::Other)),
                [b'|', ..] => {
                    self.at += 1;
                    return Ok((command, End::Pipe));
                }
                [b'<', b'<', ..] => return Err(CurlError::HereDocument),
                [b'<', ..] => {
                    self.at += 1;
                    while self.rest().first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
                        self.at += 1;
                    }
                    command.input = Some(self.word()?);
                }
                [] | [b'>' | b';' | b'&' | b'(' | b')', ..] => return Ok((command, End::Other)),
                rest => {
                    // The 2 of `2>/dev/null` is no word.
                    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    if digits > 0 && matches!(rest.get(digits), Some(b'>' | b'<')) {
                        self.at += digits;
                        continue;
                    }
                    let word = self.word()?;
                    command.words.push(word);
                }
            }
        }
    }

    fn word(&mut self) -> Result<Vec<u8>, CurlError> {
        let mut word = Vec::new();
        loop {
            match self.rest() {
                [] | [b'|' | b'<' | b'>' | b';' | b'&' | b'(' | b')', ..] => return Ok(word),
                [byte, ..] if byte.is_ascii_whitespace() => return Ok(word),
                [b'\'', rest @ ..] => {
                    let end = memchr::memchr(b'\'', rest).ok_or(CurlError::Unclosed('\''))?;
                    word.extend_from_slice(rest.get(..end).unwrap_or_default());
                    self.at += end + 2;
                }
                [b'"', ..] => {
                    self.at += 1;
                    self.double_quoted(&mut word)?;
                }
                [b'$', b'\'', rest @ ..] => {
                    let (bytes, length) = ansi::read(rest).ok_or(CurlError::Unclosed('\''))?;
                    word.extend_from_slice(&bytes);
                    self.at += length + 2;
                }
                [b'$', b'"', ..] => self.at += 1,
                [b'\\', b'\n', ..] => self.at += 2,
                [b'\\', b'\r', b'\n', ..] => self.at += 3,
                [b'\\', byte, ..] => {
                    word.push(*byte);
                    self.at += 2;
                }
                [byte, ..] => {
                    self.refuse_expansion()?;
                    word.push(*byte);
                    self.at += 1;
                }
            }
        }
    }

    fn double_quoted(&mut self, word: &mut Vec<u8>) -> Result<(), CurlError> {
        loop {
            match self.rest() {
                [] => return Err(CurlError::Unclosed('"')),
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(());
                }
                [b'\\', b'\n', ..] => self.at += 2,
                [b'\\', byte @ (b'$' | b'`' | b'"' | b'\\'), ..] => {
                    word.push(*byte);
                    self.at += 2;
                }
                [byte, ..] => {
                    self.refuse_expansion()?;
                    word.push(*byte);
                    self.at += 1;
                }
            }
        }
    }

    /// Fails where a shell would put in a value that is not in the text.
    fn refuse_expansion(&self) -> Result<(), CurlError> {
        let found = match self.rest() {
            [b'`', ..] => "`…`".to_owned(),
            [b'$', b'(', ..] => "$(…)".to_owned(),
            [b'$', b'{', rest @ ..] => {
                let name = name_of(rest);
                format!("${{{}}}", quoted(name).trim_matches('"'))
            }
            [b'$', rest @ ..] => match rest.first() {
                Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => {
                    format!("${}", quoted(name_of(rest)).trim_matches('"'))
                }
                Some(byte) if byte.is_ascii_digit() || b"@*#?-$!".contains(byte) => {
                    format!("${}", char::from(*byte))
                }
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        Err(CurlError::Expansion(found))
    }
}

/// The variable's name at the beginning of a text.
fn name_of(text: &[u8]) -> &[u8] {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    text.get(..length).unwrap_or_default()
}
