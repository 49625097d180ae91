//! A WebSocket receiver that does as little as one can: it hops from frame to frame, counts, and answers the Close.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::cores::{RECEIVER, stay};

/// What came in one session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Session {
    /// Text and binary messages.
    pub messages: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Whether the sender closed with a Close frame.
    pub closed: bool,
}

/// A sink that runs as long as the benchmark; takes one session after another.
pub struct FrameSink {
    /// Where it listens.
    pub address: SocketAddr,
    sessions: Receiver<Session>,
}

impl FrameSink {
    /// Starts it on the receiver's core.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, sessions) = channel();
        thread::spawn(move || {
            stay(RECEIVER);
            accept(&listener, &sender);
        });
        FrameSink { address, sessions }
    }

    /// Waits for the end of the next session.
    pub fn session(&self) -> Session {
        self.sessions.recv().unwrap()
    }
}

fn accept(listener: &TcpListener, sessions: &Sender<Session>) {
    let mut buffer = vec![0; 256 * 1024];
    for mut stream in listener.incoming().flatten() {
        stream.set_nodelay(true).unwrap();
        let (from, to) = handshake(&mut stream, &mut buffer);
        let session = receive(&mut stream, &mut buffer, from..to);
        // The benchmark may have ended.
        if sessions.send(session).is_err() {
            return;
        }
    }
}

/// Answers the handshake; says which part of the buffer came after it.
fn handshake(stream: &mut TcpStream, buffer: &mut [u8]) -> (usize, usize) {
    let mut filled = 0;
    loop {
        filled += stream.read(&mut buffer[filled..]).unwrap();
        let Some(end) = buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end]).unwrap();
        let key = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim())
        });
        let accept = derive_accept_key(key.unwrap().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).unwrap();
        return (end + 4, filled);
    }
}

/// Counts frames to the Close or the end; `filled` is the part of the buffer that is there already.
fn receive(stream: &mut TcpStream, buffer: &mut [u8], filled: std::ops::Range<usize>) -> Session {
    let mut session = Session::default();
    let (mut from, mut to) = (filled.start, filled.end);
    // What is left of the payload of a frame whose header has been read.
    let mut payload = 0;
    loop {
        while payload == 0
            && let Some(frame) = frame(&buffer[from..to])
        {
            from += frame.header;
            payload = frame.payload;
            match frame.opcode {
                8 => {
                    session.closed = true;
                    // Status 1000. A sender that does not wait for it is no failure of the sink.
                    let _ = stream.write_all(&[0x88, 2, 0x03, 0xe8]);
                    return session;
                }
                1 | 2 => {
                    session.messages += 1;
                    session.bytes += payload as u64;
                }
                _ => {}
            }
            let here = payload.min(to - from);
            from += here;
            payload -= here;
        }
        // Only the beginning of a header can be left.
        buffer.copy_within(from..to, 0);
        (from, to) = (0, to - from);
        match stream.read(&mut buffer[to..]) {
            Ok(0) | Err(_) => return session,
            Ok(count) => to += count,
        }
        let here = payload.min(to);
        from += here;
        payload -= here;
    }
}

struct Frame {
    opcode: u8,
    header: usize,
    payload: usize,
}

/// The header at the beginning of the bytes, when all of it is there.
fn frame(bytes: &[u8]) -> Option<Frame> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (payload, length) = match second & 0x7f {
        126 => (u16::from_be_bytes(bytes.get(2..4)?.try_into().unwrap()) as usize, 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().unwrap()) as usize, 10),
        short => (short as usize, 2),
    };
    let header = length + mask;
    (bytes.len() >= header).then_some(Frame { opcode: first & 0x0f, header, payload })
}
