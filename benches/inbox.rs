//! The whole inbox: deliveries a second with verification, validation and a store file, over HTTP and over WebSocket, against
//! the verifications that one core allows; and what each part costs, by leaving it out and by timing it alone.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

#[path = "harness/cores.rs"]
mod cores;
mod harness;
#[path = "harness/planned.rs"]
mod planned;
#[path = "harness/process.rs"]
#[allow(dead_code, reason = "each benchmark uses its own part of the harness")]
mod process;
#[path = "harness/serve.rs"]
#[allow(dead_code, reason = "each benchmark uses its own part of the harness")]
mod serve;
#[path = "harness/turns.rs"]
#[allow(dead_code, reason = "each benchmark uses its own part of the harness")]
mod turns;

use std::hint::black_box;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cores::{RECEIVER, SENDER, on_core};
use harness::{is_bench, median, report};
use process::has;
use serve::Serve;
use turns::turns;
use versia_cli::bench::{Content, Outcome, Plan, Stop, Template, Transport, run as carry_out};
use versia_cli::entity::{Profile, check};
use versia_cli::protocol::http::{Heads, RequestHead};
use versia_cli::protocol::record::{Direction, Record, RecordVerdict, Request, Response, Timings};
use versia_cli::protocol::versia::{
    CONTENT_TYPE, INBOX, KeySource, KnownKey, MEDIA_TYPE, NoKey, signature_headers, verify_record,
};
use versia_cli::signing::{PreparedKey, PublicKey, SecretKey, Signer, Window};
use versia_cli::store::records::Prepared;
use versia_cli::store::{Keep, Records, Store};

const ROUNDS: usize = 7;
const SLICE: Duration = Duration::from_secs(1);
/// How long a part is timed alone.
const PART: Duration = Duration::from_millis(500);
/// So many that a sync of the disk, which takes milliseconds, is shared by many, as in the sessions.
const CONNECTIONS: usize = 512;
const SESSIONS: usize = 8;
const IN_FLIGHT: usize = 64;

fn main() {
    if !is_bench() || !has("serve", "--keep") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    whole(folder.path());
    println!();
    on_core(RECEIVER, || parts(folder.path()));
}

/// A Note of 700 bytes that no rule has anything to say about.
fn body() -> String {
    let start = concat!(
        r#"{"id":"1","type":"Note","created_at":"2026-01-01T00:00:00Z","attachments":[],"author":"alice","#,
        r#""category":null,"device":null,"group":"public","is_sensitive":false,"mentions":[],"previews":[],"#,
        r#""quotes":null,"replies_to":null,"subject":null,"content":{"text/html":{"remote":false,"content":""#,
    );
    let end = r#""}}}"#;
    format!("{start}{}{end}", "x".repeat(700 - start.len() - end.len()))
}

fn signer() -> Signer {
    Signer::new(SecretKey::from_seed(&[7; 32]), "a.example")
}

fn unix_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

fn plan(address: SocketAddr, transport: Transport) -> Plan {
    let connections = if transport == Transport::Http { CONNECTIONS } else { SESSIONS };
    let content = Content::Signed { entity: Template::fixed(body()), signer: Box::new(signer()) };
    Plan { transport, stop: Stop::After(SLICE), connections, ..planned::plan(address, INBOX, content) }
}

/// Carries out a plan on the sender's core; every delivery that was answered has to be accepted.
fn run(plan: &Plan) -> Outcome {
    let outcome = on_core(SENDER, || carry_out(plan)).unwrap();
    let all_accepted = outcome.statuses.keys().all(|&status| status == 202) && outcome.failures.is_empty();
    assert!(all_accepted, "{:?} {:?}", outcome.statuses, outcome.failures);
    outcome
}

/// A receiver in one of its forms.
struct Receiver {
    name: &'static str,
    serve: Serve,
}

