//! The signals that ask a long run to end. Platform code lives here.

use super::error::CliError;

/// The requests to end, as they come.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From now on, signals are told here, and do not end the process. Called inside a runtime.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> Result<Self, CliError> {
        use tokio::signal::unix::{SignalKind, signal};
        let on = |kind| signal(kind).map_err(|error| CliError::io("cannot wait for signals", &error));
        Ok(Signals { terminate: on(SignalKind::terminate())?, interrupt: on(SignalKind::interrupt())? })
    }

    /// Waits for SIGINT or SIGTERM.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// From now on, Ctrl-C is told here, and does not end the process. Called inside a runtime.
    ///
    /// # Errors
    /// None on this platform.
    pub fn new() -> Result<Self, CliError> {
        Ok(Signals {})
    }

    /// Waits for Ctrl-C.
    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
