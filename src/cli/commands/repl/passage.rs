//! What is typed on its way to the session: one line at a time, so that an interrupt overtakes the lines that wait, and
//! drops them.
//!
//! The session tells nobody when a line is done. So each is followed by an empty one, which does nothing: once that has
//! been taken, the line before it is done.

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc::{
    Receiver, Sender, UnboundedReceiver, UnboundedSender, WeakSender, channel, unbounded_channel,
};

use crate::cli::editor::Stay;
use crate::cli::signals::{Heeded, Signals, Wish};
use crate::client::websocket::WebSocketError;
use crate::repl::{Happening, Line, Outcome, Told};

/// What somebody at a terminal did.
#[derive(Debug)]
pub(super) enum Typed {
    Line(io::Result<Line>),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D. Whoever reads the lines goes on when told to stay.
    Leave(Option<Stay>),
}

/// How far the session is, as far as that matters to who types.
#[derive(Debug, Default)]
pub(super) struct Standing {
    is_open: AtomicBool,
    is_ended: AtomicBool,
}

impl Standing {
    /// Notes what happened.
    pub(super) fn note(&self, told: &Told) {
        if matches!(told.happening, Happening::Opened(_)) {
            self.is_open.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a session was ever open.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// How a run ended, with whether it was asked to.
    pub(super) fn ended(&self, ended: Result<Outcome, WebSocketError>) -> Result<Outcome, WebSocketError> {
        let is_ended = self.is_ended.load(Ordering::Relaxed);
        ended.map(|outcome| Outcome { interrupted: outcome.interrupted || is_ended, ..outcome })
    }
}

/// The line that the session was handed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// There is none, or it is done.
    Idle,
    /// It has not been taken yet.
    Handed,
    /// It is being run.
    Running,
}

/// Passes lines and wishes on to a session.
pub(super) struct Passage {
    signals: Signals,
    wishes: UnboundedReceiver<Wish>,
    interrupt: Sender<()>,
    standing: Arc<Standing>,
    stays: Box<dyn Fn() + Send>,
}

impl Passage {
    /// A passage, where others than whoever types ask for something, and the interrupts for the session. `stays` is called
    /// when the session is to end, and what was typed before is done first.
    pub(super) fn new(
        signals: Signals,
        stays: Box<dyn Fn() + Send>,
    ) -> (Passage, UnboundedSender<Wish>, Receiver<()>) {
        let (interrupt, interrupts) = channel(1);
        let (asking, wishes) = unbounded_channel();
        let standing = Arc::default();
        (Passage { signals, wishes, interrupt, standing, stays }, asking, interrupts)
    }

    /// How far the session is.
    pub(super) fn standing(&self) -> Arc<Standing> {
        Arc::clone(&self.standing)
    }

    /// Starts to pass on what is typed; the lines for the session. Called inside a runtime.
    pub(super) fn start(
        self,
        typed: impl Stream<Item = Typed> + Unpin + Send + 'static,
    ) -> Receiver<io::Result<Line>> {
        let (sender, lines) = channel(1);
        let run = Run {
            passage: self,
            lines: sender,
            waiting: VecDeque::new(),
            stage: Stage::Idle,
            interrupts: false,
            leaves: false,
        };
        tokio::spawn(async move {
            // What is typed is not wanted behind this, and the session learns that there are no more lines. Its end can
            // still be interrupted.
            let passage = run.pass_on(typed).await;
            passage.pass_interrupts().await;
        });
        lines
    }

    /// Starts to pass on interrupts only, as a script has it: its lines go straight to the session. Called inside a
    /// runtime.
    pub(super) fn start_without_lines(self) {
        tokio::spawn(self.pass_interrupts());
    }

    /// Passes on every wish as an interrupt, until the session is over.
    async fn pass_interrupts(mut self) {
        loop {
            tokio::select! {
                () = self.interrupt.closed() => return,
                _ = self.signals.next() => {}
                Some(_) = self.wishes.recv() => {}
            }
            if self.interrupt.send(()).await.is_err() {
                return;
            }
        }
    }
}

struct Run {
    passage: Passage,
    lines: Sender<io::Result<Line>>,
    waiting: VecDeque<io::Result<Line>>,
    stage: Stage,
    /// Whether the line that was handed over is to be interrupted when it is run.
    interrupts: bool,
    /// Whether the session ends when no more lines wait.
    leaves: bool,
}

/// What a passage goes on at.
enum Event {
    /// The session wants no more lines.
    Closed,
    /// By a signal, or by others than whoever types.
    Asked(Wish, Option<Heeded>),
    /// `None` when nothing more is typed.
    Typed(Option<Typed>),
    /// The session has taken what it was handed last.
    Taken,
}

impl Run {
    /// Passes on until the session wants no more lines, or is to end.
    async fn pass_on(mut self, typed: impl Stream<Item = Typed> + Unpin) -> Passage {
        self.pass_lines(typed).await;
        self.passage
    }

