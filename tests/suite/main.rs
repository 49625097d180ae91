//! The one test binary: a fixture, then a file per command or concern.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod fixture;
mod inbox;
mod instance;
mod server;
mod serving;
mod sessions;

mod bad_input;
mod entities;
mod entity_schemas;
mod fetch;
mod generated;
mod interop;
mod journal;
mod key_of_instance;
mod layers;
mod load;
mod misbehaving;
mod pair;
mod pipes;
mod repl;
mod second_opinion;
mod send;
mod send_ws;
mod send_ws_failures;
mod send_ws_journal;
mod serve;
mod serve_sessions;
mod serve_strain;
mod terminal;
mod transcripts;
mod vectors;
mod verdicts;
