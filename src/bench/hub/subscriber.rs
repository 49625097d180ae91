//! One subscriber's session: it joins, and tells what comes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::sync::watch::Receiver;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::ledger::Ledger;
use super::mark::Marks;
use super::plan::{Heard, HubPlan, Language};
use crate::bench::outcome::LoadError;
use crate::bench::websocket;
use crate::client::HttpError;
use crate::client::websocket::{Opening, Socket, WebSocketError, open};

/// A session that has joined, as far as is known.
pub(super) struct Subscriber {
    number: usize,
    language: Language,
    socket: Socket,
}

impl Subscriber {
    /// Opens the session of a subscriber, and joins.
    ///
    /// # Errors
    /// When the hub cannot be reached, or refuses the session or the topic.
    pub(super) async fn open(plan: &HubPlan, number: usize) -> Result<Self, LoadError> {
        let socket = session(plan).await?;
        let mut subscriber = Subscriber { number, language: plan.language.clone(), socket };
        let join = subscriber.join(&plan.topic);
        match plan.timeout() {
            Duration::ZERO => join.await?,
            limit => tokio::time::timeout(limit, join).await.map_err(|_| not_answered(plan))??,
        }
        Ok(subscriber)
    }

    async fn join(&mut self, topic: &str) -> Result<(), LoadError> {
        let text = self.language.join(topic);
        self.socket.send(Frame::text(text)).await.map_err(|_| LoadError::JoinRefused)?;
        while self.language.answers_joins() {
            let mut answer = None;
            match self.socket.next().await {
                Some(Ok(frame @ (Frame::Text(_) | Frame::Binary(_)))) => {
                    self.language.read(&frame.into_data(), |heard| {
                        answer = match heard {
                            Heard::Joined => Some(Ok(())),
                            Heard::JoinRefused => Some(Err(LoadError::JoinRefused)),
                            Heard::Content(_) | Heard::Else => None,
                        };
                    });
                }
                Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => {}
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return Err(LoadError::JoinRefused),
            }
            if let Some(answer) = answer {
                return answer;
            }
        }
        Ok(())
    }

    /// Tells what comes, until the run is over or the session ends.
    pub(super) async fn listen(mut self, ledger: &Ledger, marks: &Marks, mut is_over: Receiver<bool>) {
        loop {
            let frame = tokio::select! {
                biased;
                frame = self.socket.next() => frame,
                _ = is_over.changed() => break,
            };
            match frame {
                Some(Ok(frame @ (Frame::Text(_) | Frame::Binary(_)))) => {
                    let number = self.number;
                    self.language.read(&frame.into_data(), |heard| match heard {
                        Heard::Content(content) => match marks.read(content) {
                            Some(published) => ledger.received(number, published),
                            None => ledger.foreign(),
                        },
                        Heard::Joined | Heard::JoinRefused => {}
                        Heard::Else => ledger.foreign(),
                    });
                }
                Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => {}
                Some(Ok(Frame::Close(close))) => {
                    let (code, reason) = match close {
                        Some(close) => (Some(close.code.into()), close.reason.to_string()),
                        None => (None, "closed without a code".to_owned()),
                    };
                    return ledger.cut_off(self.number, code, reason);
                }
                Some(Err(error)) => return ledger.cut_off(self.number, None, lost(error)),
                None => return ledger.cut_off(self.number, None, "the connection ended".to_owned()),
            }
        }
        // Whoever closes waits for the peer's Close; how long, is the run's matter.
        if self.socket.send(Frame::Close(None)).await.is_ok() {
            while let Some(Ok(_)) = self.socket.next().await {}
        }
    }
}

/// Opens a session.
///
/// # Errors
/// When the hub cannot be reached, or refuses it.
pub(super) async fn session(plan: &HubPlan) -> Result<Socket, LoadError> {
    let opening = Opening::new(plan.url.clone(), plan.nonce());
    let opened = open(Arc::clone(&plan.dialer), &opening).await.map_err(|error| match error {
        WebSocketError::Exchange(error) => LoadError::Connect(error),
        other => LoadError::Handshake(other),
    })?;
    Ok(opened.socket)
}

fn not_answered(plan: &HubPlan) -> LoadError {
    LoadError::Connect(HttpError::TimedOut {
        target: plan.url.origin().to_string(),
        stage: crate::client::Stage::Head,
        limit: plan.timeout(),
    })
}

fn lost(error: Error) -> String {
    let text = error.to_string();
    format!("{}: {text}", websocket::failure(error).name())
}
