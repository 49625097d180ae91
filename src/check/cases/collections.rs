//! Collections, page by page. See <https://versia.pub/api/endpoints>.

use serde_json::Value;

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{Judged, answered, holds, is_versia, json, valid};
use crate::check::probe::Probe;
use crate::entity::EntityType;
use crate::protocol::versia::EntityPath;

static PAGE: Page = Page { name: "collections", path: "entities/collection" };
const USER: &[Need] = &[Need::Signed, Need::User];
const NOTE: &[Need] = &[Need::Signed, Need::Note];

const fn of(id: &'static str, level: Level, needs: &'static [Need], rule: &'static str, run: Run) -> Case {
    case(&PAGE, id, level, needs, rule, run)
}

/// The target of a collection of the user.
fn at(probe: &Probe<'_>, name: &str, query: &str) -> String {
    probe.known.of_user(name) + query
}

fn of_note(probe: &Probe<'_>, name: &str) -> String {
    probe.known.of_note(name)
}

fn look(probe: &Probe<'_>, target: &str, judge: impl Fn(&Value) -> Outcome) -> Judged {
    let response = probe.send(&Ask::get(target))?;
    Ok(json(&response).map_or_else(|outcome| *outcome, |value| judge(&value)))
}

fn is_collection(probe: &Probe<'_>, target: &str, kind: &str) -> Judged {
    let response = probe.send(&Ask::get(target))?;
    Ok(match json(&response) {
        Ok(_) => valid(probe, &response.body, EntityType::named(kind)),
        Err(outcome) => *outcome,
    })
}

