//! The memory of an idle WebSocket session of `serve`.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use versia_cli::protocol::versia::INBOX;
use versia_cli::signing::Signer;

use super::files::raise_limit_of_open_files;
use super::harness::report;
use super::process::has;
use super::serve::Serve;

/// How many sessions are open at each look.
const STEPS: [usize; 2] = [1_000, 5_000];
/// Opened before the first look, so that what a server sets up once is no part of it.
const WARM_UP: usize = 50;

/// Opens idle sessions of a `serve`, and prints what each costs it.
pub fn report_memory(folder: &Path, signer: Signer) {
    if !has("serve", "--listen") {
        return;
    }
    raise_limit_of_open_files();
    let serve = Serve::start(folder, signer.key());
    let mut sessions = Vec::new();
    let mut open = |count: usize| {
        while sessions.len() < count {
            sessions.push(session(serve.address, &signer));
        }
    };
    open(WARM_UP);
    let Some(before) = serve.resident() else {
        println!("skipped: this system does not say how much memory a process has");
        return;
    };
    for count in STEPS {
        open(WARM_UP + count);
        let now = serve.resident().unwrap_or(0);
        let each = now.saturating_sub(before) as f64 / count as f64;
        report(&format!("serve, {count} idle WebSocket sessions, KiB each"), each, "≤ 8", each <= 8.0);
    }
    drop(sessions);
    serve.end();
}

/// An open session: the sender has signed its handshake, and the receiver has taken it.
fn session(address: SocketAddr, signer: &Signer) -> TcpStream {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let signed = signer.sign("GET", INBOX, now, b"");
    let head = format!(
        "GET {INBOX} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: versia.receipts.v1\r\nVersia-Signature: {}\r\nVersia-Signed-By: {}\r\nVersia-Signed-At: {}\r\n\r\n",
        signed.signature, signed.signed_by, signed.signed_at
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    stream
}
