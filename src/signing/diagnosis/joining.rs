//! What may stand between the parts of the signed string, and behind them.

use super::hypothesis::{Hypothesis, distinct, rank};
use crate::finding::codes;

/// Every separator but the right one, a space.
pub(super) fn separators() -> Vec<Hypothesis> {
    let ways = [
        ("\n", rank::COMMON, "newlines"),
        ("", rank::COMMON, "nothing"),
        (":", rank::COMMON, "colons"),
        ("\r\n", rank::RARE, "CR and LF"),
        ("\t", rank::RARE, "tabs"),
        ("|", rank::RARE, "bars"),
        (",", rank::RARE, "commas"),
        (", ", rank::RARE, "commas and spaces"),
        (";", rank::RARE, "semicolons"),
        (".", rank::RARE, "points"),
        ("&", rank::RARE, "ampersands"),
        ("  ", rank::RARE, "two spaces"),
    ];
    let ways = ways.map(|(text, rank, what)| {
        let said = format!("the parts are joined by {what} instead of a space");
        Hypothesis::new(&codes::SEPARATORS, rank, text, said)
    });
    distinct(b" ", ways.into())
}

/// Everything that may stand at the end, but the right nothing.
pub(super) fn ends() -> Vec<Hypothesis> {
    let ways = [
        ("\n", rank::COMMON, "a newline"),
        ("\r\n", rank::RARE, "CR and LF"),
        (" ", rank::RARE, "a space"),
        ("\0", rank::RARE, "a zero byte"),
    ];
    let ways = ways.map(|(text, rank, what)| {
        let said = format!("{what} is signed behind the digest");
        Hypothesis::new(&codes::STRING_END, rank, text, said)
    });
    distinct(b"", ways.into())
}
