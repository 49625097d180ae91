//! Asks the instance: signs, sends, records, and keeps to its limits.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::ask::Ask;
use super::observer::Observer;
use super::pace::Pace;
use super::scout::Known;
use super::websocket::Knowledge;
use crate::client::{
    Dialer, Http, HttpError, HttpRequest, HttpResponse, HttpUrl, KeyDirectory, NetworkOptions, Origin, Peer,
    wire_headers,
};
use crate::entity::Profile;
use crate::protocol::record::{Bytes, Direction, Headers, Record, RecordError, Request, Response};
use crate::protocol::versia::{Checked, explain, signature_headers, verify_response};
use crate::protocol::{Advice, Ambient};
use crate::signing::{Budget, Signer, Window};

/// How often the same is asked where the instance asks for a pause.
const ATTEMPTS: u32 = 3;

/// How long is waited for something that the instance does beside its answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Asks one instance.
pub(super) struct Probe<'a> {
    pub(super) origin: Origin,
    pub(super) signer: &'a Signer,
    /// The id of the user of this side.
    pub(super) own_user: &'a str,
    pub(super) observer: &'a dyn Observer,
    pub(super) ambient: Ambient,
    pub(super) may_write: bool,
    pub(super) profile: Profile,
    pub(super) known: Known,
    /// What is known of its WebSocket sessions.
    pub(super) websocket: Knowledge,
    http: Http,
    dialer: Arc<Dialer>,
    keys: OnceCell<KeyDirectory>,
    pub(super) pace: Pace,
    log: RefCell<Vec<Record>>,
    accepts_deliveries: OnceCell<bool>,
    refuses_deliveries: OnceCell<bool>,
    refuses_invalid: OnceCell<bool>,
    /// What came of the one Follow of a run.
    pub(super) followed: OnceCell<Followed>,
}

/// What came of a Follow.
#[derive(Debug)]
pub(super) enum Followed {
    /// It was not accepted: the answer to it.
    Refused(String),
    /// Nothing came to this side.
    Silent,
    /// This came to this side.
    Answered(Box<Record>),
}

impl<'a> Probe<'a> {
    pub(super) fn new(plan: &'a super::Plan<'a>) -> Self {
        let dialer = Arc::new(Dialer::new(plan.options.clone()));
        Probe {
            origin: plan.origin.clone(),
            signer: plan.signer,
            own_user: plan.own_user,
            observer: plan.observer,
            ambient: plan.ambient,
            may_write: plan.may_write,
            profile: plan.profile,
            known: Known::default(),
            websocket: Knowledge::default(),
            http: Http::new(Arc::clone(&dialer)),
            dialer,
            keys: OnceCell::new(),
            pace: Pace::new(plan.interval),
            log: RefCell::default(),
            accepts_deliveries: OnceCell::new(),
            refuses_deliveries: OnceCell::new(),
            refuses_invalid: OnceCell::new(),
            followed: OnceCell::new(),
        }
    }

    /// Sends a request, again after a pause where the instance asks for one.
    ///
    /// # Errors
    /// When no answer comes.
    pub(super) fn send(&self, ask: &Ask) -> Result<HttpResponse, HttpError> {
        let mut attempt = 1;
        loop {
            self.pace.wait();
            let response = self.exchange(ask)?;
            let advice = Advice::read(response.status, &response.headers, self.ambient.now_seconds());
            if !self.pace.heed(advice) || attempt == ATTEMPTS {
                return Ok(response);
            }
            attempt += 1;
        }
    }

    /// The headers of a request, signed and then changed as it is meant.
    pub(super) fn headers_of(&self, ask: &Ask) -> Headers {
        let mut headers = ask.headers.clone();
        if ask.is_signed {
            let method = ask.claimed.method.unwrap_or(&ask.method);
            let target = ask.claimed.target.as_deref().unwrap_or(&ask.target);
            let body = ask.claimed.body.as_deref().unwrap_or(&ask.body);
            let at = self.ambient.now_seconds() + ask.after;
            let signer = ask.signer.as_ref().unwrap_or(self.signer);
            headers.extend(signature_headers(&signer.sign(method, target, at, body)));
        }
        ask.edits.iter().for_each(|edit| edit(&mut headers));
        headers
    }

    /// What is dialled with.
    pub(super) fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// What holds for the network.
    pub(super) fn options(&self) -> &NetworkOptions {
        self.dialer.options()
    }

    /// How long an answer may take; zero is for ever.
    pub(super) fn timeout(&self) -> Duration {
        self.options().timeout
    }

    /// Adds something that passed.
    pub(super) fn note_record(&self, record: Record) {
        self.log.borrow_mut().push(record);
    }

