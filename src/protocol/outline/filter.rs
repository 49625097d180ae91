//! Which records are wanted: the one filter of lists, counts, the inspector and what is told live.
//!
//! All of its parts have to hold; of a part with several values, one has to. Case does not matter in ASCII. A store decides the
//! same in SQL, which a property test holds together with [`Filter::matches`].

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Outline;
use crate::protocol::parse_millis;
use crate::protocol::record::{Bytes, Direction, Protocol, Record, Transport};

/// Which records are wanted: all of them, unless something is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Types of entities or words of frames, whole or what stands behind the last slash.
    pub types: Vec<String>,
    /// Verdicts' words, such as `invalid`.
    pub verdicts: Vec<String>,
    /// Codes of findings.
    pub codes: Vec<String>,
    /// Addresses of the other side, with or without their port, or the domains of signers.
    pub peers: Vec<String>,
    /// Parts of authors' references.
    pub authors: Vec<String>,
    /// Which way it went.
    pub directions: Vec<Direction>,
    /// How it travelled.
    pub transports: Vec<Transport>,
    /// Which protocol's message it is.
    pub protocols: Vec<Protocol>,
    /// Statuses of responses, such as `404` or `4xx`.
    pub statuses: Vec<Statuses>,
    /// WebSocket sessions.
    pub sessions: Vec<String>,
    /// First attempts, by their record's name: each with its retries.
    pub attempts: Vec<String>,
    /// At this time or later, in Unix milliseconds.
    pub since_millis: Option<u64>,
    /// Before this time, in Unix milliseconds.
    pub until_millis: Option<u64>,
    /// A text that stands in a target, a header, a body, a payload, or in what went wrong.
    pub text: Option<String>,
}

/// A status, or a hundred of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Statuses {
    /// One status.
    One(u16),
    /// Those that begin with this digit: `4xx`.
    Class(u16),
}

/// Why something is no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The part of the filter.
    pub name: String,
    /// What it takes.
    pub takes: &'static str,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} takes {}", self.name, self.takes)
    }
}

impl std::error::Error for FilterError {}

impl Statuses {
    /// The first and the last status that are meant.
    pub fn bounds(self) -> (u16, u16) {
        match self {
            Statuses::One(status) => (status, status),
            Statuses::Class(digit) => (digit * 100, digit * 100 + 99),
        }
    }
}

impl std::str::FromStr for Statuses {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let says = "a status or a class of them, such as 404 or 4xx";
        let class = text.to_ascii_lowercase();
        match class.strip_suffix("xx") {
            Some(digit) => digit.parse().ok().filter(|digit| *digit <= 9).map(Statuses::Class).ok_or(says),
            None => text.parse().map(Statuses::One).map_err(|_| says),
        }
    }
}

impl TryFrom<String> for Statuses {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse()
    }
}

impl From<Statuses> for String {
    fn from(statuses: Statuses) -> Self {
        statuses.to_string()
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statuses::One(status) => write!(f, "{status}"),
            Statuses::Class(digit) => write!(f, "{digit}xx"),
        }
    }
}

impl Filter {
    /// Sets a part by its name, as flags and queries have it: `type`, `verdict`, `code`, `peer`, `author`, `direction`,
    /// `transport`, `protocol`, `status`, `session`, `attempts`, `since`, `until` or `text`. Values of lists may be several,
    /// with commas; times are RFC 3339, Unix milliseconds, or how long ago, such as `10m`.
    ///
    /// # Errors
    /// When there is no such part, or it does not take this value.
    pub fn set(&mut self, name: &str, value: &str, now_millis: u64) -> Result<(), FilterError> {
        let refused = |takes| FilterError { name: name.to_owned(), takes };
        let texts = || value.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned);
        match name {
            "type" => self.types.extend(texts()),
            "verdict" => self.verdicts.extend(texts()),
            "code" => self.codes.extend(texts()),
            "peer" => self.peers.extend(texts()),
            "author" => self.authors.extend(texts()),
            "session" => self.sessions.extend(texts()),
            "attempts" => self.attempts.extend(texts()),
            "direction" => add(&mut self.directions, value, "in or out").map_err(refused)?,
            "transport" => add(&mut self.transports, value, "http or ws").map_err(refused)?,
            "protocol" => {
                add(&mut self.protocols, value, "versia, wsify, roadrunner, chat or raw").map_err(refused)?;
            }
            "status" => {
                for one in texts() {
                    self.statuses.push(one.parse().map_err(refused)?);
                }
            }
            "since" | "until" => {
                let says = "a time (2026-01-31T12:00:00Z), or how long ago (10m, 2h, 7d)";
                let time = time(value, now_millis).ok_or_else(|| refused(says))?;
                *if name == "since" { &mut self.since_millis } else { &mut self.until_millis } = Some(time);
            }
            "text" => self.text = Some(value.to_owned()).filter(|text| !text.is_empty()),
            _ => return Err(refused("nothing: there is no such part of a filter")),
        }
        Ok(())
    }

    /// Whether a record is wanted.
    pub fn matches(&self, outline: &Outline, record: &Record) -> bool {
        self.matches_outline(outline) && self.text.as_ref().is_none_or(|text| holds(record, text))
    }

    /// Whether a record may be wanted, as far as its outline tells: all but the text.
    pub fn matches_outline(&self, outline: &Outline) -> bool {
        let is_in = |values: &[String], value: Option<&str>| {
            values.is_empty() || value.is_some_and(|value| values.iter().any(|one| same(one, value)))
        };
        let attempt = |first: &String| {
            outline.id == *first || outline.attempt_of.as_ref().is_some_and(|of| of == first)
        };
        (self.types.is_empty() || self.types.iter().any(|one| is_type(one, outline.kind.as_deref())))
            && is_in(&self.verdicts, outline.verdict.as_deref())
            && (self.codes.is_empty()
                || self.codes.iter().any(|one| outline.codes.iter().any(|code| same(one, code))))
            && (self.peers.is_empty() || self.peers.iter().any(|one| is_peer(one, outline)))
            && (self.authors.is_empty()
                || self.authors.iter().any(|one| contains(outline.author.as_deref(), one)))
            && (self.directions.is_empty()
                || outline.direction.is_some_and(|direction| self.directions.contains(&direction)))
            && (self.transports.is_empty() || self.transports.contains(&outline.transport))
            && (self.protocols.is_empty() || self.protocols.contains(&outline.protocol))
            && (self.statuses.is_empty() || outline.status.is_some_and(|status| self.has_status(status)))
            && is_in(&self.sessions, outline.session.as_deref())
            && (self.attempts.is_empty() || self.attempts.iter().any(attempt))
            && self.since_millis.is_none_or(|since| outline.at_millis >= since)
            && self.until_millis.is_none_or(|until| outline.at_millis < until)
    }

    fn has_status(&self, status: u16) -> bool {
        self.statuses.iter().map(|one| one.bounds()).any(|(first, last)| (first..=last).contains(&status))
    }
}

