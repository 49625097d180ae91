//! The steps below HTTP: addresses, connections, TLS, the certificate, and which HTTP is agreed on.

use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use super::certificate::{self, Certificate};
use super::http2;
use super::{Outcome, Stage, SurveyStep, Surveying, VERSIONS, millis};
use crate::client::{
    Deadline, DialCause, DialError, Dialer, HttpUrl, Located, NetworkOptions, Stage as DialStage, Stream,
};
use crate::finding::{Finding, codes};

/// How many days before its end a certificate draws a warning.
const SOON: i64 = 14;

/// How many addresses are tried.
const ADDRESSES: usize = 8;

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

impl<E> Surveying<'_, E> {
    /// Makes the steps up to HTTP. The inner error says why there is no use in going on.
    pub(super) fn connect(&mut self) -> Result<Result<(), String>, E> {
        let dialer = Dialer::new(self.setup.options.clone());
        let located = match self.locate(&dialer)? {
            Ok(located) => located,
            Err(why) => {
                for step in [Stage::Tcp, Stage::Tls, Stage::Certificate] {
                    self.done(SurveyStep::skipped(step, why.as_str()))?;
                }
                return Ok(Err(why));
            }
        };
        let stream = match self.dial(&dialer, &located)? {
            Ok(stream) => stream,
            Err(why) => return Ok(Err(why)),
        };
        let step = self.http(dialer.options(), stream);
        self.done(step)?;
        Ok(Ok(()))
    }

    fn limit(&self) -> Deadline {
        Deadline::after(self.setup.options.timeout)
    }

    fn locate(&mut self, dialer: &Dialer) -> Result<Result<Located, String>, E> {
        let started = Instant::now();
        let located = match dialer.locate(&self.setup.subject.origin, self.limit()) {
            Ok(located) => located,
            Err(error) => {
                let step = failed(Stage::Dns, &error).took(started);
                self.done(step)?;
                return Ok(Err("the name has no address to connect to".to_owned()));
            }
        };
        let step = match &located {
            Located::BehindProxy(proxy) => {
                SurveyStep::skipped(Stage::Dns, format!("the proxy {proxy} resolves the name"))
            }
            Located::Ruled(addresses) => {
                let said = format!("--resolve says {}", listed(addresses));
                SurveyStep::skipped(Stage::Dns, said).fact("addresses", facts(addresses))
            }
            Located::Known(addresses) => SurveyStep::skipped(Stage::Dns, "there is no name to look up")
                .fact("addresses", facts(addresses)),
            Located::Found(addresses, took) => {
                let mut step =
                    SurveyStep::ok(Stage::Dns, listed(addresses)).fact("addresses", facts(addresses));
                step.millis = Some(millis(*took));
                step
            }
        };
        self.done(step)?;
        Ok(Ok(located))
    }

    /// Opens a connection, and tells of TCP, TLS and the certificate.
    fn dial(&mut self, dialer: &Dialer, located: &Located) -> Result<Result<Stream, String>, E> {
        let origin = self.setup.subject.origin.clone();
        let silent = self.silent_addresses(dialer, located);
        let started = Instant::now();
        let stream = match dialer.dial(&origin, &[HTTP2, HTTP1], self.limit()) {
            Ok(stream) => stream,
            Err(error) if error.stage == DialStage::Tls => {
                return self.handshake_failed(&error, started, silent);
            }
            Err(error) => {
                self.done(failed(Stage::Tcp, &error).took(started))?;
                for step in [Stage::Tls, Stage::Certificate] {
                    self.done(SurveyStep::skipped(step, "there is no connection"))?;
                }
                return Ok(Err("there is no connection".to_owned()));
            }
        };
        let timings = stream.timings();
        let peer = stream.peer().to_string();
        let mut tcp =
            SurveyStep::ok(Stage::Tcp, format!("{peer} takes connections")).fact("peer", peer).found(silent);
        tcp.millis = Some(millis(timings.connect));
        self.done(tcp)?;
        let Some(details) = stream.tls().cloned() else {
            for step in [Stage::Tls, Stage::Certificate] {
                self.done(SurveyStep::skipped(step, "http:// is spoken, without TLS"))?;
            }
            return Ok(Ok(stream));
        };
        let alpn = details.alpn.as_deref().map(|name| String::from_utf8_lossy(name).into_owned());
        let mut tls = SurveyStep::ok(Stage::Tls, format!("TLS {}", details.version))
            .fact("version", details.version)
            .fact("alpn", alpn.map_or(Value::Null, Value::from));
        tls.millis = timings.tls.map(millis);
        self.done(tls)?;
        let certificate = certificate::read(&details.certificates, self.setup.ambient.now_seconds());
        let mistrust = if self.setup.options.insecure { self.mistrusted() } else { None };
        self.done(certificate_step(certificate, mistrust))?;
        Ok(Ok(stream))
    }

    /// Those of several addresses that take no connections, where others do.
    fn silent_addresses(&self, dialer: &Dialer, located: &Located) -> Vec<Finding> {
        let (Located::Found(addresses, _) | Located::Ruled(addresses) | Located::Known(addresses)) = located
        else {
            return Vec::new();
        };
        // `localhost` is both families by definition, and mostly one in practice.
        if addresses.len() < 2 || addresses.iter().all(|address| address.ip().is_loopback()) {
            return Vec::new();
        }
        let (origin, limit) = (&self.setup.subject.origin, self.limit());
        // At once: one that drops packets takes as long as the limit is.
        let errors: Vec<_> = thread::scope(|scope| {
            let tried = addresses.iter().take(ADDRESSES);
            let knocking: Vec<_> = tried
                .map(|address| (address, scope.spawn(move || dialer.knock(origin, *address, limit).err())))
                .collect();
            let heard = knocking.into_iter().map(|(address, heard)| (address, heard.join().ok().flatten()));
            heard.filter_map(|(address, error)| Some((address, error?.cause))).collect()
        });
        let silent = errors.into_iter().filter_map(|(address, cause)| match cause {
            // No road from this machine says nothing about the other.
            DialCause::Unreachable(..) => None,
            DialCause::Refused(_) => Some(format!("{address} refuses connections")),
            _ => Some(format!("{address} does not answer")),
        });
        silent.map(|message| Finding::new(&codes::ADDRESS_SILENT, message)).collect()
    }

    /// Why the certificate would not be trusted, if it had to be.
    fn mistrusted(&self) -> Option<DialError> {
        let options = NetworkOptions { insecure: false, ..self.setup.options.clone() };
        Dialer::new(options).dial(&self.setup.subject.origin, &[HTTP1], self.limit()).err()
    }

    /// Tells of a handshake that failed. Where the certificate is the reason, what it says is read in a handshake over which
    /// nothing is sent.
    fn handshake_failed(
        &mut self,
        error: &DialError,
        started: Instant,
        silent: Vec<Finding>,
    ) -> Result<Result<Stream, String>, E> {
        self.done(SurveyStep::ok(Stage::Tcp, "it takes connections").found(silent))?;
        let options = NetworkOptions { insecure: true, ..self.setup.options.clone() };
        let seen = is_about_certificate(error)
            .then(|| Dialer::new(options).dial(&self.setup.subject.origin, &[HTTP1], self.limit()).ok());
        let details = seen.flatten().and_then(|stream| stream.tls().cloned());
        let Some(details) = details else {
            self.done(failed(Stage::Tls, error).took(started))?;
            self.done(SurveyStep::skipped(Stage::Certificate, "there is no TLS"))?;
            return Ok(Err("there is no TLS".to_owned()));
        };
        let tls =
            SurveyStep::ok(Stage::Tls, format!("TLS {}", details.version)).fact("version", details.version);
        self.done(tls.took(started))?;
        let certificate = certificate::read(&details.certificates, self.setup.ambient.now_seconds());
        let mut step = certificate_step(certificate, None);
        step.findings.clear();
        step.verdict = Outcome::Failed;
        self.done(step.found([finding(error)]).out_of_reach())?;
        Ok(Err("the certificate is not trusted; --insecure goes on all the same".to_owned()))
    }

    /// Which HTTP was agreed on, and whether HTTP/2 answers where it was.
    fn http(&self, options: &NetworkOptions, stream: Stream) -> SurveyStep {
        match stream.tls().map(|tls| tls.alpn.as_deref() == Some(HTTP2)) {
            None => SurveyStep::ok(Stage::Http, "HTTP/1.1; HTTP/2 is agreed on in TLS, and there is none"),
            Some(false) => {
                let message = "the server did not choose h2 in the TLS handshake";
                let finding = Finding::new(&codes::NO_HTTP2, message);
                SurveyStep::ok(Stage::Http, "HTTP/1.1").found([finding]).fact("http2", false)
            }
            Some(true) => self.http2(options, stream),
        }
    }

    fn http2(&self, options: &NetworkOptions, stream: Stream) -> SurveyStep {
        let started = Instant::now();
        let asked = HttpUrl::new(self.setup.subject.origin.clone(), VERSIONS)
            .map_err(|error| error.to_string())
            .and_then(|url| http2::ask(stream, &url, &options.user_agent, options.timeout));
        let step = match asked {
            Ok(status) => {
                SurveyStep::ok(Stage::Http, "HTTP/2 answers").fact("http2", true).fact("status", status)
            }
            Err(why) => {
                let message = format!("h2 was agreed on, and does not answer: {why}");
                let finding = Finding::new(&codes::NO_HTTP2, message);
                SurveyStep::ok(Stage::Http, "HTTP/2 does not work").found([finding]).fact("http2", false)
            }
        };
        step.took(started)
    }
}

