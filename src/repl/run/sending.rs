//! Sending: what is wanted becomes messages, messages become frames, and the system takes them.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::super::document::check_object;
use super::super::flaws::flaws;
use super::super::happening::{Happening, Sent, Stop, Told, Trouble};
use super::super::judge::frame_record;
use super::super::wire::Share;
use super::waiting::{Of, Standstill, Waited, Woken};
use super::{Run, Then};
use crate::client::websocket::{Bytes, MAX_MESSAGE, SessionCause, Waiting};
use crate::protocol::record::Direction;
use crate::protocol::session::{ComposeError, Composed, Composition, Payload, ProtocolName, Wanted};

/// What stands around an entity in a signed message, in bytes, at most.
const ENVELOPE: usize = 1 << 10;

impl<T: FnMut(Told)> Run<T> {
    /// Sends what is wanted in the session in use; `what` names it for people.
    pub(super) async fn send(&mut self, wanted: Wanted<'_>, what: &str) -> Result<Then, Trouble> {
        let at = self.current;
        self.await_open(at).await?;
        let composition = self.compose(at, wanted, what)?;
        for line in composition.told {
            self.tell(Happening::Said(line));
        }
        self.sessions[at].backlog.sending();
        for composed in composition.messages {
            let waited = self.send_one(at, composed).await;
            if waited != Waited::Done {
                return Ok(self.after(waited));
            }
        }
        Ok(Then::GoesOn)
    }

    /// Sends bytes as they are, past the protocol.
    pub(super) async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<Then, Trouble> {
        let at = self.current;
        self.await_open(at).await?;
        too_large(bytes.len())?;
        self.sessions[at].backlog.sending();
        let number = self.sessions[at].protocol.sent_as_is();
        let composed = Composed { payload: Payload::Binary(bytes), number, content: None };
        let waited = self.send_one(at, composed).await;
        Ok(self.after(waited))
    }

    pub(super) fn compose(
        &mut self,
        at: usize,
        wanted: Wanted<'_>,
        what: &str,
    ) -> Result<Composition, Trouble> {
        let moment = self.moment();
        if let Wanted::Document(text) = wanted {
            too_large(text.len())?;
            // What is composed counts as sent: a signed message that turned out too large could not be taken back.
            let is_signed =
                self.sessions[at].spoken == ProtocolName::Versia && !self.setup.setting.signing.as_is;
            if is_signed {
                check_object(text, what).map_err(Trouble::Document)?;
            }
            if is_signed && text.len() > MAX_MESSAGE / 6 - ENVELOPE {
                let escaped = serde_json::to_string(text).map_or(usize::MAX, |escaped| escaped.len());
                too_large(escaped.saturating_add(ENVELOPE))?;
            }
        }
        self.sessions[at].protocol.compose(wanted, moment).map_err(|error| match error {
            ComposeError::NoSigner => Trouble::NoSigner,
            error => Trouble::Compose(error),
        })
    }

    /// Sends a message, and waits until the system has taken it.
    pub(super) async fn send_one(&mut self, at: usize, composed: Composed) -> Waited {
        match self.post(at, composed, false) {
            Some(taken) => self.transmit(at, taken).await,
            None => Waited::Over,
        }
    }

    /// Queues a message and tells it; gives what tells when the system has taken it.
    pub(super) fn post(
        &mut self,
        at: usize,
        composed: Composed,
        by_itself: bool,
    ) -> Option<oneshot::Receiver<()>> {
        self.post_with(at, composed, by_itself, Share::default())
    }

    pub(super) fn post_with(
        &mut self,
        at: usize,
        composed: Composed,
        by_itself: bool,
        share: Share,
    ) -> Option<oneshot::Receiver<()>> {
        let Composed { payload, number, content } = composed;
        let at_millis = self.moment().millis;
        let ambient = self.setup.ambient;
        let link = self.sessions[at].link.as_mut()?;
        link.sent += 1;
        link.sent_at.extend(number.map(|number| (number, link.sent, std::time::Instant::now())));
        let borrowed = payload.as_ref();
        let (opcode, bytes) = (borrowed.opcode(), borrowed.bytes());
        let mut record = frame_record(&link.handshake, ambient, at_millis, Direction::Out, opcode, bytes);
        record.seq = Some(link.sent);
        let looked_at = content
            .as_deref()
            .filter(|_| self.setup.validate && link.handshake.protocol == ProtocolName::Versia);
        let flaws = looked_at.and_then(|entity| flaws(entity.as_bytes()));
        let sent = Sent { number: link.sent, record: Arc::new(record), entity: content, flaws, by_itself };
        self.tell_at(at, at_millis, Happening::Sent(Arc::new(sent)));
        let mut frames = frames(payload, self.fragments);
        let last = frames.pop()?;
        for frame in frames {
            drop(self.put(at, frame, Share::default()));
        }
        self.put(at, last, share)
    }

