//! What each command does.

use std::sync::Arc;

use super::super::backlog::Backlog;
use super::super::command::{Command, Filter, Show, Wait};
use super::super::document::{check_object, read_bytes, read_file};
use super::super::happening::{Happening, Listed, Place, Status, Told, Trouble};
use super::super::whole::WholeLines;
use super::waiting::{Of, Waited};
use super::{Line, Run, Then};
use crate::protocol::record::Direction;
use crate::protocol::session::{ProtocolName, Wanted};
use crate::protocol::versia::Message;

/// What is sent that is in no file.
const TYPED: &str = "what was typed";

/// How deep files may run each other.
const MAX_DEPTH: usize = 8;

impl<T: FnMut(Told)> Run<T> {
    pub(super) async fn execute(&mut self, command: Command) -> Result<Then, Trouble> {
        match command {
            Command::Nothing => {}
            Command::Document(text) => return self.send(Wanted::Document(&text), TYPED).await,
            Command::Send { file, binary: false } => {
                let text = read_file(&(self.setup.path)(&file)).map_err(Trouble::Document)?;
                return self.send(Wanted::Document(&text), &file).await;
            }
            Command::Send { file, binary: true } => {
                let bytes = read_bytes(&(self.setup.path)(&file)).map_err(Trouble::Document)?;
                return self.send_binary(bytes).await;
            }
            Command::Hex(bytes) => return self.send_binary(bytes).await,
            Command::Subscribe(names) => return self.send(Wanted::Subscribe(&borrowed(&names)), TYPED).await,
            Command::Unsubscribe(names) => {
                return self.send(Wanted::Unsubscribe(&borrowed(&names)), TYPED).await;
            }
            Command::Publish { topic, content } => {
                return self.send(Wanted::Publish { topic: &topic, content: &content }, TYPED).await;
            }
            Command::Own { name, arguments } => {
                return self.send(Wanted::Word { name, arguments: &arguments }, TYPED).await;
            }
            Command::Ping => return self.ping().await,
            Command::Open { address, name, protocol } => {
                return self.open_more(&address, name, protocol).await;
            }
            Command::Close { code, reason } => {
                if self.sessions[self.current].link.is_none() {
                    return Err(Trouble::NoSession);
                }
                return Ok(self.close_after_answers(code, &reason).await);
            }
            Command::Reconnect => return self.reconnect().await,
            Command::Expect(expectation) => return Ok(self.expect(&expectation).await),
            Command::Wait(Wait::Time(length)) => return Ok(self.wait(length).await),
            Command::Wait(Wait::Answers(within)) => return Ok(self.wait_for_answers(within).await),
            Command::Wait(Wait::Messages(count, within)) => {
                return Ok(self.wait_for_messages(count, within).await);
            }
            Command::Replay { file, diff } => return self.replay(&file, diff).await,
            Command::Source(file) => return self.source(&file).await,
            Command::Quit => return Ok(Then::Quits),
            other => self.tell_about(other)?,
        }
        Ok(Then::GoesOn)
    }

    /// The commands that wait for nothing.
    fn tell_about(&mut self, command: Command) -> Result<(), Trouble> {
        match command {
            Command::Sign(what) => {
                let signed = self.signed(what)?;
                self.tell(Happening::WouldSend(signed));
            }
            Command::Verify => self.tell(Happening::Verified(self.sessions[self.current].last.clone())),
            Command::Headers => self.tell(Happening::Headers(self.sessions[self.current].handshake.clone())),
            Command::Use(None) => {
                let sessions = self.listed();
                self.tell(Happening::Sessions(sessions));
            }
            Command::Use(Some(name)) => {
                let found = self.sessions.iter().position(|session| *session.label.name == *name);
                self.use_session(found.ok_or(Trouble::NoSuchSession(name))?);
            }
            Command::Status => {
                let status = self.status();
                self.tell(Happening::Status(Box::new(status)));
            }
            Command::Time(stamps) => self.tell(Happening::Time(stamps)),
            Command::Record(None) => self.keeping.stop_recording(),
            Command::Record(Some(file)) => {
                self.keeping.record_to(&(self.setup.path)(&file)).map_err(Trouble::Recording)?;
            }
            Command::Filter(filter) => self.filter(filter),
            Command::Show(show) => {
                let record = self.find(show).ok_or(Trouble::NoSuchMessage)?;
                self.tell(Happening::Shown(record, show.hex));
            }
            Command::Export(file) => {
                let exported = self.keeping.export(&(self.setup.path)(&file));
                let count = exported.map_err(Trouble::Recording)?;
                self.tell(Happening::Said(format!("records in {file}: {count}")));
            }
            Command::Set(None) => {
                let settings = self.settings();
                self.tell(Happening::Settings(settings));
            }
            Command::Set(Some(change)) => self.set(change),
            Command::Help(about) => {
                let own = self.sessions[self.current].protocol.commands();
                self.tell(Happening::Help(about, own));
            }
            _ => {}
        }
        Ok(())
    }

