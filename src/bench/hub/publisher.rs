//! One publisher: by POSTs, by calls of RPC, or in a session of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, Uri};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::ledger::Ledger;
use super::mark::Marks;
use super::plan::{HubPlan, Language, Road};
use super::subscriber::session;
use crate::bench::arrivals::Arrivals;
use crate::bench::content::headers;
use crate::bench::http::{Line, Outgoing, REST};
use crate::bench::outcome::{Failure, LoadError};
use crate::bench::tally::SharedTally;
use crate::bench::websocket;
use crate::client::goridge::{Caller, RpcAddress, RpcError, RpcVerdict};
use crate::client::websocket::Socket;
use crate::protocol::roadrunner::{self, Codec, Wire};
use crate::protocol::wsify::{self, Command};

/// A publisher.
pub(super) struct Publisher {
    plan: Arc<HubPlan>,
    marks: Arc<Marks>,
    connection: Connection,
}

enum Connection {
    Post(Box<Poster>),
    Rpc(Option<Caller>),
    Session(Option<Box<Socket>>),
}

struct Poster {
    line: Line,
    uri: Uri,
    headers: HeaderMap,
}

/// What publishing came to.
pub(super) enum Published {
    /// An answer of this status.
    Answer(u16),
    /// It was done.
    Done,
    /// It was written out, and no answer comes.
    Written,
    /// It failed.
    Failed(Failure),
}

impl Publisher {
    /// Opens a publisher's connection.
    ///
    /// # Errors
    /// When the hub cannot be reached.
    pub(super) async fn open(plan: &HubPlan, marks: &Arc<Marks>) -> Result<Self, LoadError> {
        let connection = match &plan.road {
            Road::Post(url) => {
                let own = [(CONTENT_TYPE, wsify::CONTENT_TYPE)];
                let (headers, _) = headers(url, plan.dialer.options(), &own).map_err(LoadError::Connect)?;
                let uri = url.target().parse();
                let uri = uri.map_err(|_| LoadError::Plan("the target cannot stand in a request"))?;
                let line = Line::open(Arc::clone(&plan.dialer), url.origin().clone()).await?;
                Connection::Post(Box::new(Poster { line, uri, headers }))
            }
            Road::Rpc(address, _) => {
                Connection::Rpc(Some(call(address, plan).await.map_err(LoadError::Rpc)?))
            }
            Road::Session => Connection::Session(Some(Box::new(session(plan).await?))),
        };
        Ok(Publisher { plan: Arc::new(plan.clone()), marks: Arc::clone(marks), connection })
    }

    /// Publishes before the start.
    ///
    /// # Errors
    /// When the hub does not take it.
    pub(super) async fn probe(&mut self, number: u64) -> Result<(), LoadError> {
        match self.publish(number, Instant::now()).await {
            Published::Answer(status) if !(200..300).contains(&status) => {
                Err(LoadError::NotTaken(format!("it answers {status}")))
            }
            Published::Failed(Failure::NotDone) => Err(LoadError::NotTaken("its reply says no".to_owned())),
            Published::Failed(failure) => Err(LoadError::NotTaken(failure.name().replace('_', " "))),
            Published::Answer(_) | Published::Done | Published::Written => Ok(()),
        }
    }

    /// Publishes until there is nothing more to publish.
    pub(super) async fn drive(
        mut self,
        arrivals: &Arrivals,
        ledger: &Ledger,
        publications: &SharedTally,
        waits: bool,
    ) {
        while let Some(due) = arrivals.next().await {
            let publication = publications.start(due);
            let all_came = Arc::new(Notify::new());
            let number = ledger.begin(due, Arc::clone(&all_came));
            match self.publish(number, publication.begun()).await {
                Published::Done => publication.done(),
                Published::Written => publication.unconfirmed(),
                Published::Answer(status) => {
                    publication.answered(status);
                    if !(200..300).contains(&status) {
                        ledger.give_up(number, Failure::NotPublished);
                    }
                }
                Published::Failed(failure) => {
                    publication.failed(failure);
                    // After any other failure the hub may have taken it all the same.
                    if failure.is_of_connecting() || failure == Failure::NotDone {
                        ledger.give_up(number, Failure::NotPublished);
                    }
                    if failure.is_of_connecting() {
                        tokio::time::sleep(REST).await;
                    }
                }
            }
            if waits && limited(self.plan.timeout(), all_came.notified()).await.is_none() {
                ledger.give_up(number, Failure::Lost);
            }
        }
        if let Connection::Session(Some(mut socket)) = self.connection {
            // The hub may be gone, which is nothing to be told of here.
            let _ = socket.send(Frame::Close(None)).await;
        }
    }