fn items(value: &Value) -> &[Value] {
    value["items"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn has_at_most(probe: &Probe<'_>, query: &str, most: usize) -> Judged {
    look(probe, &at(probe, "outbox", query), |value| {
        let count = items(value).len();
        holds(
            value["items"].is_array() && count <= most,
            format!("at most {most} items"),
            format!("{count} items"),
        )
    })
}

/// Two pages of one item are the two first of the whole.
fn pages_add_up(probe: &Probe<'_>) -> Judged {
    let mut parts = Vec::new();
    for query in ["?offset=0&limit=2", "?offset=0&limit=1", "?offset=1&limit=1"] {
        match json(&probe.send(&Ask::get(at(probe, "outbox", query)))?) {
            Ok(value) => parts.push(items(&value).to_vec()),
            Err(outcome) => return Ok(*outcome),
        }
    }
    let [whole, first, second] = &parts[..] else { return Ok(Outcome::Kept) };
    if whole.len() < 2 {
        return Ok(Outcome::Skipped("the outbox has less than two items".to_owned()));
    }
    let joined: Vec<_> = first.iter().chain(second).cloned().collect();
    Ok(holds(
        *whole == joined,
        "the pages one after the other give the whole",
        "items that are left out, or come twice",
    ))
}

fn total_is_the_same(probe: &Probe<'_>) -> Judged {
    let mut totals = Vec::new();
    for query in ["", "?limit=1", "?offset=1&limit=1", "?offset=1000000"] {
        match json(&probe.send(&Ask::get(at(probe, "outbox", query)))?) {
            Ok(value) => totals.push(value["total"].to_string()),
            Err(outcome) => return Ok(*outcome),
        }
    }
    totals.dedup();
    Ok(holds(totals.len() == 1, "one total, whatever the page", totals.join(", ")))
}

fn stable(probe: &Probe<'_>) -> Judged {
    let target = at(probe, "outbox", "?offset=0&limit=5");
    let (first, second) = (probe.send(&Ask::get(&target))?, probe.send(&Ask::get(&target))?);
    Ok(holds(first.body == second.body, "the same page twice", "two pages that differ"))
}

fn refused_or_bounded(probe: &Probe<'_>, query: &str) -> Judged {
    let response = probe.send(&Ask::get(at(probe, "outbox", query)))?;
    if matches!(response.status, 400 | 422) {
        return Ok(Outcome::Kept);
    }
    Ok(json(&response).map_or_else(
        |outcome| *outcome,
        |value| {
            let count = items(&value).len();
            holds(
                count <= 40 && value["items"].is_array(),
                "400, 422 or at most 40 items",
                format!("{count} items"),
            )
        },
    ))
}

pub(super) const CASES: &[Case] = &[
    of("collections/user/outbox", Must, USER, "A user has an outbox, a collection of entities", |p| {
        is_collection(p, &at(p, "outbox", ""), "Collection")
    }),
    of("collections/user/featured", Must, USER, "A user has featured notes, a collection of entities", |p| {
        is_collection(p, &at(p, "featured", ""), "Collection")
    }),
    of("collections/user/followers", Must, USER, "A user has followers, a collection of references", |p| {
        is_collection(p, &at(p, "followers", ""), "URICollection")
    }),
    of(
        "collections/user/following",
        Must,
        USER,
        "A user has a collection of references to whom the user follows",
        |p| is_collection(p, &at(p, "following", ""), "URICollection"),
    ),
    of("collections/note/replies", Must, NOTE, "A note has replies, a collection of references", |p| {
        is_collection(p, &of_note(p, "replies"), "URICollection")
    }),
    of("collections/note/quotes", Must, NOTE, "A note has quotes, a collection of references", |p| {
        is_collection(p, &of_note(p, "quotes"), "URICollection")
    }),
    of("collections/content-type", Must, USER, "A collection has Versia's Content-Type", |p| {
        Ok(is_versia(&p.send(&Ask::get(at(p, "followers", "")))?))
    }),
    of("collections/offset-0", Must, USER, "The offset 0 is the beginning", |p| {
        let whole = p.send(&Ask::get(at(p, "outbox", "")))?;
        let from = p.send(&Ask::get(at(p, "outbox", "?offset=0")))?;
        Ok(holds(
            whole.status == 200 && whole.body == from.body,
            "the page as without an offset",
            "another page",
        ))
    }),
    of("collections/limit-1", Must, USER, "With the limit 1 a page has at most one item", |p| {
        has_at_most(p, "?limit=1", 1)
    }),
    of("collections/limit-40", Must, USER, "With the limit 40 a page has at most 40 items", |p| {
        has_at_most(p, "?limit=40", 40)
    }),
    of("collections/no-limit", Must, USER, "Without a limit a page has at most 40 items", |p| {
        has_at_most(p, "", 40)
    }),
    of("collections/limit-41", Must, USER, "A limit above 40 is refused, or taken for 40", |p| {
        refused_or_bounded(p, "?limit=41")
    }),
    of("collections/limit-0", Should, USER, "A limit of 0 is refused, or bounded", |p| {
        refused_or_bounded(p, "?limit=0")
    }),
    of("collections/limit-negative", Must, USER, "A negative limit is refused, or bounded", |p| {
        refused_or_bounded(p, "?limit=-1")
    }),
    of(
        "collections/limit-not-a-number",
        Must,
        USER,
        "A limit that is no number is refused, or bounded",
        |p| refused_or_bounded(p, "?limit=ten"),
    ),
    of("collections/offset-negative", Must, USER, "A negative offset is refused, or bounded", |p| {
        refused_or_bounded(p, "?offset=-1")
    }),
    of("collections/beyond-the-end", Must, USER, "A page beyond the end is empty", |p| {
        look(p, &at(p, "outbox", "?offset=1000000"), |value| {
            holds(
                value["items"].is_array() && items(value).is_empty(),
                "no items",
                format!("{} items", items(value).len()),
            )
        })
    }),
    of(
        "collections/pages-add-up",
        Must,
        USER,
        "Pages one after the other leave nothing out, and give nothing twice",
        pages_add_up,
    ),
    of(
        "collections/total/same",
        Must,
        USER,
        "The total is that of the whole, whatever the page",
        total_is_the_same,
    ),
    of("collections/total/enough", Must, USER, "The total is no less than the number of items", |p| {
        look(p, &at(p, "outbox", ""), |value| {
            let count = items(value).len() as u64;
            holds(
                value["total"].as_u64().is_some_and(|total| total >= count),
                format!("a total of {count} or more"),
                value["total"].to_string(),
            )
        })
    }),
    of("collections/stable", Should, USER, "A collection that does not change is the same each time", stable),
    of("collections/unknown-name", Must, USER, "An unknown collection is a 404", |p| {
        answered(p, &Ask::get(at(p, "no-such-collection", "")), &[404])
    }),
    of(
        "collections/unknown-owner",
        Must,
        &[Need::Signed],
        "A collection of somebody unknown is a 404",
        |p| {
            answered(
                p,
                &Ask::get(EntityPath::new("User", "none").with_collection(Some("outbox")).target()),
                &[404],
            )
        },
    ),
];
