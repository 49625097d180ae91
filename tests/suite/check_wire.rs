//! `check`: the cases about the wire, each with an instance that breaks its rule and little else.
//!
//! The broken instances are our own under `--reject`, with something in front of it that answers some requests in its place.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::fixture::Sandbox;
use crate::server::{Authority, closed_port, serve, serve_tls_of, serve_tls_with};
use crate::serving::Serving;
use crate::world::metadata;

/// A request that came, as it was written.
struct Asked {
    head: String,
    body: Vec<u8>,
}

impl Asked {
    fn method(&self) -> &str {
        self.head.split(' ').next().unwrap()
    }

    fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Whether it is a delivery with this in its body.
    fn delivers(&self, what: &[u8]) -> bool {
        self.method() == "POST" && self.body.windows(what.len()).any(|window| window == what)
    }

    /// The same with lines of the head changed.
    fn with_lines(&self, change: impl Fn(&str) -> Option<String>) -> Asked {
        let lines: Vec<_> = self.head.trim_end().split("\r\n").filter_map(change).collect();
        Asked { head: lines.join("\r\n") + "\r\n\r\n", body: self.body.clone() }
    }
}

/// The instance behind: asks it, and gives all that it says.
struct Behind(String);

impl Behind {
    fn answer(&self, asked: &Asked) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.0).unwrap();
        let head = asked.head.strip_suffix("\r\n").unwrap();
        let request = [head.as_bytes(), b"Connection: close\r\n\r\n", &asked.body].concat();
        let _ = stream.write_all(&request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }
}

/// What stands in front: the answer to a request.
type Fault = Arc<dyn Fn(&Asked, &Behind) -> Vec<u8> + Send + Sync>;

/// An answer with a status, and nothing in it.
fn said(status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

/// Answers what is meant with a status, and has the rest answered behind.
fn status(status: u16, is_meant: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Fault {
    Arc::new(move |asked, behind| if is_meant(asked) { said(status) } else { behind.answer(asked) })
}

/// Changes what is asked before it gets behind.
fn changed(change: impl Fn(&Asked) -> Asked + Send + Sync + 'static) -> Fault {
    Arc::new(move |asked, behind| behind.answer(&change(asked)))
}

/// Adds lines to the heads of answers.
fn with_headers(lines: &'static str, is_meant: fn(&Asked) -> bool) -> Fault {
    Arc::new(move |asked, behind| {
        let answer = behind.answer(asked);
        if !is_meant(asked) {
            return answer;
        }
        let at = answer.windows(2).position(|window| window == b"\r\n").unwrap() + 2;
        [&answer[..at], lines.as_bytes(), &answer[at..]].concat()
    })
}

/// Starts it; gives its address.
fn front(behind: &str, fault: Fault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let behind = behind.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (fault, behind) = (Arc::clone(&fault), Behind(behind.clone()));
            thread::spawn(move || {
                let mut stream = stream;
                if let Some(asked) = read_request(&mut stream) {
                    let _ = stream.write_all(&fault(&asked, &behind));
                }
                let _ = stream.shutdown(Shutdown::Write);
            });
        }
    });
    url
}

fn read_request(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 64 << 10];
    let mut read = |bytes: &mut Vec<u8>| {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        Some(())
    };
    let end = loop {
        match bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            Some(at) => break at + 4,
            None => read(&mut bytes)?,
        }
    };
    let asked = Asked { head: String::from_utf8_lossy(&bytes[..end]).into_owned(), body: Vec::new() };
    let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
    let is_chunked = asked.header("transfer-encoding").is_some();
    while bytes.len() < end + length || (is_chunked && !bytes.ends_with(b"0\r\n\r\n")) {
        read(&mut bytes)?;
    }
    Some(Asked { body: bytes[end..].to_vec(), ..asked })
}

/// An instance under `--reject`, and the port from which it is checked, with the same key each time: it is kept there.
struct Checked {
    sandbox: Sandbox,
    b: Serving,
    port: u16,
}

impl Checked {
    fn start() -> Self {
        let (sandbox, port) = (Sandbox::with_bob(), closed_port());
        let arguments = format!(
            "--listen 127.0.0.1:0 --domain b.example --seed --reject --peer a.example=http://127.0.0.1:{port}"
        );
        let b = Serving::start_with(&sandbox, &arguments);
        Checked { sandbox, b, port }
    }

