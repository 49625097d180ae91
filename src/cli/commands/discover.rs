//! `discover`: an instance looked at step by step, from its name to its key.

use clap::Args;

use crate::cli::error::{CliError, Exit};
use crate::cli::network::{NetworkArgs, peer};
use crate::cli::render::survey::{step_lines, summary};
use crate::cli::{AMBIENT, Context};
use crate::client::{Peer, Subject, without_password};
use crate::discovery::{Outcome, Survey, SurveySetup, survey};

/// Look at an instance step by step, each with its time and verdict: DNS, TCP, TLS and the certificate, HTTP/2, the
/// versions, the metadata, WebFinger of a user, the key.
///
/// A step that fails does not end it: those that need it are skipped, and say why. Nothing is signed, no redirect is
/// followed, and nothing is sent to a server whose certificate is not trusted; --insecure goes on all the same.
///
/// With --json, one document: domain, origin, user, at, verdict (ok, warning or failed), version (the newest that both speak),
/// software, key (its fingerprint), user_url, and steps; each with step, verdict (also skipped), millis, said, findings (code,
/// level, message, hint) and facts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli discover b.example
  versia-cli discover @bob@b.example
  versia-cli discover http://127.0.0.1:3000
  versia-cli discover b.example --resolve b.example:443:127.0.0.1:8443 --cacert ca.pem
  versia-cli discover b.example --json | jq '.steps[] | select(.step == \"certificate\").facts.days_left'

Exit codes: 0 nothing failed · 1 the instance does not do what the documents want
            2 wrong use · 3 network, or a certificate that is not trusted")]
pub struct DiscoverArgs {
    /// A domain, with a port or without; @user@domain; or an address
    #[arg(value_name = "DOMAIN|@USER@DOMAIN|URL")]
    what: String,
    /// The instance of this domain is at that address
    #[arg(long, value_name = "DOMAIN=URL", hide_short_help = true, value_parser = peer)]
    peer: Vec<Peer>,
    #[command(flatten)]
    network: NetworkArgs,
}

impl DiscoverArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let subject = Subject::parse(&self.what, &self.peer).map_err(|error| {
            let what = format!("cannot look at {:?}", without_password(&self.what));
            let cli = CliError::usage(what).because(&error);
            match error.hint() {
                Some(hint) => cli.hint(hint),
                None => cli,
            }
        })?;
        let options = self.network.options(context)?;
        let setup = SurveySetup { subject, options, ambient: AMBIENT };
        let survey = survey(setup, &mut |step| {
            if context.ui.json {
                return Ok(());
            }
            let lines = step_lines(step, context.ui.paint);
            context.ui.line(&lines.join("\n"))?;
            // Somebody may be watching.
            context.ui.flush()
        })?;
        if context.ui.json {
            context.ui.json(&survey)?;
        } else {
            let line = summary(&survey, context.ui.paint);
            context.ui.line(&line)?;
        }
        Ok(exit_of(&survey))
    }
}

fn exit_of(survey: &Survey) -> Exit {
    let failed = survey.steps.iter().filter(|step| step.verdict == Outcome::Failed);
    failed
        .fold(Exit::Yes, |exit, step| exit.worse(if step.is_out_of_reach { Exit::Network } else { Exit::No }))
}
