//! `inbox report`: what it says of a sender that behaves, and of one that does not.

use serde_json::{Value, json};

use crate::fixture::Sandbox;
use crate::serve::{INBOX, NOTE, delivery, exchange, now, sandbox, signer};
use crate::serving::Serving;

/// Ends a server, and has its records reported.
fn report(sandbox: &Sandbox, serving: Serving, code: i32) -> (Vec<Value>, String) {
    let served = serving.stop();
    let lines: String = served.lines.iter().map(|line| format!("{line}\n")).collect();
    sandbox.file("records.ndjson", lines);
    let told = sandbox.sh("versia-cli inbox report --from records.ndjson --json");
    let senders = told.code(code).out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown = sandbox.sh("versia-cli inbox report --from records.ndjson");
    (senders, shown.code(code).out().to_owned() + &shown.stderr)
}

fn codes(sender: &Value) -> Vec<&str> {
    sender["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn the_program_s_own_retries_respect_what_they_are_asked() {
    let sandbox = sandbox();
    sandbox.file("note.json", NOTE);
    let b = Serving::start(
        &sandbox,
        &format!("--key bob.key --signed-by b.example --fault 'status=503 for=2 retry-after=1 path={INBOX}'"),
    );
    let line = format!("versia-cli send --no-validate note.json --to {}{INBOX} --as bob --retry 3", b.url);
    sandbox.sh(&line).code(0);
    let (senders, shown) = report(&sandbox, b, 0);
    let bob = senders.iter().find(|sender| sender["sender"] == "bob.com").unwrap();
    assert_eq!(codes(bob), Vec::<&str>::new(), "{bob}");
    assert_eq!(bob["deliveries"], json!({"all": 1, "accepted": 1, "refused": 0, "open": 0}));
    assert_eq!((&bob["retries"], &bob["retry_after"]), (&json!(2), &json!({"asked": 2, "broken": 0})));
    assert_eq!(bob["tried"][0]["attempts"].as_array().unwrap().len(), 3, "{bob}");
    for says in ["bob.com", "asked for 2 times, respected", "Note 1: accepted after 3 attempts"] {
        assert!(shown.contains(says), "{says:?} is not in\n{shown}");
    }
}

#[test]
fn a_sender_that_ignores_what_it_is_asked_is_found_out() {
    let sandbox = sandbox();
    let faults = "--fault 'status=503 for=1 retry-after=60 type=Note' --fault 'ratelimit=1/3600s type=*'";
    let b = Serving::start(&sandbox, &format!("--as bob --domain b.example {faults}"));
    let deliver = |body: &str| exchange(&b.address, &delivery(&signer("a.example"), now(), body)).unwrap();
    // The retry comes at once, and uses up the quota, which the next one does not mind.
    let like = r#"{"type":"Like","id":"\u001b[31m"}"#;
    let statuses = [NOTE, NOTE, like, like].map(|body| deliver(body)[9..12].to_owned());
    assert_eq!(statuses, ["503", "202", "429", "429"]);
    let (senders, shown) = report(&sandbox, b, 1);
    let a = senders.iter().find(|sender| sender["sender"] == "a.example").unwrap();
    assert_eq!(codes(a), ["VN260", "VN261"], "{a}");
    assert_eq!(a["rate_limit"], json!({"asked": 1, "broken": 1}));
    for says in ["VN260: Note 1 came again after", "VN261", "Retry-After: 60", "1 of "] {
        assert!(shown.contains(says), "{says:?} is not in\n{shown}");
    }
    assert!(!shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn without_requests_there_is_nothing_to_say() {
    let sandbox = sandbox();
    let told = sandbox.sh_with("versia-cli inbox report --from -", b"");
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(told.stderr.contains("no request came in"), "{}", told.stderr);
}
