//! `serve`: a local instance that receives, verifies and tells, and servers of other protocols, alone or beside it.

mod chat;
mod hub;
mod listening;
mod participation;
mod roadrunner;
mod wsify;

use std::sync::Arc;

use clap::{Args, Subcommand};

use self::chat::ChatOptions;
use self::hub::{HubArgs, With};
use self::listening::{ListenArgs, Served};
use self::participation::ParticipationOptions;
use self::roadrunner::RoadRunnerOptions;
use self::wsify::WsifyOptions;
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::SignerArgs;
use crate::cli::network::{KeyFetchArgs, NetworkArgs};
use crate::cli::replaying::Replayer;
use crate::cli::serving::Expectation;
use crate::cli::{AMBIENT, Context};
use crate::protocol::versia::INBOX;
use crate::server::{InstanceSetup, Setup};

/// Run a local instance: it answers discovery, takes deliveries over HTTP and WebSocket, verifies each with its signer's
/// published key, and tells one line about it.
///
/// Everything is accepted and badged; --reject answers as the documents demand. Without an identity, a key is made for
/// this run. Only this machine reaches it unless --listen says otherwise.
///
/// Over WebSocket, where the draft says nothing: the handshake is a signed GET of the inbox; a client that offers the
/// subprotocol versia.receipts.v1 gets a receipt per message.
///
/// `serve wsify`, `serve roadrunner` and `serve chat` run servers of those protocols; `--with PROTOCOL=PATH` runs one beside the
/// instance, on the same port.
///
/// Faults: status=N [retry-after=S], ratelimit=N/60s (each sender's quota, told in RateLimit-*, then 429), redirect[=URL],
/// unsigned, stale, wrong-key, hang, drop, delay=2s, slow=2s (the bytes are spread over the time), reset-after=BYTES, garbage,
/// length=+N|-N. Each with any of for=COUNT, path=PREFIX, type=TYPE (of the entity; * is any), from=DOMAIN (the sender) and
/// share=10% (every tenth). The first that applies happens. A handshake is a request as well; a message of a Versia session
/// can meet status, ratelimit, hang, drop, delay, slow and garbage, which its receipt shows.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  versia-cli serve
  versia-cli serve --as bob --tls --listen 127.0.0.1:8443
  versia-cli serve --as bob --peer a.example=http://127.0.0.1:3001 --json > deliveries.ndjson
  versia-cli serve --seed --follows manual
  versia-cli serve --expect Follow --count 1 --for 10s
  versia-cli serve --fault 'status=503 for=3 retry-after=2'
  versia-cli serve --with wsify=/ws --with roadrunner=/topics --rpc tcp://127.0.0.1:6001

