//! How a local instance reaches others: the parts that deliver and dial, put together for it.
//!
//! Whom it reaches is mostly chosen by peers, so that private addresses are refused unless the user named the host or allows
//! them, and the user's own headers stay here.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::network::describe_with_source;
use crate::client::{
    AddressPolicy, Dialer, Http, HttpRequest, HttpResponse, HttpUrl, KeyDirectory, NetworkOptions, Origin,
    Peer, Recipient, wire_headers,
};
use crate::delivery::{
    Advice, Attempt, Composer, Expectation, Failure, FailureKind, HttpRoad, Item, Place, Retry, Road,
};
use crate::protocol::Ambient;
use crate::protocol::record::{self, Direction, Headers, Record, RecordError, Request, Timings};
use crate::protocol::versia::{INBOX, MEDIA_TYPE, may_be_unsigned, signature_headers, verify_record};
use crate::server::{Attempted, BoxFuture, Courier, Got, Next, Parcel, Payload};
use crate::signing::{Signer, Window};

/// The longest pause that another instance may ask for.
const MAX_WAIT: Duration = Duration::from_secs(600);

/// The most of an answer that is read, in bytes.
const MAX_ANSWER: u64 = 4 << 20;

/// Reaches other instances over the network.
#[derive(Clone)]
pub struct NetworkCourier(Arc<Inner>);

struct Inner {
    signer: Signer,
    options: NetworkOptions,
    peers: Vec<Peer>,
    /// Connects to hosts that a peer named.
    guarded: Arc<Dialer>,
    /// Connects to hosts that the user named.
    open: Arc<Dialer>,
    keys: Arc<KeyDirectory>,
    retry: Retry,
    ambient: Ambient,
}

impl fmt::Debug for NetworkCourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetworkCourier")
            .field("peers", &self.0.peers)
            .field("retry", &self.0.retry)
            .finish_non_exhaustive()
    }
}

impl NetworkCourier {
    /// A courier that signs as `signer`, verifies answers with `keys`, and tries `retry` more times.
    pub fn new(
        signer: Signer,
        options: NetworkOptions,
        peers: Vec<Peer>,
        keys: Arc<KeyDirectory>,
        retry: Retry,
        ambient: Ambient,
    ) -> Self {
        let options = NetworkOptions { headers: Headers::new(), ..options };
        NetworkCourier(Arc::new(Inner {
            signer,
            guarded: Arc::new(Dialer::new(options.clone()).with_policy(AddressPolicy::PublicOnly)),
            open: Arc::new(Dialer::new(options.clone())),
            options,
            peers,
            keys,
            retry,
            ambient,
        }))
    }
}

impl Courier for NetworkCourier {
    fn deliver(&self, parcel: Parcel) -> BoxFuture<Attempted> {
        let (inner, kept) = (Arc::clone(&self.0), parcel.clone());
        Box::pin(async move {
            let work = tokio::task::spawn_blocking(move || inner.deliver(&parcel));
            work.await.unwrap_or_else(|_| Attempted {
                record: Record { attempt_of: kept.attempt_of, ..Record::default() },
                checked: Vec::new(),
                next: Next::GivenUp("it was broken off".to_owned()),
                pause: None,
            })
        })
    }

    fn get(&self, domain: String, target: String) -> BoxFuture<Got> {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let work = tokio::task::spawn_blocking(move || inner.get(&domain, &target));
            work.await.unwrap_or_else(|_| Got {
                record: Record::default(),
                checked: Vec::new(),
                answer: Err("it was broken off".to_owned()),
            })
        })
    }
}

impl Inner {
    /// Where a target of an instance is, and what connects to it.
    fn place(&self, domain: &str, target: &str) -> Result<(HttpUrl, Arc<Dialer>), String> {
        let named = Recipient::parse(domain).map_err(|error| error.to_string())?;
        let through = named.clone().through(&self.peers);
        let dialer = if through == named { &self.guarded } else { &self.open };
        let url = HttpUrl::new(Origin::clone(through.inbox().origin()), target);
        url.map(|url| (url, Arc::clone(dialer))).map_err(|error| error.to_string())
    }

    fn record(&self, attempt_of: Option<&str>) -> Record {
        Record {
            id: Some(self.ambient.record_id()),
            at: self.ambient.record_time(),
            direction: Some(Direction::Out),
            attempt_of: attempt_of.map(str::to_owned),
            ..Record::default()
        }
    }

    fn deliver(&self, parcel: &Parcel) -> Attempted {
        let target = match &parcel.payload {
            Payload::Entity { .. } => INBOX,
            Payload::Message { target, .. } => target,
        };
        let (url, dialer) = match self.place(&parcel.domain, target) {
            Ok(place) => place,
            Err(why) => {
                let record = self.unsent(parcel.attempt_of.as_deref(), "POST", target, &why);
                return Attempted { record, checked: Vec::new(), next: Next::GivenUp(why), pause: None };
            }
        };
        match &parcel.payload {
            Payload::Entity { body, .. } => self.deliver_entity(parcel, body, url, dialer),
            Payload::Message { text, .. } => self.deliver_message(parcel, text, url, dialer),
        }
    }

    fn deliver_entity(&self, parcel: &Parcel, body: &Bytes, url: HttpUrl, dialer: Arc<Dialer>) -> Attempted {
        let signer = Some(self.signer.clone());
        let composer = Arc::new(Composer { url, signer, options: self.options.clone() });
        let mut road = HttpRoad::new(composer, dialer, Arc::clone(&self.keys) as _, self.ambient);
        let item = Item::new(1, Place::whole(parcel.domain.as_str()), body.clone());
        let Attempt { record, answer, check, advice, .. } = road.attempt(&item, parcel.attempt_of.as_deref());
        let (next, pause) = self.next(&answer, advice, parcel.attempt);
        Attempted { record, checked: check.into_iter().collect(), next, pause }
    }

