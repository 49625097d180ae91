//! The signals that ask a long run to end. Platform code lives here.

use super::error::CliError;

/// What is asked of a run from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Ctrl-C: to give up what is being done.
    Interrupt,
    /// To end, in order, whatever is being done.
    End,
}

/// The requests to end, as they come.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    told: tokio::sync::mpsc::UnboundedReceiver<Wish>,
    heeded: Heeded,
}

/// Where is told that an interrupt was heeded, so that the next one does not end the process.
#[derive(Debug, Clone, Default)]
pub struct Heeded {
    /// Whether a signal came that was not.
    #[cfg(unix)]
    pending: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

#[cfg(unix)]
impl Heeded {
    /// The interrupt was heeded, and the run goes on.
    pub fn tell(&self) {
        self.pending.store(false, std::sync::atomic::Ordering::SeqCst);
    }

    /// Notes a signal; whether the one before it was not heeded.
    fn is_second(&self) -> bool {
        self.pending.swap(true, std::sync::atomic::Ordering::SeqCst)
    }
}

#[cfg(unix)]
impl Signals {
    /// From now on, the first signal is told here, and does not end the process. The second one ends it at once, with the
    /// terminal as it was: whoever would be told may be stuck in a terminal or a pipe that takes nothing.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> Result<Self, CliError> {
        use signal_hook::consts::SIGTERM;
        Signals::of(&[SIGTERM])
    }

    /// The same, and for what ends a program that somebody types into: a terminal that hangs up, or Ctrl-\.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn at_a_terminal() -> Result<Self, CliError> {
        use signal_hook::consts::{SIGHUP, SIGQUIT, SIGTERM};
        Signals::of(&[SIGTERM, SIGHUP, SIGQUIT])
    }

    fn of(ends: &[i32]) -> Result<Self, CliError> {
        let (sender, told) = tokio::sync::mpsc::unbounded_channel();
        let heeded = Heeded::default();
        let asked = [(Wish::Interrupt, &[signal_hook::consts::SIGINT][..]), (Wish::End, ends)];
        for (wish, signals) in asked {
            listen(wish, signals, sender.clone(), heeded.clone())
                .map_err(|error| CliError::io("cannot wait for signals", &error))?;
        }
        Ok(Signals { told, heeded })
    }

    /// Waits for the next signal that does not end the process: without [`Signals::heeded`], there is one.
    pub async fn next(&mut self) -> Wish {
        match self.told.recv().await {
            Some(wish) => wish,
            None => std::future::pending().await,
        }
    }
}

/// Tells of signals as a wish, each on its own, and ends the process at one that finds another pending.
#[cfg(unix)]
fn listen(
    wish: Wish,
    signals: &[i32],
    told: tokio::sync::mpsc::UnboundedSender<Wish>,
    heeded: Heeded,
) -> std::io::Result<()> {
    use std::io::Read;
    // A byte for each signal: nothing may be done while one is handled, and none of them is overlooked.
    let (mut came, teller) = std::io::pipe()?;
    for signal in signals {
        signal_hook::low_level::pipe::register(*signal, teller.try_clone()?)?;
    }
    let watch = move || {
        while came.read_exact(&mut [0]).is_ok() {
            if heeded.is_second() {
                super::editor::abandon_terminal();
                signal_hook::low_level::exit(super::error::Exit::Interrupted as i32);
            }
            // Nobody may want to know any more; the next signal counts all the same.
            let _ = told.send(wish);
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(watch).map(drop)
}

#[cfg(not(unix))]
impl Heeded {
    /// The interrupt was heeded, and the run goes on.
    pub fn tell(&self) {}
}

#[cfg(not(unix))]
impl Signals {
    /// From now on, Ctrl-C is told here, and does not end the process. Called inside a runtime.
    ///
    /// # Errors
    /// None on this platform.
    pub fn new() -> Result<Self, CliError> {
        Ok(Signals { heeded: Heeded::default() })
    }

    /// The same.
    ///
    /// # Errors
    /// None on this platform.
    pub fn at_a_terminal() -> Result<Self, CliError> {
        Signals::new()
    }

    /// Waits for Ctrl-C.
    pub async fn next(&mut self) -> Wish {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Wish::Interrupt
    }
}

impl Signals {
    /// Where is told that an interrupt was heeded.
    pub fn heeded(&self) -> Heeded {
        self.heeded.clone()
    }
}
