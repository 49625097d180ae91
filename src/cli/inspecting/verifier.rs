//! Saying for the inspector what signatures are worth, where no instance of this program does.

use std::sync::Arc;

use crate::cli::AMBIENT;
use crate::inspector::Verifier;
use crate::protocol::record::Record;
use crate::protocol::versia::{Checked, NothingToVerify};
use crate::server::{BoxFuture, Judge};

/// Verifies with the keys that a judge knows or fetches.
pub struct Judging(pub Arc<Judge>);

impl Verifier for Judging {
    fn verify(&self, record: Record) -> BoxFuture<Result<Vec<Checked>, NothingToVerify>> {
        let judge = Arc::clone(&self.0);
        Box::pin(async move {
            let own_time = record.at_seconds().ok().flatten();
            judge.explain(&record, own_time.unwrap_or_else(|| AMBIENT.now_seconds())).await
        })
    }
}
