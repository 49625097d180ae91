//! What a sender learns of its messages: receipts where they are agreed on, and a Close where they are not. All of it was
//! chosen here.

use super::*;

/// How many messages are sent at once.
const MANY: usize = 50;
/// How many receipts are told one by one.
const SHOWN: usize = 5;

/// The numbers and statuses of the receipts that came, or what came that is none.
fn receipts(talk: &Talk) -> Result<Vec<(u64, u16)>, String> {
    let read = |frame: &Frame| match frame.as_text().map(Receipt::read) {
        Some(Ok(Some(receipt))) => Ok((receipt.number, receipt.status)),
        Some(Err(error)) => Err(error.to_string()),
        _ => Err("a frame that is no receipt".to_owned()),
    };
    talk.frames.iter().map(read).collect()
}

/// Sends these messages at once; judges the receipts that come, and then the end.
fn receive(
    probe: &Probe<'_>,
    frames: &[Frame],
    expected: &str,
    judge: impl FnOnce(&[(u64, u16)]) -> bool,
) -> Judged {
    with_receipts(probe, |mut session| {
        session.hear(frames, frames.len());
        let talk = session.talk(&[Frame::close(NORMAL)]);
        match receipts(&talk) {
            Ok(all) if judge(&all) => Outcome::Kept,
            Ok(all) => Outcome::broken(expected, told(&all, &talk)),
            Err(why) => Outcome::broken(expected, why),
        }
    })
}

/// The receipts that came and the end, in words.
fn told(all: &[(u64, u16)], talk: &Talk) -> String {
    let mut listed: Vec<_> =
        all.iter().take(SHOWN).map(|(number, status)| format!("{number} with {status}")).collect();
    if all.len() > SHOWN {
        listed.push(format!("{} more", all.len() - SHOWN));
    }
    match all.len() {
        0 => talk.ending(),
        _ => format!("receipts {}; and then {}", listed.join(", "), talk.ending()),
    }
}

/// Whether there is a receipt for each message, in order.
fn counts_to(all: &[(u64, u16)], count: usize) -> bool {
    all.iter().map(|(number, _)| *number).eq(1..=count as u64)
}

fn each(probe: &Probe<'_>) -> Judged {
    let frames = [text(&right(probe)), text(&tampered(probe)), text(&right(probe))];
    receive(probe, &frames, "receipts 1, 2 and 3 for three messages, the second of which is wrong", |all| {
        counts_to(all, 3)
    })
}

fn status(probe: &Probe<'_>) -> Judged {
    let stale = signed(probe, probe.signer, probe.note().to_string(), -310);
    let frames = [text(&right(probe)), text(&tampered(probe)), text(&stale), Frame::text("{}")];
    receive(
        probe,
        &frames,
        "202 for a right message, 401 for a wrong signature, 422 for a stale one and for what is no message",
        |all| all.iter().map(|(_, status)| *status).eq([202, 401, 422, 422]),
    )
}

fn pipelined(probe: &Probe<'_>) -> Judged {
    let frames: Vec<_> = (0..MANY).map(|_| text(&right(probe))).collect();
    receive(probe, &frames, &format!("receipts 1 to {MANY}, in order, each with 2xx"), |all| {
        counts_to(all, MANY) && all.iter().all(|(_, status)| status / 100 == 2)
    })
}

/// How a session without receipts ends.
fn silent(probe: &Probe<'_>, message: &Message, expected: &str, judge: fn(&Talk) -> bool) -> Judged {
    in_session(probe, &[], |session| {
        let talk = session.talk(&[text(message), Frame::close(NORMAL)]);
        holds(talk.frames.is_empty() && judge(&talk), expected, talk.described())
    })
}

pub(super) const CASES: &[Case] = &[
    of(
        "websocket/receipts/each",
        Should,
        INBOX_OPEN,
        "Each message gets a receipt, numbered from 1, and a refusal does not end the session (chosen by versia-cli)",
        each,
    ),
    of(
        "websocket/receipts/status",
        Should,
        INBOX_OPEN,
        "A receipt has the status that an inbox would have answered: 202, 401 or 422 (chosen by versia-cli)",
        status,
    ),
    of(
        "websocket/receipts/pipelined",
        Should,
        INBOX_OPEN,
        "Fifty messages that are sent at once get their receipts in order (chosen by versia-cli)",
        pipelined,
    ),
    of(
        "websocket/no-receipts/accepted",
        Should,
        INBOX_OPEN,
        "Without receipts nothing is sent for a message that is accepted (chosen by versia-cli)",
        |p| silent(p, &right(p), "nothing but the answer to the Close", |talk| talk.code() == Some(NORMAL)),
    ),
    of(
        "websocket/no-receipts/refused",
        Should,
        INBOX_OPEN,
        "Without receipts a message that is refused ends the session, with 1008 and a reason (chosen by versia-cli)",
        |p| {
            silent(p, &tampered(p), "nothing but a Close with 1008 and a reason", |talk| {
                let closing = talk.close.as_ref().and_then(Frame::closing);
                closing.is_some_and(|(code, reason)| code == POLICY && !reason.is_empty())
            })
        },
    ),
];
