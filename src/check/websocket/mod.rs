//! WebSocket by hand, over the client's dialer: a handshake with anything wrong in it, and frames with anything wrong in them.
//!
//! Decides nothing about what comes. See RFC 6455, and <https://versia.pub/extensions/websockets> for what the messages are.

mod frame;
mod session;

use std::cell::{Cell, OnceCell};
use std::io::{self, Read, Write};

pub(super) use self::frame::{BINARY, CONTINUATION, Frame, PING, PONG};
pub(super) use self::session::{End, Session, Talk};
use super::ask::Ask;
use super::probe::Probe;
use crate::client::websocket::{AnswerProblem, Opening, check_answer};
use crate::client::{
    Deadline, Head, HttpError, HttpRequest, HttpUrl, Stage, Stream, read_head, wire_headers,
};
use crate::protocol::http::write;
use crate::protocol::record::{Bytes, Headers, Record, RecordError, Request, Response};
use crate::protocol::versia::{INBOX, RECEIPTS};

/// The largest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// The most of a refusal's body that is read, in bytes.
const MAX_REFUSAL: u64 = 64 << 10;

/// After so many sessions in which the peer fell silent no other is begun.
const SILENT: usize = 3;

/// A handshake to be made: a right one, and what is changed in it on purpose.
pub(super) struct Handshake {
    ask: Ask,
    opening: Opening,
    /// The value of `Connection`, which the client does not let a request have.
    connection: &'static str,
}

impl Handshake {
    /// A right one: a signed GET of the inbox that offers nothing.
    ///
    /// # Errors
    /// When the inbox's address cannot be asked for.
    pub(super) fn new(probe: &Probe<'_>) -> Result<Self, HttpError> {
        let mut nonce = [0; 16];
        (probe.ambient.random)(&mut nonce);
        let opening = Opening::new(url(probe, INBOX)?, nonce);
        let mut ask = Ask::get(INBOX);
        let own = [
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", &opening.key()),
        ]
        .map(|(name, value)| (name.to_owned(), Bytes::from(value)));
        ask.headers.extend(own);
        Ok(Handshake { ask, opening, connection: "Upgrade" })
    }

    /// The same with these subprotocols offered.
    pub(super) fn offering(mut self, subprotocols: &[&str]) -> Self {
        self.opening.subprotocols = subprotocols.iter().map(|&it| it.to_owned()).collect();
        if !subprotocols.is_empty() {
            let value = Bytes::from(subprotocols.join(", "));
            self.ask.headers.push(("Sec-WebSocket-Protocol".to_owned(), value));
        }
        self
    }

    /// The same with another value of `Connection`.
    pub(super) fn connection(self, connection: &'static str) -> Self {
        Handshake { connection, ..self }
    }

    /// The same with a change of the request.
    pub(super) fn changed(self, change: impl FnOnce(Ask) -> Ask) -> Self {
        Handshake { ask: change(self.ask), ..self }
    }
}

/// What a handshake is answered with.
pub(super) struct Answer<'a> {
    pub(super) response: Response,
    /// The session that was opened: the answer is a 101.
    pub(super) session: Option<Session<'a>>,
    /// What is wrong with a 101.
    pub(super) problem: Option<AnswerProblem>,
}

impl Answer<'_> {
    /// What it is called.
    pub(super) fn described(&self) -> String {
        match self.response.body.0.len() {
            0 => self.response.status.to_string(),
            length => format!("{} with a body of {length} bytes", self.response.status),
        }
    }
}

/// Whether the instance offers the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Offering {
    /// It does, and whether with receipts.
    Offered {
        /// Whether it takes the subprotocol for receipts.
        receipts: bool,
    },
    /// It refuses the signature of a handshake, with this status.
    Refused(u16),
    /// It does not, and what a handshake is answered with.
    Missing(String),
}

