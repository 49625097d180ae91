//! The paths of entities and collections, and the other ways in which implementations write them. See
//! <https://versia.pub/api/endpoints>.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::signing::signed_path;

/// What stands for itself in a part of a path; the rest is percent-encoded.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What every path of an entity begins with.
const ENTITIES: &str = "/.versia/v0.6/entities/";

/// Types that the documents and Versia Server 0.9 name differently in paths.
const NAMES: [(&str, &str); 3] = [
    ("User", "pub.versia:users/User"),
    ("Note", "pub.versia:notes/Note"),
    ("pub.versia:share/Share", "pub.versia:shares/Share"),
];

/// A text as one part of a path.
fn encoded(part: &str) -> String {
    utf8_percent_encode(part, PLAIN).to_string()
}

/// What a path of an entity names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntityPath {
    /// The type of the entity.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The name of the collection of it, where that is meant.
    pub collection: Option<String>,
}

impl EntityPath {
    /// The path of an entity.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        EntityPath { kind: kind.into(), id: id.into(), collection: None }
    }

    /// The path of one of its collections.
    #[must_use]
    pub fn with_collection(mut self, name: Option<&str>) -> Self {
        self.collection = name.map(str::to_owned);
        self
    }

    /// Reads a request's target; `None` when it is not the path of an entity. A type whose slash is not encoded is
    /// understood.
    pub fn parse(target: &str) -> Option<Self> {
        let rest = signed_path(target).strip_prefix(ENTITIES)?;
        let (of_entity, collection) = match rest.split_once("/collections/") {
            Some((entity, name)) => (entity, Some(decoded(name)?)),
            None => (rest, None),
        };
        let (kind, id) = of_entity.rsplit_once('/')?;
        let (kind, id) = (decoded(kind)?, decoded(id)?);
        let is_whole = !kind.is_empty() && !id.is_empty() && collection.as_deref() != Some("");
        is_whole.then_some(EntityPath { kind, id, collection })
    }

    /// The target of a request for it, with each part percent-encoded.
    pub fn target(&self) -> String {
        self.written(&encoded(&self.kind))
    }

    fn written(&self, kind: &str) -> String {
        let collection = self.collection.as_deref().map(|name| format!("/collections/{}", encoded(name)));
        format!("{ENTITIES}{kind}/{}{}", encoded(&self.id), collection.unwrap_or_default())
    }

    /// The name of the type in the documents, where the path has that of an implementation.
    pub fn documented_kind(&self) -> &str {
        NAMES.iter().find(|(_, other)| *other == self.kind).map_or(&self.kind, |(documented, _)| documented)
    }

    /// The other targets at which implementations have the same entity, without `written`: by another name of the type,
    /// with a type that is not encoded, and with one that is encoded twice.
    pub fn spellings(&self, written: &str) -> Vec<String> {
        let other = NAMES.iter().find_map(|(documented, other)| match self.kind.as_str() {
            kind if kind == *documented => Some(*other),
            kind if kind == *other => Some(*documented),
            _ => None,
        });
        let mut targets = Vec::new();
        for kind in [Some(self.kind.as_str()), other].into_iter().flatten() {
            let once = encoded(kind);
            targets.push(self.written(&once));
            if kind.contains(['/', ':']) {
                targets.push(self.written(kind));
                targets.push(self.written(&once.replace('%', "%25")));
            }
        }
        targets.retain(|target| target != signed_path(written));
        targets
    }
}

fn decoded(part: &str) -> Option<String> {
    percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_and_read_back() {
        for (kind, id, collection, target) in [
            ("Note", "1", None, "/.versia/v0.6/entities/Note/1"),
            ("Note", "a b", None, "/.versia/v0.6/entities/Note/a%20b"),
            ("pub.versia:groups/Group", "g", None, "/.versia/v0.6/entities/pub.versia%3Agroups%2FGroup/g"),
            ("User", "1", Some("followers"), "/.versia/v0.6/entities/User/1/collections/followers"),
            (
                "Note",
                "1",
                Some("pub.versia:likes/Likes"),
                "/.versia/v0.6/entities/Note/1/collections/pub.versia%3Alikes%2FLikes",
            ),
        ] {
            let path = EntityPath::new(kind, id).with_collection(collection);
            assert_eq!(path.target(), target);
            assert_eq!(EntityPath::parse(&format!("{target}?limit=1")), Some(path));
        }
        let plain = EntityPath::parse("/.versia/v0.6/entities/pub.versia:groups/Group/g");
        assert_eq!(plain, Some(EntityPath::new("pub.versia:groups/Group", "g")));
    }

    #[test]
    fn what_is_no_path_of_an_entity_is_none() {
        for target in [
            "/",
            "/.versia/v0.6/instance",
            "/.versia/v0.6/entities/Note",
            "/.versia/v0.6/entities/Note/",
            "/.versia/v0.6/entities//1",
            "/.versia/v0.6/entities/Note/%ff",
            "/.versia/v0.6/entities/Note/1/collections/",
        ] {
            assert_eq!(EntityPath::parse(target), None, "{target}");
        }
    }

    #[test]
    fn the_other_spellings_leave_out_the_one_that_was_asked_for() {
        let user = EntityPath::new("User", "1");
        assert_eq!(
            user.spellings("/.versia/v0.6/entities/User/1?x"),
            [
                "/.versia/v0.6/entities/pub.versia%3Ausers%2FUser/1",
                "/.versia/v0.6/entities/pub.versia:users/User/1",
                "/.versia/v0.6/entities/pub.versia%253Ausers%252FUser/1"
            ]
        );
        let server = EntityPath::new("pub.versia:users/User", "1");
        assert_eq!(server.documented_kind(), "User");
        assert_eq!(server.spellings(&server.target()).last().unwrap(), "/.versia/v0.6/entities/User/1");
        let like = EntityPath::new("pub.versia:likes/Like", "1");
        assert_eq!(like.spellings(&like.target()).len(), 2);
        assert_eq!(EntityPath::new("Custom", "1").spellings("/.versia/v0.6/entities/Custom/1").len(), 0);
    }
}
