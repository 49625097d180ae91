//! What each command does.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::super::backlog::Backlog;
use super::super::command::Command;
use super::super::document::{check_object, read_file};
use super::super::expect::Expectation;
use super::super::happening::{Expected, Happening, Received, Sent, Status, Stop, Told, Trouble};
use super::super::judge::frame_record;
use super::waiting::{Standstill, Waited, Woken};
use super::{Session, Then};
use crate::client::websocket::{Bytes, MAX_MESSAGE, SessionCause, Waiting, WebSocketError};
use crate::protocol::record::Direction;
use crate::protocol::versia::Message;

impl<T: FnMut(Told)> Session<T> {
    pub(super) async fn execute(&mut self, command: Command) -> Result<Then, Trouble> {
        match command {
            Command::Nothing => {}
            Command::Entity(text) => return self.send(text, "what was typed").await,
            Command::Send(path) => {
                let text = read_file(&(self.setup.path)(&path)).map_err(Trouble::Document)?;
                return self.send(text, &path).await;
            }
            Command::Sign(what) => {
                let (text, name) = if what.starts_with('{') {
                    (what.clone(), "what was typed")
                } else {
                    (read_file(&(self.setup.path)(&what)).map_err(Trouble::Document)?, what.as_str())
                };
                let signed = self.signed(text, name)?;
                self.tell(Happening::WouldSend(signed));
            }
            Command::Verify => self.tell(Happening::Verified(self.last.clone())),
            Command::Headers => self.tell(Happening::Headers(self.handshake.clone())),
            Command::Ping => return self.ping().await,
            Command::Close { code, reason } => {
                if self.link.is_none() {
                    return Err(Trouble::NoSession);
                }
                return Ok(self.close_after_receipts(code, &reason).await);
            }
            Command::Reconnect => return self.reconnect().await,
            Command::Status => {
                let status = self.status();
                self.tell(Happening::Status(Box::new(status)));
            }
            Command::Time(stamps) => self.tell(Happening::Time(stamps)),
            Command::Expect(expectation) => return Ok(self.expect(&expectation).await),
            Command::Wait(length) => return Ok(self.wait(length).await),
            Command::Help(about) => self.tell(Happening::Help(about)),
            Command::Quit => return Ok(Then::Quits),
        }
        Ok(Then::GoesOn)
    }

    /// What follows on a wait.
    fn after(&mut self, waited: Waited) -> Then {
        match waited {
            Waited::Interrupted if self.is_script() => Then::Breaks,
            _ => Then::GoesOn,
        }
    }

    /// The message that carries a text, signed now.
    fn signed(&self, text: String, what: &str) -> Result<String, Trouble> {
        check_object(&text, what).map_err(Trouble::Document)?;
        let signer = self.setup.signer.as_ref().ok_or(Trouble::NoSigner)?;
        let now = self.setup.ambient.now_seconds();
        let signed = signer.sign("POST", self.setup.url.target(), now, text.as_bytes());
        // Four strings always serialise.
        Ok(serde_json::to_string(&Message::new(signed, text)).unwrap_or_default())
    }

    async fn send(&mut self, text: String, what: &str) -> Result<Then, Trouble> {
        if self.link.is_none() {
            return Err(Trouble::NoSession);
        }
        let (message, entity) =
            if self.setup.as_is { (text, None) } else { (self.signed(text.clone(), what)?, Some(text)) };
        if message.len() > MAX_MESSAGE {
            return Err(Trouble::TooLarge { size: message.len(), limit: MAX_MESSAGE });
        }
        self.backlog.sending();
        let at_millis = (self.setup.ambient.now_millis)();
        let Some(link) = &mut self.link else { return Err(Trouble::NoSession) };
        link.sent += 1;
        if link.agreed {
            link.unanswered.push_back(std::time::Instant::now());
        }
        let ambient = self.setup.ambient;
        let mut record =
            frame_record(&link.handshake, ambient, at_millis, Direction::Out, "text", message.as_bytes());
        record.seq = Some(link.sent);
        let number = link.sent;
        self.tell(Happening::Sent(Box::new(Sent { number, record, entity })));
        let waited = self.transmit(Frame::text(message)).await;
        Ok(self.after(waited))
    }

