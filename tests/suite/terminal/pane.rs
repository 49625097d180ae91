//! A real terminal: tmux, with a server of its own for each test.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::fixture::Sandbox;

/// How long a test waits for what has to appear.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(15);

/// A terminal with a shell in it, in a sandbox's folder. It is closed when the test ends.
pub struct Pane<'s> {
    sandbox: &'s Sandbox,
    socket: PathBuf,
}

impl<'s> Pane<'s> {
    /// A terminal of 80 columns and 24 rows.
    pub fn open(sandbox: &'s Sandbox) -> Self {
        let pane = Pane { sandbox, socket: sandbox.path().join("tmux") };
        // `stty` prints how the terminal is set; nothing but the prompt is on the screen at first.
        sandbox.file("bashrc", "PS1='$ '\nset +o history\nunset PROMPT_COMMAND\n");
        let size = ["new-session", "-d", "-x", "80", "-y", "24", "bash --noprofile --rcfile bashrc -i"];
        pane.tmux(&size, b"");
        pane.tmux(&["set-option", "-g", "status", "off"], b"");
        pane.tmux(&["resize-window", "-x", "80", "-y", "24"], b"");
        pane.wait("the shell's prompt", |screen| screen.trim_end().ends_with('$'));
        pane
    }

    fn tmux(&self, arguments: &[&str], input: &[u8]) -> String {
        // The environment of the sandbox, and a tmux that reads nothing of the user's.
        let shell = self.sandbox.shell("");
        let mut command = Command::new("tmux");
        command.env_clear().current_dir(self.sandbox.path());
        for (name, value) in shell.get_envs().filter_map(|(name, value)| Some((name, value?))) {
            command.env(name, value);
        }
        command.arg("-S").arg(&self.socket).args(["-f", "/dev/null", "-u"]).args(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tmux is needed: scripts/test installs it");
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types text as it is.
    pub fn text(&self, text: &str) -> &Self {
        self.tmux(&["send-keys", "-l", text], b"");
        self
    }

    /// Presses a key, by tmux's name for it: `Enter`, `C-c`, `Up`.
    pub fn key(&self, name: &str) -> &Self {
        self.tmux(&["send-keys", name], b"");
        self
    }

    /// Types a line and Enter.
    pub fn line(&self, text: &str) -> &Self {
        self.text(text).key("Enter")
    }

    /// Pastes text, marked as a paste; its line breaks stay what they are.
    pub fn paste(&self, text: &str) -> &Self {
        self.tmux(&["load-buffer", "-"], text.as_bytes());
        self.tmux(&["paste-buffer", "-p", "-r"], b"");
        self
    }

    /// The terminal's file.
    pub fn terminal(&self) -> String {
        self.tmux(&["display-message", "-p", "#{pane_tty}"], b"").trim().to_owned()
    }

    /// The title, which a program can change.
    pub fn title(&self) -> String {
        self.tmux(&["display-message", "-p", "#{pane_title}"], b"")
    }

    /// Whether the cursor is shown.
    pub fn shows_cursor(&self) -> bool {
        self.tmux(&["display-message", "-p", "#{cursor_flag}"], b"").trim() == "1"
    }

    /// Makes the terminal wider or narrower, and waits until what runs in it is told.
    pub fn resize(&self, columns: usize, rows: usize) -> &Self {
        self.tmux(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()], b"");
        let size = format!("stty size -F {}", self.terminal());
        let started = Instant::now();
        while self.sandbox.sh(&size).code(0).out().trim() != format!("{rows} {columns}") {
            assert!(started.elapsed() < PATIENCE, "the terminal keeps its size");
            thread::sleep(LOOK);
        }
        self
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"], b"")
    }

    /// What is on the screen and above it.
    pub fn all(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-J", "-S", "-"], b"")
    }

    /// Waits until the screen is as it has to be, and returns it.
    #[track_caller]
    pub fn wait(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let screen = self.screen();
            if is(&screen) {
                return screen;
            }
            assert!(started.elapsed() < PATIENCE, "{what} did not appear:\n{screen}");
            thread::sleep(LOOK);
        }
    }

    /// Waits until this text is on the screen, and returns the screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Waits until the last line on the screen is this one.
    #[track_caller]
    pub fn wait_for_last(&self, line: &str) -> String {
        self.wait(line, |screen| screen.trim_end().lines().last() == Some(line))
    }

    /// Runs a line in the shell and returns what it printed; the shell's prompt has to be there.
    #[track_caller]
    pub fn shell(&self, line: &str) -> String {
        self.line(&format!("{{ {line}; }} >printed 2>&1; echo done >finished"));
        let started = Instant::now();
        while !self.sandbox.path().join("finished").exists() {
            assert!(started.elapsed() < PATIENCE, "{line} did not end:\n{}", self.screen());
            thread::sleep(LOOK);
        }
        std::fs::remove_file(self.sandbox.path().join("finished")).unwrap();
        std::fs::read_to_string(self.sandbox.path().join("printed")).unwrap()
    }
}

impl Drop for Pane<'_> {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}
