//! `send --ws` when the other side goes wrong: the handshake, the session, and what is tried again.

use serde_json::Value;

use crate::fixture::{Ended, Sandbox};
use crate::serve::sandbox;
use crate::server::{closed_port, serve, serve_nothing};
use crate::sessions::{Session, Sessions, right_answer, switching};

fn lines(count: usize) -> String {
    (1..=count).map(|n| format!("{{\"n\":{n}}}\n")).collect()
}

fn entities(count: usize) -> Vec<String> {
    lines(count).lines().map(str::to_owned).collect()
}

/// A folder with so many documents in `notes`.
fn with_notes(count: usize) -> Sandbox {
    let sandbox = sandbox();
    sandbox.file("notes", lines(count));
    sandbox.file("note.json", "{\"n\":1}");
    sandbox
}

fn send(sandbox: &Sandbox, port: u16, arguments: &str) -> Ended {
    let line = "versia-cli send --no-validate --key a.key --signed-by a.example";
    sandbox.sh(&format!("{line} --to ws://127.0.0.1:{port} {arguments}"))
}

/// What is said has these parts in its error, in three lines at most.
#[track_caller]
fn assert_says(ended: &Ended, code: i32, says: &[&str]) {
    let said = &ended.code(code).stderr;
    for part in says {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    let errors: Vec<_> = said.lines().skip_while(|line| !line.starts_with("error: ")).collect();
    assert!((1..=3).contains(&errors.len()), "{said}");
}

fn summary(ended: &Ended) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> = ended.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap()["summary"].clone();
    (lines, summary)
}

/// A server that answers every handshake with these bytes.
fn answering(bytes: &str) -> Sessions {
    let bytes = bytes.to_owned();
    Sessions::with_answer(move |_, _| bytes.clone(), |_| {})
}

#[test]
fn a_refused_handshake_is_shown_whole_and_is_a_no() {
    let sandbox = with_notes(3);
    let refused = answering(
        "HTTP/1.1 401 Unauthorized\r\nX-Odd: \u{202e}x\r\nSet-Cookie: hush\r\nContent-Length: 26\r\n\r\n{\"error\":\"no \x1b[31m key\"}\r\n",
    );
    for (what, summary) in [("note.json", ""), ("notes", "nothing was sent; ")] {
        let ended = send(&sandbox, refused.port, what);
        let out = ended.code(1).out();
        assert!(out.starts_with("HTTP/1.1 401 Unauthorized\nX-Odd: \\u{202e}x\n"), "{out}");
        assert!(
            out.contains("Set-Cookie: (hidden)") && out.ends_with("\n\n{\"error\":\"no \\u{1b}[31m key\"}\n"),
            "{out}"
        );
        let cause = "cause: 127.0.0.1:";
        let says = "refuses the WebSocket handshake with 401 (VN151)\nhint: the handshake's signature";
        assert_says(&ended, 1, &["error: no session was opened", cause, says, summary]);
    }
    let recorded = send(&sandbox, refused.port, "notes --json");
    let (records, summary) = self::summary(recorded.code(1));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["response"]["status"], 401);
    assert_eq!(records[0]["response"]["body"], "{\"error\":\"no \u{1b}[31m key\"}\r\n");
    assert_eq!(records[0]["error"]["code"], "VN151");
    assert!(!recorded.out().contains("hush"));
    assert_eq!((&summary["stopped"], &summary["attempts"]), (&"session-ended".into(), &0.into()));

    let moved = answering("HTTP/1.1 301 Moved\r\nLocation: wss://c.example/\r\nContent-Length: 0\r\n\r\n");
    assert_says(&send(&sandbox, moved.port, "note.json"), 1, &["redirects", "wss://c.example/", "VN124"]);
    let plain = answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>");
    assert_says(&send(&sandbox, plain.port, "note.json"), 1, &["with 200, as a plain request (VN151)"]);
}

#[test]
fn no_answer_or_a_wrong_one_is_a_failure_of_the_network() {
    let sandbox = with_notes(1);
    let unoffered =
        Sessions::with_answer(|_, head| switching(head, "Sec-WebSocket-Protocol: chat\r\n"), |_| {});
    let wrong_key = Sessions::with_answer(
        |_, _| switching("Sec-WebSocket-Key: x", "").replace("Upgrade: websocket", "Upgrade: h2c"),
        |_| {},
    );
    for (port, says) in [
        (unoffered.port, "with the subprotocol \"chat\", which was not offered (VN153)"),
        (wrong_key.port, "(VN152)"),
        (closed_port(), "refuses the connection (VN102)"),
        (serve_nothing(), "did not answer within 300 ms (VN103)"),
        (serve(|_| ()), "closed the connection before its answer was there (VN121)"),
        (serve(|stream| drop(stream.write_all(b"220 smtp ready\r\n\r\n"))), "(VN122)"),
    ] {
        let ended = send(&sandbox, port, "note.json --timeout 0.3");
        assert_says(&ended, 3, &["error: no session was opened", says]);
        let (records, summary) = summary(send(&sandbox, port, "note.json --timeout 0.3 --json").code(3));
        assert!(records[0]["error"]["code"].as_str().unwrap().starts_with("VN1"), "{records:?}");
        assert_eq!(summary["delivered"], 0);
    }
    let unsendable = send(&sandbox, closed_port(), "note.json -H 'Upgrade: h2c'");
    assert_says(&unsendable, 2, &["nothing can be sent like this", "belongs to the handshake"]);
}

