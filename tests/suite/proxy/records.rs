//! What is found out about what passes.

use std::io::{BufRead, BufReader, Read, Write};

use serde_json::{Value, json};

use super::proxy_to;
use crate::serve::{INBOX, NOTE, delivery, exchange, instance_of_a, now, sandbox, serve_b, signer};
use crate::serving::Serving;

fn verdict<'a>(record: &'a Value, part: &str) -> (&'a str, &'a str) {
    let verdict = &record[part]["verdict"];
    (verdict["signature"].as_str().unwrap_or(""), verdict["signed_by"].as_str().unwrap_or(""))
}

#[test]
fn two_instances_deliver_through_it_and_both_signatures_are_verified() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let options = format!("--domain b.example --peer a.example={} --store passed.db", a.url);
    let proxy = proxy_to(&sandbox, b.port(), &options);
    let peer = format!("--peer b.example={}", proxy.url);
    sandbox.file("note.json", NOTE);
    let send = format!(
        "versia-cli send --key a.key --signed-by a.example --to b.example {peer} --no-validate note.json"
    );
    sandbox.sh(&send).code(0);
    let posted = proxy.wait_for(|record| record["request"]["method"] == "POST");
    assert_eq!(verdict(&posted, "request"), ("valid", "a.example"), "{posted}");
    assert_eq!(
        (verdict(&posted, "response"), &posted["response"]["status"]),
        (("valid", "b.example"), &json!(202))
    );
    assert_eq!(posted["request"]["body"], NOTE);
    let got = b.wait_for(|record| record["request"]["method"] == "POST");
    assert_eq!(got["request"]["headers"], posted["request"]["headers"]);
    assert_eq!(
        got["response"]["headers"].as_array().unwrap()[0],
        posted["response"]["headers"].as_array().unwrap()[0]
    );
    // What was tampered with is explained, and passed on all the same.
    let tampered = delivery(&signer("a.example"), now(), NOTE);
    let tampered = String::from_utf8(tampered).unwrap().replace("alice", "alicf");
    let answer = exchange(&proxy.address, tampered.as_bytes()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let refused = proxy.next();
    assert_eq!(verdict(&refused, "request"), ("invalid", "a.example"), "{refused}");
    let codes = refused["request"]["verdict"]["codes"].as_array().unwrap();
    assert!(codes.contains(&json!("VS401")), "{codes:?}");
    let ended = proxy.stop();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let kept = sandbox.path().join("passed.db");
    assert!(std::fs::metadata(kept).unwrap().len() > 4_096);
}

#[test]
fn people_are_told_a_line_for_every_exchange() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let mut proxy = sandbox.start(&format!("versia-cli proxy --to {} --domain a.example", a.url));
    let mut told = BufReader::new(proxy.stdout.take().unwrap());
    let mut next = || {
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        line
    };
    let url = next().trim().rsplit(' ').next().unwrap().to_owned();
    next();
    next();
    sandbox.sh(&format!("curl -sS {url}/.versia/v0.6/instance {url}{INBOX} -H 'Cookie: hush'")).code(0);
    let lines: Vec<_> = std::iter::repeat_with(next).take_while(|line| !line.contains("inbox")).collect();
    assert!(lines[0].contains("GET /.versia/v0.6/instance  → 200"), "{lines:?}");
    assert!(!lines.concat().contains("hush"));
    proxy.kill().unwrap();
    proxy.wait().unwrap();
}

#[test]
fn secrets_are_hidden_in_what_is_told() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    for (option, shown) in [("", "(hidden)"), ("--with-secrets", "hush")] {
        let proxy = proxy_to(&sandbox, a.port(), option);
        let ended = sandbox.sh(&format!("curl -sS -H 'Authorization: hush' {}/", proxy.url));
        ended.code(0);
        let headers = proxy.next()["request"]["headers"].to_string();
        assert!(headers.contains(&format!("[\"Authorization\",\"{shown}\"]")), "{headers}");
    }
}

#[test]
fn an_instance_that_speaks_tls_is_reached_and_its_certificate_checked() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --domain b.example --tls");
    let trusted = format!("--cacert {}", b.listening["listening"]["authority"].as_str().unwrap());
    let resolve = format!("--resolve b.example:{0}:127.0.0.1:{0}", b.port());
    for (options, status) in [(trusted.as_str(), "200"), ("--insecure", "200"), ("", "502")] {
        let arguments = format!("proxy --json --to https://b.example:{} {resolve} {options}", b.port());
        let proxy = Serving::run(&sandbox, &arguments);
        let curl = format!("curl -sS -o /dev/null -w '%{{http_code}}' {}/.versia/v0.6/instance", proxy.url);
        assert_eq!(sandbox.sh(&curl).code(0).out(), status, "{options}");
        let record = proxy.next();
        assert_eq!(record["timings"]["tls"].is_number(), status == "200", "{record}");
    }
}

#[test]
fn an_instance_that_is_killed_ends_its_sessions_and_is_answered_for() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --domain b.example");
    let proxy = proxy_to(&sandbox, b.port(), "");
    let mut session = std::net::TcpStream::connect(&proxy.address).unwrap();
    let handshake = format!(
        "GET {INBOX} HTTP/1.1\r\nHost: b.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    session.write_all(handshake.as_bytes()).unwrap();
    assert_eq!(proxy.next()["response"]["status"], 101);
    b.signal("KILL");
    // The session ends as the instance's end of it does.
    let ended = session.read_to_end(&mut Vec::new());
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
    let asked = format!("curl -sS -o /dev/null -w '%{{http_code}}' {}/.versia/v0.6/instance", proxy.url);
    assert_eq!(sandbox.sh(&asked).code(0).out(), "502");
    assert_eq!(proxy.next()["error"]["code"], "VN230");
    let ended = proxy.stop();
    assert!(
        ended.stderr.contains("session s1") && ended.stderr.contains("without a Close"),
        "{}",
        ended.stderr
    );
}
