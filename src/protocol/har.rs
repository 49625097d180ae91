//! HAR 1.2, the archive that browser dev tools and proxies export: each entry becomes a record.
//!
//! URLs, headers and bodies are taken as written; nothing is normalised. What the archive leaves out (form data given
//! as parameters only, response bodies that were not kept) makes the record `truncated`. Must not open anything.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::http::quoted;
use super::record::{Bytes, Headers, Record, Request, Response};

/// Why an archive could not be read. What is quoted from the input is short and escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HarError {
    /// It is not JSON, or has no `log.entries`; with the parser's words.
    NotHar(String),
    /// A field of an entry is missing or is of the wrong kind; with the parser's words.
    Field {
        /// The entry's number, from 1.
        entry: usize,
        /// The field's path in the entry.
        field: &'static str,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for HarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HarError::NotHar(why) => write!(f, "this is not a HAR file with log.entries: {why}"),
            HarError::Field { entry, field, why } => {
                write!(f, "entry {entry} of the HAR file has no good {field}: {why}")
            }
        }
    }
}

impl std::error::Error for HarError {}

impl HarError {
    /// What to do about it, where we know.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            HarError::NotHar(_) => Some("is the file whole? export it again with `Save all as HAR`"),
            HarError::Field { .. } => {
                Some("HAR 1.2 is understood; other tools' variants may need a conversion")
            }
        }
    }
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

/// Reads all entries of an archive.
///
/// An entry whose response has the status 0 (it was blocked, or never came) has none. Fails at the first entry that is
/// malformed, naming its number and the field.
pub fn read(text: &[u8]) -> Result<Vec<Record>, HarError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let file: File<'_> = serde_json::from_slice(text).map_err(|why| HarError::NotHar(why.to_string()))?;
    let entries = file.log.entries.iter().zip(1..);
    entries.map(|(entry, number)| Reader { number }.entry(entry)).collect()
}

/// Whether a text looks like an archive: a JSON object whose first key, or one soon after, is `log`.
pub fn looks_like(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    let Some(after) = text.strip_prefix(b"{") else {
        return false;
    };
    let head = after.get(..200).unwrap_or(after);
    let Some((before, after)) =
        memchr::memmem::find(head, b"\"log\"").and_then(|at| head.split_at_checked(at))
    else {
        return false;
    };
    let after = after.get(5..).unwrap_or_default().trim_ascii_start();
    let object =
        after.strip_prefix(b":").map(<[u8]>::trim_ascii_start).is_some_and(|value| value.starts_with(b"{"));
    object && !before.contains(&b'{')
}

/// Reads one entry; knows its number for errors.
#[derive(Clone, Copy)]
struct Reader {
    number: usize,
}

impl Reader {
    fn entry(self, raw: &RawValue) -> Result<Record, HarError> {
        let entry: Entry<'_> = self.parse("object", Some(raw))?;
        let mut record =
            Record { at: Some(self.parse("startedDateTime", entry.started_date_time)?), ..Record::default() };
        self.request(entry.request, &mut record)?;
        if let Some(raw) = entry.response {
            self.response(raw, &mut record)?;
        }
        Ok(record)
    }

    fn request(self, raw: Option<&RawValue>, record: &mut Record) -> Result<(), HarError> {
        let request: HarRequest<'_> = self.parse("request", raw)?;
        let url: String = self.parse("request.url", request.url)?;
        let (host, target) = host_and_target(&url)
            .ok_or_else(|| self.error("request.url", format!("{} is no URL", quoted(url.as_bytes()))))?;
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
        let status: u16 = self.parse("response.status", response.status)?;
        if status == 0 {
            return Ok(());
        }
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
            let why = why.to_string();
            let short: String = why.split(" at line ").next().unwrap_or_default().chars().take(100).collect();
            self.error(field, short)
        })
    }

    fn error(self, field: &'static str, why: String) -> HarError {
        HarError::Field { entry: self.number, field, why }
    }
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
#[path = "har_tests.rs"]
mod tests;
