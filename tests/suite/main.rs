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
mod broker;
mod broker_model;
mod bulk;
mod chat;
mod conversation;
mod diagnosis;
mod discover;
mod entities;
mod entity_schemas;
mod fetch;
mod fetch_walk;
mod generated;
mod interop;
mod journal;
mod key_of_instance;
mod layers;
mod load;
mod misbehaving;
mod pair;
mod pipes;
mod publish;
mod repl;
mod repl_protocols;
mod second_opinion;
mod send;
mod send_protocols;
mod send_ws;
mod send_ws_failures;
mod send_ws_journal;
mod serve;
mod serve_entities;
mod serve_hub;
mod serve_roadrunner;
mod serve_sessions;
mod serve_strain;
mod serve_takes_part;
mod serve_wsify;
mod terminal;
mod transcripts;
mod vectors;
mod verdicts;
mod websocket_cases;
