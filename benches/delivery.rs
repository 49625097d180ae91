//! Delivery over HTTP: the load engine against wrk and oha, freshly signed against the time that signing takes, and the program's
//! own `serve` as the receiver against the verifications that one core allows. `VERSIA_BENCH_QUICK=1` makes few rounds, to see that
//! it runs.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

#[path = "harness/cores.rs"]
mod cores;
mod harness;
#[path = "harness/http_sink.rs"]
mod http_sink;
#[path = "harness/planned.rs"]
mod planned;
#[path = "harness/process.rs"]
mod process;
#[path = "harness/serve.rs"]
mod serve;
#[path = "harness/turns.rs"]
mod turns;

use std::hint::black_box;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cores::{RECEIVER, SENDER, on_core};
use harness::{is_bench, report};
use process::{Running, again, has};
use serve::Serve;
use turns::{NOT_MEASURED, turns};
use versia_cli::bench::{Content, Outcome, Plan, Stop, Template, run as carry_out};
use versia_cli::protocol::versia::{CONTENT_TYPE, INBOX, MEDIA_TYPE};
use versia_cli::signing::{SecretKey, Signer};

const ROUNDS: usize = 15;
/// How many are signed before the start, and then sent again and again.
const PRESIGNED: u64 = 20_000;
/// wrk takes whole seconds.
const SLICE: Duration = Duration::from_secs(1);
const CONNECTIONS: usize = 64;

fn main() {
    if std::env::args().nth(1).as_deref() == Some("sink") {
        return http_sink::run();
    }
    if !is_bench() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    against_a_plain_sink(folder.path());
    println!();
    against_serve(folder.path());
}

/// A Note of 700 bytes.
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

fn unsigned() -> Content {
    Content::Unsigned { entity: Template::fixed(body()) }
}

fn signed() -> Content {
    Content::Signed { entity: Template::fixed(body()), signer: Box::new(signer()) }
}

fn presigned() -> Content {
    Content::Presigned { entity: Template::fixed(body()), signer: Box::new(signer()), count: PRESIGNED }
}

fn rounds() -> usize {
    if std::env::var_os("VERSIA_BENCH_QUICK").is_some() { 1 } else { ROUNDS }
}

fn plan(address: SocketAddr, content: Content) -> Plan {
    Plan { stop: Stop::After(SLICE), connections: CONNECTIONS, ..planned::plan(address, INBOX, content) }
}

/// Carries out a plan on the sender's core; every delivery that was answered has to be accepted.
fn run(plan: &Plan) -> Outcome {
    let outcome = on_core(SENDER, || carry_out(plan)).unwrap();
    let all_accepted = outcome.statuses.keys().all(|&status| status == 202) && outcome.failures.is_empty();
    assert!(all_accepted, "{:?} {:?}", outcome.statuses, outcome.failures);
    outcome
}

fn against_a_plain_sink(folder: &Path) {
    let sink = on_core(RECEIVER, || Running::start(&mut again("sink")));
    let address = sink.first_line.trim().parse().unwrap();
    let [unsigned, signed, presigned] = [unsigned(), signed(), presigned()].map(|it| plan(address, it));
    let (script, request_body) = (folder.join("post.lua"), folder.join("body.json"));
    std::fs::write(&script, lua()).unwrap();
    std::fs::write(&request_body, body()).unwrap();
    let has_wrk = Command::new("wrk").arg("--version").output().is_ok();
    if !has_wrk {
        println!("skipped: wrk is not installed (Debian: apt-get install wrk)");
    }
    let oha_program = oha_program();
    if oha_program.is_none() {
        println!("skipped: oha is neither on the path nor at {OHA} (scripts/test --long installs it)");
    }

    let both_cores = Plan { threads: 2, ..signed.clone() };
    let rates = turns(
        rounds(),
        &mut [
            &mut || run(&unsigned).rate(),
            &mut || if has_wrk { wrk(address, &script) } else { NOT_MEASURED },
            &mut || oha_program.as_ref().map_or(NOT_MEASURED, |program| oha(program, address, &request_body)),
            &mut || run(&signed).rate(),
            &mut || run(&presigned).rate(),
            &mut || on_core(SENDER, signatures_per_second),
            &mut || carry_out(&both_cores).unwrap().rate(),
        ],
    );
    let [unsigned, wrk, oha, signed, presigned, signing, both_cores] =
        [0, 1, 2, 3, 4, 5, 6].map(|row| rates.show(row, 1.0, 0));
    println!(
        "a second, {CONNECTIONS} connections, 700 bytes to a hyper sink: wrk {wrk}, oha {oha}, unsigned {unsigned}, signed before the start {presigned}, signed {signed}; signing alone {signing}; signed by two threads beside the sink {both_cores}\n"
    );
    if has_wrk {
        let ratio = rates.ratio(|round| round[0] / round[1]);
        report("HTTP, unsigned, one thread / wrk -t1", ratio, "≥ 0.85", ratio >= 0.85);
        println!("HTTP, signed before / wrk -t1: {:.2}", rates.ratio(|round| round[4] / round[1]));
    }
    if oha_program.is_some() {
        println!("HTTP, unsigned, one thread / oha: {:.2}", rates.ratio(|round| round[0] / round[2]));
        println!(
            "HTTP, freshly signed / oha, which signs nothing: {:.2}",
            rates.ratio(|round| round[3] / round[2])
        );
    }
    let ratio = rates.ratio(|round| round[3] * (1.0 / round[0] + 1.0 / round[5]));
    report("HTTP, signed / 1 over (signing + an unsigned request)", ratio, "≥ 0.8", ratio >= 0.8);
}

