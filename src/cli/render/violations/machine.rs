//! For programs: lines of JSON, SARIF 2.1.0, annotations of GitHub Actions.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::Case;
use crate::cli::ui::to_json;
use crate::entity::{Profile, Violation};
use crate::finding::Level;

/// A document as a line of JSON.
#[derive(Serialize)]
struct CaseLine<'a> {
    source: &'a str,
    line: u64,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    valid: bool,
    profiles: BTreeMap<&'static str, bool>,
    violations: Vec<ViolationLine<'a>>,
    #[serde(skip_serializing_if = "is_none")]
    not_shown: usize,
}

#[derive(Serialize)]
struct ViolationLine<'a> {
    profile: Profile,
    level: Level,
    code: &'a str,
    /// Where the document came from, not in the document.
    line: u64,
    column: usize,
    pointer: &'a str,
    rule: &'a str,
    found: &'a str,
    fix: &'a str,
    page: &'a str,
}

fn is_none(count: &usize) -> bool {
    *count == 0
}

/// Writes a document as a line of JSON.
pub fn json(case: &Case, out: &mut Vec<u8>) {
    let line = CaseLine {
        source: &case.place,
        line: case.lines_before + 1,
        kind: case.kind.as_deref(),
        valid: case.verdicts.iter().all(|(_, takes)| *takes),
        profiles: case.verdicts.iter().map(|(profile, takes)| (profile.as_str(), *takes)).collect(),
        violations: case
            .violations
            .iter()
            .map(|violation| ViolationLine {
                profile: violation.profile,
                level: violation.level,
                code: violation.code.id,
                line: case.line(violation),
                column: violation.column,
                pointer: &violation.pointer,
                rule: violation.rule,
                found: &violation.found,
                fix: &violation.fix,
                page: &violation.page,
            })
            .collect(),
        not_shown: case.more,
    };
    out.extend_from_slice(to_json(&line).as_bytes());
    out.push(b'\n');
}

/// Writes what was found in a document as annotations.
pub fn github(case: &Case, out: &mut Vec<u8>) {
    for violation in &case.violations {
        let level = match violation.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let (file, line, column) = case.place_of(violation);
        let annotation = format!(
            "::{level} file={},line={},col={},title={}::{}\n",
            property(file),
            line,
            column,
            property(&format!("{} {}", violation.code.id, violation.code.title)),
            message(&format!("{}. {} {}", violation.found, violation.rule, violation.fix)),
        );
        out.extend_from_slice(annotation.as_bytes());
    }
}

/// Text as a command of a workflow takes it.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

/// All documents as one SARIF log.
pub fn sarif(cases: &[Case]) -> String {
    let mut rules = BTreeMap::new();
    let mut results = Vec::new();
    for case in cases {
        for violation in &case.violations {
            let code = violation.code;
            rules.entry(code.id).or_insert_with(|| {
                json!({
                    "id": code.id,
                    "shortDescription": { "text": code.title },
                    "fullDescription": { "text": code.meaning },
                    "help": { "text": code.fix },
                    "helpUri": code.url(),
                    "defaultConfiguration": { "level": violation.level.as_str() },
                })
            });
            results.push(result(case, violation));
        }
    }
    let driver = json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "informationUri": "https://versia.pub",
        "rules": rules.into_values().collect::<Vec<_>>(),
    });
    to_json(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    }))
}

fn result(case: &Case, violation: &Violation) -> Value {
    let (file, line, column) = case.place_of(violation);
    json!({
        "ruleId": violation.code.id,
        "level": violation.level.as_str(),
        "message": { "text": format!("{}. {}", violation.found, violation.fix) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": reference(file) },
                "region": { "startLine": line, "startColumn": column },
            },
            "logicalLocations": [{ "fullyQualifiedName": violation.pointer }],
        }],
        "properties": { "profile": violation.profile.as_str() },
    })
}

/// An address as it is, and a file's path as a relative reference.
fn reference(place: &str) -> String {
    if place.contains("://") {
        return place.to_owned();
    }
    let place = if cfg!(windows) { place.replace('\\', "/") } else { place.to_owned() };
    let mut reference = String::new();
    for byte in place.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => reference.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => reference.push(char::from(byte)),
            byte => reference.push_str(&format!("%{byte:02X}")),
        }
    }
    reference
}
