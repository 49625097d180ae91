//! `demo`: two instances in one process, and what passes between them.

use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use tokio::sync::mpsc::channel;

use crate::cli::error::{CliError, Exit};
use crate::cli::network::network_error;
use crate::cli::render::verification::{Reference, Style, render};
use crate::cli::{AMBIENT, Context, new_secret_key, unix_now};
use crate::client::websocket::{self, Opening, Outgoing, Patience, SessionError, WebSocketError};
use crate::client::{Dialer, Http, HttpError, HttpRequest, HttpUrl, KeyDirectory, NetworkOptions, Peer};
use crate::protocol::versia::{self, Checked, INBOX, Message, RECEIPTS, compose_request};
use crate::server::{Bound, Event, Happened, InstanceSetup, Participation, Setup, Started, start};
use crate::signing::{Signed, Signer, Verdict};

/// The largest body that the instances of the demonstration take, in bytes.
const MAX_BODY: usize = 1 << 20;

/// Show the whole in one minute: two instances, a Note delivered over HTTP and over WebSocket and verified by the published
/// key, a tampered one refused with its reason.
///
/// Both run in this process, on ports of this machine that only it can reach. Keys are made on the spot and forgotten at
/// the end. Nothing is stored, and nothing leaves this machine.
#[derive(Debug, Args)]
pub struct DemoArgs {}

/// A line of `--json`.
#[derive(Serialize)]
struct Step<'a> {
    step: &'a str,
    status: u16,
}

impl DemoArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot start the two instances", &error))?;
        let shown = runtime.block_on(async { Stage::set(context).await?.play(context).await });
        runtime.shutdown_background();
        shown
    }
}

/// An instance of the demonstration.
struct Local {
    signer: Signer,
    url: String,
    started: Started,
}

impl Local {
    async fn start(domain: &str, peers: Vec<Peer>) -> Result<Local, CliError> {
        let signer = Signer::new(new_secret_key()?, domain);
        let bound = Bound::at(([127, 0, 0, 1], 0).into())
            .await
            .map_err(|error| CliError::io("cannot listen on a port of this machine", &error))?;
        let url = format!("http://{}", bound.address);
        let instance = InstanceSetup {
            signer: signer.clone(),
            users: vec!["bob".to_owned()],
            reject: true,
            validate: true,
            receipts: true,
            keys: Arc::new(KeyDirectory::new(NetworkOptions::default(), peers)),
            participation: Participation::default(),
        };
        let setup = Setup::of(instance, MAX_BODY, AMBIENT);
        Ok(Local { signer, url, started: start(bound, None, setup) })
    }

    fn at(&self, path: &str) -> Result<HttpUrl, CliError> {
        // An address that this program made.
        HttpUrl::parse(&format!("{}{path}", self.url)).map_err(|error| CliError::usage(error.to_string()))
    }

    /// The next request or message that came.
    async fn next(&mut self) -> Option<Happened> {
        loop {
            match self.started.events.recv().await? {
                Event::Exchange(happened) | Event::Message(happened) => return Some(*happened),
                _ => {}
            }
        }
    }
}

/// The two instances, and how one reaches the other.
struct Stage {
    alice: Local,
    bob: Local,
    dialer: Arc<Dialer>,
}

impl Stage {
    async fn set(context: &mut Context) -> Result<Stage, CliError> {
        let alice = Local::start("a.example", Vec::new()).await?;
        let at_alice = Peer { domain: "a.example".to_owned(), url: alice.at("/")? };
        let bob = Local::start("b.example", vec![at_alice]).await?;
        say(context, "Two instances run in this process, each with a key made just now:")?;
        for local in [&alice, &bob] {
            let key = local.signer.key().public().to_spki_base64();
            say(context, &format!("  {}  at {}  publishes {key}", local.signer.domain(), local.url))?;
        }
        Ok(Stage { alice, bob, dialer: Arc::new(Dialer::new(NetworkOptions::default())) })
    }

