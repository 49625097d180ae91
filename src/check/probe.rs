//! Asks the instance: signs, sends, records, and keeps to its limits.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::ask::Ask;
use super::observer::{Observer, Seen};
use super::pace::Pace;
use super::scout::Known;
use super::websocket::Knowledge;
use crate::client::{
    Dialer, Http, HttpError, HttpRequest, HttpResponse, HttpUrl, KeyDirectory, NetworkOptions, Origin,
    wire_headers,
};
use crate::entity::Profile;
use crate::protocol::record::{Bytes, Direction, Headers, Record, RecordError, Request};
use crate::protocol::versia::{INSTANCE, signature_headers};
use crate::protocol::{Advice, Ambient};
use crate::signing::Signer;

/// How often the same is asked where the instance asks for a pause.
const ATTEMPTS: u32 = 3;

/// How much of a body is kept for the report, in bytes.
const KEPT: usize = 128 << 10;

/// The pause after a 429 that does not say how long.
const MOMENT: Duration = Duration::from_secs(1);

/// How long is waited for something that the instance does beside its answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What becomes of a right delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acceptance {
    Accepted,
    Refused,
    Unanswered,
}

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
    pub(super) keys: OnceCell<KeyDirectory>,
    pub(super) pace: Pace,
    /// Told of each pause before it is waited for.
    pausing: &'a dyn Fn(Duration),
    pub(super) log: RefCell<Vec<Record>>,
    /// The first exchange that was refused for going beyond a quota.
    pub(super) over_quota: OnceCell<Record>,
    answers: Cell<usize>,
    accepts_deliveries: OnceCell<Acceptance>,
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
    Answered(Box<Seen>),
}

