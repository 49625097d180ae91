//! What `check --json` prints, a line for each case and one for all.

use serde::Serialize;

use crate::check::{Case, End, Level, Need, Report, Status, Summary, Tally};
use crate::finding::Finding;
use crate::protocol::record::Record;

/// A case in the list.
#[derive(Debug, Serialize)]
pub struct JsonCase {
    id: &'static str,
    level: Level,
    rule: &'static str,
    page: String,
    needs: &'static [Need],
}

impl From<&'static Case> for JsonCase {
    fn from(case: &'static Case) -> Self {
        JsonCase { id: case.id, level: case.level, rule: case.rule, page: case.page.url(), needs: case.needs }
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
    rule: &'static str,
    page: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    findings: Vec<JsonFinding<'a>>,
    exchanges: &'a [Record],
    millis: f64,
}

impl<'a> From<&'a Report> for JsonReport<'a> {
    fn from(report: &'a Report) -> Self {
        JsonReport {
            id: report.case.id,
            level: report.case.level,
            verdict: report.status,
            rule: report.case.rule,
            page: report.case.page.url(),
            expected: report.expected.as_deref(),
            got: report.got.as_deref(),
            reason: report.reason.as_deref(),
            findings: report.findings.iter().map(Into::into).collect(),
            exchanges: if matches!(report.status, Status::Fail | Status::Warn) {
                &report.exchanges
            } else {
                &[]
            },
            millis: (report.took.as_secs_f64() * 1_000_000.0).round() / 1_000.0,
        }
    }
}

/// What came of all.
#[derive(Debug, Serialize)]
pub struct JsonSummary<'a> {
    domain: &'a str,
    tally: Tally,
    /// How far the run came.
    end: End,
}

impl<'a> From<&'a Summary> for JsonSummary<'a> {
    fn from(summary: &'a Summary) -> Self {
        JsonSummary { domain: &summary.known.domain, tally: summary.tally, end: summary.end }
    }
}
