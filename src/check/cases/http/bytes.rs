//! What HTTP itself asks of a server, tried with requests by hand.
//!
//! The documents say that HTTP is spoken; the rules here are those of RFC 9110 and RFC 9112.

use super::{Case, INSTANCE, Judged, Level, Need, Outcome, Page, Probe, Run, case, holds};
use crate::check::ask::Ask;
use crate::check::case::Level::{May, Must, Should};
use crate::check::expect::{is_metadata, says_nothing};
use crate::check::wire::Framing;
use crate::protocol::record::Headers;

static SEMANTICS: Page = Page { name: "http", path: "https://www.rfc-editor.org/rfc/rfc9110" };
static MESSAGES: Page = Page { name: "http", path: "https://www.rfc-editor.org/rfc/rfc9112" };
static ADDRESSES: Page = Page { name: "http", path: "https://www.rfc-editor.org/rfc/rfc3986" };
const NONE: &[Need] = &[];
const INBOX: &[Need] = &[Need::Inbox];
const VERSIONS: &str = "/.well-known/versia";

const fn of(page: &'static Page, id: &'static str, level: Level, rule: &'static str, run: Run) -> Case {
    case(page, id, level, NONE, rule, run)
}

const fn at_inbox(page: &'static Page, id: &'static str, level: Level, rule: &'static str, run: Run) -> Case {
    case(page, id, level, INBOX, rule, run)
}

fn metadata() -> Ask {
    Ask::get(INSTANCE).unsigned()
}

/// A request by hand is answered with one of these statuses.
fn answered(probe: &Probe<'_>, ask: &Ask, framing: Framing, statuses: &[u16]) -> Judged {
    let heard = probe.send_by_hand(ask, framing)?;
    let expected: Vec<_> = statuses.iter().map(ToString::to_string).collect();
    let is_so = heard.status().is_some_and(|status| statuses.contains(&status));
    Ok(holds(is_so, expected.join(" or "), heard.described()))
}

/// A request by hand for the metadata is answered with it, or with one of these refusals.
fn given(probe: &Probe<'_>, ask: &Ask, refusals: &[u16]) -> Judged {
    let heard = probe.send_by_hand(ask, Framing::Length)?;
    let Some(answer) = &heard.answer else { return Ok(Outcome::broken("an answer", heard.described())) };
    let value = serde_json::from_slice(&answer.body.0).unwrap_or_default();
    let is_so = answer.status == 200 && is_metadata(&value) || refusals.contains(&answer.status);
    Ok(holds(is_so, "the metadata, as for a plain request", heard.described()))
}

/// A delivery in chunks is accepted, or a length is asked for.
fn takes_chunks(probe: &Probe<'_>) -> Judged {
    let ask = Ask::post(probe.note().to_string());
    let statuses = &[200, 201, 202, 204, 411];
    let heard = probe.send_by_hand(&ask, Framing::Chunks)?;
    let is_so = heard.status().is_some_and(|status| statuses.contains(&status));
    let silent = heard.status().and_then(|status| says_nothing(probe, status));
    Ok(silent.unwrap_or_else(|| holds(is_so, "2xx or 411", heard.described())))
}

/// A request that is no right HTTP is refused. Who closes the connection over it refuses it as well.
fn refused(probe: &Probe<'_>, ask: &Ask) -> Judged {
    let heard = probe.send_by_hand(ask, Framing::Length)?;
    Ok(match heard.status() {
        Some(400) => Outcome::Kept,
        None if heard.bytes.is_empty() => Outcome::Unobservable(
            "the connection was closed without an answer, which does not say what it is for".to_owned(),
        ),
        _ => Outcome::broken("400", heard.described()),
    })
}

fn named(name: &'static str, value: &'static str) -> impl Fn(&mut Headers) {
    // Before the last one, which ends the connection.
    move |headers| headers.insert(headers.len().saturating_sub(1), (name.to_owned(), value.into()))
}

