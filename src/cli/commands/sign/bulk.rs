//! `sign --ndjson`: a stream of bodies and records, on all cores, in order.

use std::num::NonZeroUsize;

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::target::Target;
use super::template::{Pen, Template};
use super::{check_method, record, ws_message};
use crate::cli::complaints::Complaints;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::progress::Progress;
use crate::cli::ui::to_json;
use crate::cli::{Context, unix_now};
use crate::lines::{Block, Worked, process};
use crate::protocol::record::{Headers, Record, VERSION};
use crate::protocol::versia;
use crate::signing::{Signer, lint_json};

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
    not_json: u64,
    first_not_json: Option<u64>,
    bad: Complaints,
}

impl Told {
    fn add(&mut self, later: Told) {
        self.signed += later.signed;
        self.not_json += later.not_json;
        self.first_not_json = self.first_not_json.or(later.first_not_json);
        self.bad.append(later.bad);
    }
}

pub(super) fn run(context: &mut Context, job: Job, source: Source) -> Result<Exit, CliError> {
    let input = context.inputs.open(&source, "--body")?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let template = Template::of(&job);
    let mut all = Told::default();
    let mut progress = Progress::beside_results(&context.ui);
    let fold = |told| {
        all.add(told);
        progress.show(all.signed + all.bad.count(), all.bad.count());
    };
    let work = move |block: &Block| work(block, &job, template.as_ref());
    let result = process(input, &mut context.ui, threads, work, fold);
    progress.end();
    all.bad.tell(&mut context.ui);
    if let Some(first) = all.first_not_json {
        let more = if all.not_json == 1 { String::new() } else { format!(" and {} more", all.not_json - 1) };
        context.ui.warn(&format!("line {first}{more}: signed, but the body is not JSON (VS501)"));
    }
    result.map_err(|error| CliError::lines(&source.to_string(), error))?;
    if all.signed == 0 && all.bad.count() == 0 {
        return Err(CliError::usage(format!("there is nothing to sign: {source} is empty")));
    }
    if context.ui.verbose {
        context.ui.note(&format!("{} signed", all.signed));
    }
    Ok(if all.bad.count() > 0 { Exit::Usage } else { Exit::Yes })
}

fn work(block: &Block, job: &Job, template: Option<&Template>) -> Worked<Told> {
    let mut output = Vec::new();
    let mut told = Told::default();
    let at = job.at.unwrap_or_else(unix_now);
    let mut pen = template.map(|template| Pen::new(template, job, at));
    for (number, line) in block.lines() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let signed = match pen.as_mut().and_then(|pen| pen.sign(line, &mut output)) {
            Some(is_json) => Ok(is_json),
            None => sign_line(line, job, at).map(|(text, is_json)| {
                output.extend_from_slice(text.as_bytes());
                is_json
            }),
        };
        match signed {
            Ok(is_json) => {
                told.signed += 1;
                if !is_json {
                    told.not_json += 1;
                    told.first_not_json.get_or_insert(number);
                }
            }
            Err(why) => told.bad.add(&format!("line {number} is not signed"), &why),
        }
    }
    Worked { output, summary: told }
}

/// Signs one line; gives what to print, and whether the body is JSON.
fn sign_line(line: &[u8], job: &Job, at: i64) -> Result<(String, bool), String> {
    let Some(record) = as_record(line)? else {
        return sign_body(line.to_vec(), &job.method, &job.target, None, job, at)
            .map_err(|error| first_line(&error));
    };
    let mut request =
        record.request.ok_or("the record has no request, and a frame or a response alone names none")?;
    let body = match record.response {
        Some(response) if job.response => response.body.0,
        None if job.response => return Err("the record has no response to sign".to_owned()),
        _ => std::mem::take(&mut request.body).0,
    };
    let method = check_method(&request.method).map_err(|error| first_line(&error))?;
    let target = Target::parse(&request.target).map_err(|error| first_line(&error))?;
    let headers = request.headers.filter(|_| !job.response);
    sign_body(body, &method, &target, headers, job, at).map_err(|error| first_line(&error))
}

