//! `send`: what arrives, what is told of the answer, and how many are sent at once.

use std::io::{Read, Write};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::fixture::{Ended, Sandbox};
use crate::inbox::{Answer, Inbox, accepted, status};
use crate::server::{closed_port, serve, serve_nothing};

const NOTE: &str = "{\n  \"type\": \"Note\"\n}\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_bob();
    sandbox.file("note.json", NOTE);
    sandbox
}

/// So many lines, each another document.
fn lines(count: usize) -> String {
    (1..=count).map(|n| format!("{{\"n\":{n}}}\n")).collect()
}

fn send(sandbox: &Sandbox, inbox: &Inbox, arguments: &str) -> Ended {
    sandbox.sh(&format!("versia-cli send --no-validate --to {} --as bob {arguments}", inbox.url()))
}

fn json(ended: &Ended) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> = ended.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap()["summary"].clone();
    assert!(summary.is_object(), "{}", ended.out());
    (lines, summary)
}

fn interrupt(child: &std::process::Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_document_arrives_signed_and_byte_for_byte_and_the_answer_is_shown() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|_, _| {
        Answer::Status(202, "X-Odd: \u{202e}x\r\nSet-Cookie: hush\r\n".into(), "{\"ok\":\"\x1b[31m\"}".into())
    });
    let ended = send(&sandbox, &inbox, "note.json");
    let received = &inbox.received()[0];
    assert_eq!(received.text(), NOTE);
    assert!(received.head.starts_with("POST /.versia/v0.6/inbox HTTP/1.1\r\n"), "{}", received.head);
    assert_eq!(received.header("accept"), Some("application/vnd.versia+json"));
    assert_eq!(received.header("content-type"), Some("application/vnd.versia+json; charset=utf-8"));
    assert!(received.header("user-agent").unwrap().starts_with("versia-cli/"));
    assert_eq!(received.header("host"), Some(format!("127.0.0.1:{}", inbox.port).as_str()));
    sandbox.file("received.http", received.message());
    sandbox.sh("versia-cli verify received.http --as bob").code(0);

    let out = ended.code(0).out();
    assert!(out.starts_with("delivered: 202 Accepted, "), "{out}");
    assert!(out.contains("{\"ok\":\"\\u{1b}[31m\"}") && out.contains("\nanswer: unsigned\n"), "{out}");
    assert!(!out.contains("hush") && !out.contains('\x1b') && !out.contains('\u{202e}'), "{out}");
    assert_eq!(ended.stderr, "");
}

#[test]
fn an_answer_that_is_not_a_yes_is_a_refusal_and_no_redirect_is_followed() {
    let sandbox = sandbox();
    for (code, line) in [(401, ""), (302, "Location: http://127.0.0.1:1/\r\n"), (422, ""), (500, "")] {
        let inbox = Inbox::start(move |_, _| status(code, line));
        let ended = send(&sandbox, &inbox, "note.json");
        assert!(ended.code(1).out().starts_with(&format!("refused: {code}")), "{}", ended.out());
        assert_eq!(inbox.received().len(), 1);
    }
}

#[test]
fn another_answer_can_be_the_one_that_is_wanted() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|_, _| status(422, ""));
    for (expect, code, says) in [
        ("422", 0, "as expected: 422"),
        ("4xx", 0, "as expected: 422"),
        ("401", 1, "not as expected: 422 Unprocessable Content, not 401"),
        ("2xx", 1, "refused: 422"),
    ] {
        let ended = send(&sandbox, &inbox, &format!("note.json --expect {expect}"));
        assert!(ended.code(code).out().starts_with(says), "{expect}: {}", ended.out());
    }
}

