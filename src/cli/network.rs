//! How to reach the network: one group of flags, the same for every command that does.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::Context;
use super::error::CliError;
use super::input::Source;
use crate::client::{
    CaCertificates, Dialer, Http, MetadataError, NetworkOptions, Proxy, ProxyVariables, ResolveRule,
};
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
}

/// A length of time in seconds, fractions allowed.
#[derive(Debug, Clone, Copy)]
pub struct Seconds(Duration);
impl From<Seconds> for Duration {
    fn from(s: Seconds) -> Duration {
        s.0
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

impl NetworkArgs {
    /// What sends requests as the flags and the environment have it.
    ///
    /// # Errors
    /// When a header or the proxy cannot be read.
    pub fn http(&self, context: &mut Context) -> Result<Http, CliError> {
        Ok(Http::new(Dialer::new(self.options(context)?)))
    }

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
        let mut headers = Vec::new();
        for argument in &self.header {
            match argument.strip_prefix('@') {
                None => headers.push(header(argument)?),
                Some(path) => {
                    let bytes = context.inputs.read(&Source::parse(path), "--header")?;
                    let text = String::from_utf8_lossy(&bytes);
                    for line in text.lines().filter(|line| !line.trim().is_empty()) {
                        headers.push(header(line)?);
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

impl From<MetadataError> for CliError {
    fn from(error: MetadataError) -> Self {
        let mut said = error.to_string();
        if let Some(source) = std::error::Error::source(&error) {
            said = format!("{said}: {}", super::error::describe_error(source));
        }
        let cli = match error.code() {
            Some(code) => {
                CliError::network("cannot have the instance's key").because(format!("{said} ({})", code.id))
            }
            None => CliError::usage("cannot have the instance's key").because(said),
        };
        match error.hint() {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    }
}

/// stub
#[derive(Debug, Clone, Args)]
pub struct KeyFetchArgs {
    /// x
    #[arg(long)]
    peer: Vec<String>,
    /// x
    #[arg(long)]
    allow_private: bool,
}
impl KeyFetchArgs {
    /// stub
    pub fn directory(
        &self,
        c: &mut Context,
        n: &NetworkArgs,
    ) -> Result<crate::client::KeyDirectory, CliError> {
        let mut o = n.options(c)?;
        o.allow_private = self.allow_private;
        Ok(crate::client::KeyDirectory::new(
            o,
            self.peer.iter().map(|p| p.parse().unwrap_or_else(|_| panic!())).collect(),
        ))
    }
}
