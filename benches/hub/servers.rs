//! The servers that are compared: the program's own, bun's pub/sub, and a loop over Node's `ws`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cores::{RECEIVER, on_core};
use super::process::{Running, program, resident};

/// A server of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Hub,
    Bun,
    Ws,
    /// A Versia instance, whose sessions are only opened.
    Inbox,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Hub, Kind::Bun, Kind::Ws];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Hub => "serve wsify",
            Kind::Bun => "bun",
            Kind::Ws => "Node ws",
            Kind::Inbox => "serve",
        }
    }

    /// Whether it takes long for what the others do soon.
    pub fn is_slow(self) -> bool {
        self == Kind::Ws
    }
}

/// A server that runs.
pub struct Server {
    pub kind: Kind,
    pub address: SocketAddr,
    running: Running,
}

/// Everybody who connects to `/subscribe` gets what one who connects to `/publish` sends.
const BUN: &str = r#"
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request, server) {
    const data = { subscribes: new URL(request.url).pathname === "/subscribe" };
    if (!server.upgrade(request, { data })) return new Response("", { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) { if (socket.data.subscribes) socket.subscribe("c"); },
    message(socket, message) { server.publish("c", message); },
  },
});
console.log(`127.0.0.1:${server.port}`);
"#;

const WS: &str = r#"
import { WebSocketServer } from "ws";
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
const subscribers = new Set();
server.on("connection", (socket, request) => {
  if (request.url === "/subscribe") {
    subscribers.add(socket);
    socket.on("close", () => subscribers.delete(socket));
  }
  socket.on("message", (message) => {
    for (const subscriber of subscribers) subscriber.send(message, { binary: false });
  });
});
server.on("listening", () => console.log(`127.0.0.1:${server.address().port}`));
"#;

impl Server {
    /// Starts it on a core of its own; nothing where it cannot be had.
    pub fn start(kind: Kind, flags: &[&str]) -> Option<Self> {
        let mut command = match kind {
            Kind::Hub => {
                let mut command = Command::new(program());
                command.args(["serve", "wsify", "--listen", "127.0.0.1:0"]);
                command.args(if flags.is_empty() { &["--quiet"] } else { flags });
                command
            }
            Kind::Inbox => {
                let mut command = Command::new(program());
                command.args(["serve", "--listen", "127.0.0.1:0"]).args(flags);
                command
            }
            Kind::Bun => script(&tools().join("node_modules/.bin/bun"), "bun.mjs", BUN)?,
            Kind::Ws => {
                if !tools().join("node_modules/ws").exists() {
                    println!("skipped: ws is not installed (scripts/test --long installs it)");
                    return None;
                }
                script(Path::new("node"), "ws.mjs", WS)?
            }
        };
        let mut running = on_core(RECEIVER, || Running::start(&mut command));
        let mut stdout = running.stdout.take().unwrap();
        // A server whose records nobody reads waits.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let address = address(&running.first_line);
        Some(Server { kind, address, running })
    }

    /// The memory that it has, in KiB; none where the system does not say it in Linux's way.
    pub fn resident(&self) -> Option<u64> {
        resident(self.running.id())
    }
}

/// Where the others are installed.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/hub")
}

fn script(runner: &Path, name: &str, text: &str) -> Option<Command> {
    if Command::new(runner).arg("--version").output().is_err() {
        let runner = runner.file_name().unwrap().to_string_lossy();
        println!("skipped: {runner} is not installed (scripts/test --long installs it)");
        return None;
    }
    // Beside what it imports.
    let file = tools().join(name);
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(runner);
    command.arg(file);
    Some(command)
}

/// The address in a line: the first that looks like one.
fn address(line: &str) -> SocketAddr {
    let at = line.find("127.0.0.1:").unwrap();
    let end =
        line[at..].find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(line.len() - at);
    line[at..at + end].parse().unwrap()
}
