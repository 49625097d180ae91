//! Plans for the load engine, to this machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use versia_cli::bench::{Content, Model, Plan, Stop, Transport};
use versia_cli::client::{Dialer, HttpUrl, NetworkOptions};
use versia_cli::protocol::Ambient;

/// The system's clock and randomness.
const AMBIENT: Ambient = Ambient {
    now_millis: || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64,
    random: |bytes| getrandom::fill(bytes).unwrap(),
};

/// One delivery over one HTTP connection by one thread; the rest is what a benchmark says.
pub fn plan(address: SocketAddr, target: &str, content: Content) -> Plan {
    Plan {
        url: HttpUrl::parse(&format!("http://{address}{target}")).unwrap(),
        dialer: Arc::new(Dialer::new(NetworkOptions::default())),
        ambient: AMBIENT,
        transport: Transport::Http,
        content,
        model: Model::Closed,
        warm_up: Duration::ZERO,
        stop: Stop::Count(1),
        connections: 1,
        threads: 1,
        grace: Duration::from_secs(5),
    }
}
