//! What an instance gives by type and id. See <https://versia.pub/api/endpoints>.

use serde_json::Value;

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{May, Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{Judged, answered, described, holds, json, valid};
use crate::check::probe::Probe;
use crate::check::profile::type_in_path;
use crate::protocol::versia::EntityPath;

static PAGE: Page = Page { name: "entities", path: "api/endpoints" };
const USER: &[Need] = &[Need::Signed, Need::User];
const NOTE: &[Need] = &[Need::Signed, Need::Note];
const SIGNED: &[Need] = &[Need::Signed];

const fn of(id: &'static str, level: Level, needs: &'static [Need], rule: &'static str, run: Run) -> Case {
    case(&PAGE, id, level, needs, rule, run)
}

fn user(probe: &Probe<'_>) -> String {
    probe.known.user.as_ref().map(|it| it.target.clone()).unwrap_or_default()
}

fn note(probe: &Probe<'_>) -> String {
    probe.known.note.as_ref().map(|it| it.target.clone()).unwrap_or_default()
}

fn look(probe: &Probe<'_>, target: &str, judge: impl Fn(&Value) -> Outcome) -> Judged {
    let response = probe.send(&Ask::get(target))?;
    Ok(json(&response).map_or_else(|outcome| *outcome, |value| judge(&value)))
}

fn valid_at(probe: &Probe<'_>, target: &str) -> Judged {
    let response = probe.send(&Ask::get(target))?;
    Ok(match json(&response) {
        Ok(_) => valid(probe, &response.body, None),
        Err(outcome) => *outcome,
    })
}

fn is(probe: &Probe<'_>, target: &str, kind: &str) -> Judged {
    let id = target.rsplit('/').next().unwrap_or_default();
    look(probe, target, |value| {
        let is_it = value["type"] == kind && value["id"] == id;
        holds(
            is_it,
            format!("a {kind} with the id {id:?}"),
            format!("type {}, id {}", value["type"], value["id"]),
        )
    })
}

/// The author of a note, by its reference.
fn author_is_there(probe: &Probe<'_>) -> Judged {
    let response = probe.send(&Ask::get(note(probe)))?;
    let value = match json(&response) {
        Ok(value) => value,
        Err(outcome) => return Ok(*outcome),
    };
    let author = value["author"].as_str().unwrap_or_default();
    let id = match author.rsplit_once(':') {
        Some((domain, id)) if domain.eq_ignore_ascii_case(&probe.known.domain) => id,
        Some(_) => return Ok(Outcome::broken("an author of this instance", format!("{author:?}"))),
        None => author,
    };
    let user = probe.send(&Ask::get(EntityPath::new(type_in_path(probe.profile, "User"), id).target()))?;
    Ok(holds(user.status == 200, format!("the author {id:?}"), described(&user)))
}

fn same_bytes(probe: &Probe<'_>) -> Judged {
    let (first, second) = (probe.send(&Ask::get(user(probe)))?, probe.send(&Ask::get(user(probe)))?);
    Ok(holds(first.body == second.body, "the same bytes each time", "two answers that differ"))
}

pub(super) const CASES: &[Case] = &[
    of("entities/user/answer", Must, USER, "A user is given by type and id", |p| is(p, &user(p), "User")),
    of("entities/user/valid", Must, USER, "A user breaks no rule of its schema", |p| valid_at(p, &user(p))),
    of("entities/user/username", Must, USER, "The username is the one of the address", |p| {
        let name = p.known.user_name.clone().unwrap_or_default();
        look(p, &user(p), |value| {
            let found = value["username"].as_str().unwrap_or_default();
            holds(found.eq_ignore_ascii_case(&name), name.as_str(), format!("{found:?}"))
        })
    }),
    of("entities/user/stable", Should, USER, "A user that does not change is the same each time", same_bytes),
    of("entities/note/answer", Must, NOTE, "A note is given by type and id", |p| is(p, &note(p), "Note")),
    of("entities/note/valid", Must, NOTE, "A note breaks no rule of its schema", |p| valid_at(p, &note(p))),
    of(
        "entities/note/author",
        Must,
        NOTE,
        "The author of a note is a user of the instance who can be fetched",
        author_is_there,
    ),
    of(
        "entities/path/namespaced",
        May,
        USER,
        "The type in a path may be pub.versia:users/User, as Versia Server has it",
        |p| {
            let id = p.known.user_id();
            answered(p, &Ask::get(EntityPath::new("pub.versia:users/User", id).target()), &[200])
        },
    ),
    of("entities/path/query", Must, USER, "An unknown query does not matter", |p| {
        answered(p, &Ask::get(user(p) + "?a=b"), &[200])
    }),
    of(
        "entities/path/encoded-id",
        Should,
        USER,
        "An id with a character that is encoded in vain is the same id",
        |p| {
            let target = user(p);
            let (head, id) = target.rsplit_once('/').unwrap_or_default();
            let first = id.bytes().next().unwrap_or(b'x');
            answered(p, &Ask::get(format!("{head}/%{first:02X}{}", id.get(1..).unwrap_or_default())), &[200])
        },
    ),
    of(
        "entities/path/double-encoded",
        Must,
        USER,
        "An id that is encoded twice is another id: nothing is decoded twice (RFC 3986, 2.4)",
        |p| {
            let target = user(p);
            let (head, id) = target.rsplit_once('/').unwrap_or_default();
            let first = id.bytes().next().unwrap_or(b'x');
            let twice = format!("{head}/%25{first:02X}{}", id.get(1..).unwrap_or_default());
            answered(p, &Ask::get(twice), &[400, 404, 422])
        },
    ),
    of("entities/unknown/user", Must, SIGNED, "An unknown user is a 404", |p| {
        answered(
            p,
            &Ask::get(EntityPath::new("User", "00000000-0000-7000-8000-000000000000").target()),
            &[404],
        )
    }),
    of("entities/unknown/note", Must, SIGNED, "An unknown note is a 404", |p| {
        answered(
            p,
            &Ask::get(EntityPath::new("Note", "00000000-0000-7000-8000-000000000000").target()),
            &[404],
        )
    }),
    of("entities/unknown/plain-id", Must, SIGNED, "An id that is no UUID is a 404 as any other", |p| {
        answered(p, &Ask::get(EntityPath::new("Note", "none").target()), &[404])
    }),
    of("entities/unknown/type", Must, SIGNED, "An unknown type is a 404", |p| {
        answered(p, &Ask::get(EntityPath::new("org.example:none/None", "none").target()), &[404])
    }),
    of("entities/unknown/other-type", Must, USER, "The id of a user is not found under another type", |p| {
        let id = p.known.user_id();
        answered(p, &Ask::get(EntityPath::new("Note", id).target()), &[404])
    }),
    of("entities/bad-id/space", Must, SIGNED, "An id with a space is refused", |p| {
        answered(p, &Ask::get("/.versia/v0.6/entities/Note/a%20b"), &[400, 404, 422])
    }),
    of("entities/bad-id/not-utf8", Should, SIGNED, "An id that is no UTF-8 is refused", |p| {
        answered(p, &Ask::get("/.versia/v0.6/entities/Note/%FF%FE"), &[400, 404, 422])
    }),
    of("entities/bad-id/traversal", Must, SIGNED, "An id that would leave its folder is refused", |p| {
        answered(p, &Ask::get("/.versia/v0.6/entities/Note/..%2F..%2Finstance"), &[400, 404, 422])
    }),
    of("entities/bad-id/long", Must, SIGNED, "An id of 2000 characters is refused", |p| {
        answered(
            p,
            &Ask::get(format!("/.versia/v0.6/entities/Note/{}", "a".repeat(2_000))),
            &[400, 404, 414, 422],
        )
    }),
    of("entities/transient/follow", Should, SIGNED, "A Follow is transient, and not to be fetched", |p| {
        answered(p, &Ask::get(EntityPath::new("Follow", "none").target()), &[400, 404, 422])
    }),
];
