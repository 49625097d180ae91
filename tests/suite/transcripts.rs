//! Golden transcripts: every `console` block of the README and of `tests/cmd/*.md` is run and compared.
//!
//! A block holds commands after `$ ` (continued after `> `) with the output that a person sees, standard error
//! included, and `? N` where a command ends with another code than 0. `…` stands for anything within a line. The blocks
//! of a file run in one folder, in order. `SNAPSHOTS=overwrite` writes what came.

use std::path::Path;

use snapbox::filter::NormalizeToExpected;
use snapbox::{Assert, Data, IntoData};

use crate::fixture::{Sandbox, root};

fn run_block(sandbox: &Sandbox, block: &str) -> String {
    let mut transcript = String::new();
    let mut lines = block.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(first) = line.strip_prefix("$ ") else {
            continue;
        };
        let mut command = first.to_owned();
        transcript.push_str(&format!("{line}\n"));
        while let Some(more) = lines.next_if(|line| line.starts_with("> ")) {
            command.push_str(&format!("\n{}", &more[2..]));
            transcript.push_str(&format!("{more}\n"));
        }
        // One stream, as a terminal shows it.
        let ended = sandbox.sh(&format!("exec 2>&1; {command}"));
        transcript.push_str(ended.out());
        if !ended.out().is_empty() && !ended.out().ends_with('\n') {
            transcript.push('\n');
        }
        if ended.code != 0 {
            transcript.push_str(&format!("? {}\n", ended.code));
        }
    }
    transcript
}

/// The text with each console block replaced by what its commands print.
fn replay(text: &str) -> String {
    let sandbox = Sandbox::new();
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("```console\n") {
        let (block, after) = after.split_once("```").expect("an unclosed console block");
        let actual = run_block(&sandbox, block);
        // The library's wildcard is `[..]`, which reads less well.
        let expected = block.replace('…', "[..]").into_data();
        let kept = NormalizeToExpected::new().redact().normalize(actual.into_data(), &expected);
        let kept = kept.render().unwrap_or_default().replace("[..]", "…");
        result.push_str(&format!("{before}```console\n{kept}```"));
        rest = after;
    }
    result.push_str(rest);
    result
}

fn assert_transcripts(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    Assert::new().action_env("SNAPSHOTS").eq(replay(&text).raw(), Data::read_from(path, None).raw());
}

#[test]
fn the_readme_shows_what_happens() {
    assert_transcripts(&root().join("README.md"));
}

#[test]
fn keys_and_identities() {
    assert_transcripts(&root().join("tests/cmd/keys.md"));
}

#[test]
fn signing() {
    assert_transcripts(&root().join("tests/cmd/sign.md"));
}

#[test]
fn why_a_signature_fails() {
    assert_transcripts(&root().join("tests/cmd/why.md"));
}

#[test]
fn verifying() {
    assert_transcripts(&root().join("tests/cmd/verify.md"));
}

#[test]
fn fetching() {
    assert_transcripts(&root().join("tests/cmd/fetch.md"));
}

#[test]
fn looking_at_an_instance() {
    assert_transcripts(&root().join("tests/cmd/discover.md"));
}

#[test]
fn explaining_and_wrong_use() {
    assert_transcripts(&root().join("tests/cmd/usage.md"));
}

#[test]
fn talking_in_a_session() {
    assert_transcripts(&root().join("tests/cmd/repl.md"));
}

#[test]
fn looking_at_what_was_recorded() {
    assert_transcripts(&root().join("tests/cmd/inbox.md"));
}