/// What is known of the instance's sessions.
#[derive(Debug, Default)]
pub(super) struct Knowledge {
    offering: OnceCell<Offering>,
    silences: Cell<usize>,
    refuses: OnceCell<bool>,
}

impl Knowledge {
    fn fell_silent(&self) {
        self.silences.set(self.silences.get() + 1);
    }

    /// Whether a message that is not signed is refused, which `find` finds out once: only then an acceptance says something.
    ///
    /// # Errors
    /// When it cannot be found out.
    pub(super) fn refuses(&self, find: impl FnOnce() -> Result<bool, HttpError>) -> Result<bool, HttpError> {
        if let Some(known) = self.refuses.get() {
            return Ok(*known);
        }
        let found = find()?;
        Ok(*self.refuses.get_or_init(|| found))
    }
}

impl Probe<'_> {
    /// Whether the extension is offered; found out by one handshake.
    pub(super) fn offering(&self) -> &Offering {
        self.websocket.offering.get_or_init(|| {
            let handshake = Handshake::new(self).map(|it| it.offering(&[RECEIPTS]));
            let answer = match handshake.and_then(|handshake| open(self, &handshake)) {
                Ok(answer) => answer,
                Err(error) => return Offering::Missing(format!("nothing: {}", error.in_full())),
            };
            let described = answer.described();
            match (answer.session, answer.response.status) {
                (Some(session), _) => {
                    let talk = session.talk(&[Frame::close(1000)]);
                    Offering::Offered { receipts: talk.subprotocol.as_deref() == Some(RECEIPTS) }
                }
                (None, status @ (401 | 422)) => Offering::Refused(status),
                (None, _) => Offering::Missing(described),
            }
        })
    }

    /// Why no session can be begun.
    pub(super) fn no_session(&self) -> Option<String> {
        if self.websocket.silences.get() >= SILENT {
            return Some(format!("{SILENT} sessions before it fell silent"));
        }
        match self.offering() {
            Offering::Offered { .. } => None,
            Offering::Refused(status) => {
                Some(format!("a rightly signed WebSocket handshake is refused with {status}"))
            }
            Offering::Missing(what) => Some(format!(
                "the instance does not offer the WebSocket extension: its inbox answers a handshake with {what}"
            )),
        }
    }
}

fn url(probe: &Probe<'_>, target: &str) -> Result<HttpUrl, HttpError> {
    HttpUrl::new(probe.origin.clone(), target).map_err(|error| HttpError::Unsendable(error.to_string()))
}

/// Makes a handshake, again after a pause where the instance asks for one.
///
/// # Errors
/// When no answer comes.
pub(super) fn open<'a>(probe: &'a Probe<'a>, handshake: &Handshake) -> Result<Answer<'a>, HttpError> {
    probe.in_its_time(
        || shake_hands(probe, handshake),
        |Answer { response, .. }| probe.advice(response.status, &response.headers),
    )
}

fn shake_hands<'a>(probe: &'a Probe<'a>, handshake: &Handshake) -> Result<Answer<'a>, HttpError> {
    let ask = &handshake.ask;
    let headers = probe.headers_of(ask);
    let request = HttpRequest {
        method: ask.method.clone(),
        url: url(probe, &ask.target)?,
        headers,
        body: ask.body.clone(),
    };
    let mut record = probe.record_of(&request);
    let mut headers = wire_headers(&request, probe.options())?;
    let shown = record.request.as_mut().and_then(|request| request.headers.as_mut());
    for headers in shown.into_iter().chain([&mut headers]) {
        headers.push(("Connection".to_owned(), handshake.connection.into()));
    }
    let answer = exchange(probe, request, headers);
    match &answer {
        Ok((stream, head, body, _)) => {
            record.http = Some(head.version.to_owned());
            record.tls = stream.tls().map(|tls| tls.version.to_owned());
            record.peer = Some(stream.peer().to_string());
            record.response = Some(response(head, body));
        }
        Err(error) => {
            let code = error.code().map(|code| code.id.to_owned());
            record.error = Some(RecordError { code, message: error.in_full() });
        }
    }
    record.hide_secrets();
    probe.noted(record);
    let (stream, head, body, unread) = answer?;
    let mut answer = Answer { response: response(&head, &body), session: None, problem: None };
    if head.status == 101 {
        let checked = check_answer(&head.headers, &handshake.opening);
        let chosen = answer.response.header("sec-websocket-protocol").map(str::to_owned);
        answer.problem = checked.err();
        answer.session = Some(Session::new(probe, stream, unread, chosen));
    }
    Ok(answer)
}

