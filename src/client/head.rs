//! The head of a response as it was on the wire: names in their order and case.

use httparse::{EMPTY_HEADER, Status};

use crate::protocol::record::{Bytes, Headers};

/// The most headers that a response may have.
const MAX_HEADERS: usize = 128;

/// A response's status line and headers.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    /// The HTTP version: `1.0` or `1.1`.
    pub version: &'static str,
    /// The status code.
    pub status: u16,
    /// The words behind the status code; may be empty.
    pub reason: String,
    /// The headers.
    pub headers: Headers,
    /// Where it ends in what was read, with the interim heads before it, in bytes.
    pub end: usize,
}

/// Reads the final head of a response; `None` when there is none in `bytes`. Interim heads (1xx) before it are skipped.
pub fn read_head(bytes: &[u8]) -> Option<Head> {
    let mut start = 0;
    loop {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let Ok(Status::Complete(length)) = response.parse(&bytes[start..]) else {
            return None;
        };
        let status = response.code?;
        // A switch of protocols is the last that comes in this one.
        if matches!(status, 100..=199) && status != 101 {
            start += length;
            continue;
        }
        let headers = response.headers.iter();
        return Some(Head {
            version: if response.version == Some(0) { "1.0" } else { "1.1" },
            status,
            reason: response.reason.unwrap_or_default().to_owned(),
            headers: headers.map(|h| (h.name.to_owned(), Bytes(h.value.to_vec()))).collect(),
            end: start + length,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_final_head_is_read_in_its_order_and_case() {
        let bytes =
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 Fine\r\nB: 1\r\na:\r\nb: 2 \r\n\r\n{";
        let headers: Headers = [("B", "1"), ("a", ""), ("b", "2")].map(|(n, v)| (n.into(), v.into())).into();
        assert_eq!(
            read_head(bytes),
            Some(Head { version: "1.1", status: 200, reason: "Fine".into(), headers, end: bytes.len() - 1 })
        );
    }

    #[test]
    fn half_a_head_is_none() {
        for bytes in ["", "HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"] {
            assert_eq!(read_head(bytes.as_bytes()), None, "{bytes:?}");
        }
    }
}
