//! A response for people: status line, headers, body.

use super::json_text::indented;
use crate::cli::ui::{Painter, escape, escape_lines};
use crate::protocol::record::{Bytes, Headers, hide_secrets};

/// The most of a body that is shown on a terminal, in bytes.
const MAX_SHOWN: usize = 64 << 10;

/// The headers without the values that are secrets.
pub fn masked(headers: &Headers) -> Headers {
    let mut masked = headers.clone();
    hide_secrets(&mut masked, |_| false);
    masked
}

/// The status line and the headers, safe for a terminal; secrets are left out.
pub fn head_lines(status_line: &str, headers: &Headers, paint: Painter) -> Vec<String> {
    let mut lines = vec![paint.bold(&escape(status_line))];
    lines.extend(header_lines(headers, paint));
    lines
}

/// The headers, safe for a terminal; secrets are left out.
pub fn header_lines(headers: &Headers, paint: Painter) -> Vec<String> {
    let line = |(name, value): &(String, Bytes)| {
        format!("{}: {}", paint.dim(&escape(name)), escape(&String::from_utf8_lossy(&value.0)))
    };
    masked(headers).iter().map(line).collect()
}

/// The status line and the headers as they came, but for secrets.
pub fn raw_head(status_line: &str, headers: &Headers) -> Vec<u8> {
    let mut head = format!("{status_line}\r\n").into_bytes();
    for (name, value) in masked(headers) {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(&value.0);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// A body, safe for a terminal: JSON laid out, other text as it is, anything else counted only.
pub fn body_text(body: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(body) else {
        return format!("({} bytes that are not text)", body.len());
    };
    let laid_out = indented(text);
    let text = laid_out.as_deref().unwrap_or(text).trim_end();
    let mut end = text.len().min(MAX_SHOWN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut shown = escape_lines(&text[..end]);
    if end < text.len() {
        shown.push_str(&format!("\n(the first {} KiB; with --json all comes)", MAX_SHOWN >> 10));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_laid_out_where_it_is_json_and_never_harms_a_terminal() {
        assert_eq!(body_text(b"{\"a\":\"\x1b\xe2\x80\xae\"}"), "{\"a\":\"\\u{1b}\\u{202e}\"}");
        assert_eq!(body_text(b"{\"a\":1}"), "{\n  \"a\": 1\n}");
        assert_eq!(body_text(b"one\r\ntwo\n"), "one\ntwo");
        assert_eq!(body_text(b"\xff\x00"), "(2 bytes that are not text)");
        assert!(body_text(&[b'x'; 70_000]).ends_with("all comes)"));
    }

    #[test]
    fn secrets_are_left_out_of_every_head() {
        let headers: Headers = vec![("Set-Cookie".into(), "hush".into()), ("ETag".into(), "\"x\"".into())];
        let raw = String::from_utf8(raw_head("HTTP/1.1 200 OK", &headers)).unwrap();
        assert_eq!(raw, "HTTP/1.1 200 OK\r\nSet-Cookie: (hidden)\r\nETag: \"x\"\r\n\r\n");
    }
}
