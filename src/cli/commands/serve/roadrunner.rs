//! `serve roadrunner`: topics that clients join, and that applications publish to by RPC.

use std::sync::Arc;

use clap::Args;

use super::hub::{Hub, HubArgs, Mounted, session_path};
use super::listening::ListenArgs;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::network::NetworkArgs;
use crate::client::Origin;
use crate::client::goridge::{RpcAddress, RpcAddressError};
use crate::protocol::roadrunner::{PATH, Wire};
use crate::server::hub::{BoundRpc, Mount, RoadRunner, RoadRunnerConfig};

/// The broker's name where none is given.
const USUAL_BROKER: &str = "memory";

/// Run a server of RoadRunner's WebSockets: clients join topics, and applications publish to them by Goridge RPC.
///
/// Both wires are spoken, one at a time: 2.3.0, which names brokers, and that of 2.3.1 and later. The authorizer stands for the
/// application's worker: it is asked before a session is opened, where its answer is relayed unless it is 200, and
/// before each join. GET /readyz tells whether the brokers are there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli serve roadrunner --rpc tcp://127.0.0.1:6001
  versia-cli serve roadrunner --wire 2.3.0 --broker memory=memory --broker shared=redis://127.0.0.1:6379
  versia-cli serve roadrunner --allowed-origin 'https://*.example' --authorizer http://127.0.0.1:8000/ws

Exit codes: 0 ended in order · 2 wrong use, or a port is taken · 3 a broker cannot be reached")]
pub(super) struct RoadRunnerArgs {
    /// The path of the sessions
    #[arg(long, value_name = "PATH", default_value = PATH, value_parser = session_path)]
    path: String,
    #[command(flatten)]
    listening: ListenArgs,
    #[command(flatten)]
    hub: HubArgs,
    #[command(flatten)]
    options: RoadRunnerOptions,
    #[command(flatten)]
    network: NetworkArgs,
}

/// What only RoadRunner has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "RoadRunner")]
pub(super) struct RoadRunnerOptions {
    /// The wire: that of 2.3.0, or that of 2.3.1 and later
    #[arg(long, value_name = "2.3.0|2.3.1", default_value = "2.3.1")]
    wire: Wire,
    /// The origin of pages that may open sessions, with one * at most; for the later wire
    #[arg(long, value_name = "ORIGIN", default_value = "*", value_parser = origin)]
    allowed_origin: String,
    /// Take publishers' calls at this address
    #[arg(long, value_name = "tcp://HOST:PORT|unix://PATH", value_parser = rpc_address)]
    rpc: Option<RpcAddress>,
    /// Answer ok to a publication for a broker that there is not, as the original does
    #[arg(long)]
    strict_original: bool,
}

fn origin(text: &str) -> Result<String, String> {
    match text.matches('*').count() {
        0 | 1 => Ok(text.to_owned()),
        _ => Err("one * at most".to_owned()),
    }
}

/// An address to listen at: its port may be 0, which takes a free one.
fn rpc_address(text: &str) -> Result<RpcAddress, RpcAddressError> {
    let host = text.strip_suffix(":0").map(str::parse);
    match host {
        Some(Ok(RpcAddress::Tcp(origin))) => Ok(RpcAddress::Tcp(Origin { port: 0, ..origin })),
        _ => text.parse(),
    }
}

impl RoadRunnerArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let hub = self.hub.resolve(&self.network.options(context)?);
        let recording = self.listening.server.recording.open()?;
        self.listening.serve(context, "localhost", &recording, async |context| {
            let mounted = self.options.mount(&self.path, &hub, self.listening.server.max_body).await?;
            Ok(self.hub.served(context, &self.listening, "RoadRunner", mounted))
        })
    }
}

impl RoadRunnerOptions {
    /// The first of the options that is given.
    pub(super) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--rpc", self.rpc.is_some()),
            ("--allowed-origin", self.allowed_origin != "*"),
            ("--wire", self.wire != Wire::default()),
            ("--strict-original", self.strict_original),
        ];
        given.into_iter().find_map(|(flag, given)| given.then_some(flag))
    }

    pub(super) async fn mount(&self, path: &str, hub: &Hub, max_request: usize) -> Result<Mounted, CliError> {
        if self.wire == Wire::V2_3_0 && self.allowed_origin != "*" {
            return Err(CliError::usage("--allowed-origin is for the wire of 2.3.1 and later")
                .hint("the authorizer gets the header Origin on both"));
        }
        if self.wire == Wire::V2_3_1 && self.strict_original {
            return Err(CliError::usage(
                "--strict-original is for --wire 2.3.0: later versions name no broker",
            ));
        }
        let brokers = hub.carriers(USUAL_BROKER).await?;
        if self.wire == Wire::V2_3_1 && brokers.len() > 1 {
            return Err(CliError::usage("the wire of 2.3.1 names no brokers, so that there can be one only")
                .hint("give one --broker, or --wire 2.3.0"));
        }
        let rpc = match &self.rpc {
            None => None,
            Some(address) => Some(BoundRpc::at(address).await.map_err(|error| {
                CliError::io(format!("cannot listen at {address}"), &error)
                    .hint("--rpc takes another address")
            })?),
        };
        let mut rows =
            vec![("roadrunner", "sessions", path.to_owned()), ("wire", "wire", self.wire.to_string())];
        rows.extend(rpc.as_ref().map(|rpc| ("rpc", "rpc", rpc.address.to_string())));
        let protocol = RoadRunner::new(RoadRunnerConfig {
            wire: self.wire,
            brokers,
            authorizer: hub.authorizer.clone(),
            allowed_origin: self.allowed_origin.clone(),
            rpc,
            max_request,
            strict_original: self.strict_original,
        });
        Ok(Mounted { mount: Mount { path: path.to_owned(), protocol: Arc::new(protocol) }, rows })
    }
}
