//! What the system hands to the process: whether standard output is there at all. Platform code lives here.

/// Whether standard output was closed when the process started (`>&-`).
///
/// Rust opens the null device in its place before `main` runs, so that results would vanish without a word.
pub fn stdout_was_closed() -> bool {
    early::stdout_was_closed()
}

#[cfg(target_os = "linux")]
#[allow(
    unsafe_code,
    reason = "only a function in .init_array runs before Rust puts the null device in place"
)]
mod early {
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    extern "C" fn look() {
        let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
        CLOSED.store(closed, Ordering::Relaxed);
    }

    // SAFETY: the C runtime calls each entry of this section once, before `main`, with arguments that an `extern "C"`
    // function may ignore. `look` makes one system call and touches nothing that needs Rust's runtime.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static LOOK: extern "C" fn() = look;

    pub(super) fn stdout_was_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }
}

#[cfg(not(target_os = "linux"))]
mod early {
    pub(super) fn stdout_was_closed() -> bool {
        false
    }
}
