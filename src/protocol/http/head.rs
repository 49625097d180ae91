//! A message's head: the request or status line, or HTTP/2's pseudo-headers, and the headers.

use super::error::HttpError;
use super::lines::{Lines, first_line};
use super::quote::{quoted, quoted_beginning, quoted_url};
use crate::protocol::record::{Bytes, Headers};

/// What a head begins with.
pub(super) enum Start {
    Request { method: String, target: String },
    Response { status: u16 },
}

/// A head as written.
pub(super) struct Head {
    pub(super) start: Start,
    pub(super) version: Option<String>,
    pub(super) headers: Headers,
}

/// Reads a head to its blank line, or to the end of the text.
pub(super) fn read(lines: &mut Lines<'_>) -> Result<Head, HttpError> {
    if is_pseudo_header(first_line(lines.rest()).0) {
        let mut pseudo = Pseudo::default();
        let headers = fields(lines, Some(&mut pseudo))?;
        return pseudo.into_head(headers);
    }
    let (start, version) = start_line(lines.next_line().unwrap_or_default())?;
    let headers = fields(lines, None)?;
    Ok(Head { start, version, headers })
}

fn start_line(line: &[u8]) -> Result<(Start, Option<String>), HttpError> {
    let line = line.trim_ascii();
    if let Some((status, version)) = status_line(line) {
        return Ok((Start::Response { status }, Some(version)));
    }
    let not_http = || HttpError::NotHttp(quoted_beginning(line));
    let (method, target, version) = request_line(line).ok_or_else(not_http)?;
    let target = std::str::from_utf8(target).map_err(|_| HttpError::TargetNotText(quoted_url(target)))?;
    let start =
        Start::Request { method: String::from_utf8_lossy(method).into_owned(), target: target.to_owned() };
    Ok((start, version))
}

/// The status and the version of a line such as `HTTP/1.1 200 OK`.
fn status_line(line: &[u8]) -> Option<(u16, String)> {
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let version = version(words.next()?)?;
    Some((status(words.next()?)?, version))
}

fn status(digits: &[u8]) -> Option<u16> {
    if digits.len() != 3 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let status = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (status >= 100).then_some(status)
}

/// The version as records have it: `1.1`, `2`.
fn version(word: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(word.strip_prefix(b"HTTP/")?).ok()?;
    let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
    let is_digit = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digit(major) || !is_digit(minor) {
        return None;
    }
    Some(match (major, minor) {
        ("1", minor) => format!("1.{minor}"),
        (major, "0") => major.to_owned(),
        _ => text.to_owned(),
    })
}

/// The parts of a request line, whose version may be missing.
fn request_line(line: &[u8]) -> Option<(&[u8], &[u8], Option<String>)> {
    let (method, rest) = line.split_at_checked(line.iter().position(|byte| *byte == b' ')?)?;
    let rest = rest.trim_ascii();
    if !is_token(method) || rest.is_empty() || rest.iter().any(u8::is_ascii_control) {
        return None;
    }
    let last = rest.rsplit(|byte| *byte == b' ').next()?;
    if let Some(version) = version(last) {
        // A target with a space in it is wrong, but it is what was sent.
        let target = rest.strip_suffix(last)?.trim_ascii_end();
        return (!target.is_empty()).then_some((method, target, Some(version)));
    }
    // Without a version, prose could pass for a request: the target has to look like one.
    let plain = rest.starts_with(b"/") || rest.starts_with(b"http") || rest == b"*";
    (plain && !rest.contains(&b' ')).then_some((method, rest, None))
}

/// Reads header lines to the blank line; pseudo-headers go to `pseudo` where the head has them.
fn fields(lines: &mut Lines<'_>, mut pseudo: Option<&mut Pseudo>) -> Result<Headers, HttpError> {
    let mut headers = Headers::new();
    while let Some(line) = lines.next_line() {
        if line.trim_ascii().is_empty() {
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let Some((_, Bytes(value))) = headers.last_mut() else {
                return Err(HttpError::BlankBefore { line: lines.number() });
            };
            if !value.is_empty() {
                value.push(b' ');
            }
            value.extend_from_slice(trim_white(line));
            continue;
        }
        match pseudo.as_deref_mut() {
            Some(pseudo) if line.starts_with(b":") => pseudo.add(line)?,
            _ => headers.push(field(line, lines.number())?),
        }
    }
    Ok(headers)
}

