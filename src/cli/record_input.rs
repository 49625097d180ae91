//! Records as people have them: lines of JSON, a HAR file, or a bundle that `inbox bundle` wrote. Finds out which it is.

use std::io::{BufRead, BufReader, Cursor, Read};

use serde_json::Value;

use super::Context;
use super::complaints::Complaints;
use super::error::CliError;
use super::input::{MAX_DOCUMENT, Source};
use crate::protocol::har;
use crate::protocol::record::{Record, VERSION};

const FORMS: &str = "records are lines of JSON as `inbox export` and `serve --json` write them, a HAR file, or what \
                     `inbox bundle` wrote";

/// The longest line that is read as a record, in bytes: two bodies of the largest message there is by default, written at their
/// longest, and room for larger ones.
const LONGEST: usize = 256 << 20;

/// Begins the records in a bundle.
pub const BUNDLED: &str = "```json versia-record";

/// Ends them.
const FENCE: &str = "```";

/// Reads records one after the other and hands them on; what is none is complained about, and keeps nothing from being
/// read.
///
/// # Errors
/// When the input cannot be read or has no known form, or from `take`.
pub fn read_records(
    context: &mut Context,
    source: &Source,
    what: &str,
    mut take: impl FnMut(Record) -> Result<(), CliError>,
) -> Result<Complaints, CliError> {
    let failed = |error: std::io::Error| CliError::io(format!("cannot read {what} from {source}"), &error);
    let mut input = BufReader::new(context.inputs.open(source, what)?);
    let mut bytes = Vec::new();
    let first = first_line(&mut input, &mut bytes).map_err(failed)?;
    let mut bad = Complaints::default();
    let is_record = || serde_json::from_slice::<Value>(first).is_ok_and(|value| value.get("v").is_some());
    if is_of_serve(first) || is_record() {
        let lines = BufReader::new(Cursor::new(bytes).chain(input));
        return read_lines(lines, source, &mut bad, &mut take).map(|()| bad);
    }
    input.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        let message =
            format!("cannot read {what} from {source}: it is larger than {} MiB", MAX_DOCUMENT >> 20);
        return Err(CliError::usage(message).hint("records of any number are read one per line"));
    }
    if bytes.trim_ascii().is_empty() {
        return Ok(bad);
    }
    if har::looks_like(&bytes) {
        read_archive(&bytes, source, &mut bad, &mut take)?;
        return Ok(bad);
    }
    if is_bundle(&bytes) {
        let lines = bundled(&bytes);
        read_lines(BufReader::new(lines.as_slice()), source, &mut bad, &mut take)?;
        return Ok(bad);
    }
    if bytes.trim_ascii_start().starts_with(b"{") {
        read_lines(BufReader::new(bytes.as_slice()), source, &mut bad, &mut take)?;
        return Ok(bad);
    }
    Err(CliError::usage(format!("cannot tell what {source} is")).hint(FORMS))
}

/// Reads up to the end of the first line that is not blank.
fn first_line<'a>(input: &mut impl BufRead, bytes: &'a mut Vec<u8>) -> std::io::Result<&'a [u8]> {
    loop {
        let start = bytes.len();
        let read = input.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', bytes)?;
        let is_blank = bytes.get(start..).unwrap_or_default().trim_ascii().is_empty();
        if !is_blank || read == 0 || bytes.len() as u64 > MAX_DOCUMENT {
            return Ok(bytes.get(start..).unwrap_or_default());
        }
    }
}

fn read_lines(
    mut input: impl BufRead,
    source: &Source,
    bad: &mut Complaints,
    take: &mut impl FnMut(Record) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let limit = LONGEST as u64 + 1;
        let read = input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut line)
            .map_err(|error| CliError::io(format!("cannot read {source}"), &error))?;
        if read == 0 {
            break;
        }
        if line.len() as u64 == limit && line.last() != Some(&b'\n') {
            let longest = LONGEST >> 20;
            return Err(CliError::usage(format!("line {number} of {source} is longer than {longest} MiB")));
        }
        let text = line.trim_ascii();
        if text.is_empty() || is_of_serve(text) {
            continue;
        }
        match record(text) {
            Ok(record) => take(record)?,
            Err(why) => bad.add(&format!("line {number}"), &why),
        }
    }
    Ok(())
}

/// Whether a line is none of the records that `serve --json` and `send --json` write, but one about them.
fn is_of_serve(line: &[u8]) -> bool {
    line.starts_with(b"{\"listening\":") || line.starts_with(b"{\"summary\":")
}

fn record(line: &[u8]) -> Result<Record, String> {
    match serde_json::from_slice::<Record>(line) {
        Ok(record) if record.v == VERSION => Ok(record),
        Ok(record) => {
            Err(format!("a record of version {}, where this program reads version {VERSION}", record.v))
        }
        Err(error) => Err(format!("not a record: {error}")),
    }
}

fn read_archive(
    bytes: &[u8],
    source: &Source,
    bad: &mut Complaints,
    take: &mut impl FnMut(Record) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let archive = har::read(bytes).map_err(|error| {
        CliError::usage(format!("cannot read {source} as a HAR file"))
            .hint(error.hint().unwrap_or(FORMS))
            .because(error)
    })?;
    let mut frames = archive.frames.into_iter().peekable();
    for (number, entry) in archive.entries {
        match entry {
            Ok(record) => take(record)?,
            Err(why) => bad.add("", &why.to_string()),
        }
        while let Some((_, frame)) = frames.next_if(|(of, _)| *of == number) {
            take(frame)?;
        }
    }
    Ok(())
}

fn is_bundle(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| line.trim_ascii_end() == BUNDLED.as_bytes())
}

/// The lines that a bundle has between its marks.
fn bundled(bytes: &[u8]) -> Vec<u8> {
    let (mut lines, mut inside) = (Vec::new(), false);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        inside = match inside {
            false => text == BUNDLED.as_bytes(),
            true if text == FENCE.as_bytes() => false,
            true => {
                lines.extend_from_slice(line);
                true
            }
        };
    }
    lines
}
