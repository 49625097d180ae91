//! A folder of its own for each test, with the program in its path and nothing of the user's around it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The private key of the worked example in the public documents.
pub const SPEC_KEY: &str = "MC4CAQAwBQYDK2VwBCIEILrNXhbWxC/MhKQDsJOAAF1FH/R+Am5G/eZKnqNum5ro";

/// A folder of its own.
pub struct Sandbox {
    folder: tempfile::TempDir,
}

/// How a command ended, and what it wrote.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ended {
    /// What came on standard output, as text.
    pub fn out(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Asserts the exit code; what was written is shown when it is another one.
    #[track_caller]
    pub fn code(&self, code: i32) -> &Self {
        let (out, err) = (String::from_utf8_lossy(&self.stdout), &self.stderr);
        assert_eq!(self.code, code, "\n--- stdout\n{out}\n--- stderr\n{err}");
        self
    }
}

impl From<std::process::Output> for Ended {
    fn from(output: std::process::Output) -> Self {
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Sandbox {
    /// An empty folder.
    pub fn new() -> Self {
        Sandbox { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with the documents' key in `bob.key`, and an identity `bob` of `bob.com` that uses it.
    pub fn with_bob() -> Self {
        let sandbox = Sandbox::new();
        sandbox.file("bob.key", SPEC_KEY);
        sandbox.sh("chmod 600 bob.key && versia-cli identity add bob --key bob.key --domain bob.com").code(0);
        sandbox
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs a line of shell in the folder, with nothing on standard input.
    pub fn sh(&self, line: &str) -> Ended {
        self.sh_with(line, b"")
    }

    /// Runs a line of shell in the folder, with these bytes on standard input.
    pub fn sh_with(&self, line: &str, input: &[u8]) -> Ended {
        let mut child = self.shell(line).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A command that does not read its input is not a failure of the test.
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        output.into()
    }

    /// Starts a command in the folder, in the place of the shell, so that signals reach the program itself.
    pub fn start(&self, line: &str) -> Child {
        self.shell(&format!("exec {line}")).stdin(Stdio::piped()).spawn().unwrap()
    }

    /// A line of shell in the folder, to be run; its output is piped.
    pub fn shell(&self, line: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_versia-cli"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = vec![program.parent().unwrap().to_path_buf()];
        folders.extend(std::env::split_paths(&path));
        let mut command = Command::new("bash");
        command
            .args(["-o", "pipefail", "-c", line])
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("HOME", self.path())
            .env("VERSIA_CONFIG_DIR", self.path().join("config"))
            .env("LANG", "C.UTF-8")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
