//! Who a session's user is: whoever says so, or whoever has the token.

use std::collections::{HashMap, HashSet};
use std::fmt;

use hyper::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use crate::server::app::{Answer, Received};
use crate::server::hub::{query, refusal};

/// How long a user's name may be, in bytes.
const LONGEST_NAME: usize = 256;

/// The users of a chat.
#[derive(Default)]
pub struct Users {
    /// Names by the digests of their tokens; anyone may come where there are none.
    known: Option<Known>,
}

struct Known {
    by_token: HashMap<[u8; 32], String>,
    names: HashSet<String>,
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users").field("known", &self.known.as_ref().map(|known| &known.names)).finish()
    }
}

/// Why a text is no list of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokensError {
    /// The line, counted from 1; 0 where there is none.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for TokensError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(self.why),
            line => write!(f, "line {line}: {}", self.why),
        }
    }
}

impl std::error::Error for TokensError {}

impl Users {
    /// Anyone, under the name that `?user=` gives.
    pub fn anyone() -> Self {
        Users::default()
    }

    /// The users of a list: on each line a name and a token, with white space between them. Empty lines and those that begin
    /// with `#` say nothing.
    ///
    /// # Errors
    /// Names the line that is none of these.
    pub fn from_tokens(text: &str) -> Result<Self, TokensError> {
        let mut known = Known { by_token: HashMap::new(), names: HashSet::new() };
        for (line, content) in (1..).zip(text.lines()) {
            let content = content.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let mut words = content.split_whitespace();
            let (Some(name), Some(token), None) = (words.next(), words.next(), words.next()) else {
                return Err(TokensError { line, why: "a line has a name and a token, and nothing else" });
            };
            if !is_name(name) {
                return Err(TokensError { line, why: "the name is too long" });
            }
            if known.by_token.insert(digest(token), name.to_owned()).is_some() {
                return Err(TokensError { line, why: "the token was there before" });
            }
            known.names.insert(name.to_owned());
        }
        if known.names.is_empty() {
            return Err(TokensError { line: 0, why: "there is no user in it" });
        }
        Ok(Users { known: Some(known) })
    }

    /// Whether somebody may be written to.
    pub(super) fn has(&self, name: &str) -> bool {
        is_name(name) && self.known.as_ref().is_none_or(|known| known.names.contains(name))
    }

    /// Who asks for a session, or what is answered to nobody.
    pub(super) fn identify(&self, received: &Received) -> Result<String, Answer> {
        let mut asked = query(received.uri.query());
        let mut parameter = |name: &str| asked.remove(name).and_then(|values| values.into_iter().next());
        let claimed = parameter("user");
        let Some(known) = &self.known else {
            return match claimed.filter(|name| is_name(name)) {
                Some(name) => Ok(name),
                None => Err(refusal(
                    400,
                    "name the user: ?user=NAME, with 1 to 256 bytes and no control characters",
                )),
            };
        };
        let token = bearer(received).or_else(|| parameter("token"));
        let Some(name) = token.and_then(|token| known.by_token.get(&digest(&token))) else {
            let mut answer = refusal(401, "a token is wanted: Authorization: Bearer TOKEN, or ?token=TOKEN");
            answer.headers.push(("WWW-Authenticate".to_owned(), "Bearer".into()));
            return Err(answer);
        };
        if claimed.is_some_and(|claimed| claimed != *name) {
            return Err(refusal(403, "the token is another user's"));
        }
        Ok(name.clone())
    }
}

/// Comparing digests tells nothing by the time it takes.
fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control)
}

fn bearer(received: &Received) -> Option<String> {
    let value = received.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use hyper::header::HeaderValue;

    use super::*;
    use crate::protocol::record::Record;

    fn received(target: &str, authorization: Option<&'static str>) -> Received {
        let mut headers = HeaderMap::new();
        headers.extend(authorization.map(|value| (AUTHORIZATION, HeaderValue::from_static(value))));
        Received {
            record: Record::default(),
            uri: target.parse().unwrap(),
            headers,
            fate: Default::default(),
        }
    }

    #[test]
    fn without_tokens_a_user_is_whoever_says_so() {
        let users = Users::anyone();
        assert_eq!(users.identify(&received("/ws?user=User%201", None)).unwrap(), "User 1");
        for target in ["/ws", "/ws?user=", "/ws?user=a%00b"] {
            assert_eq!(users.identify(&received(target, None)).unwrap_err().status, 400, "{target}");
        }
        assert!(users.has("whoever") && !users.has("") && !users.has(&"x".repeat(257)));
    }

    #[test]
    fn with_tokens_a_user_is_whoever_has_one() {
        let users = Users::from_tokens("# the two\nann s3cret\n\n bob\thush \nann second\n").unwrap();
        for (target, authorization, name) in [
            ("/ws", Some("Bearer s3cret"), "ann"),
            ("/ws?token=hush", None, "bob"),
            ("/ws?user=ann&token=second", None, "ann"),
            ("/ws?token=hush", Some("bearer  s3cret"), "ann"),
        ] {
            assert_eq!(users.identify(&received(target, authorization)).unwrap(), name, "{target}");
        }
        for (target, authorization, status) in [
            ("/ws?user=ann", None, 401),
            ("/ws?token=S3cret", None, 401),
            ("/ws", Some("Basic s3cret"), 401),
            ("/ws?user=bob&token=s3cret", None, 403),
        ] {
            assert_eq!(
                users.identify(&received(target, authorization)).unwrap_err().status,
                status,
                "{target}"
            );
        }
        assert!(users.has("bob") && !users.has("carol"));
        assert!(!format!("{users:?}").contains("hush"));
    }

    #[test]
    fn what_is_no_list_of_tokens_is_named_by_its_line() {
        for (text, line) in [("ann", 1), ("ann a b", 1), ("ann a\nbob a", 2), ("# nobody\n", 0), ("", 0)] {
            assert_eq!(Users::from_tokens(text).unwrap_err().line, line, "{text}");
        }
    }
}
