//! Who may hold a socket open: a cap on all, and a cap on each address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// Counts open sockets. Forwarded-for headers play no part: anyone can write one.
pub(crate) struct Admission {
    most: usize,
    most_per_address: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The right to one open socket, given back when dropped.
pub(crate) struct Slot {
    admission: Arc<Admission>,
    address: Option<IpAddr>,
}

impl Admission {
    /// Nobody in yet.
    pub(crate) fn new(most: usize, most_per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_per_address,
            open: Mutex::default(),
        })
    }

    /// Takes a slot for a peer, if there is one left for it.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Slot> {
        let address = counted_address(peer);
        let mut open = lock(&self.open);
        if open.total >= self.most {
            return None;
        }
        if let Some(address) = address {
            let of_address = open.by_address.entry(address).or_insert(0);
            if *of_address >= self.most_per_address {
                return None;
            }
            *of_address += 1;
        }
        open.total += 1;
        Some(Slot {
            admission: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = lock(&self.admission.open);
        open.total -= 1;
        let Some(address) = self.address else { return };
        if let Some(of_address) = open.by_address.get_mut(&address) {
            *of_address -= 1;
            if *of_address == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

/// What the per-address cap counts: an IPv4 address, an IPv6 /64 (one household has that many), nothing for loopback.
fn counted_address(peer: IpAddr) -> Option<IpAddr> {
    match peer.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V4(address) => Some(IpAddr::V4(address)),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            Some(IpAddr::V6(Ipv6Addr::from_bits(network)))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_cap_and_gets_a_slot_back() {
        let admission = Admission::new(10, 2);
        let first = admission.admit(address("192.0.2.1"));
        let second = admission.admit(address("192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(admission.admit(address("192.0.2.1")).is_none());
        assert!(admission.admit(address("::ffff:192.0.2.1")).is_none());
        assert!(admission.admit(address("192.0.2.2")).is_some());
        drop(first);
        assert!(admission.admit(address("192.0.2.1")).is_some());
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_share_a_cap() {
        let admission = Admission::new(10, 1);
        let slot = admission.admit(address("2001:db8:1:2::1"));
        assert!(slot.is_some());
        assert!(admission.admit(address("2001:db8:1:2:ffff::9")).is_none());
        assert!(admission.admit(address("2001:db8:1:3::1")).is_some());
    }

    #[test]
    fn loopback_is_bound_by_the_total_only() {
        let admission = Admission::new(3, 1);
        let slots: Vec<_> = (0..5)
            .filter_map(|_| admission.admit(address("127.0.0.1")))
            .collect();
        assert_eq!(slots.len(), 3);
        assert!(admission.admit(address("192.0.2.1")).is_none());
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let admission = Admission::new(3, 1);
        drop(admission.admit(address("192.0.2.1")));
        let open = lock(&admission.open);
        assert_eq!((open.total, open.by_address.len()), (0, 0));
    }
}
