//! How to reach the network: one group of flags, the same for every command that does.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::Context;
use super::error::CliError;
use super::input::Source;
use crate::client::{
    CaCertificates, KeyDirectory, MetadataError, NetworkOptions, Origin, Peer, Proxy, ProxyVariables,
    ResolveRule,
};
use crate::finding::Code;
use crate::protocol::record::Bytes;

/// The network options.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// The limit for a whole exchange; 0 is none
    #[arg(long, value_name = "SECONDS", default_value = "30", hide_short_help = true)]
    timeout: Seconds,
    /// The limit for connecting: resolving, TCP and TLS together
    #[arg(long, value_name = "SECONDS", default_value = "10", hide_short_help = true)]
    connect_timeout: Seconds,
    /// Connect to this address for that host and port; an IPv6 address stands in brackets
    #[arg(long, value_name = "HOST:PORT:ADDR[:PORT]", hide_short_help = true, value_parser = resolve_rule)]
    resolve: Vec<ResolveRule>,
    /// Trust the authorities in this PEM file instead of the machine's own
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    cacert: Option<PathBuf>,
    /// Take any certificate
    #[arg(long, hide_short_help = true)]
    insecure: bool,
    /// Speak plain HTTP to other machines too, not to this one only
    #[arg(long, hide_short_help = true)]
    allow_http: bool,
    /// Send everything through this HTTP proxy, loopback included; else *_PROXY and NO_PROXY decide
    #[arg(long, value_name = "URL", hide_short_help = true)]
    proxy: Option<String>,
    /// Send this header, or those in a file, for secrets; takes the place of one of our own
    #[arg(long, short = 'H', value_name = "NAME: VALUE|@FILE", hide_short_help = true)]
    header: Vec<String>,
    /// Send this as User-Agent
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    user_agent: Option<String>,
    /// Tell how long each stage took: DNS, TCP, proxy, TLS, first byte, total
    #[arg(long, hide_short_help = true)]
    pub timings: bool,
}

/// Where the keys of signers are fetched from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Keys of signers")]
pub struct KeyFetchArgs {
    /// The instance of this domain is at that address; its key is fetched from there
    #[arg(long, value_name = "DOMAIN=URL", hide_short_help = true, value_parser = peer)]
    peer: Vec<Peer>,
    /// Fetch keys from private addresses too, not from public ones only
    #[arg(long, hide_short_help = true)]
    allow_private: bool,
}

impl KeyFetchArgs {
    /// The instances whose addresses the user gave.
    pub fn peers(&self) -> &[Peer] {
        &self.peer
    }

    /// Whether there is anything to heed when keys are fetched.
    pub fn is_given(&self) -> bool {
        !self.peer.is_empty() || self.allow_private
    }

    /// The network as it is used for hosts that a peer names.
    pub fn options(&self, options: &NetworkOptions) -> NetworkOptions {
        NetworkOptions { allow_private: self.allow_private, ..options.clone() }
    }

    /// What fetches keys, over the network as it is otherwise used. `named` is where the user sends requests to, which
    /// may have any address.
    pub fn directory(&self, options: &NetworkOptions, named: Option<&Origin>) -> KeyDirectory {
        self.directory_with(options, named.and_then(|origin| Peer::named(origin, options)))
    }

    /// The same, with further instances whose addresses are known.
    pub fn directory_with(
        &self,
        options: &NetworkOptions,
        known: impl IntoIterator<Item = Peer>,
    ) -> KeyDirectory {
        KeyDirectory::new(self.options(options), self.peer.iter().cloned().chain(known).collect())
    }
}

/// A length of time in seconds, fractions allowed.
#[derive(Debug, Clone, Copy)]
pub struct Seconds(Duration);

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        seconds.0
    }
}

impl FromStr for Seconds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let seconds: f64 =
            text.strip_suffix('s').unwrap_or(text).trim().parse().map_err(|_| "not a number of seconds")?;
        Duration::try_from_secs_f64(seconds).map(Seconds).map_err(|_| "not a length of time")
    }
}

fn resolve_rule(text: &str) -> Result<ResolveRule, String> {
    text.parse().map_err(|error: crate::client::ResolveRuleError| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

/// Reads the value of `--peer`.
pub fn peer(text: &str) -> Result<Peer, String> {
    text.parse().map_err(|error: crate::client::PeerError| format!("{error}; {}", error.hint()))
}

impl NetworkArgs {
    /// What the flags and the environment say about the network.
    ///
    /// # Errors
    /// When a header or the proxy cannot be read.
    pub fn options(&self, context: &mut Context) -> Result<NetworkOptions, CliError> {
        let proxy = match &self.proxy {
            None => None,
            Some(text) => Some(Proxy::parse(text).map_err(|error| {
                let cli = CliError::usage(format!("--proxy cannot be used: {error}"));
                match error.hint() {
                    Some(hint) => cli.hint(hint),
                    None => cli,
                }
            })?),
        };
        let (mut headers, mut secret_headers) = (Vec::new(), Vec::new());
        for argument in &self.header {
            match argument.strip_prefix('@') {
                None => headers.push(header(argument)?),
                Some(path) => {
                    let bytes = context.inputs.read(&Source::parse(path), "--header")?;
                    let text = String::from_utf8_lossy(&bytes);
                    for line in text.lines().filter(|line| !line.trim().is_empty()) {
                        let header = header(line)?;
                        secret_headers.push(header.0.clone());
                        headers.push(header);
                    }
                }
            }
        }
        let defaults = NetworkOptions::default();
        Ok(NetworkOptions {
            timeout: self.timeout.0,
            connect_timeout: self.connect_timeout.0,
            resolve: self.resolve.clone(),
            cacert: self.cacert.clone().map(CaCertificates::File),
            insecure: self.insecure,
            allow_http: self.allow_http,
            proxy,
            proxy_variables: ProxyVariables::from_env(|name| std::env::var(name).ok()),
            headers,
            secret_headers,
            user_agent: self.user_agent.clone().unwrap_or(defaults.user_agent),
            allow_private: defaults.allow_private,
        })
    }
}

/// A header as `Name: value`. The value is never quoted in an error: it may be a secret.
fn header(text: &str) -> Result<(String, Bytes), CliError> {
    let (name, value) = text.split_once(':').ok_or_else(|| {
        CliError::usage("a header has no colon in it").hint("-H 'Name: value', or -H @FILE with such lines")
    })?;
    Ok((name.trim().to_owned(), value.trim().into()))
}

/// Why something could not be had over the network; without a code, it is wrong use.
pub fn network_error(
    what: impl Into<String>,
    error: &dyn std::error::Error,
    code: Option<&Code>,
    hint: Option<String>,
) -> CliError {
    let said = describe_with_source(error);
    let cli = match code {
        Some(code) => CliError::network(what).because(format!("{said} ({})", code.id)),
        None => CliError::usage(what).because(said),
    };
    match hint {
        Some(hint) => cli.hint(hint),
        None => cli,
    }
}

/// What an error says, with what the system says about it.
pub fn describe_with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", super::error::describe_error(source)),
        None => error.to_string(),
    }
}

impl From<MetadataError> for CliError {
    fn from(error: MetadataError) -> Self {
        network_error("cannot have the instance's key", &error, error.code(), error.hint())
    }
}
