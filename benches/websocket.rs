//! WebSocket: `send --ws` from a file against raw buffered writes and websocat, one message with its close, the
//! memory of an idle session of `serve`, and how fast `repl` takes what comes.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

#[path = "harness/cores.rs"]
mod cores;
#[path = "harness/files.rs"]
mod files;
#[path = "harness/frame_sink.rs"]
mod frame_sink;
mod harness;
#[path = "harness/idle.rs"]
mod idle;
#[path = "harness/planned.rs"]
mod planned;
#[path = "harness/process.rs"]
mod process;
#[path = "harness/raw_writer.rs"]
mod raw_writer;
#[path = "harness/serve.rs"]
mod serve;
#[path = "harness/taking.rs"]
mod taking;
#[path = "harness/turns.rs"]
mod turns;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use cores::{SENDER, on_core};
use frame_sink::FrameSink;
use harness::{is_bench, report};
use process::{again, has, program};
use turns::{NOT_MEASURED, turns};
use versia_cli::bench::{Content, Plan, Template, Transport, run as carry_out};
use versia_cli::protocol::versia::{INBOX, Message};
use versia_cli::signing::{SecretKey, Signer};

const MESSAGES: u64 = 200_000;
const LENGTH: u64 = 900;
const AT: i64 = 1_729_243_417;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|part| part == "raw") {
        return raw_writer::run(&arguments[2], Path::new(&arguments[3]));
    }
    if !is_bench() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sink = FrameSink::start();
    let senders = Senders::find(sink.address);
    from_a_file(&senders, &sink, folder.path());
    println!();
    one_message(&senders, &sink, folder.path());
    println!();
    idle::report_memory(folder.path(), signer());
    println!();
    let messages: Vec<String> = (0..5_000).map(message).collect();
    taking::report_rate(&messages, &signer().key().public().to_spki_base64());
}

fn signer() -> Signer {
    Signer::new(SecretKey::from_seed(&[7; 32]), "a.example")
}

