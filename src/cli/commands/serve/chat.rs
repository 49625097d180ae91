//! `serve chat`: users who write to each other, and are told at least once.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use zeroize::Zeroizing;

use super::hub::{Mounted, session_path};
use super::listening::{ListenArgs, Served};
use crate::cli::error::{CliError, Exit, describe_error};
use crate::cli::input::Source;
use crate::cli::key_input::warn_if_others_can_read;
use crate::cli::network::Seconds;
use crate::cli::serving::Recording;
use crate::cli::{AMBIENT, Context};
use crate::protocol::chat::PATH;
use crate::server::chat::{Chat, ChatConfig, Users};
use crate::server::hub::Mount;
use crate::server::{MAX_QUEUED, Setup};
use crate::store::OpenError;

/// Run a chat server: requests, responses, and events that are sent again until they are acknowledged.
///
/// A user is who ?user=NAME says, or who has a token of --token-file: in Authorization: Bearer, or as ?token=. One user may
/// have several connections; each gets the events. Messages, and events that are not acknowledged, are kept in the file of --store;
/// without it everything is in memory, and gone at the end.
///
/// A token file has a name and a token on each line, with a space between them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli serve chat
  versia-cli serve chat --store chat.db --token-file tokens.txt
  versia-cli serve chat --listen 3001 --redeliver-after 2s --json > frames.ndjson

Exit codes: 0 ended in order · 2 wrong use, the port is taken, or the store cannot be used")]
pub(super) struct ChatArgs {
    /// The path of the sessions
    #[arg(long, value_name = "PATH", default_value = PATH, value_parser = session_path)]
    path: String,
    #[command(flatten)]
    listening: ListenArgs,
    #[command(flatten)]
    options: ChatOptions,
}

/// What only the chat has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Chat")]
pub(super) struct ChatOptions {
    /// Send an event that is not acknowledged again after this time
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    redeliver_after: Seconds,
    /// Close a session from which nothing came for this time
    #[arg(long, value_name = "SECONDS", default_value = "20")]
    silence: Seconds,
    /// Let in only who has a token of this file
    #[arg(long, value_name = "FILE|-")]
    token_file: Option<String>,
}

/// The chat as its options say.
pub(super) struct ChatPlan {
    chat: Arc<Chat>,
}

impl ChatArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let recording = self.listening.server.recording.open()?;
        let plan = self.options.resolve(context, &recording)?;
        self.listening.serve(context, "localhost", &recording, async |context| {
            let Mounted { mount, rows } = plan.mount(&self.path);
            let setup = Setup {
                instance: None,
                mounts: vec![mount],
                frames: context.ui.json || !context.ui.quiet,
                max_queued: MAX_QUEUED,
                max_body: self.listening.server.max_body,
                faults: self.listening.fault.clone(),
                ambient: AMBIENT,
                records: None,
            };
            Ok(Served { setup, title: "the chat".to_owned(), rows, expectation: None, replayer: None })
        })
    }
}

impl ChatOptions {
    /// The first of the options that is given.
    pub(super) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--token-file", self.token_file.is_some()),
            ("--redeliver-after", Duration::from(self.redeliver_after) != Duration::from_secs(10)),
            ("--silence", Duration::from(self.silence) != Duration::from_secs(20)),
        ];
        given.into_iter().find_map(|(flag, given)| given.then_some(flag))
    }

    pub(super) fn resolve(&self, context: &mut Context, recording: &Recording) -> Result<ChatPlan, CliError> {
        for (flag, time) in [("--redeliver-after", self.redeliver_after), ("--silence", self.silence)] {
            if Duration::from(time).is_zero() {
                return Err(CliError::usage(format!("{flag} has to be more than 0 seconds")));
            }
        }
        let users = self.users(context)?;
        let chat = Chat::new(ChatConfig {
            store: Arc::clone(&recording.store),
            users,
            redeliver_after: self.redeliver_after.into(),
            silence: self.silence.into(),
            ambient: AMBIENT,
        });
        Ok(ChatPlan { chat: Arc::new(chat) })
    }

    fn users(&self, context: &mut Context) -> Result<Users, CliError> {
        let Some(path) = &self.token_file else { return Ok(Users::anyone()) };
        let source = Source::parse(path);
        if let Source::File(file) = &source {
            warn_if_others_can_read(context, Path::new(file));
        }
        let bytes = Zeroizing::new(context.inputs.read(&source, "--token-file")?);
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| CliError::usage(format!("the tokens in {source} are not text")))?;
        Users::from_tokens(text).map_err(|error| {
            CliError::usage(format!("cannot use the tokens in {source}"))
                .because(error.to_string())
                .hint("each line has a user's name and a token, with a space between them")
        })
    }
}

impl ChatPlan {
    pub(super) fn mount(&self, path: &str) -> Mounted {
        let protocol = Arc::clone(&self.chat);
        let rows = vec![("chat", "sessions", path.to_owned())];
        Mounted { mount: Mount { path: path.to_owned(), protocol }, rows }
    }
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        let mut cli = CliError::usage(error.to_string());
        if let Some(source) = std::error::Error::source(&error) {
            cli = cli.because(describe_error(source));
        }
        match error.hint() {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    }
}
