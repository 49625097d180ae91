//! `send --ws --journal`: a run that was killed goes on where it ended, with receipts and without.

use std::collections::HashMap;
use std::io::Write;

use crate::fixture::{Ended, Sandbox};
use crate::inbox::Inbox;
use crate::sessions::Sessions;

fn lines(count: usize) -> String {
    (1..=count).map(|n| format!("{{\"type\":\"Note\",\"n\":{n}}}\n")).collect()
}

fn entity(n: usize) -> String {
    format!("{{\"type\":\"Note\",\"n\":{n}}}")
}

fn line(b: &Sessions, arguments: &str) -> String {
    format!("versia-cli send --no-validate --ws --to {} --as bob --journal journal {arguments}", b.url())
}

fn counts(b: &Sessions) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for entity in b.entities() {
        *counts.entry(entity).or_insert(0) += 1;
    }
    counts
}

/// The ordinals of those that may have arrived, as the second run names them.
fn named(ended: &Ended) -> Vec<usize> {
    let Some(line) = ended.stderr.lines().find(|line| line.contains("in flight when the last run ended"))
    else {
        return Vec::new();
    };
    let (_, list) = line.rsplit_once(": line").unwrap();
    list.trim_start_matches('s').split(',').map(|number| number.trim().parse().unwrap()).collect()
}

#[test]
fn after_a_kill_each_arrives_once_save_those_that_were_in_flight_which_are_named() {
    const COUNT: usize = 10_000;
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(COUNT));
    let b = Sessions::accepting();
    let mut first = sandbox.start(&line(&b, "notes"));
    b.wait_for(COUNT / 3);
    first.kill().unwrap();
    first.wait().unwrap();

    let second = sandbox.sh(&line(&b, "notes"));
    let named = named(second.code(0));
    assert!((1..=1_300).contains(&named.len()), "{} were named", named.len());
    let counts = counts(&b);
    assert_eq!(counts.len(), COUNT, "each arrived");
    let twice: Vec<usize> = (1..=COUNT).filter(|n| counts[&entity(*n)] > 1).collect();
    assert!(twice.iter().all(|n| named.contains(n)), "{twice:?} arrived twice, {named:?} were named");
    assert!(counts.values().all(|count| *count <= 2));

    let third = sandbox.sh(&line(&b, "notes"));
    assert!(third.code(0).stderr.starts_with("10,000 delivered before; "), "{}", third.stderr);
    assert_eq!(b.heads().len(), 2, "there was nothing to open a session for");
}

#[test]
fn a_receipt_is_an_outcome_and_what_has_none_is_named_and_sent_again() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(5));
    let b = Sessions::start(|session| match session.number() {
        0 => {
            (0..5).for_each(|_| drop(session.next()));
            session.receipt(1, 401, "");
            session.receipt(2, 202, "");
            session.close(1011, "");
        }
        _ => while session.take() {},
    });
    let first = sandbox.sh(&line(&b, "notes"));
    assert!(first.code(3).stderr.contains("1 delivered, 1 refused, 3 failed; "), "{}", first.stderr);
    let second = sandbox.sh(&line(&b, "notes --json"));
    assert_eq!(named(second.code(1)), [3, 4, 5], "what was refused is not forgotten");
    assert!(second.out().contains("\"delivered\":3,") && second.out().contains("\"refused_before\":1"));
    let again: Vec<_> = b.got().iter().filter(|got| got.session == 1).map(|got| got.entity()).collect();
    assert_eq!(again, [3, 4, 5].map(entity));

    // The journal is of the inbox, whichever road leads there.
    let inbox = Inbox::accepting();
    let (ws, http) = (format!("ws://127.0.0.1:{}", b.port), format!("http://127.0.0.1:{}", b.port));
    let over_http = line(&b, "notes").replace("--ws ", "").replace(&ws, &http);
    assert!(sandbox.sh(&over_http).code(1).stderr.starts_with("4 delivered before, 1 refused before; "));
    let other = sandbox.sh(&over_http.replace(&http, &inbox.url()));
    assert!(other.code(2).stderr.contains("it is on deliveries to http://127.0.0.1:"), "{}", other.stderr);
}

#[test]
fn without_receipts_all_are_settled_when_the_session_is_closed_in_order_and_none_before() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(3));
    let b = Sessions::accepting();
    let mut first = sandbox.start(&line(&b, "--no-receipts --ndjson"));
    let mut stdin = first.stdin.take().unwrap();
    stdin.write_all(lines(3).as_bytes()).unwrap();
    b.wait_for(3);
    first.kill().unwrap();
    first.wait().unwrap();
    drop(stdin);

    let second = sandbox.sh(&line(&b, "--no-receipts notes"));
    assert_eq!(named(second.code(0)), [1, 2, 3]);
    assert_eq!(b.got().len(), 6);
    let third = sandbox.sh(&line(&b, "--no-receipts notes"));
    assert!(third.code(0).stderr.starts_with("3 delivered before; "), "{}", third.stderr);
    assert_eq!(b.got().len(), 6);
}

#[test]
fn an_input_that_changed_is_refused_by_name() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(5));
    let b = Sessions::accepting();
    sandbox.sh(&line(&b, "notes")).code(0);
    let changed = lines(7).replace(":4}", ":44}");
    sandbox.file("changed", &changed);
    let ended = sandbox.sh(&line(&b, "changed"));
    assert!(ended.code(2).stderr.contains("line 4 of changed changed since the journal"), "{}", ended.stderr);
    // A stream cannot be looked at beforehand: it is refused as it goes.
    let streamed = sandbox.sh_with(&line(&b, ""), changed.as_bytes());
    assert!(streamed.code(2).stderr.contains("line 4 of standard input changed"), "{}", streamed.stderr);
    let shortened = sandbox.sh_with(&line(&b, ""), lines(4).as_bytes());
    assert!(shortened.code(2).stderr.contains("ends before document 5"), "{}", shortened.stderr);
    assert_eq!(b.got().len(), 5);
}

#[test]
fn a_journal_that_cannot_be_written_ends_the_run() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(2_000));
    let b = Sessions::accepting();
    // The limit of the file's size stands for a disk that is full.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 8; {} 2> said; code=$?; ulimit -f unlimited; cat said >&2; exit $code",
        line(&b, "notes")
    );
    let full = sandbox.sh(&limited);
    assert!(full.code(2).stderr.contains("cannot write the journal journal"), "{}", full.stderr);
    assert!(b.got().len() < 2_000);
    sandbox.sh(&line(&b, "notes")).code(0);
    assert_eq!(counts(&b).len(), 2_000);
}
