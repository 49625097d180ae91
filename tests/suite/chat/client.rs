//! Clients of the chat: one on tungstenite, and processes on other implementations.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::{ClientRequestBuilder, client};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use crate::fixture::Sandbox;
use crate::serving::Serving;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts `serve chat` with further arguments.
pub fn serve(sandbox: &Sandbox, arguments: &str) -> Serving {
    Serving::of("chat", sandbox, arguments)
}

/// Somebody who talks over a session.
pub trait Talks {
    fn send(&mut self, text: &str);
    fn next(&mut self) -> Value;
}

/// A user with one connection.
pub struct User {
    pub socket: WebSocket<TcpStream>,
    requests: u64,
    /// What came before the session was heard.
    pub early: VecDeque<Value>,
}

impl User {
    /// Connects as a user.
    #[track_caller]
    pub fn connect(serving: &Serving, name: &str) -> Self {
        User::connect_to(&serving.address, name)
    }

    /// Connects to an address as a user.
    #[track_caller]
    pub fn connect_to(address: &str, name: &str) -> Self {
        User::open(address, &format!("/ws?user={name}"), None).expect("a session")
    }

    /// Connects to a target, with `Authorization` where it is given; the refusal's text where it is refused.
    pub fn open(address: &str, target: &str, authorization: Option<&str>) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = ClientRequestBuilder::new(format!("ws://{address}{target}").parse().unwrap());
        if let Some(value) = authorization {
            request = request.with_header("Authorization", value);
        }
        let opened = client(request, stream).map_err(|error| format!("{error:?}"))?;
        let mut user = User { socket: opened.0, requests: 0, early: VecDeque::new() };
        // The handshake is answered before the others see the user.
        user.socket.send(Message::text("ping")).map_err(|error| error.to_string())?;
        loop {
            match user.receive()? {
                frame if frame["event"] == "pong" => return Ok(user),
                frame => user.early.push_back(frame),
            }
        }
    }

    fn receive(&mut self) -> Result<Value, String> {
        match self.socket.read().map_err(|error| error.to_string())? {
            Message::Text(text) => Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(frame) => {
                Ok(json!(format!("closed {:?}", frame.map(|frame| u16::from(frame.code)))))
            }
            other => panic!("{other:?}"),
        }
    }

    /// Asks for something, and gives the id.
    pub fn ask(&mut self, payload_type: &str, payload: Value) -> String {
        self.requests += 1;
        let id = format!("r{}", self.requests);
        let request = json!({"type": "request", "timestamp": 1_700_000_000_000_u64, "id": id,
                             "payloadType": payload_type, "payload": payload});
        self.send(&request.to_string());
        id
    }

    /// Asks for something, and gives the payload of the response, which comes next.
    #[track_caller]
    pub fn done(&mut self, payload_type: &str, payload: Value) -> Value {
        let id = self.ask(payload_type, payload);
        let response = self.next();
        assert_eq!((&response["type"], &response["id"]), (&json!("response"), &json!(id)), "{response}");
        assert!(response["payload"]["error"].is_null(), "{response}");
        response["payload"].clone()
    }

    /// Asks for something, and gives the code of the refusal, which comes next.
    #[track_caller]
    pub fn refused(&mut self, payload_type: &str, payload: Value) -> String {
        let id = self.ask(payload_type, payload);
        let response = self.next();
        assert_eq!(response["id"], json!(id), "{response}");
        response["payload"]["error"]["code"].as_str().unwrap_or_else(|| panic!("{response}")).to_owned()
    }

    /// Sends a message, and acknowledges the event of its own, however often that comes; gives the payload of the response.
    #[track_caller]
    pub fn say(&mut self, to: &str, text: &str) -> Value {
        let id = self.ask("new", json!({"chatId": to, "message": text}));
        let (mut taken, mut told) = (Value::Null, Value::Null);
        while taken.is_null() || told != taken["messageId"] {
            let frame = self.next();
            if frame["id"] == json!(id) {
                taken = frame["payload"].clone();
            } else {
                assert_eq!((&frame["eventType"], &frame["payload"]["chatId"]), (&json!("new"), &json!(to)));
                told = frame["payload"]["messageId"].clone();
                self.ack(&frame);
            }
        }
        taken
    }

    /// Passes over everything that was sent before the answer to a request that is sent now.
    pub fn catch_up(&mut self) {
        let id = self.ask("chats", json!({}));
        while self.next()["id"] != json!(id) {}
    }

    /// The next frame, which is this event.
    #[track_caller]
    pub fn event(&mut self, event_type: &str) -> Value {
        let event = self.next();
        assert_eq!((&event["type"], &event["eventType"]), (&json!("event"), &json!(event_type)), "{event}");
        event
    }

    /// The next frames, which are `new` with these texts; gives their ids.
    #[track_caller]
    pub fn news(&mut self, texts: &[&str]) -> Vec<u64> {
        let mut ids = Vec::new();
        for text in texts {
            let event = self.event("new");
            assert_eq!(event["payload"]["message"], *text, "{event}");
            ids.push(event["id"].as_u64().unwrap());
        }
        ids
    }

    /// Acknowledges an event.
    pub fn ack(&mut self, event: &Value) {
        self.ack_id(event["id"].as_u64().unwrap());
    }

    pub fn ack_id(&mut self, id: u64) {
        self.send(&json!({"type": "ack", "id": id.to_string()}).to_string());
    }

    /// Asserts that nothing came before the answer to a request that is sent now.
    #[track_caller]
    pub fn nothing(&mut self) {
        self.done("chats", json!({}));
    }

    /// Closes in order, and waits until the server has.
    pub fn close(mut self) {
        self.socket.close(None).unwrap();
        loop {
            match self.socket.read() {
                Ok(_) => {}
                Err(Error::ConnectionClosed) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl Talks for User {
    fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).unwrap();
    }

    #[track_caller]
    fn next(&mut self) -> Value {
        match self.early.pop_front() {
            Some(frame) => frame,
            None => self.receive().unwrap(),
        }
    }
}

/// A client that is a process driven by lines.
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    pub fn start(sandbox: &Sandbox, runner: &str, serving: &Serving, name: &str) -> Self {
        let mut child = sandbox.start(&format!("{runner} 'ws://{}/ws?user={name}'", serving.address));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let input = child.stdin.take();
        Process { child, input, lines }
    }

    /// Ends the input, and gives how the session was closed.
    pub fn close(mut self) -> String {
        drop(self.input.take());
        loop {
            if let Value::String(closed) = self.next() {
                return closed;
            }
        }
    }
}

impl Talks for Process {
    fn send(&mut self, text: &str) {
        writeln!(self.input.as_mut().unwrap(), "{text}").unwrap();
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).expect("another frame")).unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
