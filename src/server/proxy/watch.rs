//! Beside the relay: what was seen becomes records, is verified and told. Nothing that passes waits for any of it.
//!
//! A connection's relay hands on what was seen through a queue that is never full: how much may wait is bounded by the
//! [`Room`] that everything seen has its place in. What finds none passes without a record, which is said.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::host::HostSetter;
use super::parse::{Conversation, Exchange, Place, Room, Seen, Side, Trouble};
use super::relay::Ear;
use super::session::Session;
use super::unreachable;
use crate::client::StageTimings;
use crate::entity::{Profile, check};
use crate::finding::{Code, Level, codes};
use crate::protocol::Ambient;
use crate::protocol::record::{Direction, Record, RecordError, Timings, Transport};
use crate::protocol::versia::{Checked, MESSAGING, concerns_versia};
use crate::server::event::{Delivery, Event, Happened};
use crate::server::recorder::Recorder;
use crate::server::service::recorded;
use crate::server::versia::{Judge, outline, verdict};
use crate::signing::signed_path;

/// How long nothing is said about what passed without a record after it was said.
const QUIET: Duration = Duration::from_secs(10);

/// What all connections share.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) judge: Arc<Judge>,
    pub(super) ambient: Ambient,
    pub(super) recorder: Recorder,
    /// Whether deliveries are looked at by the documents' rules.
    pub(super) validate: bool,
    /// How much of a body or message is kept, in bytes.
    pub(super) max_body: usize,
    pub(super) room: Arc<Room>,
    pub(super) sessions: AtomicU64,
    pub(super) said: Mutex<Option<Instant>>,
}

/// The client of a connection.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) peer: String,
    pub(super) tls: Option<&'static str>,
}

/// What is handed on.
#[derive(Debug)]
pub(super) enum Noted {
    Seen(Seen),
    /// The instance was connected to.
    Connected(StageTimings),
    /// Something else went wrong.
    Trouble(String),
}

/// The ear of one connection.
#[derive(Debug)]
pub(super) struct Line {
    conversation: Conversation,
    host: Option<HostSetter>,
    seen: Vec<Seen>,
    noted: UnboundedSender<Noted>,
}

impl Line {
    pub(super) fn new(watch: &Watch, host: Option<&str>, noted: UnboundedSender<Noted>) -> Self {
        let conversation = Conversation::new(watch.max_body, Arc::clone(&watch.room));
        Line { conversation, host: host.map(HostSetter::new), seen: Vec::new(), noted }
    }

    pub(super) fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    pub(super) fn connected(&self, timings: StageTimings) {
        // A watcher that is gone has nobody to tell.
        let _ = self.noted.send(Noted::Connected(timings));
    }

    /// Nothing more will pass.
    pub(super) fn abandon(&mut self, why: Trouble) {
        self.conversation.abandon(why, Instant::now(), &mut self.seen);
        self.hand_on();
    }

    fn hand_on(&mut self) {
        for seen in self.seen.drain(..) {
            let _ = self.noted.send(Noted::Seen(seen));
        }
    }
}

impl Ear for Line {
    fn hears(&mut self, from: Side, bytes: &[u8]) {
        self.conversation.feed(from, bytes, Instant::now(), &mut self.seen);
        self.hand_on();
    }

    fn ends(&mut self, side: Side) {
        self.conversation.end(side, Instant::now(), &mut self.seen);
        self.hand_on();
    }

    fn is_idle(&self) -> bool {
        self.conversation.is_idle()
    }

    fn changes(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let host = self.host.as_mut()?;
        Some(host.set(bytes, self.conversation.has_switched()))
    }
}

