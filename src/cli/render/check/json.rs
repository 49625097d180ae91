//! What `check --json` prints: a line for each case, and one for all.
//!
//! The lines are described by [`SCHEMA`].

use serde::Serialize;

use super::results::{Changes, Judged, Results};
use crate::check::{Before, Case, Change, Level, Need, Status, Tally};
use crate::cli::ui::to_json;
use crate::finding::Finding;
use crate::protocol::record::Record;

/// The JSON Schema of each line.
pub const SCHEMA: &str = include_str!("lines.schema.json");

/// A case in the list.
#[derive(Debug, Serialize)]
pub struct JsonCase {
    id: &'static str,
    level: Level,
    page: &'static str,
    url: String,
    rule: &'static str,
    needs: &'static [Need],
    code: &'static str,
}

impl From<&'static Case> for JsonCase {
    fn from(case: &'static Case) -> Self {
        JsonCase {
            id: case.id,
            level: case.level,
            page: case.page.name,
            url: case.page.url(),
            rule: case.rule,
            needs: case.needs,
            code: case.code().id,
        }
    }
}

#[derive(Debug, Serialize)]
struct JsonFinding<'a> {
    code: &'static str,
    level: crate::finding::Level,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl<'a> From<&'a Finding> for JsonFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        JsonFinding {
            code: finding.code.id,
            level: finding.code.level,
            message: &finding.message,
            hint: finding.hint.as_deref(),
        }
    }
}

/// What came of a case.
#[derive(Debug, Serialize)]
pub struct JsonReport<'a> {
    id: &'static str,
    level: Level,
    verdict: Status,
    code: &'static str,
    rule: &'static str,
    page: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Before>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Change>,
    findings: Vec<JsonFinding<'a>>,
    exchanges: &'a [Record],
    millis: f64,
}

impl<'a> From<&'a Judged> for JsonReport<'a> {
    fn from(judged: &'a Judged) -> Self {
        let report = &judged.report;
        JsonReport {
            id: report.case.id,
            level: report.case.level,
            verdict: report.status,
            code: report.code().id,
            rule: report.case.rule,
            page: report.case.page.name,
            url: report.case.page.url(),
            expected: report.expected.as_deref(),
            got: report.got.as_deref(),
            reason: report.reason.as_deref(),
            baseline: judged.before,
            change: judged.change(),
            findings: report.findings.iter().map(Into::into).collect(),
            exchanges: if judged.is_broken() { &report.exchanges } else { &[] },
            millis: (report.took.as_secs_f64() * 1_000_000.0).round() / 1_000.0,
        }
    }
}

#[derive(Debug, Serialize)]
struct JsonScore {
    page: &'static str,
    url: String,
    #[serde(flatten)]
    tally: Tally,
}

/// What came of all.
#[derive(Debug, Serialize)]
pub struct JsonSummary<'a> {
    domain: &'a str,
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    profile: &'a str,
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    cases: usize,
    tally: Tally,
    pages: Vec<JsonScore>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
}

impl<'a> From<&'a Results> for JsonSummary<'a> {
    fn from(results: &'a Results) -> Self {
        let score = |score: super::results::Score| JsonScore {
            page: score.page.name,
            url: score.page.url(),
            tally: score.tally,
        };
        JsonSummary {
            domain: &results.domain,
            target: &results.target,
            at: results.began.as_deref(),
            profile: results.profile,
            end: results.ending.as_str(),
            why: results.incomplete(),
            cases: results.meant,
            tally: results.tally(),
            pages: results.scores().into_iter().map(score).collect(),
            changes: results.changes(),
        }
    }
}

/// All lines.
pub fn ndjson(results: &Results) -> String {
    let mut text = String::new();
    for judged in &results.judged {
        text.push_str(&to_json(&JsonReport::from(judged)));
        text.push('\n');
    }
    text.push_str(&to_json(&JsonSummary::from(results)));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::samples;
    use super::*;
    use crate::check::all;

    #[test]
    fn every_line_keeps_to_the_schema() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let mut lines: Vec<String> = [samples::mixed(), samples::compared(), samples::unanswered()]
            .iter()
            .flat_map(|results| ndjson(results).lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        lines.extend(all().map(|case| to_json(&JsonCase::from(case))));
        for line in lines {
            let value = serde_json::from_str(&line).unwrap();
            if let Err(error) = validator.validate(&value) {
                panic!("{error}\n{line}");
            }
        }
        assert!(!validator.is_valid(&serde_json::json!({ "id": "a/b" })));
    }
}
