//! `send --ws`: what arrives over a session, what is told of receipts and of none, and how many are sent at once.

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fixture::{Ended, Sandbox};
use crate::serve::{NOTE, instance_of_a, sandbox, serve_b};
use crate::serving::Serving;
use crate::sessions::Sessions;

/// Who sends.
const SENDER: &str = "--key a.key --signed-by a.example";

/// So many lines, each another entity.
fn lines(count: usize) -> String {
    (1..=count).map(|n| format!("{{\"type\":\"Note\",\"n\":{n}}}\n")).collect()
}

fn send(sandbox: &Sandbox, to: &str, arguments: &str) -> Ended {
    sandbox.sh(&format!("versia-cli send --no-validate --ws --to {to} {SENDER} {arguments}"))
}

fn json_lines(ended: &Ended) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> = ended.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap()["summary"].clone();
    assert!(summary.is_object(), "{}", ended.out());
    (lines, summary)
}

/// The entity in the next message that `serve` tells of, which has to be rightly signed.
fn next_entity(b: &Serving) -> String {
    let record = b.wait_for(|record| record["frame"]["opcode"] == "text");
    assert_eq!(record["frame"]["verdict"]["signature"], "valid", "{record}");
    let message: Value = serde_json::from_str(record["frame"]["data"].as_str().unwrap()).unwrap();
    message["entity"].as_str().unwrap().to_owned()
}

#[test]
fn a_document_arrives_signed_and_byte_for_byte_and_its_receipt_is_shown() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let note = "{\n  \"type\": \"Note\",\n  \"content\": \"é 😀\"\n}\n";
    sandbox.file("own.json", note);
    let (http, ws) = (&b.url, format!("ws://{}/.versia/v0.6/inbox", b.address));
    for arguments in [
        format!("--ws --to {http}"),
        format!("--to {ws}"),
        format!("--ws --to b.example --peer b.example={http}"),
        format!("--ws --to @bob@b.example --peer b.example={http}"),
    ] {
        let ended = sandbox.sh(&format!("versia-cli send --no-validate own.json {SENDER} {arguments}"));
        let out: Vec<_> = ended.code(0).out().lines().collect();
        assert!(out[0].starts_with("delivered: 202 Accepted, ") && out[0].contains(&ws), "{out:?}");
        assert_eq!(out[1], "session: 101 Switching Protocols, versia.receipts.v1; closed with 1000");
        assert_eq!((out.len(), ended.stderr.as_str()), (2, ""));
        let handshake = b.wait_for(|record| record["request"]["headers"].is_array());
        assert_eq!(handshake["request"]["verdict"]["signature"], "valid");
        assert_eq!(next_entity(&b), note);
        assert_eq!(b.wait_for(|record| record["frame"]["opcode"] == "close")["frame"]["close"]["code"], 1000);
    }
}

#[test]
fn a_session_goes_over_tls_by_the_domain() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject --tls");
    let authority = b.listening["listening"]["authority"].as_str().unwrap();
    sandbox.file("note.json", NOTE);
    let line = format!(
        "versia-cli send --no-validate note.json --to wss://b.example:{0} {SENDER} --resolve b.example:{0}:127.0.0.1 --cacert '{authority}' --timings",
        b.port()
    );
    let ended = sandbox.sh(&line);
    assert!(ended.code(0).out().contains("TLS ") && ended.out().contains("; close "), "{}", ended.out());
    assert_eq!(next_entity(&b), NOTE);
    let untrusted = line.replace(&format!("--cacert '{authority}'"), "");
    assert!(sandbox.sh(&untrusted).code(3).stderr.contains("VN111"));
}

#[test]
fn many_arrive_in_their_order_each_rightly_signed() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    sandbox.file("notes", lines(2_000));
    let ended = send(&sandbox, &b.url, "notes");
    assert_eq!(ended.code(0).out(), "");
    assert!(ended.stderr.starts_with("2,000 delivered; "), "{}", ended.stderr);
    assert!(ended.stderr.contains("answers: 202 × 2,000\ntimes: min "), "{}", ended.stderr);
    for n in 1..=2_000 {
        assert_eq!(next_entity(&b), format!("{{\"type\":\"Note\",\"n\":{n}}}"));
    }
}

