//! Where something is sent again.

use std::borrow::Cow;

use super::{Replay, ReplayError};
use crate::client::{HttpUrl, Origin, Peer, Recipient, RecipientError};
use crate::protocol::record::{Direction, HIDDEN, Record, has_secrets};

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// The record's own target there.
    Origin(Origin),
    /// This very address.
    Address(HttpUrl),
}

impl Destination {
    /// Reads what people give: an instance's address or domain, where the record's own target is meant; or a full address.
    /// A domain is looked up among the peers.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str, peers: &[Peer]) -> Result<Self, RecipientError> {
        let recipient = Recipient::parse(text)?.through(peers);
        let has_path = text
            .split_once("://")
            .is_some_and(|(_, rest)| rest.split_once(['/', '?']).is_some_and(|(_, path)| !path.is_empty()));
        let url = recipient.inbox().clone();
        Ok(if has_path { Destination::Address(url) } else { Destination::Origin(url.origin().clone()) })
    }
}

/// The address for a record, whose own target is `target`.
pub(super) fn of(record: &Record, target: &str, replay: &Replay) -> Result<HttpUrl, ReplayError> {
    if target.contains(HIDDEN) && !matches!(replay.to, Some(Destination::Address(_))) {
        return Err(ReplayError::HiddenTarget);
    }
    let is_given = matches!(replay.to, Some(Destination::Address(_)));
    if !is_given && !replay.with_secrets && has_secrets(target, record.protocol) {
        return Err(ReplayError::SecretTarget);
    }
    match &replay.to {
        Some(Destination::Address(url)) => Ok(url.clone()),
        Some(Destination::Origin(origin)) => at(origin.clone(), &without_authority(target)),
        None if is_absolute(target) && record.direction == Some(Direction::Out) => {
            HttpUrl::parse(target).map_err(ReplayError::Address)
        }
        None => at(where_it_went(record)?, target),
    }
}

fn at(origin: Origin, target: &str) -> Result<HttpUrl, ReplayError> {
    HttpUrl::new(origin, target).map_err(ReplayError::Address)
}

fn is_absolute(target: &str) -> bool {
    target.contains("://") && !target.starts_with('/')
}

/// The path and the query of a target. A target in absolute form names a host, and whoever sent it chose that: it is not where
/// somebody who names another place wants it to go.
fn without_authority(target: &str) -> Cow<'_, str> {
    let Some((_, rest)) = target.split_once("://").filter(|_| is_absolute(target)) else {
        return target.into();
    };
    match rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len())).1 {
        path if path.starts_with('/') => path.into(),
        query => format!("/{query}").into(),
    }
}

/// Where a record went; what came in went here, which is nowhere to send it to by itself.
fn where_it_went(record: &Record) -> Result<Origin, ReplayError> {
    let headers = record.request.iter().filter_map(|request| request.headers.as_ref()).flatten();
    let mut hosts = headers.filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = hosts.next().and_then(|(_, value)| value.as_text());
    match (record.direction, host, &record.peer) {
        (Some(Direction::Out), Some(host), _) => {
            let scheme = if record.tls.is_some() { "https" } else { "http" };
            let url = HttpUrl::parse(&format!("{scheme}://{host}")).map_err(ReplayError::Address)?;
            Ok(url.origin().clone())
        }
        _ => Err(ReplayError::NoDestination),
    }
}
