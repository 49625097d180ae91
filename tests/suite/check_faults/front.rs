//! Stands between two instances, and does to what passes what a fault says. What no fault is about goes on byte for byte.

use std::io::{BufReader, Read, Write, copy};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::fault::Fault;
use super::message::{Answer, Asked, Side, owned, read_head};

/// What is behind the front.
pub struct Real {
    at: Arc<Mutex<Option<SocketAddr>>>,
}

impl Real {
    fn connect(&self) -> Option<TcpStream> {
        let at = (*self.at.lock().unwrap())?;
        TcpStream::connect(at).ok()
    }

    /// The answer to these bytes, as it came and read.
    fn exchange(&self, bytes: &[u8], asked: &Asked) -> Option<(Vec<u8>, Answer)> {
        let mut stream = self.connect()?;
        stream.write_all(bytes).ok()?;
        Answer::read(&mut BufReader::new(stream), asked)
    }

    /// What the instance behind answers.
    pub fn answer(&self, asked: &Asked) -> Answer {
        let gone = || Answer { status: 502, headers: Vec::new(), body: Vec::new() };
        self.exchange(&asked.bytes(), asked).map_or_else(gone, |(_, answer)| answer)
    }
}

/// A listener in front of one instance.
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    at: Arc<Mutex<Option<SocketAddr>>>,
}

impl Front {
    /// Starts it; `fault` may be another one with each request.
    pub fn start(side: Side, fault: &Arc<Mutex<Arc<Fault>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let at = Arc::new(Mutex::new(None));
        let (real, fault) = (Arc::new(Real { at: Arc::clone(&at) }), Arc::clone(fault));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (real, fault) = (Arc::clone(&real), Arc::clone(&fault));
                thread::spawn(move || serve(stream, side, &real, &fault));
            }
        });
        Front { address, at }
    }

    /// Says where the instance behind it is.
    pub fn stand_before(&self, at: SocketAddr) {
        *self.at.lock().unwrap() = Some(at);
    }
}

/// Answers one request after the other.
fn serve(stream: TcpStream, side: Side, real: &Real, fault: &Mutex<Arc<Fault>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut bytes = read_head(&mut reader)?;
        let Some(mut asked) = parsed(&bytes, side) else { return relay(bytes, reader, real) };
        let Some(length) = length_of(&asked) else { return relay(bytes, reader, real) };
        let head = bytes.len();
        reader.by_ref().take(length).read_to_end(&mut bytes).ok()?;
        asked.body = bytes[head..].to_vec();
        let fault = Arc::clone(&fault.lock().unwrap());
        let answer = match fault.answer(&asked, real) {
            Some(answer) => answer.bytes(&asked),
            None => real.exchange(&bytes, &asked)?.0,
        };
        reader.get_mut().write_all(&answer).ok()?;
        let is_last =
            |head: &[u8]| head.to_ascii_lowercase().windows(17).any(|it| it == b"connection: close");
        if is_last(&bytes[..head]) || is_last(&answer[..end_of_head(&answer)]) {
            return None;
        }
    }
}

/// The length of the body of a plain request; nothing, where the rest has to be read in another way or may be wrong on purpose.
fn length_of(asked: &Asked) -> Option<u64> {
    let is_other = ["transfer-encoding", "upgrade", "expect"].iter().any(|name| asked.count(name) > 0);
    if is_other || asked.count("host") != 1 || asked.count("content-length") > 1 {
        return None;
    }
    asked.header("content-length").map_or(Some(0), |length| length.parse().ok())
}

fn end_of_head(answer: &[u8]) -> usize {
    answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap_or(answer.len())
}

fn parsed(bytes: &[u8], side: Side) -> Option<Asked> {
    let mut space = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut space);
    head.parse(bytes).ok().filter(httparse::Status::is_complete)?;
    Some(Asked {
        side,
        method: head.method?.to_owned(),
        target: head.path?.to_owned(),
        headers: owned(head.headers),
        body: Vec::new(),
    })
}

/// Lets everything pass that is not one request after the other.
fn relay(begun: Vec<u8>, mut reader: BufReader<TcpStream>, real: &Real) -> Option<()> {
    let mut upstream = real.connect()?;
    upstream.write_all(&begun).ok()?;
    let (mut back, mut client) = (upstream.try_clone().ok()?, reader.get_ref().try_clone().ok()?);
    let returning = thread::spawn(move || {
        let _ = copy(&mut back, &mut client);
        let _ = client.shutdown(std::net::Shutdown::Write);
    });
    let _ = copy(&mut reader, &mut upstream);
    let _ = upstream.shutdown(std::net::Shutdown::Write);
    returning.join().ok()
}
