//! A running `serve` of the tests, read line by line.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::fixture::Sandbox;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A `versia-cli serve --json` on a port of the system's choice. It is killed when the test ends.
pub struct Serving {
    child: Child,
    lines: Receiver<Value>,
    stderr: Arc<Mutex<String>>,
    stderr_reader: Option<JoinHandle<()>>,
    /// Its address, such as `127.0.0.1:40000`.
    pub address: String,
    /// Its URL, such as `http://127.0.0.1:40000`.
    pub url: String,
    /// The first line.
    pub listening: Value,
}

/// How a `serve` ended: its code, the lines that nobody had waited for, and what was on standard error.
pub struct Served {
    pub code: i32,
    pub lines: Vec<Value>,
    pub stderr: String,
}

impl Serving {
    /// Starts `serve` in a sandbox with further arguments, as a shell reads them.
    pub fn start(sandbox: &Sandbox, arguments: &str) -> Self {
        Serving::start_at(sandbox, 0, arguments)
    }

    /// The same, on a port. Most tests are not about entities, and deliver what is none.
    pub fn start_at(sandbox: &Sandbox, port: u16, arguments: &str) -> Self {
        Serving::start_with(sandbox, &format!("--listen 127.0.0.1:{port} --no-validate {arguments}"))
    }

    /// Starts `serve` with these arguments, among them where it listens.
    pub fn start_with(sandbox: &Sandbox, arguments: &str) -> Self {
        Serving::run(sandbox, &format!("serve --json {arguments}"))
    }

    /// Starts the server of another protocol.
    pub fn of(protocol: &str, sandbox: &Sandbox, arguments: &str) -> Self {
        Serving::run(sandbox, &format!("serve {protocol} --listen 127.0.0.1:0 --json {arguments}"))
    }

    /// Starts the program with arguments that let it serve.
    pub fn run(sandbox: &Sandbox, arguments: &str) -> Self {
        Serving::run_line(sandbox, &format!("exec versia-cli {arguments}"))
    }

    /// Runs a line of shell that ends with the program.
    pub fn run_line(sandbox: &Sandbox, line: &str) -> Self {
        let mut child = sandbox.shell(line).stdin(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        let listening = serde_json::from_str::<Value>(&first).unwrap_or_else(|_| {
            let mut said = String::new();
            let _ = child.stderr.take().unwrap().read_to_string(&mut said);
            panic!("{line} did not start: {first}{said}");
        });
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        let stderr = Arc::new(Mutex::new(String::new()));
        let (mut reading, said) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&stderr));
        let stderr_reader = thread::spawn(move || {
            let mut line = String::new();
            while reading.read_line(&mut line).is_ok_and(|count| count > 0) {
                said.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        let text = |name: &str| listening["listening"][name].as_str().unwrap().to_owned();
        Serving {
            child,
            lines,
            stderr,
            stderr_reader: Some(stderr_reader),
            address: text("address"),
            url: text("url"),
            listening,
        }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line.
    #[track_caller]
    pub fn next(&self) -> Value {
        self.lines.recv_timeout(PATIENCE).expect("another line of serve")
    }

    /// The next line that is wanted; those before it are passed over.
    #[track_caller]
    pub fn wait_for(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.next();
            if wanted(&line) {
                return line;
            }
        }
    }

    /// Whether this has been said on standard error.
    pub fn has_said(&self, what: &str) -> bool {
        self.stderr.lock().unwrap().contains(what)
    }

    /// Sends a signal, by its name.
    pub fn signal(&self, name: &str) {
        let sent =
            std::process::Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Ends it with SIGINT.
    pub fn stop(self) -> Served {
        self.signal("INT");
        self.wait()
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> Served {
        self.stderr_reader.take().unwrap().join().unwrap();
        let stderr = self.stderr.lock().unwrap().clone();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Served { code, lines: self.lines.iter().collect(), stderr }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
