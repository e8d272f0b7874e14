//! What is wrong with a poll at the end of a run: the living against each other, against their disks, and against the
//! specification.

use std::collections::{BTreeMap, BTreeSet};

use election_core::canvass::returns::Return;
use election_core::ids::{OpId, ReplicaId};
use election_core::time::Millis;

use super::super::claims;
use super::super::draw::OPTIONS;
use super::{Judge, ops, tab_of};
use crate::check::Violation;
use crate::check::agreement::{self, Held};
use crate::check::spec::{self, SpecOp, ValidOp};
use crate::product::member::Member;
use crate::world::World;

/// What a tab holds at the end.
struct Holding {
    replica: ReplicaId,
    ops: BTreeSet<OpId>,
    root: [u8; 32],
    tally: Return,
}

impl Judge<'_> {
    /// What is wrong at the end, if anything is. `had`: how long the living had to agree.
    pub(super) fn verdict(&mut self, world: &mut World<Member>, had: Millis) -> Option<Violation> {
        let held = self.holdings(world);
        // At worst nobody is left who has it.
        let holder = held.first().map(|first| first.replica).or(self.had_poll);
        if let (Some(other), Some(without)) = (holder, self.without_poll(world)) {
            return Some(Violation::NotConverged {
                replica: without,
                other,
                op: OpId(self.poll.id().0),
                after: had,
            });
        }
        let views: Vec<Held<'_>> = held.iter().map(Holding::view).collect();
        agreement::violation(&views, &self.owed, had)
            .or_else(|| self.against_the_specification(world, &held))
    }

    /// What the living hold, as far as they have the poll.
    fn holdings(&self, world: &mut World<Member>) -> Vec<Holding> {
        let mut all = Vec::new();
        for member in &self.living {
            let Some(tab) = world.process_mut(*member).tab_mut() else {
                continue;
            };
            let replica = tab.replica_mut();
            if let Some(tally) = replica.tally() {
                all.push(Holding {
                    replica: replica.id(),
                    ops: ops(replica),
                    root: replica.state_hash(),
                    tally,
                });
            }
        }
        all
    }

    fn without_poll(&self, world: &World<Member>) -> Option<ReplicaId> {
        let mut tabs = self
            .living
            .iter()
            .filter_map(|member| tab_of(world, *member));
        let without = tabs.find(|tab| tab.replica().genesis().is_none())?;
        Some(without.replica().id())
    }

    /// The results against what the specification makes of everything that is on any disk of the living.
    fn against_the_specification(
        &self,
        world: &World<Member>,
        held: &[Holding],
    ) -> Option<Violation> {
        // Most is on all disks: each op is decoded once.
        let mut all: BTreeMap<&[u8], Option<ValidOp>> = BTreeMap::new();
        for tab in self
            .living
            .iter()
            .filter_map(|member| tab_of(world, *member))
        {
            let mut saved = BTreeSet::new();
            for record in tab.disk().records() {
                let bytes = &record.bytes[..];
                let genesis = self.poll.genesis();
                let op = all
                    .entry(bytes)
                    .or_insert_with(|| spec::decode(bytes, self.poll.id(), genesis));
                saved.extend(op.map(|op| op.id));
            }
            let replica = tab.replica();
            let not_saved = claims::not_saved(replica.id(), &ops(replica), &saved);
            if not_saved.is_some() {
                return not_saved;
            }
        }
        let all: Vec<ValidOp> = all.into_values().flatten().collect();
        let ops = spec::deliverable(&all);
        let tally = spec::fold(&ops, OPTIONS);
        let mut each = held.iter();
        let differs = each.find_map(|held| spec::compare(held.replica, &tally, &held.tally));
        differs.or_else(|| self.signed_twice(&ops))
    }

    /// No voter who keeps to the rules signs two ballots under one number, whatever crashed in between.
    fn signed_twice(&self, ops: &[SpecOp]) -> Option<Violation> {
        let mut signed = BTreeSet::new();
        ops.iter().find_map(|op| match *op {
            SpecOp::Ballot { voter, seq, .. } => {
                let twice = !signed.insert((voter, seq)) && self.honest_voters.contains(&voter);
                twice.then_some(Violation::SignedTwice { voter, seq })
            }
            SpecOp::Revocation { .. } | SpecOp::Strike => None,
        })
    }
}

impl Holding {
    fn view(&self) -> Held<'_> {
        Held {
            replica: self.replica,
            ops: &self.ops,
            root: self.root,
            tally: &self.tally,
        }
    }
}
