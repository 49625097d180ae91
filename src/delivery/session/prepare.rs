//! Documents made ready to be sent, on threads of their own: read, looked up in the journal, signed.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc::{Receiver, channel};

use super::message::Unsendable;
use crate::client::websocket::Utf8Bytes;
use crate::delivery::http::Composer;
use crate::delivery::item::{BodyDigest, Item, Place};
use crate::delivery::journal::{Answer, History, Judged};
use crate::lines::Ordered;
use crate::protocol::Ambient;

/// How many blocks may be ready before they are wanted.
const READY: usize = 2;

/// A document that is ready to be sent.
pub(super) struct Ready {
    pub(super) item: Item,
    pub(super) text: Utf8Bytes,
    /// When it was signed, in Unix seconds.
    pub(super) signed_at: i64,
    /// Its digest, for the journal.
    pub(super) digest: Option<BodyDigest>,
    /// Whether it went out before, and has no receipt.
    pub(super) went_out: bool,
    /// The name of its record when it went out first, where there are records.
    pub(super) first_record: Option<String>,
}

/// What came of a document. `E` is why an input could not be read.
pub(super) enum Prepared<E> {
    /// It can be sent.
    Ready(Ready),
    /// It has its outcome; its ordinal comes with the answer.
    Skipped(u64, Answer),
    /// It is not the document that the journal knows.
    Changed(Place),
    /// It cannot be sent as a message; its ordinal comes first.
    Unsendable(u64, Place, Unsendable),
    /// There is none.
    Unreadable(E),
}

/// Makes documents ready.
pub(super) struct Preparer {
    pub(super) composer: Arc<Composer>,
    pub(super) history: Arc<History>,
    pub(super) ambient: Ambient,
    pub(super) journaling: bool,
}

impl Preparer {
    /// Makes a document ready that is to be sent.
    fn ready(&self, item: Item) -> Result<Ready, (Item, Unsendable)> {
        let signed_at = self.ambient.now_seconds();
        match self.composer.message(&item.body, signed_at) {
            Ok(text) => {
                let digest = self.journaling.then(|| item.digest());
                Ok(Ready { item, text, signed_at, digest, went_out: false, first_record: None })
            }
            Err(why) => Err((item, why)),
        }
    }

    /// Signs a document anew that was ready before.
    pub(super) fn sign_again(&self, ready: &mut Ready) {
        let signed_at = self.ambient.now_seconds();
        // What could be sent once can be sent again: only the signature's time is another one.
        if let Ok(text) = self.composer.message(&ready.item.body, signed_at) {
            (ready.text, ready.signed_at) = (text, signed_at);
        }
    }

    /// Whether messages are signed, so that they grow stale.
    pub(super) fn signs(&self) -> bool {
        self.composer.signer.is_some()
    }

    fn prepare<E>(&self, document: Result<Item, E>) -> Prepared<E> {
        let item = match document {
            Ok(item) => item,
            Err(why) => return Prepared::Unreadable(why),
        };
        match self.history.judge(&item) {
            Judged::Due => match self.ready(item) {
                Ok(ready) => Prepared::Ready(ready),
                Err((item, why)) => Prepared::Unsendable(item.ordinal, item.place, why),
            },
            Judged::Done(answer) => Prepared::Skipped(item.ordinal, answer),
            Judged::Changed => Prepared::Changed(item.place),
        }
    }

    /// Starts the threads. Nobody waits for them: an input that nothing comes from must not keep a run that was stopped.
    pub(super) fn start<E, I>(
        self: Arc<Self>,
        blocks: I,
        threads: NonZeroUsize,
    ) -> (Receiver<Vec<Prepared<E>>>, JoinHandle<()>)
    where
        E: Send + 'static,
        I: Iterator<Item = Vec<Result<Item, E>>> + Send + 'static,
    {
        let (sender, receiver) = channel(READY);
        let preparer = Arc::clone(&self);
        let prepare = move |block: Vec<Result<Item, E>>| -> Vec<Prepared<E>> {
            block.into_iter().map(|document| preparer.prepare(document)).collect()
        };
        let thread = thread::spawn(move || {
            let hand_on = |block| sender.blocking_send(block).is_ok();
            if self.signs() && threads > NonZeroUsize::MIN {
                let _ = Ordered::start(blocks, threads, prepare).all(hand_on);
            } else {
                let _ = blocks.map(prepare).all(hand_on);
            }
        });
        (receiver, thread)
    }
}
