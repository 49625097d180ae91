//! `serve` under strain: senders that hang up, signers whose instances hang, peers that take their time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::serve::{NOTE, delivery, exchange, instance_of_a, now, sandbox, serve_b, signer};
use crate::server;

#[test]
fn a_delivery_whose_sender_hangs_up_is_verified_and_told_of() {
    let sandbox = sandbox();
    let hanging = server::serve_nothing();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, &format!("--timeout 2 --peer c.example=http://127.0.0.1:{hanging}"));
    let mut stream = TcpStream::connect(&b.address).unwrap();
    stream.write_all(&delivery(&signer("c.example"), now(), NOTE)).unwrap();
    stream.shutdown(Shutdown::Both).unwrap();
    drop(stream);
    let record = b.next();
    assert_eq!(record["request"]["body"], NOTE);
    assert_eq!(record["request"]["verdict"]["signature"], "key-unavailable", "{record}");
    assert_eq!(record["response"], Value::Null, "{record}");
    assert_eq!(record["error"]["message"], "the peer hung up before it was answered");
}

#[test]
fn a_signer_whose_instance_hangs_holds_up_nobody_else() {
    let sandbox = sandbox();
    let hanging = server::serve_nothing();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, &format!("--timeout 6 --peer c.example=http://127.0.0.1:{hanging}"));
    let waiting: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(&b.address).unwrap();
            stream.write_all(&delivery(&signer("c.example"), now(), NOTE)).unwrap();
            stream
        })
        .collect();
    // The server has read those 40 by the time it has answered a signer that it need not ask anybody about.
    for _ in 0..40 {
        exchange(&b.address, b"GET /x HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n").unwrap();
    }
    let answer = exchange(&b.address, &delivery(&signer("a.example"), now(), NOTE));
    assert!(answer.unwrap().starts_with("HTTP/1.1 202"));
    let first = b.wait_for(|record| record["request"]["method"] == "POST");
    assert_eq!(first["request"]["verdict"]["signed_by"], "a.example", "{first}");
    assert_eq!(first["request"]["verdict"]["signature"], json!("valid"));
    drop(waiting);
}

#[test]
fn a_second_signal_ends_a_server_whose_output_nobody_reads() {
    let sandbox = sandbox();
    let line = "exec versia-cli serve --no-validate --listen 127.0.0.1:0 --json --as bob";
    let mut child = sandbox.shell(line).stdin(Stdio::null()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    let first: Value = serde_json::from_str(&first).unwrap();
    let address = first["listening"]["address"].as_str().unwrap();
    // Until the pipe is full and nothing is answered any more.
    let body = "x".repeat(60_000);
    let request =
        format!("POST /x HTTP/1.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let mut waiting = Vec::new();
    for _ in 0..2_000 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let answered = stream.read(&mut [0; 12]).is_ok();
        waiting.push(stream);
        if !answered {
            break;
        }
        waiting.clear();
    }
    let started = Instant::now();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        assert!(started.elapsed() < Duration::from_secs(20), "it ignores signals");
        let kill = ["-s", "INT", &child.id().to_string()].map(str::to_owned);
        assert!(std::process::Command::new("kill").args(kill).status().unwrap().success());
        std::thread::yield_now();
    };
    assert_eq!(code, Some(130));
}

#[test]
fn a_megabyte_of_type_does_not_fill_the_terminal() {
    let sandbox = sandbox();
    let line = "versia-cli serve --no-validate --listen 127.0.0.1:0 --as bob > out & \
                until grep -q inbox out; do :; done; url=$(grep -o 'http://[0-9.:]*' out | head -n 1); \
                head -c 1000000 /dev/zero | tr '\\0' N > long; \
                printf '{\"type\":\"%s\",\"author\":\"c.example:%s\"}' \"$(cat long)\" \"$(cat long)\" > note; \
                versia-cli sign POST /.versia/v0.6/inbox --body note --as bob -q > signed; \
                curl -s -H @signed --data-binary @note $url/.versia/v0.6/inbox; kill -TERM $!; wait; cat out";
    let ended = sandbox.sh(line);
    let out = ended.code(0).out();
    assert!(out.contains("VS603") && out.contains("NNN…"), "{}", &out[..out.len().min(2_000)]);
    assert!(out.len() < 4_000, "{} bytes", out.len());
}
