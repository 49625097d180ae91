//! Why a signature does not verify: searches for what the sender really signed.
//!
//! Every part of the signed string has ways to go wrong, as data ([`hypothesis`]); [`space`] makes strings of them,
//! [`search`] tries them, the likeliest first, and [`check`] says whether the signature is over one. A cause is only named
//! when the signature matches, strictly, the string that it gives: a wrong one would be a forgery. What gives the same
//! string as fewer or likelier mistakes is not told apart from them.
//!
//! Pure: the time that may be spent comes in as a [`Budget`]. Writes bodies anew to find out what was signed, and never to
//! verify.

mod body;
mod check;
mod digest;
mod hypothesis;
mod joining;
mod json;
mod method;
mod path;
mod scheme;
mod search;
mod signature;
mod space;
mod time;

use std::time::{Duration, Instant};

use self::hypothesis::Hypothesis;
use self::scheme::OtherScheme;
use self::search::{Hit, Search};
use self::space::Space;
use super::fields::{Field, SIGNATURE, SIGNED_AT};
use super::key::{PublicKey, SecretKey};
use super::verify::{Kind, Unverified};
use crate::finding::{Code, Finding, codes};

pub(super) use json::javascript_number;
pub(super) use path::{encode_uri, pathname};

/// How long a search may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    until: Option<Instant>,
    strings: u64,
}

impl Budget {
    /// What a search takes by default.
    pub const DEFAULT: Duration = Duration::from_secs(1);

    /// A budget that begins to run now.
    pub fn within(limit: Duration) -> Self {
        Budget { until: Instant::now().checked_add(limit), strings: u64::MAX }
    }

    /// No limit: the search goes to its end, which takes a second or two.
    pub fn unlimited() -> Self {
        Budget { until: None, strings: u64::MAX }
    }

    /// So many strings, however long it takes.
    pub fn strings(strings: u64) -> Self {
        Budget { until: None, strings }
    }

    fn is_spent(&self, tried: u64) -> bool {
        tried > self.strings || self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// What another key than the signer's own is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One that is known here, for another signer or for none.
    Known,
    /// One that the signer had before.
    Previous,
    /// A user's.
    User,
}

/// Another key that may have signed.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// The key.
    pub key: PublicKey,
    /// What it is.
    pub role: Role,
    /// Where it came from, in a few words.
    pub origin: String,
}

/// Everything that is known of a message whose signature does not verify.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The message.
    pub message: Unverified<'a>,
    /// All its headers, for other signature schemes.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The hosts that the request may have been sent to, the likeliest first.
    pub hosts: &'a [&'a str],
    /// The key of the signer that the message names.
    pub key: Option<&'a PublicKey>,
    /// Other keys that may have signed.
    pub suspects: &'a [Suspect],
}

/// A piece of the signed string: as it has to be, and as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// `method`, `path`, `time`, `digest`, `separator` or `end`.
    pub part: &'static str,
    /// What has to be signed.
    pub expected: String,
    /// What was signed.
    pub signed: String,
}

/// Why a signature does not verify, as far as it could be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The causes, in the order of their parts; or that there is none ([`codes::UNEXPLAINED`]), and what that leaves. The
    /// hint of each says how to fix it.
    pub causes: Vec<Finding>,
    /// The string that has to be signed beside the one that was, where that is known.
    pub segments: Vec<Segment>,
    /// The fingerprint of the key that signed, where it is not the signer's.
    pub signed_with: Option<String>,
    /// How many strings were tried.
    pub tried: u64,
    /// Whether the budget ended the search.
    pub stopped_short: bool,
    /// What was tried: for each part, in how many other ways. Empty where a cause was found.
    pub ruled_out: Vec<(&'static str, usize)>,
}

impl Explanation {
    /// Whether a cause was found.
    pub fn is_explained(&self) -> bool {
        self.causes.iter().all(|cause| cause.code != &codes::UNEXPLAINED)
    }

    /// The string that has to be signed.
    pub fn expected(&self) -> String {
        self.segments.iter().map(|segment| segment.expected.as_str()).collect()
    }

    /// The string that was signed.
    pub fn signed(&self) -> String {
        self.segments.iter().map(|segment| segment.signed.as_str()).collect()
    }

    fn of(causes: Vec<Finding>) -> Self {
        Explanation {
            causes,
            segments: Vec::new(),
            signed_with: None,
            tried: 0,
            stopped_short: false,
            ruled_out: Vec::new(),
        }
    }
}

/// What stands in the place of a time that the message does not give.
const NO_TIME: &str = "<seconds>";

/// Finds out why a signature does not verify.
///
/// `None` where there is nothing to find out: without a signature that can be read, without a key, for a signature that
/// verifies, and for one that no string would make good.
pub fn explain(evidence: &Evidence<'_>, budget: &Budget) -> Option<Explanation> {
    let fields = &evidence.message.fields;
    let other = OtherScheme::read(evidence.headers);
    match fields.signature {
        Field::Once(value) => {
            if let Some(named) = std::str::from_utf8(value).ok().and_then(scheme::of_value) {
                return Some(Explanation::of(vec![named]));
            }
            let signed_at = fields.signed_at.text()?;
            let (signature, causes) = signature::read(value)?;
            let case = Case { evidence, signature, signed_at, nonce: other.nonce, causes };
            case.solve(budget)
        }
        Field::Missing => match (other.signature, other.nonce, other.named) {
            (Some(value), Some(nonce), _) => Some(of_nonce(evidence, value, nonce, budget)),
            (_, _, Some(named)) => Some(Explanation::of(vec![named])),
            _ => None,
        },
        Field::Repeated(_) => None,
    }
}

