//! RoadRunner's WebSockets on the wire: the session's frames, and publishing from outside by RPC.
//!
//! There are two wire forms, told apart by the version that brought them: [`Wire`]. A [`Command`] is what a client sends in
//! a session and a [`ServerFrame`] what it gets; a [`Call`] is what a publisher sends, in Goridge's [`Frame`]s. Pure, and
//! whoever reads decides how much there may be. See `docs/beep-beep/websockets.md` of RoadRunner 2.3.

mod check;
mod command;
mod goridge;
mod publication;
mod rpc;
mod server_frame;

use std::fmt;
use std::str::FromStr;

pub use check::check;
pub use command::{Command, CommandError, Verb, join_question};
pub use goridge::{Codec, Frame, FrameError};
pub use publication::{BodyError, Publication, read_request, read_response, write_request, write_response};
pub use rpc::{Call, CallError, Method, Reply};
pub use server_frame::ServerFrame;

/// Where sessions are opened.
pub const PATH: &str = "/ws";

/// The two wire forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Wire {
    /// That of 2.3.0: brokers are named, frames are binary, and a message is its bare payload.
    V2_3_0,
    /// That of 2.3.1 and later: no brokers, frames are text, and a message has its topic.
    #[default]
    V2_3_1,
}

impl Wire {
    /// The version that brought it.
    pub fn as_str(self) -> &'static str {
        match self {
            Wire::V2_3_0 => "2.3.0",
            Wire::V2_3_1 => "2.3.1",
        }
    }

    /// Whether a server's frames are text; binary otherwise.
    pub fn is_text(self) -> bool {
        self == Wire::V2_3_1
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Wire {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "2.3.0" => Ok(Wire::V2_3_0),
            "2.3.1" => Ok(Wire::V2_3_1),
            _ => Err(format!(
                "there is no wire {text:?}; there are 2.3.0 and 2.3.1, which later versions speak too"
            )),
        }
    }
}
