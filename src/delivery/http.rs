//! The road over HTTP: one signed POST per document.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::item::Item;
use super::outcome::{Attempt, Failure, FailureKind};
use super::road::Road;
use crate::client::{
    DialCause, Dialer, Http, HttpError, HttpRequest, HttpResponse, HttpUrl, NetworkOptions, wire_headers,
};
use crate::protocol::Advice;
use crate::protocol::Ambient;
use crate::protocol::record::{Bytes, Direction, Headers, Record, Request, Response, Timings, hide_secrets};
use crate::protocol::versia::{self, Allowance, Checked, KeySource, needs_explanation, verify_record};
use crate::signing::{Signer, Window};

/// Makes requests of documents: everything but sending them.
#[derive(Debug)]
pub struct Composer {
    /// Where to.
    pub url: HttpUrl,
    /// Who signs; without a signer, documents go out unsigned.
    pub signer: Option<Signer>,
    /// Says which headers and which `User-Agent` go along.
    pub options: NetworkOptions,
}

impl Composer {
    /// The request for a body, signed as of `at` (Unix seconds).
    pub fn request(&self, body: Vec<u8>, at: i64) -> HttpRequest {
        let mut headers: Headers = vec![("Accept".to_owned(), versia::MEDIA_TYPE.into())];
        if !body.is_empty() {
            headers.push(("Content-Type".to_owned(), versia::CONTENT_TYPE.into()));
        }
        if let Some(signer) = &self.signer {
            headers.extend(versia::signature_headers(&signer.sign("POST", self.url.target(), at, &body)));
        }
        HttpRequest { method: "POST".to_owned(), url: self.url.clone(), headers, body }
    }

    /// The request as it is shown and recorded: with the headers that sending adds, and without their secrets.
    ///
    /// # Errors
    /// When one of the headers cannot be sent.
    pub fn shown(&self, request: HttpRequest) -> Result<Request, HttpError> {
        let mut headers = wire_headers(&request, &self.options)?;
        self.options.hide_secrets(&mut headers);
        Ok(Request { headers: Some(headers), ..without_headers(request) })
    }
}

fn without_headers(request: HttpRequest) -> Request {
    Request {
        method: request.method,
        target: request.url.target().to_owned(),
        body: Bytes(request.body),
        ..Request::default()
    }
}

/// Keys that several workers look up.
pub type SharedKeys = Arc<dyn KeySource + Send + Sync>;

/// One worker's way to an inbox.
pub struct HttpRoad {
    http: Http,
    composer: Arc<Composer>,
    keys: SharedKeys,
    ambient: Ambient,
    explanations: Allowance,
}

/// How long a worker may look for what is wrong with the signatures of answers, in all: those of one instance mostly
/// fail for one reason.
const EXPLANATIONS: Duration = Duration::from_secs(1);

impl HttpRoad {
    /// A road with a connection of its own, made by `dialer`. Signed answers are verified with `keys`.
    pub fn new(composer: Arc<Composer>, dialer: Arc<Dialer>, keys: SharedKeys, ambient: Ambient) -> Self {
        let explanations = Allowance::new(EXPLANATIONS, EXPLANATIONS);
        HttpRoad { http: Http::new(dialer), composer, keys, ambient, explanations }
    }

    fn check(&self, record: &Record) -> Option<Checked> {
        let window = Window::around(self.ambient.now_seconds());
        let mut checked = verify_record(record, &*self.keys, window).ok()?.pop()?;
        if needs_explanation(&checked) {
            self.explanations.explain(&mut checked, record, &*self.keys);
        }
        Some(checked)
    }
}

impl Road for HttpRoad {
    fn attempt(&mut self, item: &Item, attempt_of: Option<&str>) -> Attempt {
        let request = self.composer.request(item.body.to_vec(), self.ambient.now_seconds());
        self.send(request, attempt_of)
    }
}

