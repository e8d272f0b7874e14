//! Who may hold a socket open: a cap on all, a cap on each address, and on how fast an address
//! opens them.
//!
//! Behind a proxy one socket carries requests of several clients, one after the other, so there it
//! counts for whom the last one was from.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::address::Address;
use crate::bucket::Bucket;
use crate::config::{Config, RateLimit};
use crate::lock::lock;
use crate::proxies;

/// So many addresses are remembered before those are looked for that need not be.
const FIRST_SWEEP: usize = 1_024;

/// Counts open sockets.
pub(crate) struct Admission {
    most: usize,
    most_per_address: usize,
    accepts_per_address: RateLimit,
    proxies: Vec<IpNet>,
    counts_loopback: bool,
    open: Mutex<Open>,
}

struct Open {
    total: usize,
    by_address: HashMap<Address, OfAddress>,
    /// At so many addresses, those are forgotten that have no socket and have opened none lately.
    sweep_at: usize,
}

struct OfAddress {
    sockets: usize,
    accepts: Bucket,
}

/// Why there is no socket for somebody, in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) &'static str);

const FULL: Refused = Refused("the relay has no connection left");
const TOO_MANY: Refused = Refused("too many connections of this address");
const TOO_FAST: Refused = Refused("connections of this address come too fast");

/// The right to one open socket, given back when dropped.
pub(crate) struct Slot {
    admission: Arc<Admission>,
    peer: IpAddr,
    /// For whom it counts; nobody if that is not known yet, or exempt.
    counts_for: Mutex<Option<Address>>,
}

/// Whose request it is, and the socket that it came on.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) address: Address,
    /// It counts as open for as long as any request or connection on it has this.
    _slot: Arc<Slot>,
}

impl Guest {
    pub(crate) fn new(address: Address, slot: Arc<Slot>) -> Self {
        Self {
            address,
            _slot: slot,
        }
    }
}

impl Admission {
    /// Nobody in yet.
    pub(crate) fn new(config: &Config) -> Arc<Self> {
        let per_second = u64::from(config.accepts_per_second_per_address);
        Arc::new(Self {
            most: config.max_connections,
            most_per_address: config.max_connections_per_address,
            accepts_per_address: RateLimit {
                per_second,
                burst: 2 * per_second,
            },
            proxies: config.proxies.clone(),
            counts_loopback: config.counts_loopback(),
            open: Mutex::new(Open {
                total: 0,
                by_address: HashMap::new(),
                sweep_at: FIRST_SWEEP,
            }),
        })
    }

    /// Takes a slot for a socket of that peer, if there is one left for it.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr, now: Instant) -> Result<Slot, Refused> {
        let counts_for = if proxies::is_proxy(&self.proxies, peer) {
            None
        } else {
            self.counted(Address::of(peer))
        };
        let mut open = lock(&self.open);
        if open.total >= self.most {
            return Err(FULL);
        }
        if let Some(address) = counts_for {
            self.take(&mut open, address, now)?;
        }
        open.total += 1;
        Ok(Slot {
            admission: Arc::clone(self),
            peer,
            counts_for: Mutex::new(counts_for),
        })
    }

    /// The address, unless it is bound by the total alone.
    fn counted(&self, address: Address) -> Option<Address> {
        (self.counts_loopback || !address.is_loopback()).then_some(address)
    }

    fn take(&self, open: &mut Open, address: Address, now: Instant) -> Result<(), Refused> {
        if open.by_address.len() >= open.sweep_at {
            open.by_address
                .retain(|_, of| of.sockets > 0 || !of.accepts.is_full(now));
            open.sweep_at = FIRST_SWEEP.max(2 * open.by_address.len());
        }
        let of_address = open.by_address.entry(address).or_insert_with(|| OfAddress {
            sockets: 0,
            accepts: Bucket::new(self.accepts_per_address, now),
        });
        if of_address.sockets >= self.most_per_address {
            return Err(TOO_MANY);
        }
        if !of_address.accepts.take(now) {
            return Err(TOO_FAST);
        }
        of_address.sockets += 1;
        Ok(())
    }
}

impl Open {
    fn give_back(&mut self, address: Address) {
        if let Some(of_address) = self.by_address.get_mut(&address) {
            of_address.sockets -= 1;
        }
    }
}

impl Slot {
    /// The socket carries a request with these headers; returns whose it is.
    ///
    /// # Errors
    /// Why whoever sent it through a proxy may have no socket.
    pub(crate) fn carry(&self, headers: &HeaderMap, now: Instant) -> Result<Address, Refused> {
        let admission = &self.admission;
        if !proxies::is_proxy(&admission.proxies, self.peer) {
            return Ok(Address::of(self.peer));
        }
        let address = Address::of(proxies::client(&admission.proxies, self.peer, headers));
        let mut counts_for = lock(&self.counts_for);
        if *counts_for != Some(address) {
            let mut open = lock(&admission.open);
            admission.take(&mut open, address, now)?;
            if let Some(before) = counts_for.replace(address) {
                open.give_back(before);
            }
        }
        Ok(address)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let counts_for = lock(&self.counts_for).take();
        let mut open = lock(&self.admission.open);
        open.total -= 1;
        if let Some(address) = counts_for {
            open.give_back(address);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