    /// The verdicts of these cases on the instance with a fault in front of it.
    fn verdicts(&mut self, fault: &Fault, ids: &[&str]) -> BTreeMap<String, String> {
        let only: String = ids.iter().map(|id| format!(" --only '{id}'")).collect();
        loop {
            let url = front(&self.b.address, Arc::clone(fault));
            let ended = self.sandbox.sh(&format!(
                "versia-cli check {url} --user alice --key bob.key --domain a.example --listen {} --peer b.example={url} --json{only}",
                self.port
            ));
            if ended.stderr.contains("cannot listen") {
                // Somebody else has the port by now.
                *self = Checked::start();
                continue;
            }
            assert!(matches!(ended.code, 0 | 1), "{}", ended.stderr);
            return verdicts(ended.out());
        }
    }

    /// A fault breaks a case, and none of the others.
    #[track_caller]
    fn breaks(&mut self, id: &str, fault: &Fault, others: &[&str]) {
        let found = self.verdicts(fault, &[&[id], others].concat());
        let verdict = found.get(id).map(String::as_str);
        assert!(matches!(verdict, Some("fail" | "warn")), "{id} is {verdict:?}");
        for other in others {
            assert_eq!(found.get(*other).map(String::as_str), Some("pass"), "{other}, where {id} is broken");
        }
    }
}

fn verdicts(out: &str) -> BTreeMap<String, String> {
    let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let cases = lines.filter(|line| line["id"].is_string());
    cases
        .map(|line| (line["id"].as_str().unwrap().to_owned(), line["verdict"].as_str().unwrap().to_owned()))
        .collect()
}

const INSTANCE: &str = "/.versia/v0.6/instance";

fn is_entity(asked: &Asked) -> bool {
    asked.target().starts_with("/.versia/v0.6/entities/")
}

fn is_collection(asked: &Asked) -> bool {
    asked.target().contains("/collections/")
}

fn is_metadata(asked: &Asked) -> bool {
    asked.target() == INSTANCE
}

