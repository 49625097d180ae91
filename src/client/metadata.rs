//! An instance's metadata: where its public key is published. See <https://versia.pub/entities/instance-metadata>.

use std::fmt;

use super::http::{Http, HttpRequest};
use super::http_error::HttpError;
use super::stream::StageTimings;
use super::url::{HttpUrl, Origin, UrlError, split_host_port};
use crate::finding::{Code, codes};
use crate::protocol::record::Timings;
use crate::protocol::versia::{INSTANCE, MEDIA_TYPE};
use crate::signing::{FoundKey, KeyError, KeyForm, read_key};

/// An instance's metadata as it came, and the key in it.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it was fetched from.
    pub url: String,
    /// The document's bytes.
    pub body: Vec<u8>,
    /// The instance's public key.
    pub key: FoundKey,
    /// How long it took.
    pub timings: Timings,
    /// How long making the connection took; `None` when it had been made for an earlier exchange.
    pub dialled: Option<StageTimings>,
}

/// Why an instance's key could not be had.
#[derive(Debug)]
pub enum MetadataError {
    /// What was given is neither a domain nor an address.
    Address(UrlError),
    /// There was no answer.
    Http(HttpError),
    /// The answer is a redirect, which is not followed.
    Redirect {
        /// What was asked for.
        url: String,
        /// Where it points to.
        location: String,
    },
    /// The answer has another status than 200.
    Status {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
    },
    /// The answer is no metadata.
    NotMetadata {
        /// What was asked for.
        url: String,
        /// What it is instead.
        what: &'static str,
    },
    /// The answer has no key that can be used.
    Key {
        /// What was asked for.
        url: String,
        /// What is wrong with the key.
        error: KeyError,
    },
}

impl MetadataError {
    /// The entry of the list of codes; `None` for what is wrong use.
    pub fn code(&self) -> Option<&'static Code> {
        Some(match self {
            MetadataError::Address(_) => return None,
            MetadataError::Http(error) => return error.code(),
            MetadataError::Redirect { .. } => &codes::REDIRECTED,
            MetadataError::Status { .. } | MetadataError::NotMetadata { .. } => &codes::UNEXPECTED_ANSWER,
            MetadataError::Key { error: KeyError::Weak, .. } => &codes::KEY_WEAK,
            MetadataError::Key { .. } => &codes::UNEXPECTED_ANSWER,
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            MetadataError::Address(error) => error.hint().map(str::to_owned),
            MetadataError::Http(error) => error.hint(),
            MetadataError::Redirect { .. } => Some(
                "redirects are not followed: ask the address that it points to, if that is right".to_owned(),
            ),
            MetadataError::Status { .. } => {
                Some("is there a Versia instance of version 0.6 at that address?".to_owned())
            }
            MetadataError::NotMetadata { .. } => None,
            MetadataError::Key { error, .. } => error.hint().map(str::to_owned),
        }
    }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetadataError::Address(error) => error.fmt(f),
            MetadataError::Http(error) => error.fmt(f),
            MetadataError::Redirect { url, location } => write!(f, "{url} redirects to {location:?}"),
            MetadataError::Status { url, status } => write!(f, "{url} answers with status {status}"),
            MetadataError::NotMetadata { url, what } => {
                write!(f, "{url} answers with {what}, not with metadata")
            }
            MetadataError::Key { url, error } => {
                write!(f, "{url} publishes no key that can be used: {error}")
            }
        }
    }
}

impl std::error::Error for MetadataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            MetadataError::Http(error) => error.source(),
            _ => None,
        }
    }
}

/// Fetches the metadata of an instance: of a domain over HTTPS, of an origin, or from a full address.
///
/// # Errors
/// When there is no answer, or it is not metadata with a key. No redirect is followed.
pub fn fetch_metadata(http: &Http, instance: &str) -> Result<Fetched, MetadataError> {
    let url = metadata_url(instance).map_err(MetadataError::Address)?;
    fetch_metadata_at(http, &url)
}

/// Fetches the metadata at an address.
///
/// # Errors
/// When there is no answer, or it is not metadata with a key. No redirect is followed.
pub(super) fn fetch_metadata_at(http: &Http, url: &HttpUrl) -> Result<Fetched, MetadataError> {
    let request = HttpRequest {
        method: "GET".to_owned(),
        url: url.clone(),
        headers: vec![("Accept".to_owned(), MEDIA_TYPE.into())],
        body: Vec::new(),
    };
    let response = http.exchange(&request).map_err(MetadataError::Http)?;
    let url = url.to_string();
    match response.status {
        200 => {}
        300..=399 if response.header("location").is_some() => {
            let location = response.header("location").unwrap_or_default().to_owned();
            return Err(MetadataError::Redirect { url, location });
        }
        status => return Err(MetadataError::Status { url, status }),
    }
    let start = response.body.trim_ascii_start();
    let what = match start.first() {
        _ if response.truncated => Some("more than any metadata has"),
        None => Some("nothing"),
        Some(b'<') => Some("HTML"),
        Some(b'{') => None,
        Some(_) => Some("something else"),
    };
    if let Some(what) = what {
        return Err(MetadataError::NotMetadata { url, what });
    }
    match read_key(&response.body) {
        Ok(key) if key.form == KeyForm::InstanceMetadata => Ok(Fetched {
            url,
            key,
            timings: response.timings,
            dialled: response.dialled,
            body: response.body,
        }),
        Ok(_) => Err(MetadataError::NotMetadata { url, what: "a key document" }),
        Err(error) => Err(MetadataError::Key { url, error }),
    }
}

fn metadata_url(instance: &str) -> Result<HttpUrl, UrlError> {
    if !instance.contains("://") {
        let (host, port) = split_host_port(instance)?;
        let origin = Origin { port: port.unwrap_or(443), ..Origin::of_domain(&host) };
        return HttpUrl::new(origin, INSTANCE);
    }
    let url = HttpUrl::parse(instance)?;
    if url.target() == "/" { HttpUrl::new(url.origin().clone(), INSTANCE) } else { Ok(url) }
}
