//! What a publisher asks for, and what it is answered.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::RoadRunner;
use crate::protocol::roadrunner::{Call, Method, Publication, Reply, Wire, read_request, write_response};
use crate::server::hub::Telling;

/// A call as it is to be answered and carried out.
pub(super) struct Order {
    /// Whether the answer does not wait for the broker.
    pub(super) is_async: bool,
    publications: Vec<Publication>,
}

impl RoadRunner {
    /// What a call asks for.
    ///
    /// # Errors
    /// Gives the text of the error that it is answered with.
    pub(super) fn order(&self, call: &Call<'_>) -> Result<Order, String> {
        let method = Method::of(call.method).filter(|method| method.wire == self.wire);
        let Some(Method { is_async, .. }) = method else {
            let known =
                [false, true].map(|is_async| Method { wire: self.wire, is_async }.as_str()).join(" and ");
            return Err(format!("rpc: can't find method {}; there are {known}", call.method));
        };
        let publications =
            read_request(self.wire, call.codec, call.body).map_err(|error| error.to_string())?;
        Ok(Order { is_async, publications })
    }

    /// Publishes each publication to each of its topics once, in their order; says whether every broker was known.
    ///
    /// # Errors
    /// Says why a broker did not take one; those behind it are not published.
    pub(super) async fn publish(&self, order: Order, telling: &Telling) -> Result<bool, String> {
        let mut all_known = true;
        for Publication { broker, topics, payload } in order.publications {
            let wanted = broker.as_deref().filter(|_| self.wire == Wire::V2_3_0);
            let Some(carrier) = self.carrier(wanted) else {
                let name = wanted.unwrap_or(super::USUAL_BROKER);
                telling.trouble(format!("nothing is published: there is no broker {name:?}")).await;
                all_known = false;
                continue;
            };
            let payload = Bytes::from(payload);
            let mut done = BTreeSet::new();
            for topic in topics.iter().filter(|topic| !topic.is_empty()) {
                if done.insert(topic) {
                    let published = carrier.broker().publish(topic, payload.clone()).await;
                    published.map_err(|error| format!("not published to {topic:?}: {error}"))?;
                }
            }
        }
        Ok(all_known || self.strict_original)
    }
}

/// The bytes of an answer to a call.
pub(super) fn reply(call: &Call<'_>, result: Result<bool, String>) -> Vec<u8> {
    let response = result.and_then(|ok| write_response(call.codec, ok).map_err(|error| error.to_string()));
    let result = match &response {
        Ok(body) => Ok(body.as_slice()),
        Err(text) => Err(text.as_bytes()),
    };
    let reply = Reply { sequence: call.sequence, method: call.method, codec: call.codec, result };
    // It is never as large as a frame may be.
    reply.write().unwrap_or_default()
}
