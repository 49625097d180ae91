//! `check` against instances that answer everything alike, or nothing: what is said of them is right, and the end comes in bounded time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fixture::{Ended, Sandbox};
use crate::server::serve_nothing;
use crate::world::metadata;

/// The longest that any of the runs may take: far more than they need.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request as the scripted instance sees it.
struct Asked {
    method: String,
    target: String,
    /// How many came before it.
    before: usize,
}

/// What it does about one.
enum Doing {
    /// Answers with a status, a type and a body.
    Answer(&'static str, &'static str, String),
    /// Keeps the connection open, and says nothing.
    Hang,
    /// Sends a byte of an endless head now and then.
    Trickle,
    /// Closes the connection.
    Close,
}

/// A scripted instance on loopback; it lives as long as the test.
fn instance(script: impl Fn(&Asked) -> Doing + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (script, count) = (Arc::new(script), Arc::new(AtomicUsize::new(0)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (script, count) = (Arc::clone(&script), Arc::clone(&count));
            thread::spawn(move || serve(stream, &*script, &count));
        }
    });
    url
}

fn serve(stream: TcpStream, script: &(impl Fn(&Asked) -> Doing + ?Sized), count: &AtomicUsize) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut chunks) = (String::new(), String::new());
        while !head.ends_with("\r\n\r\n") {
            if !reader.read_line(&mut head).is_ok_and(|count| count > 0) {
                return;
            }
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let has = |line: &str| head.lines().any(|one| one.eq_ignore_ascii_case(line));
        if has("expect: 100-continue")
            && reader.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_err()
        {
            return;
        }
        if reader.read_exact(&mut vec![0; length.unwrap_or_default()]).is_err() {
            return;
        }
        while has("transfer-encoding: chunked") && reader.read_line(&mut chunks).is_ok_and(|count| count > 0)
        {
            if chunks.ends_with("\n0\r\n\r\n") {
                break;
            }
        }
        let mut words = head.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let asked = Asked { method, target, before: count.fetch_add(1, Ordering::SeqCst) };
        let stream = reader.get_mut();
        match script(&asked) {
            Doing::Answer(status, head, body) => {
                let shown = if asked.method == "HEAD" { "" } else { body.as_str() };
                let length = body.len();
                if write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{head}\r\n{shown}")
                    .is_err()
                    || has("connection: close")
                {
                    return;
                }
            }
            Doing::Hang => drop(reader.read_to_end(&mut Vec::new())),
            Doing::Trickle => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
                while stream.write_all(b"x").is_ok() {
                    thread::sleep(Duration::from_millis(50));
                }
                return;
            }
            Doing::Close => return,
        }
    }
}

const JSON: &str = "Content-Type: application/json\r\n";
const VERSIA: &str = "Content-Type: application/vnd.versia+json; charset=utf-8\r\n";

fn answer(status: &'static str, kind: &'static str, body: &str) -> Doing {
    Doing::Answer(status, kind, body.to_owned())
}

