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
    /// Its message; `None` when that has to be made anew.
    pub(super) text: Option<Utf8Bytes>,
    /// When the message was signed, in Unix seconds; 0 when it is not signed.
    pub(super) signed_at: i64,
    /// Its digest, for the journal.
    pub(super) digest: Option<Box<BodyDigest>>,
    /// How far it came, in this session or one before.
    pub(super) reached: Reached,
    /// The name of its record when it went out first, where there are records.
    pub(super) first_record: Option<Box<str>>,
}

/// How far a document came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reached {
    /// Nowhere yet.
    Nothing,
    /// It was handed to a session, and is in the journal.
    Session,
    /// It went out, so that it may have arrived.
    Connection,
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
    /// Makes the message of a document anew.
    pub(super) fn make_again(&self, ready: &mut Ready) -> Result<(), Unsendable> {
        ready.signed_at = self.time_of_signing();
        ready.text = Some(self.composer.message(&ready.item.body, ready.signed_at)?);
        Ok(())
    }

    fn time_of_signing(&self) -> i64 {
        if self.signs() { self.ambient.now_seconds() } else { 0 }
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
            Judged::Done(answer) => return Prepared::Skipped(item.ordinal, answer),
            Judged::Changed => return Prepared::Changed(item.place),
            Judged::Due => {}
        }
        let signed_at = self.time_of_signing();
        match self.composer.message(&item.body, signed_at) {
            Ok(text) => Prepared::Ready(Ready {
                digest: self.journaling.then(|| Box::new(item.digest())),
                item,
                text: Some(text),
                signed_at,
                reached: Reached::Nothing,
                first_record: None,
            }),
            Err(why) => Prepared::Unsendable(item.ordinal, item.place, why),
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