#[test]
fn rules_of_http_are_broken_one_by_one() {
    let mut instance = Checked::start();
    let wrong_length: Fault = Arc::new(|asked, behind| match asked.target() {
        "/.well-known/versia" => {
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{\"versions\":[]}".to_vec()
        }
        _ => behind.answer(asked),
    });
    let head_length: Fault = Arc::new(|asked, behind| match (asked.method(), asked.target()) {
        ("HEAD", INSTANCE) => b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n".to_vec(),
        _ => behind.answer(asked),
    });
    let host_added = changed(|asked| match asked.header("host") {
        Some(_) => Asked { head: asked.head.clone(), body: asked.body.clone() },
        None => Asked {
            head: asked.head.replacen("\r\n", "\r\nHost: b.example\r\n", 1),
            body: asked.body.clone(),
        },
    });
    let hosts_joined = changed(|asked| {
        let is_host = |line: &str| line.starts_with("Host:");
        let without = asked.with_lines(|line| (!is_host(line)).then(|| line.to_owned()));
        let host = asked.header("host").map(|host| format!("\r\nHost: {host}\r\n")).unwrap_or("\r\n".into());
        Asked { head: without.head.replacen("\r\n", &host, 1), body: without.body }
    });
    let blanks_removed = changed(|asked| asked.with_lines(|line| Some(line.replace(" : ", ": "))));
    let one_length = changed(|asked| {
        let first = format!("Content-Length: {}", asked.header("content-length").unwrap_or("none"));
        asked.with_lines(|line| {
            let is_other = line.to_ascii_lowercase().starts_with("content-length:") && line != first;
            (!is_other).then(|| line.to_owned())
        })
    });
    let fragment_cut = changed(|asked| asked.with_lines(|line| Some(line.replace("#fragment", ""))));
    let table: [(&str, Fault, &[&str]); 15] = [
        ("http/length/answer", wrong_length, &["http/host/missing"]),
        ("http/host/missing", host_added, &["http/host/doubled"]),
        ("http/host/doubled", hosts_joined, &["http/host/missing"]),
        ("http/header/space-before-colon", blanks_removed, &["http/header/folded"]),
        ("http/header/folded", status(500, |it| it.head.contains("\r\n b")), &["http/host/missing"]),
        ("http/framing/two-lengths", one_length, &["http/host/missing"]),
        (
            "http/target/absolute",
            status(404, |it| it.target().starts_with("http")),
            &["http/target/fragment"],
        ),
        ("http/target/fragment", fragment_cut, &["http/target/absolute"]),
        (
            "http/target/encoded-dot",
            changed(|it| it.with_lines(|line| Some(line.to_owned()))),
            &["http/target/absolute"],
        ),
        (
            "http/method/head",
            status(405, |it| it.method() == "HEAD" && is_metadata(it)),
            &["http/method/head-entity"],
        ),
        (
            "http/method/head-entity",
            status(405, |it| it.method() == "HEAD" && is_entity(it) && !is_collection(it)),
            &["http/method/head", "http/method/head-collection"],
        ),
        (
            "http/method/head-collection",
            status(405, |it| it.method() == "HEAD" && is_collection(it)),
            &["http/method/head", "http/method/head-entity"],
        ),
        ("http/method/head-length", head_length, &["http/method/head"]),
        ("http/method/options", status(200, |it| it.method() == "OPTIONS"), &["http/method/head"]),
        (
            "entities/path/double-encoded",
            status(200, |it| it.target().contains("%25")),
            &["entities/path/encoded-id"],
        ),
    ];
    for (id, fault, others) in &table {
        instance.breaks(id, fault, others);
    }
    let decoded = changed(|asked| asked.with_lines(|line| Some(line.replace("%2E", "."))));
    assert_eq!(instance.verdicts(&decoded, &["http/target/encoded-dot"])["http/target/encoded-dot"], "pass");
}

#[test]
fn what_is_delivered_by_hand_is_refused_one_by_one() {
    let mut instance = Checked::start();
    let chunks = status(400, |asked| asked.header("transfer-encoding").is_some());
    instance.breaks("http/inbox/chunked", &chunks, &["http/inbox/json"]);
    // What stands in front says nothing until the body is there.
    let silent: Fault = Arc::new(|asked, behind| match asked.header("expect") {
        Some(_) => said(202),
        None => behind.answer(asked),
    });
    instance.breaks("http/inbox/expect-continue", &silent, &["http/inbox/chunked"]);
}

#[test]
fn limits_that_are_not_the_truth_are_told() {
    let mut instance = Checked::start();
    let form = "RateLimit-Limit: 10\r\nRateLimit-Remaining: 7\r\nRateLimit-Reset: 30\r\n";
    let standing = with_headers(form, is_metadata);
    instance.breaks("http/ratelimit/goes-down", &standing, &["http/ratelimit/form"]);
    let speechless = status(429, |asked| asked.target() == "/.well-known/versia");
    let found = instance.verdicts(&speechless, &["discovery/versions/answer", "http/ratelimit/refusal"]);
    assert_eq!((&*found["discovery/versions/answer"], &*found["http/ratelimit/refusal"]), ("skip", "warn"));
    let only_limit = with_headers("RateLimit-Limit: 10\r\n", is_metadata);
    instance.breaks("http/ratelimit/form", &only_limit, &["http/ratelimit/no-other"]);

    let sandbox = Sandbox::new();
    let b =
        Serving::start_with(&sandbox, "--listen 127.0.0.1:0 --domain b.example --fault ratelimit=1000/60s");
    let ended = sandbox.sh(&format!("versia-cli check {} --json --only 'http/ratelimit/*'", b.url));
    let found = verdicts(ended.code(0).out());
    assert_eq!(found["http/ratelimit/goes-down"], "pass");
    assert_eq!(found["http/ratelimit/refusal"], "skip");
}

/// How far from now a request says to be signed, in seconds.
fn age(asked: &Asked) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let at: i64 = asked.header("versia-signed-at").and_then(|at| at.parse().ok()).unwrap_or_default();
    now.cast_signed() - at
}

