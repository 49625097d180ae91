//! An open session's connection, and its end.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc::channel;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::super::happening::{Closed, Handshake, Happening, Stop, Told};
use super::super::judge::{Judge, frame_record};
use super::super::wire::{Coming, Wire};
use super::Run;
use super::session::{Link, Session};
use super::waiting::{Of, Waited};
use crate::client::websocket::{Opened, PeerClose, Progress, SessionCause, SessionError, Waiting};
use crate::protocol::record::{self, Close, Direction, Record};

/// How many messages that are examined may wait to be told.
const WAITING: usize = 256;

impl<T: FnMut(Told)> Run<T> {
    /// Starts both directions of a connection.
    pub(super) fn link(&mut self, at: usize, opened: Opened, handshake: Arc<Handshake>) {
        let (wire, Coming { arrived, answers: pongs }) = Wire::start(opened.socket, self.setup.ambient);
        let session = &mut self.sessions[at];
        let (ambient, validate) = (self.setup.ambient, self.setup.validate);
        let judge = Judge::new(session.protocol.examiner(), ambient, Arc::clone(&handshake), validate);
        let (sender, judged) = channel(WAITING);
        // Ends with the session: nothing is waited for.
        drop(tokio::task::spawn_blocking(move || judge.run(arrived, &sender)));
        session.link = Some(Link {
            wire,
            judged,
            pongs,
            handshake,
            target: opened.target,
            answers: false,
            sent: 0,
            sent_at: VecDeque::new(),
            taken: 0,
            received: 0,
            valid: 0,
            pinged: 0,
            ponged: 0,
            round_trip: None,
            spoke_at: Instant::now(),
            silent_since: None,
            closing: None,
        });
    }

    /// Sends a Close, and waits for the peer's.
    pub(super) async fn close(&mut self, at: usize, code: u16, reason: &str) -> Waited {
        let Some(link) = &mut self.sessions[at].link else { return Waited::Over };
        link.closing = Some(code);
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        // That it was taken does not matter: the peer's answer does.
        drop(link.wire.send(Message::Close(Some(frame))));
        let close = PeerClose { code: Some(code), reason: reason.to_owned() };
        if let Some(record) = self.close_record(at, Direction::Out, &close) {
            self.tell_of(at, Happening::Frame(Arc::new(record)));
        }
        let start = Instant::now();
        // The time of the run has no say in an orderly end.
        let leave_at = self.leave_at.take();
        let patience = self.setup.patience.close;
        let waited = self.until_late(patience, Of::One(at), |run| run.sessions[at].link.is_none()).await;
        self.leave_at = leave_at;
        match waited {
            Waited::Done | Waited::Over => Waited::Done,
            Waited::TimeUp => {
                self.ended(at, Err(SessionCause::TimedOut(Waiting::Close, start.elapsed())));
                Waited::TimeUp
            }
            Waited::Interrupted => {
                self.give_up(at);
                Waited::Interrupted
            }
        }
    }

    /// Ends the connection of a session whose Close nobody wants to wait for any more. The peer is not late by that.
    fn give_up(&mut self, at: usize) {
        let session = &mut self.sessions[at];
        let Some(link) = session.link.take() else { return };
        session.passed = Some(link.passed());
        self.outcome.interrupted = true;
        self.ending.spawn(link.wire.end());
    }

    /// A session is over: tells how, and ends the connection.
    pub(super) fn ended(&mut self, at: usize, end: Result<PeerClose, SessionCause>) {
        let record = end.as_ref().ok().and_then(|close| self.close_record(at, Direction::In, close));
        let session = &mut self.sessions[at];
        let Some(link) = session.link.take() else { return };
        session.passed = Some(link.passed());
        let due = session.protocol.unanswered();
        let end = match end {
            Ok(close) if is_orderly(&link, due, &close) => Ok(close),
            Ok(close) => Err(SessionCause::ClosedByPeer(close)),
            Err(cause) => Err(cause),
        };
        if let Some((code, reason)) = end.as_ref().err().and_then(farewell) {
            let frame = CloseFrame { code, reason: reason.into() };
            drop(link.wire.send(Message::Close(Some(frame))));
        }
        let asked_for = link.closing.is_some();
        let tries_again = self.setup.reconnect && !asked_for && end.as_ref().is_err_and(may_be_opened_again);
        self.outcome.lost |= end.is_err() && !tries_again;
        let is_over = end.is_ok() || tries_again;
        let spoken = session.spoken;
        let progress = progress(&link, session);
        let error = |cause| SessionError { target: link.target.clone(), progress, cause };
        let closed = Closed {
            session: link.handshake.session.clone(),
            protocol: spoken,
            end: end.map_err(error),
            asked_for,
            record: record.map(Arc::new),
        };
        // Whatever still comes is not wanted.
        drop(link.judged);
        self.tell_of(at, Happening::Closed(Box::new(closed)));
        self.ending.spawn(link.wire.end());
        // The peer has had its say: what has no answer by now gets none.
        if due > 0 && is_over {
            self.outcome.unmet += 1;
            self.tell_of(at, Happening::Stopped(Stop::Unanswered(due as u64, spoken)));
        }
        if tries_again {
            self.retry(at, 1);
        }
    }

    fn close_record(&self, at: usize, direction: Direction, close: &PeerClose) -> Option<Record> {
        let link = self.sessions[at].link.as_ref()?;
        let at_millis = (self.setup.ambient.now_millis)();
        let ambient = self.setup.ambient;
        let mut record = frame_record(&link.handshake, ambient, at_millis, direction, "close", b"");
        if let (Some(frame), Some(code)) = (&mut record.frame, close.code) {
            frame.data = record::Bytes::default();
            frame.close = Some(Close { code, reason: close.reason.clone() });
        }
        Some(record)
    }
}

fn progress(link: &Link, session: &Session) -> Progress {
    let unanswered = session.protocol.unanswered() as u64;
    Progress { sent: link.sent, acknowledged: link.answers.then(|| link.sent.saturating_sub(unanswered)) }
}

/// Whether a peer's Close is an orderly end.
fn is_orderly(link: &Link, unanswered: usize, close: &PeerClose) -> bool {
    match (link.closing, close.code) {
        // The answer to our own has its code, or the usual one.
        (Some(ours), Some(theirs)) => theirs == ours || theirs == 1000,
        (Some(_), None) => true,
        (None, None | Some(1000)) => unanswered == 0,
        (None, Some(_)) => false,
    }
}

/// Whether a session that ended so may be there again when it is asked for.
fn may_be_opened_again(cause: &SessionCause) -> bool {
    match cause {
        SessionCause::Lost(_) | SessionCause::TimedOut(..) => true,
        SessionCause::ClosedByPeer(close) => {
            matches!(close.code, None | Some(1000 | 1001 | 1006 | 1011..=1014))
        }
        _ => false,
    }
}

/// What the peer is told when its session cannot go on.
fn farewell(cause: &SessionCause) -> Option<(CloseCode, &'static str)> {
    match cause {
        SessionCause::Protocol(_) => Some((CloseCode::Protocol, "")),
        SessionCause::NotUtf8 => Some((CloseCode::Invalid, "")),
        SessionCause::IncomingTooLarge { .. } => Some((CloseCode::Size, "")),
        _ => None,
    }
}
