//! The one test binary: a fixture, then a file per command or concern.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod fixture;
mod inbox;
mod instance;
mod server;

mod bad_input;
mod fetch;
mod generated;
mod journal;
mod key_of_instance;
mod layers;
mod pipes;
mod second_opinion;
mod send;
mod transcripts;
mod vectors;
mod verdicts;
