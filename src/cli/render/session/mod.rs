//! What happens in a session: for people here, for programs in [`json`].

pub mod json;
mod trouble;

use std::time::Duration;

use colored::Color;

pub use self::trouble::{describe_stop, refusal_text};
use self::trouble::{not_opened, trouble_error};
use crate::cli::error::CliError;
use crate::cli::network::describe_with_source;
use crate::cli::render::exchange::{body_text, header_lines};
use crate::cli::render::json_text::painted;
use crate::cli::render::timings::{millis, stages};
use crate::cli::render::verification::{Reference, Style, findings, render, verdict_word};
use crate::cli::ui::{Painter, escape, wrap};
use crate::client::HttpUrl;
use crate::client::websocket::SessionCause;
use crate::protocol::versia::Checked;
use crate::repl::{
    COMMANDS, Closed, CommandHelp, Content, Expected, Handshake, Happening, Received, Sent, Stamps, Status,
    Told, words,
};

/// The most of a message that is laid out, in bytes.
const MAX_LAID_OUT: usize = 64 << 10;

/// How much is shown of a message that is larger, in bytes.
const MAX_BEGINNING: usize = 1 << 10;

/// How much is shown on a line of what a peer wrote, in characters.
const SHOWN: usize = 200;

/// Something to show: whether it was asked for, or goes beside it.
#[derive(Debug)]
pub enum Shown {
    /// A result, painted and safe for a terminal; may have several lines.
    Result(String),
    /// A result that must be seen, however much comes.
    Answer(String),
    /// An error.
    Error(CliError),
    /// A remark beside the results; not escaped.
    Note(String),
}

/// Shows what happens in a session, one thing after the other.
#[derive(Debug)]
pub struct SessionView {
    paint: Painter,
    verbose: bool,
    stamps: Stamps,
    last: Option<u64>,
}

impl SessionView {
    /// A view without times, as long as nobody asks for them.
    pub fn new(paint: Painter, verbose: bool) -> Self {
        SessionView { paint, verbose, stamps: Stamps::default(), last: None }
    }

    /// What to show for something that happened.
    pub fn show(&mut self, told: &Told) -> Vec<Shown> {
        let shown = self.happening(told);
        let stamp = self.stamp(told.at_millis);
        let stamped = |text: String| format!("{stamp}{text}");
        let mut first = true;
        shown
            .into_iter()
            .map(|one| match one {
                Shown::Result(text) if std::mem::take(&mut first) => Shown::Result(stamped(text)),
                Shown::Answer(text) if std::mem::take(&mut first) => Shown::Answer(stamped(text)),
                other => other,
            })
            .collect()
    }

    fn stamp(&mut self, at_millis: u64) -> String {
        let text = match self.stamps {
            Stamps::Off => return String::new(),
            Stamps::Absolute => i64::try_from(at_millis)
                .ok()
                .and_then(|at| jiff::Timestamp::from_millisecond(at).ok())
                .and_then(|at| format!("{at:.3}").get(11..23).map(str::to_owned))
                .unwrap_or_default(),
            Stamps::Since => {
                let since = at_millis.saturating_sub(self.last.unwrap_or(at_millis));
                format!("+{}", millis(since as f64))
            }
        };
        self.last = Some(at_millis);
        format!("{}  ", self.paint.dim(&text))
    }

    fn happening(&mut self, told: &Told) -> Vec<Shown> {
        let paint = self.paint;
        match &told.happening {
            Happening::Opened(handshake) => vec![Shown::Answer(self.opened(handshake))],
            Happening::NotOpened(error) => not_opened(error),
            Happening::Received(received) => vec![Shown::Result(self.received(received))],
            Happening::Sent(sent) => vec![Shown::Answer(self.sent(sent))],
            Happening::PingCame(_) => vec![Shown::Result(paint.dim("← ping, answered"))],
            Happening::Pong(ping) => vec![Shown::Answer(match ping.round_trip {
                Some(time) => format!("← pong after {}", time_text(time)),
                None => paint.dim("← pong that nobody asked for"),
            })],
            Happening::Closed(closed) => self.closed(closed),
            Happening::Expected(expected) => vec![Shown::Answer(self.expected(expected))],
            Happening::WouldSend(text) => vec![Shown::Answer(escape(text).into_owned())],
            Happening::Verified(received) => vec![Shown::Answer(match received {
                Some(received) => self.verified(received, told.at_millis),
                None => "no signed message has come yet".to_owned(),
            })],
            Happening::Headers(handshake) => vec![Shown::Answer(match handshake {
                Some(handshake) => self.headers(handshake),
                None => "there was no handshake yet".to_owned(),
            })],
            Happening::Status(status) => vec![Shown::Answer(self.status(status, told.at_millis))],
            Happening::Time(stamps) => {
                self.stamps = *stamps;
                Vec::new()
            }
            Happening::Help(about) => {
                vec![Shown::Answer(about.map_or_else(|| self.list(), |about| self.help(about)))]
            }
            Happening::Trouble(line, trouble) => vec![Shown::Error(trouble_error(*line, trouble))],
            Happening::Stopped(stop) => vec![Shown::Note(describe_stop(*stop))],
        }
    }

