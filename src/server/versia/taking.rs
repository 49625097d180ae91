//! What comes of an entity that came: a follower, an answer, something to keep, or nothing.
//!
//! Only what is rightly signed, valid, and from the instance of whoever acts in it changes anything; the rest is told of and
//! let be.

use std::sync::Arc;

use super::Instance;
use super::entity::Entity;
use super::known::{Known, SUBSCRIBE, To};
use super::posting::replace_opposite;
use super::reference::Reference;
use crate::finding::{Code, Finding, Level, codes};
use crate::protocol::versia::Checked;
use crate::server::control::{FollowAnswer, FollowDirection, FollowPolicy};
use crate::server::event::Delivery;
use crate::signing::{Verdict, check_domain};

/// What came of an entity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// What changed here, in a sentence.
    pub(super) what: Option<String>,
    /// Why nothing changed.
    pub(super) finding: Option<Finding>,
}

impl Taken {
    fn done(what: impl Into<String>) -> Self {
        Taken { what: Some(what.into()), finding: None }
    }

    fn refused(code: &'static Code, why: impl Into<String>) -> Self {
        Taken { what: None, finding: Some(Finding::new(code, why)) }
    }

    /// The status that refuses it, where it is refused.
    pub(super) fn status(&self) -> Option<u16> {
        let is_refused = |finding: &&Finding| {
            finding.code == &codes::NOT_THEIRS || finding.code == &codes::AUTHOR_OF_ANOTHER_DOMAIN
        };
        self.finding.as_ref().filter(is_refused).map(|_| 403)
    }
}

impl Instance {
    /// Takes an entity that was delivered, as far as its sender is who may say so. Wants a runtime.
    pub(super) fn take(
        self: &Arc<Self>,
        checked: &[Checked],
        delivery: Option<&Delivery>,
        body: &[u8],
    ) -> Taken {
        let Some(verification) = checked.first().map(|one| &one.verification) else {
            return Taken::default();
        };
        let Some(signer) =
            verification.signed_by.as_deref().filter(|_| verification.verdict == Verdict::Valid)
        else {
            return Taken::default();
        };
        let is_wrong =
            delivery.is_some_and(|it| it.violations.iter().any(|violation| violation.level == Level::Error));
        // What came before may be somebody else's copy, and what it says may have been taken back since.
        let came_before = verification.findings.iter().any(|finding| finding.code == &codes::REPLAYED);
        if is_wrong || came_before || check_domain(signer).is_err() {
            return Taken::default();
        }
        let Ok(entity) = Entity::read(body, signer) else { return Taken::default() };
        match actor(&entity) {
            Some(("author", author)) if !author.domain.eq_ignore_ascii_case(signer) => Taken::refused(
                &codes::AUTHOR_OF_ANOTHER_DOMAIN,
                format!("the author is {author}, and {signer} signed"),
            ),
            Some((field, actor)) if !actor.domain.eq_ignore_ascii_case(signer) => {
                Taken::refused(&codes::NOT_THEIRS, format!("the {field} is {actor}, and {signer} signed"))
            }
            _ => self.act(&entity),
        }
    }

    /// Does what an entity says.
    pub(super) fn act(self: &Arc<Self>, entity: &Entity) -> Taken {
        match entity.kind.as_str() {
            "Follow" => self.asked(entity, entity.author(), entity.link("followee"), To::User),
            SUBSCRIBE => self.asked(entity, entity.link("subscriber"), entity.link("group"), To::Group),
            "FollowAccept" | "FollowReject" => {
                answered(&mut self.known(), entity, entity.link("follower"), entity.author())
            }
            "pub.versia:groups/SubscribeAccept" | "pub.versia:groups/SubscribeReject" => {
                answered(&mut self.known(), entity, entity.link("subscriber"), entity.link("group"))
            }
            "Unfollow" => left(&mut self.known(), entity.author(), entity.link("followee")),
            "pub.versia:groups/Unsubscribe" => {
                left(&mut self.known(), entity.link("subscriber"), entity.link("group"))
            }
            "Delete" => deleted(&mut self.known(), entity),
            "pub.versia:groups/Federate" => self.federated(entity),
            _ => self.keep(entity),
        }
    }