#[test]
fn what_the_network_does_is_told_with_its_stage() {
    let sandbox = sandbox();
    let to = |port: u16| {
        format!("versia-cli send --no-validate note.json --as bob --timeout 0.3 --to http://127.0.0.1:{port}")
    };
    for (port, says) in [
        (closed_port(), "refuses the connection (VN102)"),
        (serve_nothing(), "did not answer within 300 ms (VN103)"),
        (serve(|_| ()), "closed the connection before its answer was there"),
        (serve(|stream| drop(stream.write_all(b"220 smtp ready\r\n"))), "did not answer in HTTP"),
        (
            serve(|stream| drop(stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\nhalf"))),
            "in the middle of the response's body",
        ),
    ] {
        let ended = sandbox.sh(&to(port));
        assert!(ended.code(3).stderr.starts_with("error: not delivered\ncause: "), "{}", ended.stderr);
        assert!(ended.stderr.contains(says) && ended.stderr.lines().count() <= 3, "{says}: {}", ended.stderr);
        let (records, summary) = json(sandbox.sh(&format!("{} --json", to(port))).code(3));
        assert!(records[0]["error"]["code"].as_str().unwrap().starts_with("VN1"), "{records:?}");
        assert_eq!(summary["failed"], 1);
    }
}

#[test]
fn a_signed_answer_is_verified() {
    let sandbox = sandbox();
    sandbox.file("answer", "{}");
    let signed = sandbox.sh("versia-cli sign POST /.versia/v0.6/inbox --response --body answer --as bob");
    let headers = signed.code(0).out().replace('\n', "\r\n");
    let tampered = headers.clone();
    let genuine = Inbox::start(move |_, _| Answer::Status(202, headers.clone(), "{}".into()));
    let ended = send(&sandbox, &genuine, "note.json");
    assert!(
        ended.code(0).out().contains("valid  response POST /.versia/v0.6/inbox  by bob.com"),
        "{}",
        ended.out()
    );
    let (records, summary) = json(send(&sandbox, &genuine, "note.json --json").code(0));
    assert_eq!(records[0]["response"]["verdict"]["signature"], "valid");
    assert_eq!(summary["signatures"]["valid"], 1);

    let changed = Inbox::start(move |_, _| Answer::Status(202, tampered.clone(), "{ }".into()));
    let ended = send(&sandbox, &changed, "note.json");
    assert!(ended.code(0).out().contains("error VS401"), "{}", ended.out());
}

#[test]
fn the_key_of_an_answer_is_fetched_from_its_signer_once() {
    let sandbox = sandbox();
    sandbox.file("answer", "");
    let signed = sandbox.sh("versia-cli sign POST /.versia/v0.6/inbox --response --body answer --as bob -q");
    let headers = signed.code(0).out().replace('\n', "\r\n");
    let key = sandbox.sh("versia-cli key bob.key --to spki-base64").code(0).out().trim().to_owned();
    let metadata = format!(
        r#"{{"type":"InstanceMetadata","domain":"bob.com","public_key":{{"algorithm":"ed25519","key":"{key}"}}}}"#
    );
    let inbox =
        Inbox::start(move |_, received| match received.head.starts_with("GET /.versia/v0.6/instance ") {
            true => Answer::Status(200, String::new(), metadata.clone()),
            false => status(202, &headers),
        });
    sandbox.sh("versia-cli keygen --save carol --domain c.example && versia-cli identity remove bob").code(0);
    sandbox.file("notes", lines(3));
    let url = inbox.url();
    let line = format!(
        "versia-cli send --no-validate notes --to @bob@bob.com --peer bob.com={url} --as carol --json"
    );
    let (records, summary) = json(sandbox.sh(&line).code(0));
    assert_eq!(summary["signatures"]["valid"], 3, "{records:?}");
    let fetched = inbox.received().iter().filter(|one| one.head.starts_with("GET ")).count();
    assert_eq!((fetched, inbox.received().len()), (1, 4));
}

#[test]
fn timings_and_the_request_are_told_when_asked_for() {
    let sandbox = sandbox();
    let inbox = Inbox::accepting();
    let ended = send(&sandbox, &inbox, "note.json --timings -v -H 'Authorization: Bearer hush'");
    assert!(ended.code(0).out().contains("first byte ") && ended.out().contains("total "), "{}", ended.out());
    assert!(ended.stderr.contains("> POST /.versia/v0.6/inbox HTTP/1.1\n> Host: "), "{}", ended.stderr);
    assert!(
        !ended.stderr.contains("hush") && ended.stderr.contains("> Authorization: (hidden)"),
        "{}",
        ended.stderr
    );
    assert_eq!(inbox.received()[0].header("authorization"), Some("Bearer hush"));
    let recorded = send(&sandbox, &inbox, "note.json --json -H 'Authorization: Bearer hush'");
    assert!(!recorded.code(0).out().contains("hush"), "{}", recorded.out());
}

#[test]
fn documents_come_from_files_lines_and_standard_input() {
    let sandbox = sandbox();
    sandbox.file("three.ndjson", "{\"n\":1}\r\n\n{\"n\":2}\n{\"n\":3}");
    sandbox.file("other.json", "{\"n\":4}");
    let inbox = Inbox::accepting();
    let ended = send(&sandbox, &inbox, "three.ndjson other.json note.json");
    assert_eq!(ended.code(0).out(), "");
    let all = ["{\n  \"type\": \"Note\"\n}\n", "{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}"];
    assert_eq!(inbox.bodies(), all);
    assert!(ended.stderr.starts_with("5 delivered; "), "{}", ended.stderr);
    assert!(ended.stderr.contains("answers: 202 × 5\ntimes: min "), "{}", ended.stderr);

    let piped = Inbox::accepting();
    let line = format!("versia-cli send --no-validate --to {} --as bob -v", piped.url());
    let ended = sandbox.sh_with(&line, lines(3).as_bytes());
    assert_eq!(piped.bodies(), ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"]);
    assert_eq!(ended.code(0).out().lines().count(), 3);
    assert!(ended.out().contains("line 2 of standard input: delivered: 202 Accepted, "), "{}", ended.out());
}

#[test]
fn unsigned_documents_go_out_as_they_are() {
    let sandbox = Sandbox::new();
    let inbox = Inbox::accepting();
    let line = format!("versia-cli send --no-validate --to {} --as-is", inbox.url());
    sandbox.sh_with(&line, b"no json\n").code(0);
    let received = &inbox.received()[0];
    assert_eq!(received.text(), "no json\n");
    assert_eq!(received.header("versia-signature"), None);
}

#[test]
fn what_would_not_verify_elsewhere_is_warned_of_once() {
    let sandbox = sandbox();
    let inbox = Inbox::accepting();
    sandbox.file("bad.ndjson", "{}\nno json\n{}\nnone either\n");
    let ended = send(&sandbox, &inbox, "bad.ndjson --signed-by https://bob.com");
    for says in ["(VS106)", "line 2 of bad.ndjson and 1 more: the body is not JSON (VS501)"] {
        assert_eq!(ended.code(0).stderr.matches(says).count(), 1, "{says}: {}", ended.stderr);
    }
    let single =
        sandbox.sh_with(&format!("versia-cli send --no-validate --to {} --as bob", inbox.url()), b"no json");
    assert!(single.code(0).stderr.contains("(VS501)"), "{}", single.stderr);
}

#[test]
fn refused_documents_are_named_and_the_worst_is_the_exit_code() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|_, received| match received.text() {
        "{\"n\":2}" => Answer::Status(401, String::new(), "no\nkey".into()),
        "{\"n\":3}" => Answer::Close,
        _ => accepted(),
    });
    sandbox.file("notes", lines(4));
    let ended = send(&sandbox, &inbox, "notes");
    let mut told: Vec<_> = ended.code(3).out().lines().collect();
    told.sort_unstable();
    assert!(told[0].starts_with("line 2 of notes: refused: 401 Unauthorized, "), "{told:?}");
    assert!(told[0].ends_with(" ms: no\\nkey"), "{told:?}");
    assert!(told[1].starts_with("line 3 of notes: failed: ") && told[1].contains("VN121"), "{told:?}");
    assert_eq!(told.len(), 2);
    assert!(ended.stderr.contains("2 delivered, 1 refused, 1 failed"), "{}", ended.stderr);

    let unreadable = send(&sandbox, &inbox, "notes note.json --ndjson");
    assert_eq!(unreadable.code, 3);
    sandbox.sh("head -c 17000000 /dev/zero | tr '\\0' a > long").code(0);
    let unreadable = send(&sandbox, &inbox, "notes long --ndjson");
    assert!(
        unreadable.code(2).stderr.contains("line 1 of long is longer than 16 MiB"),
        "{}",
        unreadable.stderr
    );
    assert!(unreadable.stderr.contains("1 unreadable"), "{}", unreadable.stderr);
}

#[test]
fn a_retry_is_a_record_of_its_own_that_names_the_first() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|number, _| match number {
        0 => status(503, ""),
        1 => Answer::Close,
        _ => accepted(),
    });
    let (records, summary) = json(send(&sandbox, &inbox, "note.json --json --retry 3").code(0));
    let first = records[0]["id"].as_str().unwrap();
    assert_eq!(records[0]["response"]["status"], 503);
    assert!(records[0].get("attempt_of").is_none() && records[1]["error"]["code"] == "VN121", "{records:?}");
    assert!(records[1..].iter().all(|record| record["attempt_of"] == first), "{records:?}");
    assert_eq!((&summary["delivered"], &summary["attempts"]), (&1.into(), &3.into()));
    let at = records[0]["at"].as_str().unwrap();
    assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
    for received in inbox.received() {
        sandbox.file("received.http", received.message());
        sandbox.sh("versia-cli verify received.http --as bob").code(0);
    }
    // The records are what `verify` takes.
    let recorded = send(&sandbox, &Inbox::accepting(), "note.json --json");
    let record = recorded.out().lines().next().unwrap();
    sandbox.sh_with("versia-cli verify --as bob", record.as_bytes()).code(0);
}

