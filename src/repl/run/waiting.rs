//! Waiting: for a line, for what comes, for the time, for an interrupt.

use std::future::{pending, poll_fn};
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until};

use super::super::happening::{Stop, Told};
use super::super::judge::Judged;
use super::session::{Event, RetryState, Session};
use super::{Line, Run};
use crate::client::websocket::{SessionCause, Waiting};
use crate::protocol::session::{Composed, KeepAlive};

/// How long is waited on for what has arrived already.
const LATER: Duration = Duration::from_millis(100);

/// Which sessions are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// The one at this place.
    One(usize),
    /// All of them.
    Any,
}

impl Of {
    /// Whether the session at a place is meant.
    pub(super) fn holds(self, at: usize) -> bool {
        self == Of::Any || self == Of::One(at)
    }
}

/// What ended a wait.
pub(super) enum Woken {
    /// Something came in the session at this place.
    Came(usize, Judged),
    /// `None` when there are no more.
    Line(Option<io::Result<Line>>),
    /// The wait's own time, or that of the whole run.
    TimeUp,
    Interrupted,
}

/// How a wait for something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    Done,
    TimeUp,
    /// There is no session that it could come over.
    Over,
    Interrupted,
}

/// Notices when nothing moves for the whole of a limit.
pub(super) struct Standstill {
    limit: Duration,
    moved: u64,
    since: Instant,
}

impl Standstill {
    /// How often is looked within the limit.
    const LOOKS: u32 = 10;

    /// A watch with a limit, zero for none; `moved` is a number that grows with everything that moves.
    pub(super) fn new(limit: Duration, moved: u64, now: Instant) -> Self {
        Standstill { limit, moved, since: now }
    }

    /// When to look again.
    pub(super) fn next_look(&self, now: Instant) -> Option<Instant> {
        if self.limit.is_zero() { None } else { now.checked_add(self.limit / Self::LOOKS) }
    }

    /// Whether nothing has moved for the whole limit.
    pub(super) fn is_reached(&mut self, moved: u64, now: Instant) -> bool {
        if self.moved != moved {
            (self.moved, self.since) = (moved, now);
        }
        !self.limit.is_zero() && now.saturating_duration_since(self.since) >= self.limit
    }
}

