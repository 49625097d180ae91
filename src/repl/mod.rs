//! The language of a session, and its execution: a line becomes a typed command, and a command happens over a socket.
//!
//! [`parse`] knows the commands, [`COMMANDS`] tells people about them, and a [`Run`] runs them one after the other, over as
//! many sessions as are opened. What is spoken in one is a protocol's value: see [`crate::protocol::session`].
//! Nothing here prints or knows a terminal: what happens is told as [`Happening`]s. Names no host of its own and keeps no
//! keys: how to open, with what to sign and how to verify comes in as a [`Setup`]. See RFC 6455.

mod backlog;
mod close_code;
mod command;
mod document;
mod expect;
mod flaws;
mod happening;
mod help;
mod judge;
mod length;
mod recording;
mod run;
mod vocabulary;
mod whole;
mod wire;

pub use crate::protocol::session::CommandHelp;
pub use close_code::words;
pub use command::{Change, Command, CommandError, Filter, Show, Stamps, Wait, parse};
pub use document::DocumentError;
pub use expect::{Expectation, ExpectationError};
pub use happening::{
    Closed, Expected, Handshake, Happening, Label, Listed, Ping, Place, Received, Sent, Status, Stop, Told,
    Trouble, payload_of,
};
pub use help::COMMANDS;
pub use recording::{Difference, RecordingError};
pub use run::{AddressError, Line, Mode, Outcome, ReadAddress, Run, Setup};
pub use vocabulary::{ENTITY_TYPES, FIELD_NAMES};
pub use whole::{Whole, WholeLines};
