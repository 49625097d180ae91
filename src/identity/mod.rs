//! The store of identities: a key and a domain under a name, one file each, readable by their owner only.
//!
//! It is a folder: `identities/<name>.json` holds an identity, `default` the name of the one in use. Files are written
//! beside their place and moved there, so that a crash leaves the old one or the new one, never half of one.

mod file;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::signing::{SecretKey, Signer, read_key};

pub use file::{create_private_folder, others_can_read, write_private};

/// A key and a domain under a name.
#[derive(Debug, Clone)]
pub struct Identity {
    /// What it is called in the store.
    pub name: String,
    /// The domain it signs for.
    pub domain: String,
    /// The key it signs with.
    pub key: SecretKey,
}

impl Identity {
    /// What signs with this identity.
    pub fn signer(&self) -> Signer {
        Signer::new(self.key.clone(), self.domain.clone())
    }
}

/// How an identity is written.
#[derive(Serialize, Deserialize)]
struct Stored {
    domain: String,
    private_key: Zeroizing<String>,
}

/// Why the store did not do what it was asked.
#[derive(Debug)]
pub enum StoreError {
    /// The name is not one.
    BadName(String),
    /// There is no identity of that name; the ones that there are.
    Unknown(String, Vec<String>),
    /// There is one already.
    Exists(String),
    /// A file could not be read or written.
    Io(PathBuf, io::Error),
    /// A file is not an identity.
    Damaged(PathBuf, String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::BadName(name) => write!(f, "{name:?} cannot be the name of an identity"),
            StoreError::Unknown(name, _) => write!(f, "there is no identity named {name:?}"),
            StoreError::Exists(name) => write!(f, "there is an identity named {name:?} already"),
            StoreError::Io(path, _) => write!(f, "cannot use the identity store: {}", path.display()),
            StoreError::Damaged(path, why) => write!(f, "{} is not an identity: {why}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

impl StoreError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            StoreError::BadName(_) => Some(
                "a name has 1 to 64 letters, digits, `.`, `_` or `-`, and begins with a letter or digit"
                    .into(),
            ),
            StoreError::Unknown(_, known) if known.is_empty() => {
                Some("`versia-cli keygen --save NAME --domain DOMAIN` makes one".into())
            }
            StoreError::Unknown(_, known) => Some(format!("there are: {}", known.join(", "))),
            StoreError::Exists(_) => Some("choose another name, or --force to replace it".into()),
            StoreError::Io(..) => Some("VERSIA_CONFIG_DIR names the folder to keep identities in".into()),
            StoreError::Damaged(..) => Some("`versia-cli identity remove` removes it".into()),
        }
    }
}

