//! `Debug` for what a command holds, without its secrets: it may end up in logs and in reports of bugs.

use std::fmt;

use super::{BodyPart, CurlCommand};
use crate::protocol::http::quoted_url;

impl fmt::Debug for CurlCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let shown = |url: &str| quoted_url(url.as_bytes());
        f.debug_struct("CurlCommand")
            .field("method", &self.method)
            .field("url", &format_args!("{}", shown(&self.url)))
            .field("headers", &names)
            .field("removed", &self.removed)
            .field("body", &self.body)
            .field("form", &self.form)
            .field("in_query", &self.in_query)
            .field("path_as_is", &self.path_as_is)
            .field("globoff", &self.globoff)
            .field("request_target", &self.request_target.as_deref().map(shown))
            .field("upload", &self.upload)
            .finish()
    }
}

impl fmt::Debug for BodyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BodyPart::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            BodyPart::File { path, reading } => write!(f, "File({path:?}, {reading:?})"),
        }
    }
}