    async fn publish(&mut self, number: u64, begun: Instant) -> Published {
        let content = self.marks.write(number);
        let (plan, limit) = (Arc::clone(&self.plan), self.plan.timeout());
        match &mut self.connection {
            Connection::Post(poster) => poster.publish(broadcast(&plan, content), begun).await,
            Connection::Rpc(caller) => {
                let published = limited(limit, by_rpc(&plan, caller, content)).await;
                if published.is_none() {
                    *caller = None;
                }
                published.unwrap_or(Published::Failed(Failure::TimedOut))
            }
            Connection::Session(socket) => {
                let published = limited(limit, in_session(&plan, socket, content)).await;
                let published = published.unwrap_or(Published::Failed(Failure::TimedOut));
                if let Published::Failed(_) = published {
                    *socket = None;
                }
                published
            }
        }
    }
}

impl Poster {
    async fn publish(&mut self, publication: wsify::Publication, begun: Instant) -> Published {
        let Ok(body) = publication.write() else { return Published::Failed(Failure::NotDone) };
        let mut request: Outgoing = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        match self.line.send(request, begun).await {
            Ok(status) => Published::Answer(status),
            Err(failure) => Published::Failed(failure),
        }
    }
}

fn broadcast(plan: &HubPlan, content: String) -> wsify::Publication {
    wsify::Publication { channel: plan.topic.clone(), content }
}

async fn call(address: &RpcAddress, plan: &HubPlan) -> Result<Caller, RpcError> {
    Caller::open(address, plan.dialer.options()).await
}

async fn by_rpc(plan: &HubPlan, caller: &mut Option<Caller>, content: String) -> Published {
    let Road::Rpc(address, codec) = &plan.road else { return Published::Failed(Failure::NotDone) };
    let mut open = match caller.take() {
        Some(open) => open,
        None => match call(address, plan).await {
            Ok(open) => open,
            Err(error) => return Published::Failed(rpc_failure(&error)),
        },
    };
    match by_call(plan, &mut open, *codec, content).await {
        Ok(RpcVerdict::Done) => {
            *caller = Some(open);
            Published::Done
        }
        Ok(RpcVerdict::NotOk | RpcVerdict::Failed(_)) => {
            *caller = Some(open);
            Published::Failed(Failure::NotDone)
        }
        Err(error) => Published::Failed(rpc_failure(&error)),
    }
}

async fn by_call(
    plan: &HubPlan,
    caller: &mut Caller,
    codec: Codec,
    content: String,
) -> Result<RpcVerdict, RpcError> {
    let (wire, broker) = match &plan.language {
        Language::RoadRunner { wire, broker } => (*wire, broker.clone()),
        Language::Wsify => (Wire::default(), None),
    };
    let method = roadrunner::Method { wire, is_async: false };
    let published =
        roadrunner::Publication { broker, topics: vec![plan.topic.clone()], payload: content.into_bytes() };
    caller.publish(method, codec, &[published]).await
}

fn rpc_failure(error: &RpcError) -> Failure {
    match error {
        RpcError::Dial(error) => Failure::connecting(error),
        RpcError::Socket(_, error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            Failure::Refused
        }
        RpcError::Socket(..) => Failure::Connect,
        RpcError::TimedOut { .. } => Failure::TimedOut,
        RpcError::Closed(_) => Failure::Closed,
        RpcError::Broken(_, error) => crate::bench::http::io_failure(error),
        RpcError::Unsendable(_) => Failure::NotDone,
        RpcError::NotGoridge(..) | RpcError::NotRpc(..) | RpcError::AnotherCall(..) | RpcError::Body(..) => {
            Failure::NotAnAnswer
        }
    }
}

async fn in_session(plan: &HubPlan, socket: &mut Option<Box<Socket>>, content: String) -> Published {
    let mut open = match socket.take() {
        Some(open) => open,
        None => match session(plan).await {
            Ok(open) => Box::new(open),
            Err(LoadError::Connect(error)) => {
                return Published::Failed(crate::bench::http::connecting(&error));
            }
            Err(_) => return Published::Failed(Failure::Connect),
        },
    };
    // Pings are answered on the way, and a Close is seen.
    while let Some(frame) = open.next().now_or_never() {
        match frame {
            Some(Ok(Frame::Close(_))) | None => return Published::Failed(Failure::Closed),
            Some(Err(error)) => return Published::Failed(websocket::failure(error)),
            Some(Ok(_)) => {}
        }
    }
    let Ok(text) = Command::Broadcast(broadcast(plan, content)).write() else {
        return Published::Failed(Failure::NotDone);
    };
    match open.send(Frame::text(text)).await {
        Ok(()) => {
            *socket = Some(open);
            Published::Written
        }
        Err(error) => Published::Failed(websocket::failure(error)),
    }
}

/// What comes of the work in this time; zero is no limit.
async fn limited<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Duration::ZERO => Some(work.await),
        limit => tokio::time::timeout(limit, work).await.ok(),
    }
}
