//! A record looked at again: what its signatures are worth as of its own time, and what is wrong with its entity.

use std::time::Duration;

use super::render::verification::Reference;
use crate::entity::{Profile, Report, check};
use crate::protocol::outline;
use crate::protocol::record::{Direction, Protocol, Record};
use crate::protocol::versia::{Checked, KeySource, Message, concerns_versia, explain, verify_record};
use crate::signing::{Budget, MAX_SKEW, Window};

/// What was found out about a record.
#[derive(Debug)]
pub struct Examined {
    /// Its messages, verified and explained.
    pub checked: Vec<Checked>,
    /// Why nothing of it was verified.
    pub nothing: Option<String>,
    /// The moment that it was verified as of.
    pub reference: Reference,
    /// The entity that it carries, and what is wrong with that.
    pub entity: Option<(Vec<u8>, Report)>,
}

/// Looks at a record; `now` in Unix seconds stands for its time where it has none. One explanation takes `budget` at most.
pub fn examine(record: &Record, keys: &dyn KeySource, now: i64, budget: Duration) -> Examined {
    let reference = match record.at_seconds() {
        Ok(Some(moment)) => Reference::Moment(moment),
        Ok(None) | Err(_) => Reference::Now(now),
    };
    let mut examined = Examined { checked: Vec::new(), nothing: None, reference, entity: entity(record) };
    let is_message = record.frame.as_ref().is_none_or(|frame| frame.opcode == "text");
    if record.protocol != Protocol::Versia || !concerns_versia(record) || !is_message {
        return examined;
    }
    let as_of = match reference {
        Reference::Now(moment) | Reference::Moment(moment) => moment,
        Reference::None => now,
    };
    match verify_record(record, keys, Window::Around { as_of, max_skew: MAX_SKEW }) {
        Ok(mut checked) => {
            checked.iter_mut().for_each(|one| explain(one, record, keys, &Budget::within(budget)));
            examined.checked = checked;
        }
        Err(why) => examined.nothing = Some(why.to_string()),
    }
    examined
}

/// The entity that a record carries, and what is wrong with it.
pub fn entity(record: &Record) -> Option<(Vec<u8>, Report)> {
    let entity = entity_of(record)?;
    let report = check(&entity, Profile::Spec, None);
    Some((entity, report))
}

/// The bytes of the entity that a record carries: delivered, in a message, or fetched.
fn entity_of(record: &Record) -> Option<Vec<u8>> {
    if record.protocol != Protocol::Versia {
        return None;
    }
    if let Some(frame) = &record.frame {
        return Message::read(&frame.data.0).ok().map(|message| message.entity.into_bytes());
    }
    let is_entity = |body: &[u8]| {
        serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|value| value.get("type").is_some())
    };
    let request = record.request.as_ref()?;
    if request.method == "POST" {
        let kind = outline::Outline::of(record).kind;
        let is_message = kind.as_deref() == Some("InstanceMessage");
        return (!is_message && is_entity(&request.body.0)).then(|| request.body.0.clone());
    }
    let response = record.response.as_ref().filter(|_| record.direction == Some(Direction::Out))?;
    (!response.truncated && is_entity(&response.body.0)).then(|| response.body.0.clone())
}
