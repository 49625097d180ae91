//! Collections of entities and of references, page by page. See <https://versia.pub/structures/collection> and
//! <https://versia.pub/api/endpoints>.
//!
//! The newest is first, which the documents leave open.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::super::entity::Entity;
use super::super::reference::Reference;
use super::Known;

/// The most items of a page, and how many it has unless told otherwise.
const MAX_LIMIT: u64 = 40;

/// Which part of a collection is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server::versia) struct Page {
    /// How many items are passed over.
    offset: u64,
    /// How many there are at most.
    limit: u64,
}

/// Why a query asks for no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::versia) enum PageError {
    /// A value is none that it may have.
    Value(&'static str, String),
    /// A name stands there twice.
    Twice(&'static str),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageError::Value("limit", value) => {
                write!(f, "limit={value} is not a number from 1 to {MAX_LIMIT}")
            }
            PageError::Value(name, value) => write!(f, "{name}={value} is not a number from 0"),
            PageError::Twice(name) => write!(f, "{name} stands twice in the query"),
        }
    }
}

impl Page {
    /// Reads the query of a request.
    pub(in crate::server::versia) fn read(query: Option<&str>) -> Result<Page, PageError> {
        let number = |name: &'static str| {
            let pairs =
                query.unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
            let Some(value) = values.next() else { return Ok(None) };
            if values.next().is_some() {
                return Err(PageError::Twice(name));
            }
            let text = percent_decode_str(value).decode_utf8_lossy();
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse::<u64>().ok().filter(|_| is_plain);
            number.map(Some).ok_or_else(|| PageError::Value(name, text.into_owned()))
        };
        let offset = number("offset")?.unwrap_or(0);
        match number("limit")?.unwrap_or(MAX_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(Page { offset, limit }),
            limit => Err(PageError::Value("limit", limit.to_string())),
        }
    }

    fn of<'a, T>(&self, items: &'a [T]) -> &'a [T] {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX).min(items.len());
        let end = start.saturating_add(usize::try_from(self.limit).unwrap_or(usize::MAX)).min(items.len());
        &items[start..end]
    }
}

/// All of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::versia) enum Listing {
    /// A Collection.
    Entities(Vec<Arc<Entity>>),
    /// A URICollection.
    References(Vec<Reference>),
}

impl Listing {
    /// A page of it, as JSON. Entities stand in it byte for byte.
    pub(in crate::server::versia) fn write(&self, owner: &Entity, page: Page, home: &str) -> String {
        let author = match owner.kind.as_str() {
            "User" => owner.id.clone().map(Value::String),
            _ => owner.author().map(|author| author.written_at(home).into()),
        };
        let (total, items): (usize, Vec<String>) = match self {
            Listing::Entities(all) => {
                let text = |entity: &Arc<Entity>| String::from_utf8_lossy(&entity.body).into_owned();
                (all.len(), page.of(all).iter().map(text).collect())
            }
            Listing::References(all) => {
                let text = |reference: &Reference| json!(reference.written_at(home)).to_string();
                (all.len(), page.of(all).iter().map(text).collect())
            }
        };
        format!("{{\"author\":{},\"total\":{total},\"items\":[{}]}}", json!(author), items.join(","))
    }
}

impl Known {
    /// A collection of one of the instance's own entities, as far as `asker`, an instance's domain, may see it; nothing where
    /// there is none of that name.
    pub(in crate::server::versia) fn collection(
        &self,
        owner: &Entity,
        name: &str,
        asker: Option<&str>,
    ) -> Option<Listing> {
        let own = owner.reference()?;
        let references = |items: Vec<Reference>| Some(Listing::References(items));
        match (owner.kind.as_str(), name) {
            ("User", "outbox") => Some(Listing::Entities(self.outbox(&own, asker))),
            // Nobody says here what a user wants to feature.
            ("User", "featured") => Some(Listing::Entities(Vec::new())),
            ("User", "followers") | ("pub.versia:groups/Group", "members") => {
                references(newest_first(self.ties.followers(&own).cloned()))
            }
            ("User", "following") => references(newest_first(self.ties.following(&own).cloned())),
            ("User", "pub.versia:likes/Likes") => {
                references(self.made_by(&own, "pub.versia:likes/Like", "liked"))
            }
            ("User", "pub.versia:likes/Dislikes") => {
                references(self.made_by(&own, "pub.versia:likes/Dislike", "disliked"))
            }
            ("Note", name) => {
                let (kind, field) = match name {
                    "replies" => ("Note", "replies_to"),
                    "quotes" => ("Note", "quotes"),
                    "pub.versia:likes/Likes" => ("pub.versia:likes/Like", "liked"),
                    "pub.versia:likes/Dislikes" => ("pub.versia:likes/Dislike", "disliked"),
                    "pub.versia:reactions/Reactions" => ("pub.versia:reactions/Reaction", "object"),
                    "pub.versia:share/Shares" => ("pub.versia:share/Share", "shared"),
                    _ => return None,
                };
                references(self.about(&own, kind, field))
            }
            ("pub.versia:groups/Group", "notes") => references(self.about(&own, "Note", "group")),
            _ => None,
        }
    }

    /// The notes of a user that an instance may see: the documents want the others filtered out.
    fn outbox(&self, author: &Reference, asker: Option<&str>) -> Vec<Arc<Entity>> {
        let is_theirs = |entity: &&Arc<Entity>| entity.kind == "Note" && entity.author() == Some(author);
        let mut notes: Vec<_> = self
            .own
            .iter()
            .filter(is_theirs)
            .filter(|note| self.may_see(note, author, asker))
            .cloned()
            .collect();
        notes.reverse();
        notes.sort_by_key(|note| Reverse(note.created_at));
        notes
    }

