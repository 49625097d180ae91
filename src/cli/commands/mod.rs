//! The commands, one file each: its flags, its help, its function. Commands never import commands.

mod bench;
mod check;
mod completions;
mod demo;
mod discover;
mod explain;
mod fetch;
mod identity;
mod inbox;
mod key;
mod keygen;
mod man;
mod new;
mod proxy;
mod publish;
mod repl;
mod schema;
mod send;
mod serve;
mod sign;
mod validate;
mod verify;

use clap::{ArgMatches, Args, FromArgMatches, Subcommand};

use super::Context;
use super::error::{CliError, Exit};

/// Defines the commands: a name, a line for the list, and the type that has the flags and the function.
///
/// clap's derive builds the flags of every command at every start. Here a command's flags are built when it is the one
/// that was called, which makes a start measurably shorter.
macro_rules! commands {
    ($($variant:ident($args:ty) = $name:literal, $about:literal;)*) => {
        /// Every command.
        #[derive(Debug)]
        pub enum Command {
            $(#[doc = $about] $variant($args),)*
        }

        impl Command {
            /// Does the command's work.
            ///
            /// # Errors
            /// When it could not be done; a "no" is not an error but an [`Exit`].
            pub fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
                match self {
                    $(Command::$variant(args) => args.run(context),)*
                }
            }
        }

        impl FromArgMatches for Command {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                match matches.subcommand() {
                    $(Some(($name, matches)) => Ok(Command::$variant(<$args>::from_arg_matches(matches)?)),)*
                    _ => Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)),
                }
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }

        impl Subcommand for Command {
            fn augment_subcommands(command: clap::Command) -> clap::Command {
                command
                    .subcommand_required(true)
                    .arg_required_else_help(true)
                    $(.subcommand(clap::Command::new($name).about($about).defer(<$args>::augment_args)))*
            }

            fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
                Self::augment_subcommands(command)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),*].contains(&name)
            }
        }
    };
}

commands! {
    Keygen(keygen::KeygenArgs) = "keygen", "Make an Ed25519 key, and store it as a file or an identity";
    Key(key::KeyArgs) = "key", "Say what a key is, give its public half and fingerprint, convert it";
    Identity(identity::IdentityArgs) = "identity", "List, show, add, choose and remove stored identities";
    Sign(sign::SignArgs) = "sign", "Sign a request, a response or a WebSocket message";
    Verify(verify::VerifyArgs) = "verify", "Verify signatures, and say what is wrong with each";
    New(new::NewArgs) = "new", "Print a new entity that is valid, to be filled in";
    Validate(validate::ValidateArgs) = "validate", "Say what is wrong with entities, where, and by which rule";
    Schema(schema::SchemaArgs) = "schema", "Print the rules of a type as JSON Schema";
    Send(send::SendArgs) = "send", "Sign entities and deliver them to an inbox, over HTTP or WebSocket";
    Publish(publish::PublishArgs) = "publish", "Publish to a hub's subscribers: wsify by HTTP, RoadRunner by RPC";
    Fetch(Box<fetch::FetchArgs>) = "fetch", "Fetch with signed GETs, verify and validate";
    Discover(discover::DiscoverArgs) = "discover", "Look at an instance step by step, from DNS to its key";
    Check(Box<check::CheckArgs>) = "check", "Check an instance against the documents, rule by rule";
    Bench(Box<bench::BenchArgs>) = "bench", "Put an inbox or a hub under load, and tell how long answers take";
    Repl(repl::ReplArgs) = "repl", "Open a session, talk, and see what comes";
    Serve(Box<serve::ServeArgs>) = "serve", "Run a local instance that receives, verifies and tells";
    Inbox(Box<inbox::InboxArgs>) = "inbox", "Look at what was recorded: list, show, compare, export, send again";
    Proxy(Box<proxy::ProxyArgs>) = "proxy", "Stand in front of an instance, and record and verify what passes";
    Explain(explain::ExplainArgs) = "explain", "Explain a code such as VS401";
    Demo(demo::DemoArgs) = "demo", "Show two instances deliver to each other, with keys made on the spot";
    Completions(completions::CompletionsArgs) = "completions", "Print shell completions";
    Man(man::ManArgs) = "man", "Print manual pages";
}
