//! A small instance to begin with: people who know each other, what they wrote, and a group. The same for the same domain, so
//! that its parts can be named.

use serde_json::{Value, json};

use super::documents::User;
use super::entity::Entity;
use super::written::write;
use crate::entity::{Composed, EntityType, compose, text_forms};

/// The users: name, name to show, and what they say of themselves.
const USERS: [(&str, &str, &str); 4] = [
    ("alice", "Alice Archer", "Grows tomatoes on a balcony, and writes about it."),
    ("bob", "Bob", "Repairs bicycles. Mostly here for the recipes."),
    ("carol", "Carol Chen", "Night shifts, strong tea, long walks."),
    ("dave", "Dave", "New here."),
];

/// Who follows whom.
const FOLLOWS: [(&str, &str); 6] = [
    ("bob", "alice"),
    ("carol", "alice"),
    ("dave", "alice"),
    ("alice", "bob"),
    ("alice", "carol"),
    ("carol", "bob"),
];

/// Who belongs to the group.
const MEMBERS: [&str; 3] = ["alice", "bob", "carol"];

/// The name of the group.
const GROUP: &str = "garden";

/// A note: its name, its author, the minute in which it was written, its audience, its text, and whom it mentions.
type Note = (&'static str, &'static str, u32, Audience, &'static str, &'static [&'static str]);

/// Whom a note is for.
#[derive(Clone, Copy)]
enum Audience {
    Public,
    Followers,
    Group,
    Mentioned,
}

const NOTES: [Note; 7] = [
    (
        "hello",
        "alice",
        0,
        Audience::Public,
        "Hello! This is what an instance looks like when somebody lives in it.",
        &[],
    ),
    (
        "welcome",
        "bob",
        4,
        Audience::Public,
        "@alice Welcome! The garden group is where the good advice is.",
        &["alice"],
    ),
    ("thanks", "alice", 9, Audience::Public, "@bob Thank you, I have just asked to join.", &["bob"]),
    (
        "tomatoes",
        "bob",
        31,
        Audience::Group,
        "Do tomatoes mind the wind?\nMine lean over like <tired> people & grow anyway.",
        &[],
    ),
    (
        "night",
        "carol",
        47,
        Audience::Followers,
        "Four in the morning, and the kettle is the loudest thing in town. 🌙",
        &[],
    ),
    ("secret", "carol", 58, Audience::Mentioned, "@dave Here is the recipe that you asked for.", &["dave"]),
    ("quote", "carol", 73, Audience::Public, "The best first note that I have read this week.", &[]),
];

/// The id of a part of the seed at a domain: a user by its name, such as `alice`; the group `garden`; a note, such as `hello`,
/// `welcome` or `tomatoes`; and `like-hello`, `like-tomatoes`, `reaction-hello`, `reaction-tomatoes`, `share-hello`.
pub fn seed_id(name: &str, domain: &str) -> String {
    User::new(name, domain).id
}

/// The entities, with a Follow and a Subscribe for each who follows or belongs to the group. `manual` says whether the users
/// approve their followers by hand.
pub(super) fn seed(domain: &str, manual: bool) -> Vec<Entity> {
    let seed = Seed { domain };
    let mut entities = Vec::new();
    for (index, (name, shown, bio)) in (0_u32..).zip(USERS) {
        let field = json!({ "key": text_forms("Instance"), "value": text_forms(domain) });
        let values = [
            ("username", json!(name)),
            ("display_name", json!(shown)),
            ("bio", text_forms(bio)),
            ("fields", json!([field])),
            ("indexable", json!(true)),
            ("manually_approves_followers", json!(manual)),
        ];
        entities.extend(seed.entity("User", name, index, &values));
    }
    let about = text_forms("Balconies, allotments and window sills. Everybody is welcome.");
    let group = [("name", text_forms("The garden")), ("description", about), ("open", json!(true))];
    entities.extend(seed.entity("pub.versia:groups/Group", GROUP, 5, &group));
    entities.extend(NOTES.iter().filter_map(|note| seed.note(note)));
    entities.extend(seed.interactions());
    let follows = FOLLOWS.iter().map(|(follower, followee)| {
        ("Follow", [("author", json!(seed.id(follower))), ("followee", json!(seed.id(followee)))])
    });
    let members = MEMBERS.iter().map(|member| {
        let values = [("subscriber", json!(seed.id(member))), ("group", json!(seed.id(GROUP)))];
        (super::known::SUBSCRIBE, values)
    });
    for (kind, values) in follows.chain(members) {
        entities.extend(seed.entity(kind, "", 90, &values));
    }
    entities
}

struct Seed<'a> {
    domain: &'a str,
}

impl Seed<'_> {
    fn id(&self, name: &str) -> String {
        seed_id(name, self.domain)
    }

    /// An entity of a type and a name, made so many minutes after the beginning.
    fn entity(&self, kind: &str, name: &str, minute: u32, values: &[(&str, Value)]) -> Option<Entity> {
        let with = Composed {
            id: self.id(name),
            created_at: format!("2026-03-01T{:02}:{:02}:00.000Z", 8 + minute / 60, minute % 60),
            random_id: self.id("nobody"),
            content: None,
            values: values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        };
        let fields = compose(EntityType::named(kind)?, &with).ok()?;
        Entity::read(write(&fields).as_bytes(), self.domain).ok()
    }

    fn note(&self, (name, author, minute, audience, text, mentions): &Note) -> Option<Entity> {
        let mentions: Vec<_> = mentions.iter().map(|name| self.id(name)).collect();
        let group = match audience {
            Audience::Public => json!("public"),
            Audience::Followers => json!("followers"),
            Audience::Group => json!(self.id(GROUP)),
            Audience::Mentioned => Value::Null,
        };
        let mut values = vec![
            ("author", json!(self.id(author))),
            ("category", json!("microblog")),
            ("content", text_forms(text)),
            ("group", group),
            ("mentions", json!(mentions)),
        ];
        match *name {
            "welcome" => values.push(("replies_to", json!(self.id("hello")))),
            "thanks" => values.push(("replies_to", json!(self.id("welcome")))),
            "quote" => values.push(("quotes", json!(self.id("hello")))),
            _ => {}
        }
        self.entity("Note", name, 60 + minute, &values)
    }

    fn interactions(&self) -> Vec<Entity> {
        let made =
            |kind: &str, name: &str, author: &str, field: &str, note: &str, minute, content: Option<&str>| {
                let mut values = vec![("author", json!(self.id(author))), (field, json!(self.id(note)))];
                values.extend(content.map(|content| ("content", json!(content))));
                self.entity(kind, name, minute, &values)
            };
        let (like, reaction) = ("pub.versia:likes/Like", "pub.versia:reactions/Reaction");
        [
            made(like, "like-hello", "dave", "liked", "hello", 70, None),
            made(like, "like-tomatoes", "alice", "liked", "tomatoes", 95, None),
            made(reaction, "reaction-hello", "bob", "object", "hello", 66, Some("🎉")),
            made(reaction, "reaction-tomatoes", "carol", "object", "tomatoes", 99, Some("🍅")),
            made("pub.versia:share/Share", "share-hello", "carol", "shared", "hello", 71, None),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{Profile, check};

    #[test]
    fn what_is_made_has_nothing_wrong_with_it_and_is_the_same_each_time() {
        let entities = seed("a.example", false);
        for entity in &entities {
            let report = check(&entity.body, Profile::Spec, None);
            assert_eq!(report.violations, Vec::new(), "{}", String::from_utf8_lossy(&entity.body));
        }
        let count = |kind: &str| entities.iter().filter(|entity| entity.kind == kind).count();
        let counts =
            ["User", "Note", "pub.versia:groups/Group", "pub.versia:likes/Like", "Follow"].map(count);
        assert_eq!(counts, [4, 7, 1, 2, 6]);
        assert_eq!(entities, seed("a.example", false));
        assert_ne!(seed_id("alice", "a.example"), seed_id("alice", "b.example"));
    }
}
