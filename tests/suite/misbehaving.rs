//! Servers that do one thing wrong each: what `send`, `send --ws` and `fetch` say of them, in bounded time and memory.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::fixture::Sandbox;
use crate::server::{Authority, closed_port, serve, serve_nothing, serve_tls};

/// How much memory a command may reserve, in KiB: far less than the largest of the answers below has.
const MEMORY: u32 = 1 << 20;

/// The longest that a command may take.
const PATIENCE: Duration = Duration::from_secs(20);

const COMMANDS: [&str; 3] =
    ["send --no-validate note.json --to", "send --no-validate note.json --ws --to", "fetch"];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_bob();
    sandbox.file("note.json", "{\"type\":\"Note\"}");
    sandbox
}

#[track_caller]
fn check(sandbox: &Sandbox, command: &str, address: &str, code: i32, says: &[&str]) {
    let line = format!("ulimit -v {MEMORY}; exec versia-cli {command} {address}");
    let started = Instant::now();
    let ended = sandbox.sh(&line);
    let said = format!("{}{}", ended.out(), ended.stderr);
    assert_eq!(ended.code, code, "{line}\n{said}");
    for text in says {
        assert!(said.contains(text), "{line}: {text:?} is not in\n{said}");
    }
    assert!(!said.contains("has a bug") && !said.contains('\u{1b}'), "{line}\n{said}");
    assert!(started.elapsed() < PATIENCE, "{line} took {:?}", started.elapsed());
}

/// Whatever the command, the same is said with the same code.
#[track_caller]
fn check_all(address: &str, code: i32, says: &[&str]) {
    let sandbox = sandbox();
    for command in COMMANDS {
        check(&sandbox, command, address, code, says);
    }
}

fn http(port: u16) -> String {
    format!("http://127.0.0.1:{port}/.versia/v0.6/inbox")
}

#[test]
fn no_answer() {
    let address = format!("{} --timeout 0.5", http(serve_nothing()));
    check_all(&address, 3, &["did not answer within 500 ms", "VN103"]);
}

#[test]
fn garbage() {
    let port = serve(|stream| drop(stream.write_all(b"\x00\x1b[2J\xff rubbish\r\n\r\n")));
    check_all(&http(port), 3, &["did not answer in HTTP", "VN122"]);
}

#[test]
fn an_answer_that_ends_too_early() {
    let port = serve(|stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Le")));
    check_all(&http(port), 3, &["closed the connection", "VN121"]);
    let port =
        serve(|stream| drop(stream.write_all(b"HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\n{\"a\"")));
    let sandbox = sandbox();
    for command in ["send --no-validate note.json --to", "fetch"] {
        check(&sandbox, command, &http(port), 3, &["in the middle of the response's body", "VN121"]);
    }
}

#[test]
fn a_redirect() {
    let port = serve(|stream| {
        let head = "HTTP/1.1 302 Found\r\nLocation: https://c.example/\u{202e}\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(head.as_bytes());
    });
    check_all(&http(port), 1, &["302", "c.example"]);
}

#[test]
fn ten_gigabytes() {
    let port = serve(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n");
        while stream.write_all(&[b'x'; 65_536]).is_ok() {}
    });
    let sandbox = sandbox();
    check(&sandbox, "send --no-validate note.json --to", &format!("{} > /dev/null", http(port)), 0, &[]);
    check(
        &sandbox,
        "send --no-validate note.json --ws --to",
        &format!("{} > /dev/null", http(port)),
        1,
        &["200", "VN151"],
    );
    check(&sandbox, "fetch", &format!("{} > /dev/null", http(port)), 3, &["not whole", "VN123"]);
}

#[test]
fn a_closed_port_and_a_name_that_does_not_resolve() {
    check_all(&http(closed_port()), 3, &["refuses the connection", "VN102"]);
    check_all("https://no-such-host.invalid --connect-timeout 5", 3, &["no-such-host.invalid", "VN10"]);
}

#[test]
fn a_proxy_that_is_not_there() {
    let through = format!("https://b.example --proxy http://user:hush@127.0.0.1:{}", closed_port());
    check_all(&through, 3, &["the proxy for b.example:443", "refuses the connection", "VN102"]);
}

#[test]
fn certificates_that_are_expired_or_for_another_name() {
    let authority = Authority::new();
    let sandbox = sandbox();
    sandbox.file("ca.pem", &authority.pem);
    let expired = serve_tls(&authority.issue("b.example", true), |_| ());
    let other = serve_tls(&authority.issue("c.example", false), |_| ());
    for command in COMMANDS {
        for (port, says) in
            [(expired, ["expired on 2021-01-01", "VN112"]), (other, ["another name: c.example", "VN113"])]
        {
            let address =
                format!("https://b.example/x --cacert ca.pem --resolve b.example:443:127.0.0.1:{port}");
            check(&sandbox, command, &address, 3, &says);
        }
        let address = format!("https://b.example/x --resolve b.example:443:127.0.0.1:{other}");
        check(&sandbox, command, &address, 3, &["no trusted authority", "VN111"]);
    }
}

#[test]
fn a_handshake_that_is_refused_with_a_body() {
    let port = serve(|stream| {
        let body = "{\"error\":\"who are you\u{1b}[31m?\"}";
        let _ = write!(
            stream,
            "HTTP/1.1 401 Unauthorized\r\nX-Why: because\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    });
    let says = ["401", "who are you\\u{1b}[31m?", "VN151"];
    check(&sandbox(), "send --no-validate note.json --ws --to", &http(port), 1, &says);
}

#[test]
fn a_subprotocol_that_was_not_offered() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
        let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        let key = head.iter().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.to_owned())
        });
        let accept = derive_accept_key(key.unwrap().as_bytes());
        let _ = write!(
            stream,
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
        );
        let _ = stream.read_to_end(&mut Vec::new());
    });
    check(&sandbox(), "send --no-validate note.json --ws --to", &http(port), 3, &["mqtt", "VN153"]);
}
