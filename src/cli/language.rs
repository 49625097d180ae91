//! What is spoken over a session: the flags of every command that opens one.

use clap::Args;

use super::error::CliError;
use crate::protocol::roadrunner::Wire;
use crate::protocol::session::ProtocolName;

/// What is spoken.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Other protocols over WebSocket")]
pub struct LanguageArgs {
    /// Speak this: versia, wsify, roadrunner (2.3.1 and later), roadrunner-2.3.0, chat, or raw
    #[arg(long, value_name = "PROTOCOL", default_value = "versia", value_parser = protocol)]
    pub protocol: ProtocolName,
    /// wsify: the channel that documents are broadcast to. chat: the user that texts go to
    #[arg(long, value_name = "NAME")]
    pub topic: Option<String>,
    /// roadrunner-2.3.0: the broker, for documents that name none [default: memory]
    #[arg(long, value_name = "NAME")]
    pub broker: Option<String>,
}

fn protocol(text: &str) -> Result<ProtocolName, String> {
    text.parse()
}

impl LanguageArgs {
    /// # Errors
    /// When something was given that the protocol does not have.
    pub fn check(&self) -> Result<(), CliError> {
        let name = self.protocol;
        if self.topic.is_some() && !matches!(name, ProtocolName::Wsify | ProtocolName::Chat) {
            return Err(CliError::usage(format!("--topic is for wsify and chat, not for {name}")));
        }
        if self.broker.is_some() && name != ProtocolName::RoadRunner(Wire::V2_3_0) {
            return Err(CliError::usage(format!("--broker is for roadrunner-2.3.0, not for {name}")));
        }
        Ok(())
    }
}
