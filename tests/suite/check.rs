//! `check`: our own instance keeps every rule, and what is told of one that does not. That each case sees what it is about is proved
//! in `check_faults`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fixture::{Ended, SPEC_KEY, Sandbox};
use crate::server::closed_port;
use crate::serving::Serving;
use crate::world::{Reply, World};

/// A `serve` of b.example that knows where a.example checks from, and the line that checks it.
pub fn pair(sandbox: &Sandbox, arguments: &str) -> (Serving, String) {
    let port = closed_port();
    let arguments = format!(
        "--listen 127.0.0.1:0 --domain b.example --seed --peer a.example=http://127.0.0.1:{port} {arguments}"
    );
    let b = Serving::start_with(sandbox, &arguments);
    // An instance keeps the key that it came for once.
    sandbox.file("a.key", SPEC_KEY);
    let line = format!(
        "versia-cli check {url} --user alice --key a.key --domain a.example --listen {port} --peer b.example={url}",
        url = b.url
    );
    (b, line)
}

/// The verdicts by the ids of the cases, and what came of all.
fn verdicts(ended: &Ended) -> (BTreeMap<String, String>, Value) {
    let mut lines: Vec<Value> = ended.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = lines.pop().unwrap();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    (lines.iter().map(|line| (text(line, "id"), text(line, "verdict"))).collect(), summary)
}

#[test]
fn our_own_instance_keeps_every_must_and_should() {
    let sandbox = Sandbox::new();
    let (_b, line) = pair(&sandbox, "--reject");
    let ended = sandbox.sh(&format!("{line} --level should --json"));
    let wrong: Vec<_> = ended
        .out()
        .lines()
        .filter(|line| line.contains(r#""verdict":"fail""#) || line.contains(r#""verdict":"warn""#))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let (verdicts, summary) = verdicts(ended.code(0));
    assert!(verdicts.len() > 180, "{}", verdicts.len());
    assert_eq!(summary["domain"], "b.example");
    assert_eq!(summary["tally"]["unobservable"], 0);
    let skipped: Vec<_> =
        verdicts.iter().filter(|(_, verdict)| *verdict == "skip").map(|(id, _)| id.as_str()).collect();
    let expected = [
        "discovery/metadata/domain-asked",
        "http/http2/answer",
        "http/http2/chosen",
        "http/plain/port-80",
        "http/plain/same-port",
        "http/ratelimit/form",
        "http/ratelimit/goes-down",
        "http/ratelimit/refusal",
        "http/tls/not-1-0",
        "http/tls/not-1-1",
        "inbox/accept/report",
        "inbox/accept/vote",
    ];
    assert_eq!(skipped, expected);
}

#[test]
fn a_server_of_web_pages_fails_and_one_that_hangs_cannot_be_checked() {
    let sandbox = Sandbox::new();
    let world = World::start(|_| Some(Reply::page()));
    let ended = sandbox.sh(&format!("versia-cli check {} --json", world.url));
    let (verdicts, _) = verdicts(ended.code(1));
    assert_eq!(verdicts["discovery/versions/answer"], "fail");
    assert_eq!(verdicts["discovery/metadata/valid"], "fail");
    assert_eq!(verdicts["http/path/unknown"], "fail");

    let hanging = Serving::start_with(&sandbox, "--listen 127.0.0.1:0 --fault hang");
    sandbox.sh(&format!("versia-cli check {} --timeout 0.5", hanging.url)).code(3);
}

#[test]
fn cases_are_listed_and_none_is_wrong_use() {
    let sandbox = Sandbox::new();
    let all = sandbox.sh("versia-cli check --list");
    assert!(all.code(0).out().lines().count() >= 120);
    let musts =
        sandbox.sh("versia-cli check --list --level must --only 'signatures/post/*' --skip '*/valid'");
    assert!(
        musts
            .code(0)
            .out()
            .lines()
            .all(|line| line.starts_with("signatures/post/") && line.contains(" MUST "))
    );
    sandbox.sh("versia-cli check --list --only nothing").code(2);
}

#[test]
fn documents_for_ci_are_whole() {
    let sandbox = Sandbox::new();
    let (_b, line) = pair(&sandbox, "--reject --fault 'status=404 path=/.well-known/versia'");
    let only = "--only discovery/versions --only discovery/metadata/answer";
    let junit = sandbox.sh(&format!("{line} {only} --format junit"));
    assert!(junit.code(1).out().ends_with("</testsuite>\n</testsuites>\n"), "{}", junit.out());
    assert!(junit.out().contains("<failure type=\"VC120\" message="));
    let tap = sandbox.sh(&format!("{line} {only} --format tap"));
    assert!(
        tap.code(1).out().starts_with("TAP version 14\n1..7\nnot ok 1 - discovery/versions/answer\n"),
        "{}",
        tap.out()
    );
    let github = sandbox.sh(&format!("{line} {only} --format github"));
    assert!(
        github
            .code(1)
            .out()
            .lines()
            .all(|line| line.starts_with("::error title=") || line.starts_with("::warning title="))
    );
    let markdown = sandbox.sh(&format!("{line} {only} --format markdown"));
    assert!(markdown.code(1).out().starts_with("## b.example\n"));
}

#[test]
fn an_acceptance_that_says_nothing_is_looked_for_in_what_it_does() {
    let sandbox = Sandbox::new();
    let (_b, line) = pair(&sandbox, "");
    let ended = sandbox.sh(&format!("{line} --json --only 'inbox/accept'"));
    let (verdicts, _) = verdicts(ended.code(0));
    for seen in ["like", "reaction", "share", "reply"] {
        assert_eq!(verdicts[&format!("inbox/accept/{seen}")], "pass", "{seen}: {}", ended.out());
    }
    for unseen in ["every-field", "text", "unknown-extension", "delete"] {
        assert_eq!(verdicts[&format!("inbox/accept/{unseen}")], "unobservable", "{unseen}");
    }
}
