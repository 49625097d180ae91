//! Entities in the order in which they came, found by reference.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::entity::Entity;
use super::super::reference::Reference;

/// Entities, within limits; where there is no room for one more, the oldest are forgotten.
#[derive(Debug)]
pub(in crate::server::versia) struct Shelf {
    held: BTreeMap<u64, Arc<Entity>>,
    places: HashMap<Reference, Vec<u64>>,
    next: u64,
    bytes: usize,
    max_entities: usize,
    max_bytes: usize,
}

impl Shelf {
    /// An empty one, for so many entities, and so many bytes of them.
    pub(super) fn new(max_entities: usize, max_bytes: usize) -> Self {
        Shelf { held: BTreeMap::new(), places: HashMap::new(), next: 0, bytes: 0, max_entities, max_bytes }
    }

    /// How many there are.
    pub(in crate::server::versia) fn len(&self) -> usize {
        self.held.len()
    }

    /// Keeps an entity that has an id, in the place of one of the same type and reference. Says whether it is a new one.
    pub(in crate::server::versia) fn put(&mut self, entity: Entity) -> bool {
        let Some(reference) = entity.reference() else { return false };
        let places = self.places.entry(reference).or_default();
        let before =
            places.iter().copied().find(|at| self.held.get(at).is_some_and(|it| it.kind == entity.kind));
        let at = before.unwrap_or(self.next);
        if before.is_none() {
            places.push(at);
            self.next += 1;
        }
        self.bytes += entity.weight();
        if let Some(replaced) = self.held.insert(at, Arc::new(entity)) {
            self.bytes -= replaced.weight();
        }
        while self.held.len() > self.max_entities || (self.bytes > self.max_bytes && self.held.len() > 1) {
            let Some((&oldest, _)) = self.held.first_key_value() else { break };
            self.forget(oldest);
        }
        before.is_none()
    }

    /// The entity of this type and reference.
    pub(in crate::server::versia) fn get(&self, reference: &Reference, kind: &str) -> Option<Arc<Entity>> {
        self.of(reference).find(|entity| entity.kind == kind).cloned()
    }

    /// The entities of a reference, which says nothing about their types.
    pub(in crate::server::versia) fn of(&self, reference: &Reference) -> impl Iterator<Item = &Arc<Entity>> {
        self.places.get(reference).into_iter().flatten().filter_map(|at| self.held.get(at))
    }

    /// Takes the entities away that are meant, and gives how many there were.
    pub(in crate::server::versia) fn remove(&mut self, is_meant: impl Fn(&Entity) -> bool) -> usize {
        let meant: Vec<_> =
            self.held.iter().filter(|(_, entity)| is_meant(entity)).map(|(at, _)| *at).collect();
        meant.iter().for_each(|at| self.forget(*at));
        meant.len()
    }

    /// All of them, the oldest first.
    pub(in crate::server::versia) fn iter(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.held.values()
    }

    fn forget(&mut self, at: u64) {
        let Some(entity) = self.held.remove(&at) else { return };
        self.bytes -= entity.weight();
        let Some(reference) = entity.reference() else { return };
        if let Some(places) = self.places.get_mut(&reference) {
            places.retain(|place| *place != at);
            if places.is_empty() {
                self.places.remove(&reference);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(id: &str, text: &str) -> Entity {
        let body = format!(r#"{{"type":"Note","id":"{id}","subject":"{text}"}}"#);
        Entity::read(body.as_bytes(), "a.example").unwrap()
    }

    #[test]
    fn what_comes_again_takes_its_own_place_and_the_oldest_make_room() {
        let mut shelf = Shelf::new(2, usize::MAX);
        assert!(shelf.put(note("1", "first")));
        assert!(shelf.put(note("2", "second")));
        assert!(!shelf.put(note("1", "first, edited")));
        let reference = Reference::new("a.example", "1");
        assert!(shelf.get(&reference, "Note").unwrap().body.ends_with(b"edited\"}"));
        assert!(shelf.get(&reference, "User").is_none());
        assert!(shelf.put(note("3", "third")));
        assert_eq!(shelf.iter().map(|it| it.id.clone().unwrap()).collect::<Vec<_>>(), ["2", "3"]);
        assert_eq!(shelf.remove(|it| it.id.as_deref() == Some("2")), 1);
        assert_eq!((shelf.len(), shelf.places.len()), (1, 1));
    }

    #[test]
    fn a_body_full_of_short_references_weighs_what_they_take() {
        let mut shelf = Shelf::new(100, 100_000);
        for number in 0..10 {
            let mentions = vec!["\"x\""; 1_000].join(",");
            let body = format!(r#"{{"type":"Note","id":"{number}","mentions":[{mentions}]}}"#);
            shelf.put(Entity::read(body.as_bytes(), "a.example").unwrap());
        }
        assert_eq!(shelf.len(), 1, "{} bytes", shelf.bytes);
    }

    #[test]
    fn bytes_are_bounded_as_well() {
        let mut shelf = Shelf::new(100, 150);
        for number in 0..10 {
            shelf.put(note(&number.to_string(), "about fifty bytes"));
        }
        assert!(shelf.bytes <= 150 && shelf.len() == 2, "{} bytes of {}", shelf.bytes, shelf.len());
        shelf.remove(|_| true);
        assert_eq!((shelf.bytes, shelf.len()), (0, 0));
    }
}
