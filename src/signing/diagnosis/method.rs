//! What may have been signed as the method.

use super::hypothesis::{Hypothesis, distinct, rank};
use crate::finding::codes;
use crate::signing::Kind;

/// The methods of HTTP, the likeliest first.
const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// Every way but the right one, `right`, which is the method in lower case.
pub(super) fn ways(kind: Kind, written: &str, right: &str) -> Vec<Hypothesis> {
    let mut ways = Vec::new();
    let upper = right.to_ascii_uppercase();
    for (text, rank) in
        [(upper.as_str(), rank::COMMON), (written, rank::KNOWN), (&capitalised(right), rank::RARE)]
    {
        let said = format!("the method is signed as {text:?}, in other letters than {right:?}");
        ways.push(Hypothesis::new(&codes::METHOD_CASE, rank, text, said));
    }
    for other in METHODS.into_iter().filter(|other| *other != right) {
        let usual = matches!(other, "get" | "post");
        let rank = match (kind, usual) {
            (Kind::Response, true) => rank::COMMON,
            (_, true) => rank::KNOWN,
            _ => rank::RARE,
        };
        let whose = match kind {
            Kind::Response => format!("the request that is answered was a {right:?}"),
            Kind::Request | Kind::Message => format!("the message is a {right:?}"),
        };
        let said = format!("the method is signed as {other:?}, and {whose}");
        ways.push(Hypothesis::new(&codes::METHOD_OTHER, rank, other, said));
        if usual {
            let upper = other.to_ascii_uppercase();
            let said = format!("the method is signed as {upper:?}, and {whose}");
            let way = Hypothesis::new(&codes::METHOD_CASE, rank::RARE, upper, said);
            ways.push(way.and(&codes::METHOD_OTHER));
        }
    }
    distinct(right.as_bytes(), ways)
}

fn capitalised(method: &str) -> String {
    let mut text = method.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
