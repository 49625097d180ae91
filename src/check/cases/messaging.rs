//! Instance messaging. See <https://versia.pub/extensions/instance-messaging>.

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{Must, Should};
use crate::check::case::{Case, Level, Need, Page, Run};
use crate::check::expect::{Judged, described, does_not_speak, holds};
use crate::check::probe::Probe;
use crate::protocol::versia::MESSAGING;

static PAGE: Page = Page { name: "messaging", path: "extensions/instance-messaging" };

const fn of(id: &'static str, level: Level, rule: &'static str, run: Run) -> Case {
    const NEEDS: &[Need] = &[Need::Write];
    case(&PAGE, id, level, NEEDS, rule, run)
}

fn message(text: &'static str) -> Ask {
    Ask::post(text).unsigned().with("Content-Type", "text/plain; charset=utf-8").without("Accept")
}

fn write(probe: &Probe<'_>, ask: Ask, judge: impl Fn(u16) -> bool, expected: &str) -> Judged {
    if let Some(outcome) = does_not_speak(probe, "pub.versia:instance_messaging")? {
        return Ok(outcome);
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