fn add<T: serde::de::DeserializeOwned>(
    to: &mut Vec<T>,
    value: &str,
    takes: &'static str,
) -> Result<(), &'static str> {
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};
    for one in value.split(',') {
        let word = one.trim().to_ascii_lowercase();
        let deserializer: StrDeserializer<'_, Error> = word.as_str().into_deserializer();
        to.push(T::deserialize(deserializer).map_err(|_| takes)?);
    }
    Ok(())
}

/// A time, or how long before now.
fn time(text: &str, now_millis: u64) -> Option<u64> {
    if let Some(millis) = parse_millis(text) {
        return Some(millis);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: u64 = digits.parse().ok()?;
    let unit = match &text[digits.len()..] {
        "" => return Some(count),
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(now_millis.saturating_sub(count.checked_mul(unit)?))
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Whether a type is meant: by its whole name, or by what stands behind a slash.
fn is_type(wanted: &str, kind: Option<&str>) -> bool {
    let Some(kind) = kind else { return false };
    let behind = kind.len().checked_sub(wanted.len()).and_then(|at| kind.get(at..).zip(kind.get(..at)));
    same(wanted, kind) || behind.is_some_and(|(behind, before)| before.ends_with('/') && same(behind, wanted))
}

/// Whether a peer is meant: by its address, by its host, or by the domain that signs.
fn is_peer(wanted: &str, outline: &Outline) -> bool {
    let begins = |peer: &str, host: &str| {
        peer.get(..host.len()).is_some_and(|begin| same(begin, host)) && peer[host.len()..].starts_with(':')
    };
    let by_address = outline.peer.as_deref().is_some_and(|peer| {
        same(peer, wanted) || begins(peer, wanted) || begins(peer, &format!("[{wanted}]"))
    });
    by_address || outline.signed_by.as_deref().is_some_and(|domain| same(domain, wanted))
}

fn contains(text: Option<&str>, part: &str) -> bool {
    text.is_some_and(|text| text.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
}

/// Whether a text stands somewhere in a record, in any case of ASCII.
pub fn holds(record: &Record, text: &str) -> bool {
    let wanted = text.as_bytes().to_ascii_lowercase();
    let finder = memchr::memmem::Finder::new(&wanted);
    let has = |bytes: &[u8]| finder.find(&bytes.to_ascii_lowercase()).is_some();
    let in_headers = |headers: &[(String, Bytes)]| {
        headers.iter().any(|(name, value)| has(name.as_bytes()) || has(&value.0))
    };
    record.request.as_ref().is_some_and(|request| {
        has(request.target.as_bytes())
            || has(&request.body.0)
            || request.headers.as_deref().is_some_and(in_headers)
    }) || record
        .response
        .as_ref()
        .is_some_and(|response| has(&response.body.0) || in_headers(&response.headers))
        || record.frame.as_ref().is_some_and(|frame| {
            has(&frame.data.0) || frame.close.as_ref().is_some_and(|close| has(close.reason.as_bytes()))
        })
        || record.malformed.as_ref().is_some_and(|bytes| has(&bytes.0))
        || record.error.as_ref().is_some_and(|error| has(error.message.as_bytes()))
}
