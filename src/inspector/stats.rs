//! What records have in common, and how many came when.

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::Shared;
use super::answer::{Refusal, json};
use super::query::Query;

/// `GET /api/stats`: what the records that a filter wants have in common.
pub(super) async fn stats(State(inspector): Shared, RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    let filter = Query::of(query.as_deref()).filter(inspector.now())?;
    Ok(json(&inspector.setup.records.summary(filter).await?))
}
