//! Clients of `serve`'s other protocols, and an authorizer for them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::{ClientRequestBuilder, client};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, HandshakeError, Message, WebSocket};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session of a client.
pub struct Client {
    /// The library's own.
    pub socket: WebSocket<TcpStream>,
}

/// An answer that does not switch.
#[derive(Debug)]
pub struct Refused {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Client {
    /// Opens a session at `HOST:PORT`.
    pub fn open(address: &str, target: &str) -> Self {
        Client::ask(address, target, &[]).unwrap_or_else(|refused| panic!("{refused:?}"))
    }

    /// Asks for a session with these headers.
    pub fn ask(address: &str, target: &str, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut request = ClientRequestBuilder::new(format!("ws://{address}{target}").parse().unwrap());
        for (name, value) in headers {
            request = request.with_header(*name, *value);
        }
        match client(request, stream) {
            Ok((mut socket, _)) => {
                socket.set_config(|config: &mut WebSocketConfig| config.read_buffer_size = 4096);
                Ok(Client { socket })
            }
            Err(HandshakeError::Failure(Error::Http(response))) => {
                let headers = response.headers().iter();
                let headers =
                    headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
                Err(Refused {
                    status: response.status().as_u16(),
                    headers: headers.collect(),
                    body: String::from_utf8_lossy(response.body().as_deref().unwrap_or_default())
                        .into_owned(),
                })
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends a text.
    pub fn send(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).unwrap();
    }

    /// The next message, of whichever kind.
    #[track_caller]
    pub fn read(&mut self) -> Message {
        self.socket.read().unwrap()
    }

    /// The next message, which is a text.
    #[track_caller]
    pub fn text(&mut self) -> String {
        match self.read() {
            Message::Text(text) => text.to_string(),
            other => panic!("{other:?} is no text"),
        }
    }

    /// The next so many texts.
    #[track_caller]
    pub fn texts(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.text()).collect()
    }

    /// The code and the reason of the Close that comes next.
    #[track_caller]
    pub fn closed(&mut self) -> (u16, String) {
        match self.read() {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?} is no Close"),
        }
    }

    /// Sends a wsify command.
    pub fn wsify(&mut self, command: &str, channel: &str, content: Value) {
        self.send(json!({"command": command, "args": {"channel": channel, "content": content}}).to_string());
    }

    /// Waits until every wsify command so far has taken effect: they are obeyed in their order.
    #[track_caller]
    pub fn settle(&mut self) {
        let channel = format!("settled {:?}", self.socket.get_ref().local_addr().unwrap());
        self.wsify("join", &channel, Value::Null);
        self.wsify("broadcast", &channel, json!("settled"));
        self.wsify("leave", &channel, Value::Null);
        assert_eq!(self.text(), "\"settled\"");
    }

    /// Waits until every RoadRunner command so far has taken effect: a join is answered before it does.
    #[track_caller]
    pub fn settle_topics(&mut self) {
        self.send(r#"{"command":"leave","topics":[]}"#);
        let answer = self.read().into_data();
        assert_eq!(answer, r##"{"topic":"@leave","payload":[]}"##.as_bytes());
    }

    /// A wsify session that has joined channels.
    pub fn joining(address: &str, channels: &[&str]) -> Self {
        let mut client = Client::open(address, "/ws");
        for channel in channels {
            client.wsify("join", channel, Value::Null);
        }
        client.settle();
        client
    }
}

/// An HTTP server that answers each question as its script says, and keeps them.
pub struct Authorizer {
    pub url: String,
    questions: Arc<Mutex<Vec<Value>>>,
}

/// What an authorizer answers: the status, further head lines, the body.
pub type Decision = (u16, &'static str, &'static str);

impl Authorizer {
    /// Starts one; it lives as long as the test.
    pub fn start(decide: impl Fn(&Value) -> Decision + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/authorize", listener.local_addr().unwrap());
        let questions = Arc::new(Mutex::new(Vec::new()));
        let (kept, decide) = (Arc::clone(&questions), Arc::new(decide));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, decide) = (Arc::clone(&kept), Arc::clone(&decide));
                thread::spawn(move || {
                    let mut stream = BufReader::new(stream);
                    while let Some(question) = read_request(&mut stream) {
                        kept.lock().unwrap().push(question.clone());
                        let (status, head, body) = decide(&question);
                        let length = body.len();
                        let answer =
                            format!("HTTP/1.1 {status} X\r\n{head}Content-Length: {length}\r\n\r\n{body}");
                        stream.get_mut().write_all(answer.as_bytes()).unwrap();
                    }
                });
            }
        });
        Authorizer { url, questions }
    }

    /// What it was asked so far.
    pub fn questions(&self) -> Vec<Value> {
        self.questions.lock().unwrap().clone()
    }
}

fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    let mut first = true;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if first {
            assert_eq!(line, "POST /authorize HTTP/1.1\r\n");
        }
        first = false;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = line.strip_prefix("content-type:") {
            assert_eq!(value.trim(), "application/json");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// Asks a server over a connection of its own; the status and the body.
pub fn http(address: &str, method: &str, target: &str, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}
