//! `fetch`: one signed GET, and what its response is worth.

use clap::Args;
use jiff::Timestamp;

use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::SignerArgs;
use crate::cli::known_keys::KnownKeys;
use crate::cli::network::{KeyFetchArgs, NetworkArgs, describe_with_source, network_error};
use crate::cli::render::exchange::{body_text, head_lines, masked, raw_head};
use crate::cli::render::timings::stages;
use crate::cli::render::verification::{Reference, Style, exit_of, render};
use crate::cli::{Context, stdout_is_terminal, unix_now, unix_now_millis};
use crate::client::{
    Dialer, Http, HttpError, HttpRequest, HttpResponse, NetworkOptions, Resource, wire_headers,
    without_password,
};
use crate::delivery::Expectation;
use crate::finding::{Finding, codes};
use crate::protocol::record::{Bytes, Direction, Record, RecordError, Request, Response};
use crate::protocol::versia::{
    Checked, MEDIA_TYPE, explain, may_be_unsigned, signature_headers, verify_record,
};
use crate::signing::{Budget, Signer, Window, lint};

/// Fetch an entity with a signed GET, and verify the response.
///
/// On a terminal, prints the status line, the headers, the body (JSON laid out) and what the response's signature is
/// worth. Anywhere else, the body alone goes to standard output, byte for byte (with -i, the status line and the headers
/// before it), and the rest to standard error; -v shows the headers there. No redirect is followed.
///
/// The response is verified with the key that its signer's instance publishes, or with the one given. Discovery and
/// metadata may go unsigned: there, the request is signed only when a signer is named.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli fetch https://b.example/.versia/v0.6/entities/Note/1 --as alice
  versia-cli fetch b.example:1 --type Note | jq .content
  versia-cli fetch web+versia://users/b.example/1 --json
  versia-cli fetch http://127.0.0.1:3000/.versia/v0.6/instance --timings
  versia-cli fetch https://b.example/.versia/v0.6/entities/Note/1 --unsigned --expect 401

Exit codes: 0 2xx (or what --expect names) and a valid signature, or none where none is needed
            1 another status, or a signature that is invalid or missing · 2 wrong use · 3 network, or no key")]
pub struct FetchArgs {
    /// A full address, a reference (domain:id, with --type), or a web+versia:// link to a user, a note or a group
    #[arg(value_name = "URL|REF")]
    what: String,
    /// The type of the entity that a reference names
    #[arg(long = "type", value_name = "TYPE")]
    entity_type: Option<String>,
    /// Leave the request's signature out
    #[arg(long, conflicts_with_all = ["as_name", "key", "signed_by"])]
    unsigned: bool,
    /// The status that is a yes, instead of any 2xx: a number, or a class such as 4xx
    #[arg(long, value_name = "STATUS", default_value = "2xx", hide_default_value = true)]
    expect: Expectation,
    /// Print the status line and the headers before the body
    #[arg(long, short)]
    include: bool,
    /// Verify with this public key: a file in any form that `key` reads, `-`, or its base64
    #[arg(
        long,
        value_name = "FILE|BASE64",
        help_heading = "The response's signer",
        conflicts_with = "metadata"
    )]
    public_key: Option<String>,
    /// Verify with the key in this InstanceMetadata document
    #[arg(long, value_name = "FILE", help_heading = "The response's signer")]
    metadata: Vec<String>,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    keys: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