    fn exchange(&self, ask: &Ask) -> Result<HttpResponse, HttpError> {
        let headers = self.headers_of(ask);
        let url = HttpUrl::new(self.origin.clone(), &ask.target)
            .map_err(|error| HttpError::Unsendable(error.to_string()))?;
        let request = HttpRequest { method: ask.method.clone(), url, headers, body: ask.body.clone() };
        let mut record = self.record_of(&request);
        let answer = self.http.exchange(&request);
        match &answer {
            Ok(response) => {
                record.http = Some(response.version.to_owned());
                record.tls = response.tls.map(str::to_owned);
                record.peer = Some(response.peer.to_string());
                record.timings = Some(response.timings);
                record.response = Some(recorded(response));
            }
            Err(error) => {
                let code = error.code().map(|code| code.id.to_owned());
                record.error = Some(RecordError { code, message: error.in_full() });
            }
        }
        record.hide_secrets();
        self.note_record(record);
        answer
    }

    /// A request as records have it, without its secrets.
    pub(super) fn record_of(&self, request: &HttpRequest) -> Record {
        let mut headers = wire_headers(request, self.options()).ok();
        if let Some(headers) = &mut headers {
            self.options().hide_secrets(headers);
        }
        Record {
            at: self.ambient.record_time(),
            direction: Some(Direction::Out),
            request: Some(Request {
                method: request.method.clone(),
                target: request.url.target().to_owned(),
                headers,
                body: Bytes(request.body.clone()),
                ..Request::default()
            }),
            ..Record::default()
        }
    }

    /// Whether the instance was named by an address of this machine, or any address.
    pub(super) fn is_local(&self) -> bool {
        self.origin.is_loopback() || self.origin.host.parse::<std::net::IpAddr>().is_ok()
    }

    /// Has something that came to this side among what passed.
    pub(super) fn show(&self, record: &Record) {
        let mut record = record.clone();
        record.hide_secrets();
        self.log.borrow_mut().push(record);
    }

    /// What passed since this was asked last.
    pub(super) fn take_log(&self) -> Vec<Record> {
        self.log.take()
    }

    /// What the signature of an answer is worth, explained where it does not hold.
    pub(super) fn verified(&self, response: &HttpResponse, method: &str, target: &str) -> Checked {
        let keys = self.keys.get_or_init(|| {
            let url = HttpUrl::new(self.origin.clone(), "/").ok();
            let peer = url.map(|url| Peer { domain: self.known.domain.clone(), url });
            KeyDirectory::new(self.options().clone(), peer.into_iter().collect())
        });
        let window = Window::around(self.ambient.now_seconds());
        let mut checked = verify_response(&recorded(response), method, target, keys, window);
        if let Some(record) = self.log.borrow().last() {
            explain(&mut checked, record, keys, &Budget::within(Budget::DEFAULT));
        }
        checked
    }

    /// A right note of this side's user, which mentions the instance's own where there is one.
    pub(super) fn note(&self) -> Value {
        let mentions: Vec<_> =
            self.known.user.iter().map(|user| format!("{}:{}", self.known.domain, user.id)).collect();
        json!({
            "id": self.ambient.record_id(),
            "type": "Note",
            "created_at": self.ambient.record_time(),
            "author": self.own_reference(),
            "attachments": [],
            "category": null,
            "content": { "text/plain": { "content": "A conformance check of versia-cli", "remote": false } },
            "device": null,
            "extensions": null,
            "group": "public",
            "is_sensitive": false,
            "mentions": mentions,
            "previews": [],
            "quotes": null,
            "replies_to": null,
            "subject": null,
        })
    }

    /// The user of this side.
    pub(super) fn own_reference(&self) -> String {
        format!("{}:{}", self.signer.domain(), self.own_user)
    }

    /// Whether a right delivery is accepted.
    pub(super) fn accepts_deliveries(&self) -> bool {
        *self.accepts_deliveries.get_or_init(|| {
            let answer = self.send(&Ask::post(self.note().to_string()));
            answer.is_ok_and(|answer| answer.status / 100 == 2)
        })
    }

    /// Whether a delivery without a signature is refused, so that an acceptance says something.
    pub(super) fn refuses_deliveries(&self) -> bool {
        *self.refuses_deliveries.get_or_init(|| {
            let answer = self.send(&Ask::post(self.note().to_string()).unsigned());
            answer.is_ok_and(|answer| answer.status / 100 == 4)
        })
    }

    /// Whether a rightly signed delivery of what is no entity is refused, so that the acceptance of one says something.
    pub(super) fn refuses_invalid(&self) -> bool {
        *self.refuses_invalid.get_or_init(|| {
            let answer = self.send(&Ask::post("{}"));
            answer.is_ok_and(|answer| answer.status / 100 == 4)
        })
    }
}

/// An answer as records have it.
pub(super) fn recorded(response: &HttpResponse) -> Response {
    Response {
        status: response.status,
        headers: response.headers.clone(),
        body: Bytes(response.body.clone()),
        truncated: response.truncated,
        verdict: None,
    }
}
