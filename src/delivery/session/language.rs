//! What is spoken in a session in the place of Versia.

use std::borrow::Cow;

use super::SessionRoad;
use crate::client::HttpUrl;
use crate::client::websocket::Opening;
use crate::protocol::record::{Protocol, without_secrets};
use crate::protocol::session::{ProtocolName, SessionProtocol, Setting};

/// A protocol, and what its documents become.
#[derive(Debug, Clone)]
pub struct Language {
    /// Which one.
    pub name: ProtocolName,
    /// wsify: the channel that documents are broadcast to. Chat: whom texts go to.
    pub topic: Option<String>,
    /// RoadRunner 2.3.0: the broker.
    pub broker: Option<String>,
}

impl Language {
    /// The protocol, for a session.
    pub fn start(&self) -> Box<dyn SessionProtocol> {
        let (topic, broker) = (self.topic.clone(), self.broker.clone());
        self.name.start(Setting { topic, broker, ..Setting::default() })
    }
}

/// An address as it may be shown in this protocol: without the keys and tokens in it.
pub fn shown_url(url: &HttpUrl, protocol: Protocol) -> HttpUrl {
    match without_secrets(url.target()) {
        Cow::Owned(target) if protocol != Protocol::Versia => {
            HttpUrl::new(url.origin().clone(), &target).unwrap_or_else(|_| url.clone())
        }
        _ => url.clone(),
    }
}

impl SessionRoad {
    /// Which protocol is spoken, as records have it.
    pub(super) fn protocol(&self) -> Protocol {
        self.language.as_ref().map_or(Protocol::Versia, |language| language.name.protocol())
    }

    /// The handshake, signed as of `at` (Unix seconds) where that is asked for.
    pub(super) fn opening(&self, at: i64, receipts: bool, nonce: [u8; 16]) -> Opening {
        match &self.language {
            None => self.composer.opening(at, receipts, nonce),
            Some(language) => {
                let offered = language.start().subprotocols().iter();
                let subprotocols = offered.map(|offered| (*offered).to_owned()).collect();
                Opening { subprotocols, ..Opening::new(self.composer.url.clone(), nonce) }
            }
        }
    }
}
