//! What outlasts a run: one SQLite file, or memory where none is given, and the thread that works on it.
//!
//! [`Store`] knows no tables: whoever keeps something here has a module of its own beside it ([`chat`], [`records`]), with functions over
//! a connection, and hands them to [`Store::submit`]. All tables are in one list of migrations, so that one file holds
//! everything that a program keeps. Nothing here opens sockets, and nothing blocks a runtime.

pub mod chat;
mod database;
mod error;
pub mod records;
mod worker;

pub use error::{OpenError, WorkError};
pub use records::{Committed, Keep, KeepError, Page, Records, Summary};
pub use worker::Store;
