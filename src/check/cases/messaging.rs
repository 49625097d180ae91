//! Instance messaging. See <https://versia.pub/extensions/instance-messaging>.

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{Judged, described, holds};
use crate::check::probe::Probe;
use crate::protocol::versia::{INSTANCE, MESSAGING};

static PAGE: Page = Page { name: "messaging", path: "extensions/instance-messaging" };

const fn of(id: &'static str, level: Level, rule: &'static str, run: Run) -> Case {
    const NEEDS: &[Need] = &[Need::Write];
    case(&PAGE, id, level, NEEDS, rule, run)
}

/// Whether the metadata has the extension.
fn offers(probe: &Probe<'_>) -> Result<bool, crate::client::HttpError> {
    let metadata = probe.send(&Ask::get(INSTANCE).unsigned())?;
    let value: serde_json::Value = serde_json::from_slice(&metadata.body).unwrap_or_default();
    let listed = value["compatibility"]["extensions"].as_array();
    Ok(listed.is_some_and(|all| all.iter().any(|it| it == "pub.versia:instance_messaging")))
}

fn message(text: &'static str) -> Ask {
    Ask::post(text)
        .method("POST")
        .unsigned()
        .with("Content-Type", "text/plain; charset=utf-8")
        .without("Accept")
}

fn write(probe: &Probe<'_>, ask: Ask, judge: impl Fn(u16) -> bool, expected: &str) -> Judged {
    if !offers(probe)? {
        return Ok(Outcome::Skipped("the metadata does not list pub.versia:instance_messaging".to_owned()));
    }
    let answer = probe.send(&Ask { target: MESSAGING.to_owned(), ..ask })?;
    Ok(holds(judge(answer.status), expected, described(&answer)))
}

pub(super) const CASES: &[Case] = &[
    of("messaging/plain-text", Must, "A message of plain text is accepted", |p| {
        write(p, message("A conformance check of versia-cli says hello."), |status| status / 100 == 2, "2xx")
    }),
    of("messaging/unsigned", Must, "A message needs no signature", |p| {
        write(
            p,
            message("Nothing is signed here."),
            |status| !matches!(status, 401 | 403),
            "no question for a signature",
        )
    }),
    of("messaging/get", Should, "There is nothing to GET where messages go to", |p| {
        write(p, message("").method("GET"), |status| matches!(status, 404 | 405), "404 or 405")
    }),
];
