//! What a local instance has, and how it takes part in what goes on.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::cli::courier::NetworkCourier;
use crate::cli::error::CliError;
use crate::cli::network::describe_with_source;
use crate::cli::{AMBIENT, Context};
use crate::client::{KeyDirectory, NetworkOptions, Peer};
use crate::delivery::Retry;
use crate::entity::{Profile, check};
use crate::finding::Level;
use crate::server::{DataError, Document, FollowPolicy, Participation, read_folder};
use crate::signing::Signer;

/// How a Follow is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Follows {
    /// With a FollowAccept
    Accept,
    /// With a FollowReject
    Reject,
    /// When somebody says how, in the inspector
    Manual,
    /// Not at all
    Ignore,
}

impl From<Follows> for FollowPolicy {
    fn from(follows: Follows) -> Self {
        match follows {
            Follows::Accept => FollowPolicy::Accept,
            Follows::Reject => FollowPolicy::Reject,
            Follows::Manual => FollowPolicy::Manual,
            Follows::Ignore => FollowPolicy::Ignore,
        }
    }
}

/// What an instance has, and how it takes part.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The instance")]
pub(super) struct ParticipationOptions {
    /// A user whom WebFinger finds; repeat it for several [default: debug, where there is nobody else]
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// Serve the entities in the JSON files of this folder, in any layout; a Follow in it says who follows whom
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Begin with a small instance: four users who know each other, notes, reactions, a group; the same for a domain each time
    #[arg(long)]
    seed: bool,
    /// How to answer a Follow
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Follows::Accept)]
    follows: Follows,
    /// Send an instance message to a peer whose delivery could not be accepted
    #[arg(long)]
    messages: bool,
    /// Try deliveries of its own so many times again, with growing random waits; Retry-After and RateLimit-* are kept to
    #[arg(long, value_name = "N", default_value_t = 6)]
    retry: u32,
}

impl ParticipationOptions {
    /// Reads what the instance has. `validate` says whether what is wrong with it is told.
    pub(super) fn resolve(
        &self,
        context: &mut Context,
        domain: &str,
        validate: bool,
    ) -> Result<(Participation, Vec<String>), CliError> {
        let mut documents = Vec::new();
        if let Some(folder) = &self.data {
            let contents = read_folder(folder, domain)?;
            contents.notes.iter().for_each(|note| context.ui.note(&format!("note: {note}")));
            documents = contents.documents;
        }
        if validate {
            documents.iter().for_each(|document| warn_of(context, document));
        }
        let has_users = self.seed || documents.iter().any(|document| document.kind == "User");
        let users = match self.user.is_empty() && !has_users {
            true => vec!["debug".to_owned()],
            false => self.user.clone(),
        };
        let participation = Participation {
            documents,
            seed: self.seed,
            policy: self.follows.into(),
            messages: self.messages,
            courier: None,
        };
        Ok((participation, users))
    }

    /// How the instance reaches others.
    pub(super) fn courier(
        &self,
        signer: &Signer,
        options: &NetworkOptions,
        peers: &[Peer],
        keys: &Arc<KeyDirectory>,
    ) -> NetworkCourier {
        let retry = Retry::times(self.retry);
        let (signer, options) = (signer.clone(), options.clone());
        NetworkCourier::new(signer, options, peers.to_vec(), Arc::clone(keys), retry, AMBIENT)
    }
}

/// Says what is wrong with an entity that is served all the same.
fn warn_of(context: &mut Context, document: &Document) {
    let violations = check(&document.text, Profile::Spec, None).violations;
    let mut errors = violations.iter().filter(|violation| violation.level == Level::Error);
    if let Some(first) = errors.next() {
        let more = match errors.count() {
            0 => String::new(),
            count => format!(", and {count} more"),
        };
        let (file, finding) = (document.file.display(), first.finding());
        let (kind, code) = (&document.kind, finding.code.id);
        context
            .ui
            .warn(&format!("{file} is served, and is no valid {kind}: {code}: {}{more}", finding.message));
    }
}

impl From<DataError> for CliError {
    fn from(error: DataError) -> Self {
        let cli = match std::error::Error::source(&error) {
            Some(_) => {
                let said = describe_with_source(&error);
                let (what, cause) = said.split_once(": ").unwrap_or((&said, ""));
                CliError::usage(what.to_owned()).because(cause.to_owned())
            }
            None => CliError::usage(error.to_string()),
        };
        cli.hint(error.hint())
    }
}
