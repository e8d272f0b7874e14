//! Replicas that did anything at all, on a network that did its worst, show the same once they can talk; and what
//! they show is what a plain fold over all ops gives.

#![allow(clippy::unwrap_used)]
#![cfg(not(target_arch = "wasm32"))]

mod network;

use std::collections::{BTreeMap, BTreeSet};

use election_core::ids::OpId;
use election_core::poll::op::{Op, SignedOp};
use election_core::replica::io::Input;
use network::{Faults, Network, sample};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Action {
    Vote(usize, usize),
    /// Another ballot with the same key and seq, as an old backup would sign it.
    Equivocate(usize, usize),
    Revoke(u8),
    Disconnect(usize),
    Connect(usize),
    Reload(usize),
    Group(usize, u8),
    Run(u64),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let tab = 0..5_usize;
    proptest::collection::vec(
        prop_oneof![
            6 => (tab.clone(), 0..3_usize).prop_map(|(tab, option)| Action::Vote(tab, option)),
            1 => (1..5_usize, 0..3_usize).prop_map(|(tab, option)| Action::Equivocate(tab, option)),
            2 => any::<u8>().prop_map(Action::Revoke),
            2 => tab.clone().prop_map(Action::Disconnect),
            2 => tab.clone().prop_map(Action::Connect),
            1 => tab.clone().prop_map(Action::Reload),
            1 => (tab, 0..2_u8).prop_map(|(tab, group)| Action::Group(tab, group)),
            4 => (0..1_500_u64).prop_map(Action::Run),
        ],
        0..40,
    )
}

fn act(network: &mut Network, action: &Action) {
    match *action {
        // A refusal is an answer: not open yet, unchanged, revoked already.
        Action::Vote(tab, option) => drop(network.vote(tab, option)),
        Action::Equivocate(tab, option) => network.vote_from_backup(tab, option),
        Action::Revoke(which) => {
            let ballots: Vec<OpId> = network.tabs[0]
                .replica
                .ballots()
                .map(|(_, ballot, _)| ballot.id)
                .collect();
            if !ballots.is_empty() {
                let ballot = ballots[usize::from(which) % ballots.len()];
                let _ = network.input(
                    0,
                    Input::Revoke {
                        ballot,
                        reason: "a reason",
                    },
                );
            }
        }
        Action::Disconnect(tab) => network.disconnect(tab),
        Action::Connect(tab) if network.tabs[tab].handle.is_none() => network.connect(tab),
        Action::Connect(_) => {}
        Action::Reload(tab) => network.reload(tab),
        Action::Group(tab, group) => network.group[tab] = group,
        Action::Run(span) => network.run(span),
    }
}

/// The whole specification of a count: (marks per option, counted, revoked, spoiled).
fn specification(network: &Network) -> (Vec<u64>, u64, u64, u64) {
    let genesis = &*network.genesis;
    let all: BTreeMap<OpId, &[u8]> = network
        .tabs
        .iter()
        .flat_map(|tab| tab.disk.iter().map(|(id, record)| (*id, &record.bytes[..])))
        .collect();
    let ops: Vec<_> = all
        .values()
        .filter_map(|op| {
            SignedOp::decode(op, network.poll(), genesis)
                .ok()?
                .verify()
                .ok()
        })
        .collect();
    let revoked: BTreeSet<OpId> = ops
        .iter()
        .filter_map(|op| {
            if let Op::RevokeBallot(revocation) = &**op {
                Some(revocation.ballot)
            } else {
                None
            }
        })
        .collect();
    let mut slots: BTreeMap<_, BTreeMap<u32, BTreeMap<OpId, _>>> = BTreeMap::new();
    for op in &ops {
        if let Op::Ballot(ballot) = &**op {
            slots
                .entry(op.author())
                .or_default()
                .entry(ballot.seq)
                .or_default()
                .insert(op.id(), ballot.choice);
        }
    }
    let mut result = (vec![0; 3], 0, 0, 0);
    for register in slots.values() {
        let kept = register.values().flat_map(|slot| slot.keys().take(2));
        result.2 += kept.filter(|id| revoked.contains(id)).count() as u64;
        let top = register.values().last().unwrap();
        if top.len() > 1 {
            result.3 += 1;
        } else if let Some((_, choice)) = top.iter().find(|(id, _)| !revoked.contains(id)) {
            result.1 += 1;
            choice.marked().for_each(|option| result.0[option] += 1);
        }
    }
    result
}

proptest! {
    #![proptest_config(ProptestConfig { cases: sample::of(96, 1_000), max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happened_all_show_the_same_once_they_can_talk(
        actions in actions(), seed: u64, loss in 0..30_u64, duplication in 0..30_u64, delay in 1..300_u64,
    ) {
        let mut network = Network::new(seed);
        network.faults = Faults { loss, duplication, delay };
        for tab in 0..5 {
            network.open_tab();
            if tab < 3 {
                network.connect(tab);
            }
        }
        network.run(1_000);
        for action in &actions {
            act(&mut network, action);
        }
        network.faults = Faults { loss: 0, duplication: 0, delay: 20 };
        network.group = vec![0; 5];
        for tab in 0..5 {
            if network.tabs[tab].handle.is_none() {
                network.connect(tab);
            }
        }
        network.run(60_000);
        network.assert_converged();
        let tally = network.tabs[0].replica.tally().unwrap();
        let shown = (tally.counts.to_vec(), tally.counted, tally.revoked, tally.spoiled);
        prop_assert_eq!(shown, specification(&network));
        for tab in &network.tabs {
            prop_assert!(tab.replica.held_back().is_empty());
        }
    }
}