fn response(head: &Head, body: &[u8]) -> Response {
    Response {
        status: head.status,
        headers: head.headers.clone(),
        body: Bytes(body.to_vec()),
        ..Response::default()
    }
}

/// The connection, the answer's head, its body where it is a refusal with a length, and what came behind a 101.
type Exchanged = (Stream, Head, Vec<u8>, Vec<u8>);

fn exchange(probe: &Probe<'_>, request: HttpRequest, headers: Headers) -> Result<Exchanged, HttpError> {
    let deadline = Deadline::after(probe.timeout());
    let mut stream = probe.dialer().dial(&probe.origin, &[b"http/1.1"], deadline).map_err(HttpError::Dial)?;
    let failed = |stage| move |error: io::Error| failure(probe, stage, error);
    let target = request.url.target().to_owned();
    let written = write(&Record {
        request: Some(Request {
            method: request.method,
            target,
            headers: Some(headers),
            body: Bytes(request.body),
            ..Request::default()
        }),
        ..Record::default()
    });
    stream.write_all(&written).and_then(|()| stream.flush()).map_err(failed(Stage::Send))?;
    let mut came = Vec::new();
    let head = loop {
        if let Some(head) = read_head(&came) {
            break head;
        }
        more(probe, &mut stream, &mut came)?;
    };
    let rest = came.split_off(head.end);
    if head.status == 101 {
        return Ok((stream, head, Vec::new(), rest));
    }
    let length = head.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length =
        length.and_then(|(_, value)| value.as_text()?.trim().parse::<u64>().ok()).unwrap_or_default();
    let left = length.min(MAX_REFUSAL).saturating_sub(rest.len() as u64);
    let mut body = rest;
    // A refusal is told by its status: its body is shown as far as it comes.
    let _ = Read::by_ref(&mut stream).take(left).read_to_end(&mut body);
    Ok((stream, head, body, Vec::new()))
}

/// Reads more of a head.
fn more(probe: &Probe<'_>, stream: &mut Stream, came: &mut Vec<u8>) -> Result<(), HttpError> {
    let target = || probe.origin.to_string();
    if came.len() > MAX_HEAD {
        return Err(HttpError::HeadTooLarge { target: target() });
    }
    let mut buffer = [0; 4 << 10];
    let count = stream.read(&mut buffer).map_err(|error| failure(probe, Stage::Head, error))?;
    came.extend_from_slice(&buffer[..count]);
    let is_http = came.iter().zip(b"HTTP/1.").all(|(found, wanted)| found == wanted);
    match (count, is_http) {
        (0, _) => Err(HttpError::Closed { target: target(), stage: Stage::Head }),
        (_, false) => {
            Err(HttpError::NotHttp { target: target(), why: "it does not begin with HTTP/1".to_owned() })
        }
        _ => Ok(()),
    }
}

fn failure(probe: &Probe<'_>, stage: Stage, error: io::Error) -> HttpError {
    let target = probe.origin.to_string();
    match error.kind() {
        io::ErrorKind::TimedOut => HttpError::TimedOut { target, stage, limit: probe.timeout() },
        io::ErrorKind::UnexpectedEof => HttpError::Closed { target, stage },
        _ => HttpError::Broken { target, stage, error },
    }
}
