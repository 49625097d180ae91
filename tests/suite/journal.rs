//! `send --journal`: a run that was killed goes on where it ended.

use std::collections::HashMap;
use std::process::Child;

use crate::fixture::{Ended, Sandbox};
use crate::inbox::{Answer, Inbox, accepted, status};

fn lines(count: usize) -> String {
    (1..=count).map(|n| format!("{{\"type\":\"Note\",\"n\":{n}}}\n")).collect()
}

fn send(sandbox: &Sandbox, inbox: &Inbox, arguments: &str) -> Ended {
    sandbox.sh(&format!(
        "versia-cli send --no-validate --to {} --as bob --journal journal {arguments}",
        inbox.url()
    ))
}

fn counts(inbox: &Inbox) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for body in inbox.bodies() {
        *counts.entry(body).or_insert(0) += 1;
    }
    counts
}

fn ended(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
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
    // One is in flight for certain when the run is killed.
    let inbox = Inbox::start(|number, _| if number == COUNT / 4 { Answer::Hold } else { accepted() });
    let to = inbox.url();
    let line =
        format!("versia-cli send --no-validate notes --to {to} --as bob --journal journal --concurrency 16");
    let mut first = sandbox.start(&line);
    inbox.wait_for(COUNT / 3);
    first.kill().unwrap();
    first.wait().unwrap();
    inbox.release();

    let second = sandbox.sh(&line);
    let named = named(second.code(0));
    assert!((1..=16).contains(&named.len()), "{}", second.stderr);
    let counts = counts(&inbox);
    assert_eq!(counts.len(), COUNT, "each arrived");
    let twice: Vec<usize> =
        (1..=COUNT).filter(|n| counts[&format!("{{\"type\":\"Note\",\"n\":{n}}}")] > 1).collect();
    assert!(twice.iter().all(|n| named.contains(n)), "{twice:?} arrived twice, {named:?} were named");
    assert!(counts.values().all(|count| *count <= 2));

    let third = send(&sandbox, &inbox, "notes");
    assert!(third.code(0).stderr.starts_with("10,000 delivered before; "), "{}", third.stderr);
    assert_eq!(self::counts(&inbox), counts);
}

#[test]
fn an_answer_is_an_outcome_and_a_failure_is_tried_again() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(3));
    let inbox = Inbox::start(|number, received| match received.text() {
        text if text.contains(":2}") => status(401, ""),
        text if text.contains(":3}") && number < 3 => Answer::Close,
        _ => accepted(),
    });
    send(&sandbox, &inbox, "notes --concurrency 1").code(3);
    // What was refused is not sent again, and is not forgotten either.
    let second = send(&sandbox, &inbox, "notes --json");
    assert!(second.code(1).out().contains("\"delivered\":1,\"refused\":0"), "{}", second.out());
    assert!(second.out().contains("\"delivered_before\":1,\"refused_before\":1"), "{}", second.out());
    assert_eq!(inbox.received().len(), 4);
    send(&sandbox, &inbox, "notes --expect 4xx").code(1);
    assert_eq!(inbox.received().len(), 4);
}

#[test]
fn an_input_that_changed_is_refused_by_name_before_anything_is_sent() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(5));
    let inbox = Inbox::accepting();
    send(&sandbox, &inbox, "notes").code(0);

    sandbox.file("notes", format!("{}\n", lines(7).replace(":4}", ":44}")));
    let changed = send(&sandbox, &inbox, "notes");
    let says = "error: line 4 of notes changed since the journal journal was written";
    assert!(changed.code(2).stderr.contains(says), "{}", changed.stderr);
    sandbox.file("notes", lines(4));
    let shortened = send(&sandbox, &inbox, "notes");
    assert!(shortened.code(2).stderr.contains("ends before document 5"), "{}", shortened.stderr);
    assert_eq!(inbox.received().len(), 5);

    // A stream cannot be looked at beforehand: it is refused as it goes.
    let line = format!(
        "versia-cli send --no-validate --to {} --as bob --journal journal --concurrency 1",
        inbox.url()
    );
    let streamed = sandbox.sh_with(&line, lines(7).replace(":4}", ":44}").as_bytes());
    assert!(streamed.code(2).stderr.contains("line 4 of standard input changed"), "{}", streamed.stderr);
    assert!(streamed.stderr.contains("3 delivered before"), "{}", streamed.stderr);
    assert!(!inbox.bodies().iter().any(|body| body.contains("44")));

    sandbox.file("notes", lines(7));
    let grown = send(&sandbox, &inbox, "notes");
    assert!(grown.code(0).stderr.starts_with("2 delivered, 5 delivered before; "), "{}", grown.stderr);
}

#[test]
fn one_document_that_has_its_outcome_is_told_and_nobody_is_connected_to() {
    for (status_of, code, says) in [(202, 0, "1 delivered before; "), (401, 1, "1 refused before; ")] {
        let sandbox = Sandbox::with_bob();
        sandbox.file("note.json", "{}");
        let inbox = Inbox::start(move |_, _| status(status_of, ""));
        send(&sandbox, &inbox, "note.json").code(code);
        for arguments in ["note.json", "--ws note.json"] {
            let again = send(&sandbox, &inbox, arguments);
            assert!(again.code(code).stderr.starts_with(says), "{arguments}: {}", again.stderr);
            assert_eq!(again.out(), "", "{arguments}");
        }
        assert_eq!(inbox.received().len(), 1);
    }
}

