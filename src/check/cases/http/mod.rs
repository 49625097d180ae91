//! How HTTP is spoken. See <https://versia.pub/federation/http>.

pub(super) mod bytes;
pub(super) mod quota;
pub(super) mod tls;

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{May, Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{
    Judged, answered, delivery_accepted, described, holds, is_versia, metadata_given, refused,
    without_document,
};
use crate::check::probe::Probe;
use crate::client::HttpResponse;
use crate::protocol::versia::{EntityPath, INBOX, INSTANCE};

static PAGE: Page = Page { name: "http", path: "federation/http" };
const NONE: &[Need] = &[];
const SIGNED: &[Need] = &[Need::Signed];
/// What is no GET is sent only where something may be sent, whatever should come of it.
const WRITE: &[Need] = &[Need::Write];
const SIGNED_WRITE: &[Need] = &[Need::Write, Need::Signed];
const THERE: &[Need] = &[Need::Signed, Need::User];
const INBOX_NEED: &[Need] = &[Need::Inbox];

const fn of(id: &'static str, level: Level, needs: &'static [Need], rule: &'static str, run: Run) -> Case {
    case(&PAGE, id, level, needs, rule, run)
}

fn charset(response: &HttpResponse) -> Outcome {
    if let Some(outcome) = without_document(response) {
        return outcome;
    }
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let has = kind.replace([' ', '"'], "").contains("charset=utf-8");
    holds(has, "charset=utf-8 in Content-Type", described(response))
}

fn no_redirect(probe: &Probe<'_>, ask: &Ask) -> Judged {
    let response = probe.send(ask)?;
    let to = response.header("location").unwrap_or_default();
    Ok(holds(response.status / 100 != 3, "no redirect", format!("{} to {to:?}", response.status)))
}

fn head_as_get(probe: &Probe<'_>, ask: impl Fn() -> Ask) -> Judged {
    let got = probe.send(&ask())?;
    let head = probe.send(&ask().method("HEAD"))?;
    Ok(holds(
        got.status == head.status && head.body.is_empty(),
        format!("{} without a body", got.status),
        described(&head),
    ))
}

/// The length that a HEAD tells is that of the GET, where it tells one.
fn head_length(probe: &Probe<'_>) -> Judged {
    let got = probe.send(&Ask::get(INSTANCE).unsigned())?;
    let head = probe.send(&Ask::get(INSTANCE).unsigned().method("HEAD"))?;
    let Some(length) = head.header("content-length") else {
        return Ok(Outcome::Skipped("the answer to a HEAD has no Content-Length".to_owned()));
    };
    let expected = got.body.len().to_string();
    Ok(holds(length == expected, format!("Content-Length: {expected}"), format!("Content-Length: {length}")))
}

/// What may be asked is told with a success; a server need not know OPTIONS.
fn options(probe: &Probe<'_>) -> Judged {
    let response = probe.send(&Ask::get(INSTANCE).unsigned().method("OPTIONS"))?;
    let tells = ["allow", "access-control-allow-methods"].iter().any(|name| response.header(name).is_some());
    Ok(match response.status {
        200..=299 => holds(tells, "Allow", format!("{} without it", described(&response))),
        400 | 401 | 403 | 404 | 405 | 501 => Outcome::Kept,
        _ => Outcome::broken("2xx with Allow, or a refusal such as 405", described(&response)),
    })
}

fn followers(probe: &Probe<'_>) -> String {
    probe.known.of_user("followers")
}

fn not_html(probe: &Probe<'_>) -> Judged {
    let response = probe.send(&Ask::get("/.versia/v0.6/no-such-path"))?;
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    Ok(match response.status / 100 {
        _ if kind.starts_with("text/html") => Outcome::broken("no web page", described(&response)),
        // `http/path/unknown` is about that.
        2 => Outcome::Skipped(format!(
            "what is unknown is answered as if it were there: {}",
            described(&response)
        )),
        _ => Outcome::Kept,
    })
}

fn allow(probe: &Probe<'_>) -> Judged {
    let response = probe.send(&Ask::get(INBOX).method("PUT"))?;
    if response.status != 405 {
        return Ok(Outcome::Skipped(format!("the answer to a PUT is {}, and no 405", response.status)));
    }
    let allow = response.header("allow");
    Ok(holds(allow.is_some_and(|it| it.contains("POST")), "Allow: POST", format!("{allow:?}")))
}

pub(super) const CASES: &[Case] = &[
    of("http/content-type/entity", Must, THERE, "An entity has Versia's Content-Type", |p| {
        Ok(is_versia(&p.send(&Ask::get(p.known.target()))?))
    }),
    of("http/charset/entity", Should, THERE, "The Content-Type of an entity has its charset", |p| {
        Ok(charset(&p.send(&Ask::get(p.known.target()))?))
    }),
    of("http/charset/metadata", Should, NONE, "The Content-Type of the metadata has its charset", |p| {
        Ok(charset(&p.send(&Ask::get(INSTANCE).unsigned())?))
    }),
    of("http/accept/upper-case", Should, NONE, "A media type counts in any case", |p| {
        metadata_given(p, &Ask::get(INSTANCE).unsigned().with("Accept", "Application/VND.Versia+JSON"))
    }),
    of("http/accept/with-charset", Should, NONE, "A media type with its charset is accepted", |p| {
        metadata_given(
            p,
            &Ask::get(INSTANCE).unsigned().with("Accept", "application/vnd.versia+json; charset=utf-8"),
        )
    }),
    of("http/accept/among-others", Should, NONE, "Versia's type among others is accepted", |p| {
        metadata_given(
            p,
            &Ask::get(INSTANCE).unsigned().with("Accept", "text/html;q=0.5, application/vnd.versia+json"),
        )
    }),
    of(
        "http/accept/plain-json",
        May,
        THERE,
        "A signed request for application/json alone gets no entity",
        |p| answered(p, &Ask::get(p.known.target()).with("Accept", "application/json"), &[400, 406, 415]),
    ),
    of("http/accept/image", Should, THERE, "A signed request for a picture gets no entity", |p| {
        answered(p, &Ask::get(p.known.target()).with("Accept", "image/png"), &[400, 404, 406, 415])
    }),
    of("http/redirect/metadata", Must, NONE, "The metadata is not redirected", |p| {
        no_redirect(p, &Ask::get(INSTANCE).unsigned())
    }),
    of("http/redirect/entity", Must, NONE, "A request for Versia's type is not redirected", |p| {
        let outcome = no_redirect(p, &Ask::get(p.known.target()))?;
        // A refusal is no redirect, and says nothing about what is given to those who are let in.
        Ok(match outcome {
            Outcome::Kept if !p.known.accepts_signed => Outcome::Skipped(
                "a rightly signed GET is refused as well, so that this would prove nothing".to_owned(),
            ),
            outcome => outcome,
        })
    }),
    of("http/redirect/trailing-slash", Must, NONE, "A path with a slash too many is not redirected", |p| {
        no_redirect(p, &Ask::get(format!("{INSTANCE}/")).unsigned())
    }),
    of("http/redirect/unknown-entity", Must, SIGNED, "An unknown entity is not redirected", |p| {
        no_redirect(p, &Ask::get(EntityPath::new("Note", "none").target()))
    }),
    of("http/path/unknown", Must, NONE, "An unknown path is a 404", |p| {
        answered(p, &Ask::get("/.versia/v0.6/no-such-path"), &[404])
    }),
    of("http/path/unknown-version", Must, NONE, "A path of a version that is not spoken is a 404", |p| {
        answered(p, &Ask::get("/.versia/v99.0/instance").unsigned(), &[404])
    }),
    of("http/path/no-web-page", Should, NONE, "An unknown path of the API is no web page", not_html),
    of(
        "http/method/head",
        Must,
        NONE,
        "A HEAD is answered as a GET without the body (RFC 9110, 9.3.2)",
        |p| head_as_get(p, || Ask::get(INSTANCE).unsigned()),
    ),
    of(
        "http/method/head-entity",
        Must,
        THERE,
        "A signed HEAD of an entity is answered as its GET without the body (RFC 9110, 9.3.2)",
        |p| head_as_get(p, || Ask::get(p.known.target())),
    ),
    of(
        "http/method/head-collection",
        Must,
        THERE,
        "A signed HEAD of a collection is answered as its GET without the body (RFC 9110, 9.3.2)",
        |p| head_as_get(p, || Ask::get(followers(p))),
    ),
    of(
        "http/method/head-length",
        Must,
        NONE,
        "The Content-Length of a HEAD is that of the GET (RFC 9110, 8.6)",
        head_length,
    ),
    of(
        "http/method/options",
        Should,
        NONE,
        "A successful answer to OPTIONS has Allow (RFC 9110, 9.3.7)",
        options,
    ),
    of("http/method/metadata-post", Should, WRITE, "A POST to the metadata is refused with 405", |p| {
        answered(p, &Ask::get(INSTANCE).unsigned().method("POST"), &[404, 405])
    }),
    of("http/method/metadata-delete", Must, WRITE, "A DELETE of the metadata is refused", |p| {
        answered(p, &Ask::get(INSTANCE).unsigned().method("DELETE"), &[401, 403, 404, 405, 501])
    }),
    of(
        "http/method/inbox-get",
        Should,
        SIGNED,
        "A GET of the inbox, which is no handshake, is refused with 405",
        |p| answered(p, &Ask::get(INBOX), &[404, 405, 426]),
    ),
    of("http/method/inbox-put", Should, SIGNED_WRITE, "A PUT to the inbox is refused with 405", |p| {
        answered(p, &Ask::get(INBOX).method("PUT"), &[404, 405])
    }),
    of("http/method/allow", Should, SIGNED_WRITE, "A 405 tells in Allow what is allowed", allow),
    of("http/method/unknown", Should, WRITE, "An unknown method is refused", |p| {
        answered(p, &Ask::get(INSTANCE).unsigned().method("VERSIA"), &[400, 404, 405, 501])
    }),
    of("http/tls/1-3", May, &[Need::Tls], "TLS 1.3 is spoken", |p| {
        let response = p.send(&Ask::get(INSTANCE).unsigned())?;
        let version = response.tls.unwrap_or("none");
        Ok(holds(version == "1.3", "TLS 1.3", version))
    }),
    of(
        "http/inbox/json",
        Should,
        INBOX_NEED,
        "The inbox takes application/json, which the documents' own examples send",
        |p| {
            let ask = Ask::post(p.note().to_string())
                .with("Content-Type", "application/json")
                .with("Accept", "application/json");
            delivery_accepted(p, &ask)
        },
    ),
    of("http/inbox/unknown-header", Must, INBOX_NEED, "A header that is not known does not matter", |p| {
        delivery_accepted(p, &Ask::post(p.note().to_string()).with("X-Unknown", "1"))
    }),
    of("http/inbox/text", May, INBOX_NEED, "A delivery of plain text is refused", |p| {
        refused(p, &Ask::post(p.note().to_string()).with("Content-Type", "text/plain"), &[400, 415, 422])
    }),
];
