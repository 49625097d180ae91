//! Sending again for the inspector what it is asked to.

use std::sync::Arc;

use crate::cli::AMBIENT;
use crate::cli::replaying::Replayer as Sender;
use crate::delivery::replay::{Destination, Prepared, Replay, ReplayError, prepare};
use crate::inspector::{Refused, ReplayOrder, Replayer};
use crate::protocol::record::{Bytes, Record};
use crate::server::BoxFuture;
use crate::store::Records;

/// Sends, and keeps what passed.
struct Replaying {
    sender: Sender,
    records: Records,
    /// Where this server is reached, whose certificate needs no proof here.
    own_url: String,
}

/// What sends again, as the inspector takes it.
pub(super) fn handed_in(sender: Sender, records: Records, own_url: String) -> Arc<dyn Replayer> {
    Arc::new(Replaying { sender, records, own_url })
}

impl Replayer for Replaying {
    fn signs(&self) -> bool {
        self.sender.signer.is_some()
    }

    fn replay(&self, order: ReplayOrder) -> BoxFuture<Result<Record, Refused>> {
        let (mut sender, records) = (self.sender.clone(), self.records.clone());
        let here = order.to.as_ref().and_then(|to| to.strip_prefix(&self.own_url));
        if here.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            sender.options.insecure = true;
        }
        Box::pin(async move {
            let sent = tokio::task::spawn_blocking(move || send(&sender, order)).await;
            let passed = sent.map_err(|_| refused("sending it again was broken off"))??;
            for record in &passed {
                let kept = records.appended(record).await;
                kept.map_err(|error| refused(format!("it was sent, and is not kept: {error}")))?;
            }
            // What was sent stands before what came back, and behind the handshake of a session.
            let told = passed.iter().find(|record| record.frame.is_some()).or(passed.first());
            told.cloned().ok_or_else(|| refused("nothing was sent"))
        })
    }
}

fn send(sender: &Sender, order: ReplayOrder) -> Result<Vec<Record>, Refused> {
    let ReplayOrder { mut record, to, body, sign } = order;
    if let Some(body) = body {
        change(&mut record, body.into());
    }
    let to = match to {
        Some(text) => Some(Destination::parse(&text, &[]).map_err(|error| Refused {
            what: format!("{text:?} is no address to send to: {error}"),
            hint: error.hint().map(Into::into),
        })?),
        None => None,
    };
    if sign && sender.signer.is_none() {
        return Err(Refused {
            what: "there is no key here to sign it anew with".to_owned(),
            hint: Some("send it as it was signed, or copy it as a versia-cli command".to_owned()),
        });
    }
    let signer = sender.signer.clone().filter(|_| sign);
    let replay = Replay { to, signer, ..Replay::default() };
    let plan = prepare(&record, &replay, AMBIENT.now_seconds()).map_err(|error| not_prepared(&error))?;
    match plan.prepared {
        Prepared::Exchange(request) => Ok(vec![sender.exchange(request).record]),
        Prepared::InSession(message) => {
            let held = sender.in_session(vec![message]).map_err(|_| refused("no session can be opened"))?;
            Ok(held.map(|held| held.records).unwrap_or_default())
        }
    }
}

/// Puts another body in the place of the record's own.
fn change(record: &mut Record, body: Bytes) {
    if let Some(frame) = &mut record.frame {
        frame.data = body;
    } else if let Some(request) = &mut record.request {
        request.body = body;
    }
}

fn refused(what: impl Into<String>) -> Refused {
    Refused { what: what.into(), hint: None }
}

fn not_prepared(error: &ReplayError) -> Refused {
    Refused { what: format!("this cannot be sent again: {error}"), hint: error.hint() }
}
