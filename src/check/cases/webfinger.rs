//! From a user's address to the user. See <https://versia.pub/federation/discovery>.

use serde_json::Value;

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{May, Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{Judged, answered, described, holds, json};
use crate::check::probe::Probe;
use crate::client::{HttpUrl, webfinger_target};
use crate::protocol::versia::{EntityPath, MEDIA_TYPE};

static PAGE: Page = Page { name: "webfinger", path: "federation/discovery" };
const USER: &[Need] = &[Need::User];
const NONE: &[Need] = &[];

const fn of(id: &'static str, level: Level, needs: &'static [Need], rule: &'static str, run: Run) -> Case {
    case(&PAGE, id, level, needs, rule, run)
}

fn name<'a>(probe: &'a Probe<'_>) -> &'a str {
    probe.known.user_name.as_deref().unwrap_or_default()
}

fn ask(user: &str, domain: &str) -> Ask {
    Ask::get(webfinger_target(user, domain)).unsigned().with("Accept", "application/jrd+json")
}

fn finger(probe: &Probe<'_>, user: &str, judge: impl Fn(&Value) -> Outcome) -> Judged {
    let response = probe.send(&ask(user, &probe.known.domain))?;
    Ok(json(&response).map_or_else(|outcome| *outcome, |value| judge(&value)))
}

fn own_link(value: &Value) -> &Value {
    let links = value["links"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_own = |link: &&Value| link["rel"] == "self";
    let versia = links
        .iter()
        .filter(is_own)
        .find(|link| link["type"].as_str().is_some_and(|it| it.starts_with(MEDIA_TYPE)));
    versia.or_else(|| links.iter().find(is_own)).unwrap_or(&Value::Null)
}

fn leads_to_user(probe: &Probe<'_>, user: &str) -> Judged {
    let id = probe.known.user.as_ref().map(|user| user.id.clone()).unwrap_or_default();
    finger(probe, user, |value| {
        let href = own_link(value)["href"].as_str().unwrap_or_default();
        holds(href.ends_with(&format!("/{id}")), format!("a link to the user {id}"), format!("{href:?}"))
    })
}

fn link_is_the_user(probe: &Probe<'_>) -> Judged {
    let response = probe.send(&ask(name(probe), &probe.known.domain))?;
    let value = match json(&response) {
        Ok(value) => value,
        Err(outcome) => return Ok(*outcome),
    };
    let href = own_link(&value)["href"].as_str().unwrap_or_default();
    let Ok(url) = HttpUrl::parse(href) else {
        return Ok(Outcome::broken("a link with an address", format!("{href:?}")));
    };
    let user = probe.send(&Ask::get(url.target()))?;
    Ok(json(&user).map_or_else(
        |outcome| *outcome,
        |user| holds(user["type"] == "User", "the user behind the link", format!("type {}", user["type"])),
    ))
}

pub(super) const CASES: &[Case] = &[
    of("webfinger/name", Must, USER, "A user is found by name", |p| leads_to_user(p, name(p))),
    of("webfinger/upper-case", Must, USER, "The case of a name does not matter", |p| {
        leads_to_user(p, &name(p).to_ascii_uppercase())
    }),
    of("webfinger/id", Should, USER, "A user is found by id", |p| {
        let id = p.known.user.as_ref().map(|user| user.id.clone()).unwrap_or_default();
        leads_to_user(p, &id)
    }),
    of("webfinger/domain-upper-case", Should, USER, "The case of the domain does not matter", |p| {
        answered(p, &ask(name(p), &p.known.domain.to_ascii_uppercase()), &[200])
    }),
    of("webfinger/subject", Must, USER, "The document is about the account that was asked for", |p| {
        let expected = format!("acct:{}@{}", name(p), p.known.domain);
        finger(p, name(p), |value| {
            let subject = value["subject"].as_str().unwrap_or_default();
            holds(subject.eq_ignore_ascii_case(&expected), expected.as_str(), format!("{subject:?}"))
        })
    }),
    of(
        "webfinger/content-type",
        Should,
        USER,
        "The document has the type application/jrd+json, or JSON's",
        |p| {
            let response = p.send(&ask(name(p), &p.known.domain))?;
            let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
            let is_json = ["application/jrd+json", "application/json"].iter().any(|it| kind.starts_with(it));
            Ok(holds(is_json, "application/jrd+json", described(&response)))
        },
    ),
    of("webfinger/link-type", Must, USER, "The link to the user has Versia's type", |p| {
        finger(p, name(p), |value| {
            let kind = own_link(value)["type"].as_str().unwrap_or_default();
            holds(kind.starts_with(MEDIA_TYPE), MEDIA_TYPE, format!("{kind:?}"))
        })
    }),
    of(
        "webfinger/link-address",
        Must,
        USER,
        "The link to the user is an address of the user's instance over HTTPS",
        |p| {
            finger(p, name(p), |value| {
                let href = own_link(value)["href"].as_str().unwrap_or_default();
                let is_own = HttpUrl::parse(href).is_ok_and(|url| {
                    url.origin().tls && url.origin().host.eq_ignore_ascii_case(&p.known.domain)
                });
                holds(is_own, format!("https://{}/…", p.known.domain), format!("{href:?}"))
            })
        },
    ),
    of("webfinger/link-path", Should, USER, "The link to the user leads to the path of entities", |p| {
        finger(p, name(p), |value| {
            let href = own_link(value)["href"].as_str().unwrap_or_default();
            let path = HttpUrl::parse(href).ok().and_then(|url| EntityPath::parse(url.target()));
            holds(path.is_some(), "/.versia/v0.6/entities/User/…", format!("{href:?}"))
        })
    }),
    of(
        "webfinger/link-works",
        Must,
        &[Need::User, Need::Signed],
        "Behind the link is the user",
        link_is_the_user,
    ),
    of("webfinger/unknown-user", Must, NONE, "An unknown user is a 404", |p| {
        answered(p, &ask("nobody-has-this-name", &p.known.domain), &[404])
    }),
    of("webfinger/other-domain", Must, USER, "A user of another domain is not answered for", |p| {
        answered(p, &ask(name(p), "other.example"), &[400, 404, 422])
    }),
    of("webfinger/no-resource", Should, NONE, "A request without a resource is a 400", |p| {
        answered(p, &Ask::get("/.well-known/webfinger").unsigned(), &[400, 422])
    }),
    of("webfinger/no-account", Should, NONE, "A resource that is no account is refused", |p| {
        answered(p, &Ask::get("/.well-known/webfinger?resource=mailto%3Ax").unsigned(), &[400, 404, 422])
    }),
    of("webfinger/plain-at", May, USER, "An account without its scheme is understood", |p| {
        let target = format!("/.well-known/webfinger?resource={}%40{}", name(p), p.known.domain);
        answered(p, &Ask::get(target).unsigned(), &[200])
    }),
];
