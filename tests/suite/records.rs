//! `serve --store`: nothing is answered before it is kept, and what is kept survives and can be read meanwhile.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::{ClientRequestBuilder, client};
use versia_cli::protocol::outline::Filter;
use versia_cli::protocol::record::Record;
use versia_cli::protocol::versia::RECEIPTS;
use versia_cli::store::{Keep, Page, Records, Store};

use crate::fixture::Sandbox;
use crate::serve::INBOX;
use crate::serving::Serving;

fn serve(sandbox: &Sandbox, arguments: &str) -> Serving {
    Serving::start(sandbox, &format!("--as bob --store records.db {arguments}"))
}

/// The same on a disk that is full, as far as the program can tell: no file may grow beyond 256 KiB.
fn serve_on_a_full_disk(sandbox: &Sandbox) -> Serving {
    let line = "trap '' XFSZ; ulimit -f 256; exec versia-cli serve --json --listen 127.0.0.1:0 --as bob --store records.db";
    Serving::run_line(sandbox, line)
}

/// What is in a store, read as `inbox` reads it.
fn stored(path: &Path) -> Vec<Record> {
    let records = Records::new(Arc::new(Store::open_to_read(path).unwrap()), Keep::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let found = runtime.block_on(records.records(Filter::default(), Page::after(0, usize::MAX)));
    found.unwrap().into_iter().map(|(_, record)| record).collect()
}

/// A connection over which deliveries go, one after the other.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Connection(BufReader::new(stream))
    }

    /// Delivers a body; gives the status, where an answer came.
    fn deliver(&mut self, body: &str) -> Option<u16> {
        let head =
            format!("POST {INBOX} HTTP/1.1\r\nHost: b.example\r\nContent-Length: {}\r\n\r\n", body.len());
        self.0.get_mut().write_all((head + body).as_bytes()).ok()?;
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().ok();
            }
            if let Some(rest) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = rest.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        self.0.read_exact(&mut vec![0; length]).ok()?;
        status
    }
}

fn note(name: &str) -> String {
    json!({ "type": "Note", "author": "a.example:1", "content": name }).to_string()
}

/// Delivers over HTTP until the server is gone; tells of each that was accepted.
fn deliver_over_http(address: &str, name: &str, accepted: &Sender<String>) {
    let mut connection = Connection::open(address);
    for number in 0.. {
        let body = note(&format!("{name}-{number}"));
        match connection.deliver(&body) {
            Some(202) => accepted.send(body).unwrap(),
            Some(other) => panic!("answered {other}"),
            None => return,
        }
    }
}

/// The same over a WebSocket session, with many under way.
fn deliver_over_websocket(address: &str, name: &str, accepted: &Sender<String>) {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request = ClientRequestBuilder::new(format!("ws://{address}{INBOX}").parse().unwrap());
    let Ok((mut socket, _)) = client(request.with_sub_protocol(RECEIPTS), stream) else { return };
    let body = |number: u64| note(&format!("{name}-{number}"));
    let (mut sent, mut received) = (0, 0);
    loop {
        while sent < received + 100 {
            sent += 1;
            let message =
                json!({ "signature": "x", "signed_at": "1", "signed_by": "a.example", "entity": body(sent) });
            if socket.write(Message::text(message.to_string())).is_err() {
                return;
            }
        }
        if socket.flush().is_err() {
            return;
        }
        let Ok(answer) = socket.read() else { return };
        let receipt: Value = serde_json::from_str(answer.to_text().unwrap()).unwrap();
        received += 1;
        assert_eq!((&receipt["receipt"], &receipt["status"]), (&json!(received), &json!(202)), "{receipt}");
        accepted.send(body(received)).unwrap();
    }
}

/// Kills a server in the middle of what it takes, and gives what it had accepted by then.
fn killed_under_load(sandbox: &Sandbox, round: usize) -> BTreeSet<String> {
    let serving = serve(sandbox, "--peer a.example=http://127.0.0.1:1");
    let (sender, accepted) = channel();
    let mut seen = BTreeSet::new();
    thread::scope(|scope| {
        for number in 0..6 {
            let (sender, address) = (sender.clone(), serving.address.as_str());
            let deliver = if number % 3 == 0 { deliver_over_websocket } else { deliver_over_http };
            scope.spawn(move || deliver(address, &format!("{round}-{number}"), &sender));
        }
        drop(sender);
        let enough = 300 + round * 37;
        while seen.len() < enough {
            seen.insert(accepted.recv_timeout(Duration::from_secs(60)).expect("another is accepted"));
        }
        serving.signal("KILL");
        seen.extend(accepted.iter());
    });
    serving.wait();
    seen
}

fn none_is_missing_after_kills(rounds: usize) {
    let sandbox = Sandbox::with_bob();
    let mut accepted = BTreeSet::new();
    for round in 0..rounds {
        accepted.extend(killed_under_load(&sandbox, round));
        let mut kept = BTreeSet::new();
        for record in stored(&sandbox.path().join("records.db")) {
            match (record.frame, record.request) {
                (Some(frame), _) if frame.opcode == "text" => {
                    let message: Value = serde_json::from_slice(&frame.data.0).unwrap();
                    kept.insert(message["entity"].as_str().unwrap().to_owned());
                }
                (None, Some(request)) => {
                    kept.insert(request.body.as_text().unwrap().to_owned());
                }
                _ => {}
            }
        }
        let missing: Vec<_> = accepted.difference(&kept).collect();
        assert!(
            missing.is_empty(),
            "round {round}: {} of {} are missing: {missing:?}",
            missing.len(),
            accepted.len()
        );
    }
}