    async fn pass_lines(&mut self, mut typed: impl Stream<Item = Typed> + Unpin) {
        let mut has_ended = false;
        while !(self.leaves && self.is_idle()) {
            match self.next((!has_ended).then_some(&mut typed)).await {
                Event::Closed => return,
                Event::Asked(Wish::Interrupt, heeded) => self.interrupt(heeded),
                Event::Asked(Wish::End, _) => return self.end().await,
                Event::Typed(Some(Typed::Line(line))) => self.waiting.push_back(line),
                Event::Typed(Some(Typed::Interrupt)) => self.interrupt(None),
                Event::Typed(Some(Typed::Leave(stay))) => {
                    // The second time, or when there is nothing to be done before: at once.
                    if self.leaves || self.is_idle() {
                        return self.leave().await;
                    }
                    self.leaves = true;
                    (self.passage.stays)();
                    stay.into_iter().for_each(Stay::tell);
                }
                // Nothing was said of the end: the terminal is gone.
                Event::Typed(None) if !self.leaves => return self.end().await,
                Event::Typed(None) => has_ended = true,
                Event::Taken => self.hand_next(),
            }
        }
    }

    async fn next(&mut self, typed: Option<&mut (impl Stream<Item = Typed> + Unpin)>) -> Event {
        let is_waited_for = self.stage != Stage::Idle || !self.waiting.is_empty();
        let heeded = self.passage.signals.heeded();
        let typed = async {
            match typed {
                Some(typed) => typed.next().await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.lines.closed() => Event::Closed,
            wish = self.passage.signals.next() => Event::Asked(wish, Some(heeded)),
            Some(wish) = self.passage.wishes.recv() => Event::Asked(wish, None),
            typed = typed => Event::Typed(typed),
            permit = self.lines.reserve(), if is_waited_for => match permit {
                Ok(_) => Event::Taken,
                Err(_) => Event::Closed,
            },
        }
    }

    /// Hands the session what is next, when it has taken what was before it.
    fn hand_next(&mut self) {
        let (next, stage) = match self.stage {
            Stage::Handed => (Some(Ok(Line { place: None, text: String::new() })), Stage::Running),
            Stage::Idle | Stage::Running => (self.waiting.pop_front(), Stage::Handed),
        };
        self.stage = match next {
            // There is room: nobody else hands it anything.
            Some(line) => self.lines.try_send(line).map_or(Stage::Idle, |()| stage),
            None => Stage::Idle,
        };
        if std::mem::take(&mut self.interrupts) {
            self.interrupt(None);
        }
    }

    fn is_idle(&self) -> bool {
        self.stage == Stage::Idle && self.waiting.is_empty()
    }

    /// Gives up what is being done and what waits.
    fn interrupt(&mut self, heeded: Option<Heeded>) {
        self.waiting.clear();
        // The line is meant, and not the rest before it.
        self.interrupts = self.stage == Stage::Handed && self.passage.standing.is_open();
        if !self.interrupts {
            // One that waits already does as well.
            let _ = self.passage.interrupt.try_send(());
        }
        if let Some(heeded) = heeded {
            tokio::spawn(heed(self.passage.interrupt.clone(), self.lines.downgrade(), heeded));
        }
    }

    /// Ends the session wherever it is.
    async fn end(&mut self) {
        self.passage.standing.is_ended.store(true, Ordering::Relaxed);
        self.waiting.clear();
        if self.passage.interrupt.send(()).await.is_ok() {
            // The lines must not end before: what is left of an interrupt would cut the Close short.
            let _ = self.passage.interrupt.reserve().await;
        }
    }

    /// Lets the session end, and gives up what it is waiting for.
    async fn leave(&mut self) {
        if !self.is_idle() || !self.passage.standing.is_open() {
            self.end().await;
        }
    }
}

/// Tells that an interrupt was heeded, once the session has taken it and goes on.
async fn heed(interrupt: Sender<()>, lines: WeakSender<io::Result<Line>>, heeded: Heeded) {
    let is_taken = interrupt.reserve().await.is_ok();
    if is_taken && lines.upgrade().is_some_and(|lines| !lines.is_closed()) {
        heeded.tell();
    }
}