    fn opened(&self, handshake: &Handshake) -> String {
        let paint = self.paint;
        let mut text = format!("{} {}", paint.color("open", Color::Green), websocket_url(&handshake.url));
        let tls = handshake.tls.map(|version| format!("TLS {version}"));
        let signer = handshake.signed_by.as_ref().map(|signer| format!("signed by {signer}"));
        let signer = signer.unwrap_or_else(|| "unsigned".to_owned());
        for part in [tls, handshake.subprotocol.clone(), Some(signer)].into_iter().flatten() {
            text.push_str("  ");
            text.push_str(&escape(shorten(&part)));
        }
        if self.verbose {
            text.push_str(&format!("\n  {}", stages(&handshake.timings, None)));
        }
        text
    }

    fn sent(&self, sent: &Sent) -> String {
        let payload = sent.record.frame.as_ref().map(|frame| frame.data.0.as_slice()).unwrap_or_default();
        let what = match &sent.entity {
            Some(entity) => kind(entity),
            None => format!("as it is, {} bytes", payload.len()),
        };
        let arrow = self.paint.color(&format!("→ {}", sent.number), Color::Cyan);
        let mut text = format!("{arrow}  {}", escape(shorten(&what)));
        if self.verbose {
            text.push_str(&format!("\n{}", self.body(payload)));
        }
        text
    }

    fn received(&self, received: &Received) -> String {
        let paint = self.paint;
        let arrow = paint.color(&format!("← {}", received.number), Color::Cyan);
        match &received.content {
            Content::Entity { text, checked } => {
                let mut lines = vec![format!("{arrow}  {}", self.verdict(checked, text))];
                lines.extend(
                    findings(&shortened(checked).verification, paint).map(|line| format!("  {line}")),
                );
                if !text.is_empty() {
                    lines.push(self.body(text.as_bytes()));
                }
                lines.join("\n")
            }
            Content::Receipt { receipt, after } => {
                let color = if receipt.is_accepted() { Color::Green } else { Color::Red };
                let status = paint.color(&receipt.status.to_string(), color);
                let after = after
                    .map(|after| paint.dim(&format!("  after {}", time_text(after))))
                    .unwrap_or_default();
                let detail = match receipt.detail.as_str() {
                    "" => String::new(),
                    detail => format!("  {}", escape(shorten(detail))),
                };
                format!("{arrow}  receipt for {}: {status}{after}{detail}", receipt.number)
            }
            Content::WrongReceipt(why) => {
                let label = paint.color("wrong receipt", Color::Red);
                format!(
                    "{arrow}  {label} (VN158): {}\n{}",
                    escape(shorten(why)),
                    self.body(received.payload())
                )
            }
            Content::Other(why) => {
                let label = paint.color("no message", Color::Yellow);
                let why = paint.dim(&escape(shorten(why)));
                format!("{arrow}  {label}  {why}\n{}", self.body(received.payload()))
            }
        }
    }

    fn verdict(&self, checked: &Checked, entity: &str) -> String {
        let signer = checked.verification.signed_by.as_deref().unwrap_or_default();
        let verdict = verdict_word(checked.verification.verdict, self.paint);
        format!("{verdict}  {}  by {}", escape(shorten(&kind(entity))), escape(shorten(signer)))
    }

    /// What came, laid out and set in, and the beginning only of what is large.
    fn body(&self, payload: &[u8]) -> String {
        let text = if payload.len() <= MAX_LAID_OUT {
            painted(&body_text(payload), self.paint)
        } else {
            let beginning = String::from_utf8_lossy(&payload[..MAX_BEGINNING]).into_owned();
            let beginning = escape(beginning.trim_end_matches('\u{fffd}')).into_owned();
            format!("{beginning}…\n({} bytes; with --json all of it comes)", payload.len())
        };
        text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }

    fn closed(&self, closed: &Closed) -> Vec<Shown> {
        match &closed.end {
            Ok(close) => {
                let code = close.code.map(|code| format!("{code} ")).unwrap_or_default();
                let reason = match close.reason.as_str() {
                    "" => String::new(),
                    reason => format!(": {}", escape(reason)),
                };
                let by = if closed.asked_for { "" } else { " by the other side" };
                vec![Shown::Answer(format!("closed{by} with {code}({}){reason}", words(close.code)))]
            }
            Err(error) => {
                let mut cause = describe_with_source(error);
                if let SessionCause::ClosedByPeer(close) = &error.cause {
                    cause.push_str(&format!(": {}", words(close.code)));
                }
                let code = error.code().map(|code| format!(" ({})", code.id)).unwrap_or_default();
                let cli = CliError::network("the session has ended").because(format!("{cause}{code}"));
                vec![Shown::Error(match error.hint() {
                    Some(hint) => cli.hint(hint),
                    None => cli,
                })]
            }
        }
    }

