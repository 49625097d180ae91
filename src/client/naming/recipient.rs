//! Whom to deliver to.

use std::fmt;

use super::{Account, AccountError, Instance, Link, LinkError};
use crate::client::keys::Peer;
use crate::client::url::{HttpUrl, UrlError};
use crate::protocol::versia::INBOX;

/// An inbox to deliver to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    inbox: HttpUrl,
    websocket: bool,
    /// The instance, where that was named and not an address.
    instance: Option<Instance>,
}

impl Recipient {
    /// Reads what people give: an instance's address (`https://b.example`) or its inbox's (kept as written), with `wss`
    /// or `ws` for a WebSocket session; a bare domain; `@user@domain`; or a `web+versia://` link. All but an inbox's own
    /// address mean the shared inbox of the instance.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, RecipientError> {
        if let Some(link) = Link::parse(text) {
            return Recipient::of_instance(link.map_err(RecipientError::Link)?.instance);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return Recipient::of_address(scheme, rest);
        }
        if let Some(account) = Account::parse(text) {
            return Recipient::of_instance(account.map_err(RecipientError::from)?.instance);
        }
        match text {
            "" => Err(RecipientError::Empty),
            _ if text.contains('@') => Err(RecipientError::User),
            _ if text.contains('/') => Err(RecipientError::Address(UrlError::NoScheme)),
            _ => Recipient::of_instance(Instance::parse(text).map_err(RecipientError::Address)?),
        }
    }

    /// Where a session of another protocol than Versia is opened: an address with `wss`, `ws`, `https` or `http`, or a host.
    /// Without a path, `path` is meant.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn session_url(text: &str, path: &str) -> Result<HttpUrl, RecipientError> {
        let (scheme, rest) = match text.split_once("://") {
            _ if text.is_empty() => return Err(RecipientError::Empty),
            Some((scheme, rest)) => (http_scheme(scheme)?.0, rest),
            None => ("https", text),
        };
        let given = HttpUrl::parse(&format!("{scheme}://{rest}")).map_err(RecipientError::Address)?;
        match given.target() {
            "/" => HttpUrl::new(given.origin().clone(), path).map_err(RecipientError::Address),
            target if target.starts_with("/?") => {
                let target = format!("{path}{}", &target[1..]);
                HttpUrl::new(given.origin().clone(), &target).map_err(RecipientError::Address)
            }
            _ => Ok(given),
        }
    }

    fn of_address(scheme: &str, rest: &str) -> Result<Self, RecipientError> {
        let (http, websocket) = http_scheme(scheme)?;
        let given = HttpUrl::parse(&format!("{http}://{rest}")).map_err(RecipientError::Address)?;
        let inbox = match given.target() {
            "/" => HttpUrl::new(given.origin().clone(), INBOX).map_err(RecipientError::Address)?,
            _ => given,
        };
        Ok(Recipient { inbox, websocket, instance: None })
    }

    fn of_instance(instance: Instance) -> Result<Self, RecipientError> {
        let inbox = instance.at(INBOX).map_err(RecipientError::Address)?;
        Ok(Recipient { inbox, websocket: false, instance: Some(instance) })
    }

    /// The same at the address of a peer, where one of them has the domain that was named. An address stays as it is.
    #[must_use]
    pub fn through(mut self, peers: &[Peer]) -> Self {
        let peer = self.instance.as_ref().and_then(|instance| instance.peer(peers));
        if let Some(Ok(inbox)) = peer.map(|peer| peer.at(INBOX)) {
            self.inbox = inbox;
        }
        self
    }

    /// The inbox.
    pub fn inbox(&self) -> &HttpUrl {
        &self.inbox
    }

    /// Whether a WebSocket session was asked for, by the scheme.
    pub fn asks_for_websocket(&self) -> bool {
        self.websocket
    }
}

/// The scheme over HTTP, and whether it is one of WebSocket.
fn http_scheme(scheme: &str) -> Result<(&'static str, bool), RecipientError> {
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok(("https", false)),
        "http" => Ok(("http", false)),
        "wss" => Ok(("https", true)),
        "ws" => Ok(("http", true)),
        _ => Err(RecipientError::Scheme(scheme.to_owned())),
    }
}

