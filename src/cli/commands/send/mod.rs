//! `send`: entities to an inbox, signed as they go out.

mod deliver;
mod dry_run;
mod intake;
mod journaling;
mod language;
mod report;
mod session;
mod session_report;
mod values;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;

use self::deliver::Came;
use self::intake::{Documents, NotJson};
use self::values::{interval, recipient, seconds};
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::key_input::{SignerArgs, check_signed_by};
use crate::cli::language::LanguageArgs;
use crate::cli::network::{KeyFetchArgs, NetworkArgs};
use crate::cli::{Context, unix_now};
use crate::delivery::{Composer, Expectation, Item, Language};
use crate::signing::lint;

/// Sign entities and deliver them to an inbox.
///
/// Takes JSON documents from files, or from standard input: one document, or many, one per line (NDJSON), which it finds
/// out by itself. A document is sent byte for byte, a file with its last line break; a line without it. Each is signed
/// when it is sent, and again for each retry. An entity that breaks a rule of the documents is not sent, unless with
/// --no-validate.
///
/// One document: prints the answer's status, headers and body, and whether it is signed. Many: prints a line for each that
/// is not delivered (-v: for all), and a summary at the end. Pauses and quotas that the server asks for (Retry-After,
/// RateLimit-*) are kept to by all.
///
/// With --ws, all go through one WebSocket session, which a signed GET of the inbox opens; each is signed as a POST to it.
/// The subprotocol versia.receipts.v1 is offered: with it, the server says of each message what became of it. Without it,
/// messages are delivered when both sides have closed in order, and nobody says more; a server that refuses one closes
/// with 1008. --retry opens a session again that was lost or could not be opened, and goes on with what has no receipt.
/// With --as-is, documents are messages themselves, such as `sign --ws` makes, and the handshake is not signed either.
///
/// With --protocol, another one is spoken in the session, and nothing is signed. wsify: a document is a command such as
/// {"command": "join", "args": {"channel": "news"}}, or with --topic a content for that channel. roadrunner: a document
/// is a command that joins or leaves topics. chat: a document is a frame, or {"payloadType": …, "payload": …} of a
/// request, or with --topic a text for that user; ?user=NAME in the address says whose session it is. raw: a document
/// is a message. For --expect and in JSON, an answer counts as 202, and a refusal as 422.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli send note.json --to https://b.example --as alice
  versia-cli send notes.ndjson --to b.example --rate 20/s --retry 5 --journal notes.journal
  versia-cli send note.json --to http://127.0.0.1:8080 --dry-run
  versia-cli send news.ndjson --to ws://127.0.0.1:3000 --protocol wsify --topic news
  versia-cli send broken.json --to https://b.example/.versia/v0.6/inbox --expect 422
  versia-cli send notes.ndjson --to wss://b.example --as alice --retry 3

--json prints a record for each attempt (with --ws: for the handshake and each frame, where seq
counts each direction and a receipt's timings.total is the time since its message), and at last
{\"summary\":{…}} with: delivered, refused, failed, unfinished, unreadable (and what is not valid),
delivered_before, refused_before (documents); unconfirmed (delivered ones to which no answer comes); attempts;
statuses and signatures (of answers); elapsed_seconds, rate, latency_ms (min, p50, p90, p99, max);
stopped (why it ended early); may_have_arrived (documents that were in flight when the run before
ended).

Exit codes: 0 all delivered · 1 refused · 2 unreadable input · 3 network · 130 interrupted
            the worst of many, in the order 2, 3, 1, 0
            with --ws: 1 also for a handshake that is answered with a status, and for a Close with
            1008 without receipts; 3 also for any other end before all is acknowledged")]
pub struct SendArgs {
    /// The entities: files with one JSON document each or one per line, or `-`; without any, standard input
    #[arg(value_name = "FILE|-")]
    files: Vec<String>,
    /// Where to: https://b.example or its domain, @user@domain, a web+versia:// link, or an inbox's full URL
    #[arg(long, value_name = "RECIPIENT")]
    to: String,
    /// Deliver over one WebSocket session; an address that begins with wss:// or ws:// says the same
    #[arg(long)]
    ws: bool,
    /// Offer no receipts: nobody says what becomes of messages, and a server ends the session with the first it refuses
    #[arg(long)]
    no_receipts: bool,
    /// Read lines of JSON at once, without finding out first: each is sent as it comes
    #[arg(long)]
    ndjson: bool,
    /// Send documents as they are, unsigned, to see what the other side says
    #[arg(long, conflicts_with_all = ["as_name", "key", "signed_by"])]
    as_is: bool,
    /// Send entities whatever is wrong with them, and what is no entity
    #[arg(long)]
    no_validate: bool,
    /// The answer that is wanted: a status or a class such as 4xx; it is the yes instead of 2xx
    #[arg(long, value_name = "STATUS", default_value = "2xx", hide_default_value = true)]
    expect: Expectation,
    /// Print what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// How many are under way at a time [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Many at once")]
    concurrency: Option<u16>,
    /// At most so many a second, evenly spaced; fractions allowed
    #[arg(long, value_name = "N/s", value_parser = interval, help_heading = "Many at once")]
    rate: Option<Duration>,
    /// Try so many times again after 429, 5xx and connection errors, with growing random waits; with --ws, the session
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "Many at once"
    )]
    retry: u32,
    /// The longest pause that the server may ask for; a longer one ends the run
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "300", help_heading = "Many at once")]
    max_wait: Duration,
    /// Start nothing new after the first that is not delivered
    #[arg(long, help_heading = "Many at once")]
    fail_fast: bool,
    /// Keep outcomes in this file; the next run with it sends what has no answer yet
    ///
    /// Any answer is an outcome: to send a refused one again, take the lines with its number out of the file. With --ws, at most 1,024
    /// messages are then without a receipt at a time; without receipts, all get their outcome when the session is closed in
    /// order, and none before.
    #[arg(long, value_name = "FILE", help_heading = "Many at once")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    language: LanguageArgs,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    keys: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// What there is to send, and where.
