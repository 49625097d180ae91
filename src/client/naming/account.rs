//! Users by their addresses (`@user@domain`), and instances as they are named to be looked at. See
//! <https://versia.pub/federation/discovery>.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Instance;
use crate::client::keys::Peer;
use crate::client::url::{HttpUrl, Origin, UrlError};

/// What stands for itself in a query; the rest is percent-encoded.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b'@');

/// The address of a user: `@user@domain`, or `@id@domain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    user: String,
    pub(super) instance: Instance,
}

impl Account {
    /// Reads an address; `None` when the text does not begin with `@`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Option<Result<Self, AccountError>> {
        let address = text.strip_prefix('@')?;
        Some(match address.rsplit_once('@') {
            Some((user, domain)) if !user.is_empty() && !user.contains('@') => Instance::parse(domain)
                .map(|instance| Account { user: user.to_owned(), instance })
                .map_err(AccountError::Host),
            _ => Err(AccountError::Form),
        })
    }

    /// The name or the id.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The host of the user's instance.
    pub fn domain(&self) -> &str {
        &self.instance.host
    }

    /// The address at which the user's instance tells where the user is: WebFinger, at a peer's address where one of them
    /// has the domain.
    ///
    /// # Errors
    /// When the user's name cannot be sent.
    pub fn webfinger(&self, peers: &[Peer]) -> Result<HttpUrl, UrlError> {
        let origin = self.instance.origin(peers);
        HttpUrl::new(origin, &webfinger_target(&self.user, &self.instance.host))
    }
}

/// The target of a WebFinger request for a user.
pub fn webfinger_target(user: &str, domain: &str) -> String {
    let resource = format!("acct:{user}@{domain}");
    format!("/.well-known/webfinger?resource={}", utf8_percent_encode(&resource, PLAIN))
}

/// An instance as it is named to be looked at, with a user where one is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The host that was named.
    pub host: String,
    /// Where the instance is.
    pub origin: Origin,
    /// The user.
    pub user: Option<String>,
}

impl Subject {
    /// Reads what people give: a domain, with a port or without; an address of which the path does not matter; or
    /// `@user@domain`. A domain is looked up among the peers.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str, peers: &[Peer]) -> Result<Self, AccountError> {
        if text.is_empty() {
            return Err(AccountError::Empty);
        }
        if text.contains("://") {
            let url = HttpUrl::parse(text).map_err(AccountError::Host)?;
            let origin = url.origin().clone();
            return Ok(Subject { host: origin.host.clone(), origin, user: None });
        }
        let (instance, user) = match Account::parse(text).transpose()? {
            Some(account) => (account.instance, Some(account.user)),
            None if text.contains('@') => return Err(AccountError::Form),
            None => (Instance::parse(text).map_err(AccountError::Host)?, None),
        };
        Ok(Subject { origin: instance.origin(peers), host: instance.host, user })
    }
}

/// Why a text names no user and no instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountError {
    /// There is nothing.
    Empty,
    /// It does not have the form of a user's address.
    Form,
    /// Its host is none.
    Host(UrlError),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccountError::Empty => f.write_str("it is empty"),
            AccountError::Form => f.write_str("a user is written @user@domain"),
            AccountError::Host(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AccountError {}

impl AccountError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            AccountError::Empty => Some("name the instance: b.example"),
            AccountError::Form => Some("for example @bob@b.example"),
            AccountError::Host(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_webfinger_at_its_domain() {
        let peers = ["p.example=http://127.0.0.1:3000".parse().unwrap()];
        for (text, url) in [
            ("@bob@b.example", "https://b.example/.well-known/webfinger?resource=acct:bob@b.example"),
            ("@a&b@b.example", "https://b.example/.well-known/webfinger?resource=acct:a%26b@b.example"),
            ("@1@b.example:1", "https://b.example:1/.well-known/webfinger?resource=acct:1@b.example"),
            ("@b@P.example", "http://127.0.0.1:3000/.well-known/webfinger?resource=acct:b@P.example"),
        ] {
            let account = Account::parse(text).unwrap().unwrap();
            assert_eq!(account.webfinger(&peers).unwrap().to_string(), url);
        }
        assert_eq!(Account::parse("bob@b.example"), None);
        assert_eq!(Account::parse("@bob"), Some(Err(AccountError::Form)));
        assert_eq!(Account::parse("@bob@"), Some(Err(AccountError::Host(UrlError::NoHost))));
    }

    #[test]
    fn an_instance_is_named_by_domain_address_or_user() {
        let peers = ["p.example=http://127.0.0.1:3000".parse().unwrap()];
        for (text, host, origin, user) in [
            ("b.example", "b.example", "b.example:443", None),
            ("b.example:8443", "b.example", "b.example:8443", None),
            ("https://b.example/x?y", "b.example", "b.example:443", None),
            ("http://127.0.0.1:3000", "127.0.0.1", "127.0.0.1:3000", None),
            ("@bob@b.example", "b.example", "b.example:443", Some("bob")),
            ("@bob@p.example", "p.example", "127.0.0.1:3000", Some("bob")),
        ] {
            let subject = Subject::parse(text, &peers).unwrap();
            assert_eq!((subject.host.as_str(), subject.origin.to_string().as_str()), (host, origin));
            assert_eq!(subject.user.as_deref(), user, "{text}");
        }
        for (text, why) in [
            ("", AccountError::Empty),
            ("bob@b.example", AccountError::Form),
            ("ftp://b.example", AccountError::Host(UrlError::UnknownScheme("ftp".into()))),
            ("b.example:x", AccountError::Host(UrlError::BadPort("x".into()))),
            ("bücher.example", AccountError::Host(UrlError::HostNotAscii)),
        ] {
            assert_eq!(Subject::parse(text, &[]), Err(why), "{text}");
        }
    }
}
