//! Waiting: for a line, for what comes, for the time, for an interrupt.

use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until};

use super::super::happening::{Stop, Told};
use super::super::judge::Judged;
use super::{Line, Session};

/// What ended a wait.
pub(super) enum Woken {
    Came(Judged),
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

impl<T: FnMut(Told)> Session<T> {
    /// Waits for the next thing. What it gives is not taken yet, so that the wait may be given up at any time.
    pub(super) async fn wake(
        &mut self,
        deadline: Option<Instant>,
        lines: Option<&mut Receiver<io::Result<Line>>>,
    ) -> Woken {
        let deadline = match (deadline, self.leave_at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let link = &mut self.link;
        let came = async {
            match link {
                Some(link) => link.next().await,
                None => pending().await,
            }
        };
        let line = async {
            match lines {
                Some(lines) => lines.recv().await,
                None => pending().await,
            }
        };
        let time_up = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
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
            judged = came => Woken::Came(judged),
            line = line => Woken::Line(line),
            () = time_up => Woken::TimeUp,
            () = interrupted => Woken::Interrupted,
        }
    }

    /// Takes what comes until something is so, the time is up, or the session is over.
    pub(super) async fn until(
        &mut self,
        deadline: Option<Instant>,
        mut is_so: impl FnMut(&mut Self) -> bool,
    ) -> Waited {
        loop {
            if is_so(self) {
                return Waited::Done;
            }
            if self.link.is_none() {
                return Waited::Over;
            }
            match self.wake(deadline, None).await {
                Woken::Came(judged) => self.take(judged).await,
                Woken::TimeUp | Woken::Line(_) => return Waited::TimeUp,
                Woken::Interrupted => {
                    self.note_interrupt();
                    return Waited::Interrupted;
                }
            }
        }
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