fn field(line: &[u8], number: usize) -> Result<(String, Bytes), HttpError> {
    let (name, value) = split_colon(line).ok_or(HttpError::NoColon { line: number })?;
    let without_blank = name.trim_ascii_end();
    if without_blank.len() < name.len() && is_token(without_blank) {
        return Err(HttpError::BlankBeforeColon { line: number, name: quoted(without_blank) });
    }
    let name = String::from_utf8_lossy(name).into_owned();
    if !is_token(name.as_bytes()) {
        let found = name.chars().find(|character| !is_token(character.to_string().as_bytes()));
        return Err(HttpError::BadName { line: number, found: found.unwrap_or(':') });
    }
    Ok((name, Bytes(trim_white(value).to_vec())))
}

fn split_colon(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = line.split_at_checked(memchr::memchr(b':', line)?)?;
    Some((name, value.get(1..)?))
}

fn trim_white(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// Whether this can be a method or a header's name.
fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// Whether a line is a status line.
pub(super) fn is_status_line(line: &[u8]) -> bool {
    status_line(line.trim_ascii()).is_some()
}

/// Whether a line is one of HTTP/2's pseudo-headers.
pub(super) fn is_pseudo_header(line: &[u8]) -> bool {
    [&b":method:"[..], b":path:", b":authority:", b":scheme:", b":status:"]
        .iter()
        .any(|name| line.starts_with(name))
}

/// Whether a line looks like a request line, judged more strictly than when it is read.
pub(super) fn looks_like_request_line(line: &[u8]) -> bool {
    let Some((method, target, version)) = request_line(line.trim_ascii()) else {
        return false;
    };
    let known = method.len() <= 20 && method.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-');
    let plain = target.starts_with(b"/") || target.starts_with(b"http");
    (known && (version.is_some() || plain)) || (version.is_some() && plain)
}

/// What the pseudo-headers of an HTTP/2 head say.
#[derive(Default)]
struct Pseudo {
    method: Option<String>,
    path: Option<String>,
    authority: Option<String>,
    status: Option<u16>,
}

impl Pseudo {
    fn add(&mut self, line: &[u8]) -> Result<(), HttpError> {
        let (name, value) = line.strip_prefix(b":").and_then(split_colon).unwrap_or_default();
        let value = trim_white(value);
        let text = || match std::str::from_utf8(value) {
            Ok(text) => Ok(Some(text.to_owned())),
            Err(_) => Err(HttpError::TargetNotText(quoted_url(value))),
        };
        match name {
            b"method" if is_token(value) => self.method = text()?,
            b"path" if !value.is_empty() => self.path = text()?,
            b"authority" => self.authority = text()?,
            b"status" => self.status = status(value),
            b"scheme" => {}
            _ => return Err(HttpError::NotHttp(quoted_beginning(line))),
        }
        Ok(())
    }

    fn into_head(self, mut headers: Headers) -> Result<Head, HttpError> {
        let start = match (self.method, self.path, self.status) {
            (None, None, Some(status)) => Start::Response { status },
            (Some(method), Some(target), None) => Start::Request { method, target },
            (Some(_), Some(_), Some(_)) | (None, None, None) => {
                return Err(HttpError::PseudoHeader(":status"));
            }
            (None, _, _) => return Err(HttpError::PseudoHeader(":method")),
            (_, None, _) => return Err(HttpError::PseudoHeader(":path")),
        };
        let has_host = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
        if let (Some(authority), false) = (self.authority, has_host) {
            headers.insert(0, ("Host".to_owned(), authority.into()));
        }
        Ok(Head { start, version: Some("2".to_owned()), headers })
    }
}
