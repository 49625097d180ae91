//! The language of a session, and its execution: a line becomes a typed command, and a command happens over a socket.
//!
//! [`parse`] knows the commands, [`COMMANDS`] tells people about them, and a [`Session`] runs them one after the other.
//! Nothing here prints or knows a terminal: what happens is told as [`Happening`]s. Names no host of its own and keeps no
//! keys: how to open, with what to sign and how to verify comes in as a [`Setup`]. See
//! <https://versia.pub/extensions/websockets> and RFC 6455.

mod backlog;
mod close_code;
mod command;
mod document;
mod expect;
mod happening;
mod help;
mod judge;
mod length;
mod session;
mod vocabulary;
mod whole;
mod wire;

pub use crate::protocol::session::CommandHelp;
pub use close_code::words;
pub use command::{Command, CommandError, Stamps, parse};
pub use document::DocumentError;
pub use expect::{Expectation, ExpectationError};
pub use happening::{
    Closed, Content, Expected, Handshake, Happening, Ping, Received, Sent, Status, Stop, Told, Trouble,
};
pub use help::COMMANDS;
pub use session::{Line, Mode, Outcome, Session, Setup};
pub use vocabulary::{ENTITY_TYPES, FIELD_NAMES};
pub use whole::{Whole, WholeLines};
