//! How the terminal is set while the editor lives, and back again. Platform code lives here.
//!
//! rustyline sets the terminal for one line and back. Between two lines it would show what is typed, and Ctrl-C would end
//! the program: so it is held in raw mode for as long as the editor lives.

use std::io;

/// Puts the terminal into raw mode, until [`restore`].
///
/// # Errors
/// When standard input is no terminal.
pub fn hold() -> io::Result<()> {
    platform::hold()
}

/// Sets the terminal back to what it was before [`hold`]. Does nothing when it is not held; any thread may call it.
pub fn restore() {
    platform::restore();
}

/// The same for a process that ends at once, whatever its other threads do: one of them may be stuck in this terminal.
/// Takes half a second at most.
pub fn abandon() {
    platform::abandon();
}

/// Stops the process as Ctrl-Z does, with the terminal as it was before, and returns when it goes on.
pub fn suspend() {
    platform::suspend();
}

/// Makes a thread that waits for a key see the end of its input.
pub fn end_input() {
    platform::end_input();
}

/// The rows and columns of the terminal.
pub fn size() -> (usize, usize) {
    platform::size().filter(|(rows, columns)| *rows > 0 && *columns > 0).unwrap_or((24, 80))
}

/// Writes to the terminal, past everything else. What cannot be written is lost.
pub fn write(text: &str) {
    use std::io::Write;
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(unix)]
mod platform {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
    use rustix::stdio::{dup2_stdin, stdin, stdout};
    use rustix::termios::{
        InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize,
        tcsetattr,
    };

    /// How often, and how long, is waited for what others do to the terminal.
    const PATIENCE: u32 = 50;
    const MOMENT: Duration = Duration::from_millis(5);

    struct Held {
        terminal: OwnedFd,
        before: Termios,
    }

    static HELD: Mutex<Option<Held>> = Mutex::new(None);

    fn held() -> MutexGuard<'static, Option<Held>> {
        HELD.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same as rustyline's own raw mode: line breaks on output are still the terminal's.
    fn set_raw(held: &Held) -> io::Result<()> {
        let mut raw = held.before.clone();
        raw.input_modes -= InputModes::BRKINT
            | InputModes::ICRNL
            | InputModes::INPCK
            | InputModes::ISTRIP
            | InputModes::IXON;
        raw.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG;
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(&held.terminal, OptionalActions::Drain, &raw)?)
    }

    /// Bracketed paste and synchronised output off, the cursor shown.
    const PLAIN: &str = "\x1b[?2004l\x1b[?2026l\x1b[?25h";

    pub(super) fn hold() -> io::Result<()> {
        let terminal = rustix::io::dup(stdin())?;
        let before = tcgetattr(&terminal)?;
        let new = Held { terminal, before };
        set_raw(&new)?;
        *held() = Some(new);
        Ok(())
    }

    pub(super) fn restore() {
        let mut place = held();
        if let Some(held) = place.take() {
            // First, as a terminal that takes nothing may never come back from the other; and whoever finds nothing to set
            // back may end the process at once.
            let _ = tcsetattr(&held.terminal, OptionalActions::Now, &held.before);
            drop(place);
            super::write(PLAIN);
        }
    }

    pub(super) fn abandon() {
        // Somebody who stops the process, or continues it, is done soon.
        let held = (0..PATIENCE).find_map(|_| {
            HELD.try_lock().ok().or_else(|| {
                std::thread::sleep(MOMENT);
                None
            })
        });
        let Some(held) = held.and_then(|mut held| held.take()) else { return };
        let set_back = || tcsetattr(&held.terminal, OptionalActions::Now, &held.before);
        let _ = set_back();
        // A terminal that takes nothing would never let go of this.
        let (sender, written) = mpsc::channel();
        std::thread::spawn(move || {
            super::write(&format!("{PLAIN}\r\n"));
            let _ = sender.send(());
        });
        let _ = written.recv_timeout(PATIENCE * MOMENT);
        // The editor may just have set it for its next line.
        let _ = set_back();
    }

    pub(super) fn suspend() {
        let held = held();
        let Some(held) = held.as_ref() else { return };
        super::write(PLAIN);
        let _ = tcsetattr(&held.terminal, OptionalActions::Drain, &held.before);
        stop();
        let _ = set_raw(held);
        super::write("\x1b[?2004h");
    }

    /// Stops the whole job, as the terminal itself would, and waits until it goes on.
    ///
    /// The signal may reach another thread first, while this one runs on for a moment: it must not touch the terminal
    /// then. Where nobody can continue the job, the system ignores the signal, so the wait has an end.
    fn stop() {
        let continued = Arc::new(AtomicBool::new(false));
        let watch = signal_hook::flag::register(signal_hook::consts::SIGCONT, Arc::clone(&continued));
        let _ = kill_current_process_group(Signal::TSTP);
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(2));
            if continued.load(Ordering::Relaxed) {
                break;
            }
        }
        if let Ok(watch) = watch {
            signal_hook::low_level::unregister(watch);
        }
    }

    pub(super) fn end_input() {
        // Whoever waits for a key looks again after a signal, at an input that has ended.
        if let Ok(null) = File::open("/dev/null") {
            let _ = dup2_stdin(&null);
            let _ = kill_process(getpid(), Signal::WINCH);
        }
    }

    pub(super) fn size() -> Option<(usize, usize)> {
        let size = tcgetwinsize(stdout()).ok()?;
        Some((usize::from(size.ws_row), usize::from(size.ws_col)))
    }
}

#[cfg(not(unix))]
mod platform {
    use std::io;

    pub(super) fn hold() -> io::Result<()> {
        Ok(())
    }

    pub(super) fn restore() {}

    pub(super) fn abandon() {}

    pub(super) fn suspend() {}

    pub(super) fn end_input() {}

    pub(super) fn size() -> Option<(usize, usize)> {
        None
    }
}
