//! A port beside a server's own, with routes of its own: what looks at the server, and is no part of it. Nothing of it is
//! recorded, and no fault befalls it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::listener::Bound;

/// How many connections may be open.
const MAX_CONNECTIONS: usize = 128;

/// How long a head may take to come, and a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(60);

/// How long the loop waits when the system has no room for a connection.
const BREATH: Duration = Duration::from_millis(50);

/// Answers HTTP/1.1 with a router until `shutdown` is ready. Connections that are open then are closed: what streams to a
/// page has no end of its own.
pub async fn run_beside(bound: Bound, router: Router, shutdown: impl Future<Output = ()>) {
    let listener = bound.listener;
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => return,
            accepted = async {
                // The semaphore is never closed.
                let place = Arc::clone(&room).acquire_owned().await.ok();
                listener.accept().await.map(|(tcp, _)| (tcp, place))
            } => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Ok((tcp, place)) = accepted else {
            sleep(BREATH).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        connections.spawn(async move {
            let _place = place;
            // What is written is small: an event is seen when it is sent.
            let _ = tcp.set_nodelay(true);
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
            // A page that goes away in the middle of an answer is no trouble of anybody's.
            let _ = builder.serve_connection(TokioIo::new(tcp), service).await;
        });
    }
}
