//! What came over time.

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::Shared;
use super::answer::{Refusal, json};
use super::query::Query;

/// How many bars the chart has room for.
const BUCKETS: u64 = 80;

/// `GET /api/stats`: what a filter wants over time, with its verdicts and how long it took.
pub(super) async fn stats(State(inspector): Shared, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let filter = Query::of(query.as_deref()).filter(inspector.now())?;
    Ok(json(&inspector.setup.records.traffic(filter, BUCKETS).await?))
}
