//! What `bench` needs to know of a hub: what it speaks, the topic, the subscribers, and how is published.

use std::num::NonZeroU16;
use std::sync::Arc;

use clap::Args;

use super::BenchArgs;
use crate::bench::Template;
use crate::bench::hub::{HubPlan, Language, Road};
use crate::cli::error::CliError;
use crate::cli::hub_address::{broadcasting_key, hub_url, with_key, without_query};
use crate::cli::input::Source;
use crate::cli::{AMBIENT, Context};
use crate::client::goridge::RpcAddress;
use crate::client::{Dialer, HttpUrl, NetworkOptions, Recipient, without_password};
use crate::protocol::roadrunner::{self, Codec, Wire};
use crate::protocol::session::ProtocolName;
use crate::protocol::wsify::{self, content_of};

/// How many subscribers there are unless told otherwise.
const SUBSCRIBERS: usize = 100;

/// A hub.
#[derive(Debug, Args)]
#[command(next_help_heading = "Load on a hub")]
pub(super) struct HubArgs {
    /// The target is a hub that speaks this: wsify, roadrunner (2.3.1 and later) or roadrunner-2.3.0
    #[arg(long, value_name = "PROTOCOL", value_parser = protocol)]
    protocol: Option<ProtocolName>,
    /// The topic, or wsify's channel, that subscribers join
    #[arg(long, value_name = "NAME", requires = "protocol")]
    topic: Option<String>,
    /// roadrunner-2.3.0: the broker [default: memory]
    #[arg(long, value_name = "NAME", requires = "protocol")]
    broker: Option<String>,
    /// So many subscribers, each with a session [default: 100]
    #[arg(long, value_name = "N", requires = "protocol")]
    subscribers: Option<NonZeroU16>,
    /// Where is published: for wsify http://… (without it, in sessions), for RoadRunner tcp://… or unix://…
    #[arg(long, value_name = "URL", requires = "protocol")]
    publish_to: Option<String>,
    /// wsify: the file with the hub's broadcasting key, or `-`
    #[arg(long, value_name = "FILE", requires = "publish_to")]
    key_file: Option<String>,
}

fn protocol(text: &str) -> Result<ProtocolName, String> {
    match text.parse()? {
        name @ (ProtocolName::Wsify | ProtocolName::RoadRunner(_)) => Ok(name),
        other => Err(format!("{other} has no topics; wsify, roadrunner and roadrunner-2.3.0 have")),
    }
}

impl HubArgs {
    pub(super) fn is_meant(&self) -> bool {
        self.protocol.is_some()
    }

    fn language(&self) -> Result<Language, CliError> {
        let wire = match self.protocol {
            Some(ProtocolName::RoadRunner(wire)) => wire,
            _ if self.broker.is_some() => return Err(CliError::usage("--broker is for roadrunner-2.3.0")),
            _ => return Ok(Language::Wsify),
        };
        match (wire, &self.broker) {
            (Wire::V2_3_1, Some(_)) => {
                Err(CliError::usage("--broker is for roadrunner-2.3.0")
                    .because("later versions name no broker"))
            }
            (Wire::V2_3_1, None) => Ok(Language::RoadRunner { wire, broker: None }),
            (Wire::V2_3_0, broker) => {
                let broker = broker.clone().unwrap_or_else(|| "memory".to_owned());
                Ok(Language::RoadRunner { wire, broker: Some(broker) })
            }
        }
    }

    fn topic(&self, language: &Language) -> Result<String, CliError> {
        let topic = self.topic.as_deref().unwrap_or_default();
        let topic = if *language == Language::Wsify { topic.trim() } else { topic };
        match topic {
            "" => Err(CliError::usage("a hub is loaded on a topic").hint("--topic NAME")),
            topic => Ok(topic.to_owned()),
        }
    }