/// Signs a body; a record's own headers stay, but for those that the signature sets.
fn sign_body(
    body: Vec<u8>,
    method: &str,
    target: &Target,
    headers: Option<Headers>,
    job: &Job,
    at: i64,
) -> Result<(String, bool), CliError> {
    let is_json = body.is_empty() || lint_json(&body).is_none();
    let signed = job.signer.sign(method, target.origin(), at, &body);
    if job.ws {
        if method != "POST" {
            return Err(CliError::usage(format!(
                "a WebSocket message is signed as a POST, not as a {method}"
            )));
        }
        return ws_message(signed, body).map(|text| (text, is_json));
    }
    let mut record = record(&signed, method, target, body, job.response, false);
    if let (Some(request), Some(own)) = (&mut record.request, headers) {
        request.headers = Some(versia::replace_signature(own, &signed));
    }
    let mut line = to_json(&record);
    line.push('\n');
    Ok((line, is_json))
}

fn first_line(error: &CliError) -> String {
    error.lines_to_print().next().map(|(_, text)| text).unwrap_or_default()
}

/// Whether a line may be a record: most are not, and that is seen at once.
pub(super) fn may_be_record(line: &[u8]) -> bool {
    memmem::find(line, b"\"v\"").is_some()
}

/// The line as a record, where it is one: an object with `v` and a part of a record. Anything else is a body.
fn as_record(line: &[u8]) -> Result<Option<Record>, String> {
    if !may_be_record(line) {
        return Ok(None);
    }
    /// Tells a record from an entity without reading either.
    #[derive(Deserialize)]
    struct Marks {
        v: Option<IgnoredAny>,
        request: Option<IgnoredAny>,
        response: Option<IgnoredAny>,
        frame: Option<IgnoredAny>,
    }
    let is_record = serde_json::from_slice::<Marks>(line).is_ok_and(|marks| {
        marks.v.is_some() && (marks.request.is_some() || marks.response.is_some() || marks.frame.is_some())
    });
    if !is_record {
        return Ok(None);
    }
    let record: Record = serde_json::from_slice(line).map_err(|error| format!("not a record: {error}"))?;
    if record.v == VERSION {
        Ok(Some(record))
    } else {
        Err(format!("a record of version {}, where this program reads version {VERSION}", record.v))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;

    fn job(method: &str, target: &str, domain: &str, ws: bool, response: bool) -> Job {
        let signer = Signer::new(SecretKey::from_seed(&[7; 32]), domain);
        Job {
            signer,
            method: method.to_owned(),
            target: Target::parse(target).unwrap(),
            at: Some(-7),
            ws,
            response,
        }
    }

    #[test]
    fn lines_after_a_template_are_those_of_single_bodies() {
        let bodies: [&[u8]; 9] = [
            b"{\"n\":1}",
            b" {\"a\": \"\\u0041 \\\\ \\\"\"} ",
            "{\"é\":\"\u{1f600}\u{202e}\u{7f}\"}".as_bytes(),
            b"\tnot json \x01\r",
            b"\xff\xfe",
            br#"{"v":1,"request":{"method":"PUT","target":"/y","body":"{}"}}"#,
            br#"{"v":1,"response":{"status":200}}"#,
            br#"{"v":"w"}"#,
            b"(the signature) (the body)",
        ];
        let input = bodies.join(&b'\n');
        let jobs = [
            (job("POST", "/x", "a.example", false, false), true),
            (job("POST", "https://b.example/x?y", "a.example", false, false), true),
            (job("POST", "/x", "a.example", true, false), true),
            (job("GET", "/é\"", "a \u{202e} \\", false, true), true),
            (job("PUT", "/x", "a.example", true, false), false),
            (job("POST", "/x", "(the body)", false, false), false),
        ];
        for (job, has_template) in jobs {
            let template = Template::of(&job);
            assert_eq!(template.is_some(), has_template);
            let block = crate::lines::Blocks::new(&input[..]).next_block().unwrap().unwrap();
            let (fast, slow) = (work(&block, &job, template.as_ref()), work(&block, &job, None));
            assert_eq!(String::from_utf8_lossy(&fast.output), String::from_utf8_lossy(&slow.output));
            let told = |told: &Told| {
                format!("{} {} {:?} {:?}", told.signed, told.not_json, told.first_not_json, told.bad)
            };
            assert_eq!(told(&fast.summary), told(&slow.summary));
        }
    }
}
