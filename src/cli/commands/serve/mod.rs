//! `serve`: a local instance that receives, verifies and tells.

mod expectation;
mod watch;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustls::ServerConfig;
use serde::Serialize;

use self::expectation::Expectation;
use self::watch::{Ending, Watch};
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::SignerArgs;
use crate::cli::network::{KeyFetchArgs, NetworkArgs, Seconds};
use crate::cli::signals::Signals;
use crate::cli::{AMBIENT, Context, new_secret_key, unix_now};
use crate::protocol::versia::INBOX;
use crate::server::{Authority, Bound, Fault, FaultError, ServerTlsError, Setup, from_files, start};
use crate::signing::{Signer, check_domain};

/// The domain of an instance that was given none.
const LOCAL_DOMAIN: &str = "localhost";

/// Run a local instance: it answers discovery, takes deliveries over HTTP and WebSocket, verifies each with its signer's
/// published key, and tells one line about it.
///
/// Everything is accepted and badged; --reject answers as the documents demand. Without an identity, a key is made for
/// this run. Only this machine reaches it unless --listen says otherwise.
///
/// Over WebSocket, where the draft says nothing: the handshake is a signed GET of the inbox; a client that offers the
/// subprotocol versia.receipts.v1 gets a receipt per message.
///
/// Faults: status=N [retry-after=S], redirect=URL, unsigned, stale, wrong-key, hang, drop, delay=2s, reset-after=BYTES,
/// garbage, length=+N|-N; each with for=COUNT and path=PREFIX.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli serve
  versia-cli serve --as bob --tls --listen 127.0.0.1:8443
  versia-cli serve --as bob --peer a.example=http://127.0.0.1:3001 --json > deliveries.ndjson
  versia-cli serve --expect Follow --count 1 --for 10s
  versia-cli serve --fault 'status=503 for=3 retry-after=2'

Exit codes: 0 ended in order, or what was expected came and verified · 1 it did not · 2 wrong use, or the port is taken")]
pub struct ServeArgs {
    /// Listen at this address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT|PORT", default_value = "127.0.0.1:3000")]
    listen: Listen,
    /// The instance's domain, instead of the identity's
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// A user whom WebFinger finds; repeat it for several
    #[arg(long, value_name = "NAME", default_value = "debug")]
    user: Vec<String>,
    /// Answer 401 to what is not rightly signed, and 422 to what is stale or no valid entity
    #[arg(long)]
    reject: bool,
    /// Take any JSON with a type for an entity: say nothing about it, and refuse none
    #[arg(long)]
    no_validate: bool,
    /// Send no receipts over WebSocket, whatever the client offers
    #[arg(long)]
    no_receipts: bool,
    /// The largest body or message
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    max_body: usize,
    /// Show credentials and cookies in records, instead of hiding their values
    #[arg(long)]
    with_secrets: bool,
    /// Do something wrong on purpose: 'NAME[=VALUE] [for=COUNT] [path=PREFIX]'; repeat it for several
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    fault: Vec<Fault>,
    /// Speak TLS, with a certificate of a local authority that is made once
    #[arg(long, help_heading = "TLS")]
    tls: bool,
    /// Speak TLS with this certificate chain, in PEM
    #[arg(long, value_name = "FILE", requires = "key_file", conflicts_with = "tls", help_heading = "TLS")]
    cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "TLS")]
    key_file: Option<PathBuf>,
    /// End when deliveries of this type came and verified
    #[arg(long, value_name = "TYPE", help_heading = "In CI")]
    expect: Option<String>,
    /// How many of them
    #[arg(long, value_name = "N", requires = "expect", default_value_t = 1, help_heading = "In CI")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// End after this time, such as 10s
    #[arg(long = "for", value_name = "SECONDS", help_heading = "In CI")]
    duration: Option<Seconds>,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    key_fetch: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// Where to listen.
#[derive(Debug, Clone, Copy)]
struct Listen(SocketAddr);

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let port = text.strip_prefix(':').unwrap_or(text);
        if let Ok(port) = port.parse::<u16>() {
            return Ok(Listen((Ipv4Addr::LOCALHOST, port).into()));
        }
        let text = text.strip_prefix("localhost").map_or(text.to_owned(), |port| format!("127.0.0.1{port}"));
        text.parse().map(Listen).map_err(|_| {
            "not an address with a port, such as 127.0.0.1:3000, or a port; an IPv6 address stands in brackets: [::1]:3000"
        })
    }
}

fn fault(text: &str) -> Result<Fault, String> {
    text.parse().map_err(|error: FaultError| format!("{error}; {}", error.hint()))
}

/// TLS as it is spoken, and the certificate of the local authority where that is whom clients have to trust.
struct ServedTls {
    config: Arc<ServerConfig>,
    authority: Option<PathBuf>,
}

/// The first line of `--json`.
#[derive(Serialize)]
struct Listening<'a> {
    listening: ListeningAt<'a>,
}

#[derive(Serialize)]
struct ListeningAt<'a> {
    address: String,
    url: &'a str,
    domain: &'a str,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
}

