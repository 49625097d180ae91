//! What the instance knows: its own entities, those of others that came, and who follows whom. In memory, and pure: nothing
//! here answers anybody.

mod collections;
mod shelf;
mod ties;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(super) use self::collections::Page;
pub(super) use self::shelf::Shelf;
pub(super) use self::ties::{Ties, To};
use super::entity::Entity;
use super::reference::Reference;
use crate::server::control::{FollowAnswer, FollowDirection, UserOverview};

/// How many entities of others are kept, and how many bytes of them.
const MAX_RECEIVED: (usize, usize) = (10_000, 64 << 20);

/// What the instance knows.
#[derive(Debug)]
pub(super) struct Known {
    domain: String,
    /// Its own entities.
    pub(super) own: Shelf,
    /// Those of others.
    pub(super) received: Shelf,
    /// Who follows whom.
    pub(super) ties: Ties,
    /// Where its own entities went: whoever has one is told when it is deleted.
    pub(super) sent: HashMap<Reference, BTreeSet<String>>,
}

impl Known {
    /// What an instance of this domain knows in the beginning: these entities. A Follow and a Subscribe among them count as
    /// accepted.
    pub(super) fn new(domain: &str, entities: Vec<Entity>) -> Self {
        let mut known = Known {
            domain: domain.to_ascii_lowercase(),
            own: Shelf::new(usize::MAX, usize::MAX),
            received: Shelf::new(MAX_RECEIVED.0, MAX_RECEIVED.1),
            ties: Ties::default(),
            sent: HashMap::new(),
        };
        for entity in entities {
            match entity.kind.as_str() {
                "Follow" => known.tie(entity.author(), entity.link("followee"), To::User),
                SUBSCRIBE => known.tie(entity.link("subscriber"), entity.link("group"), To::Group),
                _ => drop(known.own.put(entity)),
            }
        }
        known
    }

    fn tie(&mut self, follower: Option<&Reference>, followee: Option<&Reference>, to: To) {
        let (Some(follower), Some(followee)) = (follower, followee) else { return };
        let direction = if self.is_own(followee) { FollowDirection::In } else { FollowDirection::Out };
        self.ties.ask(follower, followee, to, direction);
        if let Some(tie) = self.ties.find(follower, followee) {
            tie.state = FollowAnswer::Accepted;
        }
    }

    /// Whether something lives here, by its reference.
    pub(super) fn is_own(&self, reference: &Reference) -> bool {
        reference.domain == self.domain
    }

    /// The instance's own entity of a type and an id.
    pub(super) fn own(&self, kind: &str, id: &str) -> Option<Arc<Entity>> {
        self.own.get(&Reference::new(&self.domain, id), kind)
    }

    /// The users of the instance, in their order.
    pub(super) fn users(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.own.iter().filter(|entity| entity.kind == "User")
    }

    /// The user of this name, in any case, or of this id.
    pub(super) fn user(&self, name: &str) -> Option<Arc<Entity>> {
        let is = |text: &Option<String>| text.as_ref().is_some_and(|text| text.eq_ignore_ascii_case(name));
        self.users()
            .find(|user| is(&user.username))
            .or_else(|| self.users().find(|user| is(&user.id)))
            .cloned()
    }

    /// A user of another instance that was kept, by name or id.
    pub(super) fn received_user(&self, domain: &str, name: &str) -> Option<Reference> {
        let is = |text: &Option<String>| text.as_ref().is_some_and(|text| text.eq_ignore_ascii_case(name));
        let mut users = self.received.iter().filter(|it| it.kind == "User" && it.home == domain);
        users.find(|it| is(&it.username) || is(&it.id)).and_then(|it| it.reference())
    }

    /// The users, as they are shown.
    pub(super) fn user_overviews(&self) -> Vec<UserOverview> {
        let overview = |user: &Arc<Entity>| {
            let reference = user.reference()?;
            Some(UserOverview {
                name: user.username.clone().unwrap_or_default(),
                id: reference.id.clone(),
                followers: self.ties.followers(&reference).count(),
                following: self.ties.following(&reference).count(),
            })
        };
        self.users().filter_map(overview).collect()
    }

    /// The domains of others among those who follow somebody, or belong to a group.
    pub(super) fn domains_of_followers(&self, followee: &Reference) -> BTreeSet<String> {
        let others = self.ties.followers(followee).filter(|follower| !self.is_own(follower));
        others.map(|follower| follower.domain.clone()).collect()
    }

    /// Everything that is known, the instance's own first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.own.iter().chain(self.received.iter())
    }
}

/// The type of an entity that asks to belong to a group.
pub(super) const SUBSCRIBE: &str = "pub.versia:groups/Subscribe";
