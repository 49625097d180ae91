//! Who follows whom, and who belongs to which group: asked for, accepted, rejected.

use crate::server::control::{FollowAnswer, FollowDirection, FollowState};

use super::super::reference::Reference;

/// How many there may be at most: whoever is over it is not kept.
const MAX_TIES: usize = 20_000;

/// What somebody follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server::versia) enum To {
    /// A user.
    User,
    /// A group: the follower is one of its members.
    Group,
}

/// Somebody who follows, or asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server::versia) struct Tie {
    number: u64,
    /// Who follows.
    pub(in crate::server::versia) follower: Reference,
    /// Whom, or which group.
    pub(in crate::server::versia) followee: Reference,
    /// Which of the two.
    pub(in crate::server::versia) to: To,
    /// Who asked whom.
    pub(in crate::server::versia) direction: FollowDirection,
    /// What came of it.
    pub(in crate::server::versia) state: FollowAnswer,
}

impl Tie {
    /// The name by which it is answered.
    fn name(&self) -> String {
        format!("f{}", self.number)
    }

    /// It, as it is shown.
    fn shown(&self) -> FollowState {
        FollowState {
            id: self.name(),
            follower: self.follower.to_string(),
            followee: self.followee.to_string(),
            direction: self.direction,
            state: self.state,
        }
    }
}

/// All of them, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(in crate::server::versia) struct Ties {
    all: Vec<Tie>,
    next: u64,
}

impl Ties {
    /// Notes that somebody asked to follow, or asks again; an accepted one stays so. Says whether there was room for it.
    pub(in crate::server::versia) fn ask(
        &mut self,
        follower: &Reference,
        followee: &Reference,
        to: To,
        direction: FollowDirection,
    ) -> bool {
        if let Some(known) = self.find(follower, followee) {
            if known.state == FollowAnswer::Rejected {
                known.state = FollowAnswer::Pending;
            }
            return true;
        }
        if self.all.len() >= MAX_TIES {
            return false;
        }
        self.next += 1;
        self.all.push(Tie {
            number: self.next,
            follower: follower.clone(),
            followee: followee.clone(),
            to,
            direction,
            state: FollowAnswer::Pending,
        });
        true
    }

    /// Somebody who follows, or asked to.
    pub(in crate::server::versia) fn find(
        &mut self,
        follower: &Reference,
        followee: &Reference,
    ) -> Option<&mut Tie> {
        self.all.iter_mut().find(|tie| tie.follower == *follower && tie.followee == *followee)
    }

    /// The one of this name.
    pub(in crate::server::versia) fn named(&self, name: &str) -> Option<&Tie> {
        self.all.iter().find(|tie| tie.name() == name)
    }

    /// Forgets those that are meant, and gives how many there were.
    pub(in crate::server::versia) fn remove(&mut self, is_meant: impl Fn(&Tie) -> bool) -> usize {
        let before = self.all.len();
        self.all.retain(|tie| !is_meant(tie));
        before - self.all.len()
    }

    /// Who follows somebody, or belongs to a group, the oldest first.
    pub(in crate::server::versia) fn followers<'a>(
        &'a self,
        followee: &'a Reference,
    ) -> impl Iterator<Item = &'a Reference> {
        self.accepted().filter(move |tie| tie.followee == *followee).map(|tie| &tie.follower)
    }

    /// Whom somebody follows, groups left out, the oldest first.
    pub(in crate::server::versia) fn following<'a>(
        &'a self,
        follower: &'a Reference,
    ) -> impl Iterator<Item = &'a Reference> {
        let of_users = self.accepted().filter(|tie| tie.to == To::User);
        of_users.filter(move |tie| tie.follower == *follower).map(|tie| &tie.followee)
    }

    /// All of them, as they are shown.
    pub(in crate::server::versia) fn shown(&self) -> Vec<FollowState> {
        self.all.iter().map(Tie::shown).collect()
    }

    fn accepted(&self) -> impl Iterator<Item = &Tie> {
        self.all.iter().filter(|tie| tie.state == FollowAnswer::Accepted)
    }
}
