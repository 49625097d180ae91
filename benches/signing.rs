//! The signing and verifying pipelines against the bare library, per thread and on two threads.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

mod harness;
#[path = "harness/pair.rs"]
mod pair;

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use harness::{is_bench, median, report};
use pair::pair;
use versia_cli::signing::{Fields, Kind, SecretKey, Signer, Unverified, Verdict, Window, verify};

const TARGET: &str = "/.versia/v0.6/inbox";
const AT: i64 = 1_729_243_417;
// Short and many: a neighbour on the machine then disturbs both sides of a pair, or few pairs.
const ROUNDS: usize = 401;
const SLICE: Duration = Duration::from_millis(5);

/// A Note of 700 bytes.
fn body() -> Vec<u8> {
    let start = r#"{"id":"1","type":"Note","content":{"text/plain":{"remote":false,"content":""#;
    let end = r#""}}}"#;
    format!("{start}{}{end}", "x".repeat(700 - start.len() - end.len())).into_bytes()
}

fn main() {
    if !is_bench() {
        return;
    }
    let seed = [7; 32];
    let bare = SigningKey::from_bytes(&seed);
    let signer = Signer::new(SecretKey::from_seed(&seed), "a.example");
    let body = body();
    let signed = signer.sign("POST", TARGET, AT, &body);
    let string = signed.string.as_str().to_owned();

    let signing = pair(
        ROUNDS,
        SLICE,
        || {
            black_box(signer.sign("POST", black_box(TARGET), AT, black_box(&body)));
        },
        || {
            black_box(bare.sign(black_box(string.as_bytes())));
        },
    );
    println!("signing a 700-byte body: {:.0}/s; the bare library: {:.0}/s", signing.first, signing.second);

    let (one, two, both) = threads(&signer, &body);
    println!("one thread: {one:.0}/s; two threads: {two:.0}/s");

    let key = signer.key().public();
    let verifying_key = bare.verifying_key();
    let signature = Signature::from_slice(&STANDARD.decode(&signed.signature).unwrap()).unwrap();
    let verifying = pair(
        ROUNDS,
        SLICE,
        || {
            let fields = Fields::once(&signed.signature, &signed.signed_at, &signed.signed_by);
            let message = Unverified {
                kind: Kind::Request,
                method: "POST",
                target: TARGET,
                fields,
                body: black_box(&body),
            };
            assert_eq!(verify(&message, Some(&key), Window::around(AT)).verdict, Verdict::Valid);
        },
        || verifying_key.verify_strict(black_box(string.as_bytes()), &signature).unwrap(),
    );
    println!("verifying it: {:.0}/s; the bare library, strict: {:.0}/s\n", verifying.first, verifying.second);

    report("signing pipeline / bare library, one thread", signing.ratio, "≥ 0.92", signing.ratio >= 0.92);
    report("signing pipeline, two threads / one", both, "≥ 1.9", both >= 1.9);
    report(
        "verifying pipeline / bare strict, one by one",
        verifying.ratio,
        "≥ 0.95",
        verifying.ratio >= 0.95,
    );
}

/// Signatures a second on one thread and on two, and the ratio: medians of paired rounds.
fn threads(signer: &Signer, body: &[u8]) -> (f64, f64, f64) {
    let run = |count: u32| {
        for _ in 0..count {
            black_box(signer.sign("POST", TARGET, AT, black_box(body)));
        }
    };
    const COUNT: u32 = 500;
    let mut rates = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        run(COUNT);
        let one = f64::from(COUNT) / start.elapsed().as_secs_f64();
        let barrier = Barrier::new(3);
        let elapsed = std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    barrier.wait();
                    run(COUNT);
                    barrier.wait();
                });
            }
            barrier.wait();
            let start = Instant::now();
            barrier.wait();
            start.elapsed()
        });
        let two = f64::from(2 * COUNT) / elapsed.as_secs_f64();
        rates.0.push(one);
        rates.1.push(two);
        rates.2.push(two / one);
    }
    (median(rates.0), median(rates.1), median(rates.2))
}
