//! The wire log of a case in HTML: every exchange as it went and came, secrets left out.

use std::fmt::Write;

use super::text::{body, marked, plain};
use crate::cli::render::exchange::masked;
use crate::protocol::record::{Direction, Headers, Record, shown_target};

/// The most exchanges of a case that are written.
const MAX: usize = 20;

/// The exchanges of a case. The last one can be seen at once where `is_open`.
pub fn log(exchanges: &[Record], is_open: bool) -> String {
    let mut text = String::new();
    let left_out = exchanges.len().saturating_sub(MAX);
    if left_out > 0 {
        let _ = write!(text, "<p class=\"soft\">{left_out} earlier exchanges are left out.</p>");
    }
    for (at, record) in exchanges.iter().enumerate().skip(left_out) {
        let is_last = at + 1 == exchanges.len();
        let open = if is_open && is_last { " open" } else { "" };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "<details class=\"exchange\"{open}><summary>{}</summary>{}</details>",
            title(record),
            content(record)
        );
    }
    text
}

fn title(record: &Record) -> String {
    let mut parts = Vec::new();
    if let Some(request) = &record.request {
        let target = shown_target(&request.target, record.protocol);
        let target = crate::cli::ui::shown(&target, 100);
        parts.push(format!("<code>{} {}</code>", plain(&request.method), plain(&target)));
    }
    if let Some(frame) = &record.frame {
        let way = if record.direction == Some(Direction::Out) { "sent" } else { "received" };
        parts.push(format!("<code>{}</code> {way}, {} bytes", plain(&frame.opcode), frame.data.0.len()));
    }
    match (&record.response, &record.error) {
        (Some(response), _) => parts.push(format!("<b>{}</b>", response.status)),
        (None, Some(_)) => parts.push("<b>no answer</b>".to_owned()),
        (None, None) => {}
    }
    if let Some(total) = record.timings.and_then(|timings| timings.total) {
        parts.push(format!("<span class=\"soft\">{total:.1} ms</span>"));
    }
    parts.join(" ")
}

fn content(record: &Record) -> String {
    let mut text = String::new();
    if let Some(request) = &record.request {
        let target = shown_target(&request.target, record.protocol);
        let line = format!("{} {}", request.method, target);
        text.push_str(&message("Request", &line, request.headers.as_ref(), &request.body.0));
    }
    if let Some(response) = &record.response {
        let version = record.http.as_deref().map_or(String::new(), |it| format!("/{it}"));
        let line = format!("HTTP{version} {}", response.status);
        text.push_str(&message("Response", &line, Some(&response.headers), &response.body.0));
        if response.truncated {
            text.push_str("<p class=\"soft\">The rest of it was not read.</p>");
        }
    }
    if let Some(frame) = &record.frame {
        text.push_str(&body(&frame.data.0));
        if let Some(close) = &frame.close {
            let _ = write!(text, "<p>Closed with {}: {}</p>", close.code, plain(&close.reason));
        }
    }
    if let Some(bytes) = &record.malformed {
        let _ = write!(text, "<p class=\"label\">What could not be read</p>{}", body(&bytes.0));
    }
    if let Some(error) = &record.error {
        let code = error.code.as_deref().map_or(String::new(), |code| format!("{}: ", plain(code)));
        let _ = write!(text, "<p class=\"bad\">{code}{}</p>", plain(&error.message));
    }
    text
}

fn message(label: &str, line: &str, headers: Option<&Headers>, bytes: &[u8]) -> String {
    let mut head = format!("<b>{}</b>\n", plain(line));
    for (name, value) in headers.map(masked).into_iter().flatten() {
        let value = String::from_utf8_lossy(&value.0).into_owned();
        let _ = writeln!(
            head,
            "<span class=\"name\">{}</span>: {}",
            plain(&name),
            marked(&value).replace('\n', "\\n")
        );
    }
    format!("<p class=\"label\">{label}</p><pre class=\"head\">{head}</pre>{}", body(bytes))
}
