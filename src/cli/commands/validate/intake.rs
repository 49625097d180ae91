//! What there is to validate: a document, lines of documents, records with entities in them.

use std::io::{Cursor, Read};

use serde::de::IgnoredAny;

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::input::{MAX_DOCUMENT, Source};
use crate::discovery::collection_at;
use crate::entity::EntityType;
use crate::protocol::record::Record;
use crate::protocol::versia::{INBOX, INSTANCE, Message};

/// What to call an input in errors.
const WHAT: &str = "the entity";

/// One document.
pub(super) struct Document {
    /// Where it came from, for people.
    pub(super) place: String,
    /// How many lines stand before it there.
    pub(super) lines_before: u64,
    /// The input and the line of the record that it is in.
    pub(super) record: Option<(String, u64)>,
    pub(super) text: Vec<u8>,
    /// Its type, where it has none of its own.
    pub(super) given: Option<&'static EntityType>,
}

/// What an input turned out to be.
pub(super) enum Intake {
    Document(Document),
    Lines(Box<dyn Read + Send>),
}

/// Reads an input in whichever form it has. With `is_lines`, lines are not read to their end, unless `is_whole`.
pub(super) fn read(
    context: &mut Context,
    source: &Source,
    is_lines: bool,
    is_whole: bool,
) -> Result<Intake, CliError> {
    if is_lines && !is_whole {
        return Ok(Intake::Lines(context.inputs.open(source, WHAT)?));
    }
    let named_so = matches!(source, Source::File(path)
        if path.extension().is_some_and(|it| it == "ndjson" || it == "jsonl"));
    if named_so && !is_whole {
        return Ok(Intake::Lines(context.inputs.open(source, WHAT)?));
    }
    let mut text = Vec::new();
    let input = context.inputs.open(source, WHAT)?;
    let mut input = input.take(MAX_DOCUMENT + 1);
    input
        .read_to_end(&mut text)
        .map_err(|error| CliError::io(format!("cannot read {WHAT} from {source}"), &error))?;
    if text.len() as u64 > MAX_DOCUMENT {
        let message =
            format!("cannot read {WHAT} from {source}: it is larger than {} MiB", MAX_DOCUMENT >> 20);
        return Err(CliError::usage(message).hint("many documents are read with --ndjson, one per line"));
    }
    if text.trim_ascii().is_empty() {
        return Err(CliError::usage(format!("there is nothing to validate: {source} is empty")));
    }
    if is_lines || named_so || has_documents_on_lines(&text) {
        return Ok(Intake::Lines(Box::new(Cursor::new(text))));
    }
    let place = source.to_string();
    Ok(Intake::Document(Document { place, lines_before: 0, record: None, text, given: None }))
}

/// Whether every line is meant to be a document: the first is one, or begins and ends like one and the next begins so, and
/// another follows; or the only one is a record.
fn has_documents_on_lines(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let Some(first) = lines.next() else { return false };
    let looks_whole = first.starts_with(b"{") && first.trim_ascii_end().ends_with(b"}");
    match lines.next() {
        Some(next) if looks_whole && next.starts_with(b"{") => true,
        Some(_) => is_record(first) || serde_json::from_slice::<IgnoredAny>(first).is_ok(),
        None => is_record(first),
    }
}

/// Whether a line looks like a record.
pub(super) fn is_record(line: &[u8]) -> bool {
    let has = |part: &[u8]| memchr::memmem::find(line, part).is_some();
    // Inside a text, the quotation marks are escaped.
    line.starts_with(b"{") && has(b"\"v\":1") && (has(b"\"request\":") || has(b"\"frame\":"))
}

/// The entities in a record, with their places; `None` when it is no record.
pub(super) fn entities_of_record(name: &str, number: u64, line: &[u8]) -> Option<Vec<Document>> {
    let record: Record = serde_json::from_slice(line).ok()?;
    let mut documents = Vec::new();
    let mut add = |part: &str, text: &[u8], given| {
        if !text.trim_ascii().is_empty() {
            let place = format!("{name}:{number} ({part})");
            documents.push(Document {
                place,
                lines_before: 0,
                record: Some((name.to_owned(), number)),
                text: text.to_vec(),
                given,
            });
        }
    };
    let request = record.request.as_ref();
    if let Some(frame) = record.frame.as_ref().filter(|frame| frame.opcode == "text") {
        // What is no message, such as a receipt, holds no entity.
        if let Ok(message) = Message::read(&frame.data.0) {
            add("the message's entity", message.entity.as_bytes(), None);
        }
    } else if let Some(request) = request {
        let path = request.target.split('?').next().unwrap_or_default();
        if request.method == "POST" && path == INBOX {
            add("the request's body", &request.body.0, None);
        }
        let has_entity = path == INSTANCE || path.contains("/entities/");
        let response = record.response.as_ref().filter(|it| it.status / 100 == 2);
        if let Some(response) = response.filter(|_| request.method == "GET" && has_entity) {
            add("the response's body", &response.body.0, collection_at(path, &response.body.0));
        }
    }
    Some(documents)
}