fn receivers(folder: &Path) -> Vec<Receiver> {
    let store = |name: &str| folder.join(name).display().to_string();
    let (whole, unvalidated) = (store("whole.db"), store("unvalidated.db"));
    let key = signer();
    let start =
        |name, arguments: &[&str]| Receiver { name, serve: Serve::start_with(folder, key.key(), arguments) };
    vec![
        start("verified, validated, in a store file", &["--store", &whole, "--keep", "100000"]),
        start("the same without a file", &[]),
        start("the same, not validated", &["--store", &unvalidated, "--keep", "100000", "--no-validate"]),
    ]
}

fn whole(folder: &Path) {
    let websocket = Transport::WebSocket { in_flight: IN_FLIGHT, receipts: true };
    for (road, transport) in [("HTTP", Transport::Http), ("WebSocket", websocket)] {
        let receivers = receivers(folder);
        let plans: Vec<_> = receivers.iter().map(|one| plan(one.serve.address, transport)).collect();
        let (mut p50, mut p99) = (Vec::new(), Vec::new());
        let rates = turns(
            ROUNDS,
            &mut [
                &mut || {
                    let outcome = run(&plans[0]);
                    let millis = |quantile| outcome.latency.value_at_quantile(quantile) as f64 / 1e6;
                    p50.push(millis(0.5));
                    p99.push(millis(0.99));
                    outcome.rate()
                },
                &mut || run(&plans[1]).rate(),
                &mut || run(&plans[2]).rate(),
                &mut || on_core(RECEIVER, verifications_per_second),
            ],
        );
        println!("{road}: deliveries a second of 700 bytes, load generator and server on a core each");
        for (row, receiver) in receivers.iter().enumerate() {
            println!("  {:<40} {:>8}", receiver.name, rates.show(row, 1.0, 0));
        }
        println!("  {:<40} {:>8}", "bare strict verification", rates.show(3, 1.0, 0));
        println!("  to the answer: p50 {:.2} ms, p99 {:.2} ms", median(p50), median(p99));
        let more = |row: usize| rates.ratio(move |round| 1e6 / round[0] - 1e6 / round[row]);
        println!(
            "  a delivery takes {:.1} µs more with the file, {:.1} µs more with validation",
            more(1),
            more(2)
        );
        let ratio = rates.ratio(|round| round[0] / round[3]);
        let what = format!("inbox over {road}, verified and stored / bare verification");
        report(&what, ratio, "≥ 0.7", ratio >= 0.7);
        for receiver in receivers {
            receiver.serve.end();
        }
    }
}

fn verifications_per_second() -> f64 {
    let (signer, body) = (signer(), body());
    let signed = signer.sign("POST", INBOX, unix_now(), body.as_bytes());
    let (key, string) = (signer.key().public(), signed.string.as_str().as_bytes());
    let signature = signer.key().sign(string);
    1e6 / micros(SLICE / 5, || assert!(key.verifies(black_box(string), &signature)))
}

