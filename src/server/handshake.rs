//! The server's side of a WebSocket handshake (RFC 6455, 4.2): what a request asks for, and the answer that switches.

use hyper::HeaderMap;
use hyper::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::app::Answer;

/// What a handshake asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    accept: String,
    /// The subprotocols that are offered, the preferred one first.
    pub subprotocols: Vec<String>,
}

/// Why a handshake cannot be answered with a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandshakeError {
    /// It is an ordinary request.
    NotAnUpgrade,
    /// It is for another version than 13.
    Version,
    /// `Sec-WebSocket-Key` is missing, or not 16 bytes in base64.
    Key,
}

/// Whether a request asks to speak WebSocket.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    lists(headers, &CONNECTION, "upgrade") && lists(headers, &UPGRADE, "websocket")
}

/// Reads what a handshake asks for.
///
/// # Errors
/// When it is none, or not one that can be answered.
pub fn read_offer(headers: &HeaderMap) -> Result<Offer, HandshakeError> {
    if !is_upgrade(headers) {
        return Err(HandshakeError::NotAnUpgrade);
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(HandshakeError::Version);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).map(|key| key.as_bytes().trim_ascii()).unwrap_or_default();
    if key.len() != 24 || !key.ends_with(b"==") {
        return Err(HandshakeError::Key);
    }
    let subprotocols = words(headers, &SEC_WEBSOCKET_PROTOCOL).map(str::to_owned).collect();
    Ok(Offer { accept: derive_accept_key(key), subprotocols })
}

/// The comma-separated words of a header, in whichever way they are spread over lines.
fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|word| !word.is_empty())
}

fn lists(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    words(headers, name).any(|word| word.eq_ignore_ascii_case(wanted))
}

impl Offer {
    /// The answer that switches to WebSocket, with one of the subprotocols or with none.
    pub fn accept(&self, subprotocol: Option<&str>) -> Answer {
        let header = |name: &str, value: &str| (name.to_owned(), value.into());
        let mut headers = vec![
            header("Connection", "Upgrade"),
            header("Upgrade", "websocket"),
            header("Sec-WebSocket-Accept", &self.accept),
        ];
        headers.extend(subprotocol.map(|subprotocol| header("Sec-WebSocket-Protocol", subprotocol)));
        Answer { status: 101, headers, ..Answer::default() }
    }
}

impl HandshakeError {
    /// The answer to a handshake that cannot be taken.
    pub fn answer(self) -> Answer {
        let (status, text) = match self {
            HandshakeError::NotAnUpgrade => {
                (426, "this address speaks WebSocket: send Connection: Upgrade and Upgrade: websocket\n")
            }
            HandshakeError::Version => (426, "Sec-WebSocket-Version has to be 13\n"),
            HandshakeError::Key => (400, "Sec-WebSocket-Key has to be 16 bytes in base64\n"),
        };
        let mut headers = vec![("Content-Type".to_owned(), "text/plain; charset=utf-8".into())];
        if status == 426 {
            headers.push(("Upgrade".to_owned(), "websocket".into()));
            headers.push(("Sec-WebSocket-Version".to_owned(), "13".into()));
        }
        Answer { status, headers, body: text.into(), ..Answer::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        map
    }

    #[test]
    fn offers_are_read_however_they_are_written() {
        let asked = headers(&[
            ("connection", "keep-alive, UPGRADE"),
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "a, versia.receipts.v1"),
            ("sec-websocket-protocol", "b"),
        ]);
        let offer = read_offer(&asked).unwrap();
        // The worked example of RFC 6455, 1.3.
        assert_eq!(offer.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(offer.subprotocols, ["a", "versia.receipts.v1", "b"]);
    }

    #[test]
    fn what_is_no_handshake_is_named() {
        let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
        assert_eq!(read_offer(&headers(&[])), Err(HandshakeError::NotAnUpgrade));
        assert_eq!(read_offer(&headers(&upgrade)), Err(HandshakeError::Version));
        let mut no_key = headers(&upgrade);
        no_key.insert("sec-websocket-version", "13".parse().unwrap());
        assert_eq!(read_offer(&no_key), Err(HandshakeError::Key));
    }
}
