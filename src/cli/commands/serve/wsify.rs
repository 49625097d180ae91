//! `serve wsify`: channels that clients join and broadcast to.

use std::path::Path;
use std::sync::Arc;

use clap::Args;
use zeroize::Zeroizing;

use super::hub::{Hub, HubArgs, Mounted, Name, With, broadcast_path, refuse_hidden_paths, session_path};
use super::listening::ListenArgs;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::key_input::warn_if_others_can_read;
use crate::cli::network::NetworkArgs;
use crate::protocol::wsify::PATH;
use crate::server::hub::{Mount, Wsify};

/// Run a wsify server: clients join channels over WebSocket and broadcast to them; others publish with POST /broadcast.
///
/// The authorizer is asked before a session is opened and before each command: 200 allows, 5xx or no answer closes the
/// session, anything else drops the command. Without a broadcasting key, only this machine may POST /broadcast. With Redis
/// as the broker, several servers are one. GET /readyz tells whether the broker is there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli serve wsify
  versia-cli serve wsify --authorizer http://127.0.0.1:8000/ws --broadcasting-key-file key.txt
  versia-cli serve wsify --listen 3001 --broker redis://127.0.0.1:6379

Exit codes: 0 ended in order · 2 wrong use, or the port is taken · 3 the broker cannot be reached")]
pub(super) struct WsifyArgs {
    /// The path of the sessions; /broadcast is beside it
    #[arg(long, value_name = "PATH", default_value = PATH, value_parser = session_path)]
    path: String,
    #[command(flatten)]
    listening: ListenArgs,
    #[command(flatten)]
    hub: HubArgs,
    #[command(flatten)]
    options: WsifyOptions,
    #[command(flatten)]
    network: NetworkArgs,
}

/// What only wsify has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "wsify")]
pub(super) struct WsifyOptions {
    /// The key that POST /broadcast?key=… needs, from a file
    #[arg(long, value_name = "FILE|-")]
    broadcasting_key_file: Option<String>,
}

/// wsify as its options say.
pub(super) struct WsifyPlan {
    key: Option<Zeroizing<String>>,
}

impl WsifyArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        refuse_hidden_paths(&[With { protocol: Name::Wsify, path: self.path.clone() }])?;
        let hub = self.hub.resolve(&self.network.options(context)?);
        let plan = self.options.resolve(context)?;
        let recording = self.listening.server.recording.open()?;
        self.listening.serve(context, "localhost", &recording, async |context| {
            let mounted = plan.mount(&self.path, &hub).await?;
            Ok(self.hub.served(context, &self.listening, "wsify", mounted))
        })
    }
}

impl WsifyOptions {
    /// The first of the options that is given.
    pub(super) fn given(&self) -> Option<&'static str> {
        self.broadcasting_key_file.as_ref().map(|_| "--broadcasting-key-file")
    }

    pub(super) fn resolve(&self, context: &mut Context) -> Result<WsifyPlan, CliError> {
        let Some(path) = &self.broadcasting_key_file else { return Ok(WsifyPlan { key: None }) };
        let source = Source::parse(path);
        if let Source::File(file) = &source {
            warn_if_others_can_read(context, Path::new(file));
        }
        let bytes = Zeroizing::new(context.inputs.read(&source, "--broadcasting-key-file")?);
        let text = std::str::from_utf8(&bytes).unwrap_or_default().trim();
        if text.is_empty() {
            return Err(CliError::usage(format!("the broadcasting key in {source} is empty, or not text"))
                .hint("a key of your own choice, on a line; `openssl rand -hex 32` makes a good one"));
        }
        Ok(WsifyPlan { key: Some(Zeroizing::new(text.to_owned())) })
    }
}

impl WsifyPlan {
    pub(super) async fn mount(&self, path: &str, hub: &Hub) -> Result<Mounted, CliError> {
        let carrier = hub.carrier("wsify").await?;
        let protocol = Wsify::new(carrier, hub.authorizer.clone(), self.key.as_ref().map(|key| key.as_str()));
        let rows =
            vec![("wsify", "sessions", path.to_owned()), ("broadcast", "broadcast", broadcast_path(path))];
        Ok(Mounted { mount: Mount { path: path.to_owned(), protocol: Arc::new(protocol) }, rows })
    }
}