impl ServeArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let signer = self.instance_signer(context)?;
        let tls = self.tls(context, signer.domain())?;
        let keys = self.key_fetch.directory(&self.network.options(context)?, None);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot start the server", &error))?;
        let ended = runtime.block_on(async {
            let listener = self.bind().await?;
            // Before anybody is told that there is something to end.
            let signals = Signals::new()?;
            self.tell_listening(context, listener.address, &signer, tls.as_ref())?;
            let started = start(
                listener,
                tls.map(|tls| tls.config),
                Setup {
                    signer,
                    users: self.user.clone(),
                    reject: self.reject,
                    validate: !self.no_validate,
                    receipts: !self.no_receipts,
                    max_body: self.max_body,
                    faults: self.fault.clone(),
                    keys,
                    ambient: AMBIENT,
                },
            );
            let expectation = self.expect.as_deref().map(|kind| Expectation::new(kind, self.count));
            let limit = self.duration.map(Duration::from);
            Watch::new(started, expectation, limit)
                .with_secrets(self.with_secrets)
                .run(context, signals)
                .await
        });
        // Whatever is still under way has had its time.
        runtime.shutdown_background();
        Ok(match ended? {
            Ending::InOrder => Exit::Yes,
            Ending::Unmet => Exit::No,
            Ending::Interrupted => Exit::Interrupted,
        })
    }

    /// Who the instance is: the identity, its key under another domain, or somebody made for this run.
    fn instance_signer(&self, context: &mut Context) -> Result<Signer, CliError> {
        let mut args = self.signer.clone();
        if args.signed_by.is_none() {
            args.signed_by.clone_from(&self.domain);
        }
        let signer = match args.resolve_if_any(context)? {
            Some(signer) => signer,
            None => {
                let domain = self.domain.clone().unwrap_or_else(|| LOCAL_DOMAIN.to_owned());
                context.ui.note(&format!(
                    "note: there is no identity, so {domain} has a key made for this run; `versia-cli keygen --save NAME --domain DOMAIN` makes one that stays"
                ));
                Signer::new(new_secret_key()?, domain)
            }
        };
        check_domain(signer.domain()).map_err(|why| {
            CliError::usage(format!("an instance cannot have the domain {:?}", signer.domain())).because(why)
        })?;
        Ok(signer)
    }

    fn tls(&self, context: &mut Context, domain: &str) -> Result<Option<ServedTls>, CliError> {
        if let (Some(certificate), Some(key)) = (&self.cert, &self.key_file) {
            return Ok(Some(ServedTls { config: from_files(certificate, key)?, authority: None }));
        }
        if !self.tls {
            return Ok(None);
        }
        let folder = context.store()?.folder().join("authority");
        let authority = Authority::in_folder(&folder, unix_now())?;
        let address = self.listen.0.ip().to_string();
        let mut names =
            vec![domain.to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        if !self.listen.0.ip().is_unspecified() && !names.contains(&address) {
            names.push(address);
        }
        names.dedup();
        let config = authority.issue(&names, unix_now())?;
        Ok(Some(ServedTls { config, authority: Some(authority.certificate().to_owned()) }))
    }

    async fn bind(&self) -> Result<Bound, CliError> {
        Bound::at(self.listen.0).await.map_err(|error| {
            let cli = CliError::io(format!("cannot listen at {}", self.listen.0), &error);
            match error.kind() {
                std::io::ErrorKind::AddrInUse => {
                    cli.hint("--listen takes another port, and port 0 a free one")
                }
                _ => cli,
            }
        })
    }

    fn tell_listening(
        &self,
        context: &mut Context,
        address: SocketAddr,
        signer: &Signer,
        tls: Option<&ServedTls>,
    ) -> Result<(), CliError> {
        let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
        let key = signer.key().public().fingerprint();
        let authority = tls.and_then(|tls| tls.authority.as_ref()).map(|path| path.display().to_string());
        if context.ui.json {
            let domain = signer.domain();
            context.ui.json(&Listening {
                listening: ListeningAt { address: address.to_string(), url: &url, domain, key, authority },
            })?;
        } else {
            context.ui.line(&format!("{} is listening at {url}", context.ui.paint.bold(signer.domain())))?;
            let mut rows = vec![("inbox", format!("{url}{INBOX}")), ("key", key)];
            rows.extend(
                authority.map(|path| ("authority", format!("{path}  (clients trust it with --cacert)"))),
            );
            rows.extend(self.fault.iter().map(|fault| ("fault", fault.to_string())));
            for (label, text) in rows {
                let label = context.ui.paint.dim(&format!("{label:<10}"));
                context.ui.line(&format!("  {label}{}", crate::cli::escape(&text)))?;
            }
        }
        context.ui.flush()
    }
}

impl From<ServerTlsError> for CliError {
    fn from(error: ServerTlsError) -> Self {
        let mut cli = CliError::usage(error.to_string());
        if let Some(source) = std::error::Error::source(&error) {
            cli = cli.because(crate::cli::error::describe_error(source));
        }
        match error.hint() {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    }
}