    /// Keeps an entity of somebody else.
    pub(super) fn keep(self: &Arc<Self>, entity: &Entity) -> Taken {
        let Some(reference) = entity.reference() else { return Taken::default() };
        let is_new = {
            let mut known = self.known();
            if known.is_own(&reference) {
                return Taken::default();
            }
            let before = known.received.get(&reference, &entity.kind);
            if before.is_some_and(|before| before.body == entity.body) {
                // Whoever delivers the same again does not have a group tell all its members again.
                return Taken::done("kept already");
            }
            replace_opposite(&mut known, entity);
            known.received.put(entity.clone())
        };
        self.federate(entity);
        Taken::done(if is_new { "kept" } else { "kept, in the place of what it was before" })
    }

    /// Somebody asks to follow a user of this instance, or to belong to a group of it.
    fn asked(
        self: &Arc<Self>,
        entity: &Entity,
        follower: Option<&Reference>,
        followee: Option<&Reference>,
        to: To,
    ) -> Taken {
        let (Some(follower), Some(followee)) = (follower, followee) else { return Taken::default() };
        let policy = self.config.participation.policy;
        let accepts = {
            let mut known = self.known();
            let kind = if to == To::User { "User" } else { "pub.versia:groups/Group" };
            let Some(asked) = known.own(kind, &followee.id).filter(|_| known.is_own(followee)) else {
                let why = format!("{followee} is not here, whom the {} is for", entity.kind);
                return Taken::refused(&codes::NOT_HERE, why);
            };
            if policy == FollowPolicy::Ignore {
                return Taken::done(format!("{follower} asks to follow {}, and is ignored", name_of(&asked)));
            }
            if !known.ties.ask(follower, followee, to, FollowDirection::In) {
                return Taken::done("there are too many followers to keep one more");
            }
            let is_closed = to == To::Group && !asked.open;
            match policy {
                FollowPolicy::Manual => None,
                FollowPolicy::Accept if is_closed => None,
                other => Some(other == FollowPolicy::Accept),
            }
        };
        match accepts {
            None => Taken::done(format!("{follower} waits for an answer to the {}", entity.kind)),
            Some(accepts) => {
                self.reply(follower, followee, to, accepts);
                let how = if accepts { "accepted" } else { "rejected" };
                Taken::done(format!("the {} of {follower} is {how}", entity.kind))
            }
        }
    }

    /// Answers whoever asked to follow.
    fn reply(self: &Arc<Self>, follower: &Reference, followee: &Reference, to: To, accepts: bool) {
        let is_own = {
            let mut known = self.known();
            if let Some(tie) = known.ties.find(follower, followee) {
                tie.state = if accepts { FollowAnswer::Accepted } else { FollowAnswer::Rejected };
            }
            known.is_own(follower)
        };
        if is_own {
            return;
        }
        let word = if accepts { "Accept" } else { "Reject" };
        let home = self.domain();
        let [follower_text, followee_text] = [follower, followee].map(|one| one.written_at(home));
        match to {
            To::User => {
                let fields = [("author", followee_text), ("follower", follower_text)];
                self.send_transient(&format!("Follow{word}"), follower, &fields);
            }
            To::Group => {
                // A group is no author, so that its domain stands in the reference.
                let fields = [("subscriber", follower_text), ("group", followee.to_string())];
                self.send_transient(&format!("pub.versia:groups/Subscribe{word}"), follower, &fields);
            }
        }
    }

