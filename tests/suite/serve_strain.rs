//! `serve` under strain: senders that hang up, signers whose instances hang, peers that take their time.

use std::io::Write;
use std::net::{Shutdown, TcpStream};

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