#[test]
fn retries_come_to_an_end_and_what_is_lasting_is_not_tried_again() {
    let sandbox = sandbox();
    for (code, requests) in [(503, 2), (429, 2), (500, 2), (401, 1), (404, 1)] {
        let inbox = Inbox::start(move |_, _| status(code, ""));
        send(&sandbox, &inbox, "note.json --retry 1").code(1);
        assert_eq!(inbox.received().len(), requests, "{code}");
    }
    let inbox = Inbox::start(|_, _| status(503, ""));
    send(&sandbox, &inbox, "note.json --retry 1 --expect 503").code(0);
    assert_eq!(inbox.received().len(), 1);
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept_by_all_and_told_once() {
    for (code, headers, reason) in [
        (429, "Retry-After: 1\r\n", "(Retry-After)"),
        (503, "Retry-After: 1\r\n", "(Retry-After)"),
        (
            202,
            "RateLimit-Limit: 1\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: 1\r\n",
            "(RateLimit-Remaining: 0)",
        ),
    ] {
        let sandbox = sandbox();
        let inbox =
            Inbox::start(move |number, _| if number == 0 { status(code, headers) } else { accepted() });
        sandbox.file("notes", lines(6));
        // One at first, so that the others are not under way already when the answer comes.
        let ended = send(&sandbox, &inbox, "notes --concurrency 1");
        ended.code(if code == 202 { 0 } else { 1 });
        let received = inbox.received();
        assert_eq!(received.len(), 6);
        assert!(received[1].at - received[0].at >= Duration::from_millis(990), "{code}");
        assert!(received[5].at - received[1].at < Duration::from_millis(900), "{code}");
        assert_eq!(ended.stderr.matches("asks for a pause of 1 s").count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
    }
}

#[test]
fn a_quota_is_never_overdrawn_once_it_is_known() {
    let sandbox = sandbox();
    // Five a second, counted by the server from the first request of each window.
    let window = std::sync::Mutex::new((std::time::Instant::now(), 0_u32));
    let inbox = Inbox::start(move |number, received| {
        let mut window = window.lock().unwrap();
        if number == 0 || received.at >= window.0 + Duration::from_secs(1) {
            *window = (received.at, 0);
        }
        window.1 += 1;
        let left = 5_u32.saturating_sub(window.1);
        let code = if window.1 > 5 { 429 } else { 202 };
        status(code, &format!("RateLimit-Limit: 5\r\nRateLimit-Remaining: {left}\r\nRateLimit-Reset: 1\r\n"))
    });
    sandbox.file("notes", lines(14));
    let ended = send(&sandbox, &inbox, "notes --concurrency 4");
    assert!(ended.code(0).stderr.contains("14 delivered"), "{}", ended.stderr);
}

#[test]
fn a_pause_over_the_maximum_ends_the_run_with_an_error() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|_, _| status(429, "Retry-After: 3600\r\n"));
    sandbox.file("notes", lines(3));
    for arguments in ["notes --concurrency 1", "notes --concurrency 1 --retry 5"] {
        let before = inbox.received().len();
        let ended = send(&sandbox, &inbox, arguments);
        assert!(ended.code(3).stderr.contains("asks for a pause of 1 h"), "{}", ended.stderr);
        assert!(ended.stderr.contains("VN142") && ended.stderr.contains("hint: "), "{}", ended.stderr);
        assert_eq!(inbox.received().len(), before + 1);
    }
    let patient =
        Inbox::start(|number, _| if number == 0 { status(429, "Retry-After: 1\r\n") } else { accepted() });
    send(&sandbox, &patient, "note.json --retry 1 --max-wait 0.5").code(3);
    send(&sandbox, &patient, "note.json --retry 1 --max-wait 5").code(0);
}