/// Makes records of what one connection's relay hands on, to its end.
pub(super) async fn watch(watch: Arc<Watch>, client: Client, mut noted: UnboundedReceiver<Noted>) {
    let mut connected = None;
    let mut session: Option<Session> = None;
    let mut is_refused = false;
    while let Some(one) = noted.recv().await {
        match one {
            Noted::Connected(timings) => connected = Some(timings),
            Noted::Trouble(what) => watch.trouble(&client, what).await,
            Noted::Seen(Seen::Exchange(exchange)) => {
                // Only the first of several requests has the proxy's own answer.
                let is_unreachable = matches!(exchange.trouble, Some(Trouble::Unreachable(_)));
                let (event, place) = watch.exchange(&client, *exchange, connected.take(), is_refused).await;
                is_refused |= is_unreachable;
                watch.tell(event, Some(place)).await;
            }
            Noted::Seen(Seen::Opened(exchange)) => {
                let number = watch.sessions.fetch_add(1, Ordering::Relaxed) + 1;
                let begun = Session::new(format!("s{number}"), &exchange, watch.max_body);
                let (event, place) = watch.exchange(&client, *exchange, connected.take(), false).await;
                watch.tell(begun.opened(event), Some(place)).await;
                session = Some(begun);
            }
            Noted::Seen(Seen::Message(from, message)) => {
                if let Some(session) = &mut session {
                    session.take(&watch, &client, from, message).await;
                }
            }
            Noted::Seen(Seen::Lost(side, why)) => {
                let whose = if side == Side::Client { "the client" } else { "the instance" };
                let what = format!(
                    "what {whose} sends is relayed as it comes and not read any more: {why} ({})",
                    codes::PROXY_CANNOT_FOLLOW.id
                );
                watch.trouble(&client, what).await;
            }
        }
        watch.say_missed(QUIET).await;
    }
    if let Some(session) = session {
        watch.tell(session.closed(&client), None).await;
    }
}

impl Watch {
    /// Has an event kept and told. Its place in memory is free when it is kept.
    pub(super) async fn tell(&self, event: Event, place: Option<Place>) {
        self.recorder.tell_then(event, move |_| drop(place)).await;
    }

    async fn trouble(&self, client: &Client, what: String) {
        self.tell(Event::Trouble { peer: Some(client.peer.clone()), what }, None).await;
    }

    /// Says how much passed without a record, where something did and this was not said for so long.
    pub(super) async fn say_missed(&self, quiet: Duration) {
        let missed = {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.is_some_and(|said| said.elapsed() < quiet) {
                return;
            }
            let missed = self.room.take_missed();
            if missed == 0 {
                return;
            }
            *said = Some(Instant::now());
            missed
        };
        let what = format!(
            "{missed} passed without a record: what is recorded cannot keep up ({})",
            codes::PROXY_NOT_RECORDED.id
        );
        self.tell(Event::Trouble { peer: None, what }, None).await;
    }

    /// A record of something that began so long ago.
    pub(super) fn record(&self, client: &Client, begun: Instant) -> Record {
        Record {
            id: Some(self.ambient.record_id()),
            at: self.ambient.time_before(begun.elapsed()),
            direction: Some(Direction::In),
            peer: Some(client.peer.clone()),
            tls: client.tls.map(str::to_owned),
            ..Record::default()
        }
    }

    /// Makes a record of an exchange, and finds out what its signatures are worth.
    async fn exchange(
        &self,
        client: &Client,
        exchange: Exchange,
        connected: Option<StageTimings>,
        is_refused: bool,
    ) -> (Event, Place) {
        let timings = timings(&exchange, connected);
        let Exchange { begun, http, request, response, malformed, trouble, doubt, place, .. } = exchange;
        let mut record = Record {
            transport: Transport::Http,
            http: http.map(str::to_owned),
            timings: Some(timings),
            request,
            response,
            malformed: malformed.map(Into::into),
            ..self.record(client, begun)
        };
        if let Some(trouble) = &trouble {
            record.error = Some(error(trouble));
            if let (Trouble::Unreachable(why), false) = (trouble, is_refused) {
                let method = record.request.as_ref().map(|request| request.method.as_str());
                record.response = Some(recorded(&unreachable(why, method)));
            }
        }
        if let Some(why) = doubt {
            record.error.get_or_insert_with(|| RecordError { code: None, message: why.to_owned() });
        }
        if record.malformed.is_some() {
            if record.error.is_none() {
                record.error = Some(RecordError {
                    code: Some(codes::PROXY_CANNOT_FOLLOW.id.to_owned()),
                    message: "it was relayed as it came".to_owned(),
                });
            }
            return (Event::Malformed(Box::new(record)), place);
        }
        let (checked, delivery) = self.judge(&mut record, begun).await;
        (Event::Exchange(Box::new(Happened { record, checked, delivery })), place)
    }

