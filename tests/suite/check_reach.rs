//! `check` against an instance that refuses what we sign: how far it came on its way to our key is said, and what helps does help.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::fixture::Sandbox;
use crate::server::closed_port;
use crate::serving::Serving;
use crate::world::{Reply, World};

const ONLY: &str = "--user alice --only signatures/get/valid";

fn strict(sandbox: &Sandbox, flags: &str) -> Serving {
    Serving::start_with(sandbox, &format!("--listen 127.0.0.1:0 --domain b.example --seed --reject {flags}"))
}

/// The part of a text between two others.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("{begin:?} is not in {text}"));
    rest.split_once(end).unwrap_or_else(|| panic!("{end:?} is not in {rest}")).0
}

#[test]
fn who_never_came_is_told_where_we_are_and_the_lines_of_the_hint_work() {
    let sandbox = Sandbox::new();
    let b = strict(&sandbox, "");
    let ended = sandbox.sh(&format!("versia-cli check {} {ONLY}", b.url));
    ended.code(1);
    assert!(ended.stderr.contains("b.example refuses what we sign, and did not come for our key"));
    let peer = between(&ended.stderr, "is told so with ", ",");
    let again = between(&ended.stderr, "and then: ", ";");
    assert!(
        again.starts_with(&format!("versia-cli check {} --domain localhost --listen ", b.url)),
        "{again}"
    );
    let told = strict(&sandbox, peer);
    let again = again.replace(&b.url, &told.url);
    let ended = sandbox.sh(&format!("{again} {ONLY}"));
    assert!(!ended.code(0).stderr.contains("refuses what we sign"), "{}", ended.stderr);
    assert!(ended.out().contains("pass"), "{}", ended.out());
}

#[test]
fn who_does_not_trust_our_certificate_is_told_which_authority_to_trust() {
    let sandbox = Sandbox::new();
    let port = closed_port();
    let peer = format!("--peer a.example=https://127.0.0.1:{port}");
    let line =
        |b: &Serving| format!("versia-cli check {} {ONLY} --domain a.example --listen {port} --tls", b.url);
    let distrusting = strict(&sandbox, &peer);
    let ended = sandbox.sh(&line(&distrusting));
    ended.code(1);
    assert!(ended.stderr.contains("came for our key, and the TLS handshake failed"), "{}", ended.stderr);
    let authority = between(&ended.stderr, "let it trust ", " (for Node");
    let trusting = strict(&sandbox, &format!("{peer} --cacert {authority}"));
    sandbox.sh(&line(&trusting)).code(0);
}

#[test]
fn who_speaks_tls_to_our_plain_port_is_told_of_tls() {
    let sandbox = Sandbox::new();
    let port = closed_port();
    let b = strict(&sandbox, &format!("--peer a.example=https://127.0.0.1:{port}"));
    let ended = sandbox.sh(&format!("versia-cli check {} {ONLY} --domain a.example --listen {port}", b.url));
    ended.code(1);
    assert!(ended.stderr.contains("over TLS, which our instance does not speak"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("--tls --listen 127.0.0.1:{port}")), "{}", ended.stderr);
}

#[test]
fn who_got_our_key_and_still_refuses_is_wrong_itself() {
    let sandbox = Sandbox::new();
    let port = closed_port();
    for (path, said) in [
        ("/.versia/v0.6/instance", "came for our key, and got it"),
        ("/.well-known/nodeinfo", "asked for /.well-known/nodeinfo instead of /.versia/v0.6/instance"),
    ] {
        let world = World::start(move |target| {
            if !target.contains("/entities/") {
                return None;
            }
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let head = format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.read_to_end(&mut Vec::new()).unwrap();
            Some(Reply::of(r#"{"error":"no signature of yours"}"#).status("401 Unauthorized"))
        });
        let ended =
            sandbox.sh(&format!("versia-cli check {} {ONLY} --domain a.example --listen {port}", world.url));
        ended.code(1);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
        for text in [r#"which says "no signature of yours""#, "holds by the key that we publish"] {
            assert!(
                ended.out().contains(text) && ended.stderr.contains(text),
                "{}{}",
                ended.out(),
                ended.stderr
            );
        }
    }
}
