//! An entity as the instance keeps it: its bytes as they are, and by what it concerns others.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::reference::{LONGEST, Reference};

/// The fields with one reference by which an entity concerns another.
const FIELDS: [&str; 14] = [
    "author",
    "replies_to",
    "quotes",
    "liked",
    "disliked",
    "shared",
    "object",
    "poll",
    "followee",
    "follower",
    "subscriber",
    "note",
    "deleted",
    "group",
];

/// The fields with several references.
const LISTS: [&str; 2] = ["mentions", "reported"];

/// An entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// The type.
    pub kind: String,
    /// The id; none on what is transient, and none that is too long for a reference.
    pub id: Option<String>,
    /// Where it lives: the domain of its author's instance.
    pub home: String,
    /// When it says it was made; an entity that does not say it is from long ago.
    pub created_at: Timestamp,
    /// A user's name.
    pub username: Option<String>,
    /// Whether a group is open.
    pub open: bool,
    /// A note's audience, as written: `public`, `followers` or a reference to a group; none for those it mentions.
    pub audience: Option<String>,
    /// The bytes, as they are served and delivered.
    pub body: Bytes,
    links: Vec<(&'static str, Reference)>,
}

impl Entity {
    /// Reads an entity that somebody at `home` wrote.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn read(body: &[u8], home: &str) -> Result<Self, String> {
        let value: Value =
            serde_json::from_slice(body).map_err(|error| format!("this is no JSON: {error}"))?;
        Entity::of(&value, Bytes::copy_from_slice(body), home)
    }

    /// The same of a value that was read before, with its text.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn of(value: &Value, body: Bytes, home: &str) -> Result<Self, String> {
        if !value.is_object() {
            return Err("this is no JSON object".to_owned());
        }
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let kind = text("type").ok_or("the entity has no type")?.to_owned();
        let audience = text("group").filter(|_| kind == "Note").map(str::to_owned);
        let mut links = Vec::new();
        for name in FIELDS {
            let is_audience = name == "group" && matches!(text(name), Some("public" | "followers"));
            let link = text(name).filter(|_| !is_audience).and_then(|text| Reference::read(text, home));
            links.extend(link.map(|link| (name, link)));
        }
        for name in LISTS {
            let items = value.get(name).and_then(Value::as_array).into_iter().flatten();
            let found = items.filter_map(|item| Reference::read(item.as_str()?, home));
            links.extend(found.map(|link| (name, link)));
        }
        Ok(Entity {
            id: text("id").filter(|id| id.len() <= LONGEST).map(str::to_owned),
            home: home.to_ascii_lowercase(),
            created_at: text("created_at").and_then(|at| at.parse().ok()).unwrap_or(Timestamp::MIN),
            username: text("username").map(str::to_owned),
            open: value.get("open").and_then(Value::as_bool).unwrap_or(false),
            audience,
            body,
            links,
            kind,
        })
    }

    /// About how much memory it takes, in bytes: short references take far more than their text.
    pub fn weight(&self) -> usize {
        let of_link = |(_, link): &(&str, Reference)| {
            size_of::<(&str, Reference)>() + link.domain.len() + link.id.len()
        };
        self.body.len() + self.links.iter().map(of_link).sum::<usize>()
    }

    /// What a field refers to.
    pub fn link(&self, field: &str) -> Option<&Reference> {
        self.links.iter().find(|(name, _)| *name == field).map(|(_, link)| link)
    }

    /// All that a field refers to.
    pub fn links<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Reference> {
        self.links.iter().filter(move |(name, _)| *name == field).map(|(_, link)| link)
    }

    /// All that it refers to, with the fields.
    pub fn all_links(&self) -> impl Iterator<Item = (&'static str, &Reference)> {
        self.links.iter().map(|(name, link)| (*name, link))
    }

    /// What others call it, where it has an id.
    pub fn reference(&self) -> Option<Reference> {
        self.id.as_ref().map(|id| Reference::new(&self.home, id))
    }

    /// Who wrote it.
    pub fn author(&self) -> Option<&Reference> {
        self.link("author")
    }
}

/// A type by the name that the documents have for it: Versia Server names two of them in full.
pub fn documented_type(kind: &str) -> &str {
    match kind {
        "pub.versia:users/User" => "User",
        "pub.versia:notes/Note" => "Note",
        other => other,
    }
}
