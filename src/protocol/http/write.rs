//! Writing a record's messages as HTTP/1.1 text.

use crate::protocol::record::{Headers, Record};

/// Writes a record's request and response, one after the other, as HTTP/1.1.
///
/// Adds nothing and computes nothing: a request of which only the method and target are known is left out, and no
/// `Content-Length` appears that is not among the headers.
pub fn write(record: &Record) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(request) = &record.request
        && let Some(headers) = &request.headers
    {
        out.extend_from_slice(format!("{} {} HTTP/1.1\r\n", request.method, request.target).as_bytes());
        write_rest(&mut out, headers, &request.body.0);
    }
    if let Some(response) = &record.response {
        let line = format!("HTTP/1.1 {} {}", response.status, reason(response.status));
        out.extend_from_slice(line.trim_end().as_bytes());
        out.extend_from_slice(b"\r\n");
        write_rest(&mut out, &response.headers, &response.body.0);
    }
    out
}

fn write_rest(out: &mut Vec<u8>, headers: &Headers, body: &[u8]) {
    for (name, value) in headers {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        if !value.is_empty() {
            out.push(b' ');
            out.extend_from_slice(&value.0);
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

/// The standard reason phrase (RFC 9110, 15); empty for a status that has none here.
pub fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}

/// A header's name in the case in which it is sent over HTTP/1.1: `content-type` as `Content-Type`.
pub fn title_case(name: &str) -> String {
    let mut begins = true;
    let written = |c: char| {
        let written = if begins { c.to_ascii_uppercase() } else { c };
        begins = c == '-';
        written
    };
    name.chars().map(written).collect()
}