#[test]
fn a_session_that_ends_too_early_is_named_with_how_far_it_came() {
    type Script = fn(&mut Session);
    let cases: [(Script, &str); 6] = [
        (|session| session.close(1011, "broken \x1b[2J"), "closed the session with 1011 \"broken"),
        (|session| session.close(1008, "no"), "closed the session with 1008 \"no\" (3 sent, 1 acknowledged)"),
        (|session| session.close(1000, ""), "closed the session with 1000 (3 sent, 1 acknowledged) (VN154)"),
        (|_| (), "(3 sent, 1 acknowledged) (VN155)"),
        (|session| while session.next().is_some() {}, "acknowledged nothing more of what was sent"),
        (|session| session.receipt(3, 202, ""), "the receipt for message 3 came where the one for 2 is due"),
    ];
    let sandbox = with_notes(3);
    for (script, says) in cases {
        let b = Sessions::start(move |session| {
            (0..3).for_each(|_| drop(session.next()));
            session.receipt(1, 202, "");
            script(session);
        });
        let ended = send(&sandbox, b.port, "notes --timeout 1");
        assert_says(&ended, 3, &["error: not everything was delivered", says, "1 delivered, 2 failed; "]);
        assert!(!ended.stderr.contains('\x1b'), "{}", ended.stderr);
        let says = "line 2 of notes to line 3 of notes: no receipts came for 2; they may have arrived\n";
        assert_eq!(ended.out(), says);
        let (records, summary) = summary(send(&sandbox, b.port, "notes --timeout 1 --json").code(3));
        assert!(records.last().unwrap()["error"]["code"].is_string(), "{records:?}");
        assert_eq!((&summary["delivered"], &summary["failed"]), (&1.into(), &2.into()));
        assert_eq!(summary["stopped"], "session-ended");
    }
    let lost = Sessions::start(|session| drop(session.next()));
    assert_says(&send(&sandbox, lost.port, "note.json"), 3, &["error: not delivered", "VN155"]);
}

#[test]
fn what_goes_wrong_after_the_last_receipt_is_a_warning() {
    let sandbox = with_notes(3);
    let b = Sessions::start(|session| {
        (0..3).for_each(|_| assert!(session.take()));
        session.close(1011, "oops");
    });
    let ended = send(&sandbox, b.port, "notes");
    let says = "warning: everything was answered, and then 127.0.0.1:";
    assert!(ended.code(0).stderr.contains(says), "{}", ended.stderr);
    assert!(ended.stderr.contains("closed the session with 1011 \"oops\" (3 sent, 3 acknowledged)"));
    let silent = Sessions::start(|session| {
        session.take();
        // Stays open until the client has given up.
        std::thread::park();
    });
    let ended = send(&sandbox, silent.port, "note.json --timeout 0.5");
    assert!(ended.code(0).out().contains("did not answer the Close within 500 ms"), "{}", ended.out());
}

#[test]
fn without_receipts_an_end_that_is_not_in_order_leaves_everything_unknown() {
    let sandbox = with_notes(3);
    for (close, code, says) in [(1008, 1, "1008 \"no\""), (1011, 3, "1011 \"no\"")] {
        let b = Sessions::start(move |session| {
            (0..3).for_each(|_| drop(session.next()));
            session.close(close, "no");
        });
        let ended = send(&sandbox, b.port, "notes --no-receipts");
        assert_says(&ended, code, &["not everything was delivered", says, "3 failed; "]);
        let retried = send(&sandbox, b.port, "notes --no-receipts --retry 3");
        assert_eq!(b.heads().len(), 2, "it is not known what to send again");
        assert_eq!(retried.stderr.contains("--retry goes on only where there are receipts"), code == 3);
    }
}

