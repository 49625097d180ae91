//! Documents made ready to be sent, on threads of their own: read, looked up in the journal, signed.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc::{Receiver, channel};

use super::message::{Unsendable, unsigned};
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
    /// Its message; `None` when that has to be signed or composed anew. When it is not signed, it is the document itself, which has no
    /// body besides.
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

/// Documents that came at once.
pub(super) type ReadyBlock<E> = Box<dyn Iterator<Item = Prepared<E>> + Send>;

/// On which threads documents are made ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// On none: reading never waits, and there is nothing to sign, or only one.
    None,
    /// On one that waits for the input.
    Reading,
    /// On one that waits for the input, and so many that sign.
    Signing(NonZeroUsize),
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
    /// Whether another protocol than Versia is spoken: messages are composed when they are handed to a session.
    pub(super) speaks: bool,
}

impl Preparer {
    /// Signs a document anew.
    pub(super) fn sign_again(&self, ready: &mut Ready) -> Result<(), Unsendable> {
        ready.signed_at = self.ambient.now_seconds();
        ready.text = Some(self.composer.message(&ready.item.body, ready.signed_at)?);
        Ok(())
    }

    /// Whether messages are signed, so that they grow stale.
    pub(super) fn signs(&self) -> bool {
        self.composer.signer.is_some()
    }

    fn prepare<E>(&self, document: Result<Item, E>) -> Prepared<E> {
        let mut item = match document {
            Ok(item) => item,
            Err(why) => return Prepared::Unreadable(why),
        };
        match self.history.judge(&item) {
            Judged::Done(answer) => return Prepared::Skipped(item.ordinal, answer),
            Judged::Changed => return Prepared::Changed(item.place),
            Judged::Due => {}
        }
        let digest = self.journaling.then(|| Box::new(item.digest()));
        let (signed_at, text) = if self.speaks {
            (0, unsigned(item.body.clone()).map(|_| None))
        } else if self.signs() {
            let now = self.ambient.now_seconds();
            (now, self.composer.message(&item.body, now).map(Some))
        } else {
            (0, unsigned(std::mem::take(&mut item.body)).map(Some))
        };
        match text {
            Ok(text) => Prepared::Ready(Ready {
                digest,
                item,
                text,
                signed_at,
                reached: Reached::Nothing,
                first_record: None,
            }),
            Err(why) => Prepared::Unsendable(item.ordinal, item.place, why),
        }
    }

    /// The documents, made ready: by so many threads, or by one that only reads, or by the caller where reading never
    /// waits. Nobody waits for the threads: an input that nothing comes from must not keep a run that was stopped.
    pub(super) fn start<E, I>(self: Arc<Self>, blocks: I, threads: Threads) -> Documents<E>
    where
        E: Send + 'static,
        I: Iterator<Item = Vec<Result<Item, E>>> + Send + 'static,
    {
        if threads == Threads::None {
            return Documents::Here(Box::new(blocks.map(move |block| self.one_by_one(block))));
        }
        let (sender, receiver) = channel(READY);
        let thread = thread::spawn(move || {
            let hand_on = |block| sender.blocking_send(block).is_ok();
            let _ = match threads {
                Threads::Signing(threads) => {
                    let prepare = move |block| self.at_once(block);
                    Ordered::start(blocks, threads, prepare).all(hand_on)
                }
                Threads::None | Threads::Reading => {
                    blocks.map(|block| Arc::clone(&self).one_by_one(block)).all(hand_on)
                }
            };
        });
        Documents::There(receiver, Some(thread))
    }

    /// A block whose documents are made ready as they are wanted.
    fn one_by_one<E: Send + 'static>(self: &Arc<Self>, block: Vec<Result<Item, E>>) -> ReadyBlock<E> {
        let preparer = Arc::clone(self);
        Box::new(block.into_iter().map(move |document| preparer.prepare(document)))
    }

    /// A block whose documents are made ready now.
    fn at_once<E: Send + 'static>(&self, block: Vec<Result<Item, E>>) -> ReadyBlock<E> {
        let prepared: Vec<_> = block.into_iter().map(|document| self.prepare(document)).collect();
        Box::new(prepared.into_iter())
    }
}

/// Documents of a run that come one after the other.
pub(super) enum Documents<E> {
    /// They are read as they are wanted.
    Here(Box<dyn Iterator<Item = ReadyBlock<E>> + Send>),
    /// They come from a thread of their own.
    There(Receiver<ReadyBlock<E>>, Option<JoinHandle<()>>),
}

impl<E> Documents<E> {
    /// Waits for the next block.
    ///
    /// # Panics
    /// When the thread panicked: the panic goes on in the caller.
    pub(super) async fn next(&mut self) -> Option<ReadyBlock<E>> {
        match self {
            Documents::Here(blocks) => blocks.next(),
            Documents::There(receiver, thread) => {
                let block = receiver.recv().await;
                if block.is_none()
                    && let Some(Err(panic)) = thread.take().map(JoinHandle::join)
                {
                    std::panic::resume_unwind(panic);
                }
                block
            }
        }
    }
}
