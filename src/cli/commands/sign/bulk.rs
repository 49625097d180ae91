//! `sign --ndjson`: a stream of bodies and records, on all cores, in order.

use std::num::NonZeroUsize;
use std::time::{SystemTime, UNIX_EPOCH};

use memchr::memmem;
use serde::de::IgnoredAny;

use super::sign_one;
use super::target::Target;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::lines::{Block, Worked, process};
use crate::protocol::record::Record;
use crate::signing::{Signer, lint_json};

/// How many lines are complained of one by one.
const NAMED: usize = 10;

/// What to do with each line.
pub(super) struct Job {
    pub(super) signer: Signer,
    pub(super) method: String,
    pub(super) target: Target,
    pub(super) at: Option<i64>,
    pub(super) ws: bool,
    pub(super) response: bool,
}

/// What there is to tell of a block.
#[derive(Default)]
struct Told {
    signed: u64,
    not_json: Vec<u64>,
    bad: Vec<(u64, String)>,
}

pub(super) fn run(context: &mut Context, job: Job, source: Source) -> Result<Exit, CliError> {
    let input = context.inputs.open(&source, "--body")?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut all = Told::default();
    let mut bad_lines = 0;
    let result = process(
        input,
        &mut context.ui,
        threads,
        move |block| work(block, &job),
        |told: Told| {
            all.signed += told.signed;
            bad_lines += told.bad.len();
            all.not_json.extend(told.not_json);
            all.bad.extend(told.bad);
            all.bad.truncate(NAMED);
        },
    );
    for (number, why) in &all.bad {
        context.ui.tell(&format!("error: line {number} is not signed: {}", crate::cli::escape(why)));
    }
    if bad_lines > NAMED {
        context.ui.tell(&format!("error: {} more lines are not signed", bad_lines - NAMED));
    }
    if let [first, rest @ ..] = all.not_json.as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        context.ui.warn(&format!("line {first}{more}: signed, but not JSON (VS501)"));
    }
    result.map_err(|error| CliError::lines(&source.to_string(), error))?;
    if all.signed == 0 && bad_lines == 0 {
        return Err(CliError::usage(format!("there is nothing to sign: {source} is empty")));
    }
    if context.ui.verbose {
        context.ui.note(&format!("{} signed", all.signed));
    }
    Ok(if bad_lines > 0 { Exit::Usage } else { Exit::Yes })
}

fn work(block: &Block, job: &Job) -> Worked<Told> {
    let mut output = Vec::new();
    let mut told = Told::default();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let at = job.at.unwrap_or_else(|| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    for (number, line) in block.lines() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match sign_line(line, job, at) {
            Ok(text) => {
                output.extend_from_slice(text.as_bytes());
                told.signed += 1;
                if lint_json(line).is_some() {
                    told.not_json.push(number);
                }
            }
            Err(why) => told.bad.push((number, why)),
        }
    }
    Worked { output, summary: told }
}

fn sign_line(line: &[u8], job: &Job, at: i64) -> Result<String, String> {
    let signed = match as_record(line)? {
        None => sign_one(&job.signer, job, &job.method, &job.target, at, line.to_vec()),
        Some(record) => {
            let request = record.request.ok_or("the record has no request")?;
            let target = Target::parse(&request.target).map_err(|error| first_line(&error))?;
            let body = match record.response.filter(|_| job.response) {
                Some(response) => response.body.0,
                None => request.body.0,
            };
            sign_one(&job.signer, job, &request.method, &target, at, body)
        }
    };
    signed.map_err(|error| first_line(&error))
}

fn first_line(error: &CliError) -> String {
    error.lines_to_print().next().map(|(_, text)| text).unwrap_or_default()
}

/// The line as a record, where it is one: an object with `v` and `request` of its own. Anything else is a body.
fn as_record(line: &[u8]) -> Result<Option<Record>, String> {
    if memmem::find(line, b"\"request\"").is_none() || memmem::find(line, b"\"v\"").is_none() {
        return Ok(None);
    }
    #[derive(serde::Deserialize)]
    struct Marks {
        v: IgnoredAny,
        request: IgnoredAny,
    }
    match serde_json::from_slice::<Marks>(line) {
        Ok(Marks { v: IgnoredAny, request: IgnoredAny }) => {
            serde_json::from_slice(line).map(Some).map_err(|error| format!("not a record: {error}"))
        }
        Err(_) => Ok(None),
    }
}
