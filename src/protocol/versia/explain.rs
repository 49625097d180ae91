//! Why a message of a record does not verify, and what else is odd about it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::super::record::{Headers, Record};
use super::message::Message;
use super::notes::{Noted, notes};
use super::verify::{Checked, KeySource, NoKey};
use crate::signing::{
    Budget, Evidence, Fields, Kind, Unverified, Verdict, explain as explain_signature, signed_path,
};

/// Adds to what was found about a message why its signature does not verify, where it does not, and notes on what is
/// odd about it otherwise. `record` is the one that was verified, with `keys`.
///
/// This is what every command says about a signature beyond its verdict.
pub fn explain(checked: &mut Checked, record: &Record, keys: &dyn KeySource, budget: &Budget) {
    add_notes(checked, record);
    if needs_explanation(checked)
        && let Some(part) = Part::of(checked.kind, record)
    {
        checked.explanation = search(checked, record, &part, keys, budget).map(Box::new);
    }
}

/// Adds to what was found about a message what is odd about it otherwise.
fn add_notes(checked: &mut Checked, record: &Record) {
    let Some(part) = Part::of(checked.kind, record) else { return };
    let noted = Noted {
        kind: checked.kind,
        method: &checked.method,
        headers: part.headers,
        body: &part.body,
        status: record.response.as_ref().filter(|_| checked.kind == Kind::Response).map(|one| one.status),
    };
    for note in notes(&noted, &checked.verification) {
        if checked.verification.findings.iter().all(|finding| finding.code != note.code) {
            checked.verification.findings.push(note);
        }
    }
}

/// Whether a signature does not verify for a reason that can be searched for.
pub fn needs_explanation(checked: &Checked) -> bool {
    matches!(checked.verification.verdict, Verdict::Invalid | Verdict::Missing) && !checked.incomplete
}

fn search(
    checked: &Checked,
    record: &Record,
    part: &Part<'_>,
    keys: &dyn KeySource,
    budget: &Budget,
) -> Option<crate::signing::Explanation> {
    let headers: Vec<_> =
        part.headers.iter().map(|(name, value)| (name.as_str(), value.0.as_slice())).collect();
    let fields = match &part.message {
        Some(message) => Fields::once(&message.signature, &message.signed_at, &message.signed_by),
        None => Fields::from_headers(headers.iter().copied()),
    };
    let of_earlier_draft = || {
        let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("X-Signed-By"))?;
        std::str::from_utf8(value).ok()
    };
    let signer = fields.signed_by.text().or_else(of_earlier_draft);
    let of_host = |_| match signer.map(host_of) {
        Some(host) if signer != Some(host) => keys.key_of(Some(host)),
        _ => Err(NoKey::default()),
    };
    let known = keys.key_of(signer).or_else(of_host).ok();
    let hosts = hosts(record, signer);
    let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
    let suspects = keys.suspects(signer);
    let evidence = Evidence {
        message: Unverified {
            kind: checked.kind,
            method: &checked.method,
            target: &checked.target,
            fields,
            body: &part.body,
        },
        headers: &headers,
        hosts: &hosts,
        key: known.as_ref().map(|known| &known.key),
        suspects: &suspects,
    };
    explain_signature(&evidence, budget)
}

/// The host of a user's URI; any other signer as it stands.
fn host_of(signer: &str) -> &str {
    let rest = signer.split_once("://").map_or(signer, |(_, rest)| rest);
    let rest = rest.strip_prefix("instance ").unwrap_or(rest);
    rest.split('/').next().unwrap_or(rest)
}

/// The hosts that a request may have been sent to: the one it names, its target's, and the signer's own.
fn hosts(record: &Record, signer: Option<&str>) -> Vec<String> {
    let request = record.request.as_ref();
    let named = request.and_then(|request| request.headers.as_ref()).and_then(|headers| {
        let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"))?;
        value.as_text().map(str::to_owned)
    });
    let absolute = request.and_then(|request| {
        let (_, rest) =
            request.target.split_once("://").filter(|_| signed_path(&request.target) != request.target)?;
        rest.split(['/', '?', '#']).next().map(str::to_owned)
    });
    let mut hosts = Vec::new();
    for host in [named, absolute, signer.map(|signer| host_of(signer).to_owned())].into_iter().flatten() {
        let bare = host.rsplit_once(':').map(|(bare, _)| bare.to_owned());
        for host in std::iter::once(host).chain(bare) {
            if !host.is_empty() && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
    }
    hosts
}

/// The part of a record that was verified.
struct Part<'a> {
    headers: &'a Headers,
    body: std::borrow::Cow<'a, [u8]>,
    message: Option<Message>,
}

/// Those of a WebSocket message, which has none.
static NO_HEADERS: Headers = Vec::new();

impl<'a> Part<'a> {
    fn of(kind: Kind, record: &'a Record) -> Option<Self> {
        match kind {
            Kind::Request => {
                let request = record.request.as_ref()?;
                let headers = request.headers.as_ref()?;
                Some(Part { headers, body: request.body.0.as_slice().into(), message: None })
            }
            Kind::Response => {
                let response = record.response.as_ref()?;
                Some(Part {
                    headers: &response.headers,
                    body: response.body.0.as_slice().into(),
                    message: None,
                })
            }
            Kind::Message => {
                let message = Message::read(&record.frame.as_ref()?.data.0).ok()?;
                let body = message.entity.clone().into_bytes().into();
                Some(Part { headers: &NO_HEADERS, body, message: Some(message) })
            }
        }
    }
}

/// A time that many messages share for their explanations: one takes a part of it at most, and when it is used up, no
/// more are searched for.
#[derive(Debug)]
pub struct Allowance {
    each: Duration,
    left: AtomicU64,
    without: AtomicU64,
}

impl Allowance {
    /// An allowance of `total`, of which one message takes `each` at most.
    pub fn new(total: Duration, each: Duration) -> Self {
        Allowance { each, left: AtomicU64::new(micros(total)), without: AtomicU64::new(0) }
    }

    /// Does as [`explain`] does, and counts the time. Without time left, only the notes are made.
    pub fn explain(&self, checked: &mut Checked, record: &Record, keys: &dyn KeySource) {
        let left = Duration::from_micros(self.left.load(Ordering::Relaxed)).min(self.each);
        if !needs_explanation(checked) || left.is_zero() {
            self.without.fetch_add(u64::from(needs_explanation(checked)), Ordering::Relaxed);
            return add_notes(checked, record);
        }
        let start = Instant::now();
        explain(checked, record, keys, &Budget::within(left));
        let spent = micros(start.elapsed());
        // Nothing is left where more was spent than there was.
        let subtract = |left: u64| Some(left.saturating_sub(spent));
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, subtract);
    }

    /// How many were not explained.
    pub fn without(&self) -> u64 {
        self.without.load(Ordering::Relaxed)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
