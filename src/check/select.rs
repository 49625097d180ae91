//! Which cases are meant.

use std::convert::Infallible;
use std::str::FromStr;

use super::case::{Case, Level};

/// A pattern for ids: `*` stands for anything, slashes included. Without a `*`, a whole id or the beginning of ids is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl FromStr for Pattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Pattern::from(text))
    }
}

impl From<&str> for Pattern {
    fn from(text: &str) -> Self {
        Pattern(text.trim_end_matches('/').to_owned())
    }
}

impl Pattern {
    /// Whether an id is meant.
    pub fn is_for(&self, id: &str) -> bool {
        if !self.0.contains('*') {
            return id
                .strip_prefix(self.0.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        }
        let mut parts = self.0.split('*');
        let Some(mut rest) = id.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let mut parts: Vec<_> = parts.collect();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

/// Which cases are meant.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these; all, where there are none.
    pub only: Vec<Pattern>,
    /// Not these.
    pub skip: Vec<Pattern>,
    /// Only what binds at least so much.
    pub level: Option<Level>,
}

impl Selection {
    /// Whether a case is meant.
    pub fn is_for(&self, case: &Case) -> bool {
        let has = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.is_for(case.id));
        (self.only.is_empty() || has(&self.only))
            && !has(&self.skip)
            && self.level.is_none_or(|level| case.level >= level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_ids() {
        let id = "signatures/get/no-signature";
        for (pattern, is_for) in [
            ("signatures", true),
            ("signatures/", true),
            ("signatures/get", true),
            ("signatures/ge", false),
            (id, true),
            ("*", true),
            ("*/get/*", true),
            ("*signature", true),
            ("sig*get*no-*ure", true),
            ("*post*", false),
            ("get*", false),
            ("*get", false),
        ] {
            assert_eq!(pattern.parse::<Pattern>().map(|it| it.is_for(id)), Ok(is_for), "{pattern}");
        }
    }
}