/// The length of an answer is that of its body. An answer without a length has nothing to be wrong.
fn has_its_length(probe: &Probe<'_>) -> Judged {
    let heard = probe.send_by_hand(&Ask::get(VERSIONS).unsigned(), Framing::Length)?;
    let Some(answer) = &heard.answer else {
        return Ok(Outcome::broken("an answer", heard.described()));
    };
    let text = String::from_utf8_lossy(&heard.bytes);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let said = head.lines().filter_map(|line| line.split_once(':'));
    let mut said = said.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let Some((_, length)) = said.next() else {
        return Ok(Outcome::Skipped("the answer has no Content-Length".to_owned()));
    };
    let (length, body) = (length.trim().to_owned(), answer.body.0.len());
    Ok(holds(length == body.to_string(), format!("a body of {length} bytes"), format!("{body} bytes")))
}

/// Sends the head, and the body only once something is said to that.
fn is_told_to_go_on(probe: &Probe<'_>) -> Judged {
    let heard = probe.send_by_hand(&Ask::post(probe.note().to_string()), Framing::Expecting)?;
    Ok(match (heard.was_asked, heard.status()) {
        (true, Some(_)) => Outcome::Kept,
        (false, Some(status)) => {
            Outcome::broken("100 before the body comes", format!("nothing, and {status} behind the body"))
        }
        (_, None) => Outcome::broken("100, and an answer behind the body", heard.described()),
    })
}

pub(in crate::check::cases) const CASES: &[Case] = &[
    of(
        &SEMANTICS,
        "http/length/answer",
        Must,
        "Content-Length is the length of the body (RFC 9110, 8.6)",
        has_its_length,
    ),
    of(
        &MESSAGES,
        "http/host/missing",
        Must,
        "A request without Host is refused with 400 (RFC 9112, 3.2)",
        |p| refused(p, &metadata().without("Host")),
    ),
    of(
        &MESSAGES,
        "http/host/doubled",
        Must,
        "A request with two Hosts is refused with 400 (RFC 9112, 3.2)",
        |p| refused(p, &metadata().doubled("Host")),
    ),
    of(
        &MESSAGES,
        "http/header/space-before-colon",
        Must,
        "A blank between a header's name and its colon is refused with 400 (RFC 9112, 5.1)",
        |p| refused(p, &metadata().edited(named("X-Odd ", "1"))),
    ),
    of(
        &MESSAGES,
        "http/header/folded",
        Must,
        "A header that goes on in the next line is refused with 400, or read as one line (RFC 9112, 5.2)",
        |p| given(p, &metadata().edited(named("X-Folded", "a\r\n b")), &[400]),
    ),
    of(
        &MESSAGES,
        "http/framing/two-lengths",
        Must,
        "A request with two lengths that differ is refused with 400 (RFC 9112, 6.3)",
        |p| {
            let ask = Ask { body: b"four".to_vec(), ..metadata() };
            refused(p, &ask.edited(named("Content-Length", "3")))
        },
    ),
    of(
        &MESSAGES,
        "http/target/absolute",
        Must,
        "A target that is a whole address is accepted (RFC 9112, 3.2.2)",
        |p| {
            let scheme = if p.origin.tls { "https" } else { "http" };
            let target = format!("{scheme}://{}{INSTANCE}", p.origin.authority());
            given(p, &Ask { target, ..metadata() }, &[])
        },
    ),
    of(
        &MESSAGES,
        "http/target/fragment",
        Should,
        "A target with a fragment, which no request has, is refused (RFC 9112, 3.2)",
        |p| {
            let target = format!("{INSTANCE}#fragment");
            answered(p, &Ask { target, ..metadata() }, Framing::Length, &[400, 404])
        },
    ),
    of(
        &ADDRESSES,
        "http/target/encoded-dot",
        May,
        "A path with a dot that is written as %2E is the same path (RFC 3986, 6.2.2.2)",
        |p| {
            let target = INSTANCE.replace("0.6", "0%2E6");
            given(p, &Ask { target, ..metadata() }, &[])
        },
    ),
    at_inbox(
        &MESSAGES,
        "http/inbox/chunked",
        Must,
        "A delivery in chunks is read (RFC 9112, 7.1), or refused with 411 (6.3)",
        takes_chunks,
    ),
    at_inbox(
        &SEMANTICS,
        "http/inbox/expect-continue",
        Must,
        "A delivery that waits for 100 (Continue) is told to go on, or is answered (RFC 9110, 10.1.1)",
        is_told_to_go_on,
    ),
];
