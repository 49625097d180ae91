//! The names of the protocols, and the values that they stand for.

use std::fmt;
use std::str::FromStr;

use super::versia::Signing;
use super::{Chat, Raw, RoadRunner, SessionProtocol, Versia, Wsify};
use crate::protocol::record::Protocol;
use crate::protocol::roadrunner::Wire;

/// A protocol as people name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProtocolName {
    /// Versia's WebSocket extension.
    #[default]
    Versia,
    /// wsify pub/sub.
    Wsify,
    /// RoadRunner topics, in one of their wire forms.
    RoadRunner(Wire),
    /// The request, response, event and acknowledgement chat.
    Chat,
    /// Frames of any meaning.
    Raw,
}

/// What a session is run with; each protocol takes its own of it.
#[derive(Clone, Default)]
pub struct Setting {
    /// Versia: who signs, and with which keys is verified.
    pub signing: Signing,
    /// wsify: the channel that documents are broadcast to. Chat: whom texts go to.
    pub topic: Option<String>,
    /// RoadRunner 2.3.0: the broker's name; `memory` unless told otherwise.
    pub broker: Option<String>,
}

impl ProtocolName {
    /// Every protocol, as it is written.
    pub const ALL: [&'static str; 6] = ["versia", "wsify", "roadrunner", "roadrunner-2.3.0", "chat", "raw"];

    /// The protocol as records have it.
    pub fn protocol(self) -> Protocol {
        match self {
            ProtocolName::Versia => Protocol::Versia,
            ProtocolName::Wsify => Protocol::Wsify,
            ProtocolName::RoadRunner(_) => Protocol::Roadrunner,
            ProtocolName::Chat => Protocol::Chat,
            ProtocolName::Raw => Protocol::Raw,
        }
    }

    /// The protocol for a session.
    pub fn start(self, setting: Setting) -> Box<dyn SessionProtocol> {
        match self {
            ProtocolName::Versia => Box::new(Versia::new(setting.signing)),
            ProtocolName::Wsify => Box::new(Wsify::new(setting.topic)),
            ProtocolName::RoadRunner(wire) => Box::new(RoadRunner::new(wire, setting.broker)),
            ProtocolName::Chat => Box::new(Chat::new(setting.topic)),
            ProtocolName::Raw => Box::new(Raw),
        }
    }
}

impl fmt::Display for ProtocolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProtocolName::Versia => "versia",
            ProtocolName::Wsify => "wsify",
            ProtocolName::RoadRunner(Wire::V2_3_1) => "roadrunner",
            ProtocolName::RoadRunner(Wire::V2_3_0) => "roadrunner-2.3.0",
            ProtocolName::Chat => "chat",
            ProtocolName::Raw => "raw",
        })
    }
}

impl FromStr for ProtocolName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "versia" => Ok(ProtocolName::Versia),
            "wsify" => Ok(ProtocolName::Wsify),
            "roadrunner" | "roadrunner-2.3.1" => Ok(ProtocolName::RoadRunner(Wire::V2_3_1)),
            "roadrunner-2.3.0" => Ok(ProtocolName::RoadRunner(Wire::V2_3_0)),
            "chat" => Ok(ProtocolName::Chat),
            "raw" => Ok(ProtocolName::Raw),
            _ => Err(format!("there is no protocol {text:?}; there are {}", ProtocolName::ALL.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_it_is_written_and_starts_its_protocol() {
        for name in ProtocolName::ALL {
            let read: ProtocolName = name.parse().unwrap();
            assert_eq!(read.to_string(), name);
            assert_eq!(read.start(Setting::default()).protocol(), read.protocol());
        }
        assert_eq!("roadrunner-2.3.1".parse(), Ok(ProtocolName::RoadRunner(Wire::V2_3_1)));
        assert!("mqtt".parse::<ProtocolName>().unwrap_err().contains("there are versia, wsify"));
    }
}
