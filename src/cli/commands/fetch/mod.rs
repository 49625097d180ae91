//! `fetch`: what an instance has, by signed GETs, and what each answer is worth.

mod save;
mod show;

use std::path::PathBuf;

use clap::Args;

use self::save::Saver;
use self::show::Shown;
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::SignerArgs;
use crate::cli::known_keys::KnownKeys;
use crate::cli::network::{KeyFetchArgs, NetworkArgs};
use crate::cli::{AMBIENT, Context, stdout_is_terminal};
use crate::client::{Account, Origin, Resource, without_password};
use crate::delivery::Expectation;
use crate::discovery::{Getter, GetterSetup, Pages, Place, Plan, Start, walk};
use crate::protocol::versia::may_be_unsigned;
use crate::signing::Signer;

/// Fetch an entity or a collection with a signed GET, verify the response, and validate what is in it.
///
/// On a terminal, prints the status line, the headers, the body (JSON laid out) and what the response's signature is
/// worth. Anywhere else, the body alone goes to standard output, byte for byte (with -i, the status line and the headers
/// before it), and the rest to standard error; -v shows the headers there. No redirect is followed.
///
/// With --all, --limit or --depth there are many: each entity, or item of a collection, is a line of JSON. Collections are
/// read page by page; references are followed to the instances that they name, each once. A host that an entity names
/// has to have a public address (--allow-private), and gets none of the headers of -H. Where a path does not answer, the
/// other spellings of its type are tried, and told.
///
/// The response is verified with the key that its signer's instance publishes, or with the one given. Discovery and
/// metadata may go unsigned: there, the request is signed only when a signer is named. With --json, each exchange is a
/// record. --save keeps every entity as DIR/DOMAIN/TYPE/ID.json, which `serve --data DIR` serves again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli fetch https://b.example/.versia/v0.6/entities/Note/1 --as alice
  versia-cli fetch b.example:1 --type Note | jq .content
  versia-cli fetch @bob@b.example --depth 1
  versia-cli fetch b.example:1 --type User --collection followers --all
  versia-cli fetch @bob@b.example --depth 2 --save copy && versia-cli serve --data copy/b.example
  versia-cli fetch web+versia://users/b.example/1 --json
  versia-cli fetch http://127.0.0.1:3000/.versia/v0.6/instance --timings
  versia-cli fetch https://b.example/.versia/v0.6/entities/Note/1 --unsigned --expect 401

Exit codes: 0 2xx (or what --expect names), a valid signature or none where none is needed, a valid entity
            1 another status, a signature that is invalid or missing, an entity that is invalid or another one
              than was asked for, a web page, or less than was asked for · 2 wrong use · 3 network, or no key")]
