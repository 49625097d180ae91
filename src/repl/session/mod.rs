//! Runs the lines of a session, one after the other, while what comes is taken and told.
//!
//! Each command waits for what it needs, and what comes in the meantime is not lost: it is told as it comes, and kept for
//! the expectations behind it. When there are no more lines, a script's replies are waited for, and the session is closed
//! in order.

mod commands;
mod incoming;
mod link;
mod outcome;
mod waiting;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

use self::link::Link;
pub use self::outcome::Outcome;
use self::waiting::{Waited, Woken};
use super::backlog::Backlog;
use super::command::parse;
use super::happening::{Handshake, Happening, Received, Stop, Told, Trouble};
use super::judge::Keys;
use crate::client::websocket::{Patience, WebSocketError};
use crate::client::{Dialer, HttpUrl};
use crate::protocol::Ambient;
use crate::signing::Signer;

/// How long a peer that sends no receipts has to be quiet at a script's end.
const QUIET: Duration = Duration::from_secs(1);

/// Who types the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Somebody at a terminal: what is wrong is told, and the session goes on.
    Interactive,
    /// A script: it stops at a line that is wrong, and replies are waited for at its end.
    Script,
}

/// A whole line, as typed or as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in a script, from 1.
    pub number: Option<u64>,
    /// Its text; a document may go on over several lines.
    pub text: String,
}

/// What a session is run with.
pub struct Setup {
    /// What opens connections.
    pub dialer: Arc<Dialer>,
    /// Where to.
    pub url: HttpUrl,
    /// Who signs the handshake and the messages; without one, the handshake is unsigned.
    pub signer: Option<Signer>,
    /// Whether messages are sent as they are, instead of signed.
    pub as_is: bool,
    /// The subprotocols that are offered.
    pub subprotocols: Vec<String>,
    /// What messages are verified with. May block.
    pub keys: Keys,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// The path that is meant by what was typed.
    pub path: fn(&str) -> PathBuf,
    /// Who types the lines.
    pub mode: Mode,
    /// How long to wait for a peer that owes something.
    pub patience: Patience,
    /// Leave when so many messages came, receipts not counted.
    pub count: Option<u64>,
    /// Leave after this time.
    pub duration: Option<Duration>,
}

/// A run of lines over one session after the other.
pub struct Session<T> {
    setup: Setup,
    interrupts: Receiver<()>,
    tell: T,
    link: Option<Link>,
    /// The present handshake, or the last.
    handshake: Option<Arc<Handshake>>,
    sessions: u64,
    backlog: Backlog,
    /// The last message that is signed.
    last: Option<Arc<Received>>,
    /// The messages that came in all sessions, without receipts.
    messages: u64,
    leave_at: Option<Instant>,
    outcome: Outcome,
}

/// Whether the lines go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoesOn,
    /// In order, as at the end of the lines: what was asked for is waited for.
    Leaves,
    /// In order, but only receipts are waited for.
    Quits,
    /// At once: nothing more is waited for but the peer's Close.
    Breaks,
}

impl<T: FnMut(Told)> Session<T> {
    /// Opens a session, runs the lines, and closes it. What happens is given to `tell`, which must not block for long.
    ///
    /// The end of `lines` is the end of the session; an interrupt ends what is waited for, or the session. Wants a runtime
    /// with several threads, input, output and time.
    ///
    /// # Errors
    /// When the first session cannot be opened.
    pub async fn run(
        setup: Setup,
        mut lines: Receiver<io::Result<Line>>,
        interrupts: Receiver<()>,
        tell: T,
    ) -> Result<Outcome, WebSocketError> {
        let mut session = Session {
            setup,
            interrupts,
            tell,
            link: None,
            handshake: None,
            sessions: 0,
            backlog: Backlog::default(),
            last: None,
            messages: 0,
            leave_at: None,
            outcome: Outcome::default(),
        };
        if session.open().await? == Waited::Interrupted {
            session.outcome.interrupted = true;
            return Ok(session.outcome);
        }
        session.leave_at = session.setup.duration.and_then(|length| Instant::now().checked_add(length));
        let then = session.run_lines(&mut lines).await;
        // Whoever reads the lines learns that no more are wanted.
        drop(lines);
        session.leave(then).await;
        Ok(session.outcome)
    }

    fn is_script(&self) -> bool {
        self.setup.mode == Mode::Script
    }

    fn tell(&mut self, happening: Happening) {
        let at_millis = (self.setup.ambient.now_millis)();
        (self.tell)(Told { at_millis, happening });
    }

