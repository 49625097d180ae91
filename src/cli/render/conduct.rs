//! How senders behaved, for people and for programs.

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::ui::{MESSAGE, escape, shown};
use crate::finding::Level;
use crate::protocol::conduct::{Asked, Conduct, Delivery, Ending, Spacing};

/// How many deliveries of a sender are shown.
const SHOWN: usize = 10;

/// How many attempts of a delivery are shown.
const ATTEMPTS: usize = 12;

/// Tells how one sender behaved: a line of JSON, or a paragraph.
///
/// # Errors
/// When standard output is closed or full.
pub fn conduct(context: &mut Context, conduct: &Conduct) -> Result<(), CliError> {
    if context.ui.json {
        return context.ui.json(conduct);
    }
    for line in paragraph(context, conduct) {
        context.ui.line(&line)?;
    }
    Ok(())
}

fn paragraph(context: &Context, conduct: &Conduct) -> Vec<String> {
    let paint = context.ui.paint;
    let counts = conduct.deliveries;
    let ends = [(counts.accepted, "accepted"), (counts.refused, "refused"), (counts.open, "open")];
    let ends: Vec<_> =
        ends.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let deliveries = match ends.is_empty() {
        true => "no deliveries".to_owned(),
        false => format!("{}: {}", counted(counts.all, "delivery", "deliveries"), ends.join(", ")),
    };
    let name = paint.bold(&escape(&shown(&conduct.sender, MESSAGE)));
    let mut lines =
        vec![format!("{name}  {}, {deliveries}", counted(conduct.requests, "request", "requests"))];
    let row = |label: &str, text: String| format!("  {}{text}", paint.dim(&format!("{label:<13}")));
    if conduct.retries > 0 {
        let anew = format!("{}, {} signed anew", conduct.retries, conduct.signed_anew);
        lines.push(row("retries", format!("{anew}{}", spacing(&conduct.spacing))));
    }
    lines.push(row("Retry-After", asked(conduct.retry_after)));
    lines.push(row("RateLimit", asked(conduct.rate_limit)));
    for remark in &conduct.findings {
        let times = if remark.count > 1 { format!(" ({} times)", remark.count) } else { String::new() };
        let level = paint.level(remark.level);
        lines.push(format!("  {level} {}: {}{times}", remark.code, escape(&shown(&remark.message, MESSAGE))));
    }
    for delivery in conduct.tried.iter().take(SHOWN) {
        lines.extend(tries(delivery).into_iter().map(|line| format!("  {line}")));
    }
    if let Some(more) = conduct.tried.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(format!("  … and {}", counted(more as u64, "more delivery", "more deliveries")));
    }
    lines
}

fn tries(delivery: &Delivery) -> Vec<String> {
    let ended = match delivery.ended {
        Ending::Accepted => "accepted",
        Ending::Refused => "refused",
        Ending::Open => "open",
    };
    let attempts = counted(delivery.attempts.len() as u64, "attempt", "attempts");
    let mut lines = vec![format!("{}: {ended} after {attempts}", escape(&delivery.what))];
    for attempt in delivery.attempts.iter().take(ATTEMPTS) {
        let status = attempt.status.map_or("no answer".to_owned(), |status| status.to_string());
        let waited = attempt.waited.map(|waited| format!(", {waited:.1} s after the answer before"));
        let asked = attempt.asked.map(|asked| format!(" (asked: {asked} s)"));
        let (waited, asked) = (waited.unwrap_or_default(), asked.unwrap_or_default());
        lines.push(format!("  {}  {status}{waited}{asked}", attempt.at));
    }
    if delivery.attempts.len() > ATTEMPTS {
        lines.push("  …".to_owned());
    }
    lines
}

fn asked(Asked { asked, broken }: Asked) -> String {
    match (asked, broken) {
        (0, _) => "was not asked for".to_owned(),
        (asked, 0) => format!("asked for {}, respected", counted(asked, "time", "times")),
        (asked, broken) => format!("asked for {}, not respected {broken}", counted(asked, "time", "times")),
    }
}

fn spacing(spacing: &Spacing) -> String {
    let (Some(shortest), Some(median), Some(longest)) = (spacing.shortest, spacing.median, spacing.longest)
    else {
        return String::new();
    };
    let grows = spacing.backoff.map(|grows| if grows { ", growing" } else { ", not growing" });
    let jitter = spacing.jitter.map(|jitter| if jitter { ", with jitter" } else { ", without jitter" });
    format!(
        "; waits from {shortest:.1} s to {longest:.1} s, half of them up to {median:.1} s{}{}",
        grows.unwrap_or_default(),
        jitter.unwrap_or_default()
    )
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What came out for all of them, in a sentence.
pub fn conclusion(all: &[Conduct]) -> String {
    let worst = all.iter().flat_map(|conduct| &conduct.findings).map(|remark| remark.level).max();
    match worst {
        Some(Level::Error) => {
            let broke = all.iter().filter(|conduct| conduct.breaks_a_rule()).count() as u64;
            let what = "broke what a sender has to respect";
            format!("{} of {} {what}", broke, counted(all.len() as u64, "sender", "senders"))
        }
        Some(Level::Warning) => "nothing broke a rule; there are warnings".to_owned(),
        _ => "every sender did what it has to".to_owned(),
    }
}
