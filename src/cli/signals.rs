//! The signals that ask a long run to end. Platform code lives here.

use super::error::CliError;

/// The requests to end, as they come.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    first: tokio::sync::mpsc::UnboundedReceiver<()>,
}

#[cfg(unix)]
impl Signals {
    /// From now on, the first signal is told here, and does not end the process. The second one ends it at once, with the
    /// terminal as it was: whoever would be told may be stuck in a terminal or a pipe that takes nothing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> Result<Self, CliError> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        Signals::of(&[SIGINT, SIGTERM])
    }

    /// The same, and for what ends a program that holds a terminal: one that hangs up, or Ctrl-\.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn at_a_terminal() -> Result<Self, CliError> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
        Signals::of(&[SIGINT, SIGTERM, SIGHUP, SIGQUIT])
    }

    fn of(signals: &[i32]) -> Result<Self, CliError> {
        use std::os::unix::net::UnixStream;
        let refused = |error| CliError::io("cannot wait for signals", &error);
        // A byte for each signal: nothing may be done while one is handled, and none of them is overlooked.
        let (came, told) = UnixStream::pair().map_err(refused)?;
        for signal in signals {
            let told = told.try_clone().map_err(refused)?;
            signal_hook::low_level::pipe::register(*signal, told).map_err(refused)?;
        }
        let (sender, first) = tokio::sync::mpsc::unbounded_channel();
        let watch = move || end_at_the_second(came, &sender);
        std::thread::Builder::new().name("signals".to_owned()).spawn(watch).map_err(refused)?;
        Ok(Signals { first })
    }

    /// Waits for the first signal; there is none after it.
    pub async fn next(&mut self) {
        if self.first.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Tells of the first signal, and ends the process at the second.
#[cfg(unix)]
fn end_at_the_second(
    mut came: std::os::unix::net::UnixStream,
    first: &tokio::sync::mpsc::UnboundedSender<()>,
) {
    use std::io::Read;
    if came.read_exact(&mut [0]).is_ok() {
        // Nobody may want to know any more; the next signal counts all the same.
        let _ = first.send(());
    }
    if came.read_exact(&mut [0]).is_ok() {
        super::editor::abandon_terminal();
        signal_hook::low_level::exit(super::error::Exit::Interrupted as i32);
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

    /// The same.
    ///
    /// # Errors
    /// None on this platform.
    pub fn at_a_terminal() -> Result<Self, CliError> {
        Signals::new()
    }

    /// Waits for Ctrl-C.
    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
