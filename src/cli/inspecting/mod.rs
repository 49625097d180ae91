//! The inspector as commands open it: where it listens, its token, and what it can do.

mod replayer;
mod verifier;

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use self::verifier::Judging;
use super::error::CliError;
use super::key_input::warn_if_others_can_read;
use super::replaying::Replayer;
use super::{AMBIENT, Context};
use crate::identity::write_private;
use crate::inspector::{self, InspectorSetup, Verifier};
use crate::server::{Bound, Control};
use crate::store::Records;

/// How long a token has to be at least, in characters, where somebody else made it.
const SHORTEST: usize = 16;

/// What would mean something else in the fragment, which the page reads as a query.
const IN_FRAGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Whether and where the inspector is opened.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Inspector")]
pub struct InspectorArgs {
    /// Show what passes on a page at this address, or `off`; on a terminal, a free port of this machine unless told otherwise
    #[arg(long, value_name = "ADDRESS:PORT|PORT|off")]
    inspector: Option<Place>,
    /// Take the page's token from this file, which is made where there is none
    #[arg(long, value_name = "FILE")]
    inspector_token_file: Option<PathBuf>,
}

/// Where the inspector listens, if at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Off,
    At(SocketAddr),
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let local = |port| Place::At((Ipv4Addr::LOCALHOST, port).into());
        let port = text.strip_prefix("localhost").unwrap_or(text);
        match (text, port.strip_prefix(':').unwrap_or(port).parse()) {
            ("off", _) => Ok(Place::Off),
            (_, Ok(port)) => Ok(local(port)),
            _ => text
                .parse()
                .map(Place::At)
                .map_err(|_| "neither off, nor an address with a port, such as 127.0.0.1:3080, nor a port"),
        }
    }
}

/// An inspector whose port is open.
pub struct Inspecting {
    bound: Bound,
    token: String,
}

/// What is inspected.
pub struct Inspected {
    /// What it is called.
    pub title: String,
    /// Where it is reached from here.
    pub url: String,
    /// What passed.
    pub records: Records,
    /// The instance, where it is one of this program's.
    pub control: Option<Control>,
    /// Says what signatures are worth, where somebody knows keys.
    pub verifier: Option<Arc<dyn Verifier>>,
    /// What sends again.
    pub replayer: Option<Replayer>,
}

/// A running inspector; it ends when this is dropped.
pub struct Running {
    _stop: oneshot::Sender<()>,
    _server: JoinHandle<()>,
}

impl InspectorArgs {
    /// Opens the inspector's port, where it is wanted; within a runtime.
    ///
    /// # Errors
    /// When the port cannot be had, or the token's file cannot be used.
    pub async fn open(&self, context: &mut Context) -> Result<Option<Inspecting>, CliError> {
        let address = match self.inspector {
            Some(Place::At(address)) => address,
            None if self.inspector_token_file.is_some() || watched(context) => {
                (Ipv4Addr::LOCALHOST, 0).into()
            }
            _ => return Ok(None),
        };
        let token = match &self.inspector_token_file {
            Some(path) => token_of(context, path)?,
            None => new_token()?,
        };
        let bound = Bound::at(address).await.map_err(|error| {
            CliError::io(format!("cannot show the inspector at {address}"), &error)
                .hint("--inspector takes another port, 0 a free one, or off")
        })?;
        if !address.ip().is_loopback() {
            context.ui.warn("others can see what passes: the inspector shows it to whoever reaches its port");
        }
        Ok(Some(Inspecting { bound, token }))
    }
}

/// Whether somebody sits there who may want to look.
fn watched(context: &Context) -> bool {
    !context.ui.json && std::io::stdout().is_terminal()
}

impl Inspecting {
    /// The address to open, with the token.
    pub fn url(&self) -> String {
        let token = utf8_percent_encode(&self.token, IN_FRAGMENT);
        format!("http://{}/#token={token}", self.bound.address)
    }

    /// Shows it, within a runtime.
    pub fn run(self, inspected: Inspected) -> Running {
        let Inspected { title, url, records, control, verifier, replayer } = inspected;
        let (stop, stopped) = oneshot::channel::<()>();
        let replayer = replayer.map(|replayer| replayer::handed_in(replayer, records.clone(), url.clone()));
        let of_control = control.clone().map(|control| Arc::new(control) as Arc<dyn Verifier>);
        let example = control.as_ref().map(|control| example(control, &url));
        let setup = InspectorSetup {
            records,
            verifier: verifier.or(of_control),
            control,
            replayer,
            token: self.token,
            title,
            url,
            example,
            ambient: AMBIENT,
        };
        let server = tokio::spawn(inspector::serve(self.bound, setup, async {
            // One that is dropped asks for the end as well.
            let _ = stopped.await;
        }));
        Running { _stop: stop, _server: server }
    }
}

/// A delivery that would be the first record.
fn example(control: &Control, url: &str) -> String {
    let author = control.overview().users.first().map_or_else(|| "alice".to_owned(), |user| user.id.clone());
    format!("versia-cli new Note --author {author} --content hello | versia-cli send --to {url}")
}

fn new_token() -> Result<String, CliError> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).map_err(|error| {
        CliError::usage("the system gave no randomness to make a token with").because(error)
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The token in a file, which is made where there is none.
fn token_of(context: &mut Context, path: &Path) -> Result<String, CliError> {
    let shown = path.display();
    match std::fs::read_to_string(path) {
        Ok(text) => {
            warn_if_others_can_read(context, path);
            let token = text.trim();
            if token.len() < SHORTEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(CliError::usage(format!("there is no token in {shown}")).hint(
                    "16 characters of ASCII or more, on one line; a file that is not there is made, with one in it",
                ));
            }
            Ok(token.to_owned())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let token = new_token()?;
            write_private(path, format!("{token}\n").as_bytes(), false)
                .map_err(|error| CliError::io(format!("cannot write the token to {shown}"), &error))?;
            Ok(token)
        }
        Err(error) => Err(CliError::io(format!("cannot read the token in {shown}"), &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_port_an_address_or_off() {
        for (text, place) in [
            ("off", Some("")),
            ("3080", Some("127.0.0.1:3080")),
            (":0", Some("127.0.0.1:0")),
            ("localhost:3080", Some("127.0.0.1:3080")),
            ("[::1]:3080", Some("[::1]:3080")),
            ("on", None),
            ("127.0.0.1", None),
            ("b.example:3080", None),
        ] {
            let expected = place.map(|address| match address {
                "" => Place::Off,
                address => Place::At(address.parse().unwrap()),
            });
            assert_eq!(text.parse::<Place>().ok(), expected, "{text}");
        }
    }
}