/// A message of draft 0.4: its headers say so, and the search says what else is wrong.
fn of_nonce(evidence: &Evidence<'_>, value: &[u8], nonce: &str, budget: &Budget) -> Explanation {
    let said = format!(
        "{SIGNATURE} is missing, and X-Signature and X-Nonce are there: the nonce is signed in the place of {SIGNED_AT}"
    );
    let named = finding(&codes::SCHEME_NONCE, said);
    let Some((signature, causes)) = signature::read(value) else { return Explanation::of(vec![named]) };
    let case = Case { evidence, signature, signed_at: nonce, nonce: None, causes };
    let mut explanation = match case.search(budget) {
        Some(explanation) if explanation.is_explained() => explanation,
        _ => return Explanation::of(vec![named]),
    };
    explanation.causes.insert(0, named);
    for segment in explanation.segments.iter_mut().filter(|segment| segment.part == "time") {
        NO_TIME.clone_into(&mut segment.expected);
    }
    explanation
}

fn finding(code: &'static Code, said: impl Into<String>) -> Finding {
    Finding::new(code, said).with_hint(code.fix)
}

/// A signature that can be read, and what it should be over.
struct Case<'a> {
    evidence: &'a Evidence<'a>,
    signature: [u8; 64],
    signed_at: &'a str,
    nonce: Option<&'a str>,
    /// What is wrong about its encoding.
    causes: Vec<Finding>,
}

impl Case<'_> {
    fn solve(&self, budget: &Budget) -> Option<Explanation> {
        let mut explanation = self.search(budget)?;
        let signer = self.evidence.message.fields.signed_by.text().unwrap_or_default();
        let by_user = signer.contains("://") || signer.starts_with("instance ");
        // The WebSocket extension's messages may be signed so.
        if by_user && self.evidence.message.kind != Kind::Message && explanation.is_explained() {
            let said = format!("the signer is named as {signer:?}, as draft 0.5 has it");
            explanation.causes.push(finding(&codes::SCHEME_USER, said));
        }
        (!explanation.causes.is_empty()).then_some(explanation)
    }

    /// Without causes where the signature is good.
    fn search(&self, budget: &Budget) -> Option<Explanation> {
        let key = self.evidence.key?;
        let space = Space::new(&self.evidence.message, self.signed_at, self.nonce, self.evidence.hosts);
        let suspects = self.suspects(key);
        let keys: Vec<_> = suspects.iter().map(|suspect| suspect.key).collect();
        let mut search = Search::new(&space, budget);
        let hit = search.run(key, &keys, &self.signature);
        let (tried, stopped_short) = (search.tried, search.stopped);
        if tried == 0 {
            return None;
        }
        let mut explanation = Explanation { tried, ..Explanation::of(self.causes.clone()) };
        match hit {
            Some(hit) => {
                let suspect = hit.other_key.map(|place| &suspects[place]);
                explanation.signed_with = suspect.map(|suspect| suspect.key.fingerprint());
                explanation.causes.extend(suspect.map(|suspect| self.named(suspect)));
                explanation.segments = space.segments(&hit.pick);
                explanation.causes.extend(causes(&space, &hit));
            }
            None => {
                explanation.causes = vec![unexplained(tried, stopped_short, suspects.len())];
                explanation.stopped_short = stopped_short;
                explanation.ruled_out = space.sizes().collect();
            }
        }
        Some(explanation)
    }

    /// The other keys, and the one whose private half the published key may be.
    fn suspects(&self, key: &PublicKey) -> Vec<Suspect> {
        let mut suspects: Vec<Suspect> = Vec::new();
        for suspect in self.evidence.suspects {
            if suspect.key != *key && suspects.iter().all(|one| one.key != suspect.key) {
                suspects.push(suspect.clone());
            }
        }
        let twin = SecretKey::from_seed(key.as_bytes()).public();
        suspects.push(Suspect { key: twin, role: Role::Known, origin: String::new() });
        suspects
    }

    fn named(&self, suspect: &Suspect) -> Finding {
        let name = suspect.key.fingerprint();
        let Suspect { role, origin, .. } = suspect;
        match role {
            // Only the twin has no origin.
            Role::Known if origin.is_empty() => finding(
                &codes::KEY_PRIVATE_HALF,
                "the key that is published is the private half of the one that signed",
            ),
            Role::Known => finding(&codes::KEY_OTHER, format!("another key signed: {name}, from {origin}")),
            Role::Previous => finding(
                &codes::KEY_PREVIOUS,
                format!("the signer's previous key signed: {name}, from {origin}"),
            ),
            Role::User => finding(&codes::KEY_OF_USER, format!("a user's key signed: {name}, from {origin}")),
        }
    }
}

/// The causes of a hit, in the order of the parts.
fn causes(space: &Space<'_>, hit: &Hit) -> Vec<Finding> {
    let ways = hit.pick.iter().enumerate().filter_map(|(part, choice)| space.way(part, *choice));
    ways.flat_map(|way: &Hypothesis| {
        let also = way.also.map(|code| finding(code, code.title));
        std::iter::once(finding(way.code, &way.said)).chain(also)
    })
    .collect()
}

/// What is left when nothing explains a signature.
fn unexplained(tried: u64, stopped_short: bool, keys: usize) -> Finding {
    // The twin of the key is always among them.
    let keys = match keys - 1 {
        0 => String::new(),
        1 => " and one other key".to_owned(),
        more => format!(" and {more} other keys"),
    };
    let said = if stopped_short {
        format!(
            "nothing explains it so far: {tried} strings{keys} were tried, and the time was up before the rest. It may be \
             a rarer mix of mistakes, a body that was changed, or another key"
        )
    } else {
        format!(
            "no known mistake explains it: {tried} strings{keys} were tried. That leaves a body that was changed after it \
             was signed, or another key"
        )
    };
    finding(&codes::UNEXPLAINED, said)
}
