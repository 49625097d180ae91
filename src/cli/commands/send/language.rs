//! `send --protocol`: what is spoken over the session in the place of Versia.

use super::session_report::not_composed;
use super::{Job, SendArgs};
use crate::cli::error::CliError;
use crate::cli::input::Source;
use crate::cli::language::LanguageArgs;
use crate::cli::{AMBIENT, Context};
use crate::client::websocket::{Payload, Spoken};
use crate::client::{Recipient, RecipientError, without_password};
use crate::delivery::{Composer, Expectation, Item, Language};
use crate::protocol::session::{Moment, ProtocolName};

impl LanguageArgs {
    /// What is spoken; `None` for Versia.
    ///
    /// # Errors
    /// When something was given that the protocol does not have.
    pub(in crate::cli) fn language(&self) -> Result<Option<Language>, CliError> {
        let name = self.protocol;
        self.check()?;
        let (topic, broker) = (self.topic.clone(), self.broker.clone());
        Ok((name != ProtocolName::Versia).then_some(Language { name, topic, broker }))
    }
}

impl SendArgs {
    /// What there is to send in another protocol than Versia, and where.
    pub(super) fn read_for(&self, context: &mut Context, language: &Language) -> Result<Job, CliError> {
        self.check_language(language)?;
        let path = language.start().default_path();
        let url = Recipient::session_url(&self.to, path).map_err(|error| self.wrong_address(&error))?;
        let options = self.network.options(context)?;
        self.read(context, Composer { url, signer: None, options })
    }

    fn check_language(&self, language: &Language) -> Result<(), CliError> {
        let name = language.name;
        let named = [&self.signer.as_name, &self.signer.key, &self.signer.signed_by];
        let wrong = if named.iter().any(|given| given.is_some()) {
            "nothing is signed"
        } else if self.no_receipts {
            "there are no receipts"
        } else if self.as_is {
            "documents become its messages; raw sends them as they are"
        } else if self.no_validate {
            "nothing is validated"
        } else if self.expect != Expectation::Success && !language.start().answers() {
            "there are no answers that could be expected"
        } else {
            return Ok(());
        };
        Err(CliError::usage(format!("{name} does not go with what else was given: {wrong}")))
    }

    fn wrong_address(&self, error: &RecipientError) -> CliError {
        let address = self.to.split_once('?').map_or(self.to.as_str(), |(address, _)| address);
        let cli = CliError::usage(format!("cannot open a session at {:?}", without_password(address)));
        cli.because(error).hint("for example ws://127.0.0.1:3000, or wss://hub.example/ws")
    }

    /// Whether documents are opened without being looked at.
    pub(super) fn takes_any_text(&self) -> bool {
        self.as_is || self.language.protocol != ProtocolName::Versia
    }

    /// What the inputs are; piped ones where none is named.
    pub(super) fn sources(&self) -> Result<Vec<Source>, CliError> {
        if self.files.is_empty() {
            let nothing = || CliError::usage("there is nothing to send");
            let piped = Source::piped().ok_or_else(|| nothing().hint("give files, or pipe something in"))?;
            return Ok(vec![piped]);
        }
        Ok(self.files.iter().map(|file| Source::parse(file)).collect())
    }
}

/// The message that a document becomes, in a session in which nothing was said before.
///
/// # Errors
/// When it becomes none.
pub(super) fn composed(language: &Language, item: &Item) -> Result<Payload, CliError> {
    let text = str::from_utf8(&item.body).map_err(|_| {
        CliError::usage(format!("{} cannot be sent over WebSocket", item.place))
            .because("it is not text (UTF-8)")
    })?;
    let moment = Moment { millis: (AMBIENT.now_millis)() };
    let payload = Spoken::new(language.start()).compose(item.ordinal, text, moment);
    payload.map_err(|why| not_composed(&item.place.to_string(), &why))
}
