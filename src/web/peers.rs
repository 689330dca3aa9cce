//! How many connections each peer holds. One address must not be able to take all that there are.
//!
//! The machine itself and the trusted proxies are exempt: everybody's requests come through them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::client_address::{RateKey, is_trusted};
use crate::config::Network;

/// The open connections, counted by peer.
#[derive(Debug)]
pub struct Peers {
    held: Mutex<HashMap<RateKey, usize>>,
    per_peer_max: usize,
    exempt: Vec<Network>,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub struct Place {
    of: Option<(Arc<Peers>, RateKey)>,
}

impl Peers {
    #[must_use]
    pub fn new(per_peer_max: usize, exempt: Vec<Network>) -> Arc<Self> {
        Arc::new(Self { held: Mutex::default(), per_peer_max, exempt })
    }

    /// A place for one more connection from `address`, or none if it holds as many as it may.
    #[must_use]
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        if is_trusted(address, &self.exempt) {
            return Some(Place { of: None });
        }
        let key = RateKey::of(address);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(key).or_default();
        if *count >= self.per_peer_max {
            return None;
        }
        *count += 1;
        Some(Place { of: Some((Arc::clone(self), key)) })
    }

    /// A place for a connection through our own Unix socket, which only the proxy opens.
    #[must_use]
    pub fn exempted() -> Place {
        Place { of: None }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((peers, key)) = self.of.take() else { return };
        let mut held = peers.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&key);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assumption should fail the test")]
mod tests {
    use super::{Network, Peers};

    #[test]
    fn a_peer_holds_so_many_and_gets_a_place_back_when_one_is_free() {
        let peers = Peers::new(2, Network::LOOPBACK.to_vec());
        let [one, other, own] = ["192.0.2.1", "192.0.2.2", "127.0.0.1"].map(|address| address.parse().unwrap());
        let first = peers.admit(one).unwrap();
        let _second = peers.admit(one).unwrap();
        assert!(peers.admit(one).is_none());
        assert!(peers.admit(other).is_some());
        assert_eq!((0..9).filter_map(|_| peers.admit(own)).count(), 9);
        drop(first);
        assert!(peers.admit(one).is_some());
        assert_eq!(peers.held.lock().unwrap().len(), 1, "who holds nothing is forgotten");
    }
}
