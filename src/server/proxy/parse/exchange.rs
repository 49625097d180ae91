//! A request and its answer, while they come and once they are whole.

use std::time::Instant;

use super::head::{Head, Start, lists, values};
use super::kept::{Kept, Place};
use crate::protocol::record::{Headers, Request, Response};

/// Why there is no answer, or no more of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The instance cannot be reached, and why.
    Unreachable(String),
    /// The instance closed the connection.
    HungUp,
    /// The client did.
    ClientLeft,
    /// What passes cannot be followed.
    NotFollowed(&'static str),
}

/// A request and its answer, as far as both came.
#[derive(Debug)]
pub struct Exchange {
    /// When the request's head was whole.
    pub begun: Instant,
    /// When the request was.
    pub asked: Option<Instant>,
    /// When the answer began.
    pub answer_begun: Option<Instant>,
    /// When the last byte of it all came.
    pub ended: Instant,
    /// The version of HTTP.
    pub http: Option<&'static str>,
    /// The request; `None` where there is none that could be read.
    pub request: Option<Request>,
    /// The answer.
    pub response: Option<Response>,
    /// What came in place of a request.
    pub malformed: Option<Vec<u8>>,
    /// What is missing, and why.
    pub trouble: Option<Trouble>,
    /// Why others may have read the request or the answer as something else.
    pub doubt: Option<&'static str>,
    /// Its place in memory.
    pub place: Place,
}

/// An answer as far as it came.
#[derive(Debug)]
pub(super) struct Answer {
    begun: Instant,
    status: u16,
    headers: Headers,
    body: Kept,
    ended: Option<Instant>,
}

impl Answer {
    pub(super) fn new(status: u16, headers: Headers, now: Instant) -> Self {
        Answer { begun: now, status, headers, body: Kept::default(), ended: None }
    }
}

/// A request that came, or is coming, and its answer as far as it came.
#[derive(Debug)]
pub(super) struct Waiting {
    begun: Instant,
    asked: Option<Instant>,
    http: Option<&'static str>,
    request: Option<Request>,
    body: Kept,
    malformed: Option<Vec<u8>>,
    answer: Option<Answer>,
    wants_switch: bool,
    doubt: Option<&'static str>,
    place: Option<Place>,
}

impl Waiting {
    /// A request whose head has come.
    pub(super) fn request(head: Head, http: &'static str, mut place: Option<Place>, now: Instant) -> Self {
        let wants_switch = head.values("Upgrade").next().is_some() && head.lists("Connection", "upgrade");
        let is_kept = grow_by(&mut place, &head.headers);
        let Start::Request { method, target } = head.start else { return Waiting::unasked(place, now) };
        let wants_switch = wants_switch || method == "CONNECT";
        let headers = if is_kept { head.headers } else { Headers::new() };
        let request = Request { method, target, headers: Some(headers), ..Request::default() };
        Waiting {
            http: Some(http),
            request: Some(request),
            asked: None,
            wants_switch,
            ..Waiting::unasked(place, now)
        }
    }

    /// Something that is no request.
    pub(super) fn malformed(head: Vec<u8>, place: Option<Place>, now: Instant) -> Self {
        Waiting { malformed: Some(head), ..Waiting::unasked(place, now) }
    }

    /// What stands for the request of an answer that nobody asked for.
    pub(super) fn unasked(place: Option<Place>, now: Instant) -> Self {
        Waiting {
            begun: now,
            asked: Some(now),
            http: None,
            request: None,
            body: Kept::default(),
            malformed: None,
            answer: None,
            wants_switch: false,
            doubt: None,
            place,
        }
    }

    pub(super) fn method(&self) -> Option<&str> {
        self.request.as_ref().map(|request| request.method.as_str())
    }

    /// Notes why others may read it as something else.
    pub(super) fn doubt(&mut self, why: Option<&'static str>) {
        self.doubt = self.doubt.or(why);
    }

