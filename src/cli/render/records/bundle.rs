//! Records as a file for a bug report: Markdown, with the records in it as they are imported again.

use super::show::{Shown, entity_lines, heading_lines, timeline_lines, verification_lines};
use crate::cli::examining::Examined;
use crate::cli::record_input::BUNDLED;
use crate::cli::ui::{Painter, to_json};
use crate::protocol::outline::Outline;
use crate::protocol::record::Record;
use crate::protocol::secrets::Removed;
use crate::protocol::versia::KnownKey;

/// A record of a bundle, without its secrets.
pub struct Bundled {
    /// Its number.
    pub number: u64,
    /// The record.
    pub record: Record,
    /// What was found out about it as it was.
    pub examined: Examined,
    /// Who signed it.
    pub signer: Option<String>,
    /// The signer's key.
    pub key: Option<KnownKey>,
    /// All attempts at the same delivery.
    pub attempts: Vec<(u64, Outline)>,
}

/// The file; `at` is the present time.
pub fn bundle_text(bundled: &[Bundled], removed: &Removed, at: &str) -> String {
    let records = if bundled.len() == 1 { "One record" } else { "Records" };
    let mut out = format!("# {records} of versia-cli\n\n");
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    out.push_str(&format!(
        "- written at {at} by versia-cli {} on {os}, {architecture}\n",
        env!("CARGO_PKG_VERSION")
    ));
    if removed.counts.is_empty() {
        out.push_str("- no secrets were found in it\n");
    }
    for (what, count) in &removed.counts {
        out.push_str(&format!("- removed: {} ({count})\n", inline(what)));
    }
    out.push_str("- `versia-cli inbox import FILE` takes the records back\n");
    for one in bundled {
        out.push_str(&removed.hide_in(section(one)));
        out.push_str(&record_line(&one.record, removed));
    }
    out
}

fn section(one: &Bundled) -> String {
    let outline = Outline::of(&one.record);
    let what = outline.short_kind().map(str::to_owned).or_else(|| {
        let request = one.record.request.as_ref()?;
        Some(format!("{} {}", request.method, request.target))
    });
    let mut out = format!("\n## {}\n\n", inline(what.as_deref().unwrap_or("record")));
    let paint = Painter::new(false);
    let shown =
        Shown { number: one.number, record: &one.record, examined: &one.examined, attempts: &one.attempts };
    let mut lines = heading_lines(&shown, paint);
    lines.extend(verification_lines(&shown, paint));
    lines.extend(entity_lines(&one.examined, paint));
    if one.attempts.len() > 1 {
        lines.extend(timeline_lines(&shown, paint));
    }
    out.push_str(&fenced("text", &lines.join("\n")));
    if let (Some(signer), Some(known)) = (&one.signer, &one.key) {
        let key = format!("{signer} ({}): {}", known.origin, known.key.to_spki_base64());
        out.push_str(&format!("\nThe public key of {}\n", inline(&key)));
    }
    out
}

/// The record as it is imported: on one line, so that nothing in it can end the fence.
fn record_line(record: &Record, removed: &Removed) -> String {
    let whole = to_json(record);
    let hidden = removed.hide_in(whole.clone());
    // A value that somebody chose so as to break the line when it is taken out is left to the fields that had it.
    let is_record = serde_json::from_str::<Record>(&hidden).is_ok();
    format!("\n{BUNDLED}\n{}\n```\n", if is_record { hidden } else { whole })
}

/// Text of a peer on a line of Markdown.
fn inline(text: &str) -> String {
    let longest = longest_run(text, '`');
    let fence = "`".repeat(longest + 1);
    let text = crate::cli::ui::escape(text);
    if longest == 0 && text.chars().all(|c| c.is_alphanumeric() || " /.:-,'()".contains(c)) {
        return text.into_owned();
    }
    format!("{fence} {text} {fence}")
}

/// Lines in a fence that nothing in them ends.
fn fenced(kind: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text, '`') + 1).max(3));
    format!("{fence}{kind}\n{text}\n{fence}\n")
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_its_fence() {
        assert_eq!(fenced("text", "a\n````\nb"), "`````text\na\n````\nb\n`````\n");
        assert_eq!(inline("Note"), "Note");
        assert_eq!(inline("<b> `x`"), "`` <b> `x` ``");
    }
}
