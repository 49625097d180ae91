//! How a session stands: its beginning and its end, what was expected, and what there is to know about it.

use std::time::Duration;

use colored::Color;

use super::{SessionView, Shown, plural, shorten, shortened, time_text, websocket_url};
use crate::cli::error::CliError;
use crate::cli::network::describe_with_source;
use crate::cli::render::exchange::header_lines;
use crate::cli::render::timings::stages;
use crate::cli::render::verification::{Reference, Style, render};
use crate::cli::ui::{escape, wrap};
use crate::client::websocket::SessionCause;
use crate::protocol::record::without_secrets;
use crate::protocol::session::{CommandHelp, ProtocolName};
use crate::repl::{COMMANDS, Closed, Expected, Handshake, Listed, Received, Status, words};

impl SessionView {
    pub(super) fn opened(&self, handshake: &Handshake) -> String {
        let paint = self.paint;
        let mut text = format!("{} {}", paint.color("open", Color::Green), websocket_url(&handshake.url));
        let tls = handshake.tls.map(|version| format!("TLS {version}"));
        let by = match (&handshake.signed_by, handshake.protocol) {
            (Some(signer), _) => format!("signed by {signer}"),
            (None, ProtocolName::Versia) => "unsigned".to_owned(),
            (None, protocol) => protocol.to_string(),
        };
        for part in [tls, handshake.subprotocol.clone(), Some(by)].into_iter().flatten() {
            text.push_str("  ");
            text.push_str(&escape(shorten(&part)));
        }
        if self.verbose {
            text.push_str(&format!("\n  {}", stages(&handshake.timings, None)));
        }
        text
    }

    pub(super) fn closed(&self, closed: &Closed) -> Vec<Shown> {
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
                // Only Versia has receipts that could be offered.
                let is_of_receipts = error.progress.acknowledged.is_none()
                    && matches!(error.cause, SessionCause::Lost(_) | SessionCause::ClosedByPeer(_));
                let fits = closed.protocol == ProtocolName::Versia || !is_of_receipts;
                vec![Shown::Error(match error.hint().filter(|_| fits) {
                    Some(hint) => cli.hint(hint),
                    None => cli,
                })]
            }
        }
    }

    pub(super) fn expected(&self, expected: &Expected) -> String {
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

    pub(super) fn verified(&self, received: &Received, now_millis: u64) -> String {
        let Some(checked) = &received.reading.checked else {
            return format!("← {} was not verified: there is nothing to verify with", received.number);
        };
        let now = i64::try_from(now_millis / 1_000).unwrap_or(i64::MAX);
        let mut text = Vec::new();
        let style = Style { json: false, details: true, paint: self.paint };
        let name = format!("← {}", received.number);
        render(&shortened(checked), &name, Reference::Now(now), &style, &mut text);
        String::from_utf8_lossy(&text).trim_end().to_owned()
    }

    pub(super) fn headers(&self, handshake: &Handshake) -> String {
        let paint = self.paint;
        let target = without_secrets(handshake.url.target());
        let mut lines = vec![paint.bold(&escape(&format!("GET {target} HTTP/1.1")))];
        lines.extend(header_lines(&handshake.request, paint));
        lines.push(String::new());
        lines.push(paint.bold("HTTP/1.1 101 Switching Protocols"));
        lines.extend(header_lines(&handshake.response, paint));
        lines.join("\n")
    }

    pub(super) fn status(&self, status: &Status, now_millis: u64) -> String {
        let Some(handshake) = &status.handshake else { return "there was no session yet".to_owned() };
        let since = Duration::from_millis(now_millis.saturating_sub(handshake.at_millis));
        let state =
            if status.is_open { format!("open for {}", time_text(since)) } else { "closed".to_owned() };
        let (protocol, answer) = match handshake.protocol {
            ProtocolName::Versia => ("Versia 0.6".to_owned(), "a receipt"),
            other => (other.to_string(), "an answer"),
        };
        let answers = match status.unanswered {
            Some(0) => format!(", all with {answer}"),
            Some(count) => format!(", {count} without {answer} yet"),
            None => String::new(),
        };
        let mut rows = vec![
            ("session", format!("{}, {state}", handshake.session)),
            ("url", websocket_url(&handshake.url)),
            ("peer", handshake.peer.to_string()),
            ("protocol", format!("{protocol} over WebSocket (RFC 6455)")),
            ("subprotocol", handshake.subprotocol.clone().unwrap_or_else(|| "none".to_owned())),
            ("TLS", handshake.tls.unwrap_or("none").to_owned()),
            ("signed by", handshake.signed_by.clone().unwrap_or_else(|| "nobody".to_owned())),
        ];
        if !status.subscriptions.is_empty() {
            rows.push(("subscribed", status.subscriptions.join(", ")));
        }
        if status.is_open {
            rows.push(("sent", format!("{}{answers}", plural(status.sent, "message"))));
            let valid = match handshake.protocol {
                ProtocolName::Versia => format!(", {} valid", status.valid),
                _ => String::new(),
            };
            rows.push(("received", format!("{}{valid}", plural(status.received, "message"))));
            rows.push(("round trip", status.round_trip.map_or_else(|| "not measured".to_owned(), time_text)));
        }
        self.rows(&rows)
    }

    /// Names and values, a row each.
    pub(super) fn rows(&self, rows: &[(&str, String)]) -> String {
        let row = |(label, text): &(&str, String)| {
            format!("{}{}", self.paint.dim(&format!("{label:<12}")), escape(shorten(text)))
        };
        rows.iter().map(row).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn sessions(&self, sessions: &[Listed]) -> String {
        let row = |session: &Listed| {
            let used = if session.is_used { "*" } else { " " };
            let state = if session.is_open { "open" } else { "closed" };
            let (name, url) = (self.name(&session.label), websocket_url(&session.url));
            format!("{used} {name}{url}  {}  {state}", session.protocol)
        };
        sessions.iter().map(row).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn list(&self, own: &[CommandHelp]) -> String {
        let usage =
            |command: &CommandHelp| format!("{} {}", command.name, command.arguments).trim_end().to_owned();
        let all = || COMMANDS.iter().chain(own);
        let width = all().map(|command| usage(command).chars().count()).max().unwrap_or_default();
        let line = |command| {
            let padding = " ".repeat(width - usage(command).chars().count());
            format!("{}{padding}  {}", self.paint.bold(&usage(command)), command.about)
        };
        let lines: Vec<_> = all().map(line).collect();
        format!(
            "{}\nAny other line is sent as a document: in Versia, {{ begins an entity, which is signed. # begins a comment.",
            lines.join("\n")
        )
    }

    pub(super) fn help(&self, about: &CommandHelp) -> String {
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
