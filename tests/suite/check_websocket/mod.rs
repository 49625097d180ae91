//! `check`, the page `websocket`: our own instance keeps its rules, and each case is failed by an instance that breaks its rule.

mod instance;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use versia_cli::signing::SecretKey;

use crate::fixture::{Ended, Sandbox};
use crate::server::Authority;
use crate::serving::Serving;
use instance::{Fault, SEED, start};

/// The lines of the cases by what is behind `websocket/` in their ids.
fn reports(ended: &Ended) -> BTreeMap<String, Value> {
    let lines = ended.out().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let named = |line: Value| Some((line["id"].as_str()?.strip_prefix("websocket/")?.to_owned(), line));
    lines.filter_map(named).collect()
}

fn with_verdict<'a>(reports: &'a BTreeMap<String, Value>, verdicts: &[&str]) -> BTreeSet<&'a str> {
    let is_meant = |line: &Value| verdicts.contains(&line["verdict"].as_str().unwrap());
    reports.iter().filter(|(_, line)| is_meant(line)).map(|(id, _)| id.as_str()).collect()
}

/// A sandbox with the key that the instance of the tests knows.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("a.key", SecretKey::from_seed(&SEED).to_pkcs8_base64().as_bytes());
    sandbox.sh("chmod 600 a.key").code(0);
    sandbox
}

/// Checks an instance of the tests.
fn check(sandbox: &Sandbox, fault: Option<Fault>, more: &str) -> BTreeMap<String, Value> {
    let url = start(fault);
    let line =
        format!("versia-cli check {url} --key a.key --signed-by a.example --only websocket --json {more}");
    reports(&sandbox.sh(&line))
}

/// Checks a `serve` with these arguments.
fn check_serve(sandbox: &Sandbox, arguments: &str) -> BTreeMap<String, Value> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let b = Serving::start_with(
        sandbox,
        &format!(
            "--listen 127.0.0.1:0 --domain b.example --peer a.example=http://127.0.0.1:{port} {arguments}"
        ),
    );
    let url = &b.url;
    reports(&sandbox.sh(&format!(
        "versia-cli check {url} --domain a.example --listen {port} --peer b.example={url} --insecure --only websocket --json"
    )))
}