fn is_about_certificate(error: &DialError) -> bool {
    let of_certificate =
        [&codes::CERTIFICATE_EXPIRED, &codes::CERTIFICATE_FOR_ANOTHER_NAME, &codes::CERTIFICATE_NOT_TRUSTED];
    error.code().is_some_and(|code| of_certificate.contains(&code))
}

fn finding(error: &DialError) -> Finding {
    let code = error.code().unwrap_or(&codes::TLS_HANDSHAKE_FAILED);
    Finding { hint: error.hint(), ..Finding::new(code, error.to_string()) }
}

fn failed(step: Stage, error: &DialError) -> SurveyStep {
    SurveyStep::failed(step, finding(error)).out_of_reach()
}

/// What the certificate says. `mistrust` is why it would not be trusted, where any is taken.
fn certificate_step(certificate: Option<Certificate>, mistrust: Option<DialError>) -> SurveyStep {
    let Some(certificate) = certificate else {
        let message = "the certificate cannot be read";
        let finding = Finding::new(&codes::CERTIFICATE_NOT_TRUSTED, message);
        return SurveyStep::failed(Stage::Certificate, finding);
    };
    let days = certificate.days_left;
    let left = match days {
        ..=-1 => "over".to_owned(),
        1 => "1 day left".to_owned(),
        _ => format!("{days} days left"),
    };
    let names =
        if certificate.names.is_empty() { certificate.subject.clone() } else { certificate.names.join(", ") };
    let end = certificate.not_after.split('T').next().unwrap_or_default();
    let said = format!("{names}; by {}; until {end}, {left}", certificate.issuer);
    let mut step = SurveyStep::ok(Stage::Certificate, said);
    if let Some(error) = mistrust {
        step.verdict = Outcome::Warning;
        // It is told, and not held against the instance: any certificate was to be taken.
        step.findings
            .push(Finding { hint: Some("--insecure takes it all the same".to_owned()), ..finding(&error) });
    } else if (0..SOON).contains(&days) {
        let message = format!("the certificate is valid until {}: {left}", certificate.not_after);
        step = step.found([Finding::new(&codes::CERTIFICATE_ENDS_SOON, message)]);
    }
    if let Value::Object(facts) = json!(certificate) {
        step.facts = facts;
    }
    step
}

fn listed(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ")
}

fn facts(addresses: &[SocketAddr]) -> Value {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().into()
}