    /// Sends a frame, and takes what comes until the system has taken all of it.
    async fn transmit(&mut self, frame: Frame) -> Waited {
        let Some(link) = &self.link else { return Waited::Over };
        let mut taken = link.wire.send(frame);
        let limit = self.setup.patience.progress;
        let mut standstill = Standstill::new(limit, link.wire.written(), Instant::now());
        loop {
            let woken = tokio::select! {
                biased;
                taken = &mut taken => match taken {
                    Ok(()) => return Waited::Done,
                    // Nothing can be written any more: what comes tells why.
                    Err(_) => {
                        let deadline = self.patience();
                        return self.until(deadline, |session| session.link.is_none()).await;
                    }
                },
                woken = self.wake(standstill.next_look(Instant::now()), None) => woken,
            };
            match woken {
                Woken::Came(judged) => self.take(judged).await,
                Woken::Interrupted => {
                    self.note_interrupt();
                    return Waited::Interrupted;
                }
                Woken::TimeUp | Woken::Line(_) => {}
            }
            let Some(link) = &self.link else { return Waited::Over };
            if standstill.is_reached(link.wire.written(), Instant::now()) {
                self.ended(Err(SessionCause::TimedOut(Waiting::ToSend, limit))).await;
                return Waited::TimeUp;
            }
            if self.leave_at.is_some_and(|end| end <= Instant::now()) {
                return Waited::TimeUp;
            }
        }
    }

    async fn ping(&mut self) -> Result<Then, Trouble> {
        let Some(link) = &mut self.link else { return Err(Trouble::NoSession) };
        link.pinged += 1;
        let number = link.pinged;
        let payload = Bytes::copy_from_slice(&number.to_be_bytes());
        let mut waited = self.transmit(Frame::Ping(payload)).await;
        if waited == Waited::Done && self.is_script() {
            let answered =
                |session: &mut Self| session.link.as_ref().is_some_and(|link| link.ponged >= number);
            let deadline = self.patience();
            waited = self.until(deadline, answered).await;
            if waited == Waited::TimeUp {
                self.unmet(Stop::Pong);
            }
        }
        Ok(self.after(waited))
    }

    /// Closes the session when a script's receipts have come, or had their time.
    async fn close_after_receipts(&mut self, code: u16, reason: &str) -> Then {
        let drained = if self.is_script() { self.drain_receipts().await } else { Waited::Done };
        if drained == Waited::Interrupted {
            return self.after(drained);
        }
        let waited = self.close(code, reason).await;
        self.after(waited)
    }

    async fn reconnect(&mut self) -> Result<Then, Trouble> {
        if self.link.is_some() {
            let leave_at = self.leave_at;
            let then = self.close_after_receipts(1000, "").await;
            self.leave_at = leave_at;
            if then != Then::GoesOn {
                return Ok(then);
            }
        }
        match self.open().await {
            Ok(Waited::Interrupted) => {
                self.note_interrupt();
                Ok(self.after(Waited::Interrupted))
            }
            Ok(_) => {
                // What came over another session answers nothing of this one.
                self.backlog = Backlog::default();
                Ok(Then::GoesOn)
            }
            Err(error) => {
                match &error {
                    WebSocketError::Refused { .. } => self.outcome.handshake_refused = true,
                    _ => self.outcome.lost = true,
                }
                self.tell(Happening::NotOpened(error));
                Ok(Then::GoesOn)
            }
        }
    }

    async fn expect(&mut self, expectation: &Expectation) -> Then {
        let start = Instant::now();
        let deadline = start.checked_add(expectation.within);
        let mut met_by: Option<Arc<Received>> = None;
        let mut looked_at = 0;
        let (mut seen, mut from) = (self.backlog.forgotten(), 0);
        let waited = self
            .until(deadline, |session| {
                // What gave way since was looked at before.
                let gone = session.backlog.forgotten() - seen;
                seen += gone;
                from -= usize::try_from(gone).unwrap_or(usize::MAX).min(from);
                match session.backlog.find(expectation, from) {
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
        let (text, forgotten, waited_for) =
            (expectation.text.clone(), self.backlog.forgotten(), start.elapsed());
        self.tell(Happening::Expected(Expected { text, met_by, looked_at, forgotten, waited: waited_for }));
        if !is_met && waited == Waited::TimeUp && self.is_time_up() {
            return Then::Leaves;
        }
        self.after(waited)
    }

    async fn wait(&mut self, length: Duration) -> Then {
        let deadline = Instant::now().checked_add(length);
        loop {
            match self.wake(deadline, None).await {
                Woken::Came(judged) => self.take(judged).await,
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

    fn status(&self) -> Status {
        let link = self.link.as_ref();
        Status {
            handshake: self.handshake.clone(),
            is_open: link.is_some(),
            sent: link.map_or(0, |link| link.sent),
            unanswered: link.filter(|link| link.agreed).map(|link| link.unanswered.len() as u64),
            received: link.map_or(0, |link| link.received),
            valid: link.map_or(0, |link| link.valid),
            round_trip: link.and_then(|link| link.round_trip),
        }
    }
}
