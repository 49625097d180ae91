//! `verify`: what a signature is worth, and what is wrong with it.

mod bulk;
mod intake;
mod job;

use std::sync::Arc;

use clap::{Args, ValueEnum};

use self::intake::Intake;
use self::job::{AsOf, Explaining, Job, Outcome, Part, exit, verify_lines, verify_records};
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::known_keys::KnownKeys;
use crate::cli::network::{KeyFetchArgs, NetworkArgs, Seconds};
use crate::cli::render::bulk::code_counts;
use crate::cli::render::verification::{Style, summary};
use crate::cli::{Context, unix_now};
use crate::protocol::parse_instant;
use crate::protocol::record::{Record, Request, Response};
use crate::protocol::versia::Allowance;
use crate::signing::{MAX_SKEW, Profile, SIGNATURE, SIGNED_AT, SIGNED_BY, Verdict, parse_seconds};

/// Verify signatures: prints the signed string part by part, the verdict, and everything that is wrong, by code.
///
/// Takes a raw HTTP message (request, response, or both, as captured or pasted, `curl -v` output included), a curl
/// command line, a HAR file, WebSocket messages or records (JSON, one per line), or the parts as flags. Finds out which
/// it is. A response needs its request: both messages together, or --method and --path.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli verify request.http --metadata b.example.json
  xclip -o | versia-cli verify - --public-key MCowBQYDK2VwAyEA… --as-of ignore
  versia-cli verify inbox.ndjson --fetch-key
  versia-cli verify --method POST --path /.versia/v0.6/inbox --body note.json \\
      --signature … --signed-at 1729243417 --signed-by bob.com --public-key bob.pub

Exit codes: 0 all valid · 1 invalid, stale or missing · 2 unreadable input · 3 no key for a signer")]
pub struct VerifyArgs {
    /// What to verify: a file, or `-`; without it, standard input where something is piped in
    #[arg(value_name = "FILE|-")]
    input: Option<String>,
    /// The request's method
    #[arg(long, help_heading = "The message in parts")]
    method: Option<String>,
    /// The request's path, as written on the wire; in place of the input's own, where there is an input
    #[arg(long, value_name = "PATH|URL", help_heading = "The message in parts")]
    path: Option<String>,
    /// The value of Versia-Signature
    #[arg(long, value_name = "BASE64", help_heading = "The message in parts", conflicts_with = "input")]
    signature: Option<String>,
    /// The value of Versia-Signed-At
    #[arg(long, value_name = "SECONDS", help_heading = "The message in parts", conflicts_with = "input")]
    signed_at: Option<String>,
    /// The value of Versia-Signed-By
    #[arg(long, value_name = "DOMAIN", help_heading = "The message in parts", conflicts_with = "input")]
    signed_by: Option<String>,
    /// The body: a file, or `-`
    #[arg(long, value_name = "FILE|-", help_heading = "The message in parts", conflicts_with = "input")]
    body: Option<String>,
    /// The parts are those of the response to this request
    #[arg(long, help_heading = "The message in parts", conflicts_with = "input")]
    response: bool,
    /// Read the input as lines of JSON at once, without finding out first: each is answered as it comes
    #[arg(long, conflicts_with_all = ["signature", "signed_at", "signed_by", "body", "response"])]
    ndjson: bool,
    /// Verify only the request or the response, where both are there
    #[arg(long, value_name = "PART", value_enum)]
    only: Option<Part>,
    /// The signer's public key: a file in any form that `key` reads, `-`, or its base64
    #[arg(long, value_name = "FILE|BASE64", help_heading = "The signer's key", conflicts_with_all = ["metadata", "as_name"])]
    public_key: Option<String>,
    /// The signer's InstanceMetadata document; repeat it for several signers
    #[arg(long, value_name = "FILE", help_heading = "The signer's key", conflicts_with = "as_name")]
    metadata: Vec<String>,
    /// The key of this stored identity; by default, the one that has the signer's domain
    #[arg(long = "as", value_name = "NAME", help_heading = "The signer's key")]
    as_name: Option<String>,
    /// Ask the signer's instance for its key, where no stored identity has the signer's domain
    #[arg(long, help_heading = "The signer's key", conflicts_with_all = ["public_key", "metadata", "as_name"])]
    fetch_key: bool,
    /// The moment to verify as of: an RFC 3339 time, Unix seconds, `now`, `ignore`, or `own`, the default: the time
    /// that a record or a HAR entry gives, else now
    #[arg(long, value_name = "TIME", help_heading = "The time window")]
    as_of: Option<String>,
    /// How far the time of signing may be off
    #[arg(long, value_name = "SECONDS", default_value_t = MAX_SKEW, help_heading = "The time window")]
    max_skew: u64,
    /// Do not search for what was really signed, when a signature does not match
    #[arg(long, help_heading = "Why a signature fails", conflicts_with_all = ["explain_budget", "try_key"])]
    no_explain: bool,
    /// How long to search, in seconds: for each message, or for all lines of NDJSON together
    #[arg(long, value_name = "SECONDS", default_value = "1", help_heading = "Why a signature fails")]
    explain_budget: Seconds,
    /// Another key that may have signed, to find out only; `previous=` or `user=` before it says whose it is. May be
    /// repeated
    #[arg(long, value_name = "FILE|BASE64", help_heading = "Why a signature fails")]
    try_key: Vec<String>,
    /// Whose rules to verify by: the documents', or those of an implementation
    #[arg(long, value_enum, default_value_t = ProfileArg::Spec, value_name = "PROFILE")]
    profile: ProfileArg,
    #[command(flatten)]
    keys: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// Whose rules to verify by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProfileArg {
    /// The public documents' rules
    Spec,
    /// As Versia Server 0.9: the path encoded once more, the time read as a number, and no time window
    #[value(name = "versia-server-0.9")]
    VersiaServer09,
}

