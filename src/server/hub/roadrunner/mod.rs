//! RoadRunner's WebSockets: topics of brokers, joined in a session and published to from outside by RPC.
//!
//! Both wires, 2.3.0 and 2.3.1, and which of them is spoken is chosen at the start. What cannot be read is told of and passed
//! over. A publication goes to each of its topics once, which the original of 2.3.0 did not do. See
//! `docs/beep-beep/websockets.md` of RoadRunner 2.3.

mod member;
mod origin;
mod publishing;
mod rpc;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, join_all};
use hyper::header::ORIGIN;

use self::member::Session;
use self::origin::is_allowed;
pub use self::rpc::BoundRpc;
use super::authorizer::{Authorizer, Decision, Handshake};
use super::brokers::Carrier;
use super::mounts::refusal;
use super::{Accepted, HubProtocol, Readiness, Stopping, Telling};
use crate::finding::codes;
use crate::protocol::record::Protocol;
use crate::protocol::roadrunner::Wire;
use crate::protocol::wsify::connect_question;
use crate::server::app::{Answer, Received};

/// The broker that is meant where none is named, when there are several.
const USUAL_BROKER: &str = "memory";

/// What RoadRunner's side is set up with.
pub struct RoadRunnerConfig {
    /// The wire that is spoken.
    pub wire: Wire,
    /// The brokers by their names; one at least.
    pub brokers: BTreeMap<String, Carrier>,
    /// Who decides about sessions and joins; without one, everything is allowed.
    pub authorizer: Option<Arc<Authorizer>>,
    /// The origins that are allowed from 2.3.1 on: `*`, one, or one with a `*` in it.
    pub allowed_origin: String,
    /// Where publishers call, where they may.
    pub rpc: Option<BoundRpc>,
    /// The largest request of a publisher, in bytes.
    pub max_request: usize,
    /// Whether a publication for an unknown broker is answered as if it were published, as the original does.
    pub strict_original: bool,
}

/// RoadRunner on the server's side.
pub struct RoadRunner {
    wire: Wire,
    brokers: BTreeMap<String, Carrier>,
    authorizer: Option<Arc<Authorizer>>,
    allowed_origin: String,
    rpc: Mutex<Option<BoundRpc>>,
    max_request: usize,
    strict_original: bool,
}

impl RoadRunner {
    /// RoadRunner as it is configured.
    pub fn new(config: RoadRunnerConfig) -> Self {
        let RoadRunnerConfig { wire, brokers, authorizer, allowed_origin, rpc, max_request, strict_original } =
            config;
        let rpc = Mutex::new(rpc);
        RoadRunner { wire, brokers, authorizer, allowed_origin, rpc, max_request, strict_original }
    }

    /// The broker of a name, and the usual one where none is named.
    fn carrier(&self, name: Option<&str>) -> Option<&Carrier> {
        match name {
            Some(name) => self.brokers.get(name),
            None if self.brokers.len() == 1 => self.brokers.values().next(),
            None => self.brokers.get(USUAL_BROKER),
        }
    }

    /// Why a handshake is refused for where it comes from, where it is.
    fn refuse_origin(&self, received: &Received) -> Option<Answer> {
        if self.wire == Wire::V2_3_0 {
            return None;
        }
        let origin = received.headers.get(ORIGIN).map(|origin| origin.as_bytes());
        let allowed = is_allowed(&self.allowed_origin, origin);
        (!allowed).then(|| refusal(403, "the origin is not allowed"))
    }
}

impl HubProtocol for RoadRunner {
    fn protocol(&self) -> Protocol {
        Protocol::Roadrunner
    }

    fn connect(self: Arc<Self>, received: &Received) -> BoxFuture<'static, Result<Accepted, Answer>> {
        let handshake = self.authorizer.as_ref().map(|_| Handshake::of(received));
        let refused_origin = self.refuse_origin(received);
        Box::pin(async move {
            if let (Some(authorizer), Some(handshake)) = (&self.authorizer, &handshake) {
                let question = connect_question(&handshake.headers, &handshake.query);
                match authorizer.ask(question).await {
                    Decision::Allowed => {}
                    Decision::Refused(answer) => return Err(answer),
                    Decision::Unreachable(why) => {
                        let code = codes::AUTHORIZER_DOWN.id;
                        if let Some(carrier) = self.brokers.values().next() {
                            carrier.tell(format!("the authorizer cannot be asked: {why} ({code})"));
                        }
                        return Err(refusal(400, "the authorizer cannot be asked"));
                    }
                }
            }
            match refused_origin {
                Some(answer) => Err(answer),
                None => Ok(Accepted::new(Session::new(self, handshake))),
            }
        })
    }

    fn readiness(&self) -> Vec<(String, Readiness)> {
        self.brokers
            .iter()
            .map(|(name, carrier)| (format!("roadrunner/{name}"), carrier.readiness()))
            .collect()
    }

    fn background(self: Arc<Self>, telling: Telling, stopping: Stopping) -> Option<BoxFuture<'static, ()>> {
        let rpc = self.rpc.lock().unwrap_or_else(PoisonError::into_inner).take();
        Some(Box::pin(async move {
            let carriers = self.brokers.values();
            let telling_all = carriers.map(|carrier| carrier.tell_all(telling.clone(), stopping.clone()));
            let taking_calls = async {
                if let Some(rpc) = rpc {
                    rpc.run(Arc::clone(&self), telling.clone(), stopping.clone()).await;
                }
            };
            tokio::join!(join_all(telling_all), taking_calls);
        }))
    }
}
