//! How a session begins: RFC 6455, 4.2, and a signature on the request.

use super::*;
use crate::check::ask::Ask;
use crate::check::cases::signatures::{MISSING, STALE, WRONG, stranger};
use crate::check::websocket::Answer;
use crate::client::websocket::AnswerProblem;

/// A subprotocol that nobody speaks.
const UNKNOWN: &str = "unknown.versia-cli.example";

/// Makes a handshake with a change, and judges the answer.
fn shaken(
    probe: &Probe<'_>,
    subprotocols: &[&str],
    change: impl FnOnce(Ask) -> Ask,
    judge: impl FnOnce(&Answer<'_>) -> Outcome,
) -> Judged {
    judged(probe, Handshake::new(probe)?.offering(subprotocols).changed(change), judge)
}

/// Makes a handshake, and judges the answer.
fn judged(probe: &Probe<'_>, handshake: Handshake, judge: impl FnOnce(&Answer<'_>) -> Outcome) -> Judged {
    let answer = open(probe, &handshake)?;
    let outcome = judge(&answer);
    if let Some(session) = answer.session {
        session.talk(&[Frame::close(NORMAL)]);
    }
    Ok(outcome)
}

/// A right handshake is answered without this problem.
fn answered(
    probe: &Probe<'_>,
    subprotocols: &[&str],
    expected: &str,
    is_meant: fn(&AnswerProblem) -> bool,
) -> Judged {
    shaken(
        probe,
        subprotocols,
        |ask| ask,
        |answer| match &answer.problem {
            Some(problem) if is_meant(problem) => Outcome::broken(expected, format!("an answer {problem}")),
            _ => holds(answer.response.status == 101, "101", answer.described()),
        },
    )
}

/// A handshake is refused with one of these statuses.
fn refused_with(probe: &Probe<'_>, statuses: &[u16], change: impl FnOnce(Ask) -> Ask) -> Judged {
    let listed: Vec<_> = statuses.iter().map(ToString::to_string).collect();
    shaken(probe, &[], change, |answer| {
        holds(statuses.contains(&answer.response.status), listed.join(" or "), answer.described())
    })
}

/// Of the subprotocols that are offered, this one alone may be chosen, or none.
fn chosen(probe: &Probe<'_>, offered: &[&str], judge: fn(Option<&str>) -> bool, expected: &str) -> Judged {
    shaken(
        probe,
        offered,
        |ask| ask,
        |answer| {
            let chosen = answer.response.header("sec-websocket-protocol");
            let got =
                chosen.map_or_else(|| "no subprotocol".to_owned(), |it| format!("the subprotocol {it:?}"));
            holds(answer.response.status == 101 && judge(chosen), expected, got)
        },
    )
}

fn valid(probe: &Probe<'_>) -> Judged {
    Ok(match probe.offering() {
        Offering::Offered { .. } => Outcome::Kept,
        Offering::Refused(status) => Outcome::broken("101", status.to_string()),
        Offering::Missing(_) => Outcome::Skipped(probe.no_session().unwrap_or_default()),
    })
}

fn other_version(probe: &Probe<'_>) -> Judged {
    shaken(
        probe,
        &[],
        |ask| ask.with("Sec-WebSocket-Version", "12"),
        |answer| {
            let versions = answer.response.header("sec-websocket-version");
            let names_ours = versions.is_some_and(|all| all.split(',').any(|it| it.trim() == "13"));
            let got = match versions {
                Some(versions) => format!("{} with Sec-WebSocket-Version: {versions:?}", answer.described()),
                None => format!("{} without Sec-WebSocket-Version", answer.described()),
            };
            let is_refused = answer.response.status / 100 == 4;
            holds(is_refused && names_ours, "426 (or another 4xx) with Sec-WebSocket-Version: 13", got)
        },
    )
}

fn header_case(probe: &Probe<'_>) -> Judged {
    let handshake = Handshake::new(probe)?.connection("keep-alive, upgrade");
    judged(probe, handshake.changed(|ask| ask.with("Upgrade", "WebSocket")), |answer| {
        holds(answer.response.status == 101, "101", answer.described())
    })
}