    /// What follows on a wait.
    pub(super) fn after(&mut self, waited: Waited) -> Then {
        match waited {
            Waited::Interrupted if self.is_script() || self.depth > 0 => Then::Breaks,
            _ => Then::GoesOn,
        }
    }

    /// The message that carries a text or what is in a file, signed now.
    fn signed(&self, what: String) -> Result<String, Trouble> {
        let (text, name) = if what.starts_with('{') {
            (what, TYPED.to_owned())
        } else {
            (read_file(&(self.setup.path)(&what)).map_err(Trouble::Document)?, what)
        };
        check_object(&text, &name).map_err(Trouble::Document)?;
        let signer = self.setup.setting.signing.signer.as_ref().ok_or(Trouble::NoSigner)?;
        let now = self.setup.ambient.now_seconds();
        let target = self.sessions[self.current].url.target();
        let signed = signer.sign("POST", target, now, text.as_bytes());
        Ok(Message::new(signed, text).write())
    }

    /// Opens one more session, and uses it.
    async fn open_more(
        &mut self,
        address: &str,
        name: Option<String>,
        protocol: Option<ProtocolName>,
    ) -> Result<Then, Trouble> {
        let protocol = protocol.unwrap_or(self.sessions[self.current].spoken);
        let taken = |name: &String| self.sessions.iter().any(|session| *session.label.name == **name);
        if let Some(name) = name.clone().filter(taken) {
            return Err(Trouble::NameTaken(name));
        }
        let url = (self.setup.read_address)(address, protocol)
            .map_err(|(why, hint)| Trouble::Address(address.to_owned(), why, hint))?;
        let at = self.start_session(url, protocol, name);
        let then = self.open_or_tell(at).await;
        if self.sessions[at].link.is_some() {
            self.use_session(at);
        } else {
            self.sessions.truncate(at);
        }
        // What a script sends next is not meant for another session.
        if self.sessions.len() == at && self.is_script() && then == Then::GoesOn {
            return Ok(Then::Quits);
        }
        Ok(then)
    }

    async fn open_or_tell(&mut self, at: usize) -> Then {
        match self.open(at).await {
            Ok(Waited::Interrupted) => {
                self.note_interrupt();
                self.after(Waited::Interrupted)
            }
            Ok(_) => Then::GoesOn,
            Err(error) => {
                self.not_reopened(at, error);
                Then::GoesOn
            }
        }
    }

    fn use_session(&mut self, at: usize) {
        self.current = at;
        let session = &self.sessions[at];
        let (label, host) = (session.label.clone(), session.url.origin().host.to_string());
        let own = session.protocol.commands();
        self.tell(Happening::Using(label, host, own));
    }

    /// Closes the session when a script's answers have come, or had their time.
    async fn close_after_answers(&mut self, code: u16, reason: &str) -> Then {
        let at = self.current;
        if self.is_script() {
            let limit = self.setup.patience.progress;
            let drained = self.drain_answers(Of::One(at), limit).await;
            if drained == Waited::Interrupted {
                return self.after(drained);
            }
        }
        let waited = self.close(at, code, reason).await;
        self.after(waited)
    }

