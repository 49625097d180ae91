//! Waiting because somebody wants to: for a message that fits, for answers, for a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::super::expect::Expectation;
use super::super::happening::{Expected, Happening, Received, Told};
use super::waiting::{Of, Waited, Woken};
use super::{Run, Then};

impl<T: FnMut(Told)> Run<T> {
    pub(super) async fn expect(&mut self, expectation: &Expectation) -> Then {
        let (at, start) = (self.current, Instant::now());
        let deadline = start.checked_add(expectation.within);
        let mut met_by: Option<Arc<Received>> = None;
        let mut looked_at = 0;
        let (mut seen, mut from) = (self.sessions[at].backlog.forgotten(), 0);
        let waited = self
            .until(deadline, Of::One(at), |run| {
                let backlog = &mut run.sessions[at].backlog;
                // What gave way since was looked at before.
                let gone = backlog.forgotten() - seen;
                seen += gone;
                from -= usize::try_from(gone).unwrap_or(usize::MAX).min(from);
                match backlog.find(expectation, from) {
                    Ok(found) => met_by = Some(found),
                    Err(kept) => {
                        looked_at += (kept - from) as u64;
                        from = kept;
                    }
                }
                met_by.is_some()
            })
            .await;
        if let Some(found) = &met_by {
            self.outcome.refused -= u64::from(found.refuses());
        } else if waited != Waited::Interrupted {
            self.outcome.unmet += 1;
        }
        let is_met = met_by.is_some();
        let (text, forgotten) = (expectation.text.clone(), self.sessions[at].backlog.forgotten());
        let waited_for = start.elapsed();
        self.tell(Happening::Expected(Expected { text, met_by, looked_at, forgotten, waited: waited_for }));
        if !is_met && waited == Waited::TimeUp && self.is_time_up() {
            return Then::Leaves;
        }
        self.after(waited)
    }

    pub(super) async fn wait(&mut self, length: Duration) -> Then {
        let deadline = Instant::now().checked_add(length);
        loop {
            match self.wake(deadline, None).await {
                Woken::Came(at, judged) => self.take(at, judged),
                Woken::TimeUp | Woken::Line(_) => break,
                Woken::Interrupted => {
                    self.note_interrupt();
                    return self.after(Waited::Interrupted);
                }
            }
        }
        let is_over = deadline.is_some_and(|deadline| deadline <= Instant::now());
        if !is_over && self.is_time_up() { Then::Leaves } else { Then::GoesOn }
    }

    pub(super) async fn wait_for_answers(&mut self, within: Option<Duration>) -> Then {
        let at = self.current;
        let deadline = within.map_or_else(|| self.patience(), |within| Instant::now().checked_add(within));
        let answered = |run: &mut Self| run.unanswered(Of::One(at)) == 0;
        let waited = self.until(deadline, Of::One(at), answered).await;
        self.waited_enough(waited, format!("{} still to be answered", self.unanswered(Of::One(at))))
    }

    pub(super) async fn wait_for_messages(&mut self, count: u64, within: Option<Duration>) -> Then {
        let at = self.current;
        let deadline = within.map_or_else(|| self.patience(), |within| Instant::now().checked_add(within));
        let wanted = self.messages.saturating_add(count);
        let waited = self.until(deadline, Of::One(at), |run| run.messages >= wanted).await;
        let came = count.saturating_sub(wanted.saturating_sub(self.messages));
        self.waited_enough(waited, format!("{came} of {count} messages came"))
    }

    fn waited_enough(&mut self, waited: Waited, what: String) -> Then {
        if matches!(waited, Waited::TimeUp | Waited::Over) {
            self.outcome.unmet += 1;
            self.tell(Happening::Said(format!("waited in vain: {what}")));
            if waited == Waited::TimeUp && self.is_time_up() {
                return Then::Leaves;
            }
        }
        self.after(waited)
    }
}