pub struct FetchArgs {
    /// A full address, a reference (domain:id, with --type), @user@domain, or a web+versia:// link to a user, a note or a group
    #[arg(value_name = "URL|REF|@USER@DOMAIN")]
    what: String,
    /// The type of the entity that a reference names
    #[arg(long = "type", value_name = "TYPE")]
    entity_type: Option<String>,
    /// Fetch this collection of the entity: outbox, followers, replies, pub.versia:likes/Likes …
    #[arg(long, value_name = "NAME")]
    collection: Option<String>,
    /// Read a collection to its end, page by page
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Read so many items of a collection, page by page
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Follow references, so many steps
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    depth: u32,
    /// Make so many requests at most
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    max_requests: u64,
    /// Keep every entity in this folder; one that is there already is replaced
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Leave the request's signature out
    #[arg(long, conflicts_with_all = ["as_name", "key", "signed_by"])]
    unsigned: bool,
    /// Do not look at what is in the answer by the rules of the documents
    #[arg(long)]
    no_validate: bool,
    /// The status that is a yes, instead of any 2xx: a number, or a class such as 4xx
    #[arg(long, value_name = "STATUS", default_value = "2xx", hide_default_value = true)]
    expect: Expectation,
    /// Print the status line and the headers before the body
    #[arg(long, short, conflicts_with_all = ["all", "limit", "depth", "pretty"])]
    include: bool,
    /// Print bodies byte for byte, on a terminal too
    #[arg(long, conflicts_with = "pretty")]
    raw: bool,
    /// Lay JSON out on many lines, not on a terminal only
    #[arg(long)]
    pretty: bool,
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
        let (start, home, target) = self.start()?;
        let options = self.network.options(context)?;
        let keys = KnownKeys::read(context, self.public_key.as_deref(), &self.metadata, None)?;
        let keys = if keys.is_empty() {
            keys.with_directory(self.keys.directory(&options, Some(&home)))
        } else {
            keys
        };
        let signer = self.signer(context, &start, &target)?;
        let getter = Getter::new(GetterSetup {
            options: self.keys.options(&options),
            home,
            peers: self.keys.peers(),
            signer: signer.as_ref(),
            signs_everything: self.signer_is_named(),
            validates: !self.no_validate,
            keys: &keys,
            ambient: AMBIENT,
        });
        let mut saver = self.save.as_deref().map(Saver::new).transpose()?;
        let mut shown = Shown::new(self, &keys, stdout_is_terminal());
        walk(&getter, start, self.plan(), &mut |step| shown.step(context, step, saver.as_mut()))?;
        if let Some(saver) = saver {
            saver.tell(context);
        }
        Ok(shown.exit())
    }

    /// Where to begin, at which origin, and with which target.
    fn start(&self) -> Result<(Start, Origin, String), CliError> {
        let what = format!("cannot fetch {:?}", without_password(&self.what));
        let wrong = |cause: &dyn std::fmt::Display, hint: Option<&'static str>| {
            let cli = CliError::usage(&what).because(cause);
            match hint {
                Some(hint) => cli.hint(hint),
                None => cli,
            }
        };
        if let Some(account) = Account::parse(&self.what) {
            let account = account.map_err(|error| wrong(&error, error.hint()))?;
            if self.entity_type.is_some() || self.collection.is_some() {
                let why = "of a user's address, only the user can be fetched";
                return Err(wrong(
                    &why,
                    Some("leave --type and --collection away; the user's id is in the entity"),
                ));
            }
            let url = account.webfinger(self.keys.peers()).map_err(|error| wrong(&error, error.hint()))?;
            let target = url.target().to_owned();
            return Ok((Start::Account(account), url.origin().clone(), target));
        }
        let resource = Resource::parse(&self.what, self.entity_type.as_deref())
            .and_then(|resource| match &self.collection {
                Some(name) => resource.collection(name),
                None => Ok(resource),
            })
            .map_err(|error| wrong(&error, error.hint()))?
            .through(self.keys.peers());
        let url = resource.url().clone();
        Ok((Start::Place(Place::named(&resource)), url.origin().clone(), url.target().to_owned()))
    }

    fn plan(&self) -> Plan {
        Plan {
            pages: match (self.all, self.limit) {
                (_, Some(limit)) => Pages::First(limit),
                (true, None) => Pages::All,
                (false, None) => Pages::One,
            },
            depth: self.depth,
            max_requests: self.max_requests,
            // A status that was asked for is an answer of its own.
            spellings: matches!(self.expect, Expectation::Success | Expectation::Class(2)),
        }
    }

    /// Whether there may be more than one entity to print.
    fn wants_many(&self) -> bool {
        self.all || self.limit.is_some() || self.depth > 0
    }

    fn signer_is_named(&self) -> bool {
        [&self.signer.as_name, &self.signer.key, &self.signer.signed_by].iter().any(|it| it.is_some())
    }

    fn signer(&self, context: &mut Context, start: &Start, target: &str) -> Result<Option<Signer>, CliError> {
        let goes_on = matches!(start, Start::Account(_)) || self.depth > 0;
        let needs_none = may_be_unsigned(target) && !goes_on && !self.signer_is_named();
        if self.unsigned || needs_none {
            return Ok(None);
        }
        self.signer.resolve(context).map(Some)
    }
}
