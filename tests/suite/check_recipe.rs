//! The README's job for CI: its shell lines are run as they stand there, against real processes.

use std::fmt::Write;
use std::net::TcpListener;

use crate::fixture::{Sandbox, root};
use crate::serving::Serving;

/// What only the CI service can do, or only the project under test.
const LEFT_OUT: [&str; 2] = ["Install versia-cli", "Start the instance under test"];

/// How far the lines of a step's shell are indented.
const INDENT: &str = "          ";

/// The YAML of the job.
fn recipe() -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```yaml\n").expect("a block of YAML in the README");
    rest.split("```").next().unwrap().to_owned()
}

/// The variables of the job.
fn variables(recipe: &str) -> Vec<(String, String)> {
    let (_, rest) = recipe.split_once("    env:\n").unwrap();
    rest.lines()
        .map_while(|line| line.strip_prefix("      ").filter(|line| !line.starts_with([' ', '-'])))
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            let value = value.split(" #").next().unwrap().trim().trim_matches('"');
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// The names of the steps and their shell.
fn steps(recipe: &str) -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    for line in recipe.lines() {
        if let Some(name) = line.strip_prefix("      - name: ") {
            steps.push((name.to_owned(), String::new()));
        } else if let (Some((_, shell)), Some(line)) = (steps.last_mut(), line.strip_prefix(INDENT)) {
            shell.push_str(line);
            shell.push('\n');
        }
    }
    // What is given to an action is no shell.
    steps.iter_mut().for_each(|(_, shell)| {
        if let Some(at) = shell.find("name: check\n") {
            shell.truncate(at);
        }
    });
    steps
}

#[test]
fn the_job_of_the_readme_runs() {
    let recipe = recipe();
    let steps = steps(&recipe);
    for name in LEFT_OUT {
        assert!(steps.iter().any(|(found, _)| found == name), "{name} is no step");
    }
    let sandbox = Sandbox::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let target = Serving::start_with(
        &sandbox,
        &format!(
            "--listen 127.0.0.1:0 --domain b.example --seed --reject --peer a.example=http://127.0.0.1:{port}"
        ),
    );
    // What an earlier run has of the project under test.
    let earlier = format!("versia-cli check {} --only discovery --json > conformance.ndjson", target.url);
    sandbox.sh(&earlier).code(0);
    let mut head = String::from("set -e\n");
    for (name, value) in variables(&recipe) {
        let value = match name.as_str() {
            "TARGET" => target.url.clone(),
            "OWN_PORT" => port.to_string(),
            _ => value,
        };
        writeln!(head, "export {name}='{value}'").unwrap();
    }
    for (name, shell) in steps.iter().filter(|(name, _)| !LEFT_OUT.contains(&name.as_str())) {
        assert!(!shell.is_empty(), "{name} has no shell");
        let ended = sandbox.sh(&format!("{head}{shell}"));
        assert_eq!(ended.code, 0, "{name}:\n{shell}\n{}{}", ended.out(), ended.stderr);
        if name.starts_with("Check") {
            assert!(!ended.out().contains("::error"), "{}", ended.out());
        }
        if name.starts_with("Follow") {
            assert!(ended.out().contains("FollowAccept"), "{}", ended.out());
        }
    }
    assert!(sandbox.path().join("check.html").exists());
    let report = std::fs::read_to_string(sandbox.path().join("check.xml")).unwrap();
    assert!(report.contains("<testsuite name=\"b.example: ") && report.ends_with("</testsuites>\n"));
}
