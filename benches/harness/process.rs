//! Other processes: the program that is measured, and this benchmark again in another part.

use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

/// How much of what a process prints waits to be read, in bytes.
const PIPE: usize = 1024 * 1024;
/// Nor should the process wait because nothing is read: at 50,000 lines of 2 KB a second, the pipe fills in ten times this.
const PAUSE: Duration = Duration::from_millis(1);

/// The program that is measured: the one that was built, or another one that `VERSIA_BENCH_PROGRAM` names.
pub fn program() -> PathBuf {
    std::env::var_os("VERSIA_BENCH_PROGRAM")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_versia-cli")), PathBuf::from)
}

/// Whether the program has a command with this flag; if not, says so.
pub fn has(command: &str, flag: &str) -> bool {
    let help = Command::new(program()).args([command, "--help"]).output().unwrap();
    let has = String::from_utf8_lossy(&help.stdout).contains(flag);
    if !has {
        println!("skipped: {command} is not there yet (no {flag})");
    }
    has
}

/// This benchmark, in another part: the first argument says which.
pub fn again(part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(part);
    command
}

/// Reads in large pieces: whoever waits for each line is woken for each line, by the process that is measured.
pub struct Unhurried(ChildStdout);

impl Unhurried {
    fn new(stdout: ChildStdout) -> Self {
        // Systems without this call, or with less patience, have a smaller pipe.
        #[cfg(target_os = "linux")]
        let _ = rustix::pipe::fcntl_setpipe_size(&stdout, PIPE);
        Unhurried(stdout)
    }
}

impl Read for Unhurried {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        thread::sleep(PAUSE);
        self.0.read(buffer)
    }
}

/// A process that ends with its owner.
pub struct Running {
    child: Child,
    /// What it prints; the first line has been taken.
    pub stdout: Option<BufReader<Unhurried>>,
    /// The first line that it printed.
    pub first_line: String,
}

impl Running {
    /// Starts a process, and waits for its first line.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::with_capacity(PIPE, Unhurried::new(child.stdout.take().unwrap()));
        let mut first_line = String::new();
        stdout.read_line(&mut first_line).unwrap();
        assert!(!first_line.is_empty(), "{command:?} ended: {}", child.wait().unwrap());
        Running { child, stdout: Some(stdout), first_line }
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as a user would, and waits until it has.
    pub fn end(mut self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The memory that a process has, in KiB; none where the system does not say it in Linux's way.
pub fn resident(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
