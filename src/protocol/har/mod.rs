//! HAR 1.2, the archive that browser dev tools and proxies export: each entry becomes a record.
//!
//! URLs, headers and bodies are taken as written; nothing is normalised. What the archive leaves out (form data given
//! as parameters only, response bodies that were not kept) makes the record `truncated`. Must not open anything.

mod error;
mod looks;
mod write;

pub use error::HarError;
pub use looks::looks_like;
pub use write::{Written, url_of, write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use self::error::words;
use super::http::quoted_url;
use super::record::{Bytes, Headers, Record, Request, Response, VERSION};

/// What an archive holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Archive {
    /// How many entries there are in all.
    pub total: usize,
    /// The entries that went over HTTP or opened a WebSocket, each with its number, from 1.
    pub entries: Vec<(usize, Result<Record, HarError>)>,
    /// The frames of sessions, each with the number of the entry that opened its session.
    pub frames: Vec<(usize, Record)>,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    log: Log<'a>,
}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    entries: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(default, borrow)]
    started_date_time: Option<&'a RawValue>,
    #[serde(default, borrow)]
    request: Option<&'a RawValue>,
    #[serde(default, borrow)]
    response: Option<&'a RawValue>,
    /// The whole record, in an archive that this program wrote.
    #[serde(default, borrow, rename = "_record")]
    record: Option<&'a RawValue>,
    #[serde(default, rename = "_webSocketMessages")]
    messages: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest<'a> {
    #[serde(default, borrow)]
    method: Option<&'a RawValue>,
    #[serde(default, borrow)]
    url: Option<&'a RawValue>,
    #[serde(default, borrow)]
    http_version: Option<&'a RawValue>,
    #[serde(default, borrow)]
    headers: Option<&'a RawValue>,
    #[serde(default, borrow)]
    post_data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HarResponse<'a> {
    #[serde(default, borrow)]
    status: Option<&'a RawValue>,
    #[serde(default, borrow)]
    http_version: Option<&'a RawValue>,
    #[serde(default, borrow)]
    headers: Option<&'a RawValue>,
    #[serde(default, borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct HarHeader {
    name: String,
    value: String,
}

/// A body, of a request or of a response.
#[derive(Deserialize, Default)]
struct Content {
    text: Option<String>,
    #[serde(alias = "_encoding")]
    encoding: Option<String>,
    params: Option<Vec<serde::de::IgnoredAny>>,
    size: Option<f64>,
}

/// Reads an archive; fails where it is none, while an entry that is malformed keeps no other from being read.
///
/// Entries whose URL is of another kind (`data:`, `blob:`, `chrome-extension:`) are left out. An entry whose response has
/// the status 0 or less (it was blocked, or never came) has none.
pub fn read(text: &[u8]) -> Result<Archive, HarError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let file: File<'_> = serde_json::from_slice(text).map_err(|why| HarError::NotHar(words(&why)))?;
    let mut archive = Archive { total: file.log.entries.len(), entries: Vec::new(), frames: Vec::new() };
    for (entry, number) in file.log.entries.iter().zip(1..) {
        match (Reader { number }).entry(entry) {
            Ok(None) => {}
            Ok(Some((record, frames))) => {
                archive.entries.push((number, Ok(record)));
                archive.frames.extend(frames.into_iter().map(|frame| (number, frame)));
            }
            Err(error) => archive.entries.push((number, Err(error))),
        }
    }
    Ok(archive)
}

/// Reads one entry; knows its number for errors.
#[derive(Clone, Copy)]
struct Reader {
    number: usize,
}

impl Reader {
    /// Reads an entry, with the frames of the session that it opened; none where its URL says that nothing went over a
    /// wire that we know.
    fn entry(self, raw: &RawValue) -> Result<Option<(Record, Vec<Record>)>, HarError> {
        let entry: Entry<'_> = self.parse("object", Some(raw))?;
        let request: HarRequest<'_> = self.parse("request", entry.request)?;
        let url: String = self.parse("request.url", request.url)?;
        if is_of_another_kind(&url) {
            return Ok(None);
        }
        let mut record =
            Record { at: Some(self.parse("startedDateTime", entry.started_date_time)?), ..Record::default() };
        self.request(&url, request, &mut record)?;
        if let Some(raw) = entry.response {
            self.response(raw, &mut record)?;
        }
        if let Some(whole) = entry.record.and_then(|raw| self.whole(raw, &record)) {
            record = whole;
        }
        let frames = entry.messages.iter().filter_map(|message| frame(message, &record));
        let frames = frames.collect();
        Ok(Some((record, frames)))
    }

    /// The record that was written along, unless the entry says something else by now: then somebody changed that.
    fn whole(self, raw: &RawValue, read: &Record) -> Option<Record> {
        let whole: Record =
            serde_json::from_str(raw.get()).ok().filter(|whole: &Record| whole.v == VERSION)?;
        let entry = serde_json::value::to_raw_value(&write::plain(&whole)).ok()?;
        let (written, _) = self.entry(&entry).ok()??;
        (written == *read).then_some(whole)
    }

