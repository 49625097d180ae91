//! A collection page by page, with `offset` and `limit`. What the total says is compared, and not relied on. See
//! <https://versia.pub/structures/collection>.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::{Pages, Role, Step, Walk, body_of};
use crate::discovery::place::Place;
use crate::finding::{Finding, codes};

/// The most items that a page may have.
const LARGEST: u64 = 40;

/// How far the reading is.
struct Reading {
    /// Where the next page begins.
    offset: u64,
    /// How many items came.
    count: u64,
    /// How many are wanted.
    wanted: u64,
    /// How many are asked for at a time.
    limit: u64,
    /// What the first page said of how many there are.
    total: Option<u64>,
    /// What items have come.
    seen: HashSet<u64>,
    /// The codes that were told already: each is told once for a collection.
    told: HashSet<&'static str>,
}

/// What a page brought.
struct Page {
    items: usize,
    new: usize,
    total: Option<u64>,
}

impl<E> Walk<'_, '_, E> {
    /// Reads a collection from where its address says to its end, or as many items as are wanted.
    pub(super) fn pages(&mut self, place: Place) -> Result<(), E> {
        let parameters = Parameters::read(place.url.target());
        let mut reading = Reading {
            offset: parameters.offset.unwrap_or(0),
            count: 0,
            wanted: match self.plan.pages {
                Pages::First(count) => count,
                _ => u64::MAX,
            },
            limit: parameters.limit.filter(|limit| *limit > 0).unwrap_or(LARGEST),
            total: None,
            seen: HashSet::new(),
            told: HashSet::new(),
        };
        let mut role = Role::Named;
        loop {
            let limit = reading.limit.min(reading.wanted - reading.count).max(1);
            let Some(page_place) = place.with_target(&parameters.written(reading.offset, limit)) else {
                return Ok(());
            };
            if role != Role::Named && self.wants_pause(&page_place)? {
                return Ok(());
            }
            let Some(exchanged) = self.ask(page_place)? else { return Ok(()) };
            let (_, exchanged) =
                if role == Role::Named { self.spell(role, exchanged)? } else { (role, exchanged) };
            let answers = exchanged.outcome.as_ref().is_ok_and(|answer| answer.is_document());
            let page = if answers { reading.take(body_of(&exchanged)) } else { None };
            let left = reading.wanted - reading.count;
            let take =
                page.as_ref().map_or(0, |page| usize::try_from(left).unwrap_or(usize::MAX).min(page.items));
            self.take_up(&exchanged, 0)?;
            (self.tell)(Step::Exchanged(Role::Page { take }, Box::new(exchanged)))?;
            role = Role::Page { take };
            let Some(page) = page else { return Ok(()) };
            for finding in reading.judge(&page, limit) {
                self.said(finding)?;
            }
            if reading.is_over(&page) {
                return Ok(());
            }
        }
    }
}

impl Reading {
    /// What is in a page; `None` when it is no collection.
    fn take(&mut self, body: &[u8]) -> Option<Page> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let items = value.get("items")?.as_array()?;
        let new = items.iter().filter(|item| self.seen.insert(hashed(item))).count();
        Some(Page { items: items.len(), new, total: value.get("total").and_then(Value::as_u64) })
    }

    /// Counts a page, and says what is wrong with it.
    fn judge(&mut self, page: &Page, limit: u64) -> Vec<Finding> {
        let items = page.items as u64;
        let first = self.total.is_none();
        let before = *self.total.get_or_insert(page.total.unwrap_or_default());
        self.offset = self.offset.saturating_add(items);
        self.count = (self.count + items).min(self.wanted);
        let mut found = Vec::new();
        if items > limit {
            let message = format!("a page has {items} items, and {limit} were asked for");
            found.push(Finding::new(&codes::PAGE_TOO_LONG, message));
        }
        if items > 0 && page.new == 0 {
            let message = format!("the page from offset {} on has nothing new", self.offset - items);
            found.push(Finding::new(&codes::COLLECTION_REPEATS, message));
        } else if !first && page.total.is_some_and(|total| total != before) {
            let now = page.total.unwrap_or_default();
            let message = format!("the total was {before} on the first page, and is {now} on another");
            found.push(Finding::new(&codes::COLLECTION_TOTAL_WRONG, message));
        } else if items == 0 && self.offset < before {
            let message = format!("the total is {before}, and there are {} items", self.offset);
            found.push(Finding::new(&codes::COLLECTION_TOTAL_WRONG, message));
        } else if self.offset > before {
            let message = format!("the total is {before}, and there are at least {} items", self.offset);
            found.push(Finding::new(&codes::COLLECTION_TOTAL_WRONG, message));
        }
        found.retain(|finding| self.told.insert(finding.code.id));
        found
    }

    /// A page that is as long as the total says is the last one; where the total is wrong, an empty one is.
    fn is_over(&self, page: &Page) -> bool {
        page.items == 0 || page.new == 0 || self.count >= self.wanted || Some(self.offset) == self.total
    }
}

fn hashed(item: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    item.to_string().hash(&mut hasher);
    hasher.finish()
}

/// The target of a collection, with what its query says of the pages.
struct Parameters {
    /// The target without `offset` and `limit`.
    rest: String,
    offset: Option<u64>,
    limit: Option<u64>,
}

impl Parameters {
    fn read(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (mut offset, mut limit, mut others) = (None, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("offset", value)) => offset = value.parse().ok(),
                Some(("limit", value)) => limit = value.parse().ok(),
                _ => others.push(pair),
            }
        }
        let others: String = others.iter().map(|pair| format!("{pair}&")).collect();
        Parameters { rest: format!("{path}?{others}"), offset, limit }
    }

    fn written(&self, offset: u64, limit: u64) -> String {
        format!("{}offset={offset}&limit={limit}", self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_at_the_end_of_all_numbers_ends_there() {
        let mut reading = Reading {
            offset: u64::MAX - 1,
            count: 0,
            wanted: u64::MAX,
            limit: LARGEST,
            total: None,
            seen: HashSet::new(),
            told: HashSet::new(),
        };
        let page = reading.take(br#"{"total":1,"items":["a","b","c"]}"#).unwrap();
        let codes: Vec<_> = reading.judge(&page, LARGEST).iter().map(|found| found.code.id).collect();
        assert_eq!((reading.offset, codes), (u64::MAX, vec![codes::COLLECTION_TOTAL_WRONG.id]));
    }

    #[test]
    fn the_query_says_where_to_begin_and_keeps_what_else_it_says() {
        let parameters = Parameters::read("/c?limit=5&x=y&offset=10");
        assert_eq!((parameters.offset, parameters.limit), (Some(10), Some(5)));
        assert_eq!(parameters.written(15, 5), "/c?x=y&offset=15&limit=5");
        assert_eq!(Parameters::read("/c").written(0, 40), "/c?offset=0&limit=40");
    }
}