#[test]
fn rules_of_signatures_are_broken_one_by_one() {
    let mut instance = Checked::start();
    let valid = "signatures/get/valid";
    let narrow = status(422, |asked| (291..=300).contains(&age(asked)));
    instance.breaks(
        "signatures/get/valid-299-seconds-ago",
        &narrow,
        &[valid, "signatures/get/valid-299-seconds-ahead"],
    );
    let narrow = status(422, |asked| (-300..=-291).contains(&age(asked)));
    instance.breaks(
        "signatures/get/valid-299-seconds-ahead",
        &narrow,
        &[valid, "signatures/get/valid-299-seconds-ago"],
    );
    let wide = status(200, |asked| asked.method() == "GET" && (300..=310).contains(&age(asked)));
    instance.breaks(
        "signatures/get/stale",
        &wide,
        &[valid, "signatures/get/future", "signatures/get/stale-by-a-year"],
    );
    let wide = status(200, |asked| asked.method() == "GET" && (-310..=-300).contains(&age(asked)));
    instance.breaks("signatures/get/future", &wide, &[valid, "signatures/get/stale"]);
    let wide = status(202, |asked| asked.method() == "POST" && (300..=310).contains(&age(asked)));
    instance.breaks("signatures/post/stale", &wide, &["signatures/post/future", "signatures/get/stale"]);
    let wide = status(202, |asked| asked.method() == "POST" && (-310..=-300).contains(&age(asked)));
    instance.breaks("signatures/post/future", &wide, &["signatures/post/stale", "signatures/get/future"]);

    let two_cases = status(401, |asked| asked.head.contains("vErSiA"));
    instance.breaks(
        "signatures/get/valid-odd-case-headers",
        &two_cases,
        &["signatures/get/valid-lower-case-headers"],
    );
    let of_itself = |asked: &Asked| asked.header("versia-signed-by") == Some("b.example");
    // Which key it is shows only behind the name, which is that of the other case as well.
    let any_key = status(200, move |asked| is_entity(asked) && of_itself(asked));
    instance.breaks("signatures/get/key-of-another-instance", &any_key, &[valid, "signatures/get/other-key"]);
    let any_key = status(202, move |asked| asked.method() == "POST" && of_itself(asked));
    instance.breaks("signatures/post/key-of-another-instance", &any_key, &["signatures/post/other-key"]);
    let anybody = status(200, |asked| asked.header("versia-signed-by") == Some("no-instance.invalid"));
    instance.breaks("signatures/get/unknown-signer", &anybody, &[valid]);
    let unsigned: Fault = Arc::new(|asked, behind| match asked.method() {
        "HEAD" => said(200),
        _ => behind.answer(asked),
    });
    instance.breaks("signatures/response/head", &unsigned, &["signatures/response/entity"]);
    let signatures = |asked: &Asked| asked.head.matches("Versia-Signature:").count();
    let first = status(202, move |asked| asked.method() == "POST" && signatures(asked) == 2);
    instance.breaks("signatures/post/doubled-signature", &first, &["signatures/post/valid"]);
    // What stands in front does not verify: it takes whatever is signed but for what the other case wants refused.
    let anything = status(202, |asked| asked.method() == "POST" && signed_wrongly(asked));
    instance.breaks(
        "signatures/post/flipped-bit",
        &anything,
        &["signatures/post/no-signature", "signatures/post/stale"],
    );
    instance.breaks(
        "signatures/post/wrong-time",
        &anything,
        &["signatures/post/no-signature", "signatures/post/stale"],
    );
}

/// Whether somebody signed it, and not too long ago.
fn signed_wrongly(asked: &Asked) -> bool {
    asked.header("versia-signature").is_some() && age(asked).abs() < 200
}

/// A case, what its delivery has in it, and the answer that breaks its rule.
type Delivered = (&'static str, &'static [u8], u16);

const BODIES: [Delivered; 15] = [
    ("inbox/json/overflow", b":1e400", 202),
    ("inbox/json/many-digits", b":9999999999999999999999999999999999999999", 202),
    ("inbox/json/leading-zero", b":012", 202),
    ("inbox/json/integer-with-point", b"\"size\":1.0", 202),
    ("inbox/json/not-a-number", b":NaN", 202),
    ("inbox/json/lone-surrogate", b"\\ud800", 202),
    ("inbox/json/control-character", b"\"\x01", 202),
    ("inbox/json/carriage-return", b"a\\r\\nb", 202),
    ("inbox/json/utf-16", b"\xfe\xff\0{", 202),
    ("inbox/odd/byte-order-mark", b"\xef\xbb\xbf", 500),
    ("inbox/odd/nul", b"a\\u0000b", 500),
    ("inbox/json/trailing-text", b"}{}", 202),
    ("inbox/size/nested-1000", b"[[[[[[[[", 500),
    ("inbox/size/nested-100000", b"[[[[[[[[", 500),
    ("inbox/duplicate/other-content", b"The same id with", 500),
];

