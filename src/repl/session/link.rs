//! Opening a session, and its end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::super::happening::{Closed, Handshake, Happening, Stop, Told};
use super::super::judge::{Judge, Judged, What, frame_record, record_time};
use super::super::wire::{Answer, Coming, Wire};
use super::Session;
use super::waiting::Waited;
use crate::client::websocket::{
    Opened, Opening, PeerClose, Progress, SessionCause, SessionError, Waiting, WebSocketError, open,
};
use crate::protocol::record::{Bytes, Close, Direction, Headers, Record, Request, Response, Transport};
use crate::protocol::versia::{RECEIPTS, signature_headers};

/// How many messages that are made out may wait to be told.
const WAITING: usize = 256;

/// An open session.
pub(super) struct Link {
    pub(super) wire: Wire,
    judged: Receiver<Judged>,
    answers: UnboundedReceiver<Answer>,
    pub(super) handshake: Arc<Handshake>,
    target: String,
    /// Whether receipts were agreed on.
    pub(super) agreed: bool,
    pub(super) sent: u64,
    /// When each message without a receipt was sent; empty when receipts were not agreed on.
    pub(super) unanswered: VecDeque<Instant>,
    pub(super) received: u64,
    pub(super) valid: u64,
    /// How many pings were sent; each carries its number.
    pub(super) pinged: u64,
    /// The number of the last ping that was answered.
    pub(super) ponged: u64,
    pub(super) round_trip: Option<Duration>,
    /// The code of the Close that was sent.
    closing: Option<u16>,
}

impl Link {
    /// The next thing that comes. May be given up at any time.
    pub(super) async fn next(&mut self) -> Judged {
        let judged = tokio::select! {
            // A pong waits for nothing that came before it.
            biased;
            Some(Answer { ping, at_millis, round_trip }) = self.answers.recv() => {
                Some(Judged::new(at_millis, What::Pong(Some((ping, round_trip)))))
            }
            judged = self.judged.recv() => judged,
        };
        // The end was taken already, or the thread that verifies is gone.
        judged.unwrap_or_else(|| Judged::new(0, What::End(Err(SessionCause::Lost(None)))))
    }

    fn progress(&self) -> Progress {
        let acknowledged = self.agreed.then(|| self.sent - self.unanswered.len() as u64);
        Progress { sent: self.sent, acknowledged }
    }
}

impl<T: FnMut(Told)> Session<T> {
    /// Opens a session with a fresh signature, unless it is interrupted.
    pub(super) async fn open(&mut self) -> Result<Waited, WebSocketError> {
        let mut nonce = [0; 16];
        (self.setup.ambient.random)(&mut nonce);
        let url = self.setup.url.clone();
        let signed = self
            .setup
            .signer
            .as_ref()
            .map(|signer| signer.sign("GET", url.target(), self.setup.ambient.now_seconds(), b""));
        let opening = Opening {
            headers: signed.as_ref().map(signature_headers).unwrap_or_default(),
            subprotocols: self.setup.subprotocols.clone(),
            ..Opening::new(url, nonce)
        };
        let request = opening.wire_headers(self.setup.dialer.options()).map_err(WebSocketError::Exchange)?;
        let at_millis = (self.setup.ambient.now_millis)();
        let opened = tokio::select! {
            opened = open(Arc::clone(&self.setup.dialer), &opening) => opened?,
            Some(()) = self.interrupts.recv() => return Ok(Waited::Interrupted),
        };
        self.sessions += 1;
        let mut handshake = self.handshake_of(&opened, request, at_millis);
        handshake.signed_by = signed.map(|signed| signed.signed_by);
        self.start(opened, Arc::new(handshake));
        Ok(Waited::Done)
    }

    fn handshake_of(&self, opened: &Opened, request: Headers, at_millis: u64) -> Handshake {
        let session = format!("s{}", self.sessions);
        let tls = opened.tls.as_ref().map(|tls| tls.version);
        let mut record = Record {
            id: Some(self.setup.ambient.record_id()),
            at: record_time(at_millis),
            transport: Transport::Ws,
            direction: Some(Direction::Out),
            peer: Some(opened.peer.to_string()),
            session: Some(session.clone()),
            http: Some("1.1".to_owned()),
            tls: tls.map(str::to_owned),
            timings: Some(opened.timings),
            request: Some(Request {
                method: "GET".to_owned(),
                target: self.setup.url.target().to_owned(),
                headers: Some(request.clone()),
                ..Request::default()
            }),
            response: Some(Response { status: 101, headers: opened.headers.clone(), ..Response::default() }),
            ..Record::default()
        };
        record.hide_secrets();
        Handshake {
            session,
            url: self.setup.url.clone(),
            signed_by: None,
            request,
            response: opened.headers.clone(),
            subprotocol: opened.subprotocol.clone(),
            tls,
            peer: opened.peer,
            timings: opened.timings,
            at_millis,
            record,
        }
    }

