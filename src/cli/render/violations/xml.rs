//! JUnit XML: a test case for each document.

use std::fmt::Write;

use super::Case;
use crate::finding::Level;

/// All documents as one suite. What has this level fails, and what is worse.
pub fn junit(cases: &[Case], failing: Level) -> String {
    let is_failure = |case: &&Case| case.violations.iter().any(|it| it.level >= failing);
    let failures = cases.iter().filter(is_failure).count();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{0}\" failures=\"{failures}\">\n  \
         <testsuite name=\"versia-cli validate\" tests=\"{0}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n",
        cases.len(),
    );
    for case in cases {
        let kind = case.kind.as_deref().unwrap_or("entity");
        // Writing to a string does not fail.
        let _ =
            write!(xml, "    <testcase name=\"{}\" classname=\"{}\"", escaped(&case.name()), escaped(kind));
        if case.violations.is_empty() {
            xml.push_str("/>\n");
            continue;
        }
        xml.push_str(">\n");
        let (errors, others): (Vec<_>, Vec<_>) =
            case.violations.iter().partition(|violation| violation.level >= failing);
        let told = |violation: &&crate::entity::Violation| {
            let place = format!("{}:{}:{}", case.place, case.line(violation), violation.column);
            let (code, pointer) = (violation.code.id, &violation.pointer);
            format!(
                "{place}: {code}: {} at {pointer:?}\n{}\n{}\n",
                violation.found, violation.rule, violation.fix
            )
        };
        if let Some(first) = errors.first() {
            let summary = format!("{}: {}", first.code.id, first.found);
            let text: String = errors.iter().map(told).collect();
            let (summary, text) = (escaped(&summary), escaped(&text));
            let _ = writeln!(
                xml,
                "      <failure message=\"{summary}\" type=\"{}\">{text}</failure>",
                first.code.id
            );
        }
        if !others.is_empty() {
            let text: String = others.iter().map(told).collect();
            let _ = writeln!(xml, "      <system-out>{}</system-out>", escaped(&text));
        }
        xml.push_str("    </testcase>\n");
    }
    xml.push_str("  </testsuite>\n</testsuites>");
    xml
}

/// Text as XML has it. Characters that it cannot have are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control()
                || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}
