//! What servers of the other protocols have in common: brokers, the authorizer, and how they are mounted.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::str::FromStr;
use std::sync::Arc;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command};

use super::listening::{ListenArgs, Served};
use crate::broker::{BrokerChoice, ChoiceError};
use crate::cli::error::CliError;
use crate::cli::{AMBIENT, Context};
use crate::client::{Dialer, HttpUrl, NetworkOptions};
use crate::finding::codes;
use crate::protocol::wsify::BROADCAST;
use crate::server::hub::{Authorizer, Carrier, Mount};
use crate::server::{MAX_QUEUED, Setup};

/// The options that the protocols share.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Other protocols")]
pub(super) struct HubArgs {
    /// Ask this URL about each session and command: a POST of JSON, and 200 allows it
    #[arg(long, value_name = "URL", value_parser = url)]
    authorizer: Option<HttpUrl>,
    /// Who carries messages, `memory` or a Redis server; RoadRunner's 2.3.0 can have several, by their names
    #[arg(long, value_name = "[NAME=]memory|redis://HOST:PORT", value_parser = UnquotedBroker)]
    broker: Vec<NamedBroker>,
    /// How much may wait for one session before it is cut off
    #[arg(long, value_name = "BYTES", default_value_t = MAX_QUEUED)]
    pub(super) max_queue: usize,
}

/// A protocol and the path of its sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct With {
    pub(super) protocol: Name,
    pub(super) path: String,
}

/// A protocol that can be served beside an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Wsify,
    RoadRunner,
    Chat,
}

impl FromStr for With {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').ok_or("not PROTOCOL=PATH, such as wsify=/ws")?;
        let protocol = match name {
            "wsify" => Name::Wsify,
            "roadrunner" => Name::RoadRunner,
            "chat" => Name::Chat,
            _ => return Err(format!("{name:?} is no protocol; there are wsify, roadrunner and chat")),
        };
        Ok(With { protocol, path: session_path(path)? })
    }
}

/// Refuses paths of which one would hide another, or what the server answers itself.
pub(super) fn refuse_hidden_paths(withs: &[With]) -> Result<(), CliError> {
    const OWN: [&str; 3] = ["/readyz", "/.well-known/", "/.versia/"];
    let mut taken = BTreeSet::new();
    for With { protocol, path } in withs {
        let mut wanted = vec![path.clone()];
        if *protocol == Name::Wsify {
            wanted.push(broadcast_path(path));
        }
        for wanted in wanted {
            if OWN.iter().any(|own| wanted == *own || (own.ends_with('/') && wanted.starts_with(own))) {
                return Err(CliError::usage(format!("the path {wanted} is the server's own"))
                    .hint("another path for the sessions, such as /ws"));
            }
            if let Some(twice) = taken.replace(wanted) {
                return Err(CliError::usage(format!("the path {twice} would be that of two things")).hint(
                    "each protocol has a path of its own, and wsify's /broadcast is beside its sessions",
                ));
            }
        }
    }
    Ok(())
}

/// Where is published to wsify, beside its sessions.
pub(super) fn broadcast_path(path: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}{BROADCAST}")
}

/// The path of sessions, as a request has it.
pub(super) fn session_path(text: &str) -> Result<String, String> {
    let is_path =
        text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte));
    if is_path { Ok(text.to_owned()) } else { Err("the path begins with / and has no query".to_owned()) }
}

/// A broker, and its name where it has one.
#[derive(Debug, Clone)]
pub(super) struct NamedBroker {
    name: Option<String>,
    choice: BrokerChoice,
}

impl FromStr for NamedBroker {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A URL may have an equals sign behind its scheme.
        let (name, choice) = match text.split_once('=').filter(|(name, _)| !name.contains([':', '/'])) {
            Some((name, choice)) => (Some(name.to_owned()), choice),
            None => (None, text),
        };
        let choice = choice.parse().map_err(|error: ChoiceError| format!("{error}; {}", error.hint()))?;
        Ok(NamedBroker { name, choice })
    }
}

/// Reads a [`NamedBroker`], and never quotes what it was given: a password may stand anywhere in what is no URL.
#[derive(Debug, Clone)]
struct UnquotedBroker;

