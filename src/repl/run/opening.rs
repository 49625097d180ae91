//! Opening a session: the handshake with a fresh signature, and again by itself when it was lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::super::happening::{Handshake, Happening, Label, Told};
use super::super::judge::record_time;
use super::Run;
use super::session::{Retry, RetryState, Session};
use super::waiting::Waited;
use crate::client::websocket::{Opened, Opening, WebSocketError, open};
use crate::client::{Dialer, HttpUrl};
use crate::protocol::record::{Direction, Headers, Record, Request, Response, Transport};
use crate::protocol::session::{ProtocolName, Setting};
use crate::protocol::versia::signature_headers;

/// How often a lost session is tried to be opened again.
const ATTEMPTS: u32 = 10;

/// How long is waited before the first attempt; twice as long before each one after it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// How long is waited at most, but for the jitter.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A handshake that is to be made.
struct Prepared {
    opening: Opening,
    request: Headers,
    signed_by: Option<String>,
    at_millis: u64,
}

/// A handshake that was made.
pub(super) struct Connected {
    pub(super) opened: Opened,
    request: Headers,
    signed_by: Option<String>,
    at_millis: u64,
}

async fn connect(dialer: Arc<Dialer>, prepared: Prepared) -> Result<Box<Connected>, WebSocketError> {
    let opened = open(dialer, &prepared.opening).await?;
    let Prepared { request, signed_by, at_millis, .. } = prepared;
    Ok(Box::new(Connected { opened, request, signed_by, at_millis }))
}

impl<T: FnMut(Told)> Run<T> {
    /// Adds a session that is not open yet; gives its place.
    pub(super) fn start_session(
        &mut self,
        url: HttpUrl,
        spoken: ProtocolName,
        name: Option<String>,
    ) -> usize {
        let number = self.sessions.len();
        let name = name.unwrap_or_else(|| format!("s{}", number + 1));
        let mut setting: Setting = self.setup.setting.clone();
        setting.signing.target = url.target().to_owned();
        self.sessions.push(Session {
            label: Label { name: name.into(), number },
            url,
            spoken,
            protocol: spoken.start(setting),
            link: None,
            handshake: None,
            connections: 0,
            backlog: Default::default(),
            passed: None,
            last: None,
            replies: None,
            retry: None,
        });
        number
    }

    fn prepare(&self, at: usize) -> Result<Prepared, WebSocketError> {
        let session = &self.sessions[at];
        let mut nonce = [0; 16];
        (self.setup.ambient.random)(&mut nonce);
        let url = session.url.clone();
        let signer =
            self.setup.setting.signing.signer.as_ref().filter(|_| session.protocol.signs_handshake());
        let signed =
            signer.map(|signer| signer.sign("GET", url.target(), self.setup.ambient.now_seconds(), b""));
        let own = session.protocol.subprotocols().iter().map(|name| (*name).to_owned());
        let opening = Opening {
            headers: signed.as_ref().map(signature_headers).unwrap_or_default(),
            subprotocols: self.setup.subprotocols.iter().cloned().chain(own).collect(),
            ..Opening::new(url, nonce)
        };
        let request = opening.wire_headers(self.setup.dialer.options()).map_err(WebSocketError::Exchange)?;
        let at_millis = (self.setup.ambient.now_millis)();
        Ok(Prepared { opening, request, signed_by: signed.map(|signed| signed.signed_by), at_millis })
    }

    /// Opens a session with a fresh signature, unless it is interrupted.
    pub(super) async fn open(&mut self, at: usize) -> Result<Waited, WebSocketError> {
        self.sessions[at].retry = None;
        let prepared = self.prepare(at)?;
        let connected = tokio::select! {
            connected = connect(Arc::clone(&self.setup.dialer), prepared) => connected?,
            Some(()) = self.interrupts.recv() => return Ok(Waited::Interrupted),
        };
        self.opened(at, *connected);
        Ok(Waited::Done)
    }

    pub(super) fn opened(&mut self, at: usize, connected: Connected) {
        let Connected { opened, request, signed_by, at_millis } = connected;
        self.sessions[at].connections += 1;
        let handshake = Arc::new(self.handshake_of(at, &opened, request, signed_by, at_millis));
        self.link(at, opened, Arc::clone(&handshake));
        self.sessions[at].handshake = Some(Arc::clone(&handshake));
        let agreed = handshake.subprotocol.clone();
        self.tell_of(at, Happening::Opened(handshake));
        let moment = self.moment();
        let session = &mut self.sessions[at];
        let first = session.protocol.opened(agreed.as_deref(), moment);
        if let Some(link) = &mut session.link {
            link.answers = session.protocol.answers();
        }
        for first in first {
            drop(self.post(at, first, true));
        }
    }