#[test]
fn requests_are_spaced_evenly_at_a_rate() {
    let sandbox = sandbox();
    let inbox = Inbox::accepting();
    sandbox.file("notes", lines(31));
    send(&sandbox, &inbox, "notes --rate 20/s").code(0);
    let received = inbox.received();
    let all = received[30].at - received[0].at;
    // 1.5 s, of which a first request that is late takes something.
    assert!(all >= Duration::from_secs(1), "{all:?}");
}

#[test]
fn nothing_new_is_started_after_the_first_failure_when_asked_for() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|number, _| if number == 2 { status(401, "") } else { accepted() });
    sandbox.file("notes", lines(100));
    let ended = send(&sandbox, &inbox, "notes --fail-fast --concurrency 1");
    assert!(ended.code(1).stderr.contains("--fail-fast: nothing more was sent"), "{}", ended.stderr);
    assert_eq!(inbox.received().len(), 3);
}

#[test]
fn the_first_interrupt_finishes_what_is_under_way() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|_, _| Answer::Hold);
    sandbox.file("notes", lines(100));
    let to = inbox.url();
    let child = sandbox
        .start(&format!("versia-cli send --no-validate notes --to {to} --as bob --concurrency 3 --json"));
    inbox.wait_for(3);
    interrupt(&child);
    // The flag is looked for many times a second; the answers come when the program has seen it, or at any time before.
    inbox.release();
    let ended: Ended = child.wait_with_output().unwrap().into();
    let (records, summary) = json(ended.code(130));
    assert_eq!(summary["stopped"], "interrupted");
    assert_eq!(summary["delivered"], records.len());
    assert_eq!(inbox.received().len(), records.len());
    assert!(ended.stderr.contains("interrupted: "), "{}", ended.stderr);
}

