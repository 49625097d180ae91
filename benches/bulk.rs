//! `verify --ndjson` and `sign --ndjson` against the bare library on one core, what the other cores add, and the memory that
//! they take.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

#[path = "harness/cores.rs"]
#[allow(dead_code, reason = "one core is enough here")]
mod cores;
mod harness;
#[path = "harness/turns.rs"]
#[allow(dead_code, reason = "everything is measured here")]
mod turns;

use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use cores::{SENDER, on_core};
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use harness::{is_bench, report};
use turns::turns;
use versia_cli::signing::{BatchVerifier, Claim, SecretKey};

const ROUNDS: usize = 9;
/// How many lines a file has: about a second's work for one core.
const LINES: usize = 60_000;
/// How many signatures the bare library makes or verifies a round.
const BARE: usize = 8_000;
/// How many signatures are verified together: as many as `verify` takes together of lines of this length.
const BATCH: usize = 1_600;
const SEED: [u8; 32] = [7; 32];
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;

fn main() {
    if !is_bench() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = Files::write(folder.path());
    rates(&files);
    println!();
    memory(&files);
}

/// The inputs: bodies of 700 bytes, the records of their signatures, and the same with one bad one in a hundred.
struct Files<'a> {
    folder: &'a Path,
}

impl<'a> Files<'a> {
    fn write(folder: &'a Path) -> Self {
        let bodies: String = (0..LINES).map(|number| body(number) + "\n").collect();
        std::fs::write(folder.join("bodies"), bodies).unwrap();
        std::fs::write(folder.join("key"), &*SecretKey::from_seed(&SEED).to_pkcs8_base64()).unwrap();
        std::fs::write(folder.join("public"), SecretKey::from_seed(&SEED).public().to_spki_base64()).unwrap();
        let files = Files { folder };
        files.run(files.sign().stdout(File::create(folder.join("signed")).unwrap()));
        let signed = std::fs::read_to_string(folder.join("signed")).unwrap();
        let spoil = |(number, line): (usize, &str)| match number % 100 {
            50 => line.replace("x\\\"", "y\\\"") + "\n",
            _ => line.to_owned() + "\n",
        };
        let spoilt: String = signed.lines().enumerate().map(spoil).collect();
        std::fs::write(folder.join("spoilt"), spoilt).unwrap();
        files
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_versia-cli"));
        command.args(arguments).current_dir(self.folder).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn sign(&self) -> Command {
        self.command(&[
            "sign",
            "--ndjson",
            "--quiet",
            "--key",
            "key",
            "--signed-by",
            "a.example",
            "--body",
            "bodies",
        ])
    }

    fn verify(&self, input: &str) -> Command {
        self.command(&["verify", "--ndjson", "--quiet", "--public-key", "public", "--as-of", "ignore", input])
    }

    fn run(&self, command: &mut Command) {
        let code = command.status().unwrap().code();
        assert!(matches!(code, Some(0 | 1)), "{command:?}: {code:?}");
    }

    /// Lines a second.
    fn rate(&self, mut command: Command) -> f64 {
        let start = Instant::now();
        self.run(&mut command);
        LINES as f64 / start.elapsed().as_secs_f64()
    }
}

/// An entity of 700 bytes.
fn body(number: usize) -> String {
    let start =
        format!(r#"{{"id":"{number}","type":"Note","content":{{"text/plain":{{"remote":false,"content":""#);
    let end = r#""}}}"#;
    format!("{start}{}{end}", "x".repeat(700 - start.len() - end.len()))
}

/// What the bare library has to do with a line.
struct Bare {
    key: SigningKey,
    strings: Vec<String>,
    signatures: Vec<Signature>,
}

impl Bare {
    fn new() -> Self {
        let key = SigningKey::from_bytes(&SEED);
        let digest = "4+e2vswDyKEalby/akgnvZl4yJTXIbN1u42b";
        let strings: Vec<_> = (0..BARE)
            .map(|number| format!("post /.versia/v0.6/inbox 1729243417 {digest}{number:07}="))
            .collect();
        let signatures = strings.iter().map(|string| key.sign(string.as_bytes())).collect();
        Bare { key, strings, signatures }
    }

    fn rate(count: usize, work: impl FnOnce()) -> f64 {
        let start = Instant::now();
        work();
        count as f64 / start.elapsed().as_secs_f64()
    }

    fn sign(&self) -> f64 {
        Bare::rate(BARE, || {
            for string in &self.strings {
                black_box(self.key.sign(string.as_bytes()));
            }
        })
    }

    fn verify(&self) -> f64 {
        let key = self.key.verifying_key();
        Bare::rate(BARE, || {
            for (string, signature) in self.strings.iter().zip(&self.signatures) {
                key.verify_strict(string.as_bytes(), signature).unwrap();
            }
        })
    }

    fn batches(&self, verifier: &mut BatchVerifier) -> f64 {
        let key = SecretKey::from_seed(&SEED).public();
        let mut claims = Vec::with_capacity(BARE);
        for (string, signature) in self.strings.iter().zip(&self.signatures) {
            claims.push(Claim { key, message: string.as_bytes(), signature: signature.to_bytes() });
        }
        Bare::rate(BARE, || {
            for batch in claims.chunks(BATCH) {
                assert!(verifier.verify(batch).iter().all(|holds| *holds));
            }
        })
    }
}

fn rates(files: &Files<'_>) {
    let bare = Bare::new();
    let mut verifier = BatchVerifier::new(|buffer| getrandom::fill(buffer).is_ok());
    // The bare library runs where the program does.
    let here = |work: &mut (dyn FnMut() -> f64 + Send)| on_core(SENDER, work);
    let measured = turns(
        ROUNDS,
        &mut [
            &mut || here(&mut || bare.verify()),
            &mut || here(&mut || files.rate(files.verify("signed"))),
            &mut || files.rate(files.verify("signed")),
            &mut || here(&mut || files.rate(files.verify("spoilt"))),
            &mut || here(&mut || bare.batches(&mut verifier)),
            &mut || here(&mut || bare.sign()),
            &mut || here(&mut || files.rate(files.sign())),
            &mut || files.rate(files.sign()),
        ],
    );
    let show = |row| measured.show(row, 1.0, 0);
    println!("a second, one core: bare strict verification {}, batches of {BATCH} {}", show(0), show(4));
    println!(
        "verify --ndjson of {LINES} records of 700 bytes: one core {}, all cores {}, one core with 1 % bad {}",
        show(1),
        show(2),
        show(3)
    );
    println!("bare signing {}; sign --ndjson: one core {}, all cores {}\n", show(5), show(6), show(7));
    let row = |what: &str, of: usize, by: usize, least: f64| {
        let ratio = measured.ratio(|round| round[of] / round[by]);
        report(what, ratio, &format!("≥ {least}"), ratio >= least);
    };
    row("batches / bare strict verification", 4, 0, 2.5);
    row("verify --ndjson, one core / bare strict verification", 1, 0, 2.5);
    row("verify --ndjson, one core, 1 % bad / bare strict", 3, 0, 1.0);
    row("sign --ndjson, one core / bare signing", 6, 5, 0.8);
    if thread::available_parallelism().is_ok_and(|cores| cores.get() == 2) {
        row("verify --ndjson, two cores / one", 2, 1, 1.8);
        row("sign --ndjson, two cores / one", 7, 6, 1.8);
    }
}

fn memory(files: &Files<'_>) {
    for (what, command, input) in [
        ("verify --ndjson", files.verify("-"), "signed"),
        ("sign --ndjson", with_body_from_stdin(files), "bodies"),
    ] {
        let lines = std::fs::read(files.folder.join(input)).unwrap();
        let mut command = command;
        let few = peak(&mut command, &lines, FEW);
        let many = peak(&mut command, &lines, MANY);
        let (Some(few), Some(many)) = (few, many) else {
            println!("skipped: this system does not say how much memory a process had");
            return;
        };
        println!("{what}: {} KiB at the most for {FEW} lines, {} KiB for {MANY}", few, many);
        let ratio = many as f64 / few as f64;
        report(
            &format!("{what}, memory for 10^6 lines / 10^4"),
            ratio,
            "0.9-1.1",
            (0.9..=1.1).contains(&ratio),
        );
    }
}

fn with_body_from_stdin(files: &Files<'_>) -> Command {
    files.command(&["sign", "--ndjson", "--quiet", "--key", "key", "--signed-by", "a.example", "--body", "-"])
}

/// The most memory that a process had resident, in KiB, when it was given so many lines and had answered them all.
fn peak(command: &mut Command, lines: &[u8], count: usize) -> Option<u64> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answered = 0;
    let input = thread::scope(|scope| {
        let feeder = scope.spawn(move || {
            let mut left = count;
            while left > 0 {
                let end = memchr::memchr_iter(b'\n', lines).nth(left - 1).map_or(lines.len(), |at| at + 1);
                input.write_all(&lines[..end]).unwrap();
                left = left.saturating_sub(LINES);
            }
            input
        });
        let mut buffer = vec![0; 1 << 16];
        while answered < count {
            let read = output.read(&mut buffer).unwrap();
            assert!(read > 0, "{command:?} ended after {answered} lines");
            answered += memchr::memchr_iter(b'\n', &buffer[..read]).count();
        }
        feeder.join().unwrap()
    });
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok();
    drop(input);
    child.wait().unwrap();
    status?.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}
