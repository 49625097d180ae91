//! Where a server listens and what goes wrong on it: what `serve` and each protocol's own `serve` have in common.

use clap::Args;

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::replaying::Replayer;
use crate::cli::serving::{Expectation, Listen, Prepared, Recording, ServerArgs};
use crate::server::{Fault, FaultError, Setup, start};

/// Where to listen, within which limits, and how long.
#[derive(Debug, Clone, Args)]
pub(super) struct ListenArgs {
    /// Listen at this address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT|PORT", default_value = "127.0.0.1:3000")]
    listen: Listen,
    /// Do something wrong on purpose: 'NAME[=VALUE] [OPTION=VALUE …]'; repeat it for several
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    pub(super) fault: Vec<Fault>,
    #[command(flatten)]
    pub(super) server: ServerArgs,
}

fn fault(text: &str) -> Result<Fault, String> {
    text.parse().map_err(|error: FaultError| format!("{error}; {}", error.hint()))
}

/// A server that is about to run, and what is said of it.
pub(super) struct Served {
    /// The parts.
    pub(super) setup: Setup,
    /// What it is called: the instance's domain, or the protocol.
    pub(super) title: String,
    /// What more is said of it, as [`Prepared`] has it.
    pub(super) rows: Vec<(&'static str, &'static str, String)>,
    /// What it waits for.
    pub(super) expectation: Option<Expectation>,
    /// What sends again from its inspector.
    pub(super) replayer: Option<Replayer>,
}

impl Served {
    /// Keeps what passes in these records. A file is for everything; memory is not filled with frames that nobody is shown.
    fn record(&mut self, recording: &Recording, inspected: bool) {
        self.setup.records = Some(recording.records.clone());
        self.setup.frames |= inspected || recording.file.is_some();
        self.rows.extend(recording.row());
    }
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
        self.server.run(context, self.listen, domain, recording, async |context, inspected| {
            let mut served = prepare(context).await?;
            served.record(recording, inspected);
            let Served { setup, title, mut rows, expectation, replayer } = served;
            rows.extend(self.fault.iter().map(|fault| ("", "fault", fault.to_string())));
            let start = Box::new(|bound, tls| Ok(start(bound, tls, setup)));
            Ok(Prepared { start, title, rows, expectation, every: false, verifier: None, replayer })
        })
    }
}
