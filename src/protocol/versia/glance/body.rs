//! A body that is hashed while it is read, and not kept.

use std::fmt;

use memchr::memmem;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use sha2::{Digest, Sha256};

use super::Text;

/// What is known of a body when it has been read.
pub(super) struct SeenBody {
    pub(super) digest: [u8; 32],
    pub(super) is_empty: bool,
    /// The instance of the author, where one is named.
    pub(super) author_at: Option<String>,
}

impl SeenBody {
    /// What is known of this text.
    pub(super) fn of(text: &str) -> Self {
        SeenBody {
            digest: Sha256::digest(text).into(),
            is_empty: text.is_empty(),
            author_at: author_at(text.as_bytes()),
        }
    }
}

impl<'de> Deserialize<'de> for SeenBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hasher;

        impl Visitor<'_> for Hasher {
            type Value = SeenBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<SeenBody, E> {
                Ok(SeenBody::of(text))
            }
        }

        deserializer.deserialize_str(Hasher)
    }
}

/// The instance that an entity's author lives on, where the author is named with one: `a.example:alice`.
fn author_at(entity: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Authored<'a> {
        #[serde(borrow)]
        author: Text<'a>,
    }
    // A key may be spelt with escapes.
    if memmem::find(entity, b"\"author\"").is_none() && memmem::find(entity, b"\\u").is_none() {
        return None;
    }
    let entity: Authored<'_> = serde_json::from_slice(entity).ok()?;
    let (instance, _) = entity.author.0.rsplit_once(':')?;
    Some(instance.to_owned())
}
