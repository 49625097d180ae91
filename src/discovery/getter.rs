//! One GET: sent signed where it has to be, recorded, verified and judged.

use super::judge::{Judged, judge};
use super::place::Place;
use crate::client::{
    AddressPolicy, Dialer, Http, HttpError, HttpRequest, HttpResponse, NetworkOptions, Origin, Peer,
    StageTimings, wire_headers,
};
use crate::entity::Report;
use crate::finding::{Code, Finding, codes};
use crate::protocol::Ambient;
use crate::protocol::record::{
    Bytes, Direction, Record, RecordError, Request, Response, Timings, hide_secrets,
};
use crate::protocol::versia::{
    Checked, KeySource, MEDIA_TYPE, explain, may_be_unsigned, signature_headers, verify_response,
};
use crate::signing::{Budget, Signed, Signer, Window, lint};

/// How things are asked for.
pub struct GetterSetup<'a> {
    /// The network. The user's headers go to `home` only.
    pub options: NetworkOptions,
    /// Where the user sends requests to, which may have any address.
    pub home: Origin,
    /// The instances whose addresses the user gave.
    pub peers: &'a [Peer],
    /// Who signs; `None` for nobody.
    pub signer: Option<&'a Signer>,
    /// Whether what may go unsigned is signed all the same.
    pub signs_everything: bool,
    /// Whether entities are looked at by the documents' rules.
    pub validates: bool,
    /// Knows the keys of signers.
    pub keys: &'a dyn KeySource,
    /// The clock and the randomness.
    pub ambient: Ambient,
}

/// Asks instances for what they have.
pub struct Getter<'a> {
    setup: GetterSetup<'a>,
    /// To where the user said, with the user's headers.
    home: Http,
    /// To peers that the user named.
    open: Http,
    /// To hosts that an entity named: public ones only.
    guarded: Http,
}

impl std::fmt::Debug for Getter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Getter").field("home", &self.setup.home).finish_non_exhaustive()
    }
}

/// A request, and what came of it.
#[derive(Debug)]
pub struct Exchanged {
    /// What was asked for.
    pub place: Place,
    /// The record, without secrets in its headers.
    pub record: Record,
    /// What was signed, where the request is.
    pub signed_string: Option<String>,
    /// What is odd about the signature that was made.
    pub lint: Vec<Finding>,
    /// The answer.
    pub outcome: Result<Box<Answer>, HttpError>,
}

/// An answer, verified and judged. Its headers and body are in the record.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The first line, as HTTP/1 has it.
    pub status_line: String,
    /// What its signature is worth.
    pub checked: Checked,
    /// What is wrong with the entity, where there is one and that is looked at.
    pub report: Option<Report>,
    /// What is odd about the answer.
    pub findings: Vec<Finding>,
    /// Whether it is a success that is a web page.
    pub is_web_page: bool,
    /// Whether the body was cut at the limit.
    pub truncated: bool,
    /// Whether nothing more should be asked for.
    pub asks_for_pause: bool,
    /// How long it took.
    pub timings: Timings,
    /// How long making the connection took; `None` when there was one.
    pub dialled: Option<StageTimings>,
}

impl Answer {
    /// Whether it is a success that is no web page.
    pub fn is_document(&self) -> bool {
        self.status / 100 == 2 && !self.is_web_page && !self.truncated
    }

    /// Whether it breaks a rule, beside its status and its signature.
    pub fn breaks_a_rule(&self) -> bool {
        const BREAKS: [&Code; 2] = [&codes::NOT_WHAT_WAS_ASKED_FOR, &codes::SIGNED_BY_ANOTHER_HOST];
        let is_invalid = self.report.as_ref().is_some_and(|report| !report.is_valid());
        is_invalid || self.is_web_page || self.findings.iter().any(|found| BREAKS.contains(&found.code))
    }
}

impl<'a> Getter<'a> {
    /// Connects to nothing yet.
    pub fn new(setup: GetterSetup<'a>) -> Self {
        let bare = NetworkOptions { headers: Vec::new(), ..setup.options.clone() };
        let guarded = Dialer::new(bare.clone()).with_policy(AddressPolicy::PublicOnly);
        Getter {
            home: Http::new(Dialer::new(setup.options.clone())),
            open: Http::new(Dialer::new(bare)),
            guarded: Http::new(guarded),
            setup,
        }
    }

