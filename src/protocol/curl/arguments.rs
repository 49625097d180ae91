//! From curl's arguments to what they ask for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::CurlError;
use super::flags::{Takes, long, short};
use super::stdin::file_part;
use super::url::{Url, form_encode, percent_decode};
use super::{BodyPart, CurlCommand, Reading};
use crate::protocol::http::quoted;
use crate::protocol::record::Bytes;

/// What the flags said so far.
#[derive(Default)]
pub(super) struct Arguments {
    command: CurlCommand,
    url: Option<String>,
    method: Option<String>,
    head: bool,
    data: bool,
    json: bool,
    user_agent: Option<Bytes>,
    referer: Option<Bytes>,
    cookies: Vec<Vec<u8>>,
    user: Option<Vec<u8>>,
    bearer: Option<Vec<u8>>,
    range: Option<Vec<u8>>,
}

impl Arguments {
    /// Reads the words after `curl`.
    pub(super) fn read(words: &[Vec<u8>]) -> Result<Self, CurlError> {
        let mut arguments = Arguments::default();
        let mut words = words.iter().map(Vec::as_slice);
        let mut only_urls = false;
        while let Some(word) = words.next() {
            match word {
                b"--" if !only_urls => only_urls = true,
                [b'-', b'-', name @ ..] if !only_urls => arguments.long_flag(name, &mut words)?,
                [b'-', letters @ ..] if !only_urls && !letters.is_empty() => {
                    arguments.letters(letters, &mut words)?;
                }
                url => arguments.set_url(url)?,
            }
        }
        Ok(arguments)
    }

