//! An instance with an inspector, and what is sent to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::fixture::Sandbox;
use crate::serve::{delivery, exchange, instance_of_a, now, sandbox, signer};
use crate::serving::Serving;

/// How long a test waits for what has to come.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The token that tests use.
pub const TOKEN: &str = "a-token-of-the-tests";

/// A `serve` of b.example with its inspector open, and the instance whose keys it asks for.
pub struct Scene {
    pub b: Serving,
    _a: Serving,
    pub sandbox: Sandbox,
    /// Where the inspector is, such as `127.0.0.1:40000`.
    pub address: String,
}

impl Scene {
    pub fn new(arguments: &str) -> Self {
        Scene::of(sandbox(), arguments)
    }

    pub fn of(sandbox: Sandbox, arguments: &str) -> Self {
        sandbox.file("token", TOKEN);
        sandbox.sh("chmod 600 token").code(0);
        let a = instance_of_a(&sandbox);
        let b = Serving::start_with(
            &sandbox,
            &format!(
                "--listen 127.0.0.1:0 --as bob --domain b.example --peer a.example={} --inspector 127.0.0.1:0 \
                 --inspector-token-file token {arguments}",
                a.url
            ),
        );
        let url = b.listening["listening"]["inspector"].as_str().unwrap();
        let address = url.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap().to_owned();
        Scene { b, _a: a, sandbox, address }
    }

    /// Delivers a body that a.example signed.
    pub fn deliver(&self, body: &str) {
        exchange(&self.b.address, &delivery(&signer("a.example"), now(), body)).unwrap();
    }

    /// Delivers a body that was signed over another path.
    pub fn deliver_wrongly(&self, body: &str) {
        let signed = signer("a.example").sign("POST", "/.versia/v0.6/inbox/", now(), body.as_bytes());
        let request = format!(
            "POST /.versia/v0.6/inbox HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\nContent-Type: application/json; \
             charset=utf-8\r\nContent-Length: {}\r\nVersia-Signature: {}\r\nVersia-Signed-By: a.example\r\nVersia-Signed-At: \
             {}\r\n\r\n{body}",
            body.len(),
            signed.signature,
            signed.signed_at
        );
        exchange(&self.b.address, request.as_bytes()).unwrap();
    }

    /// Asks the inspector as the page does; gives the status, the head and the body.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let host = if headers.to_ascii_lowercase().contains("host:") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.address)
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{host}Connection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        Answer::read(&exchange(&self.address, request.as_bytes()).unwrap())
    }

    pub fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, "", "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{path}: {}", answer.body))
    }

    /// Does something, with the token.
    pub fn act(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
        self.ask(method, path, &headers, &body.to_string())
    }

    /// Opens the stream of events; what was answered first is passed over.
    pub fn events(&self, query: &str, headers: &str) -> Events {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!("GET /api/events{query} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.address);
        stream.write_all(request.as_bytes()).unwrap();
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        Events(lines)
    }
}

/// An answer of the inspector.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

/// A stream of events.
pub struct Events(BufReader<TcpStream>);

impl Events {
    /// The next event that has records: its id, and they.
    pub fn next(&mut self) -> (u64, Vec<Value>) {
        let mut id = 0;
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            if let Some(text) = line.strip_prefix("id: ") {
                id = text.trim().parse().unwrap();
            }
            if let Some(text) = line.strip_prefix("data: ") {
                return (id, serde_json::from_str(text.trim()).unwrap());
            }
        }
    }

    /// Waits for a line.
    pub fn wait_for(&mut self, wanted: &str) {
        let mut line = String::new();
        while line.trim() != wanted {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended without {wanted}");
        }
    }

    /// What comes until the other side ends it.
    pub fn rest(mut self) -> String {
        let mut text = String::new();
        let _ = self.0.read_to_string(&mut text);
        text
    }
}