    fn request(self, url: &str, request: HarRequest<'_>, record: &mut Record) -> Result<(), HarError> {
        let (host, target) = host_and_target(url)
            .ok_or_else(|| self.error("request.url", format!("{} is no URL", quoted_url(url.as_bytes()))))?;
        let mut headers = self.headers("request.headers", request.headers)?;
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Host")) {
            headers.insert(0, ("Host".to_owned(), host.into()));
        }
        let post: Option<Content> = self.parse_optional("request.postData", request.post_data)?;
        let post = post.unwrap_or_default();
        let truncated = post.text.as_deref().unwrap_or_default().is_empty()
            && post.params.as_ref().is_some_and(|params| !params.is_empty());
        record.http = self.version("request.httpVersion", request.http_version)?;
        record.truncated |= truncated;
        record.request = Some(Request {
            method: self.parse("request.method", request.method)?,
            target,
            headers: Some(headers),
            body: self.body("request.postData.text", post)?,
            truncated,
            verdict: None,
        });
        Ok(())
    }

    fn response(self, raw: &RawValue, record: &mut Record) -> Result<(), HarError> {
        let response: HarResponse<'_> = self.parse("response", Some(raw))?;
        let status: i64 = self.parse("response.status", response.status)?;
        if status <= 0 {
            return Ok(());
        }
        let status = u16::try_from(status)
            .map_err(|_| self.error("response.status", format!("{status} is no status")))?;
        if record.http.is_none() {
            record.http = self.version("response.httpVersion", response.http_version)?;
        }
        let content: Option<Content> = self.parse_optional("response.content", response.content)?;
        let content = content.unwrap_or_default();
        let truncated = content.text.is_none() && content.size.is_some_and(|size| size > 0.0);
        record.truncated |= truncated;
        record.response = Some(Response {
            status,
            headers: self.headers("response.headers", response.headers)?,
            body: self.body("response.content.text", content)?,
            truncated,
            verdict: None,
        });
        Ok(())
    }

    /// The headers without HTTP/2's pseudo-headers.
    fn headers(self, field: &'static str, raw: Option<&RawValue>) -> Result<Headers, HarError> {
        let headers: Option<Vec<HarHeader>> = self.parse_optional(field, raw)?;
        let real = headers.into_iter().flatten().filter(|header| !header.name.starts_with(':'));
        Ok(real.map(|header| (header.name, header.value.into())).collect())
    }

    fn body(self, field: &'static str, content: Content) -> Result<Bytes, HarError> {
        let text = content.text.unwrap_or_default();
        match content.encoding.as_deref() {
            Some(encoding) if encoding.eq_ignore_ascii_case("base64") => STANDARD
                .decode(text.trim())
                .map(Bytes)
                .map_err(|_| self.error(field, "its base64 is damaged".to_owned())),
            _ => Ok(text.into()),
        }
    }

    /// The version as records have it; none where the archive does not know (`unknown`, or empty).
    fn version(self, field: &'static str, raw: Option<&RawValue>) -> Result<Option<String>, HarError> {
        let text: Option<String> = self.parse_optional(field, raw)?;
        let text = text.unwrap_or_default().to_ascii_lowercase();
        Ok(match text.as_str() {
            "http/1.0" => Some("1.0".to_owned()),
            "http/1.1" => Some("1.1".to_owned()),
            "h2" | "h2c" | "http/2" | "http/2.0" => Some("2".to_owned()),
            "h3" | "http/3" | "http/3.0" => Some("3".to_owned()),
            _ => None,
        })
    }

    fn parse_optional<T: DeserializeOwned>(
        self,
        field: &'static str,
        raw: Option<&RawValue>,
    ) -> Result<Option<T>, HarError> {
        match raw {
            Some(raw) => self.parse(field, Some(raw)),
            None => Ok(None),
        }
    }

    fn parse<'a, T: Deserialize<'a>>(
        self,
        field: &'static str,
        raw: Option<&'a RawValue>,
    ) -> Result<T, HarError> {
        let raw = raw.ok_or_else(|| self.error(field, "it is missing".to_owned()))?;
        serde_json::from_str(raw.get()).map_err(|why| {
            // The place is one inside the field, which says little, and the words may quote the input at length.
            let why = words(&why);
            let short: String = why.split(" at line ").next().unwrap_or_default().chars().take(100).collect();
            self.error(field, short)
        })
    }

    fn error(self, field: &'static str, why: String) -> HarError {
        HarError::Field { entry: self.number, field, why }
    }
}

/// A frame of a session; the record that was written along, where the frame still says the same.
fn frame(message: &Value, handshake: &Record) -> Option<Record> {
    let read = write::frame_of(message, handshake)?;
    let whole: Option<Record> = Record::deserialize(&message["_record"]).ok();
    let same = |whole: &Record| {
        let data = |record: &Record| record.frame.as_ref().map(|frame| frame.data.clone());
        data(whole) == data(&read) && whole.v == VERSION
    };
    Some(whole.filter(same).unwrap_or(read))
}

/// Whether a URL has a scheme, and it is none of HTTP's and WebSocket's.
fn is_of_another_kind(url: &str) -> bool {
    let Some((scheme, _)) = url.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme && !["http", "https", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// The host with its port, and path and query as written.
fn host_and_target(url: &str) -> Option<(&str, String)> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split('#').next().unwrap_or(rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(end)?;
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let slash = if target.starts_with('/') { "" } else { "/" };
    Some((host, format!("{slash}{target}")))
}

#[cfg(test)]
mod tests;