struct Job {
    composer: Composer,
    sources: Vec<Source>,
    /// The only document there is.
    single: Option<Item>,
    /// The documents that are not in `single`.
    documents: Documents,
    not_json: Arc<Mutex<NotJson>>,
    /// What is spoken in the place of Versia.
    language: Option<Language>,
}

impl SendArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        if let Some(language) = self.language.language()? {
            self.check_road(true)?;
            let job = Job { language: Some(language.clone()), ..self.read_for(context, &language)? };
            return match self.dry_run {
                true => self.show(context, job, true),
                false => self.deliver_over_session(context, job),
            };
        }
        let recipient = recipient(&self.to, self.keys.peers())?;
        let over_session = self.ws || recipient.asks_for_websocket();
        self.check_road(over_session)?;
        let url = recipient.inbox().clone();
        let options = self.network.options(context)?;
        let signer = if self.as_is { None } else { Some(self.signer.resolve(context)?) };
        signer.iter().try_for_each(|signer| check_signed_by(signer.domain()))?;
        let composer = Composer { url, signer, options };
        let job = self.read(context, composer)?;
        self.warn(context, &job);
        match (self.dry_run, over_session) {
            (true, _) => self.show(context, job, over_session),
            (false, true) => self.deliver_over_session(context, job),
            (false, false) => self.deliver(context, job),
        }
    }

    /// Refuses what belongs to the other road.
    fn check_road(&self, over_session: bool) -> Result<(), CliError> {
        match (over_session, self.concurrency, self.no_receipts) {
            (true, Some(_), _) => {
                Err(CliError::usage("--concurrency is for HTTP: over WebSocket there is one session")
                    .hint("leave it away: messages do not wait for one another there"))
            }
            (false, _, true) => Err(CliError::usage("--no-receipts is for WebSocket")
                .hint("give --ws as well, or an address that begins with wss:// or ws://")),
            _ => Ok(()),
        }
    }

    /// Opens the inputs. A single document is read at once.
    fn read(&self, context: &mut Context, composer: Composer) -> Result<Job, CliError> {
        let sources = self.sources()?;
        let mut documents = Documents::of(context, &sources, self.ndjson)?;
        let is_looked_at = !self.takes_any_text();
        if is_looked_at && !self.no_validate {
            documents.refuse_invalid();
        }
        let alone = sources.len() == 1 && !self.ndjson;
        let single = if alone { documents.take_document()? } else { None };
        // What goes out as it is, is not looked at; what is refused is told by itself.
        let not_json =
            if is_looked_at && self.no_validate { documents.count_not_json() } else { Arc::default() };
        Ok(Job { composer, sources, single, documents, not_json, language: None })
    }

    /// Warns once of what would not verify elsewhere.
    fn warn(&self, context: &mut Context, job: &Job) {
        let Some(signer) = &job.composer.signer else { return };
        let (now, body) = (unix_now(), job.single.as_ref().map(|item| &*item.body));
        for finding in lint(signer.domain(), "POST", job.composer.url.target(), now, now, body) {
            context.ui.finding(&finding);
        }
    }

    /// Warns once of all lines and files that are not JSON.
    fn warn_of_not_json(&self, context: &mut Context, not_json: &Mutex<NotJson>) {
        let not_json = not_json.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = &not_json.first {
            let more =
                if not_json.count > 1 { format!(" and {} more", not_json.count - 1) } else { String::new() };
            context.ui.warn(&format!("{first}{more}: the body is not JSON (VS501)"));
        }
    }
}
