//! Reading a fault: `NAME[=VALUE] [OPTION=VALUE …]`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::selector::{Selector, WHOLE};
use super::{Fault, FaultKind, Quota};

/// Where `redirect` leads that was given no address: to the same path, with a query that shows who followed.
const ELSEWHERE: &str = "?redirected";

/// The longest time: moments have to be added up.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Why a text is not a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultError {
    /// It begins with no fault's name.
    Unknown(String),
    /// A fault or an option wants a value.
    NoValue(String),
    /// A value is not of the right form.
    BadValue {
        /// The fault or the option.
        name: String,
        /// What was given.
        value: String,
        /// What is meant.
        wanted: &'static str,
    },
    /// An option is none, or none of this fault's.
    UnknownOption(String),
    /// An option is given twice.
    Twice(String),
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultError::Unknown(name) => write!(f, "{name:?} is no fault"),
            FaultError::NoValue(name) => write!(f, "{name} wants a value"),
            FaultError::BadValue { name, value, wanted } => write!(f, "{name}={value} is not {wanted}"),
            FaultError::UnknownOption(name) => write!(f, "{name:?} is no option of this fault"),
            FaultError::Twice(name) => write!(f, "{name} is given twice"),
        }
    }
}

impl std::error::Error for FaultError {}

impl FaultError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            FaultError::UnknownOption(_) | FaultError::Twice(_) => {
                "the options are for=COUNT, path=PREFIX, type=TYPE, from=DOMAIN, share=PERCENT% and, with status=N, \
                 retry-after=SECONDS"
            }
            _ => {
                "the faults are status=N, ratelimit=N/60s, redirect[=URL], unsigned, stale, wrong-key, hang, drop, delay=2s, \
                 slow=2s, reset-after=BYTES, garbage, length=+N or length=-N; for example 'status=503 for=3 retry-after=2'"
            }
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    /// Reads `NAME[=VALUE] [for=COUNT] [path=PREFIX] [type=TYPE] [from=DOMAIN] [share=PERCENT%] …`.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut words = text.split_whitespace();
        let mut kind = kind(words.next().unwrap_or_default())?;
        let mut selector = Selector::default();
        let mut times = None;
        let mut given = Vec::new();
        for word in words {
            let pair = word.split_once('=').filter(|(_, value)| !value.is_empty());
            let (name, value) =
                pair.ok_or_else(|| FaultError::NoValue(word.trim_end_matches('=').to_owned()))?;
            if given.contains(&name) {
                return Err(FaultError::Twice(name.to_owned()));
            }
            given.push(name);
            match (name, &mut kind) {
                ("for", _) => times = Some(number(name, value)?),
                ("path", _) if !value.starts_with('/') => {
                    return Err(bad(name, value, "the beginning of a path, from /"));
                }
                ("path", _) => selector.path = Some(value.to_owned()),
                ("type", _) => selector.kind = Some(value.to_owned()),
                ("from", _) => selector.sender = Some(value.to_owned()),
                ("share", _) => {
                    let share =
                        share(value).ok_or_else(|| bad(name, value, "a percentage such as 10% or 2.5%"))?;
                    selector.share = Some(share);
                }
                ("retry-after", FaultKind::Status { retry_after, .. }) => {
                    *retry_after = Some(number(name, value)?);
                }
                _ => return Err(FaultError::UnknownOption(name.to_owned())),
            }
        }
        Ok(Fault { text: text.to_owned(), kind, selector, times })
    }
}

fn kind(word: &str) -> Result<FaultKind, FaultError> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let wanted = || value.ok_or_else(|| FaultError::NoValue(name.to_owned()));
    let time = || {
        let value = wanted()?;
        duration(value).ok_or_else(|| bad(name, value, "a length of time such as 2s or 250ms"))
    };
    let plain = |kind: FaultKind| match value {
        None => Ok(kind),
        Some(_) => Err(FaultError::Unknown(word.to_owned())),
    };
    match name {
        "status" => match wanted()?.parse() {
            Ok(status @ 200..=599) => Ok(FaultKind::Status { status, retry_after: None }),
            _ => Err(bad(name, wanted()?, "a status from 200 to 599")),
        },
        "ratelimit" => {
            let quota = quota(wanted()?);
            let quota =
                quota.ok_or_else(|| bad(name, wanted().unwrap_or_default(), "a quota such as 10/60s"));
            quota.map(FaultKind::RateLimit)
        }
        "redirect" => Ok(FaultKind::Redirect(value.unwrap_or(ELSEWHERE).to_owned())),
        "delay" => time().map(FaultKind::Delay),
        "slow" => time().map(FaultKind::Slow),
        "reset-after" => number(name, wanted()?).map(FaultKind::ResetAfter),
        "length" => match wanted()?.parse() {
            Ok(0) | Err(_) => {
                Err(bad(name, wanted()?, "a number of bytes too many or too few, such as +10 or -1"))
            }
            Ok(off) => Ok(FaultKind::Length(off)),
        },
        "unsigned" => plain(FaultKind::Unsigned),
        "stale" => plain(FaultKind::Stale),
        "wrong-key" => plain(FaultKind::WrongKey),
        "hang" => plain(FaultKind::Hang),
        "drop" => plain(FaultKind::Drop),
        "garbage" => plain(FaultKind::Garbage),
        _ => Err(FaultError::Unknown(name.to_owned())),
    }
}