#[test]
fn what_is_refused_is_named_with_its_reason_and_the_session_goes_on() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    sandbox.file("notes", "{\"type\":\"Note\"}\n\n{}\n{\"type\":\"Note\"}\n");
    let ended = send(&sandbox, &b.url, "notes");
    let line = ended.code(1).out();
    assert!(line.starts_with("line 3 of notes: refused: 422 Unprocessable Content, "), "{line}");
    assert!(line.ends_with(": the entity has no type\n"), "{line}");
    assert!(ended.stderr.contains("2 delivered, 1 refused; "), "{}", ended.stderr);

    sandbox.file("one.json", "{}");
    for (expect, code, says) in [
        ("2xx", 1, "refused: 422 Unprocessable Content, "),
        ("422", 0, "as expected: 422"),
        ("4xx", 0, "as expected: 422"),
        ("401", 1, "not as expected: 422 Unprocessable Content, not 401"),
    ] {
        let ended = send(&sandbox, &b.url, &format!("one.json --expect {expect}"));
        assert!(ended.code(code).out().starts_with(says), "{}", ended.out());
        assert!(ended.out().contains("\nthe entity has no type\nsession: "), "{}", ended.out());
    }
}

#[test]
fn without_receipts_nobody_said_what_became_of_them_and_that_is_told() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let without = serve_b(&sandbox, &a, "--reject --no-receipts");
    sandbox.file("notes", lines(3));
    sandbox.file("note.json", NOTE);
    for (to, arguments) in [(&b.url, "--no-receipts"), (&without.url, "")] {
        let many = send(&sandbox, to, &format!("notes {arguments}"));
        assert!(many.code(0).stderr.starts_with("3 delivered; "), "{}", many.stderr);
        assert!(many.stderr.contains("nobody said what became of them (VN159)"), "{}", many.stderr);
        let one = send(&sandbox, to, &format!("note.json {arguments}"));
        assert!(one.code(0).out().starts_with("delivered: no receipts were agreed on"), "{}", one.out());
        assert!(one.out().contains("no subprotocol; closed with 1000"), "{}", one.out());
        let (_, summary) = json_lines(send(&sandbox, to, &format!("notes --json {arguments}")).code(0));
        assert_eq!((&summary["delivered"], &summary["unconfirmed"]), (&json!(3), &json!(3)));
        assert_eq!((&summary["statuses"], &summary["latency_ms"]), (&json!({}), &Value::Null));
    }
    // A server that refuses a message has only the Close to say it with.
    sandbox.file("bad", "{\"type\":\"Note\"}\n{}\n");
    let refused = send(&sandbox, &without.url, "bad");
    let says = "closed the session with 1008 \"message 2: the entity has no type\" (2 sent) (VN154)";
    assert!(refused.code(1).stderr.contains(says), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: the server gives no receipts"), "{}", refused.stderr);
}

#[test]
fn what_was_signed_before_goes_out_as_it_is() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    sandbox.file("notes", lines(3));
    sandbox.sh(&format!("versia-cli sign --ws --ndjson --body notes {SENDER} > messages")).code(0);
    let messages = sandbox.sh("cat messages").out().to_owned();
    let ended = sandbox.sh(&format!("versia-cli send --no-validate messages --ws --as-is --to {}", b.url));
    assert!(ended.code(0).stderr.starts_with("3 delivered; "), "{}", ended.stderr);
    let opened = b.next();
    assert_eq!(opened["request"]["verdict"]["signature"], "missing", "the handshake has no signer either");
    let data: Vec<_> = (0..3).map(|_| b.next()["frame"]["data"].as_str().unwrap().to_owned()).collect();
    assert_eq!(data, messages.lines().collect::<Vec<_>>());

    let sink = Sessions::accepting();
    let any = "versia-cli send --no-validate --ws --as-is --ndjson --quiet";
    sandbox.sh_with(&format!("{any} --to {}", sink.url()), b"no json\n \n{\"a\":\r\n\xc3\xa9\n").code(0);
    let got: Vec<_> = sink.got().into_iter().map(|got| got.text).collect();
    assert_eq!(got, ["no json", "{\"a\":", "é"]);
}

