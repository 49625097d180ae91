//! Keeping what was fetched: a file for each entity, DIR/DOMAIN/TYPE/ID.json, which `serve --data` finds by its content.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::show::items;
use crate::cli::Context;
use crate::cli::error::CliError;
use crate::discovery::{Answer, Exchanged};
use crate::protocol::versia::EntityPath;
use crate::signing::Verdict;

/// What stands for itself in the name of a file; a dot not at the beginning.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The longest name of a file that is written out, in bytes.
const LONGEST: usize = 120;

/// Writes entities into a folder.
pub(super) struct Saver<'a> {
    folder: &'a Path,
    /// What was written in this run: an entity of its own goes before one that stood in a collection.
    written: HashSet<PathBuf>,
}

/// What names a file.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
}

impl<'a> Saver<'a> {
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn new(folder: &'a Path) -> Result<Self, CliError> {
        fs::create_dir_all(folder)
            .map_err(|error| CliError::io(format!("cannot make the folder {}", folder.display()), &error))?;
        Ok(Saver { folder, written: HashSet::new() })
    }

    /// Keeps what an answer holds.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn keep(&mut self, exchanged: &Exchanged, answer: &Answer) -> Result<(), CliError> {
        let body = exchanged.record.response.as_ref().and_then(|response| response.body.as_text());
        let Some(text) = body else { return Ok(()) };
        let domain = self.folder.join(part(&domain_of(exchanged, answer)));
        let path = EntityPath::parse(exchanged.place.url.target());
        let of_collection = path.filter(|path| path.collection.is_some());
        let Some(path) = of_collection else { return self.keep_entity(&domain, text, true) };
        let items = items(text).unwrap_or_default();
        let entities: Vec<_> =
            items.iter().map(|item| RawValue::get(item)).filter(|item| item.starts_with('{')).collect();
        if !entities.is_empty() || items.is_empty() {
            return entities.into_iter().try_for_each(|text| self.keep_entity(&domain, text, false));
        }
        // References name no type, so that the page is kept as it is.
        let query = exchanged.place.url.target().split_once('?').map_or("", |(_, query)| query);
        let offset = query.split('&').find_map(|pair| pair.strip_prefix("offset=")).unwrap_or("0");
        let name = path.collection.as_deref().unwrap_or_default();
        let file = format!("{}.{}.{}.json", part(&path.id), part(name), part(offset));
        self.write(domain.join(part(path.documented_kind())).join(file), text)
    }

    /// Keeps an entity; one that has no id, and is no metadata, cannot be asked for, and is left out.
    fn keep_entity(&mut self, domain: &Path, text: &str, replaces: bool) -> Result<(), CliError> {
        let Ok(Named { kind: Some(kind), id }) = serde_json::from_str(text) else { return Ok(()) };
        let file = match id {
            Some(id) => domain.join(part(&kind)).join(format!("{}.json", part(&id))),
            None if kind == "InstanceMetadata" => domain.join("instance.json"),
            None => return Ok(()),
        };
        if !replaces && self.written.contains(&file) {
            return Ok(());
        }
        self.write(file, text)
    }

    fn write(&mut self, file: PathBuf, text: &str) -> Result<(), CliError> {
        let folder = file.parent().unwrap_or(self.folder);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| CliError::io(format!("cannot write {}", file.display()), &error))?;
        self.written.insert(file);
        Ok(())
    }

    /// Says what there is.
    pub(super) fn tell(self, context: &mut Context) {
        let count = self.written.len();
        let plural = if count == 1 { "" } else { "s" };
        context.ui.note(&format!("saved: {count} file{plural} in {}", self.folder.display()));
    }
}

/// Whose the answer is: the domain that was asked, the one that a valid signature proves, or the host itself.
fn domain_of(exchanged: &Exchanged, answer: &Answer) -> String {
    let verification = &answer.checked.verification;
    let proven = verification.signed_by.clone().filter(|_| verification.verdict == Verdict::Valid);
    let host = || exchanged.place.url.origin().host.clone();
    exchanged.place.domain.clone().or(proven).unwrap_or_else(host).to_ascii_lowercase()
}

/// A text of a peer's as the name of a file: nothing in it leads elsewhere, and no name is hidden or too long.
fn part(text: &str) -> String {
    let mut name = utf8_percent_encode(text, PLAIN).to_string();
    if name.starts_with('.') {
        name.replace_range(..1, "%2E");
    }
    if name.len() > LONGEST {
        let digest: String = Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        name.truncate(LONGEST);
        name = format!("{name}-{digest}");
    }
    if name.is_empty() { "%".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for (text, name) in [
            ("Note", "Note"),
            ("b.example", "b.example"),
            ("pub.versia:likes/Like", "pub.versia%3Alikes%2FLike"),
            ("..", "%2E."),
            ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
            (".hidden", "%2Ehidden"),
            ("a\\b\0", "a%5Cb%00"),
            ("", "%"),
        ] {
            assert_eq!(part(text), name);
        }
        let long = part(&"a".repeat(5_000));
        assert!(long.len() < 150 && long != part(&"a".repeat(5_001)));
    }
}