    pub(super) fn wants_switch(&self) -> bool {
        self.wants_switch
    }

    pub(super) fn want_no_switch(&mut self) {
        self.wants_switch = false;
    }

    pub(super) fn asks_for_websocket(&self) -> bool {
        let headers = self.request.as_ref().and_then(|request| request.headers.as_ref());
        headers.is_some_and(|headers| {
            // Where the headers could not be kept, that an upgrade is wanted has to do.
            lists(headers, "Upgrade", "websocket")
                || (self.wants_switch && values(headers, "Upgrade").next().is_none())
        })
    }

    pub(super) fn keep(&mut self, data: &[u8], limit: usize) {
        self.body.keep(data, limit, self.place.as_mut());
    }

    pub(super) fn finish_request(&mut self, now: Instant) {
        self.asked = self.asked.or(Some(now));
    }

    pub(super) fn cut_request(&mut self, now: Instant) {
        self.body.truncated |= self.asked.is_none();
        self.finish_request(now);
    }

    pub(super) fn begin_answer(&mut self, answer: Answer, http: &'static str) {
        self.http = self.http.or(Some(http));
        let is_kept = grow_by(&mut self.place, &answer.headers);
        self.answer = Some(if is_kept { answer } else { Answer { headers: Headers::new(), ..answer } });
    }

    pub(super) fn keep_answer(&mut self, data: &[u8], limit: usize) {
        if let Some(answer) = &mut self.answer {
            answer.body.keep(data, limit, self.place.as_mut());
        }
    }

    pub(super) fn finish_answer(&mut self, now: Instant) {
        self.answer.iter_mut().for_each(|answer| answer.ended = answer.ended.or(Some(now)));
    }

    pub(super) fn cut_answer(&mut self) {
        self.answer.iter_mut().for_each(|answer| answer.body.truncated = true);
    }

    pub(super) fn has_answer(&self) -> bool {
        self.answer.is_some()
    }

    /// Whether the answer is whole.
    pub(super) fn is_answered(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.ended.is_some())
    }

    /// Whether everything came that will: of the answer, where answers can be followed.
    pub(super) fn is_finished(&self, answers_are_lost: bool) -> bool {
        self.asked.is_some() && (answers_are_lost || self.is_answered())
    }

    /// The exchange, with what is missing because of `trouble`; `None` when there was no place to keep it.
    pub(super) fn into_exchange(self, trouble: Option<Trouble>, now: Instant) -> Option<Exchange> {
        let place = self.place?;
        let is_whole = self.answer.as_ref().is_some_and(|answer| answer.ended.is_some());
        let ended = self.answer.as_ref().and_then(|answer| answer.ended).unwrap_or(now);
        let request = self.request.map(|request| Request {
            body: self.body.bytes.into(),
            truncated: self.body.truncated || self.asked.is_none(),
            ..request
        });
        let answer_begun = self.answer.as_ref().map(|answer| answer.begun);
        let response = self.answer.map(|answer| Response {
            status: answer.status,
            headers: answer.headers,
            body: answer.body.bytes.into(),
            truncated: answer.body.truncated || answer.ended.is_none(),
            verdict: None,
        });
        Some(Exchange {
            begun: self.begun,
            asked: self.asked,
            answer_begun,
            ended: ended.max(self.asked.unwrap_or(ended)),
            http: self.http,
            request,
            response,
            malformed: self.malformed,
            trouble: trouble.filter(|_| !is_whole),
            doubt: self.doubt,
            place,
        })
    }
}

/// Takes the room that headers need; one that has none left is given up, and with it the record.
fn grow_by(place: &mut Option<Place>, headers: &Headers) -> bool {
    let length = headers.iter().map(|(name, value)| name.len() + value.0.len() + 64).sum();
    let has_room = place.as_mut().is_some_and(|place| place.grow(length));
    if !has_room {
        *place = None;
    }
    has_room
}