const TYPES: [Delivered; 21] = [
    ("inbox/accept/user", b"\"type\":\"User\"", 422),
    ("inbox/accept/quote", b"\"quotes\":\"b.example:", 422),
    ("inbox/accept/attachment", b"image/png", 422),
    ("inbox/accept/dislike", b"/Dislike\"", 422),
    ("inbox/accept/group", b"/Group\"", 422),
    ("inbox/accept/subscribe", b"/Subscribe\"", 422),
    ("inbox/accept/federate", b"/Federate\"", 422),
    ("inbox/accept/unknown-type", b"org.example:check/Unknown", 500),
    ("inbox/accept/unasked-answer", b"\"type\":\"FollowAccept\"", 500),
    ("inbox/field/bad-quote", b"\"quotes\":[", 202),
    ("inbox/field/bad-reply", b"\"replies_to\":7", 202),
    ("inbox/field/bad-group", b"everybody, please", 202),
    ("inbox/field/attachment-not-remote", b"AAAA", 202),
    ("inbox/field/bad-hash", b"\"hash\":\"abc\"", 202),
    ("inbox/field/preview-without-title", b"\"link\":", 202),
    ("inbox/field/bad-username", b"\"username\":\"a b\"", 202),
    ("inbox/delete/no-deleted", b"\"type\":\"Delete\"", 202),
    ("inbox/field/answer-without-follower", b"\"type\":\"FollowAccept\"", 202),
    ("inbox/field/reaction-without-content", b"/Reaction\"", 202),
    ("inbox/field/negative-option", b"\"option\":-1", 202),
    ("inbox/field/group-without-open", b"/Group\"", 202),
];

fn broken_by_what_is_delivered(table: &[Delivered]) {
    let mut instance = Checked::start();
    for (id, what, answer) in table {
        let fault = status(*answer, |asked| asked.delivers(what));
        instance.breaks(id, &fault, &["inbox/accept/text"]);
    }
}

#[test]
fn forms_of_bodies_are_taken_wrongly_one_by_one() {
    broken_by_what_is_delivered(&BODIES);
    let mut instance = Checked::start();
    let huge = status(500, |asked| asked.body.len() > 5_000_000);
    instance.breaks("inbox/size/huge", &huge, &["inbox/size/nested-1000"]);
}

#[test]
fn types_of_entities_are_taken_wrongly_one_by_one() {
    broken_by_what_is_delivered(&TYPES);
    // Our own instance does not say that it speaks these.
    let mut instance = Checked::start();
    for (id, kind) in [("inbox/accept/vote", "/Vote\""), ("inbox/accept/report", "/Report\"")] {
        let speaking = move |answer: Option<Vec<u8>>| -> Fault {
            Arc::new(move |asked, behind| match &answer {
                _ if is_metadata(asked) => {
                    let spoken = r#""extensions":["pub.versia:polls","pub.versia:reports"]"#;
                    let body = metadata("b.example").replacen(r#""extensions":[]"#, spoken, 1);
                    let length = body.len();
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                        .into_bytes()
                }
                Some(answer) if asked.delivers(kind.as_bytes()) => answer.clone(),
                _ => behind.answer(asked),
            })
        };
        instance.breaks(id, &speaking(Some(said(422))), &["inbox/accept/text"]);
        assert_eq!(instance.verdicts(&speaking(None), &[id])[id], "pass");
    }
}

/// Something below TLS in front of an instance that speaks it: what is said to how a connection begins, or nothing of its own.
fn front_below_tls(behind: &str, answer: fn(&[u8]) -> Option<&'static [u8]>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let behind = behind.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let behind = behind.clone();
            thread::spawn(move || {
                let mut first = [0; 4 << 10];
                let count = { &stream }.read(&mut first).unwrap_or_default();
                match answer(&first[..count]) {
                    Some(answer) => {
                        let _ = { &stream }.write_all(answer);
                    }
                    None => join(&stream, &TcpStream::connect(behind).unwrap(), &first[..count]),
                }
            });
        }
    });
    port
}

/// Joins two connections until both have ended.
fn join(one: &TcpStream, other: &TcpStream, first: &[u8]) {
    let _ = { other }.write_all(first);
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = std::io::copy(&mut { other }, &mut { one });
            let _ = one.shutdown(Shutdown::Write);
        });
        let _ = std::io::copy(&mut { one }, &mut { other });
        let _ = other.shutdown(Shutdown::Write);
    });
}

/// The version that the beginning of a handshake offers, as its second number.
fn offered(bytes: &[u8]) -> Option<u8> {
    bytes.get(10).copied().filter(|_| bytes[0] == 22)
}

const OLD_10: &[u8] = &[22, 3, 1, 0, 6, 2, 0, 0, 2, 3, 1];
const OLD_11: &[u8] = &[22, 3, 2, 0, 6, 2, 0, 0, 2, 3, 2];
const AN_ENTITY: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
const A_REDIRECT: &[u8] =
    b"HTTP/1.1 308 Permanent Redirect\r\nLocation: https://b.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The verdicts on an instance at these ports.