/// A folder of identities.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in `folder`, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Store { folder: folder.into() }
    }

    /// The names of all identities, sorted.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn names(&self) -> Result<Vec<String>, StoreError> {
        let folder = self.identities();
        let entries = match folder.read_dir() {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::Io(folder, error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| StoreError::Io(folder.clone(), error))?;
            // Anything but a file, such as a pipe, could keep a reader waiting for ever.
            if !entry.path().is_file() {
                continue;
            }
            let name =
                entry.file_name().to_str().and_then(|file| file.strip_suffix(".json")).map(str::to_owned);
            names.extend(name.filter(|name| is_name(name)));
        }
        names.sort();
        Ok(names)
    }

    /// One identity.
    ///
    /// # Errors
    /// When there is none of that name, or its file cannot be read.
    pub fn load(&self, name: &str) -> Result<Identity, StoreError> {
        let path = self.path(name)?;
        let text = match std::fs::read(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Unknown(name.to_owned(), self.names()?));
            }
            Err(error) => return Err(StoreError::Io(path, error)),
        };
        let stored: Stored = match serde_json::from_slice(&text) {
            Ok(stored) => stored,
            Err(error) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                return Err(StoreError::Damaged(path, place));
            }
        };
        let found = match read_key(stored.private_key.as_bytes()) {
            Ok(found) => found,
            Err(error) => return Err(StoreError::Damaged(path, error.to_string())),
        };
        match found.into_secret() {
            Some(key) => Ok(Identity { name: name.to_owned(), domain: stored.domain, key }),
            None => Err(StoreError::Damaged(path, "its key is a public one".to_owned())),
        }
    }

    /// Writes an identity; the first one of all becomes the one in use.
    ///
    /// # Errors
    /// When the name is no name or taken (unless `replace`), or the file cannot be written.
    pub fn save(&self, identity: &Identity, replace: bool) -> Result<(), StoreError> {
        let path = self.path(&identity.name)?;
        let first = self.names()?.is_empty();
        let folder = self.identities();
        create_private_folder(&folder).map_err(|error| StoreError::Io(folder, error))?;
        let stored = Stored { domain: identity.domain.clone(), private_key: identity.key.to_pkcs8_base64() };
        let mut text = Zeroizing::new(serde_json::to_vec_pretty(&stored).unwrap_or_default());
        text.push(b'\n');
        match write_private(&path, &text, replace) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists(identity.name.clone()));
            }
            Err(error) => return Err(StoreError::Io(path, error)),
            Ok(()) => {}
        }
        if first { self.set_default(&identity.name) } else { Ok(()) }
    }

    /// Removes an identity; if it was the one in use, none is afterwards. A damaged one can be removed as well.
    ///
    /// # Errors
    /// When there is none of that name, or its file cannot be removed.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path(name)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Unknown(name.to_owned(), self.names()?));
            }
            Err(error) => return Err(StoreError::Io(path, error)),
            Ok(()) => {}
        }
        if self.default_name()?.as_deref() == Some(name) {
            let path = self.default_path();
            std::fs::remove_file(&path).map_err(|error| StoreError::Io(path, error))?;
        }
        Ok(())
    }

    /// The name of the identity in use.
    ///
    /// # Errors
    /// When the file that says so is there and cannot be read.
    pub fn default_name(&self) -> Result<Option<String>, StoreError> {
        let path = self.default_path();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|name| is_name(name))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::Io(path, error)),
        }
    }

    /// Makes an identity the one in use.
    ///
    /// # Errors
    /// When there is none of that name, or the file cannot be written.
    pub fn set_default(&self, name: &str) -> Result<(), StoreError> {
        self.load(name)?;
        let path = self.default_path();
        write_private(&path, format!("{name}\n").as_bytes(), true)
            .map_err(|error| StoreError::Io(path, error))
    }

    /// The file that an identity is in; `None` when the name is no name.
    pub fn file_of(&self, name: &str) -> Option<PathBuf> {
        self.path(name).ok()
    }

    /// The folder that the store is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn identities(&self) -> PathBuf {
        self.folder.join("identities")
    }

    fn default_path(&self) -> PathBuf {
        self.folder.join("default")
    }

    fn path(&self, name: &str) -> Result<PathBuf, StoreError> {
        if is_name(name) {
            Ok(self.identities().join(format!("{name}.json")))
        } else {
            Err(StoreError::BadName(name.to_owned()))
        }
    }
}

/// Whether a text can be a file's name on every platform and an argument in every shell.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(name: &str) -> Identity {
        Identity { name: name.into(), domain: format!("{name}.example"), key: SecretKey::from_seed(&[3; 32]) }
    }

    #[test]
    fn identities_are_kept_listed_used_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("new"));
        assert_eq!(store.names().unwrap(), Vec::<String>::new());
        assert_eq!(store.default_name().unwrap(), None);
        store.save(&identity("bob"), false).unwrap();
        store.save(&identity("alice"), false).unwrap();
        assert_eq!(store.names().unwrap(), ["alice", "bob"]);
        assert_eq!(store.default_name().unwrap().as_deref(), Some("bob"));
        store.set_default("alice").unwrap();
        assert_eq!(store.load("alice").unwrap().domain, "alice.example");
        store.remove("alice").unwrap();
        assert_eq!(store.default_name().unwrap(), None);
        assert!(matches!(store.load("alice"), Err(StoreError::Unknown(_, known)) if known == ["bob"]));
    }

    #[test]
    fn nothing_is_replaced_unless_asked_and_no_name_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.save(&identity("bob"), false).unwrap();
        assert!(matches!(store.save(&identity("bob"), false), Err(StoreError::Exists(_))));
        store.save(&identity("bob"), true).unwrap();
        for bad in ["", "../bob", "a/b", ".hidden", "-flag", "é", &"x".repeat(65)] {
            assert!(matches!(store.load(bad), Err(StoreError::BadName(_))), "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_identity_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("new"));
        store.save(&identity("bob"), false).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&store.path("bob").unwrap()), 0o600);
        assert_eq!(mode(store.folder()), 0o700);
    }

    #[test]
    fn a_damaged_file_is_named_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        store.save(&identity("bob"), false).unwrap();
        let path = store.path("bob").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("MC4C", "MC4D")).unwrap();
        let error = store.load("bob").unwrap_err();
        assert!(matches!(error, StoreError::Damaged(..)) && !error.to_string().contains("MC4"), "{error}");
    }
}
