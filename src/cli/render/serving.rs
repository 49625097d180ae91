//! What happens on a server, for people and for programs.

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::render::verification::{findings, verdict_word};
use crate::cli::render::violations::badges;
use crate::cli::ui::{escape, shown};
use crate::protocol::record::{Direction, Record, Response};
use crate::server::{Delivery, End, Event, Happened};
use crate::signing::Verdict;

/// How much is shown on a line of what a peer wrote, in characters.
const SHOWN: usize = 200;

/// Tells one event: a record as a line of JSON, or a line for people. What is no delivery is told where `every` exchange is, or
/// with `-v`.
///
/// # Errors
/// When standard output is closed or full.
pub fn render(context: &mut Context, event: &Event, every: bool) -> Result<(), CliError> {
    if context.ui.json {
        return json(context, event);
    }
    match event {
        Event::Exchange(happened) | Event::Message(happened) => told(context, happened, every),
        Event::Frame(record) => passed(context, record),
        Event::SessionOpened(happened) if every || context.ui.verbose => {
            let session = happened.record.session.as_deref().unwrap_or_default();
            told(context, happened, every)?;
            note(context, &happened.record, &format!("session {session} opened"))
        }
        Event::SessionOpened(_) => Ok(()),
        Event::SessionClosed { session, peer, messages, end, .. } => {
            closed(context, session, peer, *messages, end);
            Ok(())
        }
        Event::Malformed(record) => {
            let bytes = record.malformed.as_ref().map(|bytes| bytes.0.as_slice()).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
            let peer = record.peer.as_deref().unwrap_or_default();
            let why = record.error.as_ref().map(|error| format!(" ({})", error.message)).unwrap_or_default();
            context.ui.warn(&format!("{peer} sent what is no HTTP request{why}: {text:?}"));
            Ok(())
        }
        Event::Trouble { .. } => {
            trouble(context, event);
            Ok(())
        }
    }
}

fn json(context: &mut Context, event: &Event) -> Result<(), CliError> {
    match event {
        Event::Exchange(happened) | Event::Message(happened) | Event::SessionOpened(happened) => {
            context.ui.json(&happened.record)
        }
        Event::Frame(record)
        | Event::Malformed(record)
        | Event::SessionClosed { record: Some(record), .. } => context.ui.json(record),
        Event::SessionClosed { session, peer, messages, end, record: None } => {
            closed(context, session, peer, *messages, end);
            Ok(())
        }
        Event::Trouble { .. } => {
            trouble(context, event);
            Ok(())
        }
    }
}

fn trouble(context: &mut Context, event: &Event) {
    if let Event::Trouble { peer, what } = event {
        let from = peer.as_ref().map(|peer| format!("{peer}: ")).unwrap_or_default();
        context.ui.warn(&format!("{from}{what}"));
    }
}

/// A frame on a line: which way it went, in which session, and how it begins.
fn passed(context: &mut Context, record: &Record) -> Result<(), CliError> {
    let Some(frame) = &record.frame else { return Ok(()) };
    let arrow = if record.direction == Some(Direction::Out) { "→" } else { "←" };
    let session = record.session.as_deref().unwrap_or_default();
    let content = match (&frame.close, frame.data.as_text(), frame.opcode.as_str()) {
        (Some(close), _, opcode) => format!("{opcode} {} {}", close.code, close.reason),
        (None, Some(text), "text") => text.to_owned(),
        (None, Some(text), opcode) => format!("{opcode} {text}"),
        (None, None, opcode) => format!("{opcode}, {} bytes", frame.data.0.len()),
    };
    note(
        context,
        record,
        &format!("{session:<4} {arrow} {}", escape(shown(content.trim_end(), SHOWN).as_ref())),
    )
}

/// An end that is not in order is told always, the others with `-v`.
fn closed(context: &mut Context, session: &str, peer: &str, messages: u64, end: &End) {
    let how = match end {
        End::Closed { code: None | Some(1000 | 1001), .. } if !context.ui.verbose => return,
        End::Closed { code: None, .. } => "closed".to_owned(),
        End::Closed { code: Some(code), reason } if reason.is_empty() => format!("closed with {code}"),
        End::Closed { code: Some(code), reason } => format!("closed with {code}: {reason}"),
        End::Lost(why) => why.clone(),
        End::Violation(why) => format!("the peer broke the WebSocket protocol: {why}"),
        End::TooLarge { limit } => format!("the peer sent a message of more than {limit} bytes"),
    };
    let count = if messages == 1 { "1 message".to_owned() } else { format!("{messages} messages") };
    context.ui.note(&format!("session {session} with {peer} ended after {count}: {how}"));
}

fn note(context: &mut Context, record: &Record, text: &str) -> Result<(), CliError> {
    let time = context.ui.paint.dim(time(record));
    context.ui.line(&format!("{time}  {text}"))
}