/// Metadata and versions as they have to be, and nothing else.
fn discovery(asked: &Asked) -> Option<Doing> {
    match asked.target.as_str() {
        "/.versia/v0.6/instance" if asked.method == "GET" => {
            Some(answer("200 OK", VERSIA, &metadata("b.example")))
        }
        "/.well-known/versia" => Some(answer("200 OK", JSON, r#"{"versions":["0.6.0"]}"#)),
        _ => None,
    }
}

/// What came of a run.
struct Outcome {
    ended: Ended,
    /// The verdicts by the ids of the cases.
    verdicts: BTreeMap<String, String>,
    lines: BTreeMap<String, Value>,
    summary: Value,
}

impl Outcome {
    fn of(sandbox: &Sandbox, url: &str, flags: &str, code: i32) -> Self {
        let started = Instant::now();
        let ended = sandbox.sh(&format!("versia-cli check {url} --user alice --json {flags}"));
        assert!(started.elapsed() < PATIENCE, "{flags} took {:?}", started.elapsed());
        ended.code(code);
        assert!(!ended.stderr.contains("bug"), "{}", ended.stderr);
        let mut lines: Vec<Value> =
            ended.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let summary = lines.pop().unwrap_or_default();
        let id = |line: &Value| line["id"].as_str().unwrap().to_owned();
        let verdict = |line: &Value| line["verdict"].as_str().unwrap().to_owned();
        let verdicts = lines.iter().map(|line| (id(line), verdict(line))).collect();
        Outcome { verdicts, lines: lines.into_iter().map(|line| (id(&line), line)).collect(), summary, ended }
    }

    /// The cases with this verdict.
    fn with(&self, verdict: &str) -> Vec<&str> {
        self.verdicts.iter().filter(|(_, found)| *found == verdict).map(|(id, _)| id.as_str()).collect()
    }

    #[track_caller]
    fn are(&self, prefix: &str, allowed: &[&str]) {
        let meant: Vec<_> = self.verdicts.iter().filter(|(id, _)| id.starts_with(prefix)).collect();
        assert!(!meant.is_empty(), "{prefix}");
        for (id, verdict) in meant {
            assert!(allowed.contains(&verdict.as_str()), "{id} is {verdict}: {}", self.lines[id]);
        }
    }

    fn text(&self, id: &str, field: &str) -> &str {
        self.lines[id][field].as_str().unwrap_or_default()
    }
}

/// What is right whatever an instance answers to everything, as long as it is no redirect.
const RIGHT_ANYWAY: [&str; 6] = [
    "http/inbox/expect-continue",
    "http/redirect/",
    "http/method/head",
    "http/ratelimit/no-other",
    "http/length/answer",
    "http/method/metadata-delete",
];

/// Asserts that nothing passes but what is right for a reason.
#[track_caller]
fn passes_only(outcome: &Outcome, more: &[&str]) {
    let passed = outcome.with("pass");
    let wrong: Vec<_> =
        passed.iter().filter(|id| !RIGHT_ANYWAY.iter().chain(more).any(|one| id.starts_with(one))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn who_answers_200_to_everything_refuses_nothing_and_accepts_nothing_that_can_be_seen() {
    let sandbox = Sandbox::new();
    let typed = ["discovery/versions/type", "discovery/metadata/content-type", "http/charset/metadata"];
    for (kind, body, more) in [
        ("", "", &[][..]),
        ("Content-Type: text/html\r\n", "<!doctype html><title>Welcome</title>", &[]),
        (JSON, "{}", &typed[..1]),
        (VERSIA, "{}", &typed[..]),
    ] {
        let url = instance(move |_| answer("200 OK", kind, body));
        let outcome = Outcome::of(&sandbox, &url, "--level should", 1);
        passes_only(&outcome, more);
        for (id, verdict) in &outcome.verdicts {
            let is_refusal = id.starts_with("signatures/get/") || id.starts_with("signatures/post/");
            let is_acceptance = id.contains("/valid") || id.ends_with("/replay");
            let expected: &[&str] = match (is_refusal, is_acceptance) {
                (true, false) => &["fail", "warn"],
                (true, true) => &["unobservable"],
                _ => continue,
            };
            assert!(expected.contains(&verdict.as_str()) || verdict == "skip", "{id} is {verdict}");
        }
        for broken in [
            "signatures/get/no-signature",
            "signatures/get/stale",
            "signatures/post/tampered-body",
            "inbox/json/",
            "inbox/field/no-type",
            "inbox/field/no-author",
            "inbox/author/other-domain",
            "http/path/unknown",
            "webfinger/unknown-user",
            "entities/unknown/user",
        ] {
            outcome.are(broken, &["fail", "warn"]);
        }
        for unseen in [
            "signatures/get/valid",
            "signatures/post/valid",
            "http/inbox/json",
            "inbox/accept/every-field",
            "inbox/accept/text",
        ] {
            assert_eq!(outcome.verdicts[unseen], "unobservable", "{unseen}");
        }
        outcome.are("discovery/metadata/valid", &["fail"]);
        assert_eq!(outcome.summary["end"], "whole");
    }
}

#[test]
fn who_answers_401_to_everything_refuses_what_is_right() {
    let sandbox = Sandbox::new();
    let url = instance(|_| answer("401 Unauthorized", JSON, r#"{"error":"the signature is wrong"}"#));
    let outcome = Outcome::of(&sandbox, &url, "", 1);
    passes_only(&outcome, &["http/path/no-web-page", "http/method/options"]);
    outcome.are("signatures/exempt/", &["fail"]);
    outcome.are("discovery/metadata/answer", &["fail"]);
    for right in ["signatures/get/valid", "signatures/post/valid"] {
        assert_eq!(outcome.verdicts[right], "fail");
        let got = outcome.text(right, "got");
        for said in
            ["401", "the signature is wrong", "holds by the key that we publish", "did not come for our key"]
        {
            assert!(got.contains(said), "{right}: {said:?} is not in {got:?}");
        }
    }
    for (group, reason) in [
        ("signatures/get/stale", "a rightly signed GET is refused as well"),
        ("entities/unknown/", "a rightly signed GET is refused as well"),
        ("signatures/post/stale", "a right delivery is refused as well"),
        ("inbox/field/", "a right delivery is refused as well"),
    ] {
        outcome.are(group, &["skip"]);
        let (_, line) = outcome.lines.iter().find(|(id, _)| id.starts_with(group)).unwrap();
        assert!(line["reason"].as_str().unwrap().contains(reason), "{line}");
    }
    assert!(outcome.ended.stderr.contains("did not come for our key"), "{}", outcome.ended.stderr);
}

#[test]
fn who_never_answers_cannot_be_checked() {
    let sandbox = Sandbox::new();
    let port = serve_nothing();
    let trickling = instance(|_| Doing::Trickle);
    let closing = instance(|_| Doing::Close);
    for url in [format!("http://127.0.0.1:{port}"), trickling, closing] {
        let outcome = Outcome::of(&sandbox, &url, "--timeout 0.5", 3);
        assert!(outcome.verdicts.is_empty() && outcome.ended.stderr.contains("cannot be checked"));
    }
}

#[test]
fn who_answers_the_metadata_once_and_then_hangs_is_lost() {
    let sandbox = Sandbox::new();
    let url = instance(|asked| match asked.before {
        0 => discovery(asked).unwrap(),
        _ => Doing::Hang,
    });
    let outcome = Outcome::of(&sandbox, &url, "--timeout 0.3", 3);
    assert_eq!(outcome.summary["end"], "lost");
    assert_eq!(outcome.with("fail").len() + outcome.with("warn").len(), 3);
    assert!(outcome.with("pass").is_empty() && outcome.with("skip").len() > 100);
    assert!(outcome.ended.stderr.contains("b.example no longer answers"), "{}", outcome.ended.stderr);
}

#[test]
fn who_always_answers_the_metadata_and_hangs_otherwise_ends_when_the_time_is_up() {
    let sandbox = Sandbox::new();
    let url = instance(|asked| discovery(asked).unwrap_or(Doing::Hang));
    let outcome = Outcome::of(&sandbox, &url, "--timeout 30 --max-time 3", 3);
    assert_eq!(outcome.summary["end"], "time-up");
    outcome.are("inbox/", &["skip"]);
    assert!(outcome.text("inbox/accept/every-field", "reason").contains("the time of the run was up"));
}

#[test]
fn who_goes_away_midway_is_lost_and_what_came_before_is_told() {
    let sandbox = Sandbox::new();
    let url = instance(|asked| match (asked.before, discovery(asked)) {
        (30.., _) => Doing::Close,
        (_, Some(doing)) => doing,
        _ => answer("404 Not Found", JSON, "{}"),
    });
    let outcome = Outcome::of(&sandbox, &url, "", 3);
    assert_eq!(outcome.summary["end"], "lost");
    outcome.are("discovery/metadata/valid", &["pass"]);
    outcome.are("inbox/", &["skip"]);
    assert!(outcome.text("inbox/accept/every-field", "reason").contains("no longer answers"));
}

#[test]
fn cases_in_a_row_that_get_no_answer_are_no_loss_where_the_instance_is_there() {
    let sandbox = Sandbox::new();
    let url = instance(|asked| match discovery(asked) {
        Some(doing) => doing,
        None if asked.target.contains("entities/Note") => Doing::Close,
        None => answer("404 Not Found", JSON, "{}"),
    });
    let outcome = Outcome::of(&sandbox, &url, "", 1);
    assert_eq!(outcome.summary["end"], "whole");
    outcome.are("entities/bad-id/space", &["fail"]);
    outcome.are("entities/bad-id/traversal", &["fail"]);
    outcome.are("collections/unknown-owner", &["pass"]);
}

#[test]
fn who_stalls_deliveries_alone_is_checked_otherwise() {
    let sandbox = Sandbox::new();
    let url = instance(|asked| match asked.method.as_str() {
        "POST" => Doing::Hang,
        _ => discovery(asked).unwrap_or_else(|| answer("404 Not Found", JSON, "{}")),
    });
    let outcome = Outcome::of(&sandbox, &url, "--timeout 0.5", 1);
    assert_eq!(outcome.summary["end"], "whole");
    outcome.are("discovery/metadata/", &["pass", "skip"]);
    assert_eq!(outcome.verdicts["signatures/post/valid"], "fail");
    outcome.are("inbox/", &["skip"]);
    assert!(outcome.text("inbox/accept/every-field", "reason").contains("a right delivery gets no answer"));
}

#[test]
fn pauses_are_kept_told_and_never_longer_than_the_run() {
    let sandbox = Sandbox::new();
    let after = |seconds: &str| {
        let head: &'static str = format!("Retry-After: {seconds}\r\n").leak();
        instance(move |_| answer("429 Too Many Requests", head, ""))
    };
    let bounded = Outcome::of(&sandbox, &after("5"), "--max-time 7", 3);
    assert_eq!(bounded.summary["end"], "time-up");
    assert!(bounded.ended.stderr.contains("nothing is asked for 5 s"), "{}", bounded.ended.stderr);
    assert_eq!(bounded.with("skip").len(), bounded.verdicts.len());

    let endless = Outcome::of(&sandbox, &after("0"), "", 3);
    assert_eq!(endless.summary["end"], "put-off");
    assert_eq!(endless.with("skip").len(), endless.verdicts.len());

    let long = Outcome::of(&sandbox, &after("3600"), "", 3);
    assert_eq!(long.summary["end"], "put-off");
    assert!(long.text("inbox/accept/every-field", "reason").contains("a pause of 3600 s"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_run_that_waits_and_what_there_is_is_told() {
    let sandbox = Sandbox::new();
    let (told, hanging) = std::sync::mpsc::channel();
    let url = instance(move |asked| match discovery(asked) {
        Some(doing) => doing,
        None if asked.target.contains("webfinger?") && asked.before > 10 => {
            let _ = told.send(());
            Doing::Hang
        }
        None => answer("404 Not Found", JSON, "{}"),
    });
    let check = sandbox.start(&format!("versia-cli check {url} --user alice --timeout 100 --format tap"));
    hanging.recv_timeout(PATIENCE).unwrap();
    let interrupted = Instant::now();
    let sent = std::process::Command::new("kill").args(["-s", "INT", &check.id().to_string()]).status();
    assert!(sent.unwrap().success());
    let ended: Ended = check.wait_with_output().unwrap().into();
    assert!(interrupted.elapsed() < PATIENCE);
    ended.code(130);
    assert!(ended.out().contains("ok 1 - discovery/versions/answer\n"), "{}", ended.out());
    assert!(!ended.out().contains("inbox/"));
}
