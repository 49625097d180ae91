//! Lists of records, a page at a time.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::json;

use super::answer::{Refusal, json};
use super::query::Query;
use super::{Inspector, Shared};
use crate::protocol::outline::{Filter, Outline};
use crate::protocol::record::{Protocol, without_secrets};
use crate::store::records::Page;

/// How many records a page has, unless it says otherwise, and at most.
const DEFAULT: u64 = 100;
const MOST: u64 = 1_000;

/// How many bytes of messages are read at once, unless one alone has more.
const BYTES_AT_ONCE: u64 = 16 << 20;

/// How many of these records are read at once, of which each may be large: one at least.
pub(super) fn fitting(outlines: &[(u64, Outline)]) -> usize {
    let mut bytes = 0_u64;
    let fits = |(_, outline): &&(u64, Outline)| {
        bytes = bytes.saturating_add(outline.size);
        bytes <= BYTES_AT_ONCE
    };
    outlines.iter().take_while(fits).count().max(1)
}

/// A record as lists have it.
#[derive(Serialize)]
pub(super) struct Listed {
    number: u64,
    #[serde(flatten)]
    outline: Outline,
}

impl From<(u64, Outline)> for Listed {
    fn from((number, outline): (u64, Outline)) -> Self {
        Listed { number, outline: masked(outline) }
    }
}

/// The outline without the keys and tokens that some protocols have in their targets.
pub(super) fn masked(mut outline: Outline) -> Outline {
    if outline.protocol != Protocol::Versia
        && let Some(target) = &mut outline.target
    {
        *target = without_secrets(target).into_owned();
    }
    outline
}

/// `GET /api/records`: the newest first, or what came after a number, the oldest first. `count=true` counts all that the filter
/// wants; `newest` is the number of the newest record of all.
pub(super) async fn list(State(inspector): Shared, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let mut query = Query::of(query.as_deref());
    let (before, after) = (query.number("before")?, query.number("after")?);
    let skip = query.number("offset")?.unwrap_or_default();
    let limit = query.number("limit")?.unwrap_or(DEFAULT).clamp(1, MOST);
    let counts = query.take("count").is_some_and(|value| value == "true");
    let filter = query.filter(inspector.now())?;
    let records = &inspector.setup.records;
    // Asked for first: what comes meanwhile is told as new, and not listed twice.
    let newest = inspector.newest().await?;
    let total = match counts {
        true => Some(records.count(filter.clone()).await?),
        false => None,
    };
    let page = Page {
        before: before.or((after.is_none() && counts).then_some(newest + 1)),
        after,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        newest_first: after.is_none(),
    };
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let listed: Vec<Listed> =
        records.list_behind(skip, filter, page).await?.into_iter().map(Listed::from).collect();
    Ok(json(&json!({ "records": listed, "total": total, "newest": newest })))
}

impl Inspector {
    pub(super) fn now(&self) -> u64 {
        (self.setup.ambient.now_millis)()
    }

    /// The number of the newest record; 0 where there is none.
    pub(super) async fn newest(&self) -> Result<u64, Refusal> {
        let newest = self.setup.records.list(Filter::default(), Page::newest(1)).await?;
        Ok(newest.first().map_or(0, |(number, _)| *number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::record::Record;

    #[test]
    fn large_records_are_read_one_by_one_and_small_ones_together() {
        let of = |sizes: &[u64]| {
            let empty = Outline::of(&Record::default());
            let outlines = sizes.iter().map(|size| (1, Outline { size: *size, ..empty.clone() }));
            fitting(&outlines.collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), 1);
        assert_eq!(of(&[10; 500]), 500);
        assert_eq!(of(&[u64::MAX, 1]), 1);
        assert_eq!(of(&[6 << 20; 10]), 2);
    }
}
