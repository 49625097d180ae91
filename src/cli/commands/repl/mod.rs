//! `repl`: open a session, talk, and see what comes.

mod interactive;
mod passage;
mod script;
mod tell;

use std::io::IsTerminal;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt, stream};

use self::passage::{Passage, Typed};
use self::tell::{Output, Teller};
use crate::cli::editor::{can_edit, expand_home};
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::{SignerArgs, check_signed_by};
use crate::cli::known_keys::KnownKeys;
use crate::cli::network::{KeyFetchArgs, NetworkArgs, Seconds, network_error};
use crate::cli::render::session::{SessionView, refusal_text, websocket_url};
use crate::cli::signals::Signals;
use crate::cli::{AMBIENT, Context, stdout_is_terminal, unix_now};
use crate::client::websocket::{Patience, WebSocketError};
use crate::client::{Dialer, HttpUrl, NetworkOptions, Recipient};
use crate::protocol::versia::RECEIPTS;
use crate::repl::{Mode, Outcome, Session, Setup};
use crate::signing::{Signer, lint};

/// How many lines are read ahead of the one that is run.
const AHEAD: usize = 16;

/// Open a signed WebSocket session, talk, and see what comes.
///
/// On a terminal: type an entity (a line that begins with {, over as many lines as it needs), which is signed and sent, or a
/// command; /help lists them. What comes is verified with the key that its signer's instance publishes, and shown above the
/// line that is being typed.
///
/// Anywhere else, the same language is a script: lines from standard input are run in order, each waits for what it needs,
/// and a line that is wrong ends it. At the end, receipts are waited for, and the session is closed with 1000.
/// /expect waits for a message that fits, and decides the exit code.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli repl wss://b.example/.versia/v0.6/inbox --as alice
  versia-cli repl http://127.0.0.1:3000 --as alice
  printf '/send note.json\\n/expect $.status == 202 within 2s\\n' | versia-cli repl b.example --as alice
  versia-cli repl b.example --as alice --count 3 --for 10s --json < /dev/null

--json prints a record for the handshake and each frame, and lines of their own for the rest: ping, pong, expected,
status, verified, would_send, stopped, ended.

Exit codes: 0 every expectation met, and closed in order · 1 an expectation unmet, a message refused, the handshake
            refused · 2 a line that is wrong · 3 no connection, or the session lost or closed with an error")]
pub struct ReplArgs {
    /// Where to: wss://b.example/.versia/v0.6/inbox, its domain, @user@domain, or http://127.0.0.1:PORT
    #[arg(value_name = "URL|DOMAIN")]
    to: String,
    /// Send what is typed as it is, instead of as a signed message
    #[arg(long)]
    as_is: bool,
    /// Leave the handshake's signature out, and send what is typed as it is
    #[arg(long, conflicts_with_all = ["as_name", "key", "signed_by"])]
    unsigned: bool,
    /// Offer no receipts (versia.receipts.v1)
    #[arg(long)]
    no_receipts: bool,
    /// Offer this subprotocol too, before the receipts; repeat it for several
    #[arg(long, value_name = "NAME", value_parser = subprotocol)]
    subprotocol: Vec<String>,
    /// Leave when so many messages came, receipts not counted; fewer are a no
    #[arg(long, value_name = "N", help_heading = "In CI")]
    count: Option<NonZeroU64>,
    /// Leave after this time, such as 10s; a script waits for it at its end
    #[arg(long = "for", value_name = "SECONDS", help_heading = "In CI")]
    duration: Option<Seconds>,
    /// Verify with this public key: a file in any form that `key` reads, or its base64
    #[arg(long, value_name = "FILE|BASE64", help_heading = "Keys of signers", conflicts_with = "metadata")]
    public_key: Option<String>,
    /// Verify with the key in this InstanceMetadata document
    #[arg(long, value_name = "FILE", help_heading = "Keys of signers")]
    metadata: Vec<String>,
    /// Keep what is typed in this file, instead of beside the identities
    #[arg(long, value_name = "FILE", help_heading = "History")]
    history: Option<PathBuf>,
    /// Keep nothing of what is typed
    #[arg(long, help_heading = "History", conflicts_with = "history")]
    no_history: bool,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    keys: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// A subprotocol is a token of HTTP.
fn subprotocol(text: &str) -> Result<String, &'static str> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !text.is_empty() && text.chars().all(is_token) {
        Ok(text.to_owned())
    } else {
        Err("it is not a token of HTTP")
    }
}