/// Why a text names no inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecipientError {
    /// There is nothing.
    Empty,
    /// The scheme is none that is spoken.
    Scheme(String),
    /// It is not an address, or its host is none.
    Address(UrlError),
    /// It looks like a user, but has not the form.
    User,
    /// It is a link that leads nowhere.
    Link(LinkError),
}

impl From<AccountError> for RecipientError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Host(error) => RecipientError::Address(error),
            AccountError::Empty | AccountError::Form => RecipientError::User,
        }
    }
}

impl fmt::Display for RecipientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecipientError::Empty => f.write_str("it is empty"),
            RecipientError::Scheme(scheme) => {
                write!(f, "the scheme {scheme} is none of https, http, wss and ws")
            }
            RecipientError::Address(error) => error.fmt(f),
            RecipientError::User => f.write_str("a user is written @user@domain"),
            RecipientError::Link(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RecipientError {}

impl RecipientError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            RecipientError::Empty => Some("name the instance: https://b.example"),
            RecipientError::Scheme(_) => {
                Some("https://b.example, or wss://b.example for a WebSocket session")
            }
            RecipientError::Address(error) => error.hint(),
            RecipientError::User => Some("for example @bob@b.example"),
            RecipientError::Link(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_leads_to_an_inbox() {
        for (text, inbox, websocket) in [
            ("https://b.example", "https://b.example/.versia/v0.6/inbox", false),
            ("http://127.0.0.1:3000/", "http://127.0.0.1:3000/.versia/v0.6/inbox", false),
            ("https://b.example/users/1/inbox?x", "https://b.example/users/1/inbox?x", false),
            ("wss://b.example", "https://b.example/.versia/v0.6/inbox", true),
            ("WS://[::1]:3000/in/../box", "http://[::1]:3000/in/../box", true),
            ("b.example", "https://b.example/.versia/v0.6/inbox", false),
            ("b.example:8443", "https://b.example:8443/.versia/v0.6/inbox", false),
            ("@bob@b.example", "https://b.example/.versia/v0.6/inbox", false),
            ("@1-2@b.example:8443", "https://b.example:8443/.versia/v0.6/inbox", false),
            ("web+versia://notes/b.example/1", "https://b.example/.versia/v0.6/inbox", false),
        ] {
            let recipient = Recipient::parse(text).unwrap();
            assert_eq!(recipient.inbox().to_string(), inbox, "{text}");
            assert_eq!(recipient.asks_for_websocket(), websocket, "{text}");
        }
    }

    #[test]
    fn what_names_no_inbox_is_told() {
        for (text, why) in [
            ("", RecipientError::Empty),
            ("ftp://b.example", RecipientError::Scheme("ftp".into())),
            ("b.example/inbox", RecipientError::Address(UrlError::NoScheme)),
            ("https://u:p@b.example", RecipientError::Address(UrlError::Credentials)),
            ("bücher.example", RecipientError::Address(UrlError::HostNotAscii)),
            ("bob@b.example", RecipientError::User),
            ("@bob", RecipientError::User),
            ("@@b.example", RecipientError::User),
            ("@bob@", RecipientError::Address(UrlError::NoHost)),
            ("b.example:x", RecipientError::Address(UrlError::BadPort("x".into()))),
            ("web+versia://compose/x", RecipientError::Link(LinkError::Compose)),
        ] {
            assert_eq!(Recipient::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_domain_is_looked_up_among_the_peers_and_an_address_is_not() {
        let peers = ["b.example=http://127.0.0.1:3000".parse().unwrap()];
        for (text, inbox) in [
            ("B.example", "http://127.0.0.1:3000/.versia/v0.6/inbox"),
            ("@bob@b.example", "http://127.0.0.1:3000/.versia/v0.6/inbox"),
            ("b.example:443", "https://b.example/.versia/v0.6/inbox"),
            ("https://b.example", "https://b.example/.versia/v0.6/inbox"),
            ("c.example", "https://c.example/.versia/v0.6/inbox"),
        ] {
            let recipient = Recipient::parse(text).unwrap().through(&peers);
            assert_eq!(recipient.inbox().to_string(), inbox, "{text}");
        }
    }
}
