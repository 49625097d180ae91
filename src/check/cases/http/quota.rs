//! Limits on requests: the form of what is told, and its truth.

use super::{Case, INSTANCE, Judged, Outcome, Probe, holds, of};
use crate::check::ask::Ask;
use crate::check::case::Level::{Must, Should};
use crate::protocol::{Advice, RateLimit};

const NAMES: [&str; 3] = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];

/// How many requests are made to see the rest of a quota go down.
const TRIES: usize = 5;

fn form(probe: &Probe<'_>) -> Judged {
    let response = probe.send(&Ask::get(INSTANCE).unsigned())?;
    let own = NAMES.map(|name| (name, response.header(name)));
    if own.iter().all(|(_, value)| value.is_none()) {
        return Ok(Outcome::Skipped("the instance tells of no limit".to_owned()));
    }
    // The limit may have its policy behind a comma.
    let is_number = |text: &str| text.split(',').next().is_some_and(|it| it.trim().parse::<u64>().is_ok());
    let wrong = own.iter().find(|(_, value)| !value.is_some_and(is_number));
    Ok(wrong.map_or(Outcome::Kept, |(name, value)| {
        Outcome::broken(
            format!("{name} with a number"),
            value.map_or("it is missing".to_owned(), |it| format!("{it:?}")),
        )
    }))
}

fn other_headers(probe: &Probe<'_>) -> Judged {
    let response = probe.send(&Ask::get(INSTANCE).unsigned())?;
    let other =
        response.headers.iter().find(|(name, _)| name.to_ascii_lowercase().starts_with("x-ratelimit"));
    Ok(other.map_or(Outcome::Kept, |(name, _)| Outcome::broken("RateLimit-* alone", name.as_str())))
}

/// Within a window, the rest goes down at least once in a few requests: a quota that is given back bit by bit may hide one of them.
fn truth(probe: &Probe<'_>) -> Judged {
    let mut told: Vec<RateLimit> = Vec::new();
    for _ in 0..TRIES {
        let response = probe.send(&Ask::get(INSTANCE).unsigned())?;
        let advice = Advice::read(response.status, &response.headers, probe.ambient.now_seconds());
        let Some(quota) = advice.rate_limit else {
            return Ok(Outcome::Skipped("the instance tells of no limit".to_owned()));
        };
        if told.last().is_some_and(|before| quota.remaining < before.remaining) {
            return Ok(Outcome::Kept);
        }
        told.push(quota);
    }
    let rest: Vec<_> = told.iter().map(|quota| quota.remaining.to_string()).collect();
    Ok(Outcome::broken(
        "a RateLimit-Remaining that goes down with the requests",
        format!("{} in {TRIES} requests", rest.join(", ")),
    ))
}

/// Looks at a 429 that came in this run. None is asked for on purpose.
fn refusal(probe: &Probe<'_>) -> Judged {
    let Some(record) = probe.over_quota.get() else {
        return Ok(Outcome::Skipped("no request went beyond a limit, and none is made to".to_owned()));
    };
    probe.noted(record.clone());
    let tells = record.response.as_ref().is_some_and(|response| {
        ["Retry-After", "RateLimit-Reset"].iter().any(|name| response.header(name).is_some())
    });
    Ok(holds(tells, "Retry-After or RateLimit-Reset", "a 429 with neither"))
}

pub(in crate::check::cases) const CASES: &[Case] = &[
    of(
        "http/ratelimit/form",
        Must,
        super::NONE,
        "RateLimit-Limit, -Remaining and -Reset come together, each with a number",
        form,
    ),
    of(
        "http/ratelimit/no-other",
        Must,
        super::NONE,
        "No other headers than RateLimit-* tell of limits",
        other_headers,
    ),
    of(
        "http/ratelimit/goes-down",
        Should,
        super::NONE,
        "RateLimit-Remaining is the truth: it goes down with the requests of a window",
        truth,
    ),
    of(
        "http/ratelimit/refusal",
        Should,
        super::NONE,
        "A refusal with 429 says when to come again, in RateLimit-Reset or Retry-After",
        refusal,
    ),
];
