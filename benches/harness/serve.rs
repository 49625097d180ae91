//! The program's own `serve` as the receiver, and the instance from which it learns the senders' key.

use std::io::{BufRead, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use memchr::memmem;
use versia_cli::signing::{PublicKey, SecretKey};

use super::cores::{RECEIVER, SENDER, on_core, stay};
use super::process::{Running, program, resident};

/// A `serve` that runs, with what it says on standard output counted.
pub struct Serve {
    running: Running,
    /// Where it listens.
    pub address: SocketAddr,
    counts: Arc<Counts>,
    reader: JoinHandle<()>,
}

/// How many lines came, and how many of them say that a signature is valid.
#[derive(Debug, Default)]
pub struct Counts {
    lines: AtomicU64,
    valid: AtomicU64,
}

impl Serve {
    /// Starts it on the receiver's core. Senders of `a.example` sign with `sender`'s key.
    pub fn start(folder: &Path, sender: &SecretKey) -> Self {
        Serve::start_with(folder, sender, &[])
    }

    /// The same with further arguments.
    pub fn start_with(folder: &Path, sender: &SecretKey, arguments: &[&str]) -> Self {
        let key = folder.join("serve.key");
        std::fs::write(&key, SecretKey::from_seed(&[9; 32]).to_pkcs8_base64().as_str()).unwrap();
        private(&key);
        let peer = format!("a.example=http://{}", instance(sender.public()));
        let mut running = on_core(RECEIVER, || {
            Running::start(
                Command::new(program())
                    .args(["serve", "--listen", "127.0.0.1:0", "--domain", "b.example", "--json", "--quiet"])
                    .arg("--key")
                    .arg(&key)
                    .args(["--peer", &peer])
                    .args(arguments),
            )
        });
        let first: serde_json::Value = serde_json::from_str(&running.first_line).unwrap();
        let address = first["listening"]["address"].as_str().unwrap().parse().unwrap();
        let counts = Arc::new(Counts::default());
        let (stdout, counted) = (running.stdout.take().unwrap(), Arc::clone(&counts));
        let reader = thread::spawn(move || {
            stay(SENDER);
            count(stdout, &counted);
        });
        Serve { running, address, counts, reader }
    }

    /// The memory that it has, in KiB; none where the system does not say it in Linux's way.
    pub fn resident(&self) -> Option<u64> {
        resident(self.running.id())
    }

    /// Ends it; says how many lines it printed, and how many of them said *valid*.
    pub fn end(self) -> (u64, u64) {
        self.running.end();
        self.reader.join().unwrap();
        (self.counts.lines.load(Ordering::Relaxed), self.counts.valid.load(Ordering::Relaxed))
    }
}

fn count(mut stdout: impl BufRead, counts: &Counts) {
    let valid = memmem::Finder::new(r#""signature":"valid""#);
    let mut line = Vec::new();
    while stdout.read_until(b'\n', &mut line).unwrap() > 0 {
        counts.lines.fetch_add(1, Ordering::Relaxed);
        counts.valid.fetch_add(u64::from(valid.find(&line).is_some()), Ordering::Relaxed);
        line.clear();
    }
}

/// Starts an instance that has metadata with this key and nothing else.
fn instance(key: PublicKey) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let metadata = serde_json::json!({
        "type": "InstanceMetadata",
        "name": "A",
        "domain": "a.example",
        "created_at": "2024-10-18T06:03:37.000Z",
        "software": {"name": "bench", "version": "1.0.0"},
        "compatibility": {"versions": ["0.6.0"], "extensions": []},
        "public_key": {"algorithm": "ed25519", "key": key.to_spki_base64()},
    })
    .to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.versia+json; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{metadata}",
        metadata.len()
    );
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // One that asks for nothing gets nothing.
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    address
}

/// Takes a key file from the eyes of others.
pub fn private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
