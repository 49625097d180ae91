//! `sign`: signatures for requests, responses and WebSocket messages.

mod bulk;
mod target;
mod template;

use clap::{Args, ValueEnum};

use self::target::Target;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::key_input::{SignerArgs, check_signed_by};
use crate::cli::ui::to_json;
use crate::cli::{Context, stdout_is_terminal, unix_now};
use crate::protocol::record::{Direction, Record, Request};
use crate::protocol::versia::{self, Message};
use crate::protocol::{curl, http};
use crate::signing::{Signed, lint};

/// Sign a request, the response to one (--response), or a WebSocket message (--ws).
///
/// Prints the three signature headers, or the whole message with --format. The path is signed as written, without its
/// query; the body is signed byte for byte. Warnings say what would not verify elsewhere.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli sign POST /.versia/v0.6/inbox --body note.json --as alice
  versia-cli sign POST https://b.example/.versia/v0.6/inbox --body note.json --format curl
  versia-cli sign GET /.versia/v0.6/entities/User/1 --response --body user.json --format http
  versia-cli sign --ws --body note.json
  versia-cli sign --ndjson --body notes.ndjson > signed.ndjson")]
pub struct SignArgs {
    /// The request's method
    #[arg(required_unless_present_any = ["ws", "ndjson"])]
    method: Option<String>,
    /// The request's path or full URL, as it will be sent
    #[arg(value_name = "PATH|URL", required_unless_present_any = ["ws", "ndjson"])]
    target: Option<String>,
    /// The body; without it, standard input where something is piped in and the method has a body
    #[arg(long, value_name = "FILE|-")]
    body: Option<String>,
    /// Sign the response to this request: the body is the response's
    #[arg(long, conflicts_with = "ws")]
    response: bool,
    /// Sign a message of the WebSocket extension: as a POST to the inbox
    #[arg(long)]
    ws: bool,
    /// The time of signing in Unix seconds, instead of now
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    at: Option<i64>,
    /// What to print; --json is --format json, --ws is --format ws
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Sign a stream: each line of the body is a body of its own, or a record with its own method and target
    #[arg(long)]
    ndjson: bool,
    #[command(flatten)]
    signer: SignerArgs,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The three headers.
    Headers,
    /// A curl command that sends the request.
    Curl,
    /// The HTTP message.
    Http,
    /// A record, as `verify` takes it.
    Json,
    /// A message of the WebSocket extension.
    Ws,
}