    /// A group tells of a note, which is asked for where it lives.
    fn federated(self: &Arc<Self>, entity: &Entity) -> Taken {
        let (Some(note), Some(group)) = (entity.link("note").cloned(), entity.link("group").cloned()) else {
            return Taken::default();
        };
        let is_member = {
            let known = self.known();
            known.ties.followers(&group).any(|member| known.is_own(member))
        };
        if !is_member {
            let why = format!("nobody here belongs to {group}");
            return Taken::refused(&codes::NOBODY_ASKED, why);
        }
        let Ok(place) = Arc::clone(&self.fetches).try_acquire_owned() else {
            return Taken::done(format!("{note} is not fetched: so many are fetched already"));
        };
        let instance = Arc::clone(self);
        let what = format!("{note} is fetched, of which {group} tells");
        tokio::spawn(async move {
            // What came of it is told with the fetch.
            let _ = instance.fetch_entity("Note", &note).await;
            drop(place);
        });
        Taken::done(what)
    }
}

/// Who acts in an entity, and in which field that stands.
fn actor(entity: &Entity) -> Option<(&'static str, &Reference)> {
    let field = match entity.kind.as_str() {
        SUBSCRIBE | "pub.versia:groups/Unsubscribe" => "subscriber",
        "pub.versia:groups/SubscribeAccept"
        | "pub.versia:groups/SubscribeReject"
        | "pub.versia:groups/Federate" => "group",
        _ => "author",
    };
    entity.link(field).map(|actor| (field, actor))
}

fn name_of(entity: &Entity) -> &str {
    entity.username.as_deref().or(entity.id.as_deref()).unwrap_or_default()
}

/// Somebody answers a Follow of this instance's.
fn answered(
    known: &mut Known,
    entity: &Entity,
    follower: Option<&Reference>,
    followee: Option<&Reference>,
) -> Taken {
    let (Some(follower), Some(followee)) = (follower, followee) else { return Taken::default() };
    let accepts = entity.kind.ends_with("Accept");
    let tie = known.ties.find(follower, followee).filter(|tie| tie.direction == FollowDirection::Out);
    let Some(tie) = tie else {
        let why = format!("{follower} did not ask {followee}, who answers with a {}", entity.kind);
        return Taken::refused(&codes::NOBODY_ASKED, why);
    };
    tie.state = if accepts { FollowAnswer::Accepted } else { FollowAnswer::Rejected };
    let word = if accepts { "follows" } else { "does not follow" };
    Taken::done(format!("{follower} {word} {followee}"))
}

/// Somebody follows no more.
fn left(known: &mut Known, follower: Option<&Reference>, followee: Option<&Reference>) -> Taken {
    let (Some(follower), Some(followee)) = (follower, followee) else { return Taken::default() };
    match known.ties.remove(|tie| tie.follower == *follower && tie.followee == *followee) {
        0 => Taken::refused(&codes::NOT_HERE, format!("{follower} does not follow {followee}")),
        _ => Taken::done(format!("{follower} follows {followee} no more")),
    }
}

/// Somebody takes something back. Only its author may, and only what lives where the author does.
fn deleted(known: &mut Known, entity: &Entity) -> Taken {
    let (Some(author), Some(deleted)) = (entity.author(), entity.link("deleted")) else {
        return Taken::default();
    };
    if deleted.domain != entity.home {
        let why = format!("{author} would delete {deleted}, which lives elsewhere");
        return Taken::refused(&codes::NOT_THEIRS, why);
    }
    let held: Vec<_> = known.received.of(deleted).cloned().collect();
    let may = |it: &Entity| {
        it.author().is_none_or(|owner| owner == author) || it.reference().as_ref() == Some(author)
    };
    if let Some(other) = held.iter().find(|it| !may(it)) {
        let owner = other.author().map(ToString::to_string).unwrap_or_default();
        return Taken::refused(
            &codes::NOT_THEIRS,
            format!("{author} would delete {deleted}, which is {owner}'s"),
        );
    }
    if author == deleted {
        known.ties.remove(|tie| tie.follower == *author || tie.followee == *author);
    }
    match known.received.remove(|it| it.reference().as_ref() == Some(deleted)) {
        0 => Taken::done(format!("{deleted} is deleted, of which nothing was here")),
        _ => Taken::done(format!("{deleted} is deleted")),
    }
}
