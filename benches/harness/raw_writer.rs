//! The ceiling of sending: a file's lines as masked text frames, through one buffer, with plain blocking writes.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::TcpStream;
use std::path::Path;

/// A real one is drawn for each frame; drawing is not what is measured.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const BUFFER: usize = 128 * 1024;

/// Sends the lines of `file` to `address` in one session, closes it and waits for the peer's Close.
pub fn run(address: &str, file: &Path) {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut wire = BufWriter::with_capacity(BUFFER, &stream);
    write!(
        wire,
        "GET / HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .unwrap();
    wire.flush().unwrap();
    read_head(&stream);

    let mut lines = BufReader::with_capacity(BUFFER, File::open(file).unwrap());
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).unwrap() > 0 {
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        let length = u16::try_from(line.len()).unwrap();
        assert!(length > 125, "a shorter line has another header");
        wire.write_all(&[0x81, 0x80 | 126]).unwrap();
        wire.write_all(&length.to_be_bytes()).unwrap();
        wire.write_all(&MASK).unwrap();
        mask(&mut line);
        wire.write_all(&line).unwrap();
        line.clear();
    }
    wire.write_all(&[0x88, 0x80]).unwrap();
    wire.write_all(&MASK).unwrap();
    wire.flush().unwrap();
    // The peer's Close, and the end.
    (&stream).read_exact(&mut [0; 2]).unwrap();
}

fn mask(payload: &mut [u8]) {
    let (words, rest) = payload.as_chunks_mut::<4>();
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ u32::from_ne_bytes(MASK)).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(MASK) {
        *byte ^= mask;
    }
}

fn read_head(mut stream: &TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
}
