//! Whoever decides what is allowed: an application of the user's, asked by HTTP.
//!
//! Its client blocks, so it is asked on threads of its own: a slow answer holds up the session that waits for it, and no other.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::HeaderMap;
use hyper::header::HOST;
use percent_encoding::percent_decode_str;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::client::{Dialer, Http, HttpRequest, HttpResponse, HttpUrl};
use crate::protocol::record::Headers;
use crate::protocol::wsify::{CONTENT_TYPE, Values};
use crate::server::app::{Answer, Received};

/// How many questions are asked at the same time.
const AT_ONCE: usize = 32;

/// The largest answer that is relayed, in bytes.
const MAX_ANSWER: u64 = 1 << 20;

/// Headers that are about the connection to the authorizer, and not about its answer.
const OF_THE_CONNECTION: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Asks an application by HTTP.
pub struct Authorizer {
    url: HttpUrl,
    dialer: Arc<Dialer>,
    /// Clients with a connection that can be used again.
    idle: Mutex<Vec<Http>>,
    places: Semaphore,
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What an authorizer answered.
#[derive(Debug, Clone)]
pub enum Decision {
    /// It is allowed.
    Allowed,
    /// It is not; what was answered.
    Refused(Answer),
    /// There was no answer, and why.
    Unreachable(String),
}

impl Decision {
    /// Why nothing was decided, where the authorizer has a problem of its own.
    pub fn problem(&self) -> Option<String> {
        match self {
            Decision::Unreachable(why) => Some(why.clone()),
            Decision::Refused(answer) if answer.status >= 500 => {
                Some(format!("the authorizer answered {}", answer.status))
            }
            Decision::Refused(_) | Decision::Allowed => None,
        }
    }
}

impl Authorizer {
    /// Asks at this address, over connections of this dialer.
    pub fn new(url: HttpUrl, dialer: Arc<Dialer>) -> Self {
        Authorizer { url, dialer, idle: Mutex::default(), places: Semaphore::new(AT_ONCE) }
    }

    /// Asks about a question, which is a JSON document.
    pub async fn ask(self: &Arc<Self>, question: impl Into<Vec<u8>>) -> Decision {
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers: vec![("Content-Type".to_owned(), CONTENT_TYPE.into())],
            body: question.into(),
        };
        // The semaphore is never closed.
        let _place = self.places.acquire().await;
        let authorizer = Arc::clone(self);
        let asked = spawn_blocking(move || {
            let http = authorizer.client();
            let answered = http.exchange(&request);
            authorizer.idle().push(http);
            answered
        });
        match asked.await {
            Ok(Ok(response)) if response.status == 200 => Decision::Allowed,
            Ok(Ok(response)) => Decision::Refused(relayed(response)),
            Ok(Err(error)) => Decision::Unreachable(error.to_string()),
            Err(_) => Decision::Unreachable("the question was broken off".to_owned()),
        }
    }

    fn client(&self) -> Http {
        let idle = self.idle().pop();
        idle.unwrap_or_else(|| Http::new(Arc::clone(&self.dialer)).with_max_body(MAX_ANSWER))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Http>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The authorizer's answer as one of this server.
fn relayed(response: HttpResponse) -> Answer {
    let about_the_connection =
        |name: &str| OF_THE_CONNECTION.iter().any(|other| name.eq_ignore_ascii_case(other));
    let headers: Headers =
        response.headers.into_iter().filter(|(name, _)| !about_the_connection(name)).collect();
    Answer { status: response.status, headers, body: response.body.into(), ..Answer::default() }
}

/// What an authorizer is told of a handshake: its headers and its query.
#[derive(Debug, Clone, Default)]
pub(super) struct Handshake {
    pub(super) headers: Values,
    pub(super) query: Values,
}

impl Handshake {
    pub(super) fn of(received: &Received) -> Self {
        Handshake { headers: headers(&received.headers), query: query(received.uri.query()) }
    }
}

/// Headers as Go names them, without `Host`.
fn headers(map: &HeaderMap) -> Values {
    let mut headers = Values::new();
    for (name, value) in map.iter().filter(|(name, _)| *name != HOST) {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers.entry(canonical(name.as_str())).or_default().push(value);
    }
    headers
}

/// `user-agent` as `User-Agent`.
fn canonical(name: &str) -> String {
    let mut begins = true;
    let letters = name.chars().map(|letter| {
        let written = if begins { letter.to_ascii_uppercase() } else { letter };
        begins = letter == '-';
        written
    });
    letters.collect()
}

pub(in crate::server) fn query(query: Option<&str>) -> Values {
    let mut values = Values::new();
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        values.entry(decode(name)).or_default().push(decode(value));
    }
    values
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_handshake_is_told_in_go_s_names_without_the_host() {
        let mut map = HeaderMap::new();
        for (name, value) in [("host", "a"), ("x-odd", "1"), ("x-odd", "2"), ("sec-websocket-key", "k")] {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let told = headers(&map);
        assert_eq!(told.keys().collect::<Vec<_>>(), ["Sec-Websocket-Key", "X-Odd"]);
        assert_eq!(told["X-Odd"], ["1", "2"]);
    }

    #[test]
    fn a_query_has_every_value_of_a_name() {
        let values = query(Some("a=1&b=x+y%21&&a=2&c"));
        assert_eq!(values["a"], ["1", "2"]);
        assert_eq!((values["b"][0].as_str(), values["c"][0].as_str()), ("x y!", ""));
        assert!(query(None).is_empty());
    }
}
