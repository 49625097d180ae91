//! Sending a recording again.

use super::super::happening::{Happening, Told, Trouble};
use super::super::recording::{Step, compare, read_steps};
use super::waiting::{Of, Waited};
use super::{Run, Then};
use crate::protocol::chat::ClientFrame;
use crate::protocol::session::{Composed, Payload, ProtocolName, Wanted};
use crate::protocol::versia::Message;

impl<T: FnMut(Told)> Run<T> {
    /// Sends what went out in a recording, in its order. With `diff`, each waits for as many messages as came after it
    /// then, and what is different is told.
    pub(super) async fn replay(&mut self, file: &str, diff: bool) -> Result<Then, Trouble> {
        let at = self.current;
        self.await_open(at).await?;
        let steps = read_steps(&(self.setup.path)(file)).map_err(Trouble::Recording)?;
        let mut differences = 0;
        let mut count = 0;
        for step in &steps {
            if self.sends_by_itself(at, step) {
                continue;
            }
            count += 1;
            self.sessions[at].backlog.sending();
            self.sessions[at].replies = diff.then(Vec::new);
            let waited = self.send_step(at, step).await?;
            if waited != Waited::Done {
                return Ok(self.after(waited));
            }
            if diff {
                let waited = self.await_replies(at, step.came.len()).await;
                if waited == Waited::Interrupted {
                    return Ok(self.after(waited));
                }
                let now = self.sessions[at].replies.take().unwrap_or_default();
                if let Some(difference) = compare(step.line, &step.came, &now) {
                    differences += 1;
                    self.outcome.unmet += 1;
                    self.tell(Happening::Differs(difference));
                }
                if waited == Waited::Over {
                    break;
                }
            }
        }
        let sent = match count {
            1 => format!("1 message of {file} was sent"),
            _ => format!("{count} messages of {file} were sent"),
        };
        let told = match (diff, differences) {
            (false, _) => sent,
            (true, 0) => format!("{sent}: what came is the same as then"),
            (true, _) => format!("{sent}: what came to {differences} of them differs"),
        };
        self.tell(Happening::Said(told));
        Ok(Then::GoesOn)
    }

    /// Whether the protocol sends such a thing by itself: then it will do so again.
    fn sends_by_itself(&self, at: usize, step: &Step) -> bool {
        let session = &self.sessions[at];
        let keeps_alive =
            session.protocol.keep_alive().is_some_and(|keep| keep.payload.as_ref().bytes() == step.payload);
        let is_ack = || {
            let text = std::str::from_utf8(&step.payload).unwrap_or_default();
            matches!(ClientFrame::read(text), Ok(ClientFrame::Ack(_)))
        };
        keeps_alive || (session.spoken == ProtocolName::Chat && is_ack())
    }

    async fn send_step(&mut self, at: usize, step: &Step) -> Result<Waited, Trouble> {
        let Some(text) = Some(&step.payload)
            .filter(|_| step.is_text)
            .and_then(|payload| std::str::from_utf8(payload).ok())
        else {
            let number = self.sessions[at].protocol.sent_as_is();
            let composed = Composed { payload: Payload::Binary(step.payload.clone()), number, content: None };
            return Ok(self.send_one(at, composed).await);
        };
        // A signature is only valid for a while: what it was over is signed anew.
        let entity = match self.sessions[at].spoken {
            ProtocolName::Versia if !self.setup.setting.signing.as_is => {
                Message::read(text.as_bytes()).ok().map(|message| message.entity)
            }
            _ => None,
        };
        let topic = self.setup.setting.topic.is_some();
        if self.sessions[at].spoken == ProtocolName::Wsify && topic {
            // What is typed would be broadcast; what was recorded is a command already.
            return Ok(self.send_one(at, Composed::text(text.to_owned())).await);
        }
        let composition =
            self.compose(at, Wanted::Document(entity.as_deref().unwrap_or(text)), "what was recorded")?;
        for composed in composition.messages {
            let waited = self.send_one(at, composed).await;
            if waited != Waited::Done {
                return Ok(waited);
            }
        }
        Ok(Waited::Done)
    }

    /// Waits until so many messages came, answers included.
    async fn await_replies(&mut self, at: usize, count: usize) -> Waited {
        let length = self.setup.patience.progress;
        loop {
            let before = self.replies(at);
            if before >= count {
                return Waited::Done;
            }
            let waited = self.until_late(length, Of::One(at), |run| run.replies(at) > before).await;
            if waited != Waited::Done {
                return waited;
            }
        }
    }

    fn replies(&self, at: usize) -> usize {
        self.sessions[at].replies.as_ref().map_or(0, Vec::len)
    }
}