#[test]
fn the_second_interrupt_ends_at_once() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|_, _| Answer::Hold);
    let mut child =
        sandbox.start(&format!("versia-cli send --no-validate note.json --to {} --as bob", inbox.url()));
    inbox.wait_for(1);
    // A signal that comes before another one was dealt with is the same signal.
    while child.try_wait().unwrap().is_none() {
        interrupt(&child);
        std::thread::yield_now();
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    inbox.release();
}

#[test]
fn an_interrupt_ends_a_run_that_waits_for_its_input() {
    let sandbox = sandbox();
    let inbox = Inbox::accepting();
    let mut child =
        sandbox.start(&format!("versia-cli send --no-validate --ndjson --to {} --as bob", inbox.url()));
    let mut stdin = child.stdin.take().unwrap();
    // Each line is sent before the next one comes.
    for count in 1..=3 {
        stdin.write_all(b"{}\n").unwrap();
        inbox.wait_for(count);
    }
    interrupt(&child);
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert!(ended.code(130).stderr.contains("3 delivered"), "{}", ended.stderr);
    drop(stdin);
}

#[test]
fn what_would_be_sent_is_printed_and_nothing_is_sent() {
    let sandbox = sandbox();
    let to = format!("--to http://127.0.0.1:{}", closed_port());
    let ended = sandbox.sh(&format!("versia-cli send --no-validate note.json {to} --as bob --dry-run"));
    assert!(ended.code(0).out().ends_with(&format!("\r\n\r\n{NOTE}")), "{}", ended.out());
    sandbox.sh_with("versia-cli verify --as bob", &ended.stdout).code(0);

    sandbox.file("notes", lines(3));
    let many = sandbox.sh(&format!("versia-cli send --no-validate notes {to} --as bob --dry-run --json"));
    assert_eq!(many.code(0).out().lines().count(), 3);
    let verified = sandbox.sh_with("versia-cli verify --as bob", &many.stdout);
    assert!(verified.code(0).out().ends_with("3 valid\n"), "{}", verified.out());
    let text =
        sandbox.sh(&format!("versia-cli send --no-validate notes {to} --as-is --dry-run -H 'Cookie: hush'"));
    assert_eq!(text.code(0).out().matches("POST /.versia/v0.6/inbox HTTP/1.1").count(), 3);
    assert!(!text.out().contains("hush"));
}