    /// Reads `--name value`; also `--name=value`, which people write though curl does not take it.
    fn long_flag<'a>(
        &mut self,
        word: &'a [u8],
        words: &mut impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), CurlError> {
        let (name, given) = match word.iter().position(|byte| *byte == b'=') {
            Some(at) => (word.get(..at).unwrap_or_default(), word.get(at + 1..)),
            None => (word, None),
        };
        let shown = || format!("--{}", quoted(name).trim_matches('"'));
        let known = std::str::from_utf8(name).ok().and_then(long);
        match (known, given) {
            (Some((flag, Takes::Value)), _) => {
                let value = given.or_else(|| words.next());
                let value = value.ok_or_else(|| CurlError::MissingValue(shown()))?;
                self.value_flag(flag, value, shown)
            }
            (Some((flag, Takes::Nothing)), None) => self.switch(flag, shown),
            _ => Err(CurlError::UnknownFlag(shown())),
        }
    }

    /// Reads letters in one word, such as `-sSXPOST`.
    fn letters<'a>(
        &mut self,
        mut letters: &'a [u8],
        words: &mut impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), CurlError> {
        while let [letter, rest @ ..] = letters {
            let shown = || format!("-{}", quoted(&[*letter]).trim_matches('"'));
            match short(*letter).ok_or_else(|| CurlError::UnknownFlag(shown()))? {
                (flag, Takes::Nothing) => self.switch(flag, shown)?,
                (flag, Takes::Value) => {
                    let value = if rest.is_empty() { words.next() } else { Some(rest) };
                    let value = value.ok_or_else(|| CurlError::MissingValue(shown()))?;
                    return self.value_flag(flag, value, shown);
                }
            }
            letters = rest;
        }
        Ok(())
    }

    fn switch(&mut self, flag: &'static str, shown: impl Fn() -> String) -> Result<(), CurlError> {
        match flag {
            "get" => self.command.in_query = true,
            "head" => self.head = true,
            "path-as-is" => self.command.path_as_is = true,
            "globoff" => self.command.globoff = true,
            "next" => return Err(unsupported(shown(), "it begins a second request")),
            _ => {}
        }
        Ok(())
    }

    fn value_flag(
        &mut self,
        flag: &'static str,
        value: &[u8],
        shown: impl Fn() -> String,
    ) -> Result<(), CurlError> {
        match flag {
            "url" => self.set_url(value)?,
            "request" => self.method = Some(text(value, "the method")?),
            "request-target" => self.command.request_target = Some(text(value, "the request target")?),
            "header" => self.header(value, shown)?,
            "data" | "data-ascii" => self.data_or_file(value, Reading::WithoutNewlines)?,
            "data-binary" => self.data_or_file(value, Reading::Exact)?,
            "data-raw" => self.push_data(BodyPart::Bytes(value.to_vec())),
            "data-urlencode" => self.data_urlencode(value)?,
            "json" => {
                self.json = true;
                let part = data_part(value, Reading::Exact)?;
                self.data = true;
                self.command.body.push(part);
            }
            "upload-file" => self.command.upload = Some(text(value, "a file's path")?),
            "user-agent" => self.user_agent = Some(Bytes(value.to_vec())),
            "referer" => {
                let end = memchr::memmem::find(value, b";auto").unwrap_or(value.len());
                self.referer = Some(Bytes(value.get(..end).unwrap_or_default().to_vec()));
            }
            // Without `=` it is a file of cookies, which is no part of what is signed.
            "cookie" if value.contains(&b'=') => self.cookies.push(value.to_vec()),
            "user" => self.user = Some(value.to_vec()),
            "oauth2-bearer" => self.bearer = Some(value.to_vec()),
            "range" => self.range = Some(value.to_vec()),
            "form" | "form-string" => {
                return Err(unsupported(shown(), "Versia has no multipart forms"));
            }
            "config" => return Err(unsupported(shown(), "it reads more flags from a file")),
            "url-query" => return Err(unsupported(shown(), "write its data into the URL's query")),
            _ => {}
        }
        Ok(())
    }

    fn set_url(&mut self, url: &[u8]) -> Result<(), CurlError> {
        if self.url.is_some() {
            return Err(CurlError::SeveralUrls);
        }
        self.url = Some(text(url, "the URL")?);
        Ok(())
    }

    /// `Name: value` adds, `Name;` adds an empty one, `Name:` removes; curl ignores anything else.
    fn header(&mut self, line: &[u8], shown: impl Fn() -> String) -> Result<(), CurlError> {
        if line.starts_with(b"@") {
            return Err(unsupported(shown(), "it reads headers from a file"));
        }
        let mark = memchr::memchr(b':', line).or_else(|| memchr::memchr(b';', line));
        let Some((name, rest)) = mark.and_then(|at| line.split_at_checked(at)) else {
            return Ok(());
        };
        let name = text(name.trim_ascii(), "a header's name")?;
        let value = rest.get(1..).unwrap_or_default().trim_ascii();
        match (rest.first(), value.is_empty()) {
            (Some(b':'), true) => self.command.removed.push(name),
            (Some(b':'), false) => self.command.headers.push((name, Bytes(value.to_vec()))),
            (_, true) => self.command.headers.push((name, Bytes::default())),
            (_, false) => {}
        }
        Ok(())
    }

    fn data_or_file(&mut self, value: &[u8], reading: Reading) -> Result<(), CurlError> {
        let part = data_part(value, reading)?;
        self.push_data(part);
        Ok(())
    }

    /// Reads `content`, `=content`, `name=content`, `@file` or `name@file`.
    fn data_urlencode(&mut self, value: &[u8]) -> Result<(), CurlError> {
        let mark = memchr::memchr(b'=', value).or_else(|| memchr::memchr(b'@', value));
        let (name, rest) = mark.and_then(|at| value.split_at_checked(at)).unwrap_or_default();
        let content = match mark {
            Some(_) => rest.get(1..).unwrap_or_default(),
            None => value,
        };
        let mut before = name.to_vec();
        if !name.is_empty() {
            before.push(b'=');
        }
        if rest.starts_with(b"@") {
            self.push_data(BodyPart::Bytes(before));
            self.command.body.push(file_part(content, Reading::UrlEncoded)?);
        } else {
            before.extend_from_slice(form_encode(content).as_bytes());
            self.push_data(BodyPart::Bytes(before));
        }
        Ok(())
    }

    /// Adds data as curl does: `&` goes between it and any data before it.
    fn push_data(&mut self, part: BodyPart) {
        if self.data {
            self.command.body.push(BodyPart::Bytes(b"&".to_vec()));
        }
        self.data = true;
        self.command.body.push(part);
    }

    /// The command that the flags make together.
    pub(super) fn into_command(mut self) -> Result<CurlCommand, CurlError> {
        let has_body = self.data && !self.command.in_query;
        if has_body && self.head {
            return Err(CurlError::Conflict("--head", "data"));
        }
        if self.data && self.command.upload.is_some() {
            return Err(CurlError::Conflict("--upload-file", "data"));
        }
        self.command.url = self.url.take().ok_or(CurlError::NoUrl)?;
        self.command.form = has_body && !self.json;
        let implied = match (&self.command.upload, self.head) {
            (_, true) => "HEAD",
            (Some(_), _) => "PUT",
            _ if has_body => "POST",
            _ => "GET",
        };
        self.command.method = self.method.take().unwrap_or_else(|| implied.to_owned());
        if let Some(path) = &self.command.upload {
            self.command.body = vec![file_part(path.as_bytes(), Reading::Exact)?];
        }
        self.add_headers();
        Ok(self.command)
    }

    /// Adds what other flags than `-H` ask for, in curl's order, where `-H` does not say otherwise.
    fn add_headers(&mut self) {
        let mut first = Vec::new();
        if let Some(authorization) = self.authorization() {
            first.push(("Authorization", Bytes(authorization)));
        }
        if let Some(mut range) = self.range.take() {
            range.splice(0..0, *b"bytes=");
            first.push(("Range", Bytes(range)));
        }
        first.extend(self.user_agent.take().map(|value| ("User-Agent", value)));
        first.extend(self.referer.take().map(|value| ("Referer", value)));
        if !self.cookies.is_empty() {
            first.push(("Cookie", Bytes(self.cookies.join(&b";"[..]))));
        }
        first.retain(|(name, value)| !value.is_empty() && !self.command.decides(name));
        let mut headers: Vec<(String, Bytes)> =
            first.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let missing: Vec<&str> = ["Content-Type", "Accept"]
            .into_iter()
            .filter(|name| self.json && !self.command.decides(name))
            .collect();
        headers.append(&mut self.command.headers);
        for name in missing {
            headers.push((name.to_owned(), "application/json".into()));
        }
        self.command.headers = headers;
    }

    fn authorization(&self) -> Option<Vec<u8>> {
        if let Some(bearer) = &self.bearer {
            return Some([&b"Bearer "[..], bearer].concat());
        }
        let mut user = match &self.user {
            Some(user) => user.clone(),
            None => percent_decode(Url::split(&self.command.url).ok()?.user?),
        };
        if !user.contains(&b':') {
            user.push(b':');
        }
        Some(format!("Basic {}", STANDARD.encode(user)).into_bytes())
    }
}

fn data_part(value: &[u8], reading: Reading) -> Result<BodyPart, CurlError> {
    match value.strip_prefix(b"@") {
        Some(path) => file_part(path, reading),
        None => Ok(BodyPart::Bytes(value.to_vec())),
    }
}

fn text(bytes: &[u8], what: &'static str) -> Result<String, CurlError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| CurlError::NotText(what))
}

fn unsupported(flag: String, why: &'static str) -> CurlError {
    CurlError::Unsupported { flag, why }
}
