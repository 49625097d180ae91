//! What is said when a checked instance does not accept what we sign: how far it came on its way to our key, and what helps.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Context;
use crate::check::{Contact, Known};

/// Our own instance, and who is checked from it, as the user named it.
#[derive(Debug)]
pub struct OwnSide {
    /// Who is checked.
    pub target: String,
    /// Whether that is on this machine.
    pub is_here: bool,
    /// Our domain.
    pub domain: String,
    /// The fingerprint of our key.
    pub key: String,
    /// Whether that was made for this run.
    pub is_new: bool,
    /// Where we listen.
    pub address: SocketAddr,
    /// Whether we speak TLS there.
    pub speaks_tls: bool,
    /// The certificate of the authority that has to be trusted for that.
    pub authority: Option<PathBuf>,
}

impl OwnSide {
    /// Says so, where the instance refuses what we sign.
    pub fn warn(&self, context: &mut Context, known: &Known) {
        let Some(refusal) = &known.refusal else { return };
        context.ui.warn(&format!(
            "{} refuses what we sign, and {}: cases that want a signature to be accepted are skipped; its answer to a signed GET is {refusal}",
            known.domain,
            known.contact.told(),
        ));
        if let Some(hint) = self.hint(&known.contact) {
            context.ui.note(&format!("hint: {hint}"));
        }
        if known.contact == Contact::Never && self.is_new {
            context.ui.note(&format!(
                "hint: an instance keeps the key that it came for once, and ours is another one in each run: `versia-cli keygen --save check --domain {}` \
                 makes one that stays, for --as check",
                self.domain
            ));
        }
    }

    fn hint(&self, contact: &Contact) -> Option<String> {
        Some(match contact {
            Contact::Never if self.is_here => format!(
                "it looks for {domain} at https://{domain}, and our instance is at {url}. A `versia-cli serve` is told so with \
                 --peer {domain}={url}, and then: {again}; any other instance finds it with: {tls}",
                domain = self.domain,
                url = self.url(),
                again = self.command(&format!("--listen {}", self.address.port())),
                tls = self.command("--tls --listen 443"),
            ),
            Contact::Never => format!(
                "https://{} has to lead to this machine: {}",
                self.domain,
                self.command("--listen 0.0.0.0:443 --cert cert.pem --key-file key.pem")
            ),
            Contact::TlsFailed(_) => match &self.authority {
                Some(file) => format!(
                    "let it trust {} (for Node: NODE_EXTRA_CA_CERTS, for many others: SSL_CERT_FILE), or give a certificate that it trusts: --cert and --key-file",
                    file.display()
                ),
                None => format!(
                    "the certificate in --cert has to be one for {}, with its chain, from an authority that it trusts",
                    self.domain
                ),
            },
            Contact::TlsUnexpected => self.command(&format!("--tls --listen {}", self.address)),
            Contact::GotKey => format!(
                "our key is {}: does it verify by that one, and over the bytes that came? `versia-cli check {} --only signatures/get/valid` shows the request",
                self.key, self.target
            ),
            Contact::NoRequest(_) | Contact::Elsewhere(_) | Contact::Refused(_) => return None,
        })
    }

    fn url(&self) -> String {
        let scheme = if self.speaks_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The command line that checks the same from another place.
    fn command(&self, flags: &str) -> String {
        format!("versia-cli check {} --domain {} {flags}", self.target, self.domain)
    }
}