fn verdicts_over_tls(sandbox: &Sandbox, port: u16, more: &str) -> BTreeMap<String, String> {
    let ended = sandbox.sh(&format!(
        "versia-cli check b.example --resolve b.example:443:127.0.0.1:{port} --cacert ca.pem --json --only 'http/tls' \
         --only 'http/http2' --only 'http/plain' {more}"
    ));
    verdicts(ended.out())
}

#[test]
fn rules_below_http_are_broken_one_by_one() {
    let authority = Authority::new();
    let sandbox = Sandbox::new();
    sandbox.file("ca.pem", &authority.pem);
    let certificate = authority.issue("b.example", false);
    let (cert, key) = certificate.pem();
    sandbox.file("cert.pem", cert);
    sandbox.file("cert.key", key);
    let b = Serving::start_with(
        &sandbox,
        "--listen 127.0.0.1:0 --domain b.example --cert cert.pem --key-file cert.key",
    );
    let wrong = |verdicts: &BTreeMap<String, String>| -> Vec<String> {
        verdicts.iter().filter(|(_, verdict)| *verdict == "fail").map(|(id, _)| id.clone()).collect()
    };

    let port_80 = format!("--resolve b.example:80:127.0.0.1:{}", closed_port());
    let found = verdicts_over_tls(&sandbox, b.port(), &port_80);
    assert!(found.len() == 7 && found.values().all(|verdict| verdict == "pass"), "{found:?}");
    assert_eq!(verdicts_over_tls(&sandbox, b.port(), "")["http/plain/port-80"], "skip");

    for (broken, answer) in [
        ("http/tls/not-1-0", (|it| (offered(it) == Some(1)).then_some(OLD_10)) as fn(&[u8]) -> _),
        ("http/tls/not-1-1", |it| (offered(it) == Some(2)).then_some(OLD_11)),
        ("http/plain/same-port", |it| it.starts_with(b"GET").then_some(AN_ENTITY)),
        ("http/plain/same-port", |it| it.starts_with(b"GET").then_some(A_REDIRECT)),
    ] {
        let port = front_below_tls(&b.address, answer);
        assert_eq!(wrong(&verdicts_over_tls(&sandbox, port, "")), [broken]);
    }
    for behaviour in [(|stream| drop(stream.write_all(AN_ENTITY))) as crate::server::Behaviour, |stream| {
        drop(stream.write_all(A_REDIRECT))
    }] {
        let port_80 = format!("--resolve b.example:80:127.0.0.1:{}", serve(behaviour));
        assert_eq!(wrong(&verdicts_over_tls(&sandbox, b.port(), &port_80)), ["http/plain/port-80"]);
    }

    let old = serve_tls_of(&certificate, &[&rustls::version::TLS12], &[], |stream| {
        drop(stream.write_all(AN_ENTITY))
    });
    assert_eq!(verdicts_over_tls(&sandbox, old, "")["http/tls/1-3"], "warn");

    // One that speaks HTTP/1.1 only, and one that promises HTTP/2 and speaks HTTP/1.1 all the same.
    let old = serve_tls_with(&certificate, &[b"http/1.1"], |stream| drop(stream.write_all(AN_ENTITY)));
    let found = verdicts_over_tls(&sandbox, old, "");
    assert_eq!((&*found["http/http2/chosen"], &*found["http/http2/answer"]), ("fail", "skip"));
    let liar =
        serve_tls_with(&certificate, &[b"h2", b"http/1.1"], |stream| drop(stream.write_all(AN_ENTITY)));
    let found = verdicts_over_tls(&sandbox, liar, "--timeout 10");
    assert_eq!((&*found["http/http2/chosen"], &*found["http/http2/answer"]), ("pass", "fail"));
}

#[test]
fn what_was_sent_by_hand_is_in_the_report() {
    let instance = Checked::start();
    let url = front(&instance.b.address, status(500, |asked| asked.head.contains("\r\n b")));
    let line = format!("versia-cli check {url} --json --only http/header/folded --peer b.example={url}");
    let ended = instance.sandbox.sh(&line);
    let first: Value = serde_json::from_str(ended.code(1).out().lines().next().unwrap()).unwrap();
    let exchange = &first["exchanges"][0];
    let headers = exchange["request"]["headers"].as_array().unwrap();
    assert!(headers.iter().any(|header| header[1] == "a\r\n b"), "{exchange}");
    assert_eq!(exchange["response"]["status"], 500);
    assert_eq!(first["url"], "https://www.rfc-editor.org/rfc/rfc9112");
}