impl HttpRoad {
    /// Sends a request, and says what came of it; `attempt_of` is the name of the first attempt's record.
    pub(super) fn send(&mut self, request: HttpRequest, attempt_of: Option<&str>) -> Attempt {
        let mut record = Record {
            id: Some(self.ambient.record_id()),
            at: self.ambient.record_time(),
            direction: Some(Direction::Out),
            attempt_of: attempt_of.map(str::to_owned),
            ..Record::default()
        };
        let start = Instant::now();
        let exchanged = self.http.exchange(&request);
        let total = (start.elapsed().as_secs_f64() * 1_000_000.0).round() / 1_000.0;
        let headers = wire_headers(&request, &self.composer.options).ok().map(|mut headers| {
            self.composer.options.hide_secrets(&mut headers);
            headers
        });
        let request = without_headers(request);
        let response = match exchanged {
            Ok(response) => response,
            Err(error) => {
                let failure = Failure::from(&error);
                record.timings = Some(Timings { total: Some(total), ..Timings::default() });
                record.request = Some(Request { headers, ..request });
                record.error = Some((&failure).into());
                let advice = Advice::default();
                return Attempt { record, answer: Err(failure), dialled: None, check: None, advice };
            }
        };
        let advice = Advice::read(response.status, &response.headers, self.ambient.now_seconds());
        response.note_way(&mut record);
        let (status, dialled) = (response.status, response.dialled);
        record.response = Some(as_recorded(response));
        // Only the answer is to be verified: of the request, no more than what it answers is there yet.
        record.request = Some(request);
        let check = self.check(&record);
        if let Some(request) = &mut record.request {
            request.headers = headers;
        }
        if let Some(response) = &mut record.response {
            response.verdict = check.as_ref().map(Into::into);
            hide_secrets(&mut response.headers, |_| false);
        }
        Attempt { record, answer: Ok(Some(status)), dialled, check, advice }
    }
}

fn as_recorded(response: HttpResponse) -> Response {
    Response {
        status: response.status,
        headers: response.headers,
        body: Bytes(response.body),
        truncated: response.truncated,
        verdict: None,
    }
}

impl From<&HttpError> for Failure {
    fn from(error: &HttpError) -> Self {
        let message = with_source(error);
        Failure { kind: kind(error), code: error.code(), message, hint: error.hint() }
    }
}

/// What an error says, with what the system says about it, without its error number.
pub(super) fn with_source(error: &dyn std::error::Error) -> String {
    let Some(source) = error.source() else { return error.to_string() };
    let said = source.to_string();
    format!("{error}: {}", said.split(" (os error ").next().unwrap_or_default())
}

fn kind(error: &HttpError) -> FailureKind {
    match error {
        HttpError::TimedOut { .. } | HttpError::Closed { .. } | HttpError::Broken { .. } => {
            FailureKind::Connection
        }
        HttpError::Dial(error) => match &error.cause {
            DialCause::NotResolved { .. }
            | DialCause::Refused(_)
            | DialCause::Unreachable(..)
            | DialCause::TimedOut(_)
            | DialCause::ToProxy(_)
            | DialCause::Tunnel(_)
            | DialCause::ClosedInHandshake
            | DialCause::BrokenInHandshake(_) => FailureKind::Connection,
            _ if error.code().is_none() => FailureKind::Unsendable,
            _ => FailureKind::Lasting,
        },
        _ if error.code().is_none() => FailureKind::Unsendable,
        _ => FailureKind::Lasting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;

    fn composer(headers: &[(&str, &str)]) -> Composer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        Composer {
            url: HttpUrl::parse("https://b.example:8443/.versia/v0.6/inbox").unwrap(),
            signer: Some(Signer::new(SecretKey::from_seed(&[7; 32]), "a.example")),
            options: NetworkOptions { headers, ..NetworkOptions::default() },
        }
    }

    fn names(composer: &Composer) -> Vec<String> {
        let shown = composer.shown(composer.request(b"{}".to_vec(), 1)).unwrap();
        shown.headers.unwrap().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_request_has_the_headers_that_the_documents_ask_for() {
        let expected = [
            "Host",
            "Accept",
            "Content-Type",
            "Versia-Signature",
            "Versia-Signed-By",
            "Versia-Signed-At",
            "User-Agent",
            "Content-Length",
        ];
        assert_eq!(names(&composer(&[])), expected);
        let unsigned = Composer { signer: None, ..composer(&[]) };
        assert_eq!(names(&unsigned), ["Host", "Accept", "Content-Type", "User-Agent", "Content-Length"]);
    }

    #[test]
    fn given_headers_take_the_place_of_ours_and_secrets_are_not_shown() {
        let composer = composer(&[("accept", "text/plain"), ("Authorization", "Bearer hush")]);
        let shown = composer.shown(composer.request(b"{}".to_vec(), 1)).unwrap().headers.unwrap();
        let accepts: Vec<_> = shown
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("accept"))
            .map(|(_, v)| v.as_text())
            .collect();
        assert_eq!(accepts, [Some("text/plain")]);
        assert!(!format!("{shown:?}").contains("hush"), "{shown:?}");
    }

    #[test]
    fn the_same_body_is_signed_anew_for_each_moment() {
        let composer = composer(&[]);
        let (one, other) = (composer.request(b"{}".to_vec(), 1), composer.request(b"{}".to_vec(), 2));
        assert_eq!(one.body, other.body);
        assert_ne!(one.headers, other.headers);
    }
}
