//! A conformance run that can be interrupted at any moment: it has a thread of its own, which may be in the middle of a long wait.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::error::CliError;
use super::interrupt;
use crate::check::{End, Plan, Progress, RunError, run};

/// How often is looked whether the user wants it to end.
const LOOK: Duration = Duration::from_millis(100);

/// Nobody listens any more.
#[derive(Debug)]
struct Unheard;

/// What the thread tells.
enum Told {
    Progress(Progress),
    Ended(Result<End, RunError<Unheard>>),
}

/// A run that is under way.
pub struct Running {
    told: Receiver<Told>,
    thread: JoinHandle<()>,
    interrupted: Arc<AtomicBool>,
}

impl Running {
    /// Starts it.
    ///
    /// # Errors
    /// When the system gives no thread, or does not let Ctrl-C be caught.
    pub fn start(plan: Plan) -> Result<Self, CliError> {
        let interrupted = interrupt::listen()?;
        let (sender, told) = channel();
        let thread = Builder::new()
            .name("check".to_owned())
            .spawn(move || run_and_tell(&plan, &sender))
            .map_err(|error| CliError::io("cannot start the check", &error))?;
        Ok(Running { told, thread, interrupted })
    }

    /// Hands on what is told until the run ends, by itself or by the user; says how far it came.
    ///
    /// # Errors
    /// When the instance does not answer at all, or `tell` fails.
    pub fn watch(
        self,
        tell: &mut dyn FnMut(Progress) -> Result<(), CliError>,
    ) -> Result<End, RunError<CliError>> {
        loop {
            if self.interrupted.load(Ordering::SeqCst) {
                // The thread ends with the program: it may wait for an answer that does not come.
                return Ok(End::Interrupted);
            }
            match self.told.recv_timeout(LOOK) {
                Ok(Told::Progress(progress)) => tell(progress).map_err(RunError::Untold)?,
                Ok(Told::Ended(Ok(end))) => return Ok(end),
                Ok(Told::Ended(Err(RunError::NoAnswer(error)))) => return Err(RunError::NoAnswer(error)),
                Err(RecvTimeoutError::Timeout) => {}
                // A thread that ended without a word has failed, and so does the program.
                Ok(Told::Ended(Err(RunError::Untold(Unheard)))) | Err(RecvTimeoutError::Disconnected) => {
                    let why = self.thread.join().err();
                    resume_unwind(why.unwrap_or_else(|| Box::new("the check ended without a word")));
                }
            }
        }
    }
}

fn run_and_tell(plan: &Plan, sender: &Sender<Told>) {
    let ended = run(plan, &mut |progress| sender.send(Told::Progress(progress)).map_err(|_| Unheard));
    // Whoever listened has gone, and wants to know nothing.
    let _ = sender.send(Told::Ended(ended));
}
