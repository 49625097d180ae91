//! Ctrl-C: the first one is a wish that commands look for, the second one ends the program at once.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGINT;
use signal_hook::flag;

use super::error::{CliError, Exit};

/// A flag that the first interrupt sets. From then on, the next one ends the program with 130.
///
/// # Errors
/// When the system does not let the signal be caught.
pub fn listen() -> Result<Arc<AtomicBool>, CliError> {
    let interrupted = Arc::new(AtomicBool::new(false));
    // The order counts: the first interrupt must find the flag unset when it asks whether to end the program.
    flag::register_conditional_shutdown(SIGINT, Exit::Interrupted as i32, Arc::clone(&interrupted))
        .and_then(|_| flag::register(SIGINT, Arc::clone(&interrupted)))
        .map_err(|error| CliError::io("cannot listen for Ctrl-C", &error))?;
    Ok(interrupted)
}
