//! `publish roadrunner`: a payload for topics, by a call of RPC.

use std::fmt::Write;
use std::time::Instant;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::published;
use crate::cli::error::{CliError, Exit};
use crate::cli::network::{NetworkArgs, network_error};
use crate::cli::render::timings::millis;
use crate::cli::{Context, escape};
use crate::client::goridge::{RpcAddress, RpcAnswer, RpcVerdict, publish};
use crate::finding::codes;
use crate::protocol::roadrunner::{Codec, Method, Publication, Wire};

/// Publish a payload to topics of RoadRunner, as its own application would: by a call over Goridge.
///
/// The payload is sent byte for byte. The answer says that the broker took it (with --async, that it will be given to it),
/// not that anybody got it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli publish roadrunner tcp://127.0.0.1:6001 --topic foo --topic foo2 hello
  versia-cli publish roadrunner unix:///run/rr.sock --topic news --codec json - < news.json
  versia-cli publish roadrunner tcp://127.0.0.1 --wire 2.3.0 --broker memory --topic foo hello

-v shows both frames in hex. --json prints {\"protocol\", \"to\", \"wire\", \"method\", \"codec\", \"topics\",
\"published\", \"elapsed_ms\", \"error\"}.

Exit codes: 0 published · 1 refused: an error frame, or ok=false · 2 wrong use · 3 network")]
pub(super) struct RoadRunnerArgs {
    /// Where RoadRunner takes RPC (`rpc.listen`): tcp://HOST[:6001] or unix://PATH
    #[arg(value_name = "tcp://…|unix://…", value_parser = address)]
    to: RpcAddress,
    /// The payload, or `-` for standard input
    #[arg(value_name = "PAYLOAD|-")]
    payload: String,
    /// A topic; may be given several times
    #[arg(long, value_name = "TOPIC", required = true)]
    topic: Vec<String>,
    /// The broker, where the wire names one [default: memory]
    #[arg(long, value_name = "NAME")]
    broker: Option<String>,
    /// The wire form, by the version that brought it; later versions speak 2.3.1
    #[arg(long, value_name = "VERSION", default_value = "2.3.1", value_parser = wires())]
    wire: Wire,
    /// How the call is encoded
    #[arg(long, value_enum, value_name = "CODEC", default_value = "protobuf")]
    codec: CodecName,
    /// Ask for an answer that does not wait for the broker
    #[arg(long = "async")]
    is_async: bool,
    #[command(flatten)]
    network: NetworkArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CodecName {
    Protobuf,
    Json,
}

impl From<CodecName> for Codec {
    fn from(name: CodecName) -> Self {
        match name {
            CodecName::Protobuf => Codec::Protobuf,
            CodecName::Json => Codec::Json,
        }
    }
}

fn address(text: &str) -> Result<RpcAddress, String> {
    text.parse().map_err(|error: crate::client::goridge::RpcAddressError| error.to_string())
}

fn wires() -> impl TypedValueParser<Value = Wire> {
    PossibleValuesParser::new([Wire::V2_3_0, Wire::V2_3_1].map(Wire::as_str))
        .try_map(|wire| wire.parse::<Wire>())
}

/// A time in milliseconds, to the microsecond.
fn rounded(millis: f64) -> f64 {
    (millis * 1_000.0).round() / 1_000.0
}

/// What came of it, for programs.
#[derive(Serialize)]
struct Told<'a> {
    protocol: &'static str,
    to: String,
    wire: &'static str,
    method: &'static str,
    codec: &'static str,
    topics: &'a [String],
    published: bool,
    elapsed_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl RoadRunnerArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        if self.broker.is_some() && self.wire == Wire::V2_3_1 {
            return Err(CliError::usage("--broker is for --wire 2.3.0: later versions name no broker")
                .hint("leave it away, or give --wire 2.3.0 as well"));
        }
        if self.topic.iter().any(String::is_empty) {
            return Err(CliError::usage("a topic has no name").hint("--topic TOPIC"));
        }
        let options = self.network.options(context)?;
        if !options.headers.is_empty() {
            return Err(CliError::usage("-H is for HTTP: a call of RPC has no headers"));
        }
        let method = Method { wire: self.wire, is_async: self.is_async };
        let publication = self.publication(context)?;
        let start = Instant::now();
        let answer =
            publish(&self.to, &options, method, self.codec.into(), &[publication]).map_err(|error| {
                let what = format!("nobody says that anything was published to {}", self.to);
                network_error(what, &error, error.code(), error.hint())
            })?;
        let elapsed = start.elapsed().as_secs_f64() * 1_000.0;
        self.tell(context, method, &answer, elapsed)
    }

    fn publication(&self, context: &mut Context) -> Result<Publication, CliError> {
        let payload = published(context, &self.payload, "the payload")?;
        let broker = match self.wire {
            Wire::V2_3_0 => Some(self.broker.clone().unwrap_or_else(|| "memory".to_owned())),
            Wire::V2_3_1 => None,
        };
        Ok(Publication { broker, topics: self.topic.clone(), payload })
    }

    fn tell(
        &self,
        context: &mut Context,
        method: Method,
        answer: &RpcAnswer,
        elapsed: f64,
    ) -> Result<Exit, CliError> {
        if context.ui.verbose {
            context.ui.tell(&format!("> {}", hex(&answer.sent)));
            context.ui.tell(&format!("< {}", hex(&answer.received)));
        }
        let error = match &answer.verdict {
            RpcVerdict::Done => None,
            RpcVerdict::NotOk => Some("the reply says ok = false"),
            RpcVerdict::Failed(text) => Some(text.as_str()),
        };
        if context.ui.json {
            context.ui.json(&Told {
                protocol: "roadrunner",
                to: self.to.to_string(),
                wire: self.wire.as_str(),
                method: method.as_str(),
                codec: Codec::from(self.codec).as_str(),
                topics: &self.topic,
                published: error.is_none(),
                elapsed_ms: rounded(elapsed),
                error,
            })?;
        }
        let Some(error) = error else {
            if !context.ui.json {
                let topics = escape(&self.topic.join(", ")).into_owned();
                let name = method.as_str();
                context.ui.line(&format!("published to {topics}: {name}, {}", millis(elapsed)))?;
            }
            return Ok(Exit::Yes);
        };
        let refused = CliError::refused(format!("{} published nothing", self.to))
            .because(format!("{error} ({})", codes::PUBLICATION_REFUSED.id));
        Err(refused.hint(self.refusal_hint(&answer.verdict)))
    }

    fn refusal_hint(&self, verdict: &RpcVerdict) -> String {
        match (verdict, self.wire) {
            (RpcVerdict::Failed(text), _) if text.contains("can't find") => {
                let other = if self.wire == Wire::V2_3_1 { Wire::V2_3_0 } else { Wire::V2_3_1 };
                format!("another version may have another method: --wire {other}")
            }
            (_, Wire::V2_3_0) => {
                "is there such a broker, and does its plugin run? RoadRunner's log says more".to_owned()
            }
            (_, Wire::V2_3_1) => "does the broadcast plugin run there? RoadRunner's log says more".to_owned(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
