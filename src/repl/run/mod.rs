//! Runs lines over sessions, one after the other, while what comes is taken and told.
//!
//! Each command waits for what it needs, and what comes in the meantime is not lost: it is told as it comes, and kept for
//! the expectations behind it. When there are no more lines, a script's replies are waited for, and the sessions are closed
//! in order.

mod commands;
mod draining;
mod expecting;
mod incoming;
mod keeping;
mod link;
mod opening;
mod outcome;
mod replay;
mod sending;
mod session;
mod waiting;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::keeping::Keeping;
pub use self::outcome::Outcome;
use self::session::Session;
use self::waiting::{Of, Waited, Woken};
use super::command::{Change, parse};
use super::expect::Expectation;
use super::happening::{Happening, Place, Stop, Told, Trouble};
use crate::client::websocket::{Patience, WebSocketError};
use crate::client::{Dialer, HttpUrl};
use crate::protocol::Ambient;
use crate::protocol::session::{Moment, ProtocolName, Setting};

/// How long a peer that answers nothing has to be quiet at a script's end.
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
    /// Where it stands; `None` when it was typed.
    pub place: Option<Place>,
    /// Its text; a document may go on over several lines.
    pub text: String,
}

/// Why an address is none, and what to do about it.
pub type AddressError = (String, Option<String>);

/// Reads an address that was typed, for a protocol.
pub type ReadAddress = dyn Fn(&str, ProtocolName) -> Result<HttpUrl, AddressError> + Send + Sync;

/// What a run is made with.
pub struct Setup {
    /// What opens connections.
    pub dialer: Arc<Dialer>,
    /// Where the first session goes to.
    pub url: HttpUrl,
    /// What is spoken in it.
    pub protocol: ProtocolName,
    /// What the protocols are started with; the target that signatures are over is the session's own.
    pub setting: Setting,
    /// The subprotocols that are offered before the protocol's own.
    pub subprotocols: Vec<String>,
    /// Reads the address of one more session.
    pub read_address: Box<ReadAddress>,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// The path that is meant by what was typed.
    pub path: fn(&str) -> PathBuf,
    /// Who types the lines.
    pub mode: Mode,
    /// How long to wait for a peer that owes something.
    pub patience: Patience,
    /// Whether entities are looked at by the documents' rules.
    pub validate: bool,
    /// Whether a session that is lost is opened again by itself.
    pub reconnect: bool,
    /// Where records are written to from the beginning.
    pub record: Option<PathBuf>,
    /// Leave when so many messages came, answers not counted.
    pub count: Option<u64>,
    /// Leave after this time.
    pub duration: Option<Duration>,
}

/// A run of lines over its sessions.
pub struct Run<T> {
    setup: Setup,
    interrupts: Receiver<()>,
    tell: T,
    /// Every session, also those that are closed; never empty once the first was opened.
    sessions: Vec<Session>,
    /// The one in use.
    current: usize,
    /// Which of them is asked first for what came.
    first: usize,
    keeping: Keeping,
    /// Which messages are told.
    filter: Option<Expectation>,
    /// How many were not told.
    hidden: u64,
    /// In how many frames a message is sent.
    fragments: usize,
    /// Whether frames are shown as they are.
    frames: bool,
    /// How deep files run each other.
    depth: usize,
    /// The messages that came in all sessions, without answers.
    messages: u64,
    leave_at: Option<Instant>,
    /// The connections that have said everything, and still have to end.
    ending: JoinSet<()>,
    outcome: Outcome,
}

/// Whether the lines go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoesOn,
    /// In order, as at the end of the lines: what was asked for is waited for.
    Leaves,
    /// In order, but only answers are waited for.
    Quits,
    /// At once: nothing more is waited for but the peer's Close.
    Breaks,
}

