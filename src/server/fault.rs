//! Faults on demand: what this side does wrong on purpose, so that the other side can be seen dealing with it.
//!
//! A fault is chosen when a request's head is there. Some are wrong answers, which the service makes; the others happen
//! below HTTP, where [`super::tap::Tap`] spoils the bytes of this one answer.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// Another status, with `Retry-After` in seconds where it is given.
    Status {
        /// The status.
        status: u16,
        /// The seconds of `Retry-After`.
        retry_after: Option<u64>,
    },
    /// A redirect (302) to this address.
    Redirect(String),
    /// The answer is not signed.
    Unsigned,
    /// The answer was signed an hour ago.
    Stale,
    /// The answer is signed with another key.
    WrongKey,
    /// No answer, and the connection stays open.
    Hang,
    /// No answer, and the connection is closed.
    Drop,
    /// The answer comes this much later.
    Delay(Duration),
    /// The connection is reset after so many bytes of the answer.
    ResetAfter(u64),
    /// Bytes that are no HTTP in place of the answer.
    Garbage,
    /// `Content-Length` is wrong by so many bytes; when it promises more, the connection is closed behind the body.
    Length(i64),
}

/// A fault, and which requests it befalls.
#[derive(Debug, Clone)]
pub struct Fault {
    text: String,
    kind: FaultKind,
    /// How many requests more; without a number, all of them.
    left: Option<Arc<AtomicU64>>,
    /// The beginning of the paths that it befalls.
    path: Option<String>,
}

/// The faults of a server, in the order in which they are tried.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// These faults; the first one that befalls a request is the one that happens.
    pub fn new(faults: Vec<Fault>) -> Self {
        Faults(faults)
    }

    /// What goes wrong with a request for this path, where something does. Counts the request.
    pub fn choose(&self, path: &str) -> Option<FaultKind> {
        self.0.iter().find(|fault| fault.befalls(path)).map(|fault| fault.kind.clone())
    }
}

impl fmt::Display for Fault {
    /// The fault as it was given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Fault {
    fn befalls(&self, path: &str) -> bool {
        if self.path.as_ref().is_some_and(|prefix| !path.starts_with(prefix.as_str())) {
            return false;
        }
        let Some(left) = &self.left else { return true };
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

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
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultError::Unknown(name) => write!(f, "{name:?} is no fault"),
            FaultError::NoValue(name) => write!(f, "{name} wants a value"),
            FaultError::BadValue { name, value, wanted } => write!(f, "{name}={value} is not {wanted}"),
            FaultError::UnknownOption(name) => write!(f, "{name:?} is no option of this fault"),
        }
    }
}

impl std::error::Error for FaultError {}

impl FaultError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            FaultError::UnknownOption(_) => {
                "the options are for=COUNT, path=PREFIX and, with status=N, retry-after=SECONDS"
            }
            _ => {
                "the faults are status=N, redirect=URL, unsigned, stale, wrong-key, hang, drop, delay=2s, reset-after=BYTES, \
                 garbage, length=+N or length=-N; for example 'status=503 for=3 retry-after=2'"
            }
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    /// Reads `NAME[=VALUE] [for=COUNT] [path=PREFIX] …`.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut words = text.split_whitespace();
        let mut kind = kind(words.next().unwrap_or_default())?;
        let (mut left, mut path) = (None, None);
        for word in words {
            let (name, value) = word.split_once('=').ok_or_else(|| FaultError::NoValue(word.to_owned()))?;
            match (name, &mut kind) {
                ("for", _) => left = Some(Arc::new(AtomicU64::new(number(name, value)?))),
                ("path", _) => path = Some(value.to_owned()),
                ("retry-after", FaultKind::Status { retry_after, .. }) => {
                    *retry_after = Some(number(name, value)?);
                }
                _ => return Err(FaultError::UnknownOption(name.to_owned())),
            }
        }
        Ok(Fault { text: text.to_owned(), kind, left, path })
    }
}

fn kind(word: &str) -> Result<FaultKind, FaultError> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let wanted =
        |value: Option<&'_ str>| value.map(str::to_owned).ok_or_else(|| FaultError::NoValue(name.to_owned()));
    let plain = |kind: FaultKind| match value {
        None => Ok(kind),
        Some(_) => Err(FaultError::Unknown(word.to_owned())),
    };
    match name {
        "status" => {
            let value = wanted(value)?;
            match value.parse() {
                Ok(status @ 200..=599) => Ok(FaultKind::Status { status, retry_after: None }),
                _ => Err(bad(name, &value, "a status from 200 to 599")),
            }
        }
        "redirect" => wanted(value).map(FaultKind::Redirect),
        "delay" => {
            let value = wanted(value)?;
            let delay =
                duration(&value).ok_or_else(|| bad(name, &value, "a length of time such as 2s or 250ms"))?;
            Ok(FaultKind::Delay(delay))
        }
        "reset-after" => number(name, &wanted(value)?).map(FaultKind::ResetAfter),
        "length" => {
            let value = wanted(value)?;
            match value.parse() {
                Ok(0) | Err(_) => {
                    Err(bad(name, &value, "a number of bytes too many or too few, such as +10 or -1"))
                }
                Ok(off) => Ok(FaultKind::Length(off)),
            }
        }
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
    let digits = value.strip_suffix('B').unwrap_or(value);
    digits.parse().map_err(|_| bad(name, value, "a whole number"))
}

/// `2s`, `250ms`, or seconds without a unit.
fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1_000.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? / unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read() {
        for (text, expected) in [
            ("status=503", FaultKind::Status { status: 503, retry_after: None }),
            ("status=429 retry-after=2 for=3", FaultKind::Status { status: 429, retry_after: Some(2) }),
            ("redirect=https://c.example/", FaultKind::Redirect("https://c.example/".into())),
            ("delay=2s", FaultKind::Delay(Duration::from_secs(2))),
            ("delay=250ms", FaultKind::Delay(Duration::from_millis(250))),
            ("reset-after=100B path=/x", FaultKind::ResetAfter(100)),
            ("length=-1", FaultKind::Length(-1)),
            ("length=+10", FaultKind::Length(10)),
            ("wrong-key", FaultKind::WrongKey),
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
            ("drop retry-after=1", "no option of this fault"),
            ("drop for", "wants a value"),
            ("drop for=x", "not a whole number"),
        ] {
            let error = text.parse::<Fault>().expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn a_fault_befalls_as_many_requests_as_it_says() {
        let faults = Faults::new(vec![
            "status=503 for=2 path=/a".parse().unwrap(),
            "drop path=/.versia".parse().unwrap(),
        ]);
        assert_eq!(faults.choose("/b"), None);
        assert!(faults.choose("/a").is_some() && faults.choose("/a/b").is_some());
        assert_eq!(faults.choose("/a"), None);
        assert_eq!(faults.choose("/.versia/v0.6/inbox"), Some(FaultKind::Drop));
        assert_eq!(faults.choose("/.versia/v0.6/inbox"), Some(FaultKind::Drop));
    }
}