pub(super) const CASES: &[Case] = &[
    of(
        "websocket/handshake/valid",
        Should,
        &[Need::Signed],
        "A rightly signed GET of the inbox is upgraded (chosen by versia-cli: the draft stops before connecting)",
        valid,
    ),
    of(
        "websocket/handshake/switch",
        Must,
        OPEN,
        "A 101 names websocket in Upgrade, and Upgrade in Connection (RFC 6455, 4.2.2)",
        |p| {
            answered(p, &[], "Upgrade: websocket and Connection: Upgrade", |problem| {
                matches!(problem, AnswerProblem::Upgrade(_) | AnswerProblem::Connection(_))
            })
        },
    ),
    of(
        "websocket/handshake/accept",
        Must,
        OPEN,
        "A 101 has the Sec-WebSocket-Accept of the key that was sent (RFC 6455, 4.2.2)",
        |p| {
            answered(p, &[], "the right Sec-WebSocket-Accept", |problem| {
                matches!(problem, AnswerProblem::Accept { .. })
            })
        },
    ),
    of(
        "websocket/handshake/no-extension",
        Must,
        OPEN,
        "A 101 has no extension that was not offered (RFC 6455, 9.1)",
        |p| {
            answered(p, &[], "no Sec-WebSocket-Extensions", |problem| {
                matches!(problem, AnswerProblem::Extension(_))
            })
        },
    ),
    of(
        "websocket/handshake/no-subprotocol",
        Must,
        OPEN,
        "A 101 has no subprotocol where none was offered (RFC 6455, 4.2.2)",
        |p| chosen(p, &[], |it| it.is_none(), "no Sec-WebSocket-Protocol"),
    ),
    of(
        "websocket/handshake/unknown-subprotocol",
        Should,
        OPEN,
        "A subprotocol that the instance cannot know is not chosen (RFC 6455, 4.2.2)",
        |p| chosen(p, &[UNKNOWN], |it| it.is_none(), "no Sec-WebSocket-Protocol"),
    ),
    of(
        "websocket/handshake/receipts",
        May,
        OPEN,
        "The subprotocol versia.receipts.v1 is chosen where it is offered (it was chosen by versia-cli)",
        |p| {
            chosen(
                p,
                &[UNKNOWN, RECEIPTS],
                |it| it == Some(RECEIPTS),
                "the subprotocol \"versia.receipts.v1\"",
            )
        },
    ),
    of(
        "websocket/handshake/header-case",
        Must,
        OPEN,
        "The words of Upgrade and Connection are found in any case, and among others (RFC 6455, 4.2.1)",
        header_case,
    ),
    of(
        "websocket/handshake/unsigned",
        Should,
        OPEN,
        "A handshake without a signature is refused with 401 (chosen by versia-cli, as for any other GET)",
        |p| refused_with(p, MISSING, Ask::unsigned),
    ),
    of(
        "websocket/handshake/other-key",
        Should,
        OPEN,
        "A handshake signed with another key is refused with 401 (chosen by versia-cli, as for any other GET)",
        |p| refused_with(p, WRONG, |ask| ask.signed_by(stranger(p, p.signer.domain()))),
    ),
    of(
        "websocket/handshake/stale",
        Should,
        OPEN,
        "A handshake signed more than five minutes ago is refused with 422 (chosen by versia-cli, as for any other GET)",
        |p| refused_with(p, STALE, |ask| ask.after(-310)),
    ),
    of(
        "websocket/handshake/version",
        Must,
        OPEN,
        "A handshake for another version than 13 is refused, and told the right one (RFC 6455, 4.2.2)",
        other_version,
    ),
    of(
        "websocket/handshake/no-key",
        Must,
        OPEN,
        "A handshake without a key is refused, with 400 for example (RFC 6455, 4.2.1)",
        |p| {
            shaken(
                p,
                &[],
                |ask| ask.without("Sec-WebSocket-Key"),
                |answer| holds(answer.response.status / 100 == 4, "400, or another 4xx", answer.described()),
            )
        },
    ),
    of(
        "websocket/handshake/post",
        Must,
        WRITE,
        "A POST is no handshake, whatever its headers say (RFC 6455, 4.2.1)",
        |p| {
            shaken(
                p,
                &[],
                |ask| ask.method("POST"),
                |answer| {
                    holds(answer.response.status != 101, "any other status than 101", answer.described())
                },
            )
        },
    ),
];