    async fn reconnect(&mut self) -> Result<Then, Trouble> {
        let at = self.current;
        if self.sessions[at].link.is_some() {
            let then = self.close_after_answers(1000, "").await;
            if then != Then::GoesOn {
                return Ok(then);
            }
        }
        let then = self.open_or_tell(at).await;
        if self.sessions[at].link.is_some() {
            // What came over another connection answers nothing of this one.
            self.sessions[at].backlog = Backlog::default();
        }
        Ok(then)
    }

    /// Runs the lines of a file, as if they stood here.
    async fn source(&mut self, file: &str) -> Result<Then, Trouble> {
        if self.depth == MAX_DEPTH {
            return Err(Trouble::TooDeep(file.to_owned()));
        }
        let text = read_file(&(self.setup.path)(file)).map_err(Trouble::Document)?;
        let name: Arc<str> = file.into();
        let mut whole_lines = WholeLines::default();
        let mut all: Vec<_> = text.lines().filter_map(|line| whole_lines.push(line)).collect();
        all.extend(whole_lines.rest());
        self.depth += 1;
        let mut then = Then::GoesOn;
        for whole in all {
            let place = Some(Place { file: Some(Arc::clone(&name)), line: whole.number });
            then = Box::pin(self.run_line(Ok(Line { place, text: whole.text }))).await;
            if then != Then::GoesOn {
                break;
            }
        }
        self.depth -= 1;
        // At a terminal, an interrupt ends the file, and not the run.
        if then == Then::Breaks && !self.is_script() && self.depth == 0 { Ok(Then::GoesOn) } else { Ok(then) }
    }

    fn filter(&mut self, filter: Filter) {
        match filter {
            Filter::Fitting(expectation) => self.filter = Some(expectation),
            Filter::Off => {
                self.filter = None;
                let hidden = std::mem::take(&mut self.hidden);
                self.tell(Happening::Said(format!("{} not shown", were(hidden))));
            }
            Filter::Tell => {
                let shown = match &self.filter {
                    Some(filter) => {
                        format!("shown is what fits {}; {} not", filter.text, were(self.hidden))
                    }
                    None => "everything is shown".to_owned(),
                };
                self.tell(Happening::Said(shown));
            }
        }
    }

    fn find(&self, show: Show) -> Option<Arc<crate::protocol::record::Record>> {
        let handshake = self.sessions[self.current].handshake.as_ref()?;
        let direction = if show.sent { Direction::Out } else { Direction::In };
        self.keeping.find(&handshake.session, direction, show.number)
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let on = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
        let fragments = if self.fragments == 1 { on(false) } else { self.fragments.to_string() };
        vec![
            ("fragments", fragments),
            ("frames", on(self.frames)),
            ("reconnect", on(self.setup.reconnect)),
            ("timeout", format!("{} s", self.setup.patience.progress.as_secs_f64())),
        ]
    }

    fn listed(&self) -> Vec<Listed> {
        let listed = |(at, session): (usize, &super::Session)| Listed {
            label: session.label.clone(),
            url: session.url.clone(),
            protocol: session.spoken,
            is_open: session.link.is_some(),
            is_used: at == self.current,
        };
        self.sessions.iter().enumerate().map(listed).collect()
    }

    fn status(&self) -> Status {
        let session = &self.sessions[self.current];
        let link = session.link.as_ref();
        let passed = link.map(super::session::Link::passed).or(session.passed).unwrap_or_default();
        Status {
            handshake: session.handshake.clone(),
            is_open: link.is_some(),
            sent: passed.sent,
            unanswered: link.filter(|link| link.answers).map(|_| session.protocol.unanswered() as u64),
            received: passed.received,
            valid: passed.valid,
            round_trip: passed.round_trip,
            subscriptions: session.protocol.subscriptions(),
        }
    }
}

/// So many messages, and the verb.
fn were(count: u64) -> String {
    if count == 1 { "1 message was".to_owned() } else { format!("{count} messages were") }
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
