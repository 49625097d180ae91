//! `inbox replay`: what was recorded, sent again.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::source::{Opened, SourceArgs};
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::{SignerArgs, check_signed_by};
use crate::cli::known_keys::KnownKeys;
use crate::cli::network::{KeyFetchArgs, NetworkArgs};
use crate::cli::render::records::{Again, Message, again_lines, held_lines};
use crate::cli::replaying::{Replayer, replay_error};
use crate::cli::{Context, unix_now};
use crate::client::without_password;
use crate::delivery::replay::{Destination, Held, Outbound, Plan, Prepared, Replay, prepare};
use crate::delivery::{Attempt, Expectation, Outcome, shown_url};
use crate::protocol::outline::Filter;
use crate::protocol::record::Record;
use crate::protocol::versia::Receipt;
use crate::signing::{MAX_SKEW, Signer, describe_seconds};
use crate::store::Page;

/// Send again what was recorded.
///
/// It goes out byte for byte under its old signature, or with --as or --key signed anew, with --set after a change.
/// What came in here goes where --to says; what went out goes where it went then, unless --to says otherwise. An
/// address without a path takes each record's own target. Host and the headers of the connection are written anew;
/// headers with credentials and cookies are left out. Frames of one session go through one new session, in the
/// protocol that was spoken.
///
/// What is sent and answered is recorded in the store, unless a running `serve` holds it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli inbox replay 42 --store inbox.db --to http://127.0.0.1:3000
  versia-cli inbox replay 0190f2 --store inbox.db --to b.example --as alice
  versia-cli inbox replay 42 --store inbox.db --to b.example --as alice --set content.text/plain.content='\"new\"'
  versia-cli inbox replay 7 8 9 --from session.ndjson --to ws://127.0.0.1:3000/ws

Exit codes: 0 all taken · 1 one was refused · 2 one cannot be sent · 3 network")]
pub(super) struct ReplayArgs {
    /// The records: their ids, beginnings of them, or their numbers
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Where to: an instance's address or domain, or a full address
    #[arg(long, value_name = "URL|DOMAIN")]
    to: Option<String>,
    /// Put this value into the entity, such as content.text/plain.content, or a JSON pointer; repeat it for several
    #[arg(long, value_name = "PATH=JSON", value_parser = assignment)]
    set: Vec<(String, Value)>,
    /// Send credentials and cookies along, where the record has their values
    #[arg(long)]
    with_secrets: bool,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    keys: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

fn assignment(text: &str) -> Result<(String, Value), String> {
    let (path, value) = text.split_once('=').ok_or("not PATH=JSON, such as is_sensitive=true")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((path.to_owned(), value))
}

/// How many later frames of a session are looked through for a receipt.
const LOOKED_THROUGH: usize = 1_000;

/// A record that is about to be sent again.
struct Due {
    id: String,
    record: Record,
    plan: Plan,
    /// What a message got as its receipt the first time.
    receipt: Option<Receipt>,
}

/// A record that was sent again, as JSON has it.
#[derive(Serialize)]
struct Told<'a> {
    replay_of: &'a str,
    to: String,
    signed_anew: bool,
    then: Option<u16>,
    now: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    records: &'a [Record],
}

