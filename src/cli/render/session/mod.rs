//! What happens in a session: for people here, for programs in [`json`].

pub mod json;
mod messages;
mod standing;
mod trouble;

use std::time::Duration;

use colored::Color;

pub use self::trouble::{describe_stop, refusal_text};
use self::trouble::{not_opened, trouble_error};
use crate::cli::error::CliError;
use crate::cli::render::timings::millis;
use crate::cli::ui::{Painter, escape};
use crate::client::HttpUrl;
use crate::protocol::record::without_secrets;
use crate::protocol::versia::Checked;
use crate::repl::{Difference, Happening, Label, Stamps, Told};

/// How much is shown on a line of what a peer wrote, in characters.
const SHOWN: usize = 200;

/// The colours of sessions' names, in turn.
const NAMES: [Color; 6] =
    [Color::Magenta, Color::Blue, Color::Yellow, Color::Green, Color::BrightCyan, Color::BrightRed];

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
    /// Whether frames are shown as they are on the wire.
    frames: bool,
    stamps: Stamps,
    last: Option<u64>,
}

impl SessionView {
    /// A view without times, as long as nobody asks for them.
    pub fn new(paint: Painter, verbose: bool, frames: bool) -> Self {
        SessionView { paint, verbose, frames, stamps: Stamps::default(), last: None }
    }

    /// Whether frames are shown as they are on the wire.
    pub fn shows_frames(&self) -> bool {
        self.frames
    }

    /// What to show for something that happened.
    pub fn show(&mut self, told: &Told) -> Vec<Shown> {
        let shown = self.happening(told);
        if shown.is_empty() {
            return shown;
        }
        let name = told.session.as_ref().map(|label| self.name(label)).unwrap_or_default();
        let before = format!("{}{name}", self.stamp(told.at_millis));
        let stamped = |text: String| format!("{before}{text}");
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

    fn name(&self, label: &Label) -> String {
        let color = NAMES[label.number % NAMES.len()];
        format!("{} ", self.paint.color(&format!("[{}]", escape(shorten(&label.name))), color))
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
                if since < 10_000 {
                    format!("+{since} ms")
                } else {
                    format!("+{:.1} s", since as f64 / 1_000.0)
                }
            }
        };
        self.last = Some(at_millis);
        format!("{}  ", self.paint.dim(&text))
    }

    fn happening(&mut self, told: &Told) -> Vec<Shown> {
        let paint = self.paint;
        let answer = |text: String| vec![Shown::Answer(text)];
        match &told.happening {
            Happening::Opened(handshake) => answer(self.opened(handshake)),
            Happening::NotOpened(error) => not_opened(error),
            Happening::Retrying(attempt, pause) => {
                answer(format!("opening it again in {} (attempt {attempt})", time_text(*pause)))
            }
            Happening::Using(label, host, _) => {
                answer(format!("using {} at {}", escape(&label.name), escape(host)))
            }
            Happening::Received(received) => self.received(received).map(Shown::Result).into_iter().collect(),
            Happening::Sent(sent) => self.sent(sent).map(Shown::Answer).into_iter().collect(),
            Happening::Frame(record) if self.frames => vec![Shown::Result(self.frame(record))],
            Happening::Frame(_) => Vec::new(),
            Happening::PingCame(_) => vec![Shown::Result(paint.dim("← ping, answered"))],
            Happening::Pong(ping) => answer(match ping.round_trip {
                Some(time) => format!("← pong after {}", time_text(time)),
                None => paint.dim("← pong that nobody asked for"),
            }),
            Happening::Closed(closed) => self.closed(closed),
            Happening::Expected(expected) => answer(self.expected(expected)),
            Happening::WouldSend(text) => answer(escape(text).into_owned()),
            Happening::Verified(received) => answer(match received {
                Some(received) => self.verified(received, told.at_millis),
                None => "no signed message has come yet".to_owned(),
            }),
            Happening::Headers(handshake) => answer(match handshake {
                Some(handshake) => self.headers(handshake),
                None => "there was no handshake yet".to_owned(),
            }),
            Happening::Status(status) => answer(self.status(status, told.at_millis)),
            Happening::Sessions(sessions) => answer(self.sessions(sessions)),
            Happening::Shown(record, hex) => answer(self.whole(record, *hex)),
            Happening::Time(stamps) => {
                self.stamps = *stamps;
                Vec::new()
            }
            Happening::Frames(frames) => {
                self.frames = *frames;
                Vec::new()
            }
            Happening::Settings(settings) => answer(self.rows(settings)),
            Happening::Said(text) => answer(escape(text).into_owned()),
            Happening::Differs(difference) => answer(self.difference(difference)),
            Happening::Help(None, own) => answer(self.list(own)),
            Happening::Help(Some(about), _) => answer(self.help(about)),
            Happening::Trouble(place, trouble) => vec![Shown::Error(trouble_error(place.as_ref(), trouble))],
            Happening::Stopped(stop) => vec![Shown::Note(describe_stop(*stop))],
        }
    }

    fn difference(&self, difference: &Difference) -> String {
        let mut text =
            format!("{} line {} of the recording", self.paint.color("differs", Color::Red), difference.line);
        for line in &difference.what {
            text.push_str(&format!("\n  {}", escape(line)));
        }
        text
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

/// An address as a session has it, `ws` or `wss`, without the secrets in its query.
pub fn websocket_url(url: &HttpUrl) -> String {
    escape(&shown_url(url)).into_owned()
}

fn shown_url(url: &HttpUrl) -> String {
    without_secrets(&url.to_string()).replacen("http", "ws", 1)
}

fn time_text(time: Duration) -> String {
    millis(time.as_secs_f64() * 1_000.0)
}

fn plural(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
