//! How fast a scripted `repl` takes and judges what a peer that never stops talking sends.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio_tungstenite::tungstenite::accept;

use super::cores::{RECEIVER, SENDER, on_core, stay};
use super::process::{has, program};
use super::turns::turns;

/// How many messages a run takes: a second or two of them.
const MESSAGES: u64 = 50_000;
const ROUNDS: usize = 5;

/// Runs `repl` against signed messages, each of the same length, and prints how many it takes a second.
pub fn report_rate(messages: &[String], public_key: &str) {
    if !has("repl", "--count") {
        return;
    }
    let address = start(frames(messages));
    let rate = |flags: &[&str]| MESSAGES as f64 / time(address, public_key, flags);
    let rates = turns(ROUNDS, &mut [&mut || rate(&["--json"]), &mut || rate(&[])]);
    let [json, text] = [0, 1].map(|row| rates.show(row, 1e3, 0));
    println!(
        "repl takes and verifies {MESSAGES} messages of {} bytes, whole processes, thousands a second: --json {json}, for people {text}",
        messages[0].len()
    );
}

/// One run on a core; seconds. Every message has to have come.
fn time(address: SocketAddr, public_key: &str, flags: &[&str]) -> f64 {
    let mut command = Command::new(program());
    let count = MESSAGES.to_string();
    command.args(["repl", &format!("ws://{address}/.versia/v0.6/inbox"), "--unsigned", "--count", &count]);
    command.args(["--public-key", public_key]).args(flags).stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let output = on_core(SENDER, || command.output()).unwrap();
    let elapsed = start.elapsed().as_secs_f64();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    elapsed
}

/// The messages as a server's frames, encoded once, as often as a run takes them.
fn frames(messages: &[String]) -> Arc<Vec<u8>> {
    let mut frames = Vec::new();
    for message in messages.iter().cycle().take(MESSAGES as usize) {
        let length = u16::try_from(message.len()).unwrap();
        assert!(length >= 126, "a shorter length is written otherwise");
        frames.extend([0x81, 126]);
        frames.extend(length.to_be_bytes());
        frames.extend(message.as_bytes());
    }
    Arc::new(frames)
}

/// A server on the receiver's core that sends all frames to each session, then answers what comes until it is closed.
fn start(frames: Arc<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        stay(RECEIVER);
        for stream in listener.incoming().flatten() {
            talk(stream, &frames);
        }
    });
    address
}

fn talk(stream: TcpStream, frames: &[u8]) {
    let mut socket = accept(stream).unwrap();
    socket.get_mut().write_all(frames).unwrap();
    while socket.read().is_ok() {}
    let _ = socket.get_mut().read(&mut [0]);
}