#[test]
fn a_reader_that_has_enough_ends_the_run_without_a_word() {
    let sandbox = sandbox();
    let inbox = Inbox::accepting();
    sandbox.file("notes", lines(5_000));
    let line = format!(
        "versia-cli send --no-validate notes --to {} --as bob -v | head -n 1; echo ${{PIPESTATUS[0]}}",
        inbox.url()
    );
    let ended = sandbox.sh(&line);
    assert!(ended.out().ends_with("\n141\n"), "{}", ended.out());
    assert_eq!(ended.stderr, "");
    assert!(inbox.received().len() < 5_000);
}

#[test]
fn a_reader_that_is_gone_ends_a_run_that_waits_for_its_input() {
    let sandbox = sandbox();
    let inbox = Inbox::accepting();
    let mut child = sandbox
        .start(&format!("versia-cli send --no-validate --ndjson --to {} --as bob --json", inbox.url()));
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{}\n").unwrap();
    // The input stays open until the program has ended.
    assert_eq!(child.wait().unwrap().code(), Some(141));
    drop(stdin);
}

#[test]
fn a_full_inbox_address_is_used_as_written_and_odd_paths_are_warned_of() {
    let sandbox = sandbox();
    let inbox = Inbox::accepting();
    let line = format!(
        "versia-cli send --no-validate note.json --as bob --to '{}/users/../inbox?x=%2F'",
        inbox.url()
    );
    let ended = sandbox.sh(&line);
    assert!(ended.code(0).stderr.contains("(VS504)") && ended.stderr.contains("(VS503)"), "{}", ended.stderr);
    let received = &inbox.received()[0];
    assert!(received.head.starts_with("POST /users/../inbox?x=%2F HTTP/1.1\r\n"), "{}", received.head);
    sandbox.file("received.http", received.message());
    sandbox.sh("versia-cli verify received.http --as bob").code(0);
}

#[test]
fn an_input_without_an_end_is_left_when_the_run_ends() {
    let sandbox = sandbox();
    let inbox = Inbox::start(|_, _| status(401, ""));
    let to = inbox.url();
    let mut child = sandbox
        .start(&format!("versia-cli send --no-validate --to {to} --as bob --fail-fast --concurrency 1"));
    let mut stdin = child.stdin.take().unwrap();
    // The run ends on its own, and the writer finds nobody.
    let feeder = std::thread::spawn(move || while stdin.write_all(b"{\"n\":1}\n").is_ok() {});
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
    feeder.join().unwrap();
}
