//! Taking records elsewhere: as lines of JSON, as an archive for browsers' tools, as a curl command, as a command of this
//! program. Secrets stay here.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use futures_util::stream::unfold;
use hyper::header::{CONTENT_DISPOSITION, HeaderValue};

use super::answer::{Refusal, typed};
use super::query::Query;
use super::records::fitting;
use super::{Inspector, Shared};
use crate::protocol::outline::Filter;
use crate::protocol::record::{Protocol, Record};
use crate::protocol::versia::{INBOX, Message};
use crate::protocol::{curl, har};
use crate::store::WorkError;
use crate::store::records::{Page, Records};

/// How many records one archive has at most: it is made whole, in memory.
const MOST: usize = 10_000;

/// How many bytes of messages one archive has at most.
const MOST_BYTES: u64 = 256 << 20;

/// How many records are read at once for lines, which are sent as they are read.
const AT_ONCE: usize = 500;

/// `GET /api/records/ID/FORMAT`: `ndjson`, `har`, `curl` or `command`.
pub(super) async fn one(
    State(inspector): Shared,
    Path((id, format)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (_, mut record) = inspector.find(&id).await?;
    record.hide_secrets();
    let name = record.id.clone().unwrap_or_else(|| "record".to_owned());
    let text = match format.as_str() {
        "curl" => inspector.curl(&record)?,
        "command" => inspector.command(&record)?,
        _ => return written(&format, &[record], &name),
    };
    Ok(typed("text/plain; charset=utf-8", text))
}

/// `GET /api/export?format=ndjson|har`: all that a filter wants, the oldest first.
pub(super) async fn all(State(inspector): Shared, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let mut query = Query::of(query.as_deref());
    let format = query.take("format").unwrap_or_else(|| "ndjson".to_owned());
    let filter = query.filter(inspector.now())?;
    let records = inspector.setup.records.clone();
    if format == "ndjson" {
        let lines = unfold(Some(0), move |after| {
            let (records, filter) = (records.clone(), filter.clone());
            async move { page_of_lines(&records, filter, after?).await }
        });
        return Ok(to_be_saved("application/x-ndjson", Body::from_stream(lines), "records.ndjson"));
    }
    let summary = records.summary(filter.clone()).await?;
    if summary.count > MOST as u64 || summary.bytes > MOST_BYTES {
        let error = format!(
            "more than {MOST} records, or {} MB, are too much for one archive",
            MOST_BYTES / 1_000_000
        );
        return Err(Refusal::new(413, error).hint("filter them, or take NDJSON"));
    }
    let found = records.records(filter, Page::after(0, MOST)).await?;
    let mut records: Vec<Record> = found.into_iter().map(|(_, record)| record).collect();
    records.iter_mut().for_each(Record::hide_secrets);
    written(&format, &records, "records")
}

/// The next records as lines, and where to go on; `None` where there are no more. Ends before its end with an error where the
/// store does not answer.
async fn page_of_lines(
    records: &Records,
    filter: Filter,
    after: u64,
) -> Option<(Result<String, WorkError>, Option<u64>)> {
    let read = async {
        let outlines = records.list(filter.clone(), Page::after(after, AT_ONCE)).await?;
        records.records(filter, Page::after(after, fitting(&outlines))).await
    };
    let mut found = match read.await {
        Ok(found) => found,
        Err(error) => return Some((Err(error), None)),
    };
    let last = found.last().map(|(number, _)| *number)?;
    found.iter_mut().for_each(|(_, record)| record.hide_secrets());
    Some((Ok(ndjson(found.iter().map(|(_, record)| record))), Some(last)))
}

fn written(format: &str, records: &[Record], name: &str) -> Result<Response, Refusal> {
    let (media_type, text) = match format {
        "ndjson" => ("application/x-ndjson", ndjson(records)),
        "har" => ("application/json", har::write(records, env!("CARGO_PKG_VERSION")).archive.to_string()),
        _ => {
            return Err(
                Refusal::bad(format!("there is no format {format:?}")).hint("ndjson, har, curl or command")
            );
        }
    };
    // A name that was imported may be anything.
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    Ok(to_be_saved(media_type, text, &format!("{name}.{format}")))
}

/// An answer that a browser saves under a name.
fn to_be_saved(media_type: &'static str, body: impl Into<Body>, name: &str) -> Response {
    let mut response = typed(media_type, body);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Records as lines; one that cannot be written has none.
fn ndjson<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    let lines = records.into_iter().filter_map(|record| serde_json::to_string(record).ok());
    lines.map(|line| line + "\n").collect()
}

impl Inspector {
    fn curl(&self, record: &Record) -> Result<String, Refusal> {
        let refused = || Refusal::new(422, "curl sends HTTP requests, and this is none");
        let request = record.request.as_ref().filter(|_| record.frame.is_none()).ok_or_else(refused)?;
        let url = self.destination(record).ok_or_else(refused)?;
        Ok(curl::write(&url, request))
    }

    /// The command that does the same again with an identity of one's own.
    fn command(&self, record: &Record) -> Result<String, Refusal> {
        let refused =
            || Refusal::new(422, "there is no command that sends this").hint("replay sends it as it was");
        if let Some(frame) = &record.frame {
            let text = frame.data.as_text().filter(|_| frame.opcode == "text").ok_or_else(refused)?;
            let target = record.request.as_ref().map_or(INBOX, |request| request.target.as_str());
            let url = format!("{}{target}", self.setup.url.replacen("http", "ws", 1));
            return match Message::read(text.as_bytes()) {
                Ok(message) if record.protocol == Protocol::Versia => Ok(send(&message.entity, &url)),
                _ => Ok(format!("{} --protocol {}", send(text, &url), record.protocol.as_str())),
            };
        }
        let request = record.request.as_ref().ok_or_else(refused)?;
        let url = self.destination(record).ok_or_else(refused)?;
        match request.method.as_str() {
            "GET" => Ok(format!("versia-cli fetch {}", curl::in_quotes(&url))),
            "POST" => Ok(send(request.body.as_text().ok_or_else(refused)?, &url)),
            _ => Err(refused()),
        }
    }
}

fn send(body: &str, url: &str) -> String {
    format!("{} | versia-cli send - --to {}", curl::output(body.as_bytes()), curl::in_quotes(url))
}