/// That every rule is kept.
fn assert_right(all: &BTreeMap<String, Value>) {
    assert!(all.len() > 50, "{}", all.len());
    let wrong: Vec<_> = all.values().filter(|line| line["verdict"] != "pass").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn our_own_instance_keeps_every_rule_of_websocket() {
    let sandbox = Sandbox::new();
    assert_right(&check_serve(&sandbox, "--reject"));

    let all = check_serve(&sandbox, "--reject --no-receipts");
    assert_eq!(with_verdict(&all, &["fail", "warn", "unobservable"]), ["handshake/receipts"].into());
    let skipped = ["close/after-all", "receipts/each", "receipts/pipelined", "receipts/status"];
    assert_eq!(with_verdict(&all, &["skip"]), skipped.into());
}

#[test]
fn our_own_instance_keeps_every_rule_of_websocket_over_tls() {
    let sandbox = Sandbox::new();
    let (certificate, key) = Authority::new().issue("b.example", false).pem();
    sandbox.file("tls.pem", certificate);
    sandbox.file("tls.key", key);
    assert_right(&check_serve(&sandbox, "--reject --cert tls.pem --key-file tls.key"));
}

/// What is done wrong, and the cases that see it.
const FAULTS: &[(Fault, &[&str])] = &[
    (Fault::RefusesHandshakes, &["handshake/valid"]),
    (Fault::NoUpgrade, &["handshake/switch"]),
    (Fault::WrongAccept, &["handshake/accept"]),
    (Fault::Extension, &["handshake/no-extension"]),
    (Fault::NamesReceipts, &["handshake/no-subprotocol", "handshake/unknown-subprotocol"]),
    (Fault::TakesFirst, &["handshake/receipts", "handshake/unknown-subprotocol"]),
    (Fault::NoReceipts, &["handshake/receipts"]),
    (Fault::OneSpelling, &["handshake/header-case"]),
    (Fault::HandshakeUnsigned, &["handshake/unsigned"]),
    (Fault::HandshakeOtherKey, &["handshake/other-key"]),
    (Fault::HandshakeStale, &["handshake/stale"]),
    (Fault::AnyVersion, &["handshake/version"]),
    (Fault::VersionNotTold, &["handshake/version"]),
    (Fault::NoKeyNeeded, &["handshake/no-key"]),
    (Fault::PostUpgrades, &["handshake/post"]),
    (
        Fault::RefusesMessages,
        &[
            "message/valid",
            "frames/fragmented-text",
            "receipts/pipelined",
            "receipts/status",
            "no-receipts/accepted",
        ],
    ),
    (Fault::Without("signature"), &["message/without-signature"]),
    (Fault::Without("signed_at"), &["message/without-signed-at"]),
    (Fault::Without("signed_by"), &["message/without-signed-by"]),
    (Fault::Without("entity"), &["message/without-entity"]),
    (
        Fault::WrongSignatures,
        &[
            "message/tampered-entity",
            "message/other-key",
            "message/other-path",
            "receipts/status",
            "no-receipts/refused",
        ],
    ),
    (Fault::AnyPath, &["message/other-path"]),
    (Fault::HandshakesKey, &["message/other-signer"]),
    (Fault::Stale, &["message/stale", "receipts/status"]),
    (Fault::Future, &["message/future"]),
    (Fault::EntityObject, &["message/entity-object"]),
    (Fault::SignedAtNumber, &["message/signed-at-number"]),
    (Fault::NotJson, &["message/not-json"]),
    (Fault::Array, &["message/array"]),
    (Fault::Empty, &["message/empty"]),
    (Fault::Binary, &["message/binary"]),
    (Fault::InvalidEntity, &["message/invalid-entity"]),
    (Fault::AcceptsWith200, &["receipts/status"]),
    (Fault::OneNumber, &["receipts/each", "receipts/pipelined"]),
    (Fault::ForgetsNumber, &["receipts/pipelined"]),
    (Fault::EndsAtRefusal, &["receipts/each", "receipts/status"]),
    (Fault::UnaskedReceipts, &["no-receipts/accepted", "no-receipts/refused"]),
    (Fault::NoReason, &["no-receipts/refused"]),
    (Fault::NoClose, &["close/answered", "no-receipts/accepted"]),
    (Fault::OneCode, &["close/code"]),
    (Fault::SpeaksBehindClose, &["close/last"]),
    (Fault::ForgetsLast, &["close/after-all"]),
    (Fault::NoPayload, &["frames/ping", "frames/ping-between-fragments"]),
    (Fault::NoPongBetween, &["frames/ping-between-fragments"]),
    (Fault::Masks, &["frames/from-server"]),
    (Fault::Unmasked, &["frames/unmasked"]),
    (Fault::ReservedBit, &["frames/reserved-bit"]),
    (Fault::ReservedOpcode, &["frames/reserved-opcode"]),
    (Fault::FragmentedPing, &["frames/fragmented-ping"]),
    (Fault::LongPing, &["frames/long-ping"]),
    (Fault::LoneContinuation, &["frames/lone-continuation"]),
    (Fault::AnyText, &["frames/invalid-utf8"]),
    (Fault::NoFragments, &["frames/fragmented-text", "frames/ping-between-fragments"]),
    (Fault::Large, &["frames/large"]),
];

#[test]
fn each_case_of_websocket_is_failed_by_an_instance_that_breaks_its_rule_and_by_no_other() {
    let sandbox = sandbox();
    let right = check(&sandbox, None, "");
    let all: BTreeSet<_> = right.keys().map(String::as_str).collect();
    assert_eq!(with_verdict(&right, &["pass"]), all);

    let wrong = Mutex::new(Vec::new());
    let one = |(fault, expected): &(Fault, &[&str])| {
        let reports = check(&sandbox, Some(*fault), "");
        let broken = with_verdict(&reports, &["fail", "warn"]);
        if broken != expected.iter().copied().collect() {
            let got: Vec<_> = broken.iter().map(|id| format!("{id}: {}", reports[*id]["got"])).collect();
            wrong.lock().unwrap().push(format!("{fault:?}: {got:#?}"));
        }
    };
    let (first, second) = FAULTS.split_at(FAULTS.len() / 2);
    thread::scope(|scope| {
        scope.spawn(|| first.iter().for_each(one));
        second.iter().for_each(one);
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let seen: BTreeSet<_> = FAULTS.iter().flat_map(|(_, cases)| cases.iter().copied()).collect();
    let unseen: Vec<_> = all.difference(&seen).collect();
    // Whether there is an extension is told, and no fault.
    assert_eq!(unseen, [&"offered"]);
}

#[test]
fn an_instance_without_the_websocket_extension_is_told_so_and_has_no_faults() {
    let sandbox = sandbox();
    let reports = check(&sandbox, Some(Fault::NotOffered), "");
    for (id, report) in &reports {
        assert_eq!(report["verdict"], "skip", "{id}");
        let reason = report["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("the instance does not offer the WebSocket extension")
                && reason.ends_with("405"),
            "{id}: {reason}"
        );
    }
}

#[test]
fn a_peer_that_falls_silent_in_its_websocket_sessions_is_waited_for_three_times() {
    let reports = check(&sandbox(), Some(Fault::Mute), "--timeout 0.5");
    let silent: Vec<_> = with_verdict(&reports, &["fail", "warn"]).into_iter().collect();
    assert_eq!(silent, ["message/valid", "message/without-signature", "message/without-signed-at"]);
    for id in ["message/without-entity", "receipts/each", "frames/large"] {
        assert_eq!(reports[id]["reason"], "3 sessions before it fell silent");
    }
}

#[test]
fn the_frames_of_a_broken_rule_are_shown() {
    let reports = check(&sandbox(), Some(Fault::NoPayload), "");
    let exchanges = reports["frames/ping"]["exchanges"].as_array().unwrap();
    let shown: Vec<_> = exchanges
        .iter()
        .map(|it| (it["direction"].as_str().unwrap(), it["frame"]["opcode"].as_str().unwrap_or("handshake")))
        .collect();
    assert_eq!(
        shown,
        [("out", "handshake"), ("out", "ping"), ("out", "close"), ("in", "pong"), ("in", "close")]
    );
    assert_eq!(exchanges[0]["response"]["status"], 101);
    assert_eq!(exchanges[1]["frame"]["data"], "versia-cli");
    assert_eq!(exchanges[4]["frame"]["close"]["code"], 1000);
}