    /// Verifies the request and the answer, each with its own signer's key, and looks at what is delivered.
    async fn judge(&self, record: &mut Record, begun: Instant) -> (Vec<Checked>, Option<Delivery>) {
        let now = self.ambient.now_seconds() - i64::try_from(begun.elapsed().as_secs()).unwrap_or_default();
        if !concerns_versia(record) {
            return (Vec::new(), delivery(record, &mut [], self.validate));
        }
        let response = record.response.take();
        let mut checked = self.judge.verify(record, now).await.unwrap_or_default();
        let delivery = delivery(record, &mut checked, self.validate);
        record.response = response;
        if let (Some(request), Some(one)) = (&mut record.request, checked.first()) {
            request.verdict = Some(verdict(one, delivery.as_ref()));
        }
        // The answer of the proxy itself, and one that switches protocols, is signed by nobody.
        let is_own = matches!(&record.error, Some(error) if error.code.as_deref() == Some(codes::INSTANCE_UNREACHABLE.id));
        if record.response.is_some() && !is_own {
            let headers = record.request.as_mut().and_then(|request| request.headers.take());
            let of_answer = self.judge.verify(record, now).await.unwrap_or_default();
            if let Some(request) = &mut record.request {
                request.headers = headers;
            }
            if let (Some(response), Some(one)) = (&mut record.response, of_answer.first()) {
                response.verdict = Some(verdict(one, None));
            }
            checked.extend(of_answer);
        }
        (checked, delivery)
    }

    /// What an entity is, and what is wrong with it.
    pub(super) fn delivered(&self, body: &[u8], checked: &mut [Checked]) -> Delivery {
        examined(body, checked, self.validate)
    }
}

fn examined(body: &[u8], checked: &mut [Checked], validate: bool) -> Delivery {
    let mut delivery = outline(body, checked);
    if validate && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        delivery.violations = check(body, Profile::Spec, None).violations;
        delivery.violations.retain(|violation| violation.level > Level::Note);
    }
    delivery
}

/// What a request delivers, where it is a delivery.
fn delivery(record: &Record, checked: &mut [Checked], validate: bool) -> Option<Delivery> {
    let request = record.request.as_ref().filter(|request| request.method == "POST")?;
    let path = signed_path(&request.target);
    if path == MESSAGING {
        let text = String::from_utf8_lossy(&request.body.0).into_owned();
        return Some(Delivery { text: Some(text), ..Delivery::default() });
    }
    is_inbox(path).then(|| examined(&request.body.0, checked, validate && !request.truncated))
}

/// Whether a path is an inbox: the shared one, or that of an instance that has its own.
pub(super) fn is_inbox(path: &str) -> bool {
    path.trim_end_matches('/').ends_with("/inbox")
}

fn timings(exchange: &Exchange, connected: Option<StageTimings>) -> Timings {
    let between =
        |from: Option<Instant>, to: Option<Instant>| Some(millis(to?.saturating_duration_since(from?)));
    Timings {
        dns: connected.and_then(|stages| stages.dns).map(millis),
        connect: connected.map(|stages| millis(stages.connect)),
        tls: connected.and_then(|stages| stages.tls).map(millis),
        first_byte: between(exchange.asked, exchange.answer_begun),
        total: between(Some(exchange.begun), Some(exchange.ended)),
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

fn error(trouble: &Trouble) -> RecordError {
    let (code, message): (Option<&Code>, String) = match trouble {
        Trouble::Unreachable(why) => (Some(&codes::INSTANCE_UNREACHABLE), why.clone()),
        Trouble::HungUp => (
            Some(&codes::INSTANCE_HUNG_UP),
            "the instance closed the connection before the answer was whole".to_owned(),
        ),
        Trouble::ClientLeft => (None, "the client hung up before it was answered".to_owned()),
        Trouble::NotFollowed(why) => (Some(&codes::PROXY_CANNOT_FOLLOW), (*why).to_owned()),
    };
    RecordError { code: code.map(|code| code.id.to_owned()), message }
}