/// A signed message of 900 bytes.
fn message(number: u64) -> String {
    let message = |filling: usize| {
        let entity = format!(r#"{{"id":"{number:06}","type":"Note","x":"{}"}}"#, "x".repeat(filling));
        let signed = signer().sign("POST", INBOX, AT, entity.as_bytes());
        serde_json::to_string(&Message::new(signed, entity)).unwrap()
    };
    message(LENGTH as usize - message(0).len())
}

fn write_messages(path: &Path, count: u64) {
    // So many that none is in the cache when its turn comes again.
    let distinct: Vec<String> = (0..count.min(5_000)).map(message).collect();
    let mut file = BufWriter::new(File::create(path).unwrap());
    for number in 0..count {
        writeln!(file, "{}", distinct[number as usize % distinct.len()]).unwrap();
    }
    file.flush().unwrap();
}

/// Who sends.
struct Senders {
    url: String,
    address: SocketAddr,
    has_send: bool,
    websocat: Option<PathBuf>,
}

impl Senders {
    fn find(address: SocketAddr) -> Self {
        let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/websocat");
        let websocat = [installed, PathBuf::from("websocat")]
            .into_iter()
            .find(|path| Command::new(path).arg("--version").output().is_ok());
        if websocat.is_none() {
            println!("skipped: websocat is not installed (scripts/test --long installs it)");
        }
        let has_send = has("send", "--as-is");
        Senders { url: format!("ws://{address}/"), address, has_send, websocat }
    }

    /// The program's own command.
    fn send(&self, file: &Path) -> Option<Command> {
        let mut command = Command::new(program());
        command.args(["send", "--ws", "--quiet", "--to", &self.url, "--as-is"]).arg(file);
        self.has_send.then_some(command)
    }

    /// Raw buffered writes.
    fn raw(&self, file: &Path) -> Command {
        let mut command = again("raw");
        command.arg(self.address.to_string()).arg(file);
        command
    }

    /// websocat, a message for each line of its standard input; the line's end is part of it, as asking for the other
    /// sends most ends as messages of their own.
    fn websocat(&self, file: &Path) -> Option<Command> {
        let mut command = Command::new(self.websocat.as_ref()?);
        command.arg("--text").arg(&self.url).stdin(File::open(file).unwrap());
        Some(command)
    }
}

/// Runs a sender to its end on the sender's core; seconds. The sink has to have got everything.
fn time(command: Option<Command>, sink: &FrameSink, messages: u64) -> f64 {
    let Some(mut command) = command else { return NOT_MEASURED };
    let start = Instant::now();
    let output = on_core(SENDER, || command.stdout(Stdio::null()).output()).unwrap();
    let elapsed = start.elapsed().as_secs_f64();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let session = sink.session();
    assert_eq!((session.messages, session.closed), (messages, true), "{command:?}");
    let length = session.bytes / messages;
    assert!(length == LENGTH || length == LENGTH + 1, "{command:?}: {length} bytes a message");
    elapsed
}

fn from_a_file(senders: &Senders, sink: &FrameSink, folder: &Path) {
    const ROUNDS: usize = 15;
    let file = folder.join("many.ndjson");
    write_messages(&file, MESSAGES);
    let rate = |command| MESSAGES as f64 / time(command, sink, MESSAGES);
    let rates = turns(
        ROUNDS,
        &mut [&mut || rate(senders.send(&file)), &mut || rate(Some(senders.raw(&file))), &mut || {
            rate(senders.websocat(&file))
        }],
    );
    let [send, raw, websocat] = [0, 1, 2].map(|row| rates.show(row, 1e3, 0));
    println!(
        "{MESSAGES} messages of {LENGTH} bytes from a file, whole processes, thousands a second: send --ws {send}, raw buffered writes {raw}, websocat {websocat}\n"
    );
    if senders.has_send {
        let ratio = rates.ratio(|round| round[0] / round[1]);
        report("send --ws from a file / raw buffered writes", ratio, "≥ 0.8", ratio >= 0.8);
        if senders.websocat.is_some() {
            let ratio = rates.ratio(|round| round[0] / round[2]);
            report("send --ws from a file / websocat", ratio, "≥ 5", ratio >= 5.0);
        }
    }
}

fn one_message(senders: &Senders, sink: &FrameSink, folder: &Path) {
    const ROUNDS: usize = 51;
    let file = folder.join("one.ndjson");
    write_messages(&file, 1);
    let content = Content::Unsigned { entity: Template::fixed(message(0)) };
    let transport = Transport::WebSocket { in_flight: 1, receipts: false };
    let plan = Plan { transport, ..planned::plan(sink.address, "/", content) };
    let milliseconds = |command| 1e3 * time(command, sink, 1);
    let times = turns(
        ROUNDS,
        &mut [
            &mut || milliseconds(senders.send(&file)),
            &mut || 1e3 * in_this_process(&plan, sink),
            &mut || milliseconds(Some(senders.raw(&file))),
            &mut || milliseconds(senders.websocat(&file)),
        ],
    );
    let [send, within, raw, websocat] = [0, 1, 2, 3].map(|row| times.show(row, 1.0, 2));
    println!(
        "one message, with handshake and close, ms: send --ws {send}, the load engine in this process {within}, raw writes {raw}, websocat {websocat}\n"
    );
    let within_two = |what, row: usize| {
        let time = times.ratio(|round| round[row]);
        report(what, time, "≤ 2", time <= 2.0);
    };
    if senders.has_send {
        within_two("send --ws, one message and close, whole process, ms", 0);
    }
    within_two("one message and close, in one process, ms", 1);
}

/// One message with its handshake and close by the load engine; seconds.
fn in_this_process(plan: &Plan, sink: &FrameSink) -> f64 {
    let start = Instant::now();
    let outcome = on_core(SENDER, || carry_out(plan)).unwrap();
    let elapsed = start.elapsed().as_secs_f64();
    assert_eq!(outcome.unconfirmed, 1);
    let session = sink.session();
    assert_eq!((session.messages, session.closed), (1, true));
    elapsed
}
