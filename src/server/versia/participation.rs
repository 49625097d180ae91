//! What an instance has in the beginning, and what whoever runs it may ask of it.

use std::sync::Arc;

use serde_json::json;

use super::documents::{self, User};
use super::entity::Entity;
use super::known::To;
use super::{Document, Instance, InstanceConfig, seed};
use crate::server::control::{ControlError, FollowPolicy, FollowState, Overview, Posted};
use crate::server::courier::Courier;

/// What an instance has, and how it takes part.
#[derive(Debug, Clone, Default)]
pub struct Participation {
    /// Entities of its own.
    pub documents: Vec<Document>,
    /// Whether it has the people, notes and group of a small instance.
    pub seed: bool,
    /// How it answers a Follow.
    pub policy: FollowPolicy,
    /// Whether it sends instance messages about deliveries that it could not accept.
    pub messages: bool,
    /// How it reaches others; without one, it reaches nobody.
    pub courier: Option<Arc<dyn Courier>>,
}

/// The entities that an instance has in the beginning: those that were given, and the users that were named.
pub(super) fn beginning(config: &InstanceConfig, domain: &str, created_at: &str) -> Vec<Entity> {
    let Participation { documents, seed, policy, .. } = &config.participation;
    let manual = *policy == FollowPolicy::Manual;
    let mut entities: Vec<_> = documents.iter().map(|document| document.entity.clone()).collect();
    if *seed {
        entities.extend(seed::seed(domain, manual));
    }
    for name in &config.users {
        let is_named = |it: &Entity| it.username.as_ref().is_some_and(|one| one.eq_ignore_ascii_case(name));
        if !entities.iter().any(is_named) {
            let user = documents::user(&User::new(name, domain), created_at, manual);
            entities.extend(Entity::read(user.to_string().as_bytes(), domain).ok());
        }
    }
    entities
}

impl Instance {
    /// What the instance is.
    pub(in crate::server) fn overview(&self) -> Overview {
        let known = self.known();
        Overview {
            domain: self.domain().to_owned(),
            key: self.signer.key().public().fingerprint(),
            users: known.user_overviews(),
            policy: self.config.participation.policy,
            reaches_others: self.dispatch.is_some(),
            entities: known.own.len(),
            received: known.received.len(),
            waiting: self.dispatch.as_ref().map_or(0, |dispatch| dispatch.waiting()),
        }
    }

    /// Who follows whom.
    pub(in crate::server) fn follows(&self) -> Vec<FollowState> {
        self.known().ties.shown()
    }

    /// Has a user of this instance ask to follow somebody, or follow nobody of that name any more.
    pub(in crate::server) async fn follow(
        self: &Arc<Self>,
        who: &str,
        whom: &str,
        kind: &str,
    ) -> Result<Posted, ControlError> {
        let followee = self.find_user(whom, kind == "Follow").await?.written_at(self.domain());
        self.post(json!({ "type": kind, "author": who, "followee": followee }))
    }

    /// Answers a Follow, or a Subscribe, that came.
    pub(in crate::server) fn answer(
        self: &Arc<Self>,
        name: &str,
        accept: bool,
    ) -> Result<Posted, ControlError> {
        let tie = self.known().ties.named(name).cloned();
        let tie = tie.filter(|tie| self.known().is_own(&tie.followee));
        let tie = tie.ok_or_else(|| ControlError::NotFound(format!("Follow {name:?}")))?;
        let word = if accept { "Accept" } else { "Reject" };
        let (follower, followee) = (tie.follower.written_at(self.domain()), tie.followee.id);
        self.post(match tie.to {
            To::User => {
                json!({ "type": format!("Follow{word}"), "author": followee, "follower": follower })
            }
            To::Group => json!({
                "type": format!("pub.versia:groups/Subscribe{word}"),
                "subscriber": follower,
                "group": tie.followee.domain + ":" + &followee,
            }),
        })
    }

    /// Waits for what goes out at this moment, and tells of what does not any more.
    pub(in crate::server) async fn end(&self) {
        if let Some(dispatch) = &self.dispatch {
            dispatch.end().await;
        }
    }
}