impl ReplayArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let signer = self.signer(context)?;
        let options = self.network.options(context)?;
        let to = self.to.as_deref().map(|text| self.destination(text)).transpose()?;
        let replay =
            Replay { to, signer: signer.clone(), values: self.set.clone(), with_secrets: self.with_secrets };
        let (opened, is_kept) = self.source.open_to_add(context)?;
        let mut due = Vec::new();
        for id in &self.ids {
            let (number, record) = opened.find(id)?;
            let id = record.id.clone().unwrap_or_else(|| number.to_string());
            let plan = prepare(&record, &replay, unix_now())
                .map_err(|error| replay_error(&format!("record {number}"), &error))?;
            let receipt = first_receipt(&opened, number, &record)?;
            due.push(Due { id, record, plan, receipt });
        }
        warn(context, &due);
        let named = due.first().map(|due| due.url().origin().clone());
        let mut keys = KnownKeys::default();
        keys.read_store(context);
        let keys = keys.with_directory(self.keys.directory(&options, named.as_ref()));
        let replayer = Replayer { options, keys: Arc::new(keys), signer };
        let mut exit = opened.exit;
        let mut records = Vec::new();
        for group in groups(due) {
            let (ended, new) = self.send(context, &replayer, group)?;
            exit = exit.worse(ended);
            records.extend(new);
        }
        if is_kept {
            for record in &records {
                opened.wait(opened.records.appended(record))?;
            }
            opened.records.store().close();
        } else if self.source.is_store() {
            context
                .ui
                .note("note: the store is in use, so that what was sent is not recorded in it from here");
        }
        Ok(exit)
    }

    /// Who signs: who is named by flags, or whoever is in use where something is changed.
    fn signer(&self, context: &mut Context) -> Result<Option<Signer>, CliError> {
        let named =
            [&self.signer.as_name, &self.signer.key, &self.signer.signed_by].iter().any(|it| it.is_some());
        let signer = match (named, self.set.is_empty()) {
            (true, _) => Some(self.signer.resolve(context)?),
            (false, false) => self.signer.resolve_if_any(context)?,
            (false, true) => None,
        };
        signer.iter().try_for_each(|signer| check_signed_by(signer.domain()))?;
        Ok(signer)
    }

    fn destination(&self, text: &str) -> Result<Destination, CliError> {
        Destination::parse(text, self.keys.peers()).map_err(|error| {
            let cli = CliError::usage(format!("cannot send to {:?}", without_password(text))).because(&error);
            match error.hint() {
                Some(hint) => cli.hint(hint),
                None => cli,
            }
        })
    }

    /// Sends what belongs together, and tells what came of it.
    fn send(
        &self,
        context: &mut Context,
        replayer: &Replayer,
        group: Vec<Due>,
    ) -> Result<(Exit, Vec<Record>), CliError> {
        let (mut messages, mut in_session) = (Vec::new(), Vec::new());
        for due in group {
            match due.plan.prepared.clone() {
                Prepared::Exchange(request) => {
                    let attempt = replayer.exchange(request);
                    return self.exchanged(context, &due, &attempt);
                }
                Prepared::InSession(message) => {
                    messages.push(message);
                    in_session.push(due);
                }
            }
        }
        match replayer.in_session(messages)? {
            Some(held) => self.held(context, &in_session, held),
            None => Ok((Exit::Yes, Vec::new())),
        }
    }

    fn exchanged(
        &self,
        context: &mut Context,
        due: &Due,
        attempt: &Attempt,
    ) -> Result<(Exit, Vec<Record>), CliError> {
        let outcome = Expectation::Success.outcome(attempt);
        let then = due.record.response.as_ref().map(|response| response.status);
        let now = attempt.record.response.as_ref().map(|response| response.status);
        let records = vec![attempt.record.clone()];
        if context.ui.json {
            context.ui.json(&self.told(due, then, now, None, &records))?;
        } else {
            let again = Again {
                id: &due.id,
                record: &due.record,
                attempt,
                outcome: &outcome,
                to: due.shown(),
                now: unix_now(),
                timings: self.network.timings,
                verbose: context.ui.verbose,
            };
            for line in again_lines(&again, context.ui.paint) {
                context.ui.line(&line)?;
            }
        }
        let exit = match &outcome {
            Outcome::Delivered { .. } => Exit::Yes,
            Outcome::Refused { .. } => Exit::No,
            Outcome::Failed(failure) if failure.code.is_none() => Exit::Usage,
            Outcome::Failed(_) | Outcome::Unfinished { .. } => Exit::Network,
        };
        Ok((exit, records))
    }

    fn held(&self, context: &mut Context, due: &[Due], held: Held) -> Result<(Exit, Vec<Record>), CliError> {
        let mut exit = if held.end.is_ok() { Exit::Yes } else { Exit::Network };
        for (one, answer) in due.iter().zip(&held.answers) {
            let refused = answer.as_ref().is_some_and(|receipt| !(200..300).contains(&receipt.status));
            exit = exit.worse(if refused { Exit::No } else { Exit::Yes });
            if context.ui.json {
                let status = answer.as_ref().map(|receipt| receipt.status);
                let detail = answer.as_ref().map(|receipt| receipt.detail.as_str());
                let then = one.receipt.as_ref().map(|receipt| receipt.status);
                context.ui.json(&self.told(one, then, status, detail, &[]))?;
            }
        }
        if context.ui.json {
            held.records.iter().try_for_each(|record| context.ui.json(record))?;
        } else {
            let messages = due.iter().map(|due| Message {
                id: &due.id,
                record: &due.record,
                first: due.receipt.as_ref(),
            });
            let messages: Vec<_> = messages.collect();
            let to = due.first().map(Due::shown).unwrap_or_default();
            for line in held_lines(&messages, &held, &to, context.ui.paint) {
                context.ui.line(&line)?;
            }
        }
        Ok((exit, held.records))
    }

    fn told<'a>(
        &self,
        due: &'a Due,
        then: Option<u16>,
        now: Option<u16>,
        detail: Option<&'a str>,
        records: &'a [Record],
    ) -> Told<'a> {
        let signed_anew = due.plan.signed_anew;
        Told { replay_of: &due.id, to: due.shown(), signed_anew, then, now, detail, records }
    }
}

