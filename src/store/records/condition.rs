//! A filter as SQL: decides what [`Filter::matches`] decides.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;

use crate::protocol::outline::{Filter, holds};
use crate::protocol::record::Record;

/// The condition of a query, and what stands for its question marks.
#[derive(Debug, Default)]
pub(super) struct Condition {
    parts: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Condition {
    /// The condition that a filter sets.
    pub(super) fn of(filter: &Filter) -> Self {
        let mut condition = Condition::default();
        let lower = |text: &String| text.to_ascii_lowercase();
        condition.any(&filter.types, |it, kind| {
            let whole = it.value(lower(kind));
            let behind = it.value(format!("/{}", lower(kind)));
            format!("lower(kind) = {whole} OR substr(lower(kind), -length({behind})) = {behind}")
        });
        condition
            .any(&filter.verdicts, |it, verdict| format!("lower(verdict) = {}", it.value(lower(verdict))));
        condition.any(&filter.codes, |it, code| {
            // A code with a comma would find what stands between two of them.
            if code.contains(',') {
                return "0".to_owned();
            }
            format!("instr(lower(codes), {}) > 0", it.value(format!(",{},", lower(code))))
        });
        condition.any(&filter.peers, |it, peer| {
            let (whole, host) = (it.value(lower(peer)), it.value(format!("{}:", lower(peer))));
            let bracketed = it.value(format!("[{}]:", lower(peer)));
            format!(
                "lower(peer) = {whole} OR substr(lower(peer), 1, length({host})) = {host}
                OR substr(lower(peer), 1, length({bracketed})) = {bracketed} OR lower(signed_by) = {whole}"
            )
        });
        condition
            .any(&filter.authors, |it, part| format!("instr(lower(author), {}) > 0", it.value(lower(part))));
        condition.any(&filter.directions, |_, one| format!("direction = '{}'", one.as_str()));
        condition.any(&filter.transports, |_, one| format!("transport = '{}'", one.as_str()));
        condition.any(&filter.protocols, |_, one| format!("protocol = '{}'", one.as_str()));
        condition.any(&filter.statuses, |_, one| {
            let (first, last) = one.bounds();
            format!("status BETWEEN {first} AND {last}")
        });
        condition
            .any(&filter.sessions, |it, session| format!("lower(session) = {}", it.value(lower(session))));
        condition.any(&filter.attempts, |it, first| {
            let first = it.value(first.clone());
            format!("id = {first} OR attempt_of = {first}")
        });
        let time = |millis: u64| i64::try_from(millis).unwrap_or(i64::MAX);
        if let Some(since) = filter.since_millis {
            condition.and(format!("at >= {}", time(since)));
        }
        if let Some(until) = filter.until_millis {
            condition.and(format!("at < {}", time(until)));
        }
        if let Some(text) = &filter.text {
            let text = condition.value(text.clone());
            condition.and(format!("record_holds(content, {text})"));
        }
        condition
    }

    /// Wants this too.
    pub(super) fn and(&mut self, part: String) {
        self.parts.push(part);
    }

    /// Keeps a value, and gives what stands for it.
    fn value(&mut self, text: String) -> String {
        self.values.push(Value::Text(text));
        format!("?{}", self.values.len())
    }

    fn any<T>(&mut self, wanted: &[T], mut part: impl FnMut(&mut Self, &T) -> String) {
        if !wanted.is_empty() {
            let parts: Vec<_> = wanted.iter().map(|one| format!("({})", part(self, one))).collect();
            self.parts.push(format!("({})", parts.join(" OR ")));
        }
    }

    /// What stands behind WHERE.
    pub(super) fn sql(&self) -> String {
        if self.parts.is_empty() { "1".to_owned() } else { self.parts.join(" AND ") }
    }
}

/// Defines the functions that conditions use.
pub(in crate::store) fn define_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("record_holds", 2, flags, |context| {
        let content = context.get_raw(0).as_str().unwrap_or_default();
        let text = context.get_raw(1).as_str().unwrap_or_default();
        Ok(content_holds(content, text))
    })
}

/// Whether a text stands in a record as it is kept.
fn content_holds(content: &str, text: &str) -> bool {
    // What JSON never writes in another way stands there as it is, unless it is within base64.
    let is_plain = text.chars().all(|c| !c.is_control() && c != '"' && c != '\\');
    if is_plain && !content.contains("\"base64\"") {
        let wanted = text.to_ascii_lowercase();
        if memchr::memmem::find(content.to_ascii_lowercase().as_bytes(), wanted.as_bytes()).is_none() {
            return false;
        }
    }
    serde_json::from_str::<Record>(content).is_ok_and(|record| holds(&record, text))
}
