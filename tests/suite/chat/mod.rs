//! `serve chat` with real clients: the conversation of the documents, events that come again until they are acknowledged, also
//! after the server was killed, presence, silence, and what is wrong.

mod client;
mod conversation;
mod delivery;
mod disconnects;
mod presence;
mod refusals;