    async fn run_lines(&mut self, lines: &mut Receiver<io::Result<Line>>) -> Then {
        // A script that has enough still runs the lines that are there, and waits a moment for more.
        let mut enough_until = None;
        loop {
            if !self.is_script() && self.has_enough() {
                return Then::Leaves;
            }
            if enough_until.is_none() && self.has_enough() {
                enough_until = Instant::now().checked_add(QUIET);
            }
            let line = match self.wake(enough_until, Some(lines)).await {
                Woken::Came(judged) => {
                    self.take(judged).await;
                    continue;
                }
                Woken::Line(Some(line)) => line,
                Woken::Line(None) => return Then::Leaves,
                Woken::TimeUp => {
                    // The lines have not ended: whatever is still to come of them is not run.
                    if !self.has_enough() {
                        self.is_time_up();
                    }
                    return Then::Leaves;
                }
                Woken::Interrupted => {
                    self.outcome.interrupted = true;
                    return Then::Breaks;
                }
            };
            match self.run_line(line).await {
                Then::GoesOn => enough_until = None,
                then => return then,
            }
        }
    }

    async fn run_line(&mut self, line: io::Result<Line>) -> Then {
        let (number, result) = match line {
            Err(error) => (None, Err(Trouble::Script(error))),
            Ok(line) => {
                let result = match parse(&line.text) {
                    Ok(command) => self.execute(command).await,
                    Err(error) => Err(Trouble::Command(error)),
                };
                (line.number, result)
            }
        };
        match result {
            Ok(then) => then,
            Err(trouble) => {
                let is_lost = matches!(trouble, Trouble::NoSession);
                self.tell(Happening::Trouble(number, trouble));
                if !self.is_script() {
                    return Then::GoesOn;
                }
                if is_lost {
                    self.outcome.lost = true
                } else {
                    self.outcome.wrong = true
                }
                Then::Quits
            }
        }
    }

    /// Waits for what was asked for, and closes the session.
    async fn leave(&mut self, then: Then) {
        if matches!(then, Then::Leaves | Then::Quits) && self.is_script() {
            self.drain_receipts().await;
        }
        if then == Then::Leaves && self.is_script() && !self.outcome.interrupted {
            self.drain().await;
        }
        if let (Some(wanted), false) = (self.setup.count, self.has_enough()) {
            self.unmet(Stop::Count { came: self.messages, wanted });
        }
        if self.link.is_some() {
            self.close(1000, "").await;
        }
    }

    /// Whether as many messages came as were asked for.
    fn has_enough(&self) -> bool {
        self.setup.count.is_some_and(|wanted| self.messages >= wanted)
    }

    /// Waits for the receipts that are due.
    async fn drain_receipts(&mut self) -> Waited {
        while let Some(due) = self.link.as_ref().map(|link| link.unanswered.len()).filter(|due| *due > 0) {
            let fewer =
                |session: &mut Self| session.link.as_ref().is_none_or(|link| link.unanswered.len() < due);
            match self.until(self.patience(), fewer).await {
                Waited::Done => {}
                // That they are missing is told when the session ends.
                waited => return waited,
            }
        }
        Waited::Done
    }

    /// Waits for the messages that were asked for, and for the time.
    async fn drain(&mut self) {
        let Some(end) = self.leave_at else {
            if self.setup.count.is_none() {
                self.drain_unannounced().await;
            }
            while self.link.is_some() && self.setup.count.is_some() && !self.has_enough() {
                let before = self.messages;
                let more = move |session: &mut Self| session.messages > before;
                if self.until(self.patience(), more).await != Waited::Done {
                    return;
                }
            }
            return;
        };
        self.until(Some(end), |session| session.has_enough()).await;
    }

    /// Without receipts, nothing tells whether a reply is on its way: the peer has to be quiet for a while after a message.
    async fn drain_unannounced(&mut self) {
        if !self.link.as_ref().is_some_and(|link| !link.agreed && link.sent > 0) {
            return;
        }
        let end = self.patience();
        loop {
            let before = self.messages;
            let quiet = Instant::now().checked_add(QUIET);
            let is_over = end.is_some_and(|end| end <= Instant::now());
            let more = move |session: &mut Self| session.messages > before;
            if is_over || self.until(quiet, more).await != Waited::Done {
                return;
            }
        }
    }

    /// When a peer that owes something has had its time; `None` is never.
    fn patience(&self) -> Option<Instant> {
        let length = self.setup.patience.progress;
        if length.is_zero() { None } else { Instant::now().checked_add(length) }
    }

    fn unmet(&mut self, stop: Stop) {
        self.outcome.unmet += 1;
        self.tell(Happening::Stopped(stop));
    }
}