    fn expected(&self, expected: &Expected) -> String {
        let text = escape(&expected.text);
        match &expected.met_by {
            Some(met_by) => {
                let word = self.paint.color("met", Color::Green);
                format!("{word} by ← {} after {}: {text}", met_by.number, time_text(expected.waited))
            }
            None => {
                let word = self.paint.color("unmet", Color::Red);
                let count = plural(expected.looked_at, "message");
                let forgotten = match expected.forgotten {
                    0 => String::new(),
                    count => format!(", {count} before them were not kept"),
                };
                format!("{word} after {}, {count} looked at{forgotten}: {text}", time_text(expected.waited))
            }
        }
    }

    fn verified(&self, received: &Received, now_millis: u64) -> String {
        let Content::Entity { checked, .. } = &received.content else { return String::new() };
        let now = i64::try_from(now_millis / 1_000).unwrap_or(i64::MAX);
        let mut text = Vec::new();
        let style = Style { json: false, details: true, paint: self.paint };
        render(
            &shortened(checked),
            &format!("← {}", received.number),
            Reference::Now(now),
            &style,
            &mut text,
        );
        String::from_utf8_lossy(&text).trim_end().to_owned()
    }

    fn headers(&self, handshake: &Handshake) -> String {
        let paint = self.paint;
        let mut lines = vec![paint.bold(&escape(&format!("GET {} HTTP/1.1", handshake.url.target())))];
        lines.extend(header_lines(&handshake.request, paint));
        lines.push(String::new());
        lines.push(paint.bold("HTTP/1.1 101 Switching Protocols"));
        lines.extend(header_lines(&handshake.response, paint));
        lines.join("\n")
    }

    fn status(&self, status: &Status, now_millis: u64) -> String {
        let Some(handshake) = &status.handshake else { return "there was no session yet".to_owned() };
        let since = Duration::from_millis(now_millis.saturating_sub(handshake.at_millis));
        let state =
            if status.is_open { format!("open for {}", time_text(since)) } else { "closed".to_owned() };
        let receipts = match status.unanswered {
            Some(0) => ", all with a receipt".to_owned(),
            Some(count) => format!(", {count} without a receipt yet"),
            None => String::new(),
        };
        let mut rows = vec![
            ("session", format!("{}, {state}", handshake.session)),
            ("url", websocket_url(&handshake.url)),
            ("peer", handshake.peer.to_string()),
            ("protocol", "Versia 0.6 over WebSocket (RFC 6455)".to_owned()),
            ("subprotocol", handshake.subprotocol.clone().unwrap_or_else(|| "none".to_owned())),
            ("TLS", handshake.tls.unwrap_or("none").to_owned()),
            ("signed by", handshake.signed_by.clone().unwrap_or_else(|| "nobody".to_owned())),
        ];
        if status.is_open {
            rows.push(("sent", format!("{}{receipts}", plural(status.sent, "message"))));
            rows.push((
                "received",
                format!("{}, {} valid", plural(status.received, "message"), status.valid),
            ));
            rows.push(("round trip", status.round_trip.map_or_else(|| "not measured".to_owned(), time_text)));
        }
        let row = |(label, text): (&str, String)| {
            format!("{}{}", self.paint.dim(&format!("{label:<12}")), escape(shorten(&text)))
        };
        rows.into_iter().map(row).collect::<Vec<_>>().join("\n")
    }

    fn list(&self) -> String {
        let usage =
            |command: &CommandHelp| format!("{} {}", command.name, command.arguments).trim_end().to_owned();
        let width = COMMANDS.iter().map(|command| usage(command).len()).max().unwrap_or_default();
        let line = |command| {
            let padding = " ".repeat(width - usage(command).len());
            format!("{}{padding}  {}", self.paint.bold(&usage(command)), command.about)
        };
        let lines: Vec<_> = COMMANDS.iter().map(line).collect();
        format!(
            "{}\nA line that begins with {{ is an entity: it is signed and sent. # begins a comment.",
            lines.join("\n")
        )
    }

    fn help(&self, about: &CommandHelp) -> String {
        let usage = format!("{} {}", about.name, about.arguments);
        let mut text = format!("{}  {}", self.paint.bold(usage.trim_end()), about.about);
        for line in wrap(about.details, 96) {
            if !line.is_empty() {
                text.push_str(&format!("\n  {line}"));
            }
        }
        text
    }
}

/// The type of an entity, or what stands in its place.
fn kind(entity: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    match serde_json::from_str::<Typed>(entity) {
        Ok(Typed { kind: Some(kind) }) => kind,
        Ok(Typed { kind: None }) => "no type".to_owned(),
        Err(_) => "no entity".to_owned(),
    }
}

/// The same with findings that stay short whatever a peer wrote.
fn shortened(checked: &Checked) -> Checked {
    let mut checked = checked.clone();
    for finding in &mut checked.verification.findings {
        finding.message = shorten(&finding.message).to_owned();
    }
    checked
}

fn shorten(text: &str) -> &str {
    text.char_indices().nth(SHOWN).map_or(text, |(end, _)| &text[..end])
}

/// An address as a session has it: `ws` or `wss`.
pub fn websocket_url(url: &HttpUrl) -> String {
    escape(&url.to_string().replacen("http", "ws", 1)).into_owned()
}

fn time_text(time: Duration) -> String {
    millis(time.as_secs_f64() * 1_000.0)
}

fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
