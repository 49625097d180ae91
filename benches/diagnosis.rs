//! How long it takes to explain a signature that does not verify, by the kind of mistake.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

mod harness;

use std::hint::black_box;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use harness::{is_bench, median, report};
use sha2::{Digest, Sha256};
use versia_cli::signing::{Budget, Evidence, Explanation, Fields, Kind, SecretKey, Unverified, explain};

const TARGET: &str = "/.versia/v0.6/entities/pub.versia%3Agroups%2FGroup/1234?offset=10&limit=20";
const PATH: &str = "/.versia/v0.6/entities/pub.versia%3Agroups%2FGroup/1234";
const AT: &str = "1729243417";
const ROUNDS: usize = 21;

/// A document of 2 KB in which every serialiser finds something to change.
fn body() -> String {
    let start = "{\n  \"type\": \"Note\",\n  \"10\": 1.0,\n  \"tiny\": 1.5e-7,\n  \"text\": \"caf\u{e9} \u{1F600} <b> a/b &\",\n  \"list\": [1, {}, []],\n  \"more\": \"";
    let end = "\"\n}\n";
    format!("{start}{}{end}", "x".repeat(2_048 - start.len() - end.len()))
}

fn string(method: &str, path: &str, at: &str, digest: &str) -> String {
    format!("{method} {path} {at} {digest}")
}

fn explained(key: &SecretKey, body: &str, signed: &str) -> Explanation {
    let signature = STANDARD.encode(key.sign(signed.as_bytes()));
    let public = key.public();
    let evidence = Evidence {
        message: Unverified {
            kind: Kind::Request,
            method: "POST",
            target: TARGET,
            fields: Fields::once(&signature, AT, "a.example"),
            body: body.as_bytes(),
        },
        headers: &[],
        hosts: &["b.example", "a.example"],
        key: Some(&public),
        suspects: &[],
    };
    black_box(explain(&evidence, &Budget::unlimited())).unwrap()
}

/// Milliseconds for one explanation: the median of some.
fn time(name: &str, signed: &str, code: &str) -> f64 {
    let (key, body) = (SecretKey::from_seed(&[7; 32]), body());
    let mut times = Vec::new();
    let mut tried = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let explanation = explained(&key, &body, signed);
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(explanation.causes[0].code.id, code, "{name}");
        tried = explanation.tried;
    }
    let time = median(times);
    println!("{name:<44} {time:>8.2} ms  {tried:>7} strings");
    time
}

fn main() {
    if !is_bench() {
        return;
    }
    let body = body();
    let digest = STANDARD.encode(Sha256::digest(&body));
    let of = |text: &str| STANDARD.encode(Sha256::digest(text));
    let hex: String = Sha256::digest(&body).iter().map(|b| format!("{b:02x}")).collect();
    let common = [
        ("the method in upper case", string("POST", PATH, AT, &digest), "VS403"),
        ("the path with its query", string("post", TARGET, AT, &digest), "VS411"),
        (
            "the path decoded",
            string("post", "/.versia/v0.6/entities/pub.versia:groups/Group/1234", AT, &digest),
            "VS412",
        ),
        ("the whole URL", string("post", &format!("https://b.example{PATH}"), AT, &digest), "VS416"),
        ("milliseconds", string("post", PATH, "1729243417000", &digest), "VS421"),
        ("the digest in hex", string("post", PATH, AT, &hex), "VS431"),
        ("the digest of an empty body", string("post", PATH, AT, &of("")), "VS441"),
        ("the newline at the end", string("post", PATH, AT, &of(body.trim_end())), "VS443"),
        ("newlines between the parts", format!("post\n{PATH}\n{AT}\n{digest}"), "VS451"),
        ("a newline at the end of the string", format!("post {PATH} {AT} {digest}\n"), "VS452"),
    ];
    let worst = common.iter().map(|(name, signed, code)| time(name, signed, code)).fold(0.0, f64::max);
    let compact: serde_json::Value = serde_json::from_str(&body).unwrap();
    let rare = time(
        "a single that is rare: serde_json",
        &string("post", PATH, AT, &of(&compact.to_string())),
        "VS442",
    );
    let lost = time(
        "milliseconds that the header has lost",
        &string("post", PATH, "1729243417999", &digest),
        "VS421",
    );
    let pair = time("a pair of common ones", &string("POST", TARGET, AT, &digest), "VS403");
    let nothing =
        time("nothing: a body that was changed", &string("post", PATH, AT, &of("changed")), "VS491");
    // The unlikeliest pair there is.
    let pairs = time("the last of all pairs", &format!("post, {PATH}, {AT}, {digest}\0"), "VS451");
    println!();
    report("the slowest of the common kinds, ms", worst, "≤ 5", worst <= 5.0);
    report("the slowest single, ms", rare.max(lost), "≤ 100", rare.max(lost) <= 100.0);
    report("all singles and pairs, ms", pairs, "≤ 100", pairs.max(pair) <= 100.0);
    println!("a whole search, in which nothing is found: {nothing:.0} ms");
}