    /// Takes what comes until the system has taken what was queued.
    pub(super) async fn transmit(&mut self, at: usize, mut taken: oneshot::Receiver<()>) -> Waited {
        let limit = self.setup.patience.progress;
        let Some(link) = &self.sessions[at].link else { return Waited::Over };
        let mut standstill = Standstill::new(limit, link.wire.written(), Instant::now());
        loop {
            let woken = tokio::select! {
                biased;
                taken = &mut taken => match taken {
                    Ok(()) => return Waited::Done,
                    // Nothing can be written any more: what comes tells why.
                    Err(_) => {
                        let deadline = self.patience();
                        let is_over = |run: &mut Self| run.sessions[at].link.is_none();
                        return self.until(deadline, Of::One(at), is_over).await;
                    }
                },
                woken = self.wake(standstill.next_look(Instant::now()), None) => woken,
            };
            match woken {
                Woken::Came(at, judged) => self.take(at, judged),
                Woken::Interrupted => {
                    self.note_interrupt();
                    return Waited::Interrupted;
                }
                Woken::TimeUp | Woken::Line(_) => {}
            }
            let Some(link) = &self.sessions[at].link else { return Waited::Over };
            if standstill.is_reached(link.wire.written(), Instant::now()) {
                self.ended(at, Err(SessionCause::TimedOut(Waiting::ToSend, limit)));
                return Waited::TimeUp;
            }
            if self.leave_at.is_some_and(|end| end <= Instant::now()) {
                return Waited::TimeUp;
            }
        }
    }

    /// Waits until a session that was lost is open again, if it ever is.
    pub(super) async fn await_open(&mut self, at: usize) -> Result<(), Trouble> {
        if self.sessions[at].retry.is_some() && self.is_script() {
            self.until(None, Of::One(at), |run| run.sessions[at].link.is_some()).await;
        }
        if self.sessions[at].link.is_some() { Ok(()) } else { Err(Trouble::NoSession) }
    }

    pub(super) async fn ping(&mut self) -> Result<Then, Trouble> {
        let at = self.current;
        self.await_open(at).await?;
        let Some(link) = &mut self.sessions[at].link else { return Err(Trouble::NoSession) };
        link.pinged += 1;
        let number = link.pinged;
        let payload = number.to_be_bytes();
        let at_millis = self.moment().millis;
        self.tell_frame(at, at_millis, Direction::Out, "ping", &payload);
        let frame = Message::Ping(Bytes::copy_from_slice(&payload));
        let Some(taken) = self.put(at, frame, Share::default()) else { return Err(Trouble::NoSession) };
        let mut waited = self.transmit(at, taken).await;
        if waited == Waited::Done && self.is_script() {
            let answered =
                |run: &mut Self| run.sessions[at].link.as_ref().is_some_and(|link| link.ponged >= number);
            waited = self.until_late(self.setup.patience.progress, Of::One(at), answered).await;
            if waited == Waited::TimeUp {
                self.unmet(Stop::Pong);
            }
        }
        Ok(self.after(waited))
    }
}

fn too_large(size: usize) -> Result<(), Trouble> {
    if size > MAX_MESSAGE { Err(Trouble::TooLarge { size, limit: MAX_MESSAGE }) } else { Ok(()) }
}

/// A message as it is sent: whole, or in so many frames.
fn frames(payload: Payload, fragments: usize) -> Vec<Message> {
    let (bytes, kind) = match payload {
        Payload::Text(text) if fragments == 1 => return vec![Message::text(text)],
        Payload::Binary(bytes) if fragments == 1 => return vec![Message::binary(bytes)],
        Payload::Text(text) => (text.into_bytes(), Data::Text),
        Payload::Binary(bytes) => (bytes, Data::Binary),
    };
    let bytes = Bytes::from(bytes);
    // The first ones are a byte longer where it does not come out even; they may be empty.
    let (size, longer) = (bytes.len() / fragments, bytes.len() % fragments);
    let mut start = 0;
    let frame = |number: usize| {
        let end = start + size + usize::from(number < longer);
        let part = bytes.slice(start..end);
        start = end;
        let opcode = OpCode::Data(if number == 0 { kind } else { Data::Continue });
        Message::Frame(Frame::message(part, opcode, number + 1 == fragments))
    };
    (0..fragments).map(frame).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_into_as_many_frames_as_are_wanted() {
        for (text, fragments, parts) in
            [("abcde", 2, &["abc", "de"][..]), ("ab", 3, &["a", "b", ""]), ("", 2, &["", ""])]
        {
            let frames = frames(Payload::Text(text.to_owned()), fragments);
            for (number, (frame, part)) in frames.iter().zip(parts).enumerate() {
                let Message::Frame(frame) = frame else { panic!("a frame") };
                assert_eq!(frame.payload(), part.as_bytes());
                let header = frame.header();
                assert_eq!(header.is_final, number + 1 == fragments);
                assert_eq!(header.opcode == OpCode::Data(Data::Text), number == 0);
            }
            assert_eq!(frames.len(), fragments);
        }
        assert_eq!(frames(Payload::Binary(vec![1]), 1), [Message::binary(vec![1])]);
    }
}
