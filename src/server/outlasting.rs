//! Work that outlasts whoever waits for it: a delivery whose sender hangs up is verified and told of all the same.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::runtime::Handle;

use super::app::BoxFuture;

/// Whether somebody still waits for a piece of work.
#[derive(Debug, Clone, Default)]
pub(super) struct Awaited(Arc<AtomicBool>);

impl Awaited {
    /// Whether whoever waited has gone.
    pub(super) fn is_no_more(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A future that runs in its place like any other, and in a task of its own once it is dropped unfinished.
pub(super) struct Outlasting<T: Send + 'static> {
    work: Option<BoxFuture<T>>,
    awaited: Awaited,
}

impl<T: Send + 'static> Outlasting<T> {
    /// Work that can ask `awaited` whether its result is still wanted.
    pub(super) fn new(work: BoxFuture<T>, awaited: Awaited) -> Self {
        Outlasting { work: Some(work), awaited }
    }
}

impl<T: Send + 'static> Future for Outlasting<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            self.work = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Outlasting<T> {
    fn drop(&mut self) {
        if let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) {
            self.awaited.0.store(true, Ordering::Release);
            runtime.spawn(work);
        }
    }
}
