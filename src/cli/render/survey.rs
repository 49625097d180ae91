//! A survey of an instance for people: a line for each step, what is wrong below it, and what all of it comes to.

use colored::Color;

use super::timings::millis;
use crate::cli::ui::{MESSAGE, Painter, escape, shown};
use crate::discovery::{Outcome, Stage, Survey, SurveyStep};

/// What a step is called.
fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Dns => "DNS",
        Stage::Tcp => "TCP",
        Stage::Tls => "TLS",
        Stage::Certificate => "certificate",
        Stage::Http => "HTTP",
        Stage::Versions => "versions",
        Stage::Metadata => "metadata",
        Stage::WebFinger => "WebFinger",
        Stage::Key => "key",
    }
}

fn word(outcome: Outcome) -> (&'static str, Color) {
    match outcome {
        Outcome::Skipped => ("skipped", Color::Cyan),
        Outcome::Ok => ("ok", Color::Green),
        Outcome::Warning => ("warning", Color::Yellow),
        Outcome::Failed => ("failed", Color::Red),
    }
}

/// The lines on a step, safe for a terminal.
pub fn step_lines(step: &SurveyStep, paint: Painter) -> Vec<String> {
    let (verdict, color) = word(step.verdict);
    let verdict = paint.color(&format!("{verdict:<8}"), color);
    let time = step.millis.map(millis).unwrap_or_default();
    let row = format!("{verdict} {:<12} {time:>8}  {}", name(step.step), escape(&shown(&step.said, MESSAGE)));
    let mut lines = vec![row.trim_end().to_owned()];
    for finding in &step.findings {
        let level = paint.level(finding.code.level);
        lines.push(format!(
            "         {level} {}: {}",
            finding.code.id,
            escape(&shown(&finding.message, MESSAGE))
        ));
        lines.extend(finding.hint.as_ref().map(|hint| format!("           {}", escape(hint))));
    }
    lines
}

/// What all of it comes to, safe for a terminal.
pub fn summary(survey: &Survey, paint: Painter) -> String {
    let count = |outcome: Outcome| survey.steps.iter().filter(|step| step.verdict == outcome).count();
    let (failed, warned) = (count(Outcome::Failed), count(Outcome::Warning));
    let (verdict, color) = word(survey.verdict);
    let counted = match (failed, warned) {
        (0, 0) => "nothing is wrong".to_owned(),
        (0, warned) => format!("{warned} to look at"),
        (failed, 0) => format!("{failed} failed"),
        (failed, warned) => format!("{failed} failed, {warned} to look at"),
    };
    let speaks =
        survey.version.as_ref().map(|version| format!(", speaks {}", escape(&shown(version, MESSAGE))));
    let software =
        survey.software.as_ref().map(|software| format!(", runs {}", escape(&shown(software, MESSAGE))));
    format!(
        "{}: {}: {counted}{}{}",
        escape(&shown(&survey.domain, MESSAGE)),
        paint.color(verdict, color),
        speaks.unwrap_or_default(),
        software.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Finding, codes};

    #[test]
    fn what_a_peer_wrote_fills_no_screen() {
        let long = "x".repeat(1_000_000);
        let step = SurveyStep {
            step: Stage::Metadata,
            verdict: Outcome::Failed,
            millis: None,
            said: long.clone(),
            findings: vec![Finding::new(&codes::METADATA_OF_ANOTHER_DOMAIN, long)],
            facts: serde_json::Map::new(),
            is_out_of_reach: false,
        };
        let lines = step_lines(&step, Painter::new(false));
        assert!(lines.iter().all(|line| line.len() < 2 * MESSAGE), "{} lines", lines.len());
    }
}
