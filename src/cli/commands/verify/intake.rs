//! What people really have: finds out which form an input has, and makes records of it.

use std::io::{BufRead, BufReader, Cursor, Read};

use serde_json::Value;

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::input::{MAX_DOCUMENT, Source};
use crate::lines::MAX_LINE;
use crate::protocol::record::{Frame, Record, Request, Transport, VERSION};
use crate::protocol::versia::{INBOX, Message, concerns_versia};
use crate::protocol::{curl, har, http};

const FORMS: &str = "verify takes a raw HTTP message, a curl command, a HAR file, WebSocket messages or records \
                     (JSON, one per line), or flags: --method --path --signature --signed-at --signed-by --body";

/// How many lines are looked at to find out whether an input is lines of JSON that begin with something else.
const LOOK_AHEAD: usize = 20;

/// What an input turned out to be.
pub(super) enum Intake {
    /// Records, or complaints about entries, with a name for each when there are many.
    Records(Vec<(String, Record)>),
    /// A HAR file's records, and what is wrong with the entries that are none, each with its place.
    Entries(Vec<(String, Record)>, Vec<(String, String)>),
    /// Lines of JSON, to be read one by one.
    Lines {
        /// The lines.
        lines: Box<dyn Read + Send>,
        /// Whether it is known that there is one only.
        single: bool,
        /// What to call the input.
        name: String,
    },
}

/// Reads an input in whichever form it has. Lines of JSON are not read to their end: they are answered as they come.
pub(super) fn read(context: &mut Context, source: &Source) -> Result<Intake, CliError> {
    let failed = |error: std::io::Error| CliError::io(format!("cannot read the input from {source}"), &error);
    let mut input = BufReader::new(context.inputs.open(source, "the input")?);
    let mut bytes = Vec::new();
    let first = read_first_line(&mut input, &mut bytes).map_err(failed)?;
    if serde_json::from_slice::<Value>(first).is_ok_and(|value| is_line(&value)) {
        let single = is_all_blank(&mut input).map_err(failed)?;
        return Ok(Intake::Lines {
            lines: Box::new(Cursor::new(bytes).chain(input)),
            single,
            name: source.to_string(),
        });
    }
    input.take(MAX_DOCUMENT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_DOCUMENT {
        let message =
            format!("cannot read the input from {source}: it is larger than {} MiB", MAX_DOCUMENT >> 20);
        return Err(CliError::usage(message)
            .hint("records and WebSocket messages of any number are read one per line"));
    }
    read_document(context, bytes, source)
}

/// Reads up to the end of the first line that is not blank; gives that line, without a byte order mark.
fn read_first_line<'a>(input: &mut impl BufRead, bytes: &'a mut Vec<u8>) -> std::io::Result<&'a [u8]> {
    loop {
        let start = bytes.len();
        let read = input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', bytes)?;
        let blank = without_mark(&bytes[start..]).trim_ascii().is_empty();
        if !blank || read == 0 || bytes.len() as u64 > MAX_DOCUMENT {
            return Ok(without_mark(&bytes[start..]));
        }
    }
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Whether nothing but blanks is left.
fn is_all_blank(input: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let ahead = input.fill_buf()?;
        let length = ahead.len();
        if length == 0 || !ahead.trim_ascii().is_empty() {
            return Ok(length == 0);
        }
        input.consume(length);
    }
}

/// Whether an input that begins with something else holds lines of JSON all the same.
fn has_lines(text: &[u8]) -> bool {
    let mut lines = text.split(|&b| b == b'\n').take(LOOK_AHEAD);
    lines.any(|line| {
        line.starts_with(b"{") && serde_json::from_slice::<Value>(line).is_ok_and(|value| is_line(&value))
    })
}

fn read_document(context: &mut Context, bytes: Vec<u8>, source: &Source) -> Result<Intake, CliError> {
    let text = without_mark(&bytes).trim_ascii_start();
    let unreadable = |what: &str, why: &dyn std::fmt::Display, hint: Option<String>| {
        CliError::usage(format!("cannot read {source} as {what}"))
            .because(why)
            .hint(hint.unwrap_or_else(|| FORMS.to_owned()))
    };
    if text.is_empty() {
        return Err(CliError::usage(format!("there is nothing to verify: {source} is empty")).hint(FORMS));
    }
    if curl::looks_like(text) {
        let text = std::str::from_utf8(text).map_err(|error| unreadable("a curl command", &error, None))?;
        let command = curl::read(text)
            .map_err(|error| unreadable("a curl command", &error, error.hint().map(Into::into)))?;
        let load = |path: &str| {
            let bytes = context.inputs.read(&Source::parse(path), "the body");
            bytes.map_err(|error| error.lines_to_print().next().map(|(_, line)| line).unwrap_or_default())
        };
        let record = command
            .into_record(load)
            .map_err(|error| unreadable("a curl command", &error, error.hint().map(Into::into)))?;
        return Ok(Intake::Records(vec![(String::new(), record)]));
    }
    if !http::looks_like(text) && !har::looks_like(text) && has_lines(text) {
        let lines = Box::new(Cursor::new(bytes));
        return Ok(Intake::Lines { lines, single: false, name: source.to_string() });
    }
    if text.starts_with(b"{") {
        return read_json(text, source);
    }
    if text.starts_with(b"[") {
        return Err(CliError::usage(format!("cannot read {source}: a JSON array")).hint(
            "records and WebSocket messages are read one per line (NDJSON): `jq -c '.[]'` splits an array",
        ));
    }
    if http::looks_like(text) {
        // From the first byte on: what the reader counts are the lines of the whole input.
        let record = http::read(&bytes)
            .map_err(|error| unreadable("an HTTP message", &error, error.hint().map(Into::into)))?;
        return Ok(Intake::Records(vec![(String::new(), record)]));
    }
    Err(CliError::usage(format!("cannot tell what {source} is")).hint(FORMS))
}

