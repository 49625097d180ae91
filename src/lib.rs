//! Debug Versia federation: keys, signatures and why they fail, deliveries, and an instance to deliver to.
//!
//! # The map
//!
//! | module | what it is for |
//! |---|---|
//! | [`cli`] | commands, flags, the terminal, exit codes; the only layer that prints |
//! | [`bench`] | load on an inbox: the open and the closed model, latencies, thresholds |
//! | [`check`] | the conformance cases, by the pages of the documents, and what runs them |
//! | [`repl`] | a session: its language, and its execution |
//! | [`inspector`] | a page that shows what is recorded, and the API behind it |
//! | [`server`] | an instance here: accept loop, sessions, the wire's faults |
//! | [`discovery`] | what instances have: fetching entities and collections, looking at an instance step by step |
//! | [`delivery`] | many entities to an inbox: retries, rates, the journal; sending again what was recorded |
//! | [`client`] | outbound sockets: the dialer, HTTP, WebSocket sessions, RoadRunner's RPC, the keys of signers |
//! | [`broker`] | who gets what is published to a topic, on this node and on others |
//! | [`identity`] | the store of keys and domains |
//! | [`store`] | what outlasts a run: one SQLite file, and its thread |
//! | [`protocol`] | bytes or JSON to typed messages, and the record; pure |
//! | [`entity`] | what is wrong with an entity, where, and by which rule; making new ones |
//! | [`signing`] | keys, the signed string, signatures and their diagnosis |
//! | [`lines`] | NDJSON in blocks: bounded reading, parallel work, output in order |
//! | [`finding`] | the codes: one list, with level, text, fix and page |
//!
//! # The layer rule
//!
//! Arrows point down only: `main → cli → {bench, check, repl, inspector} → {server, delivery, discovery} → {client, broker, store, identity} → protocol → {entity, signing} → {lines, finding}`. Neighbours in braces do not
//! import each other, commands never import commands, and nothing below `cli` prints, reads flags or exits. Clock and
//! randomness come in as parameters. `tests/suite/layers.rs` scans the `use crate::` lines and keeps this true.

pub mod bench;
pub mod broker;
pub mod check;
pub mod cli;
pub mod client;
pub mod delivery;
pub mod discovery;
pub mod entity;
pub mod finding;
pub mod identity;
pub mod inspector;
pub mod lines;
pub mod protocol;
pub mod repl;
pub mod server;
pub mod signing;
pub mod store;
