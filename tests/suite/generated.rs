//! What is generated from the program is committed, and current.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::fixture::{Sandbox, root};

fn files(folder: &Path) -> BTreeMap<String, String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn assert_current(folder: &str, line: &str) {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path().join("new")).unwrap();
    sandbox.sh(line).code(0);
    let (committed, new) = (files(&root().join(folder)), files(&sandbox.path().join("new")));
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&new), "{folder}: run ./scripts/generate");
    for (name, text) in new {
        assert!(committed[&name] == text, "{folder}/{name} is not current: run ./scripts/generate");
    }
}

#[test]
fn completions_are_current() {
    assert_current("completions", "versia-cli completions --all new");
}

#[test]
fn manual_pages_are_current() {
    assert_current("man", "versia-cli man --all new");
}

#[test]
fn completions_are_accepted_by_their_shells() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        sandbox.sh(&format!("versia-cli completions {shell} > script && {shell} -n script")).code(0);
    }
}

#[test]
fn manual_pages_are_accepted_by_a_formatter() {
    let sandbox = Sandbox::new();
    for command in ["", "sign", "identity add"] {
        let ended = sandbox.sh(&format!("versia-cli man {command} | mandoc -Thtml -Werror"));
        ended.code(0);
        assert!(ended.out().contains("NAME"), "{command}");
    }
}

#[test]
fn list_help_and_readme_name_the_same_codes() {
    let sandbox = Sandbox::new();
    let listed = sandbox.sh("versia-cli explain --list");
    let rows: Vec<Vec<&str>> =
        listed.code(0).out().lines().map(|line| line.splitn(3, ' ').map(str::trim).collect()).collect();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = readme.split_once("<!-- codes: begin -->").unwrap();
    let (table, _) = table.split_once("<!-- codes: end -->").unwrap();
    let table: Vec<&str> = table.lines().filter(|line| line.starts_with("| V")).collect();
    assert_eq!(table.len(), rows.len(), "run ./scripts/generate");
    assert!(!rows.is_empty());
    for (row, line) in rows.iter().zip(table) {
        let id = row[0];
        assert!(line.starts_with(&format!("| {id} | ")), "{line}: run ./scripts/generate");
        let page = sandbox.sh(&format!("versia-cli explain {}", id.to_lowercase()));
        assert!(page.code(0).out().starts_with(&format!("{id}: ")));
        assert!(page.out().contains("The rule: https://versia.pub/"), "{id}");
    }
    let help = sandbox.sh("versia-cli --help");
    for code in help
        .out()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() == 5 && word.starts_with("VS"))
    {
        assert!(rows.iter().any(|row| row[0] == code), "help names {code}, which is not a code");
    }
}