impl ReplArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let url = self.inbox()?;
        let options = self.network.options(context)?;
        let signer = self.signer(context, &url)?;
        let keys = self.keys(context, &options, &url)?;
        let is_typed = std::io::stdin().is_terminal();
        let setup = Setup {
            url,
            signer,
            as_is: self.as_is || self.unsigned,
            subprotocols: self.subprotocols(),
            keys: Arc::new(keys),
            ambient: AMBIENT,
            path: expand_home,
            mode: if is_typed { Mode::Interactive } else { Mode::Script },
            patience: Patience { progress: options.timeout, ..Patience::default() },
            count: self.count.map(NonZeroU64::get),
            duration: self.duration.map(Duration::from),
            dialer: Arc::new(Dialer::new(options)),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot start the session", &error))?;
        let is_edited = is_typed && stdout_is_terminal() && can_edit() && !context.ui.json;
        let ended = runtime.block_on(async {
            let signals = if is_typed { Signals::at_a_terminal() } else { Signals::new() }?;
            if is_edited {
                let history = self.history_file(context);
                interactive::run(context, setup, history, signals).await
            } else {
                self.talk(context, setup, signals).await
            }
        });
        // A key that is still being fetched has had its time.
        runtime.shutdown_background();
        ended
    }

    async fn talk(&self, context: &mut Context, setup: Setup, signals: Signals) -> Result<Exit, CliError> {
        let is_script = setup.mode == Mode::Script;
        // On a terminal that shows what is typed, nothing is said that would come between.
        let (passage, wishes, interrupts) = Passage::new(signals, Box::new(|| ()));
        let standing = passage.standing();
        let mut lines = script::read(is_script);
        if is_script {
            passage.start_without_lines();
        } else {
            let typed = stream::poll_fn(move |context| lines.poll_recv(context)).map(Typed::Line);
            lines = passage.start(typed.chain(stream::iter([Typed::Leave(None)])));
        }
        let view = SessionView::new(context.ui.paint, context.ui.verbose);
        let mut teller = Teller::new(view, Output::Streams(&mut context.ui), wishes);
        let to = websocket_url(&setup.url);
        let ended = Session::run(setup, lines, interrupts, |told| {
            standing.note(&told);
            teller.tell(&told);
        })
        .await;
        conclude(&to, standing.ended(ended), teller.into_error(), &mut |note| context.ui.note(note))
    }

    fn inbox(&self) -> Result<HttpUrl, CliError> {
        let recipient = Recipient::parse(&self.to).map_err(|error| {
            let cli = CliError::usage(format!("cannot open a session with {:?}", self.to)).because(&error);
            match error.hint() {
                Some(hint) => cli.hint(hint),
                None => cli,
            }
        })?;
        Ok(recipient.through(self.keys.peers()).inbox().clone())
    }

    fn signer(&self, context: &mut Context, url: &HttpUrl) -> Result<Option<Signer>, CliError> {
        let signer = match (self.unsigned, self.as_is) {
            (true, _) => None,
            (false, true) => self.signer.resolve_if_any(context)?,
            (false, false) => Some(self.signer.resolve(context)?),
        };
        if let Some(signer) = &signer {
            check_signed_by(signer.domain())?;
            let now = unix_now();
            for finding in lint(signer.domain(), "GET", url.target(), now, now, None) {
                context.ui.finding(&finding);
            }
        }
        Ok(signer)
    }

    /// The keys that are given, else those of stored identities, else those that signers publish.
    fn keys(
        &self,
        context: &mut Context,
        options: &NetworkOptions,
        url: &HttpUrl,
    ) -> Result<KnownKeys, CliError> {
        let mut keys = KnownKeys::read(context, self.public_key.as_deref(), &self.metadata, None)?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        keys.read_store(context);
        Ok(keys.with_directory(self.keys.directory(options, Some(url.origin()))))
    }

    fn history_file(&self, context: &Context) -> Option<PathBuf> {
        if self.no_history {
            return None;
        }
        let usual = || context.store().ok().map(|store| store.folder().join("repl-history"));
        self.history.clone().or_else(usual)
    }

    fn subprotocols(&self) -> Vec<String> {
        let receipts = (!self.no_receipts).then(|| RECEIPTS.to_owned());
        self.subprotocol.iter().cloned().chain(receipts).collect()
    }
}

/// How the program ends.
fn conclude(
    to: &str,
    ended: Result<Outcome, WebSocketError>,
    unwritten: Option<CliError>,
    note: &mut dyn FnMut(&str),
) -> Result<Exit, CliError> {
    let outcome = match (unwritten, ended) {
        (Some(error), _) => return Err(error),
        (None, Ok(outcome)) => outcome,
        (None, Err(error)) => {
            refusal_text(&error).iter().for_each(|text| note(text));
            let what = format!("cannot open a session with {to}");
            let mut cli = network_error(what, &error, error.code(), error.hint());
            if matches!(error, WebSocketError::Refused { .. }) {
                cli.exit = Exit::No;
            }
            return Err(cli);
        }
    };
    let counts = [outcome.unmet, outcome.refused, outcome.wrong_receipts];
    let is_no = outcome.handshake_refused || counts.iter().any(|count| *count > 0);
    let found = [
        (outcome.interrupted, Exit::Interrupted),
        (outcome.wrong, Exit::Usage),
        (outcome.lost, Exit::Network),
        (is_no, Exit::No),
    ];
    Ok(found.into_iter().find_map(|(is_so, exit)| is_so.then_some(exit)).unwrap_or(Exit::Yes))
}
