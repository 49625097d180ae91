//! Whether an input is one document or lines with one each, found out without holding back what has come.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use serde::de::IgnoredAny;

use super::{Reader, WHAT, nothing};
use crate::cli::error::CliError;
use crate::cli::input::{MAX_DOCUMENT, Source};
use crate::lines::MAX_LINE;

/// How many lines are looked at to find out whether an input is lines of JSON that begin with something else.
const LOOK_AHEAD: usize = 20;

/// An input's form, once it is known.
pub(super) enum Form {
    Document(Vec<u8>),
    Lines(Reader),
}

/// Finds out whether an input is one document or lines with one each. Lines are not read to their end.
pub(super) fn tell_form(reader: Reader, source: &Source) -> Result<Form, CliError> {
    let failed = |error: io::Error| CliError::io(format!("cannot read {WHAT} from {source}"), &error);
    let mut input = BufReader::new(reader);
    let mut bytes = Vec::new();
    let first = read_first_line(&mut input, &mut bytes).map_err(failed)?;
    let is_whole = is_json(first);
    if is_whole && !read_blanks(&mut input, &mut bytes).map_err(failed)? {
        return Ok(Form::Lines(Box::new(Cursor::new(bytes).chain(input))));
    }
    input
        .take(MAX_DOCUMENT + 1 - (bytes.len() as u64).min(MAX_DOCUMENT))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        let message =
            format!("cannot read {WHAT} from {source}: it is larger than {} MiB", MAX_DOCUMENT >> 20);
        return Err(CliError::usage(message).hint("many documents are read with --ndjson, one per line"));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(nothing(&source.to_string()));
    }
    if !is_whole && !is_json(&bytes) && has_lines(&bytes) {
        return Ok(Form::Lines(Box::new(Cursor::new(bytes))));
    }
    Ok(Form::Document(bytes))
}

/// Whether these bytes are a JSON document; a byte order mark before it does not count.
fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Whether an input that is no document itself holds lines of JSON.
fn has_lines(text: &[u8]) -> bool {
    let mut lines = text.split(|&b| b == b'\n').take(LOOK_AHEAD);
    lines.any(|line| line.starts_with(b"{") && is_json(line))
}

/// Reads up to the end of the first line that is not blank, and gives that line.
fn read_first_line<'a>(input: &mut impl BufRead, bytes: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
    loop {
        let start = bytes.len();
        let read = input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', bytes)?;
        let blank = bytes[start..].trim_ascii().is_empty();
        if !blank || read == 0 || bytes.len() as u64 > MAX_DOCUMENT {
            return Ok(&bytes[start..]);
        }
    }
}

/// Reads blanks, as far as there are any; true when nothing follows them.
fn read_blanks(input: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let ahead = input.fill_buf()?;
        let length = ahead.len();
        if length == 0 || !ahead.trim_ascii().is_empty() {
            return Ok(length == 0);
        }
        bytes.extend_from_slice(ahead);
        input.consume(length);
        if bytes.len() as u64 > MAX_DOCUMENT {
            return Ok(true);
        }
    }
}
