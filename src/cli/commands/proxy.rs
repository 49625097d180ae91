//! `proxy`: in front of somebody's instance, recording and verifying what passes.

use std::sync::Arc;

use clap::Args;

use crate::cli::error::{CliError, Exit};
use crate::cli::inspecting::Judging;
use crate::cli::network::{KeyFetchArgs, NetworkArgs};
use crate::cli::replaying::Replayer;
use crate::cli::serving::{Listen, Prepared, ServerArgs};
use crate::cli::{AMBIENT, Context};
use crate::client::{Dialer, HttpUrl, NetworkOptions, Origin, Peer, UrlError};
use crate::server::Judge;
use crate::server::proxy::{ProxySetup, start};
use crate::signing::check_domain;

/// Stand in front of an instance: what passes is relayed as it is, recorded, and verified with the signers' published keys, the
/// instance's signed answers too.
///
/// HTTP/1.1 and WebSocket are relayed as bytes. HTTP/2 is spoken with the client where it asks for it; bodies and the values of
/// headers stay as they are. Nothing that passes waits for its record: when there is too much, some of it passes without one,
/// which is said. `Host` stays as the client sent it.
///
/// A line is told of every exchange, and of every message of a WebSocket session.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli proxy --to http://localhost:3000
  versia-cli proxy --to http://localhost:3000 --domain b.example --listen 127.0.0.1:8443 --tls
  versia-cli proxy --to https://b.example --host b.example --store passed.db --keep 7d
  versia-cli proxy --to http://localhost:3000 --json > passed.ndjson

Exit codes: 0 ended in order · 2 wrong use, the port is taken, or the store cannot be used")]
pub struct ProxyArgs {
    /// Where the instance is, without a path
    #[arg(long, value_name = "URL", value_parser = origin)]
    to: Origin,
    /// Listen at this address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT|PORT", default_value = "127.0.0.1:0")]
    listen: Listen,
    /// The instance's domain, by which it signs, where that is not the host of --to: its key is fetched from there
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    domain: Option<String>,
    /// Send this Host to the instance, in the place of the client's
    #[arg(long, value_name = "HOST[:PORT]", value_parser = host)]
    host: Option<String>,
    /// Say nothing about entities that are not valid
    #[arg(long)]
    no_validate: bool,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    key_fetch: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

impl ProxyArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let network = self.network.options(context)?;
        self.refuse(&network)?;
        let recording = self.server.recording.open()?;
        let domain = self.domain.as_ref().unwrap_or(&self.to.host);
        let keys = || self.key_fetch.directory_with(&network, self.behind(&network));
        self.server.run(context, self.listen, domain, &recording, async |_, _| {
            let judge = Arc::new(Judge::of_others(Arc::new(keys())));
            let replayer = Replayer { options: network.clone(), keys: Arc::new(keys()), signer: None };
            let setup = ProxySetup {
                to: self.to.clone(),
                dialer: Dialer::new(network.clone()),
                host: self.host.clone(),
                judge: Arc::clone(&judge),
                validate: !self.no_validate,
                max_body: self.server.max_body,
                ambient: AMBIENT,
                records: Some(recording.records.clone()),
            };
            let scheme = if self.to.tls { "https" } else { "http" };
            let mut rows = vec![("to", "to", format!("{scheme}://{}", self.to.authority()))];
            rows.extend(self.domain.clone().map(|domain| ("domain", "domain", domain)));
            rows.extend(recording.row());
            Ok(Prepared {
                start: Box::new(|bound, tls| start(bound, tls, setup)),
                title: "the proxy".to_owned(),
                rows,
                expectation: None,
                every: true,
                verifier: Some(Arc::new(Judging(judge))),
                replayer: Some(replayer),
            })
        })
    }

    /// The instance behind the proxy, under its domain and under the name that it is reached by.
    fn behind(&self, network: &NetworkOptions) -> Vec<Peer> {
        let of_domain = self.domain.as_ref().and_then(|domain| {
            let url = HttpUrl::new(self.to.clone(), "/").ok()?;
            Some(Peer { domain: domain.clone(), url })
        });
        of_domain.into_iter().chain(Peer::named(&self.to, network)).collect()
    }

    fn refuse(&self, network: &NetworkOptions) -> Result<(), CliError> {
        if !network.headers.is_empty() {
            return Err(CliError::usage("--header is not for what is relayed: it stays as it is")
                .hint("--host changes the Host, and nothing changes anything else"));
        }
        if self.listen.is_reached_by(&self.to) && network.resolve.is_empty() {
            return Err(CliError::usage(format!("{} is where the proxy itself would listen", self.to))
                .hint("--to is the instance's address; --listen takes another port, 0 a free one"));
        }
        if !self.to.tls && !network.allow_http && !network.is_loopback(&self.to) {
            return Err(CliError::usage(format!("plain HTTP to {} is not spoken", self.to))
                .hint("use https://; --allow-http sends it in the clear"));
        }
        Ok(())
    }
}

fn origin(text: &str) -> Result<Origin, String> {
    let url = HttpUrl::parse(text).map_err(|error: UrlError| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })?;
    match url.target() {
        "/" => Ok(url.origin().clone()),
        _ => Err("it has a path; every path of the instance is relayed: http://localhost:3000".to_owned()),
    }
}

fn domain(text: &str) -> Result<String, String> {
    check_domain(text).map(|()| text.to_owned()).map_err(|why| why.to_string())
}

/// What can stand in a `Host`.
fn host(text: &str) -> Result<String, &'static str> {
    let is_right =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@".contains(&byte));
    is_right.then(|| text.to_owned()).ok_or("not a host, such as b.example or b.example:8443")
}