impl SignArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let format = self.format(context.ui.json)?;
        let (method, target) = self.method_and_target()?;
        let signer = self.signer.resolve(context)?;
        check_signed_by(signer.domain())?;
        if self.ndjson {
            let at = self.at.unwrap_or_else(unix_now);
            for finding in lint(signer.domain(), &method, target.origin(), at, unix_now(), None) {
                context.ui.finding(&finding);
            }
            let job = bulk::Job {
                signer,
                method,
                target,
                at: self.at,
                ws: format == Format::Ws,
                response: self.response,
            };
            return bulk::run(context, job, self.body_source()?);
        }
        let body = if self.wants_body(&method) {
            let source = self.body_source()?;
            context.inputs.read(&source, self.body.as_ref().map_or("the body", |_| "--body"))?
        } else {
            Vec::new()
        };
        let (at, now) = (self.at.unwrap_or_else(unix_now), unix_now());
        let linted_as = if self.response { "POST" } else { &method };
        for finding in lint(signer.domain(), linted_as, target.origin(), at, now, Some(&body)) {
            context.ui.finding(&finding);
        }
        let signed = signer.sign(&method, target.origin(), at, &body);
        if context.ui.verbose {
            context.ui.note(&format!("signed string: {}", signed.string.as_str()));
        }
        let text = self.compose(format, &method, &target, signed, body, context)?;
        context.ui.write(&text)?;
        Ok(Exit::Yes)
    }

    /// What to sign for. A WebSocket message is a POST to the inbox; for it, the path alone may be given.
    fn method_and_target(&self) -> Result<(String, Target), CliError> {
        let (method, target) = match (self.method.as_deref(), self.target.as_deref()) {
            (Some(only), None) if only.starts_with('/') || only.contains("://") => ("POST", only),
            (method, target) => (method.unwrap_or("POST"), target.unwrap_or(versia::INBOX)),
        };
        let method = check_method(method)?;
        if (self.ws || self.format == Some(Format::Ws)) && method != "POST" {
            return Err(CliError::usage(format!(
                "a WebSocket message is signed as a POST, not as a {method}"
            ))
            .hint("leave the method away: `versia-cli sign --ws --body FILE`"));
        }
        Ok((method, Target::parse(target)?))
    }

    fn format(&self, json: bool) -> Result<Format, CliError> {
        let default = match (self.ws, json || self.ndjson) {
            (true, _) => Format::Ws,
            (false, true) => Format::Json,
            (false, false) => Format::Headers,
        };
        let format = self.format.unwrap_or(default);
        let refuse = |why: &str| Err(CliError::usage(why));
        match format {
            Format::Ws if self.response => {
                refuse("a WebSocket message answers nothing: --response has no --format ws")
            }
            Format::Curl if self.response => refuse("curl sends requests: --response has no --format curl"),
            Format::Headers | Format::Curl | Format::Http if self.ndjson => {
                Err(CliError::usage("--ndjson prints one document per line")
                    .hint("--format json or --format ws"))
            }
            Format::Headers | Format::Curl | Format::Http if self.ws => {
                refuse("--ws prints a WebSocket message; leave --format away")
            }
            format => Ok(format),
        }
    }

    fn wants_body(&self, method: &str) -> bool {
        self.body.is_some()
            || self.ws
            || self.response
            || !matches!(method, "GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE" | "CONNECT")
    }

    fn body_source(&self) -> Result<Source, CliError> {
        match &self.body {
            Some(path) => Ok(Source::parse(path)),
            None => Source::piped().ok_or_else(|| {
                CliError::usage("there is no body to sign")
                    .hint("--body FILE, or pipe it in; an empty one is `</dev/null`")
            }),
        }
    }

    fn compose(
        &self,
        format: Format,
        method: &str,
        target: &Target,
        signed: Signed,
        body: Vec<u8>,
        context: &mut Context,
    ) -> Result<Vec<u8>, CliError> {
        Ok(match format {
            Format::Headers => {
                let headers = versia::signature_headers(&signed);
                let lines = headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {}\n", value.as_text().unwrap_or("")));
                lines.collect::<String>().into_bytes()
            }
            Format::Ws => ws_message(signed, body)?.into_bytes(),
            Format::Json => {
                let mut line = to_json(&record(&signed, method, target, body, self.response, false));
                line.push('\n');
                line.into_bytes()
            }
            Format::Http => {
                if target.host().is_none() && !self.response {
                    context.ui.note(
                        "note: no Host header, since only a path was given; a full URL would fill it in",
                    );
                }
                let mut message = http::write(&record(&signed, method, target, body, self.response, true));
                if stdout_is_terminal() && !message.ends_with(b"\n") {
                    message.push(b'\n');
                }
                message
            }
            Format::Curl => {
                let url = target.http_url().ok_or_else(|| {
                    CliError::usage("curl has to know where to send it")
                        .hint("give the full URL: https://b.example/.versia/v0.6/inbox")
                })?;
                let request = versia::compose_request(&signed, method, target.origin(), None, body);
                (curl::write(&url, &request) + "\n").into_bytes()
            }
        })
    }
}

/// The record of a message. A response's record holds its request's method and target only.
fn record(
    signed: &Signed,
    method: &str,
    target: &Target,
    body: Vec<u8>,
    response: bool,
    whole: bool,
) -> Record {
    let mut record = Record { direction: Some(Direction::Out), ..Record::default() };
    if response {
        let mut response = versia::compose_response(signed, 200, body);
        if whole {
            versia::add_content_length(&mut response.headers, &response.body);
        }
        record.request = Some(Request {
            method: method.to_owned(),
            target: target.origin().to_owned(),
            ..Request::default()
        });
        record.response = Some(response);
    } else {
        let mut request = versia::compose_request(signed, method, target.origin(), target.host(), body);
        if let Some(headers) =
            request.headers.as_mut().filter(|_| whole && (!request.body.is_empty() || method != "GET"))
        {
            versia::add_content_length(headers, &request.body);
        }
        record.request = Some(request);
    }
    record
}

fn ws_message(signed: Signed, body: Vec<u8>) -> Result<String, CliError> {
    let entity = String::from_utf8(body).map_err(|error| {
        CliError::usage("the body is not UTF-8, and a WebSocket message holds text")
            .because(format!("byte {} is not part of a character", error.utf8_error().valid_up_to() + 1))
    })?;
    let mut line = to_json(&Message::new(signed, entity));
    line.push('\n');
    Ok(line)
}

/// An HTTP method in capitals, as it is sent.
fn check_method(method: &str) -> Result<String, CliError> {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if method.is_empty() || !method.bytes().all(is_token) {
        return Err(CliError::usage(format!("{method:?} is not an HTTP method")));
    }
    Ok(method.to_ascii_uppercase())
}