impl Due {
    fn url(&self) -> &crate::client::HttpUrl {
        match &self.plan.prepared {
            Prepared::Exchange(request) => &request.url,
            Prepared::InSession(message) => &message.url,
        }
    }

    /// The address, without the keys and tokens in it.
    fn shown(&self) -> String {
        shown_url(self.url(), self.record.protocol).to_string()
    }

    fn message(&self) -> Option<&Outbound> {
        match &self.plan.prepared {
            Prepared::Exchange(_) => None,
            Prepared::InSession(message) => Some(message),
        }
    }
}

/// The receipt that a message of Versia's got the first time, where it is there.
fn first_receipt(opened: &Opened, number: u64, record: &Record) -> Result<Option<Receipt>, CliError> {
    let (Some(seq), Some(session), Some(_)) = (record.seq, &record.session, &record.frame) else {
        return Ok(None);
    };
    let filter = Filter { sessions: vec![session.clone()], ..Filter::default() };
    let page = Page::after(number, LOOKED_THROUGH);
    let later = opened.wait(opened.records.records(filter, page))?;
    let of_other_side = later.iter().filter(|(_, one)| one.direction != record.direction);
    let mut receipts = of_other_side.filter_map(|(_, one)| {
        let text = one.frame.as_ref()?.data.as_text()?;
        Receipt::read(text).ok().flatten()
    });
    Ok(receipts.find(|receipt| receipt.number == seq))
}

/// What goes through one session each; a request goes alone.
fn groups(due: Vec<Due>) -> Vec<Vec<Due>> {
    let same_session = |one: &Due, other: &Due| match (one.message(), other.message()) {
        (Some(one), Some(other)) => {
            (&one.url, one.protocol, &one.session) == (&other.url, other.protocol, &other.session)
        }
        _ => false,
    };
    let mut groups: Vec<Vec<Due>> = Vec::new();
    for due in due {
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(|first| same_session(first, &due)) => group.push(due),
            _ => groups.push(vec![due]),
        }
    }
    groups
}

/// Warns of what will not be as it was.
fn warn(context: &mut Context, due: &[Due]) {
    let now = unix_now();
    let mut left_out: Vec<_> = due.iter().flat_map(|due| &due.plan.left_out).collect();
    left_out.sort_unstable();
    left_out.dedup();
    if !left_out.is_empty() {
        let names: Vec<_> = left_out.iter().map(|name| name.as_str()).collect();
        let names = names.join(", ");
        context.ui.warn(&format!("left out, as a secret or hidden in the record: {names}"));
        context.ui.note("hint: --with-secrets sends those that the record has");
    }
    let oldest = due.iter().filter_map(|due| due.plan.signed_at).min();
    if let Some(age) = oldest.map(|at| at.abs_diff(now)).filter(|age| *age > MAX_SKEW) {
        let age = describe_seconds(age);
        context.ui.warn(&format!(
            "it goes out under its old signature, which is {age} old: a receiver that minds the time finds it stale"
        ));
        context.ui.note("hint: --as NAME, or --key FILE with --signed-by DOMAIN, signs it anew");
    }
    if due.iter().any(|due| due.plan.other_path) {
        context.ui.warn("its old signature is over another path than it is sent to");
    }
}

impl SourceArgs {
    /// Opens the records to read them and to add to them, where no other program holds them; says whether that is so.
    fn open_to_add(&self, context: &mut Context) -> Result<(Opened, bool), CliError> {
        if !self.is_store() {
            return Ok((self.open(context)?, false));
        }
        match self.open_existing()? {
            Some(opened) => Ok((opened, true)),
            None => Ok((self.open(context)?, false)),
        }
    }
}
