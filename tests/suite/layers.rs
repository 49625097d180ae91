//! The arrows of the architecture point down only.

use std::fs;
use std::path::Path;

use crate::fixture::root;

/// The layers from the top; neighbours on one line do not import each other.
const LAYERS: &[&[&str]] = &[
    &["cli"],
    &["bench", "check", "repl", "inspector"],
    &["server", "delivery", "discovery"],
    &["client", "broker", "store", "identity"],
    &["protocol"],
    &["entity", "signing"],
    &["lines", "finding"],
];

fn rank(module: &str) -> usize {
    LAYERS.iter().position(|layer| layer.contains(&module)).unwrap_or_else(|| panic!("{module} has no layer"))
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root().join("src")).unwrap().to_str().unwrap().to_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&root().join("src"), &mut found);
    assert!(found.len() > 20);
    found
}

/// The top modules that a source imports by `crate::`.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("crate::").filter_map(|(at, found)| {
        let rest = &text[at + found.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        Some(&rest[..end]).filter(|name| LAYERS.iter().any(|layer| layer.contains(name)))
    })
}

#[test]
fn imports_point_down() {
    for (file, text) in all_sources() {
        let module = file.split(['/', '.']).next().unwrap();
        if matches!(module, "main" | "lib") {
            continue;
        }
        for imported in imports(&text) {
            assert!(
                imported == module || rank(imported) > rank(module),
                "{file} imports crate::{imported}, which is not below {module}"
            );
        }
    }
}

#[test]
fn commands_do_not_import_commands() {
    let commands: Vec<String> = all_sources()
        .iter()
        .filter_map(|(file, _)| file.strip_prefix("cli/commands/"))
        .map(|file| file.split(['/', '.']).next().unwrap().to_owned())
        .filter(|name| name != "mod")
        .collect();
    for (file, text) in all_sources() {
        let Some(own) = file.strip_prefix("cli/commands/").map(|file| file.split(['/', '.']).next().unwrap())
        else {
            continue;
        };
        if own == "mod" {
            continue;
        }
        assert!(!text.contains("commands::"), "{file} imports another command");
        for other in commands.iter().filter(|other| *other != own) {
            assert!(!text.contains(&format!("super::{other}::")), "{file} imports the command {other}");
        }
    }
}

/// The part of a source before its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

#[test]
fn only_the_lowest_outer_layers_open_sockets() {
    for (file, text) in all_sources() {
        let may = ["client/", "server/", "broker/redis.rs"].iter().any(|layer| file.starts_with(layer));
        for kind in ["TcpStream", "TcpListener", "UdpSocket", "UnixStream"] {
            assert!(may || !text.contains(kind), "{file} opens a socket: {kind}");
        }
    }
}

#[test]
fn clock_randomness_and_environment_come_in_as_parameters() {
    for (file, text) in all_sources() {
        let above = ["cli/", "main.rs"].iter().any(|layer| file.starts_with(layer));
        for source in ["SystemTime::now", "getrandom::", "env::var"] {
            assert!(above || !without_tests(&text).contains(source), "{file} uses {source}");
        }
    }
}

#[test]
fn one_crypto_provider_and_one_http_client_are_compiled_in() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for unwanted in ["aws-lc-rs", "aws-lc-sys", "openssl", "native-tls", "reqwest"] {
        assert!(!lock.contains(&format!("name = \"{unwanted}\"\n")), "{unwanted} is in the tree");
    }
}
