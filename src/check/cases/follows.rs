//! A Follow and its answer, which is awaited here. See <https://versia.pub/entities/follow>.

use serde_json::{Value, json};

use super::case;
use crate::check::ask::Ask;
use crate::check::case::Level::{Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{Judged, described, holds, invalid, valid};
use crate::check::observer::Seen;
use crate::check::probe::{Followed, PATIENCE, Probe};
use crate::client::HttpError;
use crate::protocol::record::Record;
use crate::protocol::versia::INBOX;
use crate::signing::signed_path;

static PAGE: Page = Page { name: "follows", path: "entities/follow" };
const NEEDS: &[Need] = &[Need::Inbox, Need::User];

const fn of(id: &'static str, level: Level, rule: &'static str, run: Run) -> Case {
    case(&PAGE, id, level, NEEDS, rule, run)
}

fn user(probe: &Probe<'_>) -> String {
    probe.known.user_reference()
}

fn written(probe: &Probe<'_>, kind: &str) -> Value {
    json!({
        "type": kind,
        "created_at": probe.ambient.record_time(),
        "author": probe.own_reference(),
        "followee": user(probe),
        "extensions": null,
    })
}

fn is_answer(record: &Record) -> bool {
    let Some(request) = record.request.as_ref().filter(|it| signed_path(&it.target) == INBOX) else {
        return false;
    };
    let entity: Value = serde_json::from_slice(&request.body.0).unwrap_or_default();
    matches!(entity["type"].as_str(), Some("FollowAccept" | "FollowReject"))
}

/// Follows once in a run, awaits the answer that comes to this side, and unfollows.
fn followed<'p>(probe: &'p Probe<'_>) -> Result<&'p Followed, HttpError> {
    if let Some(followed) = probe.followed.get() {
        return Ok(followed);
    }
    let since = probe.observer.count();
    let answer = probe.send(&Ask::post(written(probe, "Follow").to_string()))?;
    let followed = if answer.status / 100 == 2 {
        let came = probe.observer.wait(since, probe.pace.left(PATIENCE), &is_answer);
        probe.send(&Ask::post(written(probe, "Unfollow").to_string()))?;
        came.map_or(Followed::Silent, |seen| Followed::Answered(Box::new(seen)))
    } else {
        Followed::Refused(described(&answer))
    };
    Ok(probe.followed.get_or_init(|| followed))
}

/// Judges the answer to the Follow, where one came.
fn answer(probe: &Probe<'_>, judge: impl Fn(&Seen, &[u8], &Value) -> Outcome) -> Judged {
    let Followed::Answered(seen) = followed(probe)? else {
        return Ok(Outcome::Skipped("no answer to the Follow came".to_owned()));
    };
    probe.show(&seen.record);
    let body = seen.record.request.as_ref().map(|request| request.body.0.as_slice()).unwrap_or_default();
    Ok(judge(seen, body, &serde_json::from_slice(body).unwrap_or_default()))
}

fn is_answered(probe: &Probe<'_>) -> Judged {
    Ok(match followed(probe)? {
        Followed::Answered(seen) => {
            probe.show(&seen.record);
            Outcome::Kept
        }
        Followed::Refused(got) => Outcome::broken("a Follow is accepted with 2xx", got.as_str()),
        Followed::Silent => Outcome::Unobservable(
            "no answer to the Follow came within 10 s; who approves followers by hand answers later"
                .to_owned(),
        ),
    })
}

/// The answer is rightly signed by the instance of who is followed.
fn is_rightly_signed(probe: &Probe<'_>, seen: &Seen) -> Outcome {
    let verdict = seen.record.request.as_ref().and_then(|request| request.verdict.clone());
    let (signature, signer) =
        verdict.map(|it| (it.signature, it.signed_by.unwrap_or_default())).unwrap_or_default();
    if signature == "valid" && signer.eq_ignore_ascii_case(&probe.known.domain) {
        return Outcome::Kept;
    }
    let expected = format!("a valid signature of {}", probe.known.domain);
    Outcome::Broken { expected, got: format!("{signature} of {signer:?}"), findings: seen.findings.clone() }
}

pub(super) const CASES: &[Case] = &[
    of("follows/answer", Must, "A Follow is answered with a FollowAccept or a FollowReject", is_answered),
    of(
        "follows/answer-signed",
        Must,
        "The answer to a Follow is rightly signed by the instance of who is followed",
        |p| answer(p, |seen, _, _| is_rightly_signed(p, seen)),
    ),
    of("follows/answer-valid", Must, "The answer to a Follow breaks no rule of its schema", |p| {
        answer(p, |_, body, _| valid(p, body, None))
    }),
    of("follows/answer-author", Must, "The author of the answer is who is followed", |p| {
        answer(p, |_, _, entity| {
            let author = entity["author"].as_str().unwrap_or_default();
            let is_whole = author.eq_ignore_ascii_case(&user(p));
            let is_id = p.known.user.as_ref().is_some_and(|user| user.id == author);
            holds(is_whole || is_id, user(p), format!("{author:?}"))
        })
    }),
    of("follows/answer-follower", Must, "The follower of the answer is who follows", |p| {
        answer(p, |_, _, entity| {
            let follower = entity["follower"].as_str().unwrap_or_default();
            holds(
                follower.eq_ignore_ascii_case(&p.own_reference()),
                p.own_reference(),
                format!("{follower:?}"),
            )
        })
    }),
    of("follows/unfollow", Should, "An Unfollow is accepted", |p| {
        let answer = p.send(&Ask::post(written(p, "Unfollow").to_string()))?;
        Ok(holds(answer.status / 100 == 2, "2xx", described(&answer)))
    }),
    of("follows/no-followee", Must, "A Follow of nobody is refused with 422", |p| {
        let mut follow = written(p, "Follow");
        follow.as_object_mut().map(|follow| follow.remove("followee"));
        invalid(p, follow.to_string())
    }),
];
