//! Our server's side: a client by hand.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::frames::{note, play};
use super::{Case, Heard, cases, compare};
use crate::fixture::Sandbox;
use crate::serving::Serving;

/// The largest message that it takes here.
const LIMIT: usize = 4 << 20;

const HANDSHAKE: &[u8] =
    b"GET /ws HTTP/1.1\r\nHost: b.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Shakes hands, and plays a case; gives the address that records name too.
fn ask(case: &Case, address: &str) -> (String, Heard) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(HANDSHAKE).unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.contains(" 101 ") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    let own = stream.local_addr().unwrap().to_string();
    (own, play(case, stream, true))
}

#[test]
fn a_server_takes_what_is_right_and_closes_over_what_is_wrong() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, &format!("--quiet --max-body {LIMIT}"));
    let cases = cases(LIMIT);
    let mut played = Vec::new();
    for case in &cases {
        let (own, mut heard) = ask(case, &server.address);
        // The server's own Close is told last.
        let is_over = |record: &Value| record["direction"] == "out" && record["frame"]["opcode"] == "close";
        loop {
            let record = server.next();
            match record["peer"] == *own {
                true if is_over(&record) => break,
                true if record["direction"] == "in" => note(&mut heard, &record),
                _ => {}
            }
        }
        played.push(heard);
    }
    compare(&cases, &played);
    assert_eq!(server.stop().code, 0);
}