#[test]
fn a_lost_session_is_opened_again_and_goes_on_with_what_has_no_receipt() {
    let sandbox = with_notes(200);
    let b = Sessions::start(|session| {
        if session.number() == 0 {
            (0..70).for_each(|_| assert!(session.take()));
            return session.close(1001, "restarting");
        }
        while session.take() {}
    });
    let ended = send(&sandbox, b.port, "notes --retry 1 --json");
    let (records, summary) = summary(ended.code(0));
    assert_eq!((&summary["delivered"], &summary["failed"]), (&200.into(), &0.into()));
    let second: Vec<_> = b.got().into_iter().filter(|got| got.session == 1).collect();
    let again: Vec<_> = second.iter().map(|got| got.entity()).collect();
    assert_eq!(again, entities(200)[70..], "each without a receipt, in order");
    let out = |entity: &str| -> Vec<&Value> {
        let holds = |record: &&Value| {
            record["direction"] == "out"
                && record["frame"]["data"].as_str().is_some_and(|data| data.contains(entity))
        };
        records.iter().filter(holds).collect()
    };
    let twice = out("{\\\"n\\\":71}");
    if let [first, second] = twice.as_slice() {
        assert_eq!(first["id"], second["attempt_of"]);
        assert_ne!(first["session"], second["session"]);
    } else {
        assert_eq!(twice.len(), 1, "it had not gone out before the first session ended");
    }
    assert_eq!(out("{\\\"n\\\":70}").len(), 1);
}

#[test]
fn what_goes_out_as_it_is_goes_out_again_as_it_is() {
    let sandbox = with_notes(50);
    for more in ["", "--json", "--journal journal"] {
        let b = Sessions::start(|session| {
            if session.number() == 0 {
                (0..20).for_each(|_| assert!(session.take()));
                return session.close(1001, "");
            }
            while session.take() {}
        });
        let line = format!(
            "versia-cli send --no-validate notes --as-is --retry 1 --to ws://127.0.0.1:{} {more}",
            b.port
        );
        sandbox.sh(&line).code(0);
        let second: Vec<_> = b.got().into_iter().filter(|got| got.session == 1).map(|got| got.text).collect();
        assert_eq!(second, entities(50)[20..], "{more}");
    }
}

#[test]
fn each_receipt_gives_a_session_its_retries_anew_and_without_one_they_run_out() {
    let sandbox = with_notes(5);
    let one_each = Sessions::start(|session| {
        session.take();
        session.close(1012, "");
    });
    let ended = send(&sandbox, one_each.port, "notes --retry 1");
    assert!(ended.code(0).stderr.contains("5 delivered; "), "{}", ended.stderr);
    assert!(ended.stderr.contains("; again in "), "{}", ended.stderr);
    assert_eq!(one_each.heads().len(), 5);

    let none = Sessions::start(|session| {
        session.next();
        session.close(1012, "");
    });
    assert_says(&send(&sandbox, none.port, "notes --retry 2"), 3, &["closed the session with 1012"]);
    assert_eq!(none.heads().len(), 3);
    let lasting = Sessions::start(|session| session.close(1008, ""));
    send(&sandbox, lasting.port, "notes --retry 2").code(3);
    assert_eq!(lasting.heads().len(), 1);
}

#[test]
fn a_handshake_is_tried_again_when_the_server_is_busy_and_not_before_it_allows() {
    let sandbox = with_notes(3);
    let busy = |headers: &'static str| {
        Sessions::with_answer(
            move |number, head| match number {
                0 => format!("HTTP/1.1 503 Busy\r\n{headers}Content-Length: 0\r\n\r\n"),
                _ => right_answer(number, head),
            },
            |session| while session.take() {},
        )
    };
    let b = busy("");
    send(&sandbox, b.port, "notes").code(1);
    let ended = send(&sandbox, b.port, "notes");
    assert!(ended.code(0).stderr.contains("3 delivered; "), "{}", ended.stderr);

    let b = busy("Retry-After: 1\r\n");
    let started = std::time::Instant::now();
    let ended = send(&sandbox, b.port, "notes --retry 1");
    assert!(ended.code(0).stderr.contains("asks for a pause of 1 s (Retry-After)"), "{}", ended.stderr);
    assert!(started.elapsed() >= std::time::Duration::from_millis(990));
    let b = busy("Retry-After: 3600\r\n");
    assert_says(&send(&sandbox, b.port, "notes --retry 1"), 3, &["asks for a pause of 1 h", "VN142"]);
    assert_eq!(b.heads().len(), 1);
    let gone = send(&sandbox, closed_port(), "notes --retry 1");
    assert_says(&gone, 3, &["attempt 1: ", "; again in ", "VN102"]);
}

#[test]
fn what_the_server_says_beside_receipts_is_shown() {
    let sandbox = with_notes(1);
    let b = Sessions::start(|session| {
        session.say("hello\n\x1b[31m");
        while session.take() {}
    });
    let ended = send(&sandbox, b.port, "note.json");
    assert!(ended.code(0).stderr.contains("says: hello\\n\\u{1b}[31m\n"), "{}", ended.stderr);
    let (records, _) = summary(send(&sandbox, b.port, "note.json --json").code(0));
    assert!(records.iter().any(|record| record["frame"]["data"] == "hello\n\u{1b}[31m"), "{records:?}");
}
