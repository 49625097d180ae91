//! Sending again what was recorded: what `inbox replay` and the inspector have in common.

use std::sync::Arc;

use super::AMBIENT;
use super::error::CliError;
use crate::client::websocket::Patience;
use crate::client::{Dialer, HttpRequest, HttpUrl, NetworkOptions};
use crate::delivery::replay::{
    Frames, Held, Outbound, Prepared, Replay, ReplayError, exchange, in_session, prepare,
};
use crate::delivery::{Attempt, Composer, HttpRoad, SharedKeys};
use crate::protocol::record::Record;
use crate::signing::Signer;

/// What sends again.
#[derive(Clone)]
pub struct Replayer {
    /// How the network is used.
    pub options: NetworkOptions,
    /// What answers are verified with.
    pub keys: SharedKeys,
    /// Who signs the handshakes of sessions.
    pub signer: Option<Signer>,
}

impl Replayer {
    /// Sends a record again, and gives the records of what passed: of an exchange, or of a session from its handshake to its
    /// end. Blocks.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn replay(&self, record: &Record, replay: &Replay) -> Result<Vec<Record>, CliError> {
        let plan =
            prepare(record, replay, AMBIENT.now_seconds()).map_err(|error| replay_error("this", &error))?;
        match plan.prepared {
            Prepared::Exchange(request) => Ok(vec![self.exchange(request).record]),
            Prepared::InSession(message) => {
                Ok(self.in_session(vec![message])?.map(|held| held.records).unwrap_or_default())
            }
        }
    }

    /// Sends a request, and waits for what comes of it. Blocks.
    pub fn exchange(&self, request: HttpRequest) -> Box<Attempt> {
        let composer = Arc::new(self.composer(request.url.clone()));
        let dialer = Arc::new(Dialer::new(self.options.clone()));
        let mut road = HttpRoad::new(composer, dialer, Arc::clone(&self.keys), AMBIENT);
        Box::new(exchange(&mut road, request))
    }

    /// Sends messages that belong into one session, in one session. Blocks.
    ///
    /// # Errors
    /// When the system lets nothing be started.
    pub fn in_session(&self, messages: Vec<Outbound>) -> Result<Option<Held>, CliError> {
        let Some(first) = messages.first() else { return Ok(None) };
        let timeout = self.options.timeout;
        let usual = Patience::default();
        let close = if timeout.is_zero() { usual.close } else { usual.close.min(timeout) };
        let frames = Frames {
            composer: Arc::new(self.composer(first.url.clone())),
            dialer: Arc::new(Dialer::new(self.options.clone())),
            protocol: first.protocol,
            payloads: messages.into_iter().map(|message| message.payload).collect(),
            patience: Patience { progress: timeout, close },
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot open a session", &error))?;
        let held = runtime.block_on(in_session(frames, AMBIENT));
        // What still waits for the network has had its time.
        runtime.shutdown_background();
        Ok(Some(held))
    }

    fn composer(&self, url: HttpUrl) -> Composer {
        Composer { url, signer: self.signer.clone(), options: self.options.clone() }
    }
}

/// Why a record cannot be sent again.
pub fn replay_error(what: &str, error: &ReplayError) -> CliError {
    let cli = CliError::usage(format!("{what} cannot be sent again")).because(error);
    match error.hint() {
        Some(hint) => cli.hint(hint),
        None => cli,
    }
}
