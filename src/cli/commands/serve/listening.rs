//! Where a server listens and how it ends: what `serve` and each protocol's own `serve` have in common.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rustls::ServerConfig;
use serde::Serialize;
use serde_json::{Map, Value};

use super::expectation::Expectation;
use super::recording::{RecordArgs, Recording};
use super::watch::{Ending, Watch};
use crate::cli::error::{CliError, Exit};
use crate::cli::network::Seconds;
use crate::cli::signals::Signals;
use crate::cli::{Context, unix_now};
use crate::server::{Authority, Bound, Fault, FaultError, ServerTlsError, Setup, from_files, start};

/// Where to listen, within which limits, and how long.
#[derive(Debug, Clone, Args)]
pub(super) struct ListenArgs {
    /// Listen at this address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT|PORT", default_value = "127.0.0.1:3000")]
    listen: Listen,
    /// The largest body or message
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20)]
    pub(super) max_body: usize,
    /// Show credentials and cookies in records, instead of hiding their values
    #[arg(long)]
    with_secrets: bool,
    #[command(flatten)]
    pub(super) recording: RecordArgs,
    /// Do something wrong on purpose: 'NAME[=VALUE] [for=COUNT] [path=PREFIX]'; repeat it for several
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    pub(super) fault: Vec<Fault>,
    /// Speak TLS, with a certificate of a local authority that is made once
    #[arg(long, help_heading = "TLS")]
    tls: bool,
    /// Speak TLS with this certificate chain, in PEM
    #[arg(long, value_name = "FILE", requires = "key_file", conflicts_with = "tls", help_heading = "TLS")]
    cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "TLS")]
    key_file: Option<PathBuf>,
    /// End after this time, such as 10s
    #[arg(long = "for", value_name = "SECONDS", help_heading = "In CI")]
    duration: Option<Seconds>,
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

/// A server that is about to run, and what is said of it.
pub(super) struct Served {
    /// The parts.
    pub(super) setup: Setup,
    /// What it is called: the instance's domain, or the protocol.
    pub(super) title: String,
    /// What more is said of it: the field of the first line of `--json`, the label for people, and the text. A text that begins
    /// with `/` is a path of this server.
    pub(super) rows: Vec<(&'static str, &'static str, String)>,
    /// What it waits for.
    pub(super) expectation: Option<Expectation>,
}

impl Served {
    /// Keeps what passes in these records. A file is for everything; memory is not filled with frames that nobody is shown.
    fn record(&mut self, recording: &Recording) {
        self.setup.records = Some(recording.records.clone());
        if let Some(file) = &recording.file {
            self.setup.frames = true;
            self.rows.push(("store", "store", file.display().to_string()));
        }
    }
}

/// The first line of `--json`.
#[derive(Serialize)]
struct Listening {
    listening: Map<String, Value>,
}

impl ListenArgs {
    /// Runs a server to its end, and closes its store. `prepare` makes it when the port is open, within the runtime; `domain` is for its certificate.
    pub(super) fn serve(
        &self,
        context: &mut Context,
        domain: &str,
        recording: &Recording,
        prepare: impl AsyncFnOnce(&mut Context) -> Result<Served, CliError>,
    ) -> Result<Exit, CliError> {
        let ended = self.run(context, domain, recording, prepare);
        recording.store.close();
        ended
    }

    fn run(
        &self,
        context: &mut Context,
        domain: &str,
        recording: &Recording,
        prepare: impl AsyncFnOnce(&mut Context) -> Result<Served, CliError>,
    ) -> Result<Exit, CliError> {
        let tls = self.tls(context, domain)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot start the server", &error))?;
        let ended = runtime.block_on(async {
            let listener = self.bind().await?;
            // Before anybody is told that there is something to end.
            let signals = Signals::new()?;
            let mut served = prepare(context).await?;
            served.record(recording);
            self.tell_listening(context, listener.address, &served, tls.as_ref())?;
            let started = start(listener, tls.map(|tls| tls.config), served.setup);
            Watch::new(started, served.expectation, self.duration.map(Duration::from))
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
        served: &Served,
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
            let rows = served.rows.iter().filter(|(name, ..)| !name.is_empty());
            listening.extend(rows.map(|(name, label, text)| ((*name).to_owned(), at(label, text).into())));
            listening.extend(authority.map(|path| ("authority".to_owned(), path.into())));
            context.ui.json(&Listening { listening })?;
            return context.ui.flush();
        }
        context.ui.line(&format!("{} is listening at {url}", context.ui.paint.bold(&served.title)))?;
        let mut rows: Vec<_> = served
            .rows
            .iter()
            .filter(|(_, label, _)| !label.is_empty())
            .map(|(_, label, text)| (*label, at(label, text)))
            .collect();
        rows.extend(authority.map(|path| ("authority", format!("{path}  (clients trust it with --cacert)"))));
        rows.extend(self.fault.iter().map(|fault| ("fault", fault.to_string())));
        for (label, text) in rows {
            let label = context.ui.paint.dim(&format!("{label:<10}"));
            context.ui.line(&format!("  {label}{}", crate::cli::escape(&text)))?;
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