fn bad(name: &str, value: &str, wanted: &'static str) -> FaultError {
    FaultError::BadValue { name: name.to_owned(), value: value.to_owned(), wanted }
}

fn number(name: &str, value: &str) -> Result<u64, FaultError> {
    let digits = value.strip_suffix('B').filter(|_| name == "reset-after").unwrap_or(value);
    digits.parse().map_err(|_| bad(name, value, "a whole number"))
}

/// `2s`, `250ms`, or seconds without a unit.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1_000.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let time = Duration::try_from_secs_f64(number.parse::<f64>().ok()? / unit).ok();
    time.filter(|time| *time <= LONGEST)
}

/// `10/60s`.
fn quota(text: &str) -> Option<Quota> {
    let (requests, window) = text.split_once('/')?;
    let window = duration(window).filter(|window| !window.is_zero())?;
    Some(Quota { requests: requests.parse().ok()?, window })
}

/// A percentage, in hundredths of a per cent: more than nothing, and the whole at most.
fn share(text: &str) -> Option<u64> {
    let percent: f64 = text.strip_suffix('%')?.parse().ok()?;
    let share = (percent * 100.0).round();
    (share >= 1.0 && share <= WHOLE as f64).then_some(share as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read() {
        let minute = Quota { requests: 10, window: Duration::from_secs(60) };
        for (text, expected) in [
            ("status=503", FaultKind::Status { status: 503, retry_after: None }),
            ("status=429 retry-after=2 for=3", FaultKind::Status { status: 429, retry_after: Some(2) }),
            ("redirect=https://c.example/", FaultKind::Redirect("https://c.example/".into())),
            ("redirect", FaultKind::Redirect("?redirected".into())),
            ("delay=2s", FaultKind::Delay(Duration::from_secs(2))),
            ("delay=250ms", FaultKind::Delay(Duration::from_millis(250))),
            ("slow=2s type=Note", FaultKind::Slow(Duration::from_secs(2))),
            ("reset-after=100B path=/x", FaultKind::ResetAfter(100)),
            ("length=-1", FaultKind::Length(-1)),
            ("length=+10", FaultKind::Length(10)),
            ("wrong-key share=2.5%", FaultKind::WrongKey),
            ("ratelimit=10/60s from=a.example", FaultKind::RateLimit(minute)),
        ] {
            assert_eq!(text.parse::<Fault>().map(|fault| fault.kind), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_fault_is_named() {
        for (text, says) in [
            ("", "\"\" is no fault"),
            ("explode", "\"explode\" is no fault"),
            ("hang=1", "is no fault"),
            ("status", "wants a value"),
            ("status=20", "not a status"),
            ("length=0", "not a number of bytes"),
            ("delay=soon", "not a length of time"),
            ("slow", "wants a value"),
            ("ratelimit=10", "not a quota"),
            ("ratelimit=10/0s", "not a quota"),
            ("drop share=0%", "not a percentage"),
            ("drop share=101%", "not a percentage"),
            ("drop share=10", "not a percentage"),
            ("drop retry-after=1", "no option of this fault"),
            ("drop for", "wants a value"),
            ("drop for=x", "not a whole number"),
            ("drop for=3B", "not a whole number"),
            ("drop for=1 for=2", "for is given twice"),
            ("drop type=", "type wants a value"),
            ("drop path=inbox", "not the beginning of a path"),
            ("delay=1e19s", "not a length of time"),
            ("slow=-1s", "not a length of time"),
        ] {
            let error = text.parse::<Fault>().expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
