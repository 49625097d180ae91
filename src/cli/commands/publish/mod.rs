//! `publish`: something for the subscribers of a channel or of topics, without a session.

mod roadrunner;
mod wsify;

use clap::{Args, Subcommand};

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;

/// Publish to the subscribers of a hub, from outside.
#[derive(Debug, Args)]
pub struct PublishArgs {
    #[command(subcommand)]
    hub: Hub,
}

#[derive(Debug, Subcommand)]
enum Hub {
    /// Broadcast a content to a channel of wsify, by a POST to /broadcast
    Wsify(wsify::WsifyArgs),
    /// Publish a payload to topics of RoadRunner, by a call over Goridge
    #[command(name = "roadrunner")]
    RoadRunner(roadrunner::RoadRunnerArgs),
}

impl PublishArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.hub {
            Hub::Wsify(args) => args.run(context),
            Hub::RoadRunner(args) => args.run(context),
        }
    }
}

/// What is to be published: the argument itself, or standard input whole where it is `-`.
fn published(context: &mut Context, argument: &str, what: &str) -> Result<Vec<u8>, CliError> {
    match argument {
        "-" => context.inputs.read(&Source::Stdin, what),
        text => Ok(text.as_bytes().to_vec()),
    }
}
