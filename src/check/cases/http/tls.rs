//! What is below HTTP: versions of TLS, what is agreed on in its handshake, and HTTP where there should be TLS.
//!
//! See <https://versia.pub/api/basics>: TLS 1.2 or higher, HTTP/2, and no answer to what is not encrypted.

use super::{Case, INSTANCE, Judged, Level, Need, Outcome, Page, Probe, Run, case, holds};
use crate::check::ask::Ask;
use crate::check::case::Level::Must;
use crate::check::hello::{Greeting, OldVersion, greeting, is_enough};
use crate::client::{Deadline, HttpError, HttpUrl, Origin};
use crate::discovery::ask_over_http2;
use crate::protocol::record::{RecordError, Request, Response};

static BASICS: Page = Page { name: "http", path: "api/basics" };
const TLS: &[Need] = &[Need::Tls];

const fn of(id: &'static str, level: Level, rule: &'static str, run: Run) -> Case {
    case(&BASICS, id, level, TLS, rule, run)
}

fn refuses(probe: &Probe<'_>, version: OldVersion) -> Judged {
    let mut random = [0; 32];
    (probe.ambient.random)(&mut random);
    let host = probe.origin.host.trim_end_matches('.');
    let name = Some(host).filter(|host| host.parse::<std::net::IpAddr>().is_err());
    let came = probe.send_below_tls(&version.hello(name, random), &is_enough)?;
    let expected = "an alert, or the end of the connection";
    Ok(match greeting(&came) {
        Greeting::Refused => Outcome::Kept,
        Greeting::GoesOn(version) => Outcome::broken(expected, format!("a ServerHello of {version}")),
        Greeting::Other => Outcome::broken(expected, format!("{} bytes that are no TLS", came.len())),
    })
}

/// A connection for which HTTP/2 is offered beside HTTP/1.1.
fn offered(probe: &Probe<'_>) -> Result<crate::client::Stream, HttpError> {
    probe.take_turn()?;
    let deadline = Deadline::after(probe.timeout());
    probe.dialer().dial(&probe.origin, &[b"h2", b"http/1.1"], deadline).map_err(HttpError::Dial)
}

fn chosen(stream: &crate::client::Stream) -> Option<String> {
    let alpn = stream.tls().and_then(|tls| tls.alpn.as_deref());
    alpn.map(|name| String::from_utf8_lossy(name).into_owned())
}

/// Notes a handshake, which is all that passed.
fn note_handshake(probe: &Probe<'_>, stream: &crate::client::Stream) {
    let mut record = probe.begun(None);
    record.peer = Some(stream.peer().to_string());
    record.tls = stream.tls().map(|tls| tls.version.to_owned());
    let chosen = chosen(stream).unwrap_or_else(|| "nothing".to_owned());
    let message = format!("a handshake that offers h2 and http/1.1, of which {chosen} was chosen");
    record.error = Some(RecordError { code: None, message });
    probe.noted(record);
}

fn chooses_http2(probe: &Probe<'_>) -> Judged {
    let stream = offered(probe)?;
    note_handshake(probe, &stream);
    let chosen = chosen(&stream);
    let got = chosen.as_deref().unwrap_or("no protocol");
    Ok(holds(got == "h2", "h2 chosen of h2 and http/1.1", got))
}

fn answers_over_http2(probe: &Probe<'_>) -> Judged {
    let stream = offered(probe)?;
    if chosen(&stream).as_deref() != Some("h2") {
        note_handshake(probe, &stream);
        return Ok(Outcome::Skipped("h2 was not chosen in the handshake".to_owned()));
    }
    let url = HttpUrl::new(probe.origin.clone(), INSTANCE)
        .map_err(|error| HttpError::Unsendable(error.to_string()))?;
    let mut record = probe.begun(Some(Request {
        method: "GET".to_owned(),
        target: INSTANCE.to_owned(),
        ..Request::default()
    }));
    record.http = Some("2".to_owned());
    record.peer = Some(stream.peer().to_string());
    record.tls = stream.tls().map(|tls| tls.version.to_owned());
    let asked = ask_over_http2(stream, &url, &probe.options().user_agent, probe.timeout());
    match &asked {
        Ok(status) => record.response = Some(Response { status: *status, ..Response::default() }),
        Err(why) => record.error = Some(RecordError { code: None, message: why.clone() }),
    }
    probe.noted(record);
    let expected = "200 over HTTP/2";
    Ok(match asked {
        Ok(status) => holds(status == 200, expected, status.to_string()),
        Err(why) => Outcome::broken(expected, format!("no answer: {why}")),
    })
}

/// Asks in plain HTTP: an entity, or the way to one, is what must not come.
fn plain(probe: &Probe<'_>, origin: &Origin) -> Judged {
    let heard = probe.send_in_plain(&Ask::get(INSTANCE).unsigned(), origin)?;
    let status = heard.status().unwrap_or_default();
    Ok(holds(!matches!(status, 200..=399), "no answer, or a refusal", heard.described()))
}

fn plain_at_port_80(probe: &Probe<'_>) -> Judged {
    if probe.origin.port != 443 {
        return Ok(Outcome::Skipped("the instance is not at port 443".to_owned()));
    }
    let origin = Origin { port: 80, ..probe.origin.clone() };
    let is_ruled = |origin: &Origin| !probe.options().resolved(origin).is_empty();
    if is_ruled(&probe.origin) && !is_ruled(&origin) {
        return Ok(Outcome::Skipped("--resolve says where port 443 is, and not where port 80 is".to_owned()));
    }
    match plain(probe, &origin) {
        // Who takes no connections, or says nothing, does not answer.
        Err(HttpError::Dial(_) | HttpError::TimedOut { .. }) => Ok(Outcome::Kept),
        judged => judged,
    }
}

pub(in crate::check::cases) const CASES: &[Case] = &[
    of(
        "http/tls/not-1-0",
        Must,
        "Who offers TLS 1.0 at most is refused, as TLS 1.2 or newer is spoken",
        |p| refuses(p, OldVersion::Tls10),
    ),
    of(
        "http/tls/not-1-1",
        Must,
        "Who offers TLS 1.1 at most is refused, as TLS 1.2 or newer is spoken",
        |p| refuses(p, OldVersion::Tls11),
    ),
    of(
        "http/http2/chosen",
        Must,
        "HTTP/2 is chosen where it is offered in the TLS handshake (ALPN)",
        chooses_http2,
    ),
    of("http/http2/answer", Must, "The metadata is given over HTTP/2", answers_over_http2),
    of("http/plain/same-port", Must, "Plain HTTP at the port of TLS gets no entity and no redirect", |p| {
        plain(p, &p.origin)
    }),
    of("http/plain/port-80", Must, "Plain HTTP at port 80 gets no entity and no redirect", plain_at_port_80),
];
