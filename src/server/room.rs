//! How many connections may be open: together, and from one address, so that one that takes all it can get leaves room for
//! the others.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most connections, whatever the system allows.
const MAX_CONNECTIONS: usize = 16_384;

/// How many files the process needs beside its connections: the store, keys that are fetched, the terminal.
const OTHER_FILES: usize = 128;

/// The least connections: a system that allows fewer files refuses them itself.
const MIN_CONNECTIONS: usize = 16;

/// How many connections there is room for: as many as the process may open files, after it was allowed to open as many as
/// the system lets it.
pub fn max_connections() -> usize {
    open_files().saturating_sub(OTHER_FILES).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

/// How many files the process may open, after the limit was raised as far as the system lets it.
#[cfg(unix)]
fn open_files() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit { current: limit.maximum, ..limit };
        // Where the system refuses, it stays as it is.
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    limit.current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn open_files() -> usize {
    usize::MAX
}

/// The places of connections.
#[derive(Debug)]
pub(super) struct Room {
    all: Arc<Semaphore>,
    by_host: Arc<ByHost>,
}

#[derive(Debug)]
struct ByHost {
    open: Mutex<HashMap<IpAddr, usize>>,
    most: usize,
}

/// A connection's place among all, which nobody has yet.
#[derive(Debug)]
pub(super) struct Free(Option<OwnedSemaphorePermit>);

/// A connection's place, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    _among_all: Option<OwnedSemaphorePermit>,
    host: IpAddr,
    by_host: Arc<ByHost>,
}

impl Room {
    /// Room for so many connections, of which one address may have half.
    pub(super) fn new(connections: usize) -> Self {
        let by_host = ByHost { open: Mutex::default(), most: connections.div_ceil(2) };
        Room { all: Arc::new(Semaphore::new(connections)), by_host: Arc::new(by_host) }
    }

    /// Waits for a place.
    pub(super) async fn free(&self) -> Free {
        // The semaphore is never closed.
        Free(Arc::clone(&self.all).acquire_owned().await.ok())
    }

    /// Gives a place to a connection from this address; nothing, where the address has as many as it may have.
    pub(super) fn give(&self, Free(among_all): Free, address: IpAddr) -> Option<Place> {
        let host = host_of(address);
        let mut open = self.by_host.lock();
        let count = open.entry(host).or_default();
        if *count >= self.by_host.most {
            return None;
        }
        *count += 1;
        Some(Place { _among_all: among_all, host, by_host: Arc::clone(&self.by_host) })
    }

    /// How many connections one address may have.
    pub(super) fn most_of_one(&self) -> usize {
        self.by_host.most
    }
}

impl ByHost {
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.by_host.lock();
        if let Some(count) = open.get_mut(&self.host) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.host);
            }
        }
    }
}

/// What counts as one address: over IPv6, whoever has one has all of its network.
fn host_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_gets_half_of_the_places_and_gives_them_back() {
        let room = Room::new(4);
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut places = Vec::new();
        for _ in 0..2 {
            places.push(room.give(room.free().await, address("2001:db8::1")).unwrap());
        }
        assert!(room.give(room.free().await, address("2001:db8::2")).is_none());
        places.push(room.give(room.free().await, address("192.0.2.1")).unwrap());
        places.push(room.give(room.free().await, address("::ffff:192.0.2.1")).unwrap());
        places.remove(0);
        assert!(room.give(room.free().await, address("192.0.2.1")).is_none());
        places.push(room.give(room.free().await, address("2001:db8::3")).unwrap());
        drop(places);
        assert!(room.by_host.lock().is_empty());
    }
}
