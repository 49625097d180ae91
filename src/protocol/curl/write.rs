//! Writing the curl command that sends a request exactly as it is.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::url::Url;
use crate::protocol::record::{Bytes, Request};

/// The longest body that is written as an argument, in bytes: Linux takes 128 KiB in one.
const LONGEST_ARGUMENT: usize = 100_000;

/// The curl command, for any POSIX shell, that sends `request` to `url`, whose host and path are the request's.
///
/// Method, target, headers and body arrive as they are; curl adds headers of its own (`User-Agent`, `Accept`,
/// `Content-Length`), but no `Content-Type`. A body that is no argument, because it has control characters, is not UTF-8 or
/// is too long, is piped in as base64. Where curl would change the URL's target, `--request-target` gives it as it is.
pub fn write(url: &str, request: &Request) -> String {
    let mut out = String::new();
    let body = Body::of(&request.body);
    if let Body::Piped = &body {
        let _ = write!(out, "{} | ", piped(&request.body.0));
    }
    out.push_str("curl");
    let parts = Url::split(url).ok();
    match (request.method.as_str(), request.body.is_empty()) {
        ("GET", true) => {}
        ("HEAD", true) => out.push_str(" -I"),
        // Curl infers it from the data, and would say that the flag is not needed.
        ("POST", false) => {}
        (method, _) => {
            let _ = write!(out, " -X {}", quote(method));
        }
    }
    write_url(&mut out, url, parts, request);
    let own_host = parts.map(|parts| parts.host_header().as_bytes());
    for (name, value) in request.headers.iter().flatten() {
        // Curl sends this one anyway.
        if name == "Host" && own_host == Some(value.0.as_slice()) {
            continue;
        }
        let _ = write!(out, " \\\n  -H {}", header(name, value));
    }
    if !matches!(body, Body::None) && !has_header(request, "Content-Type") {
        out.push_str(" \\\n  -H 'Content-Type:'");
    }
    match body {
        Body::None => {}
        Body::Argument(text) => {
            let _ = write!(out, " \\\n  --data-raw {}", in_quotes(text));
        }
        Body::Piped => out.push_str(" \\\n  --data-binary @-"),
    }
    out
}

/// How a body gets to curl. `--data-raw` is as exact as `--data-binary`, and takes no `@` for a file.
enum Body<'a> {
    None,
    Argument(&'a str),
    Piped,
}

impl<'a> Body<'a> {
    fn of(body: &'a Bytes) -> Self {
        match body.as_text() {
            Some("") => Body::None,
            Some(text) if is_argument(text) => Body::Argument(text),
            _ => Body::Piped,
        }
    }
}

/// Whether a text can be an argument, and be pasted as one.
fn is_argument(text: &str) -> bool {
    is_shown(text) && text.len() <= LONGEST_ARGUMENT
}

/// The command that writes `bytes` to what stands behind its `|`, for any POSIX shell: a text as it is where it can be pasted,
/// anything else as base64.
pub fn output(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_argument(text) => format!("printf %s {}", in_quotes(text)),
        _ => piped(bytes),
    }
}

fn piped(bytes: &[u8]) -> String {
    format!("printf %s '{}' | base64 -d", STANDARD.encode(bytes))
}

/// Whether a text is what a terminal shows, and an argument can be: without control characters but those of lines.
fn is_shown(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn write_url(out: &mut String, url: &str, parts: Option<Url<'_>>, request: &Request) {
    match parts {
        Some(parts) if parts.target(true) == request.target => {
            if parts.has_dots() {
                out.push_str(" --path-as-is");
            }
            if parts.has_list() {
                out.push_str(" --globoff");
            }
            let _ = write!(out, " {}", in_quotes(url));
        }
        _ => {
            let end = url.find("://").map_or(0, |at| at + 3);
            let path_at = url.get(end..).and_then(|rest| rest.find(['/', '?', '#']));
            let base = path_at.and_then(|at| url.get(..end + at)).unwrap_or(url);
            let _ = write!(
                out,
                " --globoff --request-target {} {}",
                in_quotes(&request.target),
                in_quotes(&format!("{base}/"))
            );
        }
    }
}

fn has_header(request: &Request, name: &str) -> bool {
    let mut headers = request.headers.iter().flatten();
    headers.any(|(have, _)| have.eq_ignore_ascii_case(name))
}

/// The argument of `-H`.
fn header(name: &str, value: &Bytes) -> String {
    match value.as_text() {
        Some("") => in_quotes(&format!("{name};")),
        Some(text) if is_shown(text) => in_quotes(&format!("{name}: {text}")),
        _ => format!("{}{}", in_quotes(&format!("{name}: ")), in_octal(&value.0)),
    }
}

/// Bytes that no quotation mark of a POSIX shell can hold, or that none should on a terminal.
fn in_octal(bytes: &[u8]) -> String {
    let mut octal = String::new();
    for byte in bytes {
        let _ = write!(octal, "\\{byte:03o}");
    }
    format!("\"$(printf '{octal}')\"")
}

/// The text in single quotes, unless it is a plain word.
fn quote(text: &str) -> String {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        text.to_owned()
    } else {
        in_quotes(text)
    }
}

/// A text as an argument for any POSIX shell, that can be pasted into a terminal whatever it says: a control character would
/// reach the shell's editor, or end the line.
pub fn in_quotes(text: &str) -> String {
    if is_shown(text) { format!("'{}'", text.replace('\'', r"'\''")) } else { in_octal(text.as_bytes()) }
}
