//! Who runs on which core: two ends of a connection on one core measure the scheduler, and two that wander measure luck.

use std::thread;

/// The core of whatever sends.
pub const SENDER: usize = 0;
/// The core of whatever receives.
pub const RECEIVER: usize = 1;

/// Does the work on a thread that stays on this core, as do the threads and processes that it starts. Where there is no
/// such core, or no such wish can be made, it runs where the system puts it.
pub fn on_core<T: Send>(core: usize, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let pinned = scope.spawn(|| {
            stay(core);
            work()
        });
        pinned.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Keeps this thread, and what it starts, on a core.
#[cfg(target_os = "linux")]
pub fn stay(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    let _ = rustix::thread::sched_setaffinity(None, &set);
}

/// Keeps this thread, and what it starts, on a core: only Linux is asked for that.
#[cfg(not(target_os = "linux"))]
pub fn stay(_core: usize) {}
