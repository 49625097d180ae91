//! Queries of the API: the filter that they say, and what else is in them.

use percent_encoding::percent_decode_str;

use super::answer::Refusal;
use crate::protocol::outline::Filter;

/// A query, in pairs.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query. What is not UTF-8 under its percent-encoding is replaced.
    pub(super) fn of(text: Option<&str>) -> Self {
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Query(pairs.collect())
    }

    /// Takes what has this name out of the query: the last, where there are several.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().rposition(|(one, _)| one == name)?;
        let (_, value) = self.0.remove(at);
        self.0.retain(|(one, _)| one != name);
        Some(value)
    }

    /// Takes a whole number out of the query.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.take(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Refusal::bad(format!("{name} is no whole number: {text:?}")))
    }

    /// The rest, as a filter.
    ///
    /// # Errors
    /// When there is no such filter, or it does not take its value.
    pub(super) fn filter(self, now_millis: u64) -> Result<Filter, Refusal> {
        let mut filter = Filter::default();
        for (name, value) in &self.0 {
            filter.set(name, value, now_millis).map_err(|error| Refusal::bad(error.to_string()))?;
        }
        Ok(filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_no_part_of_the_filter() {
        let mut query = Query::of(Some("type=Note,Like&limit=5&text=a%20b+c&limit=7"));
        assert_eq!(query.number("limit").unwrap(), Some(7));
        let filter = query.filter(0).unwrap();
        assert_eq!(filter.types, ["Note", "Like"]);
        assert_eq!(filter.text.as_deref(), Some("a b c"));
        for wrong in ["limit=5", "nonsense=1", "status=abc", "since=soon"] {
            assert_eq!(
                Query::of(Some(wrong)).filter(0).map_err(|refusal| refusal.status),
                Err(400),
                "{wrong}"
            );
        }
        assert!(Query::of(Some("after=x")).number("after").is_err());
    }
}
