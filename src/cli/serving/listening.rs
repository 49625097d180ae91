//! Where a server listens, what it keeps and how it ends.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustls::ServerConfig;
use serde::Serialize;
use serde_json::{Map, Value};

use super::expectation::Expectation;
use super::recording::{RecordArgs, Recording};
use super::tls::{ServedTls, TlsArgs};
use super::watch::{Ending, Watch};
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::inspecting::{Inspected, Inspecting, InspectorArgs};
use crate::cli::network::Seconds;
use crate::cli::replaying::Replayer;
use crate::cli::signals::Signals;
use crate::client::Origin;
use crate::inspector::Verifier;
use crate::server::{Bound, Started};

/// Within which limits a server runs, what it keeps, how it speaks TLS, and how long.
#[derive(Debug, Clone, Args)]
pub struct ServerArgs {
    /// The largest body or message
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    pub max_body: usize,
    /// Show credentials and cookies in records, instead of hiding their values
    #[arg(long)]
    with_secrets: bool,
    /// Where what passes is kept.
    #[command(flatten)]
    pub recording: RecordArgs,
    /// The page that shows what passes.
    #[command(flatten)]
    inspecting: InspectorArgs,
    #[command(flatten)]
    tls: UnderTls,
    /// End after this time, such as 10s
    #[arg(long = "for", value_name = "SECONDS", help_heading = "In CI")]
    duration: Option<Seconds>,
}

/// The same flags as elsewhere, under a heading that ends with them.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "TLS")]
struct UnderTls {
    #[command(flatten)]
    flags: TlsArgs,
}

/// Where to listen.
#[derive(Debug, Clone, Copy)]
pub struct Listen(SocketAddr);

impl Listen {
    /// The address and the port.
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

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

impl Listen {
    /// Whether who asks for this host and port gets here, as far as that can be told without asking for names.
    pub fn is_reached_by(&self, origin: &Origin) -> bool {
        let own = self.0.ip().to_canonical();
        let is_here = match origin.host.parse::<IpAddr>() {
            Ok(address) => {
                address.to_canonical() == own || own.is_unspecified() && address.to_canonical().is_loopback()
            }
            Err(_) => origin.is_loopback() && (own.is_loopback() || own.is_unspecified()),
        };
        is_here && self.0.port() == origin.port
    }
}

/// Starts a server on a port, with TLS or without.
pub type Start = Box<dyn FnOnce(Bound, Option<Arc<ServerConfig>>) -> io::Result<Started>>;

/// A server that is about to run, and what is said of it.
pub struct Prepared {
    /// What starts it.
    pub start: Start,
    /// What it is called: the instance's domain, or the protocol.
    pub title: String,
    /// What more is said of it: the field of the first line of `--json`, the label for people, and the text. A text that begins
    /// with `/` is a path of this server.
    pub rows: Vec<(&'static str, &'static str, String)>,
    /// What it waits for.
    pub expectation: Option<Expectation>,
    /// Whether a line is told of every exchange, or of deliveries.
    pub every: bool,
    /// What says in its inspector what signatures are worth, where it is no instance that does.
    pub verifier: Option<Arc<dyn Verifier>>,
    /// What sends again from its inspector.
    pub replayer: Option<Replayer>,
}

/// The first line of `--json`.
#[derive(Serialize)]
struct Listening {
    listening: Map<String, Value>,
}

impl ServerArgs {
    /// Runs a server to its end, and closes its store. `prepare` makes it when the port is open, within the runtime, and is told
    /// whether there is an inspector; `domain` is for its certificate.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(
        &self,
        context: &mut Context,
        at: Listen,
        domain: &str,
        recording: &Recording,
        prepare: impl AsyncFnOnce(&mut Context, bool) -> Result<Prepared, CliError>,
    ) -> Result<Exit, CliError> {
        let ended = self.run_open(context, at, domain, recording, prepare);
        recording.store.close();
        ended
    }

    fn run_open(
        &self,
        context: &mut Context,
        at: Listen,
        domain: &str,
        recording: &Recording,
        prepare: impl AsyncFnOnce(&mut Context, bool) -> Result<Prepared, CliError>,
    ) -> Result<Exit, CliError> {
        let tls = self.tls.flags.resolve(context, at.address(), domain)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot start the server", &error))?;
        let ended = runtime.block_on(async {
            let listener = bind(at).await?;
            // Before anybody is told that there is something to end.
            let signals = Signals::new()?;
            let inspecting = self.inspecting.open(context).await?;
            let mut prepared = prepare(context, inspecting.is_some()).await?;
            let row = |inspecting: &Inspecting| ("inspector", "inspector", inspecting.url());
            prepared.rows.extend(inspecting.as_ref().map(row));
            let secure = if tls.is_some() { "s" } else { "" };
            let url = format!("http{secure}://{}", listener.address);
            tell_listening(context, listener.address, &prepared, tls.as_ref())?;
            let started = (prepared.start)(listener, tls.map(|tls| tls.config))
                .map_err(|error| CliError::io("cannot start the server", &error))?;
            let _inspector = inspecting.map(|inspecting| {
                inspecting.run(Inspected {
                    title: prepared.title,
                    url,
                    records: recording.records.clone(),
                    control: started.control.clone(),
                    verifier: prepared.verifier,
                    replayer: prepared.replayer,
                })
            });
            Watch::new(started, prepared.expectation, self.duration.map(Duration::from))
                .with_secrets(self.with_secrets)
                .with_every(prepared.every)
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
}

async fn bind(at: Listen) -> Result<Bound, CliError> {
    Bound::at(at.0).await.map_err(|error| {
        let cli = CliError::io(format!("cannot listen at {}", at.0), &error);
        match error.kind() {
            std::io::ErrorKind::AddrInUse => cli.hint("--listen takes another port, and port 0 a free one"),
            _ => cli,
        }
    })
}

fn tell_listening(
    context: &mut Context,
    address: SocketAddr,
    prepared: &Prepared,
    tls: Option<&ServedTls>,
) -> Result<(), CliError> {
    let secure = if tls.is_some() { "s" } else { "" };
    let url = format!("http{secure}://{address}");
    let authority = tls.and_then(|tls| tls.authority.as_ref()).map(|path| path.display().to_string());
    let at = |label: &str, text: &str| match (text.starts_with('/'), label) {
        (true, "sessions") => format!("ws{secure}://{address}{text}"),
        (true, _) => format!("{url}{text}"),
        (false, _) => text.to_owned(),
    };
    if context.ui.json {
        let mut listening = Map::new();
        listening.insert("address".to_owned(), address.to_string().into());
        listening.insert("url".to_owned(), url.clone().into());
        let rows = prepared.rows.iter().filter(|(name, ..)| !name.is_empty());
        listening.extend(rows.map(|(name, label, text)| ((*name).to_owned(), at(label, text).into())));
        listening.extend(authority.map(|path| ("authority".to_owned(), path.into())));
        context.ui.json(&Listening { listening })?;
        return context.ui.flush();
    }
    context.ui.line(&format!("{} is listening at {url}", context.ui.paint.bold(&prepared.title)))?;
    let mut rows: Vec<_> = prepared
        .rows
        .iter()
        .filter(|(_, label, _)| !label.is_empty())
        .map(|(_, label, text)| (*label, at(label, text)))
        .collect();
    rows.extend(authority.map(|path| ("authority", format!("{path}  (clients trust it with --cacert)"))));
    for (label, text) in rows {
        let label = context.ui.paint.dim(&format!("{label:<10}"));
        context.ui.line(&format!("  {label}{}", crate::cli::escape(&text)))?;
    }
    context.ui.flush()
}
