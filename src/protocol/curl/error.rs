//! Why a curl command could not be read.

use std::fmt;

/// Why a curl command could not be read. What is quoted from the input is short and escaped, and of URLs
/// neither the password nor the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CurlError {
    /// The command is another one; its name is quoted.
    NotCurl(String),
    /// It is what the dev tools copy under this name, which no POSIX shell reads.
    OtherCopy(&'static str),
    /// A quotation mark is not closed.
    Unclosed(char),
    /// A variable or a command substitution, quoted, whose value only a shell knows.
    Expansion(String),
    /// What is piped into curl cannot be known; the command is quoted.
    Pipe(String),
    /// A here-document is the input.
    HereDocument,
    /// The base64 that is piped into curl is damaged.
    BadBase64,
    /// A flag that curl does not have, or that is not known here.
    UnknownFlag(String),
    /// A flag lacks its value.
    MissingValue(String),
    /// A flag whose effect cannot be read, and why.
    Unsupported {
        /// The flag.
        flag: String,
        /// Why not, as a part of a sentence.
        why: &'static str,
    },
    /// Two flags that curl does not take together.
    Conflict(&'static str, &'static str),
    /// Something that has to be text is not UTF-8.
    NotText(&'static str),
    /// There is no URL.
    NoUrl,
    /// There are several URLs.
    SeveralUrls,
    /// There are several curl commands.
    SeveralCommands,
    /// A URL that curl refuses; it is quoted.
    BadUrl {
        /// The URL, quoted.
        url: String,
        /// What is wrong with it, as a part of a sentence.
        why: &'static str,
    },
    /// A URL with `[]{}`, which stand for several URLs; it is quoted.
    Glob(String),
    /// A file that is part of the body could not be had.
    Load {
        /// The path, quoted.
        path: String,
        /// Why not.
        why: String,
    },
}

impl fmt::Display for CurlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CurlError::NotCurl(found) => write!(f, "expected a curl command, found {found}"),
            CurlError::OtherCopy(name) => {
                write!(f, "this is what the dev tools give for `{name}`, which is not read here")
            }
            CurlError::Unclosed(mark) => write!(f, "the quotation mark {mark} is not closed"),
            CurlError::Expansion(found) => {
                write!(f, "the command has {found}, and only the shell that ran it knows its value")
            }
            CurlError::Pipe(found) => write!(f, "what {found} pipes into curl cannot be known"),
            CurlError::HereDocument => f.write_str("the command takes its input from a here-document (<<)"),
            CurlError::BadBase64 => f.write_str("the base64 that is piped into curl is damaged"),
            CurlError::UnknownFlag(flag) => write!(f, "curl's flag {flag} is not known here"),
            CurlError::MissingValue(flag) => write!(f, "curl's flag {flag} needs a value"),
            CurlError::Unsupported { flag, why } => write!(f, "curl's flag {flag} cannot be read: {why}"),
            CurlError::Conflict(one, other) => write!(f, "curl does not take {one} together with {other}"),
            CurlError::NotText(what) => write!(f, "{what} is not UTF-8"),
            CurlError::NoUrl => f.write_str("the curl command has no URL"),
            CurlError::SeveralUrls => f.write_str("the curl command has more than one URL"),
            CurlError::SeveralCommands => f.write_str("there is more than one curl command"),
            CurlError::BadUrl { url, why } => write!(f, "curl refuses the URL {url}: {why}"),
            CurlError::Glob(url) => write!(f, "in the URL {url}, curl takes []{{}} for a list of URLs"),
            CurlError::Load { path, why } => write!(f, "cannot read the body's file {path}: {why}"),
        }
    }
}

impl std::error::Error for CurlError {}

impl CurlError {
    /// What to do about it, where we know.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            CurlError::OtherCopy(_) => {
                Some("copy the request again with `Copy as cURL (bash)`, or save all of them as a HAR file")
            }
            CurlError::Expansion(_) => {
                Some("put the value in its place, or in single quotes if it is meant as it is")
            }
            CurlError::Unclosed(_) => {
                Some("was the whole command copied? in the dev tools it is `Copy as cURL (bash)`")
            }
            CurlError::Pipe(_) | CurlError::HereDocument => {
                Some("put the body into a file and give it with --data-binary @FILE")
            }
            CurlError::SeveralUrls => Some("is a value with spaces in it without quotation marks?"),
            CurlError::SeveralCommands => Some("give one command at a time"),
            CurlError::Glob(_) => Some("give --globoff when the characters mean themselves"),
            CurlError::Unsupported { .. } => Some("leave the flag out, or give what it stands for"),
            _ => None,
        }
    }
}