    /// How is published.
    fn road(&self, context: &mut Context, language: &Language) -> Result<Road, CliError> {
        let Some(to) = &self.publish_to else {
            return match language {
                Language::Wsify => Ok(Road::Session),
                Language::RoadRunner { .. } => Err(CliError::usage("RoadRunner's clients do not publish")
                    .hint("--publish-to tcp://127.0.0.1:6001 publishes by RPC")),
            };
        };
        let wrong = |why: String| {
            let shown = without_password(without_query(to)).into_owned();
            CliError::usage(format!("cannot publish to {shown:?}")).because(why)
        };
        match language {
            Language::Wsify => {
                let url = hub_url(to).map_err(|error| wrong(error.to_string()))?;
                let key = broadcasting_key(context, self.key_file.as_deref())?;
                let url = with_key(url, key.as_deref()).map_err(|error| wrong(error.to_string()))?;
                Ok(Road::Post(url))
            }
            Language::RoadRunner { .. } if self.key_file.is_some() => {
                Err(CliError::usage("--key-file is for wsify"))
            }
            Language::RoadRunner { .. } => {
                let address: RpcAddress = to
                    .parse()
                    .map_err(|error: crate::client::goridge::RpcAddressError| wrong(error.to_string()))?;
                Ok(Road::Rpc(address, Codec::Protobuf))
            }
        }
    }
}

impl BenchArgs {
    /// What the flags say as a plan for a hub.
    pub(super) fn hub_plan(&self, context: &mut Context, target: &str) -> Result<HubPlan, CliError> {
        self.refuse_what_is_for_inboxes()?;
        let language = self.hub.language()?;
        let topic = self.hub.topic(&language)?;
        let url = session_url(target, &language)?;
        let road = self.hub.road(context, &language)?;
        let options = self.network.options(context)?;
        self.check_host(url.origin(), &options)?;
        self.check_road(&road, &options)?;
        let plan = HubPlan {
            url,
            ambient: AMBIENT,
            language,
            topic,
            road,
            payload: self.hub_payload(context)?,
            subscribers: self.hub.subscribers.map_or(SUBSCRIBERS, |count| usize::from(count.get())),
            publishers: usize::from(self.concurrency),
            model: self.model(),
            warm_up: self.warm_up,
            stop: self.stop(),
            grace: super::run::grace(options.timeout),
            dialer: Arc::new(Dialer::new(options)),
        };
        self.check_length(plan.stop, plan.model, plan.warm_up)?;
        Ok(plan)
    }

    fn refuse_what_is_for_inboxes(&self) -> Result<(), CliError> {
        let given = [
            ("--new", self.new.is_some()),
            ("--no-validate", self.no_validate),
            ("--ws", self.ws),
            ("--as", self.signer.as_name.is_some()),
            ("--key", self.signer.key.is_some()),
            ("--signed-by", self.signer.signed_by.is_some()),
            ("--presign", self.presign.is_some()),
            ("--no-receipts", self.no_receipts),
            ("--in-flight", self.in_flight.is_some()),
            ("--threads", self.threads.is_some()),
            ("--timings", self.network.timings),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => Err(CliError::usage(format!("{flag} is not for a hub"))),
            None => Ok(()),
        }
    }

    /// Where is published has to be this machine too, or named.
    fn check_road(&self, road: &Road, options: &NetworkOptions) -> Result<(), CliError> {
        match road {
            Road::Post(url) => self.check_host(url.origin(), options),
            Road::Rpc(RpcAddress::Tcp(origin), _) => self.check_host(origin, options),
            Road::Rpc(RpcAddress::Unix(_), _) | Road::Session => Ok(()),
        }
    }

    /// What is published beside the number: JSON, or a text as a string of it, with its places.
    fn hub_payload(&self, context: &mut Context) -> Result<Option<Template>, CliError> {
        let Some(file) = &self.file else { return Ok(None) };
        let bytes = context.inputs.read(&Source::parse(file), "the payload")?;
        let text = String::from_utf8(bytes)
            .map_err(|_| CliError::usage("the payload is not text (UTF-8), and JSON is"))?;
        let unfilled = |error| {
            CliError::usage("the payload cannot be filled in")
                .because(error)
                .hint("what is filled in is {{n}}, {{uuid}} and {{now}}")
        };
        let template = Template::parse(text.trim_end()).map_err(unfilled)?;
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&template.fill(0, AMBIENT)).is_ok();
        if is_json {
            return Ok(Some(template));
        }
        // Places stand in the string as they stood in the text.
        Template::parse(&content_of(text.trim_end())).map(Some).map_err(unfilled)
    }
}

fn session_url(target: &str, language: &Language) -> Result<HttpUrl, CliError> {
    let path = match language {
        Language::Wsify => wsify::PATH,
        Language::RoadRunner { .. } => roadrunner::PATH,
    };
    Recipient::session_url(target, path).map_err(|error| {
        CliError::usage(format!("cannot load {:?}", without_password(without_query(target))))
            .because(error)
            .hint("for example ws://127.0.0.1:3000, or wss://hub.example/ws")
    })
}