impl<T: FnMut(Told)> Run<T> {
    /// Opens a session, runs the lines, and closes it. What happens is given to `tell`, which must not block for long.
    ///
    /// The end of `lines` is the end of the run; an interrupt ends what is waited for, or the run. Wants a runtime with
    /// several threads, input, output and time.
    ///
    /// # Errors
    /// When the first session cannot be opened.
    pub async fn run(
        setup: Setup,
        mut lines: Receiver<io::Result<Line>>,
        interrupts: Receiver<()>,
        tell: T,
    ) -> Result<Outcome, WebSocketError> {
        let mut run = Run {
            interrupts,
            tell,
            sessions: Vec::new(),
            current: 0,
            first: 0,
            keeping: Keeping::default(),
            filter: None,
            hidden: 0,
            fragments: 1,
            frames: false,
            depth: 0,
            messages: 0,
            leave_at: None,
            ending: JoinSet::new(),
            outcome: Outcome::default(),
            setup,
        };
        if let Some(path) = run.setup.record.take()
            && let Err(error) = run.keeping.record_to(&path)
        {
            run.outcome.wrong = true;
            run.tell(Happening::Trouble(None, Trouble::Recording(error)));
            return Ok(run.outcome);
        }
        let first = run.start_session(run.setup.url.clone(), run.setup.protocol, None);
        if run.open(first).await? == Waited::Interrupted {
            run.outcome.interrupted = true;
            return Ok(run.outcome);
        }
        run.leave_at = run.setup.duration.and_then(|length| Instant::now().checked_add(length));
        let then = run.run_lines(&mut lines).await;
        // Whoever reads the lines learns that no more are wanted.
        drop(lines);
        run.leave(then).await;
        Ok(run.outcome)
    }

    fn is_script(&self) -> bool {
        self.setup.mode == Mode::Script
    }

    fn moment(&self) -> Moment {
        Moment { millis: (self.setup.ambient.now_millis)() }
    }

    /// Tells what happens in the session in use.
    fn tell(&mut self, happening: Happening) {
        self.tell_of(self.current, happening);
    }

    /// Tells what happens in a session.
    fn tell_of(&mut self, at: usize, happening: Happening) {
        self.tell_at(at, self.moment().millis, happening);
    }

    fn tell_at(&mut self, at: usize, at_millis: u64, happening: Happening) {
        self.keep(at, at_millis, &happening);
        self.tell_only(at, at_millis, happening);
    }

    fn tell_only(&mut self, at: usize, at_millis: u64, happening: Happening) {
        let several = self.sessions.len() > 1;
        let session = self.sessions.get(at).filter(|_| several).map(|session| session.label.clone());
        (self.tell)(Told { at_millis, session, happening });
    }

    /// Keeps the record of what happens.
    fn keep(&mut self, at: usize, at_millis: u64, happening: &Happening) {
        if let Err(error) = self.keeping.keep(happening) {
            self.outcome.wrong = true;
            self.tell_only(at, at_millis, Happening::Trouble(None, Trouble::Recording(error)));
        }
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
                Woken::Came(at, judged) => {
                    self.take(at, judged);
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
        let (place, result) = match line {
            Err(error) => (None, Err(Trouble::Script(error))),
            Ok(line) => {
                let own = self.sessions[self.current].protocol.commands();
                let result = match parse(&line.text, own) {
                    Ok(command) => self.execute(command).await,
                    Err(error) => Err(Trouble::Command(error)),
                };
                (line.place, result)
            }
        };
        match result {
            Ok(then) => then,
            Err(trouble) => {
                let is_lost = matches!(trouble, Trouble::NoSession);
                self.tell(Happening::Trouble(place, trouble));
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

    /// Waits for what was asked for, and closes the sessions.
    async fn leave(&mut self, then: Then) {
        if matches!(then, Then::Leaves | Then::Quits) && self.is_script() {
            self.drain_answers(Of::Any, self.setup.patience.progress).await;
        }
        if then == Then::Leaves && self.is_script() && !self.outcome.interrupted {
            self.drain().await;
        }
        if let (Some(wanted), false) = (self.setup.count, self.has_enough()) {
            self.unmet(Stop::Count { came: self.messages, wanted });
        }
        for at in 0..self.sessions.len() {
            if self.sessions[at].retry.take().is_some() {
                self.outcome.lost = true;
            }
            if self.sessions[at].link.is_some() {
                self.close(at, 1000, "").await;
            }
        }
        while self.ending.join_next().await.is_some() {}
    }

    /// Whether as many messages came as were asked for.
    fn has_enough(&self) -> bool {
        self.setup.count.is_some_and(|wanted| self.messages >= wanted)
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

    /// Changes a setting.
    fn set(&mut self, change: Change) {
        match change {
            Change::Fragments(count) => self.fragments = count,
            Change::Frames(shown) => {
                self.frames = shown;
                self.tell(Happening::Frames(shown));
            }
            Change::Reconnect(by_itself) => self.setup.reconnect = by_itself,
            Change::Timeout(length) => self.setup.patience.progress = length,
        }
    }
}
