//! The other end of a session: a WebSocket server that does what the test says.

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

/// A session, from the side of the server.
pub type Socket = WebSocket<TcpStream>;

/// Starts a server that does this with each session, one after the other; its port.
pub fn serve(mut each: impl FnMut(Socket) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nodelay(true).unwrap();
            if let Ok(socket) = accept(stream) {
                each(socket);
            }
        }
    });
    port
}

/// Starts a server that takes what comes until the session is closed; its port, and the texts that came.
pub fn listen() -> (u16, Receiver<String>) {
    let (sender, texts) = channel();
    let port = serve(move |mut socket| {
        while let Ok(message) = socket.read() {
            if let Message::Text(text) = message {
                let _ = sender.send(text.to_string());
            }
        }
    });
    (port, texts)
}

/// Starts a server that takes what comes until the session is closed; its port, and the code of each Close.
pub fn closes() -> (u16, Receiver<u16>) {
    let (sender, codes) = channel();
    let port = serve(move |mut socket| {
        while let Ok(message) = socket.read() {
            if let Message::Close(Some(frame)) = message {
                let _ = sender.send(frame.code.into());
            }
        }
    });
    (port, codes)
}

/// Sends so many messages, so many a second, then takes what comes until the session is closed.
pub fn send_paced(mut socket: Socket, count: u64, a_second: u64) {
    for number in 1..=count {
        if socket.send(Message::text(format!("{{\"number\": {number}}}"))).is_err() {
            return;
        }
        thread::sleep(Duration::from_secs(1) / u32::try_from(a_second).unwrap());
    }
    while socket.read().is_ok() {}
}
