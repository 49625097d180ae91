//! From a curl command to the request that curl sends.

use super::error::CurlError;
use super::url::{Url, segment_encode};
use super::{BodyPart, CurlCommand};
use crate::protocol::http::{quoted, quoted_url};
use crate::protocol::record::{Bytes, Headers, Record, Request};

impl CurlCommand {
    /// The request that curl sends, as a record.
    ///
    /// `load` gives a file's bytes by its path as written (`-` is standard input), or says why not. The target is the
    /// one that curl sends: dot segments are resolved unless `--path-as-is`, the fragment is dropped. The headers are
    /// `Host`, those that flags ask for, and the `Content-Type` of a form where there is no other.
    pub fn into_record(
        self,
        mut load: impl FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Record, CurlError> {
        let url = Url::split(&self.url)?;
        if !self.globoff && url.has_list() {
            return Err(CurlError::Glob(quoted_url(self.url.as_bytes())));
        }
        let mut body = Vec::new();
        for part in &self.body {
            match part {
                BodyPart::Bytes(bytes) => body.extend_from_slice(bytes),
                BodyPart::File { path, reading } => {
                    let content =
                        load(path).map_err(|why| CurlError::Load { path: quoted(path.as_bytes()), why })?;
                    body.extend_from_slice(&reading.apply(content));
                }
            }
        }
        let query = if self.in_query { std::mem::take(&mut body) } else { Vec::new() };
        let target = match &self.request_target {
            Some(target) => target.clone(),
            None => self.target(url, query)?,
        };
        let headers = self.all_headers(url);
        Ok(Record {
            request: Some(Request {
                method: self.method,
                target,
                headers: Some(headers),
                body: Bytes(body),
                truncated: false,
                verdict: None,
            }),
            ..Record::default()
        })
    }

    /// The URL's target, with the data of `-G` in its query and the name of `-T`'s file in its path.
    fn target(&self, url: Url<'_>, query: Vec<u8>) -> Result<String, CurlError> {
        let named = self.upload.as_deref().and_then(|file| {
            let name = file.rsplit('/').next().unwrap_or(file);
            let open = url.path.is_empty() || url.path.ends_with('/');
            let named = open && file != "-" && file != ".";
            named.then(|| {
                let folder = if url.path.is_empty() { "/" } else { url.path };
                format!("{folder}{}", segment_encode(name))
            })
        });
        let url = Url { path: named.as_deref().unwrap_or(url.path), ..url };
        let mut target = url.target(self.path_as_is);
        if !query.is_empty() {
            let query = String::from_utf8(query).map_err(|_| CurlError::NotText("the data for the query"))?;
            if query.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
                return Err(CurlError::BadUrl {
                    url: quoted_url(format!("?{query}").as_bytes()),
                    why: "there is a space or a control character in it",
                });
            }
            target.push(if url.query.is_some() { '&' } else { '?' });
            target.push_str(query.split('#').next().unwrap_or_default());
        }
        Ok(target)
    }

    fn all_headers(&self, url: Url<'_>) -> Headers {
        let mut headers = Headers::new();
        // Curl puts Host first, wherever the flag stood, and takes the first of several.
        let is_host = |name: &str| name.eq_ignore_ascii_case("Host");
        match self.headers.iter().find(|(name, _)| is_host(name)) {
            Some(host) => headers.push(host.clone()),
            None if self.decides("Host") => {}
            None => headers.push(("Host".to_owned(), url.host_header().into())),
        }
        headers.extend(self.headers.iter().filter(|(name, _)| !is_host(name)).cloned());
        if self.form && !self.decides("Content-Type") {
            let form = "application/x-www-form-urlencoded";
            headers.push(("Content-Type".to_owned(), form.into()));
        }
        headers
    }

    /// Whether `-H` gives or removes a header, so that curl does not make its own.
    pub(super) fn decides(&self, name: &str) -> bool {
        self.headers.iter().any(|(have, _)| have.eq_ignore_ascii_case(name))
            || self.removed.iter().any(|have| have.eq_ignore_ascii_case(name))
    }
}
