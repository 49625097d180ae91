//! What was typed on the command line, resolved once into what a run is made with.

use std::io::IsTerminal;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::ReplArgs;
use crate::cli::editor::expand_home;
use crate::cli::error::CliError;
use crate::cli::key_input::check_signed_by;
use crate::cli::known_keys::KnownKeys;
use crate::cli::{AMBIENT, Context, unix_now};
use crate::client::websocket::Patience;
use crate::client::{Dialer, HttpUrl, NetworkOptions, Peer, Recipient};
use crate::protocol::record::without_secrets;
use crate::protocol::session::{ProtocolName, Setting, Signing};
use crate::repl::{AddressError, Mode, Setup};
use crate::signing::{Signer, lint};

impl ReplArgs {
    pub(super) fn setup(&self, context: &mut Context) -> Result<Setup, CliError> {
        self.language.check()?;
        let protocol = self.language.protocol;
        let peers = self.keys.peers().to_vec();
        let read_address = Box::new(move |text: &str, protocol| address(text, protocol, &peers));
        let url = read_address(&self.to, protocol).map_err(|(why, hint)| {
            let cli = CliError::usage(format!("cannot open a session with {:?}", without_secrets(&self.to)))
                .because(why);
            match hint {
                Some(hint) => cli.hint(hint),
                None => cli,
            }
        })?;
        let options = self.network.options(context)?;
        let signer = self.signer(context, &url)?;
        let keys = self.keys(context, &options, &url)?;
        let signing = Signing {
            signer,
            as_is: self.as_is || self.unsigned,
            receipts: !self.no_receipts,
            target: String::new(),
            keys: Some(Arc::new(keys)),
        };
        let (topic, broker) = (self.language.topic.clone(), self.language.broker.clone());
        let is_typed = std::io::stdin().is_terminal();
        Ok(Setup {
            url,
            protocol,
            setting: Setting { signing, topic, broker },
            subprotocols: self.subprotocol.clone(),
            read_address,
            ambient: AMBIENT,
            path: expand_home,
            mode: if is_typed { Mode::Interactive } else { Mode::Script },
            patience: patience(options.timeout),
            validate: !self.no_validate,
            reconnect: self.reconnect,
            record: self.record.clone(),
            count: self.count.map(NonZeroU64::get),
            duration: self.duration.map(Duration::from),
            dialer: Arc::new(Dialer::new(options)),
        })
    }

    fn signer(&self, context: &mut Context, url: &HttpUrl) -> Result<Option<Signer>, CliError> {
        let is_needed = self.language.protocol == ProtocolName::Versia && !self.as_is;
        let signer = match (self.unsigned, is_needed) {
            (true, _) => None,
            (false, false) => self.signer.resolve_if_any(context)?,
            (false, true) => Some(self.signer.resolve(context)?),
        };
        if let Some(signer) = &signer {
            check_signed_by(signer.domain())?;
            let now = unix_now();
            for finding in lint(signer.domain(), "GET", url.target(), now, now, None) {
                context.ui.finding(&finding);
            }
        }
        Ok(signer)
    }

    /// The keys that are given, else those of stored identities, else those that signers publish.
    fn keys(
        &self,
        context: &mut Context,
        options: &NetworkOptions,
        url: &HttpUrl,
    ) -> Result<KnownKeys, CliError> {
        let mut keys = KnownKeys::read(context, self.public_key.as_deref(), &self.metadata, None)?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        keys.read_store(context);
        Ok(keys.with_directory(self.keys.directory(options, Some(url.origin()))))
    }

    pub(super) fn history_file(&self, context: &Context) -> Option<PathBuf> {
        if self.no_history {
            return None;
        }
        let usual = || context.store().ok().map(|store| store.folder().join("repl-history"));
        self.history.clone().or_else(usual)
    }
}

/// How long is waited for a peer; at most as long as usual for its Close, as everything has been said by then.
fn patience(timeout: Duration) -> Patience {
    let usual = Patience::default();
    let close = if timeout.is_zero() { usual.close } else { usual.close.min(timeout) };
    Patience { progress: timeout, close }
}

/// Where a session goes to: Versia's inbox, or where another protocol's sessions are opened.
fn address(text: &str, protocol: ProtocolName, peers: &[Peer]) -> Result<HttpUrl, AddressError> {
    if protocol == ProtocolName::Versia {
        let recipient =
            Recipient::parse(text).map_err(|error| (error.to_string(), error.hint().map(str::to_owned)))?;
        return Ok(recipient.through(peers).inbox().clone());
    }
    let path = protocol.start(Setting::default()).default_path();
    Recipient::session_url(text, path).map_err(|error| {
        (error.to_string(), Some("for example ws://127.0.0.1:3000, or wss://hub.example/ws".to_owned()))
    })
}
