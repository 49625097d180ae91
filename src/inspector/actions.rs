//! What can be done from the page: replay, post, follow and answer, make things go wrong.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::{Refusal, json};
use super::{Inspector, ReplayOrder, Shared};
use crate::server::{Control, Fault};

/// `POST /api/replay`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    /// The record, as lists name it.
    id: String,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    sign: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Follow {
    who: String,
    whom: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    id: String,
    accept: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFault {
    fault: String,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::bad(format!("the body is not what this takes: {error}")))
}

impl Inspector {
    fn control(&self) -> Result<&Control, Refusal> {
        self.setup.control.as_ref().ok_or_else(|| {
            Refusal::not_found("there is no instance here")
                .hint("`versia-cli serve` runs one; this only records")
        })
    }
}

pub(super) async fn replay(State(inspector): Shared, body: Bytes) -> Result<Response, Refusal> {
    let Replay { id, to, body, sign } = read(&body)?;
    let replayer = inspector.setup.replayer.as_ref();
    let replayer = replayer.ok_or_else(|| Refusal::not_found("nothing here can replay"))?;
    let (_, record) = inspector.find(&id).await?;
    let to = to.or_else(|| inspector.destination(&record));
    let mut record = replayer.replay(ReplayOrder { record, to, body, sign }).await?;
    record.hide_secrets();
    Ok(json(&json!({ "record": record })))
}

pub(super) async fn instance(State(inspector): Shared) -> Result<Response, Refusal> {
    let control = inspector.control()?;
    Ok(json(&json!({
        "overview": control.overview(),
        "follows": control.follows(),
        "faults": control.faults().list(),
    })))
}

pub(super) async fn post(State(inspector): Shared, body: Bytes) -> Result<Response, Refusal> {
    let entity: Value = read(&body)?;
    Ok(json(&inspector.control()?.post(entity).await?))
}

pub(super) async fn follows(State(inspector): Shared) -> Result<Response, Refusal> {
    Ok(json(&json!({ "follows": inspector.control()?.follows() })))
}

pub(super) async fn follow(State(inspector): Shared, body: Bytes) -> Result<Response, Refusal> {
    let Follow { who, whom } = read(&body)?;
    Ok(json(&inspector.control()?.follow(&who, &whom).await?))
}

pub(super) async fn unfollow(State(inspector): Shared, body: Bytes) -> Result<Response, Refusal> {
    let Follow { who, whom } = read(&body)?;
    Ok(json(&inspector.control()?.unfollow(&who, &whom).await?))
}

pub(super) async fn answer(State(inspector): Shared, body: Bytes) -> Result<Response, Refusal> {
    let Answered { id, accept } = read(&body)?;
    Ok(json(&inspector.control()?.answer(&id, accept).await?))
}

pub(super) async fn faults(State(inspector): Shared) -> Result<Response, Refusal> {
    Ok(json(&json!({ "faults": inspector.control()?.faults().list() })))
}

pub(super) async fn add_fault(State(inspector): Shared, body: Bytes) -> Result<Response, Refusal> {
    let NewFault { fault } = read(&body)?;
    let faults = inspector.control()?.faults();
    let fault: Fault = fault
        .parse()
        .map_err(|error: crate::server::FaultError| Refusal::bad(error.to_string()).hint(error.hint()))?;
    Ok(json(&json!({ "id": faults.add(fault), "faults": faults.list() })))
}

pub(super) async fn remove_fault(State(inspector): Shared, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let faults = inspector.control()?.faults();
    if faults.remove(id) {
        return Ok(json(&json!({ "faults": faults.list() })));
    }
    Err(Refusal::not_found(format!("there is no fault {id}, or not any more")))
}

pub(super) async fn clear_faults(State(inspector): Shared) -> Result<Response, Refusal> {
    inspector.control()?.faults().clear();
    Ok(json(&json!({ "faults": [] })))
}