    fn start(&mut self, opened: Opened, handshake: Arc<Handshake>) {
        let (wire, Coming { arrived, answers }) = Wire::start(opened.socket, self.setup.ambient);
        let judge = Judge::new(Arc::clone(&self.setup.keys), self.setup.ambient, Arc::clone(&handshake));
        let (sender, judged) = channel(WAITING);
        // Ends with the session: nothing is waited for.
        drop(tokio::task::spawn_blocking(move || judge.run(arrived, &sender)));
        self.link = Some(Link {
            wire,
            judged,
            answers,
            handshake: Arc::clone(&handshake),
            target: opened.target,
            agreed: handshake.subprotocol.as_deref() == Some(RECEIPTS),
            sent: 0,
            unanswered: VecDeque::new(),
            received: 0,
            valid: 0,
            pinged: 0,
            ponged: 0,
            round_trip: None,
            closing: None,
        });
        self.handshake = Some(Arc::clone(&handshake));
        self.tell(Happening::Opened(handshake));
    }

    /// Sends a Close, and waits for the peer's.
    pub(super) async fn close(&mut self, code: u16, reason: &str) -> Waited {
        let Some(link) = &mut self.link else { return Waited::Over };
        link.closing = Some(code);
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        // That it was taken does not matter: the peer's answer does.
        drop(link.wire.send(Message::Close(Some(frame))));
        let patience = self.setup.patience.close;
        let deadline =
            if patience.is_zero() { None } else { tokio::time::Instant::now().checked_add(patience) };
        // The time of the run has no say any more in an orderly end.
        self.leave_at = None;
        match self.until(deadline, |session| session.link.is_none()).await {
            Waited::Done | Waited::Over => Waited::Done,
            waited => {
                let cause = SessionCause::TimedOut(Waiting::Close, patience);
                self.ended(Err(cause)).await;
                waited
            }
        }
    }

    /// The session is over: tells how, and ends the connection.
    pub(super) async fn ended(&mut self, end: Result<PeerClose, SessionCause>) {
        let Some(link) = self.link.take() else { return };
        let asked_for = link.closing.is_some();
        let record = end.as_ref().ok().map(|close| self.close_record(&link, close));
        let end = match end {
            Ok(close) if is_orderly(&link, &close) => Ok(close),
            Ok(close) => Err(SessionCause::ClosedByPeer(close)),
            Err(cause) => Err(cause),
        };
        if let Err(cause) = &end {
            self.outcome.lost = true;
            if let Some((code, reason)) = farewell(cause) {
                let frame = CloseFrame { code, reason: reason.into() };
                drop(link.wire.send(Message::Close(Some(frame))));
            }
        }
        // The peer has had its say: what has no receipt by now gets none.
        let due = if end.is_ok() { link.unanswered.len() as u64 } else { 0 };
        let error = |cause| SessionError { target: link.target.clone(), progress: link.progress(), cause };
        let closed =
            Closed { session: link.handshake.session.clone(), end: end.map_err(error), asked_for, record };
        // Whatever still comes is not wanted.
        drop(link.judged);
        self.tell(Happening::Closed(Box::new(closed)));
        if due > 0 {
            self.unmet(Stop::Receipts(due));
        }
        link.wire.end().await;
    }

    fn close_record(&self, link: &Link, close: &PeerClose) -> Record {
        let at_millis = (self.setup.ambient.now_millis)();
        let ambient = self.setup.ambient;
        let mut record = frame_record(&link.handshake, ambient, at_millis, Direction::In, "close", b"");
        if let (Some(frame), Some(code)) = (&mut record.frame, close.code) {
            frame.data = Bytes::default();
            frame.close = Some(Close { code, reason: close.reason.clone() });
        }
        record
    }
}

/// Whether a peer's Close is an orderly end.
fn is_orderly(link: &Link, close: &PeerClose) -> bool {
    match (link.closing, close.code) {
        // The answer to our own has its code, or the usual one.
        (Some(ours), Some(theirs)) => theirs == ours || theirs == 1000,
        (Some(_), None) => true,
        (None, None | Some(1000)) => link.unanswered.is_empty(),
        (None, Some(_)) => false,
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