/// How long the work takes, in microseconds, when it is done again and again for that time.
fn micros(time: Duration, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < time {
        for _ in 0..50 {
            work();
        }
        count += 50;
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(count)
}

/// Knows the one key.
struct OneKey {
    key: PublicKey,
    prepared: Option<Arc<PreparedKey>>,
}

impl KeySource for OneKey {
    fn key_of(&self, _: Option<&str>) -> Result<KnownKey, NoKey> {
        Ok(KnownKey { key: self.key, origin: "https://a.example/".to_owned(), findings: Vec::new() })
    }

    fn prepared(&self, _: &PublicKey) -> Option<Arc<PreparedKey>> {
        self.prepared.clone()
    }
}

/// The bytes of a delivery's head, and the record that a server makes of it.
fn delivery() -> (Vec<u8>, Record) {
    let body = body();
    let signed = signer().sign("POST", INBOX, unix_now(), body.as_bytes());
    let mut head = format!(
        "POST {INBOX} HTTP/1.1\r\nHost: b.example\r\nAccept: {MEDIA_TYPE}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in signature_headers(&signed) {
        head.push_str(&format!("{name}: {}\r\n", value.as_text().unwrap()));
    }
    head.push_str("\r\n");
    let RequestHead { method, target, headers } = read_head(head.as_bytes());
    let record = Record {
        id: Some("019a0000-0000-7000-8000-000000000000".to_owned()),
        at: Some("2026-01-31T12:00:00.250Z".to_owned()),
        direction: Some(Direction::In),
        peer: Some("127.0.0.1:40000".to_owned()),
        http: Some("1.1".to_owned()),
        timings: Some(Timings { total: Some(0.1), ..Timings::default() }),
        request: Some(Request {
            method,
            target,
            headers: Some(headers),
            body: body.into(),
            verdict: Some(RecordVerdict {
                signature: "valid".to_owned(),
                codes: Vec::new(),
                signed_by: Some("a.example".to_owned()),
                key: Some("0123456789abcdef".to_owned()),
            }),
            ..Request::default()
        }),
        response: Some(Response { status: 202, headers: signature_headers(&signed), ..Response::default() }),
        ..Record::default()
    };
    (head.into_bytes(), record)
}

fn read_head(bytes: &[u8]) -> RequestHead {
    let mut heads = Heads::new();
    heads.feed(bytes);
    heads.next_head().unwrap()
}

/// Times what a delivery goes through, each part alone.
fn parts(folder: &Path) {
    let (head, record) = delivery();
    let key = signer().key().public();
    let prepared = PreparedKey::new(key).map(Arc::new);
    let (bare, fast) = (OneKey { key, prepared: None }, OneKey { key, prepared });
    let verify = |keys: &OneKey| {
        let request = Record { response: None, ..record.clone() };
        micros(PART, || {
            black_box(verify_record(black_box(&request), keys, Window::Ignore).unwrap());
        })
    };
    let body = record.request.as_ref().unwrap().body.0.clone();
    println!("µs for each part of a delivery alone, on one core:");
    let line = |name: &str, micros: f64| println!("  {name:<48} {micros:>6.2}");
    line("parse: the head as it is kept", micros(PART, || drop(black_box(read_head(black_box(&head))))));
    line("verify: hash and strict verification", verify(&bare));
    line("verify: the same with the key's multiples", verify(&fast));
    line(
        "validate: a Note by its rules",
        micros(PART, || drop(black_box(check(black_box(&body), Profile::Spec, None)))),
    );
    line("record: outline and JSON", micros(PART, || drop(black_box(Prepared::of(black_box(&record))))));
    for together in [1, 16, 256] {
        let name = format!("commit: insert, {together} to a commit and its sync");
        line(&name, commit(&folder.join(format!("commit-{together}.db")), &record, together));
    }
}

/// How long a record takes to the disk when so many share a commit, in microseconds.
fn commit(path: &Path, record: &Record, together: usize) -> f64 {
    let store = Arc::new(Store::open(Some(path)).unwrap());
    let records = Records::new(Arc::clone(&store), Keep::default());
    let (mut count, mut spent) = (0, Duration::ZERO);
    while spent < PART {
        let prepared: Vec<_> = (0..together)
            .map(|number| {
                let id = Some(format!("{:032}", count + number));
                Prepared::of(&Record { id, ..record.clone() })
            })
            .collect();
        let (sender, settled) = channel();
        // What is handed over while the store is busy goes into one commit.
        let (open, gate) = channel::<()>();
        let wait = move |_: &_| {
            // It is opened by being dropped.
            let _ = gate.recv();
            Ok(())
        };
        store.submit(wait, |_| {});
        for one in prepared {
            let sender = sender.clone();
            records.append_prepared(one, move |done| sender.send(done.is_ok()).unwrap());
        }
        let start = Instant::now();
        drop(open);
        assert!(settled.iter().take(together).all(|done| done));
        spent += start.elapsed();
        count += together;
    }
    spent.as_secs_f64() * 1e6 / count as f64
}