    async fn play(mut self, context: &mut Context) -> Result<Exit, CliError> {
        let note = note();
        say(context, "\n1. a.example signs a Note and posts it to b.example's inbox:")?;
        say(context, &format!("  {note}"))?;
        let signed = self.sign(&note);
        for (name, value) in versia::signature_headers(&signed) {
            say(context, &format!("  {name}: {}", value.as_text().unwrap_or_default()))?;
        }
        let status = self.post(&signed, &note).await?;
        say(
            context,
            "\n   b.example asks a.example for its key (GET /.versia/v0.6/instance), and verifies:\n",
        )?;
        let over_http = self.verdict(context).await?;
        conclude(context, "http", status, &format!("\n   b.example answers {status}: it takes the Note."))?;

        say(context, "\n2. The same over WebSocket: a signed handshake, a signed message, a receipt:\n")?;
        let status = self.send_over_websocket(&note).await?;
        let over_websocket = self.verdict(context).await?;
        conclude(context, "websocket", status, &format!("\n   b.example's receipt says {status}."))?;

        say(context, "\n3. On the way, somebody changes one word of the body:\n")?;
        let tampered = note.replace("Hello", "Hallo");
        let signed = self.sign(&note);
        let status = self.post(&signed, &tampered).await?;
        let refused = self.verdict(context).await?;
        let answer = format!(
            "\n   b.example answers {status}: the digest is another one than a.example signed, and so the whole string is."
        );
        conclude(context, "tampered", status, &answer)?;
        say(
            context,
            "\nNext: `versia-cli keygen --save NAME --domain DOMAIN` makes an identity of your own,",
        )?;
        say(
            context,
            "`versia-cli serve` runs an instance, `versia-cli send --help` shows how to deliver to one.",
        )?;
        let as_expected = (over_http, over_websocket, refused, status)
            == (Some(Verdict::Valid), Some(Verdict::Valid), Some(Verdict::Invalid), 401);
        Ok(if as_expected { Exit::Yes } else { Exit::Bug })
    }

    fn sign(&self, body: &str) -> Signed {
        self.alice.signer.sign("POST", INBOX, unix_now(), body.as_bytes())
    }

    /// Posts a body under a signature; gives the status of the answer.
    async fn post(&self, signed: &Signed, body: &str) -> Result<u16, CliError> {
        let request = compose_request(signed, "POST", INBOX, None, body.as_bytes().to_vec());
        let request = HttpRequest {
            method: request.method,
            url: self.bob.at(INBOX)?,
            headers: request.headers.unwrap_or_default(),
            body: request.body.0,
        };
        let http = Http::new(Arc::clone(&self.dialer));
        let exchanged = tokio::task::spawn_blocking(move || http.exchange(&request)).await;
        let failed = |error: HttpError| network_error(FAILED, &error, error.code(), error.hint());
        match exchanged {
            Ok(answer) => answer.map(|answer| answer.status).map_err(failed),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Sends a message over a session of its own; gives the status of its receipt.
    async fn send_over_websocket(&self, note: &str) -> Result<u16, CliError> {
        let mut nonce = [0; 16];
        (AMBIENT.random)(&mut nonce);
        let handshake = self.alice.signer.sign("GET", INBOX, unix_now(), b"");
        let opening = Opening {
            headers: versia::signature_headers(&handshake),
            subprotocols: vec![RECEIPTS.to_owned()],
            ..Opening::new(self.bob.at(INBOX)?, nonce)
        };
        let refused = |error: WebSocketError| network_error(FAILED, &error, error.code(), error.hint());
        let opened = websocket::open(Arc::clone(&self.dialer), &opening).await.map_err(refused)?;
        let message = Message::new(self.sign(note), note.to_owned());
        let text = serde_json::to_string(&message).unwrap_or_default();
        let (sender, input) = channel(1);
        // The session takes one block at least.
        let _ = sender.send(vec![Outgoing::text(1, text)]).await;
        drop(sender);
        let mut status = 0;
        let ended = websocket::deliver(opened, input, Patience::default(), 1, |event| {
            if let websocket::Event::Receipt { receipt, .. } = event {
                status = receipt.status;
            }
        });
        let ended = ended.await;
        let lost = |error: SessionError| network_error(FAILED, &error, error.code(), error.hint());
        ended.result.map(|_| status).map_err(lost)
    }

    /// Shows what b.example found out about what came last.
    async fn verdict(&mut self, context: &mut Context) -> Result<Option<Verdict>, CliError> {
        let Some(happened) = self.bob.next().await else { return Ok(None) };
        let style = Style { json: context.ui.json, details: true, paint: context.ui.paint };
        for one in &happened.checked {
            let mut output = Vec::new();
            render(one, "", Reference::Now(unix_now()), &style, &mut output);
            context.ui.write(&output)?;
        }
        Ok(happened.checked.first().map(|one: &Checked| one.verification.verdict))
    }
}

/// What a step that did not come off is called.
const FAILED: &str = "the two instances could not talk";

fn say(context: &mut Context, text: &str) -> Result<(), CliError> {
    if context.ui.json { Ok(()) } else { context.ui.line(text) }
}

fn conclude(context: &mut Context, step: &str, status: u16, text: &str) -> Result<(), CliError> {
    if context.ui.json { context.ui.json(&Step { step, status }) } else { context.ui.line(text) }
}

fn note() -> String {
    concat!(
        r#"{"id":"1","type":"Note","created_at":"2026-01-01T00:00:00Z","author":"alice","is_sensitive":false,"#,
        r#""attachments":[],"mentions":["b.example:bob"],"previews":[],"#,
        r#""content":{"text/plain":{"content":"Hello, Bob!","remote":false}}}"#
    )
    .to_owned()
}