fn read_json(text: &[u8], source: &Source) -> Result<Intake, CliError> {
    if har::looks_like(text) {
        return read_archive(text, source);
    }
    match serde_json::from_slice::<Value>(text) {
        Ok(value) if is_line(&value) => {
            let record = read_line(text).map_err(|why| CliError::usage(format!("cannot read {source}")).because(why))?;
            Ok(Intake::Records(vec![(String::new(), record)]))
        }
        Ok(value) if value.get("type").is_some() => {
            Err(CliError::usage(format!("{source} is an entity without a signature"))
                .hint("give the headers that came with it: --method --path --signature --signed-at --signed-by --body FILE"))
        }
        Ok(_) => Err(CliError::usage(format!("cannot tell what the JSON in {source} is")).hint(FORMS)),
        Err(error) => Err(CliError::usage(format!("cannot read {source}: it begins like JSON, but is not"))
            .because(error)
            .hint(FORMS)),
    }
}

/// Reads a HAR file; its broken entries are told of, and the others verified all the same.
fn read_archive(text: &[u8], source: &Source) -> Result<Intake, CliError> {
    let archive = har::read(text).map_err(|error| {
        CliError::usage(format!("cannot read {source} as a HAR file"))
            .hint(error.hint().unwrap_or(FORMS))
            .because(error)
    })?;
    let (mut ours, mut bad) = (Vec::new(), Vec::new());
    for (number, entry) in archive.entries {
        match entry {
            Ok(record) if concerns_versia(&record) => ours.push((format!("entry {number}"), record)),
            Ok(_) => {}
            Err(why) => bad.push((String::new(), why.to_string())),
        }
    }
    match archive.total {
        0 => {
            Err(CliError::usage(format!("there is nothing to verify: the HAR file {source} has no entries")))
        }
        all if ours.is_empty() && bad.is_empty() => {
            Err(CliError::usage(format!("none of the {all} entries of {source} has to do with Versia"))
                .hint("looked for signature headers and for paths under /.versia/"))
        }
        _ => Ok(Intake::Entries(ours, bad)),
    }
}

/// Whether a value is one that lines of JSON hold: a WebSocket message or a record.
fn is_line(value: &Value) -> bool {
    Message::looks_like(value) || is_record(value)
}

fn is_record(value: &Value) -> bool {
    ["request", "response", "frame", "malformed"].iter().any(|part| value.get(part).is_some())
}

/// Reads one line of JSON: a record, or a WebSocket message.
pub(super) fn read_line(line: &[u8]) -> Result<Record, String> {
    // A record is the usual case, and told by trying; what it is not is found out afterwards.
    let why = match serde_json::from_slice::<Record>(line) {
        Ok(record) if record.v == VERSION => return Ok(record),
        Ok(record) => {
            return Err(format!(
                "a record of version {}, where this program reads version {VERSION}",
                record.v
            ));
        }
        Err(error) => error,
    };
    let value: Value = serde_json::from_slice(line)
        .map_err(|error| format!("not JSON: line {}, column {}", error.line(), error.column()))?;
    if is_record(&value) {
        return Err(format!("not a record: {why}"));
    }
    if !Message::looks_like(&value) {
        return Err("neither a record nor a WebSocket message".to_owned());
    }
    let frame = Frame { opcode: "text".to_owned(), data: line.to_vec().into(), ..Frame::default() };
    Ok(Record { transport: Transport::Ws, frame: Some(frame), ..Record::default() })
}

/// Puts another method or path in the place of a record's, or gives it one to be the response to.
pub(super) fn override_request(record: &mut Record, method: Option<&str>, path: Option<&str>) {
    if method.is_none() && path.is_none() {
        return;
    }
    let known = match (&record.request, &record.frame, path) {
        (Some(_), _, _) => None,
        (None, Some(_), _) => Some(("POST", INBOX)),
        // A method alone does not say which request a response answers.
        (None, None, None) => return,
        (None, None, Some(_)) => Some(("GET", "")),
    };
    let request = record.request.get_or_insert_with(|| {
        let (method, target) = known.unwrap_or_default();
        Request { method: method.to_owned(), target: target.to_owned(), ..Request::default() }
    });
    if let Some(method) = method {
        request.method = method.to_owned();
    }
    if let Some(path) = path {
        request.target = path.to_owned();
    }
}