    /// The instances whose addresses the user gave.
    pub fn peers(&self) -> &'a [Peer] {
        self.setup.peers
    }

    fn http(&self, origin: &Origin) -> &Http {
        let is_peer = || self.setup.peers.iter().any(|peer| peer.url.origin() == origin);
        match origin {
            origin if *origin == self.setup.home => &self.home,
            _ if is_peer() => &self.open,
            _ => &self.guarded,
        }
    }

    /// Asks for what is at a place.
    pub fn get(&self, place: Place) -> Exchanged {
        let target = place.url.target().to_owned();
        let accept = match target.starts_with("/.well-known/") {
            true => "application/jrd+json, application/json",
            false => MEDIA_TYPE,
        };
        let mut headers = vec![("Accept".to_owned(), Bytes::from(accept))];
        let signed = self.signed(&target);
        headers.extend(signed.iter().flat_map(|(signed, _)| signature_headers(signed)));
        let (signed_string, lint) = match signed {
            Some((signed, lint)) => (Some(signed.string.as_str().to_owned()), lint),
            None => (None, Vec::new()),
        };
        let request =
            HttpRequest { method: "GET".to_owned(), url: place.url.clone(), headers, body: Vec::new() };
        let http = self.http(place.url.origin());
        let mut record = self.record_of(&request, http.options());
        let outcome = match http.exchange(&request) {
            Ok(response) => Ok(Box::new(self.judged(&place, &mut record, response))),
            Err(error) => {
                let code = error.code().map(|code| code.id.to_owned());
                record.error = Some(RecordError { code, message: error.in_full() });
                Err(error)
            }
        };
        Exchanged { place, record, signed_string, lint, outcome }
    }

    fn signed(&self, target: &str) -> Option<(Signed, Vec<Finding>)> {
        let signer = self.setup.signer?;
        if may_be_unsigned(target) && !self.setup.signs_everything {
            return None;
        }
        let now = self.setup.ambient.now_seconds();
        let mut findings = lint(signer.domain(), "GET", target, now, now, None);
        // That the query is not signed is so for everybody.
        findings.retain(|finding| finding.code != &codes::QUERY_NOT_SIGNED);
        Some((signer.sign("GET", target, now, b""), findings))
    }

    fn record_of(&self, request: &HttpRequest, options: &NetworkOptions) -> Record {
        let mut headers = wire_headers(request, options).ok();
        if let Some(headers) = &mut headers {
            options.hide_secrets(headers);
        }
        Record {
            at: self.setup.ambient.record_time(),
            direction: Some(Direction::Out),
            request: Some(Request {
                method: request.method.clone(),
                target: request.url.target().to_owned(),
                headers,
                ..Request::default()
            }),
            ..Record::default()
        }
    }

    fn judged(&self, place: &Place, record: &mut Record, response: HttpResponse) -> Answer {
        let (status, truncated) = (response.status, response.truncated);
        let status_line =
            format!("HTTP/{} {status} {}", response.version, response.reason).trim_end().to_owned();
        let redirect = response.header("location").filter(|_| status / 100 == 3).map(|location| {
            let message = format!("the answer is a redirect to {location:?}, which is not followed");
            Finding::new(&codes::REDIRECTED, message)
        });
        let asks_for_pause = matches!(status, 429 | 503)
            || response.header("ratelimit-remaining").is_some_and(|it| it.trim() == "0");
        let (timings, dialled) = (response.timings, response.dialled);
        response.note_way(record);
        let response = Response {
            status,
            headers: response.headers,
            body: Bytes(response.body),
            truncated,
            verdict: None,
        };
        let checked = self.verified(record, response.clone());
        let Judged { report, mut findings, is_web_page } =
            judge(place.url.target(), place.domain.as_deref(), &response, &checked, self.setup.validates);
        findings.extend(redirect);
        if truncated {
            let message =
                format!("the body is not whole: the first {} bytes are there", response.body.0.len());
            findings.push(Finding::new(&codes::TOO_LARGE, message));
        }
        Answer {
            status,
            status_line,
            checked,
            report,
            findings,
            is_web_page,
            truncated,
            asks_for_pause,
            timings,
            dialled,
        }
    }

    /// What the response's signature is worth; the record gets the response and its verdict.
    fn verified(&self, record: &mut Record, response: Response) -> Checked {
        let target = record.request.as_ref().map(|request| request.target.as_str()).unwrap_or_default();
        let window = Window::around(self.setup.ambient.now_seconds());
        let mut checked = verify_response(&response, "GET", target, self.setup.keys, window);
        record.response = Some(response);
        explain(&mut checked, record, self.setup.keys, &Budget::within(Budget::DEFAULT));
        if let Some(response) = &mut record.response {
            hide_secrets(&mut response.headers, |_| false);
            response.verdict = Some((&checked).into());
        }
        checked
    }
}
