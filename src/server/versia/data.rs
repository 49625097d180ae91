//! Entities from a folder of JSON files, in any layout: what an entity is stands in it.
//!
//! A file holds one entity, an array of them, one on each line, or a page of a Collection. A Follow and a Subscribe say who
//! follows whom, and who belongs to which group; everything else has an id, by which it is served, byte for byte.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

use super::entity::{Entity, documented_type};
use super::known::SUBSCRIBE;

/// The endings of files that are read.
const ENDINGS: [&str; 3] = ["json", "ndjson", "jsonl"];

/// The largest file, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// How deep folders may lie in one another.
const MAX_DEPTH: usize = 16;

/// An entity, and the file that it is from.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file.
    pub file: PathBuf,
    /// The entity as it stands there.
    pub text: Bytes,
    /// Its type.
    pub kind: String,
    pub(super) entity: Entity,
}

/// What a folder holds.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// The entities, by the names of their files.
    pub documents: Vec<Document>,
    /// What was passed over, and why, for people.
    pub notes: Vec<String>,
}

/// Why a folder cannot be served.
#[derive(Debug)]
pub enum DataError {
    /// It, or something in it, cannot be read.
    Unreadable(PathBuf, io::Error),
    /// A file holds something else than entities.
    NotEntities(PathBuf, String),
    /// Two files say different things about one entity.
    Twice {
        /// What it is: its type and id, or the name of a user.
        what: String,
        /// The first file.
        first: PathBuf,
        /// The second.
        second: PathBuf,
    },
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataError::Unreadable(path, _) => write!(f, "cannot read {}", path.display()),
            DataError::NotEntities(path, why) => write!(f, "cannot serve {}: {why}", path.display()),
            DataError::Twice { what, first, second } => {
                write!(f, "{what} is in {} and in {}", first.display(), second.display())
            }
        }
    }
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DataError::Unreadable(_, error) => Some(error),
            _ => None,
        }
    }
}

impl DataError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            DataError::Unreadable(..) => "--data wants a folder of JSON files",
            DataError::NotEntities(..) => {
                "a file holds an entity, an array of them, one on each line, or a page of a Collection; `versia-cli validate` \
                 tells more"
            }
            DataError::Twice { .. } => "take one of them away, or give it another id or name",
        }
    }
}

/// Reads a folder, for an instance of this domain.
///
/// # Errors
/// Names the file that cannot be served.
pub fn read_folder(folder: &Path, domain: &str) -> Result<Contents, DataError> {
    let mut files = Vec::new();
    find(folder, &[], &mut files)?;
    files.sort();
    let mut contents = Contents::default();
    for file in files {
        read_file(&file, domain, &mut contents)?;
    }
    refuse_twins(&mut contents)?;
    Ok(contents)
}

/// Finds the files in a folder. `within` are the folders in which it lies: a link back to one of them is not followed again.
fn find(folder: &Path, within: &[PathBuf], files: &mut Vec<PathBuf>) -> Result<(), DataError> {
    let unreadable = |error| DataError::Unreadable(folder.to_owned(), error);
    let place = fs::canonicalize(folder).map_err(unreadable)?;
    if within.contains(&place) {
        return Ok(());
    }
    let within = [within, &[place]].concat();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            if within.len() <= MAX_DEPTH {
                find(&path, &within, files)?;
            }
        } else if ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
            files.push(path);
        }
    }
    Ok(())
}

fn read_file(file: &Path, domain: &str, contents: &mut Contents) -> Result<(), DataError> {
    let unreadable = |error| DataError::Unreadable(file.to_owned(), error);
    let refuse = |why: String| DataError::NotEntities(file.to_owned(), why);
    let metadata = fs::metadata(file).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(refuse("it is no file, but a pipe or a device".to_owned()));
    }
    let length = metadata.len();
    if length > MAX_FILE {
        return Err(refuse(format!("it has {length} bytes, and a file may have {MAX_FILE}")));
    }
    let bytes = fs::read(file).map_err(unreadable)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| refuse("it is not UTF-8".to_owned()))?.trim();
    for text in texts(text).map_err(&refuse)? {
        let value: Value = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if value.get("type").and_then(Value::as_str) == Some("InstanceMetadata") {
            let note = format!("{} is passed over: the metadata of this instance is its own", file.display());
            contents.notes.push(note);
            continue;
        }
        let text = Bytes::copy_from_slice(text.as_bytes());
        let mut entity = Entity::of(&value, text.clone(), domain).map_err(&refuse)?;
        entity.kind = documented_type(&entity.kind).to_owned();
        let kind = entity.kind.clone();
        if entity.id.is_none() && !matches!(kind.as_str(), "Follow" | SUBSCRIBE) {
            return Err(refuse(format!("a {kind} without an id cannot be asked for")));
        }
        contents.documents.push(Document { file: file.to_owned(), text, kind, entity });
    }
    Ok(())
}

/// The texts of the entities in a file.
fn texts(text: &str) -> Result<Vec<&str>, String> {
    let whole = match serde_json::from_str::<&RawValue>(text) {
        Ok(whole) => whole.get(),
        Err(error) => {
            let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let are_documents =
                lines.len() > 1 && lines.iter().all(|line| serde_json::from_str::<&RawValue>(line).is_ok());
            return if are_documents { Ok(lines) } else { Err(error.to_string()) };
        }
    };
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(whole) {
        return Ok(items.into_iter().map(RawValue::get).collect());
    }
    match serde_json::from_str::<HashMap<String, &RawValue>>(whole) {
        Ok(fields) if !fields.contains_key("type") && fields.contains_key("total") => {
            let items = fields.get("items").map_or("[]", |items| items.get());
            let items: Vec<&RawValue> = serde_json::from_str(items).map_err(|error| error.to_string())?;
            // References say nothing about what they lead to.
            Ok(items.into_iter().map(RawValue::get).filter(|item| item.starts_with('{')).collect())
        }
        _ => Ok(vec![whole]),
    }
}

/// Refuses two entities of one type and id, or two users of one name; the same entity twice is one.
fn refuse_twins(contents: &mut Contents) -> Result<(), DataError> {
    let mut seen: HashMap<(String, String), (PathBuf, Bytes)> = HashMap::new();
    let mut kept = Vec::new();
    for document in contents.documents.drain(..) {
        let name = document.entity.username.as_ref().filter(|_| document.kind == "User");
        let keys = [
            document.entity.id.as_ref().map(|id| (document.kind.clone(), id.clone())),
            name.map(|name| ("User by the name".to_owned(), name.to_ascii_lowercase())),
        ];
        let mut is_known = false;
        for key in keys.into_iter().flatten() {
            match seen.get(&key) {
                Some((_, text)) if *text == document.text => is_known = true,
                Some((first, _)) => {
                    let (what, first) = (format!("the {} {}", key.0, key.1), first.clone());
                    return Err(DataError::Twice { what, first, second: document.file });
                }
                None => drop(seen.insert(key, (document.file.clone(), document.text.clone()))),
            }
        }
        if !is_known {
            kept.push(document);
        }
    }
    contents.documents = kept;
    Ok(())
}
