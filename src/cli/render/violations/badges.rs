//! What is wrong with an entity that was delivered or sent, beside other things: the first few, each on a line.

use std::cmp::Reverse;

use crate::cli::ui::{Painter, escape, redact};
use crate::entity::Violation;

/// How many violations of one entity are shown.
const SHOWN: usize = 5;

/// How much of each, in characters.
const LENGTH: usize = 400;

/// The first few of the worst violations, safe for a terminal, and how many more there are; `untold` is how many of those were not kept.
pub fn badges(violations: &[Violation], untold: usize, paint: Painter) -> Vec<String> {
    let mut chosen: Vec<_> = violations.iter().collect();
    if chosen.len() > SHOWN {
        chosen.sort_by_key(|violation| Reverse(violation.level));
        chosen.truncate(SHOWN);
        chosen.sort_by_key(|violation| violation.span.start);
    }
    let mut lines: Vec<_> = chosen
        .into_iter()
        .map(|violation| {
            let mut message = violation.finding().message;
            if let Some((end, _)) = message.char_indices().nth(LENGTH) {
                message.truncate(end);
                message.push('…');
            }
            let message = escape(&redact(&message)).into_owned();
            format!("{}: {message} ({})", paint.level(violation.level), violation.code.id)
        })
        .collect();
    let more = violations.len().saturating_sub(SHOWN) + untold;
    if more > 0 {
        lines.push(format!("and {more} more: `versia-cli validate` tells all"));
    }
    lines
}
