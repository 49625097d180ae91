//! Entities: `validate --ndjson` on Notes of 700 bytes against ajv compiled, on one core each, and documents that are made
//! to take long.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

#[path = "harness/cores.rs"]
mod cores;
mod harness;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use cores::{RECEIVER, SENDER, on_core};
use harness::{is_bench, median, report};
use versia_cli::entity::{EntityType, Profile, check, is_surely_valid};

/// How many Notes the file has.
const NOTES: usize = 400_000;
const ROUNDS: usize = 5;

fn main() {
    if !is_bench() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.ndjson");
    let mut notes = File::create(&file).unwrap();
    let line = note() + "\n";
    assert!(is_surely_valid(line.as_bytes()) && line.len() == 701, "{}", line.len());
    notes.write_all(line.repeat(NOTES).as_bytes()).unwrap();
    against_ajv(folder.path(), &file);
    slow_road();
    hostile();
}

/// A Note of 700 bytes.
fn note() -> String {
    let start = concat!(
        r#"{"id":"01902e09-0f8b-72de-8ee3-9afc0cf5eae1","type":"Note","created_at":"2024-06-19T01:07:44.139Z","#,
        r#""attachments":[],"author":"018eb863-753f-76ff-83d6-fd590de7740a","category":"microblog","device":null,"#,
        r#""extensions":{"pub.versia:custom_emojis":{"emojis":[]}},"group":"public","is_sensitive":false,"#,
        r#""mentions":["b.example:01902e09-0f8b-72de-8ee3-9afc0cf5eae1"],"previews":[],"quotes":null,"#,
        r#""replies_to":null,"subject":null,"content":{"text/html":{"content":"<p>"#,
    );
    let end = r#"</p>","remote":false}}}"#;
    format!("{start}{}{end}", "Hello, world! ".repeat(50)[..700 - start.len() - end.len()].to_owned())
}

/// How many lines a second a whole process takes on one core.
fn rate(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
    NOTES as f64 / start.elapsed().as_secs_f64()
}

fn against_ajv(folder: &Path, file: &Path) {
    let program = std::env::var_os("VERSIA_BENCH_PROGRAM")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_versia-cli")), PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = folder.join("note.json");
    std::fs::write(&schema, EntityType::named("Note").unwrap().schema_text()).unwrap();
    let interop = std::env::var_os("VERSIA_TEST_INTEROP").map_or(root.join("target/interop"), PathBuf::from);
    let ajv = interop.join("node/node_modules/ajv/dist/2020.js");
    let mut own = Vec::new();
    let mut theirs = Vec::new();
    for round in 0..ROUNDS {
        // In turn, in case one of them has a neighbour.
        let core = [SENDER, RECEIVER][round % 2];
        own.push(on_core(core, || rate(Command::new(&program).args(["validate", "--ndjson"]).arg(file))));
        if ajv.exists() {
            let script = root.join("benches/entities/ajv.mjs");
            theirs.push(on_core(core, || rate(Command::new("node").args([&script, &ajv, &schema, file]))));
        }
    }
    let own = median(own);
    println!(
        "validate --ndjson, Notes of 700 bytes, one core, whole process: {:.0} thousand a second",
        own / 1e3
    );
    if theirs.is_empty() {
        println!("skipped: ajv is not in {}: ./scripts/test installs it", interop.display());
        return;
    }
    let theirs = median(theirs);
    println!("parse and ajv compiled on Node, the same file and core: {:.0} thousand a second", theirs / 1e3);
    report("validate --ndjson / ajv compiled", own / theirs, "≥ 3", own / theirs >= 3.0);
}

/// The slow road, on a Note with a warning.
fn slow_road() {
    let note = note().replace(r#""device":null,"#, "");
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed().as_secs() < 1 {
        assert_eq!(check(note.as_bytes(), Profile::Spec, None).violations.len(), 1);
        count += 1;
    }
    println!("a Note with a warning, one thread: {count} a second");
}

/// Documents of 10 MB that are made to take long.
fn hostile() {
    let size = 10 << 20;
    let keys: String = (0..1_000_000).map(|n| format!("\"k{n:06}\":0,")).collect();
    let odd: String = (0..1_000_000).map(|n| format!("\"k {n:05}\":0,")).collect();
    for (what, document) in [
        ("nested arrays", format!("{}{}", "[".repeat(size / 2), "]".repeat(size / 2))),
        ("one long string", format!("{{\"type\":\"Note\",\"id\":\"{}\"}}", "x y".repeat(size / 3))),
        ("a million keys", format!("{{{keys}\"type\":\"Note\"}}")),
        ("a million keys that may not be", format!("{{{odd}\"type\":\"Note\"}}")),
    ] {
        let start = Instant::now();
        let report_of = check(document.as_bytes(), Profile::Spec, None);
        let seconds = start.elapsed().as_secs_f64();
        assert!(!report_of.is_valid());
        report(&format!("{what}, 10 MB, seconds"), seconds, "≤ 1", seconds <= 1.0);
    }
}
