//! The one test binary: a fixture, then a file per command or concern.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod fixture;
mod hub;
mod inbox;
mod instance;
mod records;
mod redis;
mod server;
mod serving;
mod sessions;
mod world;

mod bad_input;
mod bench;
mod broker;
mod broker_model;
mod bulk;
mod chat;
mod check;
mod check_websocket;