    fn deliver_message(&self, parcel: &Parcel, text: &str, url: HttpUrl, dialer: Arc<Dialer>) -> Attempted {
        let headers = vec![("Content-Type".to_owned(), "text/plain; charset=utf-8".into())];
        let body = text.as_bytes().to_vec();
        let request = HttpRequest { method: "POST".to_owned(), url, headers, body };
        let mut record = self.record(parcel.attempt_of.as_deref());
        let answer = self.exchange(request, dialer, &mut record);
        let advice = answer.as_ref().map_or_else(
            |_| Advice::default(),
            |response| Advice::read(response.status, &response.headers, self.ambient.now_seconds()),
        );
        let answer = answer.map(|response| Some(response.status));
        let (next, pause) = self.next(&answer, advice, parcel.attempt);
        Attempted { record, checked: Vec::new(), next, pause }
    }

    /// What is to be done after an answer, and the pause that it asks for.
    fn next(
        &self,
        answer: &Result<Option<u16>, Failure>,
        advice: Advice,
        attempt: u32,
    ) -> (Next, Option<Duration>) {
        let why = match answer {
            Ok(status) => format!("it answers {}", status.unwrap_or_default()),
            Err(failure) => failure.message.clone(),
        };
        let quota = advice.rate_limit.filter(|quota| quota.remaining == 0).map(|quota| quota.reset);
        let pause = advice.retry_after.max(quota).filter(|pause| !pause.is_zero());
        if pause.is_some_and(|pause| pause > MAX_WAIT) {
            let seconds = pause.unwrap_or_default().as_secs();
            return (Next::GivenUp(format!("{why}, and asks for a pause of {seconds} s")), Some(MAX_WAIT));
        }
        if matches!(answer, Ok(Some(status)) if Expectation::Success.is_met_by(*status)) {
            return (Next::Delivered, pause);
        }
        let next = match self.retry.wait(answer, Expectation::Success, attempt, self.ambient.fraction()) {
            Some(wait) => Next::Again(wait.max(pause.unwrap_or_default()), why),
            None => Next::GivenUp(why),
        };
        (next, pause)
    }

    fn get(&self, domain: &str, target: &str) -> Got {
        let (url, dialer) = match self.place(domain, target) {
            Ok(place) => place,
            Err(why) => {
                let record = self.unsent(None, "GET", target, &why);
                return Got { record, checked: Vec::new(), answer: Err(why) };
            }
        };
        let is_jrd = target.starts_with("/.well-known/");
        let accept = if is_jrd { "application/jrd+json" } else { MEDIA_TYPE };
        let mut headers = vec![("Accept".to_owned(), record::Bytes::from(accept))];
        let is_signed = !may_be_unsigned(target);
        if is_signed {
            let signed = self.signer.sign("GET", url.target(), self.ambient.now_seconds(), b"");
            headers.extend(signature_headers(&signed));
        }
        let request = HttpRequest { method: "GET".to_owned(), url, headers, body: Vec::new() };
        let mut record = self.record(None);
        let answer = self.exchange(request, dialer, &mut record);
        let mut checked = Vec::new();
        if is_signed && answer.is_ok() {
            checked = self.check(&mut record);
        }
        let answer = answer.map(|response| (response.status, response.body.into()));
        Got { record, checked, answer: answer.map_err(|failure| failure.message) }
    }

    /// Sends a request, and records what passes.
    fn exchange(
        &self,
        request: HttpRequest,
        dialer: Arc<Dialer>,
        record: &mut Record,
    ) -> Result<HttpResponse, Failure> {
        let start = Instant::now();
        let exchanged = Http::new(dialer).with_max_body(MAX_ANSWER).exchange(&request);
        let headers = wire_headers(&request, &self.options).ok();
        record.request = Some(Request {
            target: request.url.target().to_owned(),
            method: request.method,
            headers,
            body: record::Bytes(request.body),
            ..Request::default()
        });
        match exchanged {
            Ok(response) => {
                response.note_way(record);
                record.response = Some(response.recorded());
                Ok(response)
            }
            Err(error) => {
                let failure = Failure { message: describe_with_source(&error), ..Failure::from(&error) };
                let total = (start.elapsed().as_secs_f64() * 1_000_000.0).round() / 1_000.0;
                record.timings = Some(Timings { total: Some(total), ..Timings::default() });
                record.error = Some(RecordError::from(&failure));
                Err(failure)
            }
        }
    }

    /// Verifies the answer in a record.
    fn check(&self, record: &mut Record) -> Vec<crate::protocol::versia::Checked> {
        let window = Window::around(self.ambient.now_seconds());
        // Only the answer is to be verified: of the request, what it is and no more.
        let headers = record.request.as_mut().and_then(|request| request.headers.take());
        let checked = verify_record(record, &*self.keys, window).unwrap_or_default();
        if let Some(request) = &mut record.request {
            request.headers = headers;
        }
        if let (Some(response), Some(one)) = (&mut record.response, checked.last()) {
            response.verdict = Some(one.into());
        }
        checked
    }

    /// The record of a request that cannot be sent.
    fn unsent(&self, attempt_of: Option<&str>, method: &str, target: &str, why: &str) -> Record {
        let failure =
            Failure { kind: FailureKind::Unsendable, code: None, message: why.to_owned(), hint: None };
        let request = Request { method: method.to_owned(), target: target.to_owned(), ..Request::default() };
        Record { request: Some(request), error: Some((&failure).into()), ..self.record(attempt_of) }
    }
}