    fn may_see(&self, note: &Entity, author: &Reference, asker: Option<&str>) -> bool {
        let is_asker = |reference: &Reference| {
            self.is_own_domain(asker)
                || asker.is_some_and(|asker| reference.domain.eq_ignore_ascii_case(asker))
        };
        match (note.audience.as_deref(), note.link("group")) {
            (Some("public"), _) => true,
            (Some("followers"), _) => self.ties.followers(author).any(is_asker) || is_asker(author),
            (_, Some(group)) => {
                is_asker(group)
                    || self.ties.followers(group).any(is_asker)
                    || note.links("mentions").any(is_asker)
            }
            _ => is_asker(author) || note.links("mentions").any(is_asker),
        }
    }

    fn is_own_domain(&self, asker: Option<&str>) -> bool {
        asker.is_some_and(|asker| asker.eq_ignore_ascii_case(&self.domain))
    }

    /// What entities of a type by one author refer to.
    fn made_by(&self, author: &Reference, kind: &str, field: &str) -> Vec<Reference> {
        let of_author = self.own.iter().filter(|it| it.kind == kind && it.author() == Some(author));
        newest_first(of_author.filter_map(|entity| entity.link(field).cloned()))
    }

    /// The entities of a type that refer to something.
    fn about(&self, to: &Reference, kind: &str, field: &str) -> Vec<Reference> {
        let about = self.all().filter(|entity| entity.kind == kind && entity.link(field) == Some(to));
        let mut about: Vec<_> = about.collect();
        about.reverse();
        about.sort_by_key(|entity| Reverse(entity.created_at));
        about.into_iter().filter_map(|entity| entity.reference()).collect()
    }
}

fn newest_first<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.collect();
    items.reverse();
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_to_forty_items_from_an_offset() {
        for (query, page) in [
            (None, (0, 40)),
            (Some(""), (0, 40)),
            (Some("offset=3&limit=1"), (3, 1)),
            (Some("limit=40&other=x"), (0, 40)),
            (Some("offset=18446744073709551615"), (u64::MAX, 40)),
            (Some("limit=%31%30"), (0, 10)),
        ] {
            assert_eq!(Page::read(query), Ok(Page { offset: page.0, limit: page.1 }), "{query:?}");
        }
        for query in [
            "limit=0",
            "limit=41",
            "limit=-1",
            "limit=+1",
            "limit=",
            "limit",
            "limit=ten",
            "limit=1.5",
            "offset=-1",
            "offset=18446744073709551616",
            "offset=",
            "limit=1&limit=2",
            "offset=0&offset=0",
        ] {
            assert!(Page::read(Some(query)).is_err(), "{query}");
        }
    }

    #[test]
    fn a_page_ends_where_the_collection_does() {
        let items: Vec<u32> = (0..100).collect();
        let page = |offset, limit| Page { offset, limit }.of(&items).to_vec();
        assert_eq!(page(0, 2), [0, 1]);
        assert_eq!(page(99, 40), [99]);
        assert!(page(100, 1).is_empty() && page(u64::MAX, 40).is_empty());
    }

    fn known(entities: &[&str]) -> Known {
        let read = |text: &&str| Entity::read(text.as_bytes(), "a.example").unwrap();
        Known::new("a.example", entities.iter().map(read).collect())
    }

    #[test]
    fn an_outbox_shows_what_the_asking_instance_may_see() {
        let note = |id: &str, at: &str, rest: &str| {
            format!(
                r#"{{"type":"Note","id":"{id}","created_at":"2026-01-0{at}T00:00:00Z","author":"alice",{rest}}}"#
            )
        };
        let notes = [
            note("direct", "4", r#""mentions":["b.example:bob"]"#),
            note("public", "1", r#""group":"public""#),
            note("followers", "2", r#""group":"followers""#),
            note("group", "3", r#""group":"c.example:group""#),
        ];
        let mut texts: Vec<&str> = notes.iter().map(String::as_str).collect();
        texts.push(r#"{"type":"User","id":"alice","username":"alice"}"#);
        texts.push(r#"{"type":"Follow","author":"d.example:dora","followee":"alice"}"#);
        let known = known(&texts);
        let alice = known.user("ALICE").unwrap();
        for (asker, seen) in [
            (None, vec!["public"]),
            (Some("b.example"), vec!["direct", "public"]),
            (Some("c.example"), vec!["group", "public"]),
            (Some("D.example"), vec!["followers", "public"]),
            (Some("a.example"), vec!["direct", "group", "followers", "public"]),
        ] {
            let Some(Listing::Entities(notes)) = known.collection(&alice, "outbox", asker) else { panic!() };
            let ids: Vec<_> = notes.iter().filter_map(|note| note.id.as_deref()).collect();
            assert_eq!(ids, seen, "{asker:?}");
        }
        assert_eq!(known.collection(&alice, "friends", None), None);
    }

    #[test]
    fn a_page_is_written_with_references_as_its_own_instance_writes_them() {
        let known = known(&[
            r#"{"type":"Note","id":"1","author":"alice"}"#,
            r#"{"type":"Note","id":"2","author":"alice","replies_to":"a.example:1","created_at":"2026-01-01T00:00:00Z"}"#,
        ]);
        let note = known.own("Note", "1").unwrap();
        let replies = known.collection(&note, "replies", None).unwrap();
        let page = replies.write(&note, Page { offset: 0, limit: 1 }, "a.example");
        assert_eq!(page, r#"{"author":"alice","total":1,"items":["2"]}"#);
    }
}
