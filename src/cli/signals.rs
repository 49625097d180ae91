//! The signals that ask a long run to end. Platform code lives here.

#[cfg(unix)]
use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::AtomicBool;

use super::error::CliError;
#[cfg(unix)]
use super::error::Exit;

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
    /// From now on, the first signal is told here, and does not end the process. The second one ends it at once: whoever
    /// would be told may be stuck in a terminal or a pipe that takes nothing. Called inside a runtime.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> Result<Self, CliError> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag::{register, register_conditional_shutdown};
        use tokio::signal::unix::{SignalKind, signal};
        let refused = |error| CliError::io("cannot wait for signals", &error);
        let on = |kind| signal(kind).map_err(refused);
        let came = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: a signal is first held against those before it.
            register_conditional_shutdown(signal, Exit::Interrupted as i32, Arc::clone(&came))
                .map_err(refused)?;
            register(signal, Arc::clone(&came)).map_err(refused)?;
        }
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