    fn handshake_of(
        &self,
        at: usize,
        opened: &Opened,
        request: Headers,
        signed_by: Option<String>,
        at_millis: u64,
    ) -> Handshake {
        let Session { label, url, spoken, connections, .. } = &self.sessions[at];
        let session = match connections {
            1 => label.name.to_string(),
            again => format!("{}.{again}", label.name),
        };
        let tls = opened.tls.as_ref().map(|tls| tls.version);
        let mut record = Record {
            id: Some(self.setup.ambient.record_id()),
            at: record_time(at_millis),
            transport: Transport::Ws,
            direction: Some(Direction::Out),
            protocol: spoken.protocol(),
            peer: Some(opened.peer.to_string()),
            session: Some(session.clone()),
            http: Some("1.1".to_owned()),
            tls: tls.map(str::to_owned),
            timings: Some(opened.timings),
            request: Some(Request {
                method: "GET".to_owned(),
                target: url.target().to_owned(),
                headers: Some(request.clone()),
                ..Request::default()
            }),
            response: Some(Response { status: 101, headers: opened.headers.clone(), ..Response::default() }),
            ..Record::default()
        };
        record.hide_secrets();
        Handshake {
            session,
            protocol: *spoken,
            url: url.clone(),
            signed_by,
            request,
            response: opened.headers.clone(),
            subprotocol: opened.subprotocol.clone(),
            tls,
            peer: opened.peer,
            timings: opened.timings,
            at_millis,
            record: Arc::new(record),
        }
    }

    /// Has a lost session opened again after a pause; false when it was tried often enough.
    pub(super) fn retry(&mut self, at: usize, attempt: u32) -> bool {
        if attempt > ATTEMPTS {
            return false;
        }
        let mut random = [0; 8];
        (self.setup.ambient.random)(&mut random);
        let pause = pause_before(attempt, u64::from_be_bytes(random));
        let state = RetryState::Waiting(tokio::time::Instant::now() + pause);
        self.sessions[at].retry = Some(Retry { attempt, state });
        self.tell_of(at, Happening::Retrying(attempt, pause));
        true
    }

    /// The pause is over.
    pub(super) fn try_again(&mut self, at: usize) {
        let Some(attempt) = self.sessions[at].retry.as_ref().map(|retry| retry.attempt) else { return };
        match self.prepare(at) {
            Ok(prepared) => {
                let (sender, opening) = oneshot::channel();
                let dialer = Arc::clone(&self.setup.dialer);
                // When nobody wants it any more, it ends by itself.
                drop(tokio::spawn(async move {
                    let _ = sender.send(connect(dialer, prepared).await);
                }));
                self.sessions[at].retry = Some(Retry { attempt, state: RetryState::Opening(opening) });
            }
            Err(error) => self.not_reopened(at, error),
        }
    }

    /// An attempt has ended.
    pub(super) fn reopened(&mut self, at: usize, opened: Option<Result<Box<Connected>, WebSocketError>>) {
        let Some(Retry { attempt, .. }) = self.sessions[at].retry.take() else { return };
        match opened {
            Some(Ok(connected)) => self.opened(at, *connected),
            Some(Err(error @ WebSocketError::Exchange(_))) if error.code().is_some() => {
                if !self.retry(at, attempt + 1) {
                    self.not_reopened(at, error);
                }
            }
            Some(Err(error)) => self.not_reopened(at, error),
            None => self.outcome.lost = true,
        }
    }

    /// There is no session, and none will be by itself.
    pub(super) fn not_reopened(&mut self, at: usize, error: WebSocketError) {
        self.sessions[at].retry = None;
        match &error {
            WebSocketError::Refused { .. } => self.outcome.handshake_refused = true,
            _ => self.outcome.lost = true,
        }
        self.tell_of(at, Happening::NotOpened(error));
    }
}

/// How long is waited before an attempt: between half and one and a half times its share, so that those who lost the same
/// server do not come back at once.
fn pause_before(attempt: u32, random: u64) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_PAUSE);
    let jitter = 0.5 + (random >> 11) as f64 / (1_u64 << 53) as f64;
    pause.mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_with_a_jitter_around_them() {
        for (attempt, least, most) in
            [(1, 250, 750), (2, 500, 1_500), (5, 4_000, 12_000), (10, 15_000, 45_000)]
        {
            assert_eq!(pause_before(attempt, 0), Duration::from_millis(least));
            let longest = pause_before(attempt, u64::MAX);
            assert!(longest <= Duration::from_millis(most) && longest > Duration::from_millis(most - 1));
        }
    }
}