impl TypedValueParser for UnquotedBroker {
    type Value = NamedBroker;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<NamedBroker, clap::Error> {
        let text = value.to_str().ok_or_else(|| "it is not UTF-8".to_owned());
        text.and_then(str::parse).map_err(|why| {
            let argument = argument.map(Arg::to_string).unwrap_or_default();
            let message = format!("invalid value for '{argument}': {why}\n");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

fn url(text: &str) -> Result<HttpUrl, String> {
    HttpUrl::parse(text).map_err(|error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

/// What the shared options say.
pub(super) struct Hub {
    pub(super) authorizer: Option<Arc<Authorizer>>,
    brokers: Vec<NamedBroker>,
}

/// A protocol that is ready to be served, and what is said of it.
pub(super) struct Mounted {
    pub(super) mount: Mount,
    pub(super) rows: Vec<(&'static str, &'static str, String)>,
}

impl HubArgs {
    /// The first of the options that is given.
    pub(super) fn given(&self) -> Option<&'static str> {
        [("--authorizer", self.authorizer.is_some()), ("--broker", !self.broker.is_empty())]
            .into_iter()
            .find_map(|(flag, given)| given.then_some(flag))
    }

    pub(super) fn resolve(&self, network: &NetworkOptions) -> Hub {
        let authorizer = self
            .authorizer
            .clone()
            .map(|url| Arc::new(Authorizer::new(url, Arc::new(Dialer::new(network.clone())))));
        Hub { authorizer, brokers: self.broker.clone() }
    }

    /// A server of one protocol alone.
    pub(super) fn served(
        &self,
        context: &Context,
        listening: &ListenArgs,
        title: &str,
        Mounted { mount, rows }: Mounted,
    ) -> Served {
        let setup = Setup {
            instance: None,
            mounts: vec![mount],
            frames: context.ui.json || !context.ui.quiet,
            max_queued: self.max_queue,
            max_body: listening.server.max_body,
            faults: listening.fault.clone(),
            ambient: AMBIENT,
            records: None,
        };
        Served { setup, title: title.to_owned(), rows, expectation: None, replayer: None }
    }
}

impl Hub {
    /// The one broker of a protocol that has one.
    pub(super) async fn carrier(&self, protocol: &str) -> Result<Carrier, CliError> {
        let named = self.brokers.iter().filter(|broker| broker.name.as_deref() == Some(protocol));
        let mut meant: Vec<_> =
            named.chain(self.brokers.iter().filter(|broker| broker.name.is_none())).collect();
        meant.truncate(1);
        match meant.first() {
            None => open(&BrokerChoice::Memory, protocol).await,
            Some(broker) => open(&broker.choice, protocol).await,
        }
    }

    /// The brokers of a protocol that names them.
    pub(super) async fn carriers(&self, usual: &str) -> Result<BTreeMap<String, Carrier>, CliError> {
        let mut carriers = BTreeMap::new();
        for NamedBroker { name, choice } in &self.brokers {
            let name = name.as_deref().unwrap_or(usual);
            if carriers.insert(name.to_owned(), open(choice, name).await?).is_some() {
                return Err(CliError::usage(format!("there are two brokers with the name {name:?}"))
                    .hint("--broker NAME=memory gives each a name of its own"));
            }
        }
        if carriers.is_empty() {
            carriers.insert(usual.to_owned(), open(&BrokerChoice::Memory, usual).await?);
        }
        Ok(carriers)
    }
}

async fn open(choice: &BrokerChoice, name: &str) -> Result<Carrier, CliError> {
    Carrier::open(choice, name).await.map_err(|error| {
        CliError::network(format!("cannot reach the broker: {choice}"))
            .because(format!("{error} ({})", codes::BROKER_AWAY.id))
            .hint(error.hint())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_and_brokers_are_read() {
        let with: With = "wsify=/a/ws".parse().unwrap();
        assert_eq!((with.protocol, with.path.as_str()), (Name::Wsify, "/a/ws"));
        for (text, says) in
            [("wsify", "not PROTOCOL=PATH"), ("irc=/ws", "no protocol"), ("wsify=ws", "begins with /")]
        {
            let error = text.parse::<With>().unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        for (text, name, choice) in [
            ("memory", None, "memory"),
            ("a=memory", Some("a"), "memory"),
            ("redis://:hush@127.0.0.1:7/?protocol=resp3", None, "Redis at 127.0.0.1:7"),
            ("b=unix:///tmp/r.sock?db=1", Some("b"), "Redis at /tmp/r.sock"),
        ] {
            let broker: NamedBroker = text.parse().unwrap();
            assert_eq!(
                (broker.name.as_deref(), broker.choice.to_string().as_str()),
                (name, choice),
                "{text}"
            );
            assert!(!format!("{broker:?}").contains("hush"));
        }
        let error = "nats://:hush@a".parse::<NamedBroker>().unwrap_err();
        assert!(error.contains("no broker \"nats\"") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn a_path_that_would_hide_another_is_refused() {
        for (withs, is_right) in [
            (&["wsify=/ws", "chat=/chat", "roadrunner=/topics"][..], true),
            (&["wsify=/a/ws", "wsify=/b/ws"], true),
            (&["wsify=/ws", "chat=/ws"], false),
            (&["wsify=/ws", "wsify=/ws2"], false),
            (&["wsify=/broadcast"], false),
            (&["wsify=/ws", "chat=/broadcast"], false),
            (&["chat=/readyz"], false),
            (&["chat=/.versia/v0.6/inbox"], false),
            (&["roadrunner=/.well-known/versia"], false),
        ] {
            let read: Vec<With> = withs.iter().map(|with| with.parse().unwrap()).collect();
            assert_eq!(refuse_hidden_paths(&read).is_ok(), is_right, "{withs:?}");
        }
    }
}
