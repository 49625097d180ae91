//! How a server from the command line speaks TLS: with files, or with a certificate of a local authority.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rustls::ServerConfig;

use crate::cli::error::CliError;
use crate::cli::{Context, unix_now};
use crate::server::{Authority, ServerTlsError, from_files};

/// How TLS is spoken.
#[derive(Debug, Clone, Args)]
pub struct TlsArgs {
    /// Speak TLS, with a certificate of a local authority that is made once
    #[arg(long)]
    tls: bool,
    /// Speak TLS with this certificate chain, in PEM
    #[arg(long, value_name = "FILE", requires = "key_file", conflicts_with = "tls")]
    cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    key_file: Option<PathBuf>,
}

/// TLS as it is spoken, and the certificate of the local authority where that is whom clients have to trust.
pub struct ServedTls {
    /// What speaks it.
    pub config: Arc<ServerConfig>,
    /// The file with the authority's certificate.
    pub authority: Option<PathBuf>,
}

impl TlsArgs {
    /// What a server at this address, of this domain, speaks TLS with; `None` where it does not.
    ///
    /// # Errors
    /// When a certificate or a key cannot be read or made.
    pub fn resolve(
        &self,
        context: &mut Context,
        at: SocketAddr,
        domain: &str,
    ) -> Result<Option<ServedTls>, CliError> {
        if let (Some(certificate), Some(key)) = (&self.cert, &self.key_file) {
            return Ok(Some(ServedTls { config: from_files(certificate, key)?, authority: None }));
        }
        if !self.tls {
            return Ok(None);
        }
        let folder = context.store()?.folder().join("authority");
        let authority = Authority::in_folder(&folder, unix_now())?;
        let address = at.ip().to_string();
        let mut names =
            vec![domain.to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        if !at.ip().is_unspecified() && !names.contains(&address) {
            names.push(address);
        }
        names.dedup();
        let config = authority.issue(&names, unix_now())?;
        Ok(Some(ServedTls { config, authority: Some(authority.certificate().to_owned()) }))
    }
}

impl From<ServerTlsError> for CliError {
    fn from(error: ServerTlsError) -> Self {
        let mut cli = CliError::usage(error.to_string());
        if let Some(source) = std::error::Error::source(&error) {
            cli = cli.because(crate::cli::error::describe_error(source));
        }
        match error.hint() {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    }
}
