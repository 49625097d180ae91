//! The five minutes within which a signature counts, to the second.
//!
//! The time of signing is reckoned by the instance's own clock, as its `Date` tells it, which is true to a second; and an answer
//! takes a while. So one more second is allowed for each of the two where that decides, and an exchange of a second or more is
//! made again: a right window is never found wrong, and one that is wrong by three seconds never right.

use std::time::{Duration, Instant};

use super::{Ask, Case, GET, INSTANCE, Judged, Outcome, POST, Probe, STALE, described, get, of, post};
use crate::check::case::Level::Must;
use crate::client::{HttpError, HttpResponse};
use crate::entity::Profile;

/// The longest time that an exchange may take to say something about a second.
const QUICK: Duration = Duration::from_secs(1);

/// How often it is tried to have a quick answer.
const TRIES: usize = 4;

/// The largest difference of the clocks that is reckoned with, in seconds: beyond it nothing is accepted anyway.
const MAX_DIFFERENCE: i64 = 300;

/// How far the clock of the instance is ahead of ours, in whole seconds, as far as that can be told.
fn difference(probe: &Probe<'_>) -> Result<i64, HttpError> {
    let before = probe.ambient.now_seconds();
    let response = probe.send(&Ask::get(INSTANCE).unsigned())?;
    let after = probe.ambient.now_seconds();
    let date = response.header("date").and_then(|text| httpdate::parse_http_date(text).ok());
    let date = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    let date = date.and_then(|since| i64::try_from(since.as_secs()).ok());
    Ok(match date {
        Some(date) if date < before => (date - before).max(-MAX_DIFFERENCE),
        Some(date) if date > after => (date - after).min(MAX_DIFFERENCE),
        _ => 0,
    })
}

/// Asks until an answer is quick; `None` where none is.
fn quickly(probe: &Probe<'_>, ask: impl Fn() -> Ask) -> Result<Option<HttpResponse>, HttpError> {
    for _ in 0..TRIES {
        // The pause before an exchange is no part of it.
        probe.take_turn()?;
        let start = Instant::now();
        let (response, is_to_wait) = probe.send_at_once(&ask())?;
        if start.elapsed() < QUICK && !is_to_wait {
            return Ok(Some(response));
        }
    }
    Ok(None)
}

fn too_slow() -> Outcome {
    Outcome::Unobservable("the answers take a second or more, so that they say nothing about one".to_owned())
}

/// What is said to be signed `seconds` from now is accepted at one of these.
fn is_within(probe: &Probe<'_>, ask: impl Fn() -> Ask, seconds: &[i64]) -> Judged {
    let off = difference(probe)?;
    let mut last = None;
    for seconds in seconds {
        let Some(response) = quickly(probe, || ask().after(off + seconds))? else { return Ok(too_slow()) };
        match response.status {
            200..=299 | 404 if probe.known.refuses_unsigned => return Ok(Outcome::Kept),
            200..=299 | 404 => {
                let why = "a GET without any signature is answered as well, so that nothing says that this one was verified";
                return Ok(Outcome::Unobservable(why.to_owned()));
            }
            _ => last = Some(response),
        }
    }
    let got = last.map(|response| described(&response)).unwrap_or_default();
    Ok(Outcome::broken("an acceptance, as that is within 300 s", got))
}

/// What is said to be signed `seconds` from now is refused as stale at one of these.
fn is_beyond(probe: &Probe<'_>, ask: impl Fn() -> Ask, seconds: &[i64]) -> Judged {
    let off = difference(probe)?;
    let mut last = None;
    for seconds in seconds {
        let Some(response) = quickly(probe, || ask().after(off + seconds))? else { return Ok(too_slow()) };
        if STALE.contains(&response.status) {
            return Ok(Outcome::Kept);
        }
        last = Some(response);
    }
    if last.as_ref().is_some_and(|it| it.status / 100 == 2) && probe.profile == Profile::VersiaServer {
        let why = "this server answers 2xx before it has looked, so that its status says nothing";
        return Ok(Outcome::Unobservable(why.to_owned()));
    }
    let got = last.map(|response| described(&response)).unwrap_or_default();
    Ok(Outcome::broken("422, as that is beyond 300 s", got))
}

pub(in crate::check::cases) const ASKING: &[Case] = &[
    of(
        "signatures/get/valid-299-seconds-ago",
        Must,
        GET,
        "What was signed 299 s ago is accepted (298 or 297 s, where the clocks may differ by that)",
        |p| is_within(p, || get(p), &[-299, -298, -297]),
    ),
    of(
        "signatures/get/valid-299-seconds-ahead",
        Must,
        GET,
        "What is signed 299 s from now is accepted",
        |p| is_within(p, || get(p), &[299]),
    ),
    of(
        "signatures/get/stale",
        Must,
        GET,
        "What was signed 301 s ago is refused with 422 (302 s, where the clocks may differ by that)",
        |p| is_beyond(p, || get(p), &[-301, -302]),
    ),
    of(
        "signatures/get/future",
        Must,
        GET,
        "What is signed 301 s from now is refused with 422 (302 or 303 s, where the clocks may differ by that)",
        |p| is_beyond(p, || get(p), &[301, 302, 303]),
    ),
];

pub(in crate::check::cases) const DELIVERING: &[Case] = &[
    of(
        "signatures/post/stale",
        Must,
        POST,
        "A delivery signed 301 s ago is refused with 422 (302 s, where the clocks may differ by that)",
        |p| is_beyond(p, || post(p), &[-301, -302]),
    ),
    of(
        "signatures/post/future",
        Must,
        POST,
        "A delivery signed 301 s from now is refused with 422 (302 or 303 s, where the clocks may differ by that)",
        |p| is_beyond(p, || post(p), &[301, 302, 303]),
    ),
];
