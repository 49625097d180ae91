//! What was found out about very many signatures: valid ones without taking a detour, and how often each code was found.

use std::collections::BTreeMap;
use std::io::Write;

use super::verification::verdict_word;
use crate::cli::ui::{Painter, to_json};
use crate::protocol::versia::{KnownKey, Sighting};
use crate::signing::{PublicKey, Verdict};

/// A signer's key, with what is told of it.
pub struct ToldKey {
    /// The key.
    pub key: PublicKey,
    /// Its fingerprint.
    fingerprint: String,
    /// Where it came from, as JSON.
    origin: String,
}

impl From<KnownKey> for ToldKey {
    fn from(known: KnownKey) -> Self {
        ToldKey { key: known.key, fingerprint: known.key.fingerprint(), origin: to_json(&known.origin) }
    }
}

/// Writes what `verification::render` writes of a valid message without findings, on one line.
pub struct ValidLines {
    json: bool,
    word: String,
}

impl ValidLines {
    /// Lines of JSON, or for people.
    pub fn new(json: bool, paint: Painter) -> Self {
        ValidLines { json, word: verdict_word(Verdict::Valid, paint) }
    }

    /// Appends the text on the message of a line; `string` is the signed string.
    pub fn write(&self, line: u64, seen: &Sighting<'_>, string: &str, key: &ToldKey, output: &mut Vec<u8>) {
        // Writing to a vector does not fail.
        let _ = if self.json { json(line, seen, string, key, output) } else { self.text(line, seen, output) };
    }

    fn text(&self, line: u64, seen: &Sighting<'_>, output: &mut Vec<u8>) -> std::io::Result<()> {
        let (word, kind) = (&self.word, seen.kind.as_str());
        writeln!(output, "line {line}: {word}  {kind} {} {}  by {}", seen.method, seen.target, seen.signed_by)
    }
}

/// Every text of a sighting is the same in JSON as it is.
fn json(
    line: u64,
    seen: &Sighting<'_>,
    string: &str,
    key: &ToldKey,
    output: &mut Vec<u8>,
) -> std::io::Result<()> {
    let Sighting { method, target, signed_by, signed_at, seconds, .. } = seen;
    let (kind, fingerprint, origin) = (seen.kind.as_str(), &key.fingerprint, &key.origin);
    write!(output, r#"{{"place":"line {line}","kind":"{kind}","method":"{method}","target":"{target}","#)?;
    write!(output, r#""verdict":{{"signature":"valid","codes":[],"signed_by":"{signed_by}","#)?;
    write!(
        output,
        r#""key":"{fingerprint}"}},"matches":true,"signed_at":{seconds},"signed_string":"{string}","#
    )?;
    // The parts are told apart from the ends: a path may have spaces in it.
    let (signed_method, rest) = string.split_at(method.len());
    let (rest, digest) = rest.rsplit_once(' ').unwrap_or((rest, ""));
    let path = &rest[1..rest.len() - signed_at.len() - 1];
    write!(output, r#""parts":{{"method":"{signed_method}","path":"{path}","signed_at":"{signed_at}","#)?;
    writeln!(output, r#""digest":"{digest}"}},"key_from":{origin},"findings":[]}}"#)
}

/// How often each code was found, on one line; `None` when none was.
pub fn code_counts(counts: &BTreeMap<&'static str, u64>) -> Option<String> {
    let counts: Vec<_> = counts.iter().map(|(code, count)| format!("{count} {code}")).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}
