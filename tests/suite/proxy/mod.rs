//! `proxy`: what passes is the same on both sides, whatever it is; and recorded, verified and told beside it.

mod http2;
mod records;
mod relay;
mod sessions;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::fixture::Sandbox;
use crate::serving::Serving;

/// How long a test waits for bytes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A proxy in front of a port of this machine.
fn proxy_to(sandbox: &Sandbox, port: u16, arguments: &str) -> Serving {
    Serving::run(sandbox, &format!("proxy --json --to http://127.0.0.1:{port} {arguments}"))
}

/// An instance that does the same with every connection.
fn instance(behaviour: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let behaviour = behaviour.clone();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            thread::spawn(move || behaviour(stream));
        }
    });
    port
}

fn connect(proxy: &Serving) -> TcpStream {
    let stream = TcpStream::connect(&proxy.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads as much as is expected.
#[track_caller]
fn read(stream: &mut TcpStream, length: usize) -> String {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Reads to the end of a head.
fn read_head(stream: &mut impl Read) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Sends bytes, ends sending, and reads to the end.
fn exchange(proxy: &Serving, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(proxy);
    for piece in bytes.chunks(bytes.len() / 3 + 1) {
        stream.write_all(piece).unwrap();
    }
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}