impl From<ProfileArg> for Profile {
    fn from(argument: ProfileArg) -> Self {
        match argument {
            ProfileArg::Spec => Profile::Spec,
            ProfileArg::VersiaServer09 => Profile::VersiaServer09,
        }
    }
}

impl VerifyArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let now = unix_now();
        let as_of = self.as_of(now)?;
        let mut keys = self.known_keys(context)?;
        if !self.no_explain {
            keys.read_others(context, &self.try_key)?;
        }
        let keys = Arc::new(keys);
        let intake = self.intake(context)?;
        let single = match &intake {
            Intake::Records(records) => records.len() == 1,
            Intake::Entries(records, bad) => records.len() + bad.len() == 1,
            Intake::Lines { .. } => false,
        };
        let job = Job {
            keys: Arc::clone(&keys),
            as_of,
            now,
            max_skew: self.max_skew,
            only: self.only,
            method: self.method.clone(),
            path: self.path.clone(),
            profile: self.profile.into(),
            explain: self.explaining(matches!(intake, Intake::Lines { single: false, .. })),
            style: Style {
                json: context.ui.json,
                details: single || context.ui.verbose,
                paint: context.ui.paint,
            },
            single,
        };
        let outcome = match intake {
            Intake::Records(records) => verify_records(context, &job, records)?,
            Intake::Lines { lines, single, name } => verify_lines(context, job, lines, single, &name)?,
            Intake::Entries(records, bad) => {
                let mut outcome = verify_records(context, &job, records)?;
                bad.iter().for_each(|(place, why)| outcome.bad.add(place, why));
                outcome
            }
        };
        outcome.bad.tell(&mut context.ui);
        if outcome.count() == 0 {
            return Err(CliError::usage("there is nothing to verify: the input is empty"));
        }
        if outcome.count() > 1 && !context.ui.json {
            let text = summary(&outcome.verdicts, outcome.bad.count(), context.ui.paint);
            context.ui.line(&text)?;
            if let Some(text) = code_counts(&outcome.codes) {
                context.ui.line(&text)?;
            }
        }
        if self.network.timings {
            keys.timings().iter().for_each(|line| context.ui.tell(&crate::cli::escape(line)));
        }
        self.hint(context, &outcome);
        if outcome.unexplained > 0 {
            context.ui.note(&format!(
                "hint: {} more that do not match were not looked into: --explain-budget gives more time",
                outcome.unexplained
            ));
        }
        Ok(exit(&outcome))
    }

    /// How explanations are searched for; `many` when lines share the time.
    fn explaining(&self, many: bool) -> Explaining {
        let budget = self.explain_budget.into();
        match (self.no_explain, many) {
            (true, _) => Explaining::No,
            (false, true) => Explaining::Together(Allowance::new(budget, budget)),
            (false, false) => Explaining::Each(budget),
        }
    }

    /// The keys that the flags name; without any, those of the store, and those that instances publish when asked.
    fn known_keys(&self, context: &mut Context) -> Result<KnownKeys, CliError> {
        let mut keys =
            KnownKeys::read(context, self.public_key.as_deref(), &self.metadata, self.as_name.as_deref())?;
        if keys.is_empty() {
            keys.read_store(context);
        }
        if !self.fetch_key {
            if self.keys.is_given() {
                return Err(CliError::usage("--peer and --allow-private are about keys that are fetched")
                    .hint("--fetch-key asks the signer's instance for its key"));
            }
            return Ok(keys);
        }
        let options = self.network.options(context)?;
        Ok(keys.with_directory(self.keys.directory(&options, None)))
    }

    fn as_of(&self, now: i64) -> Result<AsOf, CliError> {
        let Some(text) = self.as_of.as_deref() else {
            return Ok(AsOf::Own);
        };
        match text {
            "now" => Ok(AsOf::Moment(now)),
            "ignore" => Ok(AsOf::Ignore),
            "own" => Ok(AsOf::Own),
            _ => parse_seconds(text).or_else(|| parse_instant(text)).map(AsOf::Moment).ok_or_else(|| {
                CliError::usage(format!("--as-of {text:?} is not a time"))
                    .hint("an RFC 3339 time (2026-01-31T12:00:00Z), Unix seconds, `now`, or `ignore`")
            }),
        }
    }

    fn intake(&self, context: &mut Context) -> Result<Intake, CliError> {
        let in_parts =
            [&self.signature, &self.signed_at, &self.signed_by, &self.body].iter().any(|part| part.is_some());
        if in_parts || self.response {
            return Ok(Intake::Records(vec![(String::new(), self.record_of_parts(context)?)]));
        }
        let source = match &self.input {
            Some(path) => Source::parse(path),
            None => Source::piped().ok_or_else(|| {
                CliError::usage("there is nothing to verify")
                    .hint("give a file, pipe something in, or give the parts as flags")
            })?,
        };
        if self.ndjson {
            let lines = context.inputs.open(&source, "the input")?;
            return Ok(Intake::Lines { lines, single: false, name: source.to_string() });
        }
        intake::read(context, &source)
    }

    /// The message that the flags describe.
    fn record_of_parts(&self, context: &mut Context) -> Result<Record, CliError> {
        let (Some(method), Some(path)) = (&self.method, &self.path) else {
            return Err(CliError::usage(
                "the signed string begins with a method and a path: --method and --path",
            ));
        };
        let body = match &self.body {
            Some(path) => context.inputs.read(&Source::parse(path), "--body")?,
            None => Vec::new(),
        };
        let given =
            [(SIGNATURE, &self.signature), (SIGNED_AT, &self.signed_at), (SIGNED_BY, &self.signed_by)];
        let headers = given
            .into_iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| (name.to_owned(), value.as_str().into())))
            .collect();
        let mut request = Request { method: method.clone(), target: path.clone(), ..Request::default() };
        let mut record = Record::default();
        if self.response {
            record.response =
                Some(Response { status: 200, headers, body: body.into(), truncated: false, verdict: None });
        } else {
            request.headers = Some(headers);
            request.body = body.into();
        }
        record.request = Some(request);
        Ok(record)
    }

    /// Says what to try next, where that is not in the findings already.
    fn hint(&self, context: &mut Context, outcome: &Outcome) {
        if outcome.response_alone {
            context.ui.note(
                "hint: --method GET --path PATH names the request, or give both messages, the request first",
            );
        } else if outcome.has(Verdict::KeyUnavailable) && !self.fetch_key {
            context.ui.note(
                "hint: give the signer's key: --public-key FILE|BASE64, or --metadata FILE; --fetch-key asks its instance",
            );
        } else if outcome.has(Verdict::Stale) && self.as_of.is_none() {
            context.ui.note("hint: --as-of TIME verifies as of the moment when it came, --as-of ignore leaves the time out");
        }
    }
}