#[test]
fn no_delivery_that_was_accepted_is_missing_after_a_kill() {
    none_is_missing_after_kills(1);
}

#[test]
#[ignore = "takes a minute"]
fn no_delivery_that_was_accepted_is_missing_after_twenty_kills() {
    none_is_missing_after_kills(20);
}

#[test]
fn everything_that_passes_is_kept_and_can_be_read_while_the_server_runs() {
    let sandbox = Sandbox::with_bob();
    let serving = serve(&sandbox, "--with wsify=/ws --quiet");
    let path = sandbox.path().join("records.db");
    assert_eq!(serving.listening["listening"]["store"], "records.db");
    let mut connection = Connection::open(&serving.address);
    assert_eq!(connection.deliver(&note("first")), Some(202));
    let records = stored(&path);
    assert_eq!(records.len(), 1);
    let request = records[0].request.as_ref().unwrap();
    assert_eq!(request.body.as_text(), Some(note("first").as_str()));
    assert_eq!(request.verdict.as_ref().unwrap().signature, "missing");
    assert!(records[0].timings.unwrap().total.is_some());
    assert_eq!(records[0].response.as_ref().unwrap().status, 202);

    let (mut socket, _) = client(
        ClientRequestBuilder::new(format!("ws://{}/ws", serving.address).parse().unwrap()),
        TcpStream::connect(&serving.address).unwrap(),
    )
    .unwrap();
    for command in ["join", "broadcast"] {
        let command = json!({ "command": command, "args": { "channel": "c", "content": 1 } });
        socket.send(Message::text(command.to_string())).unwrap();
    }
    assert_eq!(socket.read().unwrap(), Message::text("1"));
    socket.close(None).unwrap();
    while socket.read().is_ok() {}
    serving.wait_for(|record| record["frame"]["opcode"] == "close" && record["direction"] == "out");
    let frames: Vec<_> = stored(&path).into_iter().filter_map(|record| record.frame).collect();
    let opcodes: Vec<_> = frames.iter().map(|frame| frame.opcode.as_str()).collect();
    assert_eq!(opcodes, ["text", "text", "text", "close", "close"]);
    let ended = serving.stop();
    assert_eq!((ended.code, stored(&path).len()), (0, 7));
}

#[test]
fn only_the_newest_records_are_kept_where_a_bound_is_set() {
    let sandbox = Sandbox::with_bob();
    let serving = serve(&sandbox, "--keep 5");
    let mut connection = Connection::open(&serving.address);
    for number in 0..20 {
        assert_eq!(connection.deliver(&note(&number.to_string())), Some(202));
    }
    let bodies: Vec<_> = stored(&sandbox.path().join("records.db"))
        .into_iter()
        .map(|record| record.request.unwrap().body.as_text().unwrap().to_owned())
        .collect();
    let wanted: Vec<_> = (15..20).map(|number| note(&number.to_string())).collect();
    assert_eq!(bodies, wanted);
    let ended = sandbox.sh("versia-cli serve --listen 0 --keep many");
    assert!(ended.code(2).stderr.contains("not a count (10000), an age (7d"), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_kept_is_refused_and_said() {
    let sandbox = Sandbox::with_bob();
    let serving = serve_on_a_full_disk(&sandbox);
    let mut connection = Connection::open(&serving.address);
    let mut accepted = BTreeSet::new();
    let refused =
        (0..200).map(|number| note(&format!("{number}{}", "x".repeat(8_000)))).find(|body| match connection
            .deliver(body)
        {
            Some(202) => !accepted.insert(body.clone()),
            Some(503) => true,
            other => panic!("{other:?}"),
        });
    let refused = refused.expect("one that is refused");
    let told = serving.wait_for(|record| record["response"]["status"] == 503);
    let why = told["error"]["message"].as_str().unwrap();
    assert!(why.starts_with("not recorded: the store did not take it: "), "{told}");
    let kept: BTreeSet<_> = stored(&sandbox.path().join("records.db"))
        .into_iter()
        .map(|record| record.request.unwrap().body.as_text().unwrap().to_owned())
        .collect();
    assert!(kept.is_superset(&accepted) && !kept.contains(&refused));
}

#[test]
fn a_session_whose_deliveries_cannot_be_kept_gets_receipts_that_say_so() {
    let sandbox = Sandbox::with_bob();
    let serving = serve_on_a_full_disk(&sandbox);
    let request = ClientRequestBuilder::new(format!("ws://{}{INBOX}", serving.address).parse().unwrap());
    let stream = TcpStream::connect(&serving.address).unwrap();
    let (mut socket, _) = client(request.with_sub_protocol(RECEIPTS), stream).unwrap();
    let entity = note(&"x".repeat(8_000));
    let mut last = 202;
    for number in 1..=200_u64 {
        let message = json!({ "signature": "x", "signed_at": "1", "signed_by": "bob.com", "entity": entity });
        socket.send(Message::text(message.to_string())).unwrap();
        let receipt: Value = serde_json::from_str(socket.read().unwrap().to_text().unwrap()).unwrap();
        assert_eq!(receipt["receipt"], number);
        last = receipt["status"].as_u64().unwrap();
        if last == 503 {
            assert!(receipt["detail"].as_str().unwrap().starts_with("not recorded: "), "{receipt}");
            break;
        }
    }
    assert_eq!(last, 503);
}