Exit codes: 0 ended in order, or what was expected came and verified · 1 it did not · 2 wrong use, or the port is taken ·
3 the broker cannot be reached"
)]
pub struct ServeArgs {
    #[command(subcommand)]
    protocol: Option<Protocol>,
    #[command(flatten)]
    listening: ListenArgs,
    /// The instance's domain, instead of the identity's
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Answer 401 to what is not rightly signed, and 422 to what is stale or no valid entity
    #[arg(long)]
    reject: bool,
    /// Take any JSON with a type for an entity: say nothing about it, and refuse none
    #[arg(long)]
    no_validate: bool,
    /// Send no receipts over WebSocket, whatever the client offers
    #[arg(long)]
    no_receipts: bool,
    /// End when deliveries of this type came and verified
    #[arg(long, value_name = "TYPE", help_heading = "In CI")]
    expect: Option<String>,
    /// How many of them
    #[arg(long, value_name = "N", requires = "expect", default_value_t = 1, help_heading = "In CI")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// Run a server of this protocol beside the instance, with its sessions at this path; repeat it for several
    #[arg(long, value_name = "PROTOCOL=PATH", help_heading = "Other protocols")]
    with: Vec<With>,
    #[command(flatten)]
    participation: ParticipationOptions,
    #[command(flatten)]
    hub: HubArgs,
    #[command(flatten)]
    wsify: WsifyOptions,
    #[command(flatten)]
    roadrunner: RoadRunnerOptions,
    #[command(flatten)]
    chat: ChatOptions,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    key_fetch: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// A protocol that is served alone.
#[derive(Debug, Subcommand)]
enum Protocol {
    Wsify(wsify::WsifyArgs),
    #[command(name = "roadrunner")]
    RoadRunner(roadrunner::RoadRunnerArgs),
    Chat(chat::ChatArgs),
}

impl ServeArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.protocol {
            Some(Protocol::Wsify(args)) => args.run(context),
            Some(Protocol::RoadRunner(args)) => args.run(context),
            Some(Protocol::Chat(args)) => args.run(context),
            None => self.run_instance(context),
        }
    }

    fn run_instance(&self, context: &mut Context) -> Result<Exit, CliError> {
        self.refuse_options_of_nothing()?;
        hub::refuse_hidden_paths(&self.with)?;
        let (signer, _) = self.signer.resolve_instance(context, self.domain.as_deref())?;
        let network = self.network.options(context)?;
        let keys = Arc::new(self.key_fetch.directory(&network, None));
        let domain = signer.domain().to_owned();
        let validate = !self.no_validate;
        let (mut participation, users) = self.participation.resolve(context, &domain, validate)?;
        let options = self.key_fetch.options(&network);
        let courier = self.participation.courier(&signer, &options, self.key_fetch.peers(), &keys);
        participation.courier = Some(Arc::new(courier));
        let key = signer.key().public().fingerprint();
        let mut rows =
            vec![("domain", "", domain.clone()), ("", "inbox", INBOX.to_owned()), ("key", "key", key)];
        let replayer = Replayer {
            options: network.clone(),
            keys: Arc::new(self.key_fetch.directory(&network, None)),
            signer: Some(signer.clone()),
        };
        let instance = InstanceSetup {
            signer,
            users,
            reject: self.reject,
            validate,
            receipts: !self.no_receipts,
            keys,
            participation,
        };
        let hub = self.hub.resolve(&network);
        let wsify = self.wsify.resolve(context)?;
        let with_chat = self.with.iter().any(|with| with.protocol == hub::Name::Chat);
        let recording = self.listening.server.recording.open()?;
        let chat = with_chat.then(|| self.chat.resolve(context, &recording)).transpose()?;
        self.listening.serve(context, &domain, &recording, async |context| {
            let mut setup = Setup {
                faults: self.listening.fault.clone(),
                frames: context.ui.json || !context.ui.quiet,
                max_queued: self.hub.max_queue,
                ..Setup::of(instance, self.listening.server.max_body, AMBIENT)
            };
            for with in &self.with {
                let mounted = match with.protocol {
                    hub::Name::Wsify => wsify.mount(&with.path, &hub).await?,
                    hub::Name::RoadRunner => {
                        self.roadrunner.mount(&with.path, &hub, self.listening.server.max_body).await?
                    }
                    hub::Name::Chat => match &chat {
                        Some(chat) => chat.mount(&with.path),
                        None => continue,
                    },
                };
                setup.mounts.push(mounted.mount);
                rows.extend(mounted.rows);
            }
            let expectation = self.expect.as_deref().map(|kind| Expectation::new(kind, self.count));
            Ok(Served { setup, title: domain.clone(), rows, expectation, replayer: Some(replayer) })
        })
    }

    /// An option of a protocol that is not served would be given in vain.
    fn refuse_options_of_nothing(&self) -> Result<(), CliError> {
        let has = |name: hub::Name| self.with.iter().any(|with| with.protocol == name);
        let given = [
            (self.hub.given(), has(hub::Name::Wsify) || has(hub::Name::RoadRunner), "PROTOCOL"),
            (self.wsify.given(), has(hub::Name::Wsify), "wsify"),
            (self.roadrunner.given(), has(hub::Name::RoadRunner), "roadrunner"),
            (self.chat.given(), has(hub::Name::Chat), "chat"),
        ];
        match given.into_iter().find_map(|(flag, served, name)| flag.filter(|_| !served).zip(Some(name))) {
            None => Ok(()),
            Some((flag, name)) => {
                Err(CliError::usage(format!("{flag} is for a protocol that is not served")).hint(format!(
                    "add --with {name}=/ws, or use `versia-cli serve {}`",
                    if name == "PROTOCOL" { "wsify" } else { name }
                )))
            }
        }
    }
}
