//! `repl`: open a session, talk, and see what comes.

mod interactive;
mod passage;
mod script;
mod setup;
mod tell;

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;
use futures_util::{StreamExt, stream};

use self::passage::{Passage, Typed};
use self::tell::{Output, Teller};
use crate::cli::editor::can_edit;
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::SignerArgs;
use crate::cli::language::LanguageArgs;
use crate::cli::network::{KeyFetchArgs, NetworkArgs, Seconds, network_error};
use crate::cli::render::session::{SessionView, refusal_text, websocket_url};
use crate::cli::signals::Signals;
use crate::cli::{Context, stdout_is_terminal};
use crate::client::websocket::WebSocketError;
use crate::repl::{Mode, Outcome, Run, Setup};

/// How many lines are read ahead of the one that is run.
const AHEAD: usize = 16;

/// Open a signed WebSocket session, talk, and see what comes.
///
/// On a terminal: type an entity (a line that begins with {, over as many lines as it needs), which is signed and sent, or a
/// command; /help lists them. What comes is verified with the key that its signer's instance publishes, and shown above the
/// line that is being typed. What is wrong with an entity by the documents' rules is said below it, both ways; it is sent
/// all the same.
///
/// Anywhere else, the same language is a script: lines from standard input are run in order, each waits for what it needs,
/// and a line that is wrong ends it. At the end, receipts are waited for, and the session is closed with 1000.
/// /expect waits for a message that fits, and decides the exit code.
///
/// --protocol speaks another protocol than Versia; /open opens more sessions, each in its own. /record writes what passes,
/// and /replay sends it again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli repl wss://b.example/.versia/v0.6/inbox --as alice
  versia-cli repl http://127.0.0.1:3000 --as alice
  printf '/send note.json\\n/expect $.status == 202 within 2s\\n' | versia-cli repl b.example --as alice
  versia-cli repl b.example --as alice --count 3 --for 10s --json < /dev/null
  versia-cli repl ws://127.0.0.1:3000 --protocol wsify --record session.ndjson
  printf '/new bob Hello\\n/wait answers\\n' | versia-cli repl 'ws://127.0.0.1:3000?user=alice' --protocol chat

--json prints a record for the handshake and each frame, and lines of their own for the rest: ping, pong, expected,
status, sessions, settings, verified, violations, would_send, differs, said, retrying, stopped, ended.

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
    /// Say nothing about what is wrong with entities
    #[arg(long)]
    no_validate: bool,
    /// Offer no receipts (versia.receipts.v1)
    #[arg(long)]
    no_receipts: bool,
    /// Offer this subprotocol too, before the protocol's own; repeat it for several
    #[arg(long, value_name = "NAME", value_parser = subprotocol)]
    subprotocol: Vec<String>,
    /// Leave when so many messages came, answers not counted; fewer are a no
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
    /// Write the record of each frame into this file, both ways
    #[arg(long, value_name = "FILE", help_heading = "Session")]
    record: Option<PathBuf>,
    /// Show each frame as it is on the wire, pings and pongs too
    #[arg(long, help_heading = "Session")]
    print_frames: bool,
    /// Open a session that is lost again by itself, with its subscriptions
    #[arg(long, help_heading = "Session")]
    reconnect: bool,
    #[command(flatten)]
    language: LanguageArgs,
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
        let setup = self.setup(context)?;
        let is_typed = setup.mode == Mode::Interactive;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot start the session", &error))?;
        let is_edited = is_typed && stdout_is_terminal() && can_edit() && !context.ui.json;
        let ended = runtime.block_on(async {
            let signals = if is_typed { Signals::at_a_terminal() } else { Signals::new() }?;
            if is_edited {
                let history = self.history_file(context);
                let terminal = interactive::Terminal { history, print_frames: self.print_frames };
                interactive::run(context, setup, terminal, signals).await
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
        let view = SessionView::new(context.ui.paint, context.ui.verbose, self.print_frames);
        let mut teller = Teller::new(view, Output::Streams(&mut context.ui), wishes);
        let to = websocket_url(&setup.url);
        let ended = Run::run(setup, lines, interrupts, |told| {
            standing.note(&told);
            teller.tell(&told);
        })
        .await;
        conclude(&to, standing.ended(ended), teller.into_error(), &mut |note| context.ui.note(note))
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
    let counts = [outcome.unmet, outcome.refused, outcome.wrong_answers];
    let is_no = outcome.handshake_refused || counts.iter().any(|count| *count > 0);
    let found = [
        (outcome.interrupted, Exit::Interrupted),
        (outcome.wrong, Exit::Usage),
        (outcome.lost, Exit::Network),
        (is_no, Exit::No),
    ];
    Ok(found.into_iter().find_map(|(is_so, exit)| is_so.then_some(exit)).unwrap_or(Exit::Yes))
}
