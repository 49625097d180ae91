//! At a script's end: what was sent is answered, and what was asked for is waited for.

use std::time::Duration;

use tokio::time::Instant;

use super::super::happening::Told;
use super::session::Session;
use super::waiting::{Of, Waited};
use super::{QUIET, Run};

/// How long a peer that is never quiet is listened to then.
const TALKATIVE: Duration = Duration::from_secs(5);

impl<T: FnMut(Told)> Run<T> {
    /// How much of what was sent has no answer yet.
    pub(super) fn unanswered(&self, of: Of) -> usize {
        let open =
            self.sessions.iter().enumerate().filter(|(at, session)| of.holds(*at) && session.is_alive());
        open.map(|(_, session)| session.protocol.unanswered()).sum()
    }

    /// Waits for the answers that are due; the limit is on each, zero for none.
    pub(super) async fn drain_answers(&mut self, of: Of, limit: Duration) -> Waited {
        loop {
            let due = self.unanswered(of);
            if due == 0 {
                return Waited::Done;
            }
            let fewer = |run: &mut Self| run.unanswered(of) < due;
            match self.until_late(limit, of, fewer).await {
                Waited::Done => {}
                // That they are missing is told when the session ends.
                waited => return waited,
            }
        }
    }

    /// Waits for the messages that were asked for, and for the time.
    pub(super) async fn drain(&mut self) {
        let Some(end) = self.leave_at else {
            if self.setup.count.is_none() {
                self.drain_unannounced().await;
            }
            while self.is_alive(Of::Any) && self.setup.count.is_some() && !self.has_enough() {
                let before = self.messages;
                let more = move |run: &mut Self| run.messages > before;
                let limit = self.setup.patience.progress;
                if self.until_late(limit, Of::Any, more).await != Waited::Done {
                    return;
                }
            }
            return;
        };
        self.until(Some(end), Of::Any, |run| run.has_enough()).await;
    }

    /// Where nothing tells whether a reply is on its way, the peer has to be quiet for a while after a message.
    async fn drain_unannounced(&mut self) {
        let waits =
            |session: &Session| session.link.as_ref().is_some_and(|link| !link.answers && link.sent > 0);
        if !self.sessions.iter().any(waits) {
            return;
        }
        let start = Instant::now();
        loop {
            let before = self.messages;
            let more = move |run: &mut Self| run.messages > before;
            if start.elapsed() > TALKATIVE || self.until_late(QUIET, Of::Any, more).await != Waited::Done {
                return;
            }
        }
    }
}
