//! `key URL`: the key that an instance publishes, and everything that can be in the way.

use std::io::Write;

use crate::fixture::Sandbox;
use crate::server::{Authority, closed_port, serve, serve_nothing, serve_tls};

const METADATA: &str = r#"{"type":"InstanceMetadata","domain":"b.example","public_key":{"algorithm":"ed25519","key":"MCowBQYDK2VwAyEA9oGFPbz+LThzQSOhWhOpUdFxLG07Rqmn0HtAFaCz/hM="}}"#;

fn answer(stream: &mut dyn Write, status: &str, headers: &str, body: &str) {
    let length = body.len();
    // A client that has gone already is what some tests are about.
    let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
}

fn metadata(stream: &mut dyn Write) {
    answer(stream, "200 OK", "Content-Type: application/vnd.versia+json\r\n", METADATA);
}

/// Asks for the key; gives the exit code and what was said.
fn ask(arguments: &str) -> (i32, String) {
    let sandbox = Sandbox::new();
    let ended = sandbox.sh(&format!("versia-cli key {arguments}"));
    (ended.code, format!("{}{}", ended.out(), ended.stderr))
}

#[track_caller]
fn assert_fails(arguments: &str, code: i32, says: &[&str]) {
    let (ended, said) = ask(arguments);
    assert_eq!(ended, code, "{arguments}\n{said}");
    for text in says {
        assert!(said.contains(text), "{arguments}: {text:?} is not in\n{said}");
    }
    assert!(said.lines().count() <= 3, "{arguments}\n{said}");
}

#[test]
fn a_local_instance_is_asked_over_plain_http() {
    let (code, said) = ask(&format!("http://127.0.0.1:{}", serve(metadata)));
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("fingerprint 390822bdbf1b3aba") && said.contains("domain      b.example"),
        "{said}"
    );
}

#[test]
fn a_full_address_is_asked_as_written() {
    let port = serve(|stream| answer(stream, "200 OK", "", METADATA));
    assert_eq!(ask(&format!("'http://localhost:{port}/a/../é?x' --to spki-base64")).0, 0);
}

#[test]
fn tls_is_verified_and_every_fault_of_a_certificate_is_named() {
    let authority = Authority::new();
    let sandbox = Sandbox::new();
    let cacert = sandbox.file("ca.pem", &authority.pem).display().to_string();
    let good = serve_tls(&authority.issue("b.example", false), metadata);
    let to = |port: u16| format!("https://b.example --resolve b.example:443:127.0.0.1:{port}");

    assert_eq!(ask(&format!("{} --cacert {cacert}", to(good))).0, 0);
    assert_eq!(ask(&format!("{} --insecure", to(good))).0, 0);
    assert_fails(&to(good), 3, &["no trusted authority", "VN111", "--cacert"]);

    let expired = serve_tls(&authority.issue("b.example", true), metadata);
    assert_fails(&format!("{} --cacert {cacert}", to(expired)), 3, &["expired on 2021-01-01", "VN112"]);

    let other = serve_tls(&authority.issue("c.example", false), metadata);
    assert_fails(&format!("{} --cacert {cacert}", to(other)), 3, &["another name: c.example", "VN113"]);

    let plain = serve(metadata);
    assert_fails(&format!("{} --timeout 5", to(plain)), 3, &["TLS", "VN1"]);
    assert_fails(&format!("http://127.0.0.1:{good}"), 3, &["VN12"]);
    assert_fails(&format!("{} --cacert nothing.pem", to(good)), 2, &["nothing.pem"]);
}

#[test]
fn what_is_in_the_way_is_named_with_its_stage() {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    assert_fails(&url(closed_port()), 3, &["refuses the connection", "VN102"]);
    assert_fails(
        &format!("{} --timeout 0.2", url(serve_nothing())),
        3,
        &["did not answer within 200 ms", "VN103"],
    );
    assert_fails(
        &url(serve(|stream| drop(stream.write_all(b"220 smtp ready\r\n")))),
        3,
        &["did not answer in HTTP", "VN122"],
    );
    assert_fails(&url(serve(|_| ())), 3, &["closed the connection", "VN121"]);
    assert_fails(
        &url(serve(|stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\"")))),
        3,
        &["in the middle of the response's body", "VN121"],
    );
    assert_fails(
        &url(serve(|stream| answer(stream, "302 Found", "Location: https://c.example/\r\n", ""))),
        3,
        &["redirects to \"https://c.example/\"", "VN124"],
    );
    assert_fails(&url(serve(|stream| answer(stream, "404 Not Found", "", ""))), 3, &["status 404", "VN125"]);
    assert_fails(&url(serve(|stream| answer(stream, "200 OK", "", "<html>"))), 3, &["HTML", "VN125"]);
    assert_fails(
        &url(serve(|stream| answer(stream, "200 OK", "", "{}"))),
        3,
        &["no key that can be used", "VN125"],
    );
}

#[test]
fn answers_without_an_end_are_cut_off() {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let endless_body = serve(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n{");
        while stream.write_all(&[b' '; 65_536]).is_ok() {}
    });
    assert_fails(&url(endless_body), 3, &["more than any metadata has", "VN125"]);
    let endless_head = serve(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-More: and more\r\n").is_ok() {}
    });
    assert_fails(&url(endless_head), 3, &["too many headers", "VN123"]);
}

#[test]
fn what_would_not_be_safe_or_cannot_be_meant_is_refused() {
    assert_fails("http://192.0.2.1", 3, &["plain HTTP", "VN131", "--allow-http"]);
    assert_fails("ftp://b.example", 2, &["not http or https"]);
    assert_fails("https://user:secret@b.example", 2, &["user name or a password"]);
    assert_fails("https://b.example/#x", 2, &["fragment"]);
    assert_fails("https://b.example --proxy socks5://127.0.0.1:1", 2, &["SOCKS"]);
    assert_fails(
        &format!("http://127.0.0.1:{} -H 'Content-Length: 5'", serve(metadata)),
        2,
        &["frames the message"],
    );
    let (_, said) = ask("https://user:secret@b.example");
    assert!(!said.contains("secret"), "{said}");
}

#[test]
fn a_name_that_does_not_resolve_is_told_as_that() {
    // Whether the resolver says no or never answers is the machine's affair; both are told.
    let (code, said) = ask("https://no-such-host.invalid --connect-timeout 5");
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("VN101") || said.contains("VN103"), "{said}");
}
