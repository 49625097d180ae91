//! A Redis server of the test's own, behind a Unix socket in the test's folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// A running server. It is killed when the test ends.
pub struct RedisServer {
    child: Child,
    socket: PathBuf,
}

impl RedisServer {
    /// Starts one in a folder, and waits until it takes connections.
    pub fn start(folder: &Path) -> Self {
        let socket = folder.join("redis.sock");
        let mut child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no"])
            .arg("--unixsocket")
            .arg(&socket)
            .arg("--dir")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server: ./scripts/test installs it");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(
            lines.any(|line| line.to_lowercase().contains("ready to accept connections")),
            "Redis did not start"
        );
        // So that it never waits for somebody to read.
        thread::spawn(move || lines.for_each(drop));
        RedisServer { child, socket }
    }

    /// What `--broker` takes.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Stops it, as a crash would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
