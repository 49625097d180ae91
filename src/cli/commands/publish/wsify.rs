//! `publish wsify`: a content for a channel's members, by the hub's HTTP interface.

use clap::Args;
use serde::Serialize;

use super::published;
use crate::cli::error::{CliError, Exit};
use crate::cli::hub_address::{broadcasting_key, hub_url, with_key, without_query};
use crate::cli::network::{NetworkArgs, network_error};
use crate::cli::render::exchange::body_text;
use crate::cli::render::timings::{millis, stages};
use crate::cli::{Context, escape};
use crate::client::{Dialer, Http, HttpRequest, HttpResponse, without_password};
use crate::finding::codes;
use crate::protocol::wsify::{CONTENT_TYPE, Publication, content_of};

/// Broadcast a content to everybody in a channel of a wsify hub.
///
/// The content is any JSON. A text that is no JSON is broadcast as a string of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli publish wsify http://127.0.0.1:3000 --channel hello '\"Hello World! from the server\"'
  versia-cli publish wsify https://hub.example --channel news --key-file key.txt - < news.json

--json prints {\"protocol\", \"to\", \"channel\", \"published\", \"status\", \"elapsed_ms\", \"answer\"}.

Exit codes: 0 published (2xx) · 1 refused, with another status · 2 wrong use · 3 network")]
pub(super) struct WsifyArgs {
    /// The hub: http://127.0.0.1:3000, or the full address of what takes publications; /broadcast unless told otherwise
    #[arg(value_name = "URL")]
    hub: String,
    /// The content: JSON or text, or `-` for standard input
    #[arg(value_name = "CONTENT|-")]
    content: String,
    /// The channel
    #[arg(long, value_name = "NAME")]
    channel: String,
    /// The file with the hub's broadcasting key, or `-`
    #[arg(long, value_name = "FILE")]
    key_file: Option<String>,
    #[command(flatten)]
    network: NetworkArgs,
}

/// What came of it, for programs.
#[derive(Serialize)]
struct Told<'a> {
    protocol: &'static str,
    to: String,
    channel: &'a str,
    published: bool,
    status: u16,
    elapsed_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a str>,
}

impl WsifyArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let url = hub_url(&self.hub).map_err(|error| {
            let cli = CliError::usage(format!(
                "cannot publish to {:?}",
                without_password(without_query(&self.hub))
            ))
            .because(&error);
            match error.hint() {
                Some(hint) => cli.hint(hint),
                None => cli,
            }
        })?;
        let channel = self.channel.trim();
        if channel.is_empty() {
            return Err(CliError::usage("the channel has no name").hint("--channel NAME"));
        }
        let body = self.body(context, channel)?;
        let key = broadcasting_key(context, self.key_file.as_deref())?;
        let shown = without_query(&url.to_string()).to_owned();
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: with_key(url, key.as_deref()).map_err(|error| CliError::usage(error.to_string()))?,
            headers: vec![("Content-Type".to_owned(), CONTENT_TYPE.into())],
            body: body.into_bytes(),
        };
        let http = Http::new(Dialer::new(self.network.options(context)?));
        let response = http.exchange(&request).map_err(|error| {
            network_error(format!("nothing was published to {shown}"), &error, error.code(), error.hint())
        })?;
        self.tell(context, &shown, channel, &response, key.is_some())
    }

    fn body(&self, context: &mut Context, channel: &str) -> Result<String, CliError> {
        let content = published(context, &self.content, "the content")?;
        let content = String::from_utf8(content)
            .map_err(|_| CliError::usage("the content is not text (UTF-8), and JSON is"))?;
        // The last line break is the shell's or the editor's.
        let content = content.strip_suffix('\n').unwrap_or(&content);
        let published = Publication { channel: channel.to_owned(), content: content_of(content) };
        published.write().map_err(|error| CliError::usage("nothing can be published").because(error))
    }

    fn tell(
        &self,
        context: &mut Context,
        shown: &str,
        channel: &str,
        response: &HttpResponse,
        had_key: bool,
    ) -> Result<Exit, CliError> {
        let done = (200..300).contains(&response.status);
        let elapsed = response.timings.total.unwrap_or_default();
        if self.network.timings {
            context.ui.tell(&stages(&response.timings, response.dialled));
        }
        if context.ui.json {
            context.ui.json(&Told {
                protocol: "wsify",
                to: shown.to_owned(),
                channel,
                published: done,
                status: response.status,
                elapsed_ms: elapsed,
                answer: std::str::from_utf8(&response.body).ok().filter(|answer| !answer.is_empty()),
            })?;
        }
        let status = format!("{} {}", response.status, response.reason).trim_end().to_owned();
        if done {
            if !context.ui.json {
                let channel = escape(channel);
                let text = format!("published to {channel}: {}, {}", escape(&status), millis(elapsed));
                context.ui.line(&text)?;
            }
            return Ok(Exit::Yes);
        }
        if !context.ui.json && !response.body.is_empty() {
            context.ui.line(&body_text(&response.body))?;
        }
        let error = CliError::refused(format!("nothing was published to {shown}"))
            .because(format!("the hub answers {status} ({})", codes::PUBLICATION_REFUSED.id));
        Err(match hint(response.status, had_key) {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }
}

fn hint(status: u16, had_key: bool) -> Option<&'static str> {
    match (status, had_key) {
        (401 | 403, false) => Some("the hub wants its broadcasting key: --key-file FILE"),
        (401 | 403, true) => Some("that is not the hub's broadcasting key"),
        (404 | 405, _) => Some("is that a wsify hub, and its path? it takes publications at /broadcast"),
        (500..600, _) => Some("the hub's broker, or what is in front of the hub, fails"),
        _ => None,
    }
}
