//! A walk from one place on: the other spellings of a path, the pages of a collection, and what entities refer to.
//!
//! Everything is asked for once. A walk ends: the number of requests is bounded, a collection that does not go on ends it,
//! and a server that asks for a pause is not asked again.

mod pages;
mod references;

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::finger;
use super::getter::{Answer, Exchanged, Getter};
use super::place::{Place, is_address};
use crate::client::Account;
use crate::finding::{Finding, codes};
use crate::protocol::versia::EntityPath;
use crate::signing::Verdict;
use references::references;

/// How many references wait at most.
const WAITING: usize = 10_000;

/// Where a walk begins.
#[derive(Debug, Clone)]
pub enum Start {
    /// At an address.
    Place(Place),
    /// At a user, whom WebFinger finds.
    Account(Account),
}

/// How many items of a collection are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Those of the one page that the address names.
    One,
    /// All.
    All,
    /// As many as this.
    First(u64),
}

/// How far a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How many items of the collection that it begins at.
    pub pages: Pages,
    /// How many steps references are followed.
    pub depth: u32,
    /// How many requests are made at most.
    pub max_requests: u64,
    /// Whether the other spellings of a path are tried where it does not answer.
    pub spellings: bool,
}

/// Why something was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// To find the user.
    WebFinger,
    /// It was named.
    Named,
    /// It is another page of the collection that was named; `take` of its items are wanted.
    Page {
        /// How many items.
        take: usize,
    },
    /// An entity refers to it, so many steps from where the walk began.
    Referred(u32),
    /// It is another spelling of a path, or one that another spelling stands in for.
    Spelling,
}

/// Something that happened.
#[derive(Debug)]
pub enum Step {
    /// Something was asked for.
    Exchanged(Role, Box<Exchanged>),
    /// Something is worth telling that belongs to no single answer.
    Found(Finding),
}

/// Walks, and hands over what happens as it happens.
///
/// # Errors
/// Only what `tell` refuses to go on with; what goes wrong on the way is told.
pub fn walk<E>(
    getter: &Getter<'_>,
    start: Start,
    plan: Plan,
    tell: &mut dyn FnMut(Step) -> Result<(), E>,
) -> Result<(), E> {
    let mut walk = Walk {
        getter,
        plan,
        tell,
        requests: 0,
        is_cut: false,
        visited: HashSet::new(),
        waiting: VecDeque::new(),
        paused: HashSet::new(),
        spelt: HashMap::new(),
    };
    let place = match start {
        Start::Place(place) => Some(place),
        Start::Account(account) => walk.find(&account)?,
    };
    if let Some(place) = place {
        walk.begin(place)?;
    }
    walk.follow()
}

struct Walk<'a, 'b, E> {
    getter: &'a Getter<'b>,
    plan: Plan,
    tell: &'a mut dyn FnMut(Step) -> Result<(), E>,
    requests: u64,
    /// Whether the end of the requests was told.
    is_cut: bool,
    visited: HashSet<String>,
    waiting: VecDeque<(Place, u32)>,
    /// The origins that asked for a pause.
    paused: HashSet<String>,
    /// Which of the other spellings an origin has, by the type.
    spelt: HashMap<(String, String), usize>,
}

impl<E> Walk<'_, '_, E> {
    fn said(&mut self, finding: Finding) -> Result<(), E> {
        (self.tell)(Step::Found(finding))
    }

    /// Asks for what is at a place, unless there are no requests left or its server wants a pause.
    fn ask(&mut self, place: Place) -> Result<Option<Exchanged>, E> {
        if self.requests >= self.plan.max_requests {
            if !std::mem::replace(&mut self.is_cut, true) {
                let message = format!("there is more to fetch, and {} requests were made", self.requests);
                self.said(Finding::new(&codes::NOT_ALL_FETCHED, message))?;
            }
            return Ok(None);
        }
        let origin = place.url.origin().to_string();
        if self.paused.contains(&origin) {
            return Ok(None);
        }
        self.requests += 1;
        let exchanged = self.getter.get(place);
        if exchanged.outcome.as_ref().is_ok_and(|answer| answer.asks_for_pause) {
            self.paused.insert(origin);
        }
        Ok(Some(exchanged))
    }

    /// Tells that something more would be asked for, if its server did not want a pause.
    fn wants_pause(&mut self, place: &Place) -> Result<bool, E> {
        let origin = place.url.origin().to_string();
        if !self.paused.contains(&origin) {
            return Ok(false);
        }
        let told = format!("told {origin}");
        if self.paused.insert(told) {
            let message = format!("{origin} asks for a pause, and is not asked for the rest");
            self.said(Finding::new(&codes::PAUSE_ASKED_FOR, message))?;
        }
        Ok(true)
    }

    /// Where the user of an account is.
    fn find(&mut self, account: &Account) -> Result<Option<Place>, E> {
        let domain = Some(account.domain().to_owned()).filter(|host| !is_address(host));
        let url = match account.webfinger(self.getter.peers()) {
            Ok(url) => url,
            Err(error) => {
                self.said(Finding::new(&codes::WEBFINGER_WRONG, error.to_string()))?;
                return Ok(None);
            }
        };
        let Some(exchanged) = self.ask(Place { url, domain: domain.clone(), as_written: true })? else {
            return Ok(None);
        };
        let found = match &exchanged.outcome {
            Ok(answer) if answer.is_document() => {
                Some(finger::read(body_of(&exchanged), account.user(), account.domain()))
            }
            _ => None,
        };
        (self.tell)(Step::Exchanged(Role::WebFinger, Box::new(exchanged)))?;
        match found {
            None => Ok(None),
            Some(Err(finding)) => self.said(finding).map(|()| None),
            Some(Ok(found)) => {
                // Whoever is at another host speaks for that host.
                let elsewhere = found.findings.iter().any(|it| it.code == &codes::LINK_LEADS_ELSEWHERE);
                let domain = if elsewhere { Some(found.url.origin().host.clone()) } else { domain };
                found.findings.into_iter().try_for_each(|finding| self.said(finding))?;
                let url = finger::through(found.url, self.getter.peers());
                Ok(Some(Place { url, domain, as_written: false }))
            }
        }
    }