#[test]
fn two_runs_do_not_share_a_journal_nor_does_another_recipient() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(2));
    let inbox = Inbox::start(|_, _| Answer::Hold);
    let child = sandbox.start(&format!(
        "versia-cli send --no-validate notes --to {} --as bob --journal journal",
        inbox.url()
    ));
    inbox.wait_for(1);
    let second = send(&sandbox, &inbox, "notes");
    assert!(second.code(2).stderr.contains("another run is using the journal journal"), "{}", second.stderr);
    inbox.release();
    ended(child).code(0);

    let other = send(&sandbox, &Inbox::accepting(), "notes");
    assert!(other.code(2).stderr.contains("it is on deliveries to http://127.0.0.1:"), "{}", other.stderr);
    assert!(other.stderr.contains("hint: each recipient has a journal of its own"), "{}", other.stderr);
}

#[test]
fn a_journal_is_private_and_other_files_are_left_alone() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(2));
    let inbox = Inbox::accepting();
    send(&sandbox, &inbox, "notes --concurrency 1").code(0);
    assert_eq!(sandbox.sh("stat -c %a journal").out(), "600\n");
    let text = sandbox.sh("cat journal").out().to_owned();
    assert!(text.starts_with("{\"versia_cli_journal\":1}\n{\"started\":1}\n"), "{text}");
    let hash =
        sandbox.sh("head -n 1 notes | tr -d '\\n' | sha256sum | cut -d' ' -f1").out().trim().to_owned();
    let entry = format!(
        "{{\"ordinal\":1,\"sha256\":\"{hash}\",\"target\":\"{}/.versia/v0.6/inbox\",\"outcome\":\"delivered\",\"status\":202}}\n",
        inbox.url()
    );
    assert!(text.contains(&entry), "{entry} is not in\n{text}");

    let to = inbox.url();
    for (journal, says) in [
        ("notes", "cannot use notes as a journal: it is not a journal"),
        (".", "it is not a regular file"),
        ("no/such/folder", "cannot open the journal no/such/folder"),
    ] {
        let ended = sandbox
            .sh(&format!("versia-cli send --no-validate notes --to {to} --as bob --journal {journal}"));
        assert!(ended.code(2).stderr.contains(says), "{}", ended.stderr);
    }
    assert_eq!(sandbox.sh("cat notes").out(), lines(2));
    assert_eq!(inbox.received().len(), 2);
}

#[test]
fn a_torn_last_line_does_not_matter() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(3));
    let inbox = Inbox::accepting();
    send(&sandbox, &inbox, "notes --concurrency 1").code(0);
    sandbox.sh("truncate -s -20 journal").code(0);
    let second = send(&sandbox, &inbox, "notes");
    assert_eq!(named(second.code(0)), [3]);
    assert_eq!(inbox.received().len(), 4);
    let third = send(&sandbox, &inbox, "notes");
    assert!(third.code(0).stderr.starts_with("3 delivered before; "), "{}", third.stderr);
}

#[test]
fn a_journal_that_cannot_be_written_ends_the_run() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(1_000));
    let inbox = Inbox::accepting();
    // The limit of the file's size stands for a disk that is full.
    let line = format!(
        "trap '' XFSZ; ulimit -f 8; versia-cli send --no-validate notes --to {} --as bob --journal journal 2> said; code=$?; ulimit -f unlimited; cat said >&2; exit $code",
        inbox.url()
    );
    let full = sandbox.sh(&line);
    assert!(full.code(2).stderr.contains("cannot write the journal journal"), "{}", full.stderr);
    assert!(full.stderr.contains("cause: File too large"), "{}", full.stderr);
    let sent = inbox.received().len();
    assert!(sent < 1_000, "{sent}");
    // What was sent and could not be noted was noted as started.
    let second = send(&sandbox, &inbox, "notes");
    let named = named(second.code(0));
    let counts = counts(&inbox);
    assert_eq!(counts.len(), 1_000);
    assert!(counts.values().filter(|count| **count > 1).count() <= named.len());
}

#[test]
fn a_dry_run_leaves_out_what_has_its_outcome_and_makes_no_journal() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("notes", lines(3));
    let inbox =
        Inbox::start(|_, received| if received.text().contains(":2}") { Answer::Close } else { accepted() });
    assert_eq!(send(&sandbox, &inbox, "notes --dry-run --json").code(0).out().lines().count(), 3);
    assert!(!sandbox.path().join("journal").exists());
    send(&sandbox, &inbox, "notes").code(3);
    let rest = send(&sandbox, &inbox, "notes --dry-run --json");
    assert_eq!(rest.code(0).out().lines().count(), 1);
    assert!(rest.out().contains("\\\"n\\\":2"), "{}", rest.out());
}
