//! Connections that have the link and are no replicas, in a simulated room.

#![allow(clippy::unwrap_used)]

mod stranger;

use std::collections::BTreeSet;

use election_core::replica::io::Destination;
use election_core::time::Millis;
use election_core::wire::frame::Digest;
use election_core::wire::relay::Handle;

use crate::network::Network;
pub use stranger::Manner;
use stranger::{Common, Said, Stranger};

pub struct Crowd {
    common: Common,
    strangers: Vec<(Handle, Stranger)>,
    announced_at: Millis,
}

impl Crowd {
    /// So many of them come.
    pub fn new(manner: Manner, count: usize, ballot: Vec<u8>, network: &mut Network) -> Self {
        let common = Common {
            manner,
            seal: network.seal(),
            genesis: network.genesis.bytes().to_vec(),
            ballot,
            replicas: BTreeSet::new(),
            most: Digest::default(),
            stays: Millis(1_000),
        };
        let strangers = (0..count).map(|number| arrive(number, network)).collect();
        network.announce();
        Self {
            common,
            strangers,
            announced_at: network.now,
        }
    }

    /// Runs the clock for a while, in which they do what they do.
    pub fn run(&mut self, network: &mut Network, span: u64) {
        let end = network.now.after(Millis(span));
        while network.now < end {
            network.run((end - network.now).0.min(10));
            let online = network.online();
            self.common.replicas = online.filter_map(|tab| network.tabs[tab].handle).collect();
            for (to, from, bytes) in std::mem::take(&mut network.overheard) {
                let mut all = self.strangers.iter_mut();
                if let Some((_, stranger)) = all.find(|(handle, _)| *handle == to) {
                    let said = stranger.hear(&mut self.common, from, &bytes);
                    carry(network, to, said);
                }
            }
            for (number, (handle, stranger)) in self.strangers.iter_mut().enumerate() {
                if stranger.leaves(&self.common, network.now) {
                    network.strangers.remove(handle);
                    (*handle, *stranger) = arrive(number, network);
                }
                let said = stranger.act(&self.common, network.now);
                carry(network, *handle, said);
            }
            if network.now - self.announced_at >= Millis(500) {
                self.announced_at = network.now;
                network.announce();
            }
        }
    }
}

fn arrive(number: usize, network: &mut Network) -> (Handle, Stranger) {
    let seed = network.below(u64::MAX);
    let stranger = Stranger::new(number, seed, network.now);
    (network.join(), stranger)
}

fn carry(network: &mut Network, from: Handle, said: Vec<Said>) {
    for (to, bytes) in said {
        network.carry(from, Destination::Reply(to), bytes);
    }
}