    fn begin(&mut self, place: Place) -> Result<(), E> {
        let is_collection =
            EntityPath::parse(place.url.target()).is_some_and(|path| path.collection.is_some());
        if is_collection && self.plan.pages != Pages::One {
            return self.pages(place);
        }
        self.visit(place, Role::Named, 0)
    }

    /// Asks for a place, by its other spellings where need be, and takes up what the answer refers to.
    fn visit(&mut self, place: Place, role: Role, depth: u32) -> Result<(), E> {
        self.visited.insert(place.url.to_string());
        let Some(exchanged) = self.ask(place)? else { return Ok(()) };
        let (role, exchanged) = self.spell(role, exchanged)?;
        self.take_up(&exchanged, depth)?;
        (self.tell)(Step::Exchanged(role, Box::new(exchanged)))
    }

    /// What stands in for an answer that is none: that of another spelling of the path, where one answers.
    fn spell(&mut self, role: Role, exchanged: Exchanged) -> Result<(Role, Exchanged), E> {
        let Ok(answer) = &exchanged.outcome else { return Ok((role, exchanged)) };
        let is_elsewhere =
            matches!(answer.status, 200..=299 | 400 | 404 | 405 | 500) && !answer.is_document();
        let written = exchanged.place.url.target().to_owned();
        let path = user_behind(&written);
        let Some(path) = path.filter(|_| is_elsewhere && self.plan.spellings) else {
            return Ok((role, exchanged));
        };
        let known = (exchanged.place.url.origin().to_string(), path.kind.clone());
        let mut order: Vec<_> = path.spellings(&written).into_iter().enumerate().collect();
        if let Some(first) = self.spelt.get(&known) {
            order.sort_by_key(|(number, _)| number != first);
        }
        for (number, target) in order {
            let Some(place) = exchanged.place.with_target(&target) else { continue };
            let Some(other) = self.ask(place)? else { break };
            if !other.outcome.as_ref().is_ok_and(|answer| answer.is_document()) {
                (self.tell)(Step::Exchanged(Role::Spelling, Box::new(other)))?;
                continue;
            }
            self.spelt.insert(known, number);
            let status = exchanged.outcome.as_ref().map(|answer| answer.status).unwrap_or_default();
            let message = format!("{written} answers {status}, and {target} has the entity");
            let as_written = exchanged.place.as_written;
            self.said(Finding::new(&codes::OTHER_SPELLING, message))?;
            // What is asked for by its address is shown as that address answers.
            let (told, kept) = if as_written { (other, exchanged) } else { (exchanged, other) };
            (self.tell)(Step::Exchanged(Role::Spelling, Box::new(told)))?;
            return Ok((role, kept));
        }
        Ok((role, exchanged))
    }

    /// Puts what an answer refers to into the queue.
    fn take_up(&mut self, exchanged: &Exchanged, depth: u32) -> Result<(), E> {
        let Ok(answer) = &exchanged.outcome else { return Ok(()) };
        if depth >= self.plan.depth || !answer.is_document() {
            return Ok(());
        }
        let Ok(value) = serde_json::from_slice::<Value>(body_of(exchanged)) else { return Ok(()) };
        let collection = EntityPath::parse(exchanged.place.url.target()).and_then(|path| path.collection);
        let from = Place { domain: proven_domain(&exchanged.place, answer), ..exchanged.place.clone() };
        for (reference, kind) in references(&value, collection.as_deref()) {
            let Some(place) = from.referred(&reference, kind, self.getter.peers()) else { continue };
            if self.visited.contains(&place.url.to_string()) {
                continue;
            }
            if self.waiting.len() >= WAITING {
                let message = format!("{WAITING} references wait already; the rest is left out");
                return self.said(Finding::new(&codes::NOT_ALL_FETCHED, message));
            }
            self.visited.insert(place.url.to_string());
            self.waiting.push_back((place, depth + 1));
        }
        Ok(())
    }

    fn follow(&mut self) -> Result<(), E> {
        while let Some((place, depth)) = self.waiting.pop_front() {
            if !self.wants_pause(&place)? {
                self.visit(place, Role::Referred(depth), depth)?;
            }
            if self.is_cut {
                break;
            }
        }
        Ok(())
    }
}

/// The body of an answer.
fn body_of(exchanged: &Exchanged) -> &[u8] {
    exchanged.record.response.as_ref().map_or(&[], |response| &response.body.0)
}

/// The entity that a path is meant for: of Versia Server's `/users/<id>` a user.
fn user_behind(target: &str) -> Option<EntityPath> {
    EntityPath::parse(target).or_else(|| {
        let id = target.strip_prefix("/users/")?;
        (!id.is_empty() && !id.contains(['/', '?', '%'])).then(|| EntityPath::new("User", id))
    })
}

/// Whose the place is: an instance at an address of this machine has proved it by its signature.
fn proven_domain(place: &Place, answer: &Answer) -> Option<String> {
    let verification = &answer.checked.verification;
    let proven = verification.signed_by.clone().filter(|_| verification.verdict == Verdict::Valid);
    place.domain.clone().or(proven)
}