impl FetchArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let resource = Resource::parse(&self.what, self.entity_type.as_deref())
            .map_err(|error| {
                let cli = CliError::usage(format!("cannot fetch {:?}", without_password(&self.what)))
                    .because(&error);
                match error.hint() {
                    Some(hint) => cli.hint(hint),
                    None => cli,
                }
            })?
            .through(self.keys.peers());
        let options = self.network.options(context)?;
        let keys = KnownKeys::read(context, self.public_key.as_deref(), &self.metadata, None)?;
        let keys = if keys.is_empty() {
            keys.with_directory(self.keys.directory(&options, Some(resource.url().origin())))
        } else {
            keys
        };
        let request = self.request(context, &resource)?;
        let fetched = Fetched::new(request, &options)?;
        let http = Http::new(Dialer::new(options));
        match http.exchange(&fetched.request) {
            Ok(response) => self.answered(context, fetched, response, &keys),
            Err(error) => fetched.failed(context, &self.what, &error),
        }
    }

    fn request(&self, context: &mut Context, resource: &Resource) -> Result<HttpRequest, CliError> {
        let url = resource.url().clone();
        let mut headers = vec![("Accept".to_owned(), MEDIA_TYPE.into())];
        if let Some(signer) = self.signer(context, url.target())? {
            let now = unix_now();
            for finding in lint(signer.domain(), "GET", url.target(), now, now, None) {
                // That the query is not signed is so for everybody.
                if finding.code != &codes::QUERY_NOT_SIGNED {
                    context.ui.finding(&finding);
                }
            }
            let signed = signer.sign("GET", url.target(), now, b"");
            if context.ui.verbose {
                context.ui.note(&format!("signed string: {}", signed.string.as_str()));
            }
            headers.extend(signature_headers(&signed));
        }
        Ok(HttpRequest { method: "GET".to_owned(), url, headers, body: Vec::new() })
    }

    fn signer(&self, context: &mut Context, target: &str) -> Result<Option<Signer>, CliError> {
        let named =
            [&self.signer.as_name, &self.signer.key, &self.signer.signed_by].iter().any(|it| it.is_some());
        if self.unsigned || (may_be_unsigned(target) && !named) {
            return Ok(None);
        }
        self.signer.resolve(context).map(Some)
    }

    fn answered(
        &self,
        context: &mut Context,
        fetched: Fetched,
        response: HttpResponse,
        keys: &KnownKeys,
    ) -> Result<Exit, CliError> {
        let now = unix_now();
        let status_line = format!("HTTP/{} {} {}", response.version, response.status, response.reason)
            .trim_end()
            .to_owned();
        let location = response.header("location").map(str::to_owned);
        let (timings, dialled) = (response.timings, response.dialled);
        let (record, checked) = fetched.judged(response, keys, Window::around(now))?;
        let response = record.response.as_ref().map(|response| (response.status, response.truncated));
        let (status, truncated) = response.unwrap_or_default();
        if context.ui.json {
            context.ui.json(&record)?;
            // The record has the codes only.
            let causes = checked.explanation.iter().flat_map(|explanation| &explanation.causes);
            checked
                .verification
                .findings
                .iter()
                .chain(causes)
                .for_each(|finding| context.ui.finding(finding));
        } else {
            self.show(context, &record, &status_line, &checked, now)?;
        }
        if !self.expect.is_met_by(status) && !context.ui.json {
            context.ui.tell(&format!("the status is {status}, not {}", self.expect));
        }
        if let Some(location) = location.filter(|_| status / 100 == 3) {
            let message = format!("the answer is a redirect to {location:?}, which is not followed");
            context.ui.finding(&Finding::new(&codes::REDIRECTED, message));
        }
        if truncated {
            let message = format!("the body is not whole: the first {} bytes are there", checked.body_length);
            context.ui.finding(&Finding::new(&codes::TOO_LARGE, message));
        }
        if self.network.timings {
            context.ui.tell(&stages(&timings, dialled));
            keys.timings().iter().for_each(|line| context.ui.tell(&crate::cli::escape(line)));
        }
        let met = if self.expect.is_met_by(status) { Exit::Yes } else { Exit::No };
        let whole = if truncated { Exit::Network } else { Exit::Yes };
        Ok(met.worse(whole).worse(exit_of(checked.verification.verdict)))
    }

    /// For a terminal everything, one thing after the other; for anything else the body alone, and the rest beside it.
    fn show(
        &self,
        context: &mut Context,
        record: &Record,
        status_line: &str,
        checked: &Checked,
        now: i64,
    ) -> Result<(), CliError> {
        let Some(response) = &record.response else { return Ok(()) };
        let terminal = stdout_is_terminal();
        let paint = if terminal { context.ui.paint } else { context.ui.paint_err };
        let good = exit_of(checked.verification.verdict) == Exit::Yes;
        let style = Style { json: false, details: terminal || context.ui.verbose || !good, paint };
        let mut verdict = Vec::new();
        render(checked, "", Reference::Now(now), &style, &mut verdict);
        let verdict = String::from_utf8_lossy(&verdict).trim_end().to_owned();
        let head = head_lines(status_line, &response.headers, paint);
        if terminal {
            context.ui.line(&head.join("\n"))?;
            context.ui.line("")?;
            if !response.body.is_empty() {
                context.ui.line(&body_text(&response.body.0))?;
                context.ui.line("")?;
            }
            return context.ui.line(&verdict);
        }
        if self.include {
            context.ui.write(&raw_head(status_line, &response.headers))?;
        }
        context.ui.write(&response.body.0)?;
        if !context.ui.quiet || !good {
            let shown = if context.ui.verbose { head.len() } else { 1 };
            context.ui.tell(&head[..shown].join("\n"));
            context.ui.tell(&verdict);
        }
        Ok(())
    }
}

