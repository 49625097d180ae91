//! `sign` as a whole process, against an empty C program and against OpenSSL signing the same string.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

mod harness;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use harness::{is_bench, median, report};

const ROUNDS: usize = 400;
const KEY: &str = "MC4CAQAwBQYDK2VwBCIEILrNXhbWxC/MhKQDsJOAAF1FH/R+Am5G/eZKnqNum5ro";

fn main() {
    if !is_bench() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let program = env!("CARGO_BIN_EXE_versia-cli");
    std::fs::write(path("empty.c"), "int main(void) { return 0; }\n").unwrap();
    run(Command::new("cc").args(["-O2", "-o"]).args([path("empty"), path("empty.c")]));
    std::fs::write(path("key"), KEY).unwrap();
    private(&path("key"));
    std::fs::write(path("body"), r#"{"content":"Hello, world!"}"#).unwrap();
    std::fs::write(
        path("string"),
        "post /.versia/v0.6/inbox 1729243417 4+e2vswDyKEalby/akgnvZl4yJTXIbN1u42bC6inlOo=",
    )
    .unwrap();
    run(Command::new(program).arg("key").arg(path("key")).args(["--to", "pem", "--out"]).arg(path("pem")));

    let mut empty = Command::new(path("empty"));
    let mut sign = Command::new(program);
    sign.args(["sign", "POST", "/.versia/v0.6/inbox", "--signed-by", "bob.com", "--quiet", "--body"])
        .arg(path("body"))
        .arg("--key")
        .arg(path("key"));
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-sign", "-rawin", "-inkey"]).arg(path("pem")).arg("-in").arg(path("string"));

    let mut times: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (command, times) in [&mut empty, &mut sign, &mut openssl].into_iter().zip(&mut times) {
            times.push(run(command));
        }
    }
    let [empty, sign, openssl] = times.map(median);
    println!(
        "whole processes, median of {ROUNDS} in turn: empty C program {empty:.2} ms, sign {sign:.2} ms, openssl pkeyutl {openssl:.2} ms\n"
    );
    report("sign, whole process / an empty process", sign / empty, "≤ 1.6", sign / empty <= 1.6);
    report("sign, whole process / openssl pkeyutl", sign / openssl, "≤ 0.4", sign / openssl <= 0.4);
}

/// Runs a command to its end; milliseconds.
fn run(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let elapsed = start.elapsed().as_secs_f64() * 1_000.0;
    assert!(status.success(), "{command:?}");
    elapsed
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
