//! The tables of the chat.

/// The first form of the tables. Times are Unix milliseconds; `first` of a chat sorts before `second`.
pub(in crate::store) const TABLES: &str = "
CREATE TABLE chat_user (
    name TEXT NOT NULL PRIMARY KEY,
    last_event INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE chat (
    id INTEGER PRIMARY KEY,
    first TEXT NOT NULL,
    second TEXT NOT NULL,
    last_message INTEGER NOT NULL DEFAULT 0,
    unread_by_first INTEGER NOT NULL DEFAULT 0,
    unread_by_second INTEGER NOT NULL DEFAULT 0,
    UNIQUE (first, second)
) STRICT;
CREATE INDEX chat_of_second ON chat (second);

CREATE TABLE chat_message (
    chat INTEGER NOT NULL REFERENCES chat (id),
    id INTEGER NOT NULL,
    sender TEXT NOT NULL,
    kind TEXT NOT NULL,
    client_id TEXT,
    text TEXT,
    attachments TEXT,
    reply_to INTEGER,
    original INTEGER,
    content TEXT,
    created INTEGER NOT NULL,
    updated INTEGER,
    deleted INTEGER,
    delivered INTEGER,
    read INTEGER,
    PRIMARY KEY (chat, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX chat_message_of_client ON chat_message (chat, sender, client_id)
    WHERE kind = 'new' AND client_id IS NOT NULL;
CREATE INDEX chat_message_undelivered ON chat_message (chat, sender, id) WHERE delivered IS NULL;
CREATE INDEX chat_message_unread ON chat_message (chat, sender, id) WHERE read IS NULL;
CREATE UNIQUE INDEX chat_message_deletion ON chat_message (chat, original) WHERE kind = 'delete';

CREATE TABLE chat_reaction (
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    user TEXT NOT NULL,
    reaction TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat, message, user, reaction)
) STRICT, WITHOUT ROWID;

CREATE TABLE chat_call (
    id TEXT NOT NULL PRIMARY KEY,
    chat INTEGER NOT NULL REFERENCES chat (id),
    caller TEXT NOT NULL,
    type TEXT NOT NULL,
    began INTEGER NOT NULL,
    message INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE chat_event (
    user TEXT NOT NULL,
    id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    payload TEXT,
    PRIMARY KEY (user, id)
) STRICT, WITHOUT ROWID;
";