#[test]
fn every_frame_is_a_record_and_secrets_are_in_none() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    sandbox.file("notes", lines(2));
    let ended = send(&sandbox, &b.url, "notes --json -H 'Authorization: Bearer hush'");
    let (records, summary) = json_lines(ended.code(0));
    assert!(!ended.out().contains("hush") && ended.out().contains("[\"Authorization\",\"(hidden)\"]"));
    let shape: Vec<_> = records
        .iter()
        .map(|record| {
            (record["direction"].as_str().unwrap(), record["seq"].as_u64(), &record["frame"]["opcode"])
        })
        .collect();
    let text = json!("text");
    assert_eq!(
        shape,
        [
            ("out", None, &Value::Null),
            ("out", Some(1), &text),
            ("out", Some(2), &text),
            ("in", Some(1), &text),
            ("in", Some(2), &text),
            ("in", Some(3), &json!("close")),
        ]
    );
    let (handshake, frames) = records.split_first().unwrap();
    assert_eq!((&handshake["response"]["status"], &handshake["http"]), (&json!(101), &json!("1.1")));
    assert!(handshake["timings"]["total"].is_number(), "{handshake}");
    for frame in frames {
        assert_eq!((&frame["transport"], &frame["session"]), (&json!("ws"), &handshake["session"]));
        assert!(frame["id"].is_string() && frame["at"].is_string() && frame["peer"] == b.address, "{frame}");
    }
    assert_eq!(frames[2]["frame"]["data"], "{\"receipt\":1,\"status\":202,\"detail\":\"\"}");
    assert!(frames[2]["timings"]["total"].as_f64().unwrap() > 0.0);
    assert_eq!(frames[4]["frame"]["close"], json!({"code": 1000, "reason": ""}));
    assert_eq!((&summary["delivered"], &summary["attempts"]), (&json!(2), &json!(2)));
    // The handshake and the messages are what `verify` takes.
    let out: String = records[..3].iter().map(|record| format!("{record}\n")).collect();
    sandbox.sh("versia-cli key a.key --to spki-base64 > a.pub").code(0);
    let verified = sandbox.sh_with("versia-cli verify --public-key a.pub", out.as_bytes());
    assert!(verified.code(0).out().contains("3 valid"), "{}", verified.out());
}

#[test]
fn the_handshake_is_shown_when_more_is_asked_for() {
    let sandbox = sandbox();
    let b = Sessions::accepting();
    sandbox.file("note.json", NOTE);
    let ended = send(&sandbox, &b.url(), "note.json -v --timings -H 'Cookie: hush'");
    let said = &ended.code(0).stderr;
    assert!(said.contains("> GET /.versia/v0.6/inbox HTTP/1.1\n> Host: "), "{said}");
    assert!(said.contains("\n> Cookie: (hidden)\n") && !said.contains("hush"), "{said}");
    assert!(said.contains("\n< HTTP/1.1 101 Switching Protocols\n< Upgrade: websocket\n"), "{said}");
    let times = ended.out().lines().last().unwrap().to_owned();
    for stage in ["times: handshake TCP ", ", first byte ", ", total ", "; receipt ", "; close "] {
        assert!(times.contains(stage), "{times}");
    }
    let head = &b.heads()[0];
    assert!(head.contains("\r\nCookie: hush\r\n") && head.contains("\r\nVersia-Signed-By: a.example\r\n"));
    assert!(head.contains("\r\nAccept: application/vnd.versia+json\r\n"), "{head}");
}

#[test]
fn a_line_is_delivered_before_the_next_one_comes_and_an_interrupt_closes_in_order() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    for arguments in ["", "--no-receipts", "--json"] {
        let mut child = sandbox.start(&format!(
            "versia-cli send --no-validate --ws --ndjson --to {} {SENDER} {arguments}",
            b.url
        ));
        let mut stdin = child.stdin.take().unwrap();
        for n in 1..=3 {
            stdin.write_all(format!("{{\"type\":\"Note\",\"n\":{n}}}\n").as_bytes()).unwrap();
            assert_eq!(next_entity(&b), format!("{{\"type\":\"Note\",\"n\":{n}}}"));
        }
        let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        let ended: Ended = child.wait_with_output().unwrap().into();
        assert!(ended.code(130).stderr.contains("interrupted: "), "{}", ended.stderr);
        if arguments != "--json" {
            assert!(ended.stderr.contains("3 delivered"), "{}", ended.stderr);
        }
        let close = b.wait_for(|record| record["frame"]["opcode"] == "close");
        assert_eq!(close["frame"]["close"]["code"], 1000);
        drop(stdin);
    }
}