impl<T: FnMut(Told)> Run<T> {
    /// Waits for the next thing. What it gives is not taken yet, so that the wait may be given up at any time. What
    /// sessions do by themselves is done on the way.
    pub(super) async fn wake(
        &mut self,
        deadline: Option<Instant>,
        mut lines: Option<&mut Receiver<io::Result<Line>>>,
    ) -> Woken {
        let deadline = match (deadline, self.leave_at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        loop {
            let alarm = self.next_alarm();
            self.first = (self.first + 1) % self.sessions.len().max(1);
            let (sessions, first) = (&mut self.sessions, self.first);
            let event = poll_fn(|context| poll_all(sessions, first, context));
            let line = async {
                match &mut lines {
                    Some(lines) => lines.recv().await,
                    None => pending().await,
                }
            };
            let interrupted = async {
                // Nobody interrupts any more when the other end is gone.
                if self.interrupts.recv().await.is_none() {
                    pending::<()>().await;
                }
            };
            // In no fixed order: a peer that never stops talking must not keep the lines from being run.
            tokio::select! {
                (at, event) = event => match event {
                    Event::Came(judged) => return Woken::Came(at, judged),
                    Event::Reopened(opened) => self.reopened(at, opened),
                },
                line = line => return Woken::Line(line),
                () = at_time(deadline) => return Woken::TimeUp,
                () = interrupted => return Woken::Interrupted,
                () = at_time(alarm) => self.alarm(),
            }
        }
    }

    /// When a session has something to do by itself.
    fn next_alarm(&self) -> Option<Instant> {
        self.sessions.iter().filter_map(alarm_of).min()
    }

    /// Does what sessions have to do by themselves by now.
    fn alarm(&mut self) {
        let now = Instant::now();
        for at in 0..self.sessions.len() {
            if alarm_of(&self.sessions[at]).is_none_or(|alarm| alarm > now) {
                continue;
            }
            match &self.sessions[at].link {
                None => self.try_again(at),
                Some(link) => {
                    let silent = link.silent_since.is_some();
                    self.keep_alive(at, silent);
                }
            }
        }
    }

    fn keep_alive(&mut self, at: usize, silent: bool) {
        let Some(KeepAlive { payload, patience, .. }) = self.sessions[at].protocol.keep_alive() else {
            return;
        };
        if silent {
            return self.ended(at, Err(SessionCause::TimedOut(Waiting::Answers, patience)));
        }
        let composed = Composed { payload, number: None, content: None };
        drop(self.post(at, composed, true));
        if let Some(link) = &mut self.sessions[at].link {
            link.silent_since = Some(Instant::now());
        }
    }

    /// Whether anything may still come.
    pub(super) fn is_alive(&self, of: Of) -> bool {
        self.sessions.iter().enumerate().any(|(at, session)| of.holds(at) && session.is_alive())
    }

    /// Takes what comes until something is so, the time is up, or the sessions are over.
    pub(super) async fn until(
        &mut self,
        deadline: Option<Instant>,
        of: Of,
        mut is_so: impl FnMut(&mut Self) -> bool,
    ) -> Waited {
        loop {
            if is_so(self) {
                return Waited::Done;
            }
            if !self.is_alive(of) {
                return Waited::Over;
            }
            match self.wake(deadline, None).await {
                Woken::Came(at, judged) => self.take(at, judged),
                Woken::TimeUp | Woken::Line(_) => return Waited::TimeUp,
                Woken::Interrupted => {
                    self.note_interrupt();
                    return Waited::Interrupted;
                }
            }
        }
    }

    /// The same for what peers owe: the time, zero for none, is up when all that had arrived by then was taken.
    pub(super) async fn until_late(
        &mut self,
        length: Duration,
        of: Of,
        mut is_so: impl FnMut(&mut Self) -> bool,
    ) -> Waited {
        let mut deadline = if length.is_zero() { None } else { Instant::now().checked_add(length) };
        let mut arrived: Option<Vec<u64>> = None;
        loop {
            match self.until(deadline, of, &mut is_so).await {
                Waited::TimeUp if !self.is_over_time() => {
                    let by_then = arrived.get_or_insert_with(|| self.arrived());
                    if !self.is_behind(of, by_then) {
                        return Waited::TimeUp;
                    }
                    deadline = Instant::now().checked_add(LATER);
                }
                waited => return waited,
            }
        }
    }

    /// How many things have arrived in each session.
    fn arrived(&self) -> Vec<u64> {
        let arrived = |session: &Session| session.link.as_ref().map_or(0, |link| link.wire.arrived());
        self.sessions.iter().map(arrived).collect()
    }

    /// Whether something was not taken yet that had arrived by then.
    fn is_behind(&self, of: Of, by_then: &[u64]) -> bool {
        let all = self.sessions.iter().zip(by_then).enumerate().filter(|(at, _)| of.holds(*at));
        all.filter_map(|(_, (session, arrived))| Some((session.link.as_ref()?, arrived)))
            .any(|(link, arrived)| link.is_behind() && link.taken < *arrived)
    }

    fn is_over_time(&self) -> bool {
        self.leave_at.is_some_and(|end| end <= Instant::now())
    }

    /// At a terminal, an interrupt ends only what is waited for.
    pub(super) fn note_interrupt(&mut self) {
        if self.is_script() {
            self.outcome.interrupted = true;
        }
    }

    /// Whether the whole run's time is up; in the middle of a script, that is not what was wanted.
    pub(super) fn is_time_up(&mut self) -> bool {
        let is_up = self.leave_at.is_some_and(|end| end <= Instant::now());
        if is_up && self.is_script() {
            self.unmet(Stop::Time);
        }
        is_up
    }
}

/// What happened in any of the sessions; the one at `first` is asked first.
fn poll_all(sessions: &mut [Session], first: usize, context: &mut Context<'_>) -> Poll<(usize, Event)> {
    let count = sessions.len();
    for at in (0..count).map(|step| (first + step) % count) {
        if let Poll::Ready(event) = sessions[at].poll(context) {
            return Poll::Ready((at, event));
        }
    }
    Poll::Pending
}

/// When a session has something to do by itself.
fn alarm_of(session: &Session) -> Option<Instant> {
    if let Some(retry) = &session.retry {
        return match retry.state {
            RetryState::Waiting(until) => Some(until),
            RetryState::Opening(_) => None,
        };
    }
    let (link, keep_alive) = (session.link.as_ref()?, session.protocol.keep_alive()?);
    match link.silent_since {
        Some(since) => since.checked_add(keep_alive.patience),
        None => link.spoke_at.checked_add(keep_alive.after),
    }
}

async fn at_time(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_on_standing_still_and_not_on_the_whole() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut standstill = Standstill::new(Duration::from_secs(30), 0, start);
        // A large message over a slow link: something moves every 20 seconds.
        for round in 1..100 {
            assert!(!standstill.is_reached(round, at(20 * round)));
        }
        assert!(!standstill.is_reached(99, at(20 * 99 + 29)));
        assert!(standstill.is_reached(99, at(20 * 99 + 30)));
        assert_eq!(standstill.next_look(start), Some(at(3)));

        let mut unlimited = Standstill::new(Duration::ZERO, 0, start);
        assert!(!unlimited.is_reached(0, at(1_000_000)));
        assert_eq!(unlimited.next_look(start), None);
    }
}
