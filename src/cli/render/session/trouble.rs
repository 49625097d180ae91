//! What went wrong in a session, and what did not happen.

use super::{Shown, plural, shorten};
use crate::cli::error::{CliError, describe_io};
use crate::cli::network::describe_with_source;
use crate::client::websocket::WebSocketError;
use crate::client::without_password;
use crate::protocol::record::without_secrets;
use crate::protocol::session::ProtocolName;
use crate::repl::{Place, Stop, Trouble};

/// The error of a command that could not be done; in a script with the place of its line.
pub(super) fn trouble_error(place: Option<&Place>, trouble: &Trouble) -> CliError {
    let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
    let (text, hint) = described(trouble);
    let error = match trouble {
        Trouble::NoSession => CliError::network(format!("{place}{text}")),
        _ => CliError::usage(format!("{place}{text}")),
    };
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What could not be done, and what to do about it.
pub(super) fn described(trouble: &Trouble) -> (String, Option<String>) {
    match trouble {
        Trouble::Command(error) => (error.to_string(), error.hint()),
        Trouble::Document(error) => (describe_with_source(error), error.hint().map(str::to_owned)),
        Trouble::NoSigner => (
            "there is no key to sign with".to_owned(),
            Some("--as NAME, or --key FILE with --signed-by DOMAIN; --as-is sends unsigned".to_owned()),
        ),
        Trouble::TooLarge { size, limit } => {
            (format!("the message has {size} bytes; the limit is {limit}"), None)
        }
        Trouble::NoSession => {
            ("there is no open session".to_owned(), Some("/reconnect opens one".to_owned()))
        }
        Trouble::Compose(error) => (error.to_string(), error.hint()),
        Trouble::NoSuchSession(name) => {
            (format!("there is no session {name:?}"), Some("/use lists the sessions".to_owned()))
        }
        Trouble::NameTaken(name) => {
            (format!("there is a session {name:?} already"), Some("/use NAME uses it".to_owned()))
        }
        Trouble::Address(address, why, hint) => {
            let address = without_password(address);
            (format!("cannot open a session with {:?}: {why}", without_secrets(&address)), hint.clone())
        }
        Trouble::NoSuchMessage => {
            ("there is no such message, or it was not kept".to_owned(), Some("/help show".to_owned()))
        }
        Trouble::Recording(error) => (describe_with_source(error), error.hint().map(str::to_owned)),
        Trouble::TooDeep(file) => (format!("{file} was not run: files run each other too deeply"), None),
        Trouble::Script(error) => (format!("cannot read the lines: {}", describe_io(error)), None),
    }
}

/// Why no session could be opened, and what a refusal says.
pub(super) fn not_opened(error: &WebSocketError) -> Vec<Shown> {
    let code = error.code().map(|code| format!(" ({})", code.id)).unwrap_or_default();
    let cli = CliError::network("no session could be opened")
        .because(format!("{}{code}", describe_with_source(error)));
    let mut shown = vec![Shown::Error(match error.hint() {
        Some(hint) => cli.hint(hint),
        None => cli,
    })];
    shown.extend(refusal_text(error).map(Shown::Note));
    shown
}

/// What a server said that refused the handshake.
pub fn refusal_text(error: &WebSocketError) -> Option<String> {
    let WebSocketError::Refused { refusal, .. } = error else { return None };
    let text = String::from_utf8_lossy(&refusal.body);
    let text = text.trim();
    (!text.is_empty()).then(|| format!("the server says: {}", shorten(text)))
}

/// Why a session ended before everything that was asked for.
pub fn describe_stop(stop: Stop) -> String {
    match stop {
        Stop::Count { came, wanted } => {
            format!("{} came, and {wanted} were asked for", plural(came, "message"))
        }
        Stop::Unanswered(due, ProtocolName::Versia) => format!("{} got no receipt", plural(due, "message")),
        Stop::Unanswered(due, _) => format!("{} got no answer", plural(due, "message")),
        Stop::Pong => "the ping was not answered in time".to_owned(),
        Stop::Time => "the time was up before all lines were run".to_owned(),
    }
}