/// Where oha is when it is not on the path.
const OHA: &str = "target/tools/bin/oha";

fn oha_program() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join(OHA);
    let programs = [PathBuf::from("oha"), beside];
    programs.into_iter().find(|program| Command::new(program).arg("--version").output().is_ok())
}

/// Requests a second by oha, from the sender's core.
fn oha(program: &Path, address: SocketAddr, body: &Path) -> f64 {
    let output = on_core(SENDER, || {
        Command::new(program)
            .args(["--no-tui", "--output-format", "json", "-m", "POST", "-T", CONTENT_TYPE])
            .args(["-H", &format!("Accept: {MEDIA_TYPE}")])
            .args(["-c", &CONNECTIONS.to_string(), "-z", &format!("{}s", SLICE.as_secs())])
            .arg("-D")
            .arg(body)
            .arg(format!("http://{address}{INBOX}"))
            .output()
            .unwrap()
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let statuses = told["statusCodeDistribution"].as_object().unwrap();
    assert!(statuses.keys().all(|status| status == "202"), "{statuses:?}");
    told["summary"]["requestsPerSec"].as_f64().unwrap()
}

/// The same request for wrk.
fn lua() -> String {
    format!(
        "wrk.method = \"POST\"\nwrk.body = [[{}]]\nwrk.headers[\"Accept\"] = \"{MEDIA_TYPE}\"\nwrk.headers[\"Content-Type\"] = \"{CONTENT_TYPE}\"\n",
        body()
    )
}

/// Requests a second by wrk, from the sender's core.
fn wrk(address: SocketAddr, script: &Path) -> f64 {
    let output = on_core(SENDER, || {
        Command::new("wrk")
            .arg("-t1")
            .arg(format!("-c{CONNECTIONS}"))
            .arg(format!("-d{}s", SLICE.as_secs()))
            .arg("-s")
            .arg(script)
            .arg(format!("http://{address}{INBOX}"))
            .output()
            .unwrap()
    });
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !text.contains("Non-2xx"), "{text}");
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).unwrap();
    rate.trim().parse().unwrap()
}

fn signatures_per_second() -> f64 {
    let (signer, body) = (signer(), body());
    rate(|| {
        black_box(signer.sign("POST", INBOX, unix_now(), black_box(body.as_bytes())));
    })
}

fn verifications_per_second() -> f64 {
    let (signer, body) = (signer(), body());
    let signed = signer.sign("POST", INBOX, unix_now(), body.as_bytes());
    let (key, string) = (signer.key().public(), signed.string.as_str().as_bytes());
    let signature = signer.key().sign(string);
    rate(|| assert!(key.verifies(black_box(string), &signature)))
}

/// How often a second the work can be done, in a fifth of a slice.
fn rate(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < SLICE / 5 {
        for _ in 0..100 {
            work();
        }
        count += 100;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

fn against_serve(folder: &Path) {
    if !has("serve", "--listen") {
        return;
    }
    let serve = Serve::start(folder, signer().key());
    let (unsigned, signed) = (plan(serve.address, unsigned()), plan(serve.address, signed()));
    let mut delivered = 0;
    let rates = turns(
        rounds(),
        &mut [
            &mut || run(&unsigned).rate(),
            &mut || {
                let outcome = run(&signed);
                delivered += outcome.answered;
                outcome.rate()
            },
            &mut || on_core(RECEIVER, verifications_per_second),
        ],
    );
    let resident = serve.resident().unwrap_or(0) / 1024;
    let (lines, valid) = serve.end();
    let [unsigned, signed, verifying] = [0, 1, 2].map(|row| rates.show(row, 1.0, 0));
    println!(
        "a second, {CONNECTIONS} connections, 700 bytes to serve on one core: unsigned {unsigned}, signed and verified {signed}; bare strict verification {verifying}"
    );
    println!(
        "{delivered} signed deliveries were accepted; serve printed {lines} lines, {valid} of them valid, and had {resident} MiB of memory\n"
    );
    assert_eq!(valid, delivered, "what was signed has to be found valid");
    let ratio = rates.ratio(|round| round[1] / round[2]);
    report("serve, verified / bare strict verification, one core", ratio, "≥ 0.7", ratio >= 0.7);
}
