//! Other processes: the program that is measured, and this benchmark again in another part.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

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

/// A process that ends with its owner.
pub struct Running {
    child: Child,
    /// What it prints; the first line has been taken.
    pub stdout: Option<BufReader<ChildStdout>>,
    /// The first line that it printed.
    pub first_line: String,
}

impl Running {
    /// Starts a process, and waits for its first line.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
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
