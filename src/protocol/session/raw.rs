//! No protocol: what is wanted is sent as it is, and nothing is known of what comes.

use super::{
    ComposeError, Composed, Composition, Examined, Kind, Moment, PayloadRef, Reading, SessionProtocol, Wanted,
};
use crate::protocol::record::Protocol;

/// Frames of any meaning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Raw;

const NO_TOPICS: &str = "raw messages have no channels or topics";
const AS_IT_IS: &str = "type the message as it has to be sent";

impl SessionProtocol for Raw {
    fn protocol(&self) -> Protocol {
        Protocol::Raw
    }

    fn default_path(&self) -> &'static str {
        "/"
    }

    fn compose(&mut self, wanted: Wanted<'_>, _: Moment) -> Result<Composition, ComposeError> {
        match wanted {
            Wanted::Document(text) => Ok(Composed::text(text.to_owned()).into()),
            Wanted::Word { name, .. } => Err(ComposeError::Unknown(name.to_owned())),
            Wanted::Subscribe(_) | Wanted::Unsubscribe(_) | Wanted::Publish { .. } => {
                Err(ComposeError::Unsupported(NO_TOPICS, AS_IT_IS))
            }
        }
    }

    fn read(&mut self, _: PayloadRef<'_>, _: Examined, _: Moment) -> Reading {
        Reading::new(Kind::Message)
    }
}