/// A request with the record of what comes of it.
struct Fetched {
    request: HttpRequest,
    record: Record,
}

impl Fetched {
    fn new(request: HttpRequest, options: &NetworkOptions) -> Result<Self, CliError> {
        let mut headers = wire_headers(&request, options)
            .map_err(|error| network_error("cannot send the request", &error, error.code(), error.hint()))?;
        options.hide_secrets(&mut headers);
        let at = i64::try_from(unix_now_millis()).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
        let record = Record {
            at: at.map(|at| format!("{at:.3}")),
            direction: Some(Direction::Out),
            request: Some(Request {
                method: request.method.clone(),
                target: request.url.target().to_owned(),
                headers: Some(headers),
                ..Request::default()
            }),
            ..Record::default()
        };
        Ok(Fetched { request, record })
    }

    /// The record with the response in it, and what the response's signature is worth.
    fn judged(
        mut self,
        response: HttpResponse,
        keys: &KnownKeys,
        window: Window,
    ) -> Result<(Record, Checked), CliError> {
        let record = &mut self.record;
        record.http = Some(response.version.to_owned());
        record.tls = response.tls.map(str::to_owned);
        record.peer = Some(response.peer.to_string());
        record.timings = Some(response.timings);
        record.response = Some(Response {
            status: response.status,
            headers: response.headers,
            body: Bytes(response.body),
            truncated: response.truncated,
            verdict: None,
        });
        // Our own request is context here: what it answers, and not what is to be verified.
        let headers = record.request.as_mut().and_then(|request| request.headers.take());
        let mut checked = verify_record(record, keys, window)
            .ok()
            .and_then(|mut checked| checked.pop())
            .ok_or_else(|| CliError::usage("there is no response to verify"))?;
        if let Some(request) = &mut record.request {
            request.headers = headers;
        }
        explain(&mut checked, record, keys, &Budget::within(Budget::DEFAULT));
        if let Some(response) = &mut record.response {
            response.headers = masked(&response.headers);
            response.verdict = Some((&checked).into());
        }
        Ok((self.record, checked))
    }

    fn failed(mut self, context: &mut Context, what: &str, error: &HttpError) -> Result<Exit, CliError> {
        if context.ui.json {
            let code = error.code().map(|code| code.id.to_owned());
            self.record.error = Some(RecordError { code, message: describe_with_source(error) });
            context.ui.json(&self.record)?;
        }
        Err(network_error(format!("cannot fetch {what}"), error, error.code(), error.hint()))
    }
}