fn told(context: &mut Context, happened: &Happened, every: bool) -> Result<(), CliError> {
    let is_shown = every || context.ui.verbose || happened.delivery.is_some();
    if !is_shown && happened.record.error.is_none() {
        return Ok(());
    }
    let paint = context.ui.paint;
    let verdict = happened.checked.first().map(|one| one.verification.verdict);
    let word = verdict.unwrap_or(Verdict::NotChecked);
    let padding = " ".repeat(VERDICT_WIDTH.saturating_sub(word.as_str().len()));
    let line = format!(
        "{}  {}{padding}  {}{}",
        paint.dim(time(&happened.record)),
        verdict_word(word, paint),
        escape(&subject(happened)),
        escape(&answer(&happened.record)),
    );
    context.ui.line(&line)?;
    if let Some(became) = happened.delivery.as_ref().and_then(|delivery| delivery.became.as_deref()) {
        context.ui.line(&format!("{:14}{}", "", paint.dim(&escape(&shown(became, 2 * SHOWN)))))?;
    }
    for line in happened.delivery.iter().flat_map(|delivery| badges(&delivery.violations, 0, paint)) {
        context.ui.line(&format!("{:14}{line}", ""))?;
    }
    for one in &happened.checked {
        let mut one = one.clone();
        for finding in &mut one.verification.findings {
            finding.message = shown(&finding.message, 2 * SHOWN).into_owned();
        }
        for line in findings(&one, paint) {
            context.ui.line(&format!("{:14}{line}", ""))?;
        }
    }
    Ok(())
}

/// The width of the longest verdict that is common.
const VERDICT_WIDTH: usize = 11;

/// The time of day, in UTC.
fn time(record: &Record) -> &str {
    record.at.as_deref().and_then(|at| at.get(11..23)).unwrap_or("")
}

/// What came, from whom; or what went out, to whom.
fn subject(happened: &Happened) -> String {
    if happened.record.direction == Some(Direction::Out) {
        return went_out(happened);
    }
    let signer = happened.checked.first().and_then(|one| one.verification.signed_by.as_deref());
    let by = signer.map(|signer| format!("  by {}", shown(signer, SHOWN))).unwrap_or_default();
    match &happened.delivery {
        Some(Delivery { text: Some(text), .. }) => {
            let peer = happened.record.peer.as_deref().unwrap_or_default();
            format!("message from {peer}: {}", shown(text.trim_end(), SHOWN))
        }
        Some(Delivery { kind, author, .. }) => {
            let author = author.as_ref().map(|author| format!("  author {}", shown(author, SHOWN)));
            let kind = shown(kind.as_deref().unwrap_or("no type"), SHOWN);
            format!("{kind}{}{by}", author.unwrap_or_default())
        }
        None => {
            let request = happened.record.request.as_ref();
            let (method, target) =
                request.map_or(("", ""), |request| (request.method.as_str(), request.target.as_str()));
            format!("{} {}{by}", shown(method, SHOWN), shown(target, SHOWN))
        }
    }
}

/// What went out, and where to.
fn went_out(happened: &Happened) -> String {
    let request = happened.record.request.as_ref();
    let (method, target) =
        request.map_or(("", ""), |request| (request.method.as_str(), request.target.as_str()));
    let headers = request.and_then(|request| request.headers.as_ref());
    let host = headers.and_then(|headers| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")));
    let host =
        host.and_then(|(_, host)| host.as_text()).or(happened.record.peer.as_deref()).unwrap_or_default();
    let host = shown(host, SHOWN);
    let again = if happened.record.attempt_of.is_some() { ", again" } else { "" };
    match &happened.delivery {
        Some(Delivery { text: Some(text), .. }) => {
            format!("out: message to {host}{again}: {}", shown(text.trim_end(), SHOWN))
        }
        Some(Delivery { kind, .. }) => {
            format!("out: {} to {host}{again}", shown(kind.as_deref().unwrap_or("no type"), SHOWN))
        }
        None => format!("out: {} {} at {host}", shown(method, SHOWN), shown(target, SHOWN)),
    }
}

/// What was answered and why, or why nothing was; for a message, over which session it came.
fn answer(record: &Record) -> String {
    match (&record.response, &record.error, &record.session) {
        (Some(response), Some(error), _) => format!("  → {}: {}", response.status, error.message),
        (Some(response), None, _) => format!("  → {}{}", response.status, signed(response)),
        (None, Some(error), _) => format!("  → {}", error.message),
        (None, None, Some(session)) => format!("  ({session})"),
        (None, None, None) => String::new(),
    }
}

/// What the signature of an answer is worth, where it was looked at.
fn signed(response: &Response) -> String {
    let verdict = response.verdict.as_ref();
    let Some(verdict) = verdict.filter(|verdict| verdict.signature != Verdict::NotChecked.as_str()) else {
        return String::new();
    };
    let by = verdict.signed_by.as_ref().map(|signer| format!(" by {}", shown(signer, SHOWN)));
    format!(" ({}{})", verdict.signature, by.unwrap_or_default())
}
