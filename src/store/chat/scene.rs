//! What each piece of the chat's work stands on: who asks, when, the chat that is meant, and what is to be told.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Filed, events};
use crate::protocol::chat::{EventPayload, Refusal};

/// Why a piece of work does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// The user should not have asked.
    Refused(Refusal),
    /// The database refuses.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Stop::Failed(error)
    }
}

/// A refusal, as the end of a piece of work.
pub(super) fn refused<T>(code: &str, message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Refused(Refusal { code: code.to_owned(), message: message.into() }))
}

/// A number as the database has it; one that it cannot have is that of nothing.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of the database, which has no negative ones here.
pub(super) fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// A chat, as the user who asks sees it.
#[derive(Debug, Clone)]
pub(super) struct Dialog {
    pub(super) id: i64,
    pub(super) other: String,
    pub(super) last_message: i64,
    /// How many messages the user has not read.
    pub(super) unread: i64,
}

/// Who asks, and when.
pub(super) struct Scene<'a> {
    pub(super) database: &'a Connection,
    pub(super) now: i64,
    pub(super) user: &'a str,
    pub(super) events: Vec<Filed>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(database: &'a Connection, now: u64, user: &'a str) -> Self {
        Scene { database, now: stored(now), user, events: Vec::new() }
    }

    /// Those with whom the user has a chat.
    pub(super) fn contacts(&self) -> rusqlite::Result<Vec<String>> {
        self.database
            .prepare_cached(
                "SELECT second FROM chat WHERE first = ?1 UNION SELECT first FROM chat WHERE second = ?1",
            )?
            .query_map([self.user], |row| row.get(0))?
            .collect()
    }

    /// The chat with another user, where there is one.
    pub(super) fn find(&self, other: &str) -> rusqlite::Result<Option<Dialog>> {
        let (first, second) = ordered(self.user, other);
        self.database
            .prepare_cached(
                "SELECT id, last_message, iif(first = ?3, unread_by_first, unread_by_second) FROM chat \
                 WHERE first = ?1 AND second = ?2",
            )?
            .query_row(params![first, second, self.user], |row| {
                Ok(Dialog {
                    id: row.get(0)?,
                    other: other.to_owned(),
                    last_message: row.get(1)?,
                    unread: row.get(2)?,
                })
            })
            .optional()
    }

    /// The chat with another user.
    pub(super) fn dialog(&self, other: &str) -> Result<Dialog, Stop> {
        match self.find(other)? {
            Some(dialog) => Ok(dialog),
            None => refused("not-found", format!("there is no chat with {other}")),
        }
    }

    /// The chat with another user, which is begun where there is none.
    pub(super) fn begin(&self, other: &str) -> rusqlite::Result<Dialog> {
        if let Some(dialog) = self.find(other)? {
            return Ok(dialog);
        }
        let (first, second) = ordered(self.user, other);
        let id = self
            .database
            .prepare_cached("INSERT INTO chat (first, second) VALUES (?1, ?2) RETURNING id")?
            .query_row([first, second], |row| row.get(0))?;
        Ok(Dialog { id, other: other.to_owned(), last_message: 0, unread: 0 })
    }

    /// The number of the chat's next message.
    pub(super) fn next_message(&self, dialog: &Dialog) -> rusqlite::Result<i64> {
        self.database
            .prepare_cached(
                "UPDATE chat SET last_message = last_message + 1 WHERE id = ?1 RETURNING last_message",
            )?
            .query_row([dialog.id], |row| row.get(0))
    }

    /// Counts one more message that the other user has not read; gives how many there are.
    pub(super) fn count_unread_by_other(&self, dialog: &Dialog) -> rusqlite::Result<i64> {
        self.database
            .prepare_cached(
                "UPDATE chat SET unread_by_first = unread_by_first + (first = ?2), \
                 unread_by_second = unread_by_second + (second = ?2) WHERE id = ?1 \
                 RETURNING iif(first = ?2, unread_by_first, unread_by_second)",
            )?
            .query_row(params![dialog.id, dialog.other], |row| row.get(0))
    }

    /// Counts again what `reader` has not read of what `author` wrote; gives how many there are.
    pub(super) fn recount_unread(
        &self,
        dialog: &Dialog,
        reader: &str,
        author: &str,
    ) -> rusqlite::Result<i64> {
        let unread: i64 = self
            .database
            .prepare_cached(
                "SELECT count(*) FROM chat_message \
                 WHERE chat = ?1 AND sender = ?2 AND read IS NULL AND deleted IS NULL",
            )?
            .query_row(params![dialog.id, author], |row| row.get(0))?;
        self.database
            .prepare_cached(
                "UPDATE chat SET unread_by_first = iif(first = ?2, ?3, unread_by_first), \
                 unread_by_second = iif(second = ?2, ?3, unread_by_second) WHERE id = ?1",
            )?
            .execute(params![dialog.id, reader, unread])?;
        Ok(unread)
    }

    /// Keeps an event for a user until it is acknowledged.
    pub(super) fn tell(&mut self, user: &str, content: &EventPayload) -> rusqlite::Result<()> {
        let event = events::file(self.database, self.now, user, content)?;
        self.events.push(Filed { user: user.to_owned(), event });
        Ok(())
    }
}

fn ordered<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    if one <= other { (one, other) } else { (other, one) }
}