#[test]
fn a_document_that_is_no_text_is_named_and_the_others_are_sent() {
    let sandbox = sandbox();
    let b = Sessions::accepting();
    sandbox.file("notes", b"{\"n\":1}\n{\"a\":\"caf\xe9\"}\n{\"n\":3}\n");
    let ended = send(&sandbox, &b.url(), "notes");
    assert!(
        ended.code(2).stderr.contains("line 2 of notes cannot be sent over WebSocket"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("byte 10 is not part of a character"), "{}", ended.stderr);
    assert!(ended.stderr.contains("2 delivered, 1 unreadable"), "{}", ended.stderr);
    assert_eq!(b.entities(), ["{\"n\":1}", "{\"n\":3}"]);

    sandbox.file("latin1.json", b"\"\xe9\"");
    sandbox.sh("head -c 17000000 /dev/zero | tr '\\0' a > large").code(0);
    for (file, says) in [("latin1.json", "byte 2 is not"), ("large", "the limit is 16777216 (VN157)")] {
        for more in ["", "--as-is", "--dry-run"] {
            let who = if more == "--as-is" { "" } else { SENDER };
            let line = format!("versia-cli send --no-validate {file} --ws --to {} {who} {more}", b.url());
            let ended = sandbox.sh(&line);
            assert!(ended.code(2).stderr.contains(says), "{line}\n{}", ended.stderr);
        }
    }
    assert_eq!(b.heads().len(), 1, "nobody is connected to for nothing");
}

#[test]
fn messages_are_spaced_evenly_at_a_rate() {
    let sandbox = sandbox();
    let b = Sessions::accepting();
    sandbox.file("notes", lines(6));
    send(&sandbox, &b.url(), "notes --rate 20/s").code(0);
    let got = b.got();
    let all = got[5].at - got[0].at;
    assert!(all >= Duration::from_millis(220), "{all:?}");
}

#[test]
fn nothing_more_is_sent_after_the_first_refusal_when_asked_for() {
    let sandbox = sandbox();
    let b = Sessions::start(|session| {
        while session.next().is_some() {
            let status = if session.count == 2 { 401 } else { 202 };
            session.receipt(session.count, status, "");
        }
    });
    let mut child = sandbox
        .start(&format!("versia-cli send --no-validate --ws --ndjson --to {} {SENDER} --fail-fast", b.url()));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines(3).as_bytes()).unwrap();
    // The input stays open: the run ends on its own, when what was under way is answered.
    let code = child.wait().unwrap().code();
    drop(stdin);
    assert_eq!((code, b.got().len()), (Some(1), 3));
}

#[test]
fn what_would_be_sent_is_printed_and_nothing_is_sent() {
    let sandbox = sandbox();
    let b = Sessions::accepting();
    sandbox.file("notes", lines(3));
    sandbox.sh("versia-cli key a.key --to spki-base64 > a.pub").code(0);
    for more in ["", "--json"] {
        let ended = send(&sandbox, &b.url(), &format!("notes --dry-run {more}"));
        assert_eq!(ended.code(0).out().lines().count(), 3);
        let verified = sandbox.sh_with("versia-cli verify --public-key a.pub", &ended.stdout);
        assert!(verified.code(0).out().ends_with("3 valid\n"), "{}", verified.out());
    }
    let as_is =
        sandbox.sh(&format!("versia-cli send --no-validate notes --ws --as-is --dry-run --to {}", b.url()));
    assert_eq!(as_is.code(0).out(), lines(3));
    assert!(b.heads().is_empty());
}

#[test]
fn a_reader_that_has_enough_ends_the_run_without_a_word() {
    let sandbox = sandbox();
    let b = Sessions::accepting();
    sandbox.file("notes", lines(50_000));
    let line = format!(
        "versia-cli send --no-validate notes --ws --to {} {SENDER} -v 2> said | head -n 1; echo ${{PIPESTATUS[0]}}",
        b.url()
    );
    let ended = sandbox.sh(&line);
    assert!(ended.out().ends_with("\n141\n"), "{}", ended.out());
    assert!(!sandbox.sh("cat said").out().contains("error"));
    assert!(b.got().len() < 50_000);

    let mut child = sandbox
        .start(&format!("versia-cli send --no-validate --ws --ndjson --to {} {SENDER} --json", b.url()));
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{}\n").unwrap();
    // The input stays open until the program has ended.
    assert_eq!(child.wait().unwrap().code(), Some(141));
    drop(stdin);
}