impl<'a> Probe<'a> {
    pub(super) fn new(plan: &'a super::Plan, pausing: &'a dyn Fn(Duration)) -> Self {
        let mut options = plan.options.clone();
        // Without a limit for an exchange, that of the run is one.
        if options.timeout.is_zero() {
            options.timeout = plan.max_time;
        }
        let dialer = Arc::new(Dialer::new(options));
        Probe {
            origin: plan.origin.clone(),
            signer: &plan.signer,
            own_user: &plan.own_user,
            observer: &*plan.observer,
            ambient: plan.ambient,
            may_write: plan.may_write,
            profile: plan.profile,
            known: Known::default(),
            websocket: Knowledge::default(),
            http: Http::new(Arc::clone(&dialer)),
            dialer,
            keys: OnceCell::new(),
            pace: Pace::new(plan.interval, plan.max_time),
            pausing,
            log: RefCell::default(),
            over_quota: OnceCell::new(),
            answers: Cell::new(0),
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
        self.in_its_time(|| self.exchange(ask), |response| self.advice(response.status, &response.headers))
    }

    /// Makes an exchange when it may be made, and again after a pause where the answer's advice asks for one.
    ///
    /// # Errors
    /// When no answer comes, or nothing more may be asked.
    pub(super) fn in_its_time<T>(
        &self,
        exchange: impl Fn() -> Result<T, HttpError>,
        advice: impl Fn(&T) -> Advice,
    ) -> Result<T, HttpError> {
        let mut attempt = 1;
        loop {
            self.take_turn()?;
            let answer = exchange().inspect_err(|_| self.pace.note_time())?;
            let advice = advice(&answer);
            let may_ask_again = self.pace.heed(advice);
            if !may_ask_again || attempt == ATTEMPTS {
                if advice.retry_after.is_some() {
                    self.pace.put_off();
                }
                return Ok(answer);
            }
            attempt += 1;
        }
    }

    /// What an answer says about when to come again. A 429 always asks for a pause: where it has no `Retry-After`, until its quota
    /// begins anew, and a moment where it tells of none.
    pub(super) fn advice(&self, status: u16, headers: &Headers) -> Advice {
        let mut advice = Advice::read(status, headers, self.ambient.now_seconds());
        if status == 429 && advice.retry_after.is_none() {
            advice.retry_after = Some(advice.rate_limit.map_or(MOMENT, |quota| quota.reset));
        }
        advice
    }

    /// Waits until something may be asked.
    ///
    /// # Errors
    /// When nothing more may be asked.
    pub(super) fn take_turn(&self) -> Result<(), HttpError> {
        if self.pace.wait(self.pausing) {
            return Ok(());
        }
        let why = self.pace.over().map(|(_, why)| why);
        Err(HttpError::Unsendable(why.unwrap_or_default()))
    }

    /// Sends a request, for which its turn has come; says whether the same may be asked again after a pause.
    ///
    /// # Errors
    /// When no answer comes.
    pub(super) fn send_at_once(&self, ask: &Ask) -> Result<(HttpResponse, bool), HttpError> {
        let response = self.exchange(ask)?;
        let may_ask_again = self.pace.heed(self.advice(response.status, &response.headers));
        Ok((response, may_ask_again))
    }

    /// Keeps the first 429, which is not asked for on purpose.
    fn remember_quota(&self, response: &HttpResponse) {
        if response.status == 429
            && self.over_quota.get().is_none()
            && let Some(record) = self.log.borrow().last()
        {
            let _ = self.over_quota.set(record.clone());
        }
    }

    fn exchange(&self, ask: &Ask) -> Result<HttpResponse, HttpError> {
        let headers = self.headers_of(ask);
        let url = HttpUrl::new(self.origin.clone(), &ask.target)
            .map_err(|error| HttpError::Unsendable(error.to_string()))?;
        let request = HttpRequest { method: ask.method.clone(), url, headers, body: ask.body.clone() };
        let mut record = self.record_of(&request);
        let timeout = self.timeout();
        let answer = if timeout < self.options().timeout {
            let options = NetworkOptions { timeout, ..self.options().clone() };
            Http::new(Dialer::new(options)).exchange(&request)
        } else {
            self.http.exchange(&request)
        };
        match &answer {
            Ok(response) => {
                response.note_way(&mut record);
                record.response = Some(response.recorded());
            }
            Err(error) => {
                let code = error.code().map(|code| code.id.to_owned());
                record.error = Some(RecordError { code, message: error.in_full() });
            }
        }
        self.noted(record);
        if let Ok(response) = &answer {
            self.remember_quota(response);
        }
        answer
    }

    /// The headers of a request before they are changed, with its signature.
    pub(super) fn signed_headers(&self, ask: &Ask) -> Headers {
        let mut headers = ask.headers.clone();
        if ask.is_signed {
            let method = ask.claimed.method.unwrap_or(&ask.method);
            let target = ask.claimed.target.as_deref().unwrap_or(&ask.target);
            let body = ask.claimed.body.as_deref().unwrap_or(&ask.body);
            let at = self.ambient.now_seconds() + ask.after;
            let signer = ask.signer.as_ref().unwrap_or(self.signer);
            headers.extend(signature_headers(&signer.sign(method, target, at, body)));
        }
        headers
    }

    /// The headers of a request, signed and then changed as it is meant.
    pub(super) fn headers_of(&self, ask: &Ask) -> Headers {
        let mut headers = self.signed_headers(ask);
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

    /// How long an answer may take: no longer than the run. Zero is for ever.
    pub(super) fn timeout(&self) -> Duration {
        let most = self.options().timeout;
        // Nothing left is not for ever.
        if most.is_zero() { most } else { self.pace.left(most).max(Duration::from_millis(1)) }
    }

    /// A request as records have it, without its secrets.
    pub(super) fn record_of(&self, request: &HttpRequest) -> Record {
        self.begun(Some(Request {
            method: request.method.clone(),
            target: request.url.target().to_owned(),
            headers: wire_headers(request, self.options()).ok(),
            body: Bytes(request.body.clone()),
            ..Request::default()
        }))
    }

    /// The record of something that goes out now.
    pub(super) fn begun(&self, mut request: Option<Request>) -> Record {
        if let Some(request) = &mut request {
            if let Some(headers) = &mut request.headers {
                self.options().hide_secrets(headers);
            }
            request.truncated = request.body.0.len() > KEPT;
            request.body.0.truncate(KEPT);
        }
        Record {
            at: self.ambient.record_time(),
            direction: Some(Direction::Out),
            request,
            ..Record::default()
        }
    }

    /// Keeps a record for the report.
    pub(super) fn noted(&self, record: Record) {
        self.answers.set(self.answers.get() + usize::from(record.response.is_some()));
        self.keep(record);
    }

    /// Whether the instance was named by an address of this machine, or any address.
    pub(super) fn is_local(&self) -> bool {
        self.origin.is_loopback() || self.origin.host.parse::<std::net::IpAddr>().is_ok()
    }

    /// Has something that came to this side among what passed.
    pub(super) fn show(&self, record: &Record) {
        self.keep(record.clone());
    }

    /// Keeps a record without its secrets, and of the answer's body no more than a report shows.
    fn keep(&self, mut record: Record) {
        record.hide_secrets();
        if let Some(response) = record.response.as_mut().filter(|response| response.body.0.len() > KEPT) {
            response.truncated = true;
            response.body.0.truncate(KEPT);
            response.body.0.shrink_to_fit();
        }
        self.log.borrow_mut().push(record);
    }

    /// What passed since this was asked last.
    pub(super) fn take_log(&self) -> Vec<Record> {
        self.log.take()
    }

    /// Puts back what was taken.
    pub(super) fn put_log(&self, log: Vec<Record>) {
        self.log.replace(log);
    }

    /// How many answers came so far.
    pub(super) fn answers(&self) -> usize {
        self.answers.get()
    }

    /// Whether the instance still answers what it answered at first. Nothing of it is kept.
    pub(super) fn is_there(&self) -> bool {
        let is_there = self.send(&Ask::get(INSTANCE).unsigned()).is_ok();
        drop(self.take_log());
        is_there
    }

    /// A right note of this side's user, which mentions the instance's own where there is one.
    pub(super) fn note(&self) -> Value {
        let mentions: Vec<_> = self.known.user.iter().map(|_| self.known.user_reference()).collect();
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
    pub(super) fn accepts_deliveries(&self) -> Acceptance {
        *self.accepts_deliveries.get_or_init(|| match self.send(&Ask::post(self.note().to_string())) {
            Ok(answer) if answer.status / 100 == 2 => Acceptance::Accepted,
            Ok(_) => Acceptance::Refused,
            Err(_) => Acceptance::Unanswered,
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
