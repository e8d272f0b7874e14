//! What is wrong with a poll at the end of a run: the living against each other, against their
//! disks, and against the specification.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ballots::returns::Return;
use election_core::board::Rules;
use election_core::ids::{OpId, ReplicaId, VoterKey};
use election_core::poll::close::Status;
use election_core::time::Millis;

use super::super::claims;
use super::super::draw::OPTIONS;
use super::{Judge, ops, tab_of};
use crate::check::Violation;
use crate::check::agreement::{self, Held};
use crate::check::spec::{self, SpecOp, Tally, ValidOp};
use crate::product::member::Member;
use crate::world::World;

/// What a tab holds at the end.
struct Holding {
    replica: ReplicaId,
    precinct: usize,
    ops: BTreeSet<OpId>,
    root: [u8; 32],
    tally: Return,
    status: Status,
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
        let all = 0..usize::from(self.plan.precincts());
        let mut precincts = all.map(|precinct| {
            let views = held.iter().filter(|held| held.precinct == precinct);
            let views: Vec<Held<'_>> = views.map(Holding::view).collect();
            if views.is_empty() && self.plan.precincts() > 1 {
                return None; // All of them are gone for good.
            }
            let of = |op: &OpId| self.precincts.get(op).is_none_or(|of| *of == precinct);
            let is_ballot = |op: &OpId| self.precincts.contains_key(op);
            let has_room = views.is_empty()
                || views.iter().any(|held| {
                    let entries = held.ops.iter().filter(|op| !is_ballot(op)).count();
                    entries < self.plan.capacity.entries
                });
            let owed = self.owed.iter().filter(|(op, _)| of(op));
            let owed = owed.filter(|(op, _)| has_room || is_ballot(op));
            let owed = owed.map(|(op, by)| (*op, *by)).collect();
            match self.plan.is_tight() {
                true => agreement::held_by_nobody(&views, &owed)
                    .or_else(|| self.lacking(world, precinct, had)),
                false => agreement::violation(&views, &owed, had),
            }
        });
        precincts
            .find_map(|violation| violation)
            .or_else(|| self.against_the_specification(world, &held))
            .or_else(|| self.board_differs(world))
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
                    precinct: self.plan.precinct(*member),
                    ops: ops(replica),
                    root: replica.state_hash(),
                    tally,
                    status: replica.status(),
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

    /// The results against what the specification makes of everything that is on any disk of the
    /// living.
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
                let op = all.entry(bytes).or_insert_with(|| {
                    let seen = self.seen.get(bytes).cloned();
                    seen.or_else(|| spec::decode(bytes, self.poll.id(), genesis))
                });
                saved.extend(op.as_ref().map(|op| op.id));
            }
            let replica = tab.replica();
            let not_saved = claims::not_saved(replica.id(), &ops(replica), &saved);
            if not_saved.is_some() {
                return not_saved;
            }
        }
        let all: Vec<ValidOp> = all.into_values().flatten().collect();
        if self.plan.is_tight() {
            let differs = held.iter().find_map(|one| {
                let ops = self.deliverable_by(one, held, &all);
                let tally = spec::fold(&ops, OPTIONS);
                spec::compare(one.replica, &tally, &one.tally)
                    .or_else(|| spec::compare_status(one.replica, spec::status(&ops), one.status))
            });
            return differs.or_else(|| self.signed_twice(&spec::deliverable(&all)));
        }
        let precincts = 0..usize::from(self.plan.precincts());
        let expected: Vec<(Tally, Status)> = precincts
            .map(|precinct| {
                let ops = self.deliverable_in(precinct, &all);
                (spec::fold(&ops, OPTIONS), spec::status(&ops))
            })
            .collect();
        let mut each = held.iter();
        let differs = each.find_map(|held| {
            let (tally, status) = &expected[held.precinct];
            spec::compare(held.replica, tally, &held.tally)
                .or_else(|| spec::compare_status(held.replica, *status, held.status))
        });
        differs.or_else(|| self.signed_twice(&spec::deliverable(&all)))
    }

    /// What a precinct's members deliver who have all of it.
    fn deliverable_in(&self, precinct: usize, all: &[ValidOp]) -> Vec<SpecOp> {
        let rules = Rules::of(self.poll.genesis());
        let is_here = |op: &ValidOp| match (self.plan.precincts(), op.voter()) {
            (1, _) | (_, None) => true,
            (_, Some(voter)) => usize::from(rules.precinct_of(voter).0) == precinct,
        };
        let here = all.iter().filter(|op| !op.is_ballot() || is_here(op));
        spec::deliverable(&here.cloned().collect::<Vec<_>>())
    }

    /// What a replica delivers that has no room for all: the entries of the chair's log that it
    /// holds, and of the voters that it has, all ballots that anybody in its precinct holds.
    fn deliverable_by(&self, one: &Holding, held: &[Holding], all: &[ValidOp]) -> Vec<SpecOp> {
        let here = held.iter().filter(|other| other.precinct == one.precinct);
        let here: BTreeSet<OpId> = here.flat_map(|other| &other.ops).copied().collect();
        let voters: BTreeSet<VoterKey> = all
            .iter()
            .filter(|op| one.ops.contains(&op.id) && op.is_ballot())
            .filter_map(ValidOp::voter)
            .collect();
        let has = |op: &&ValidOp| match op.voter().filter(|_| op.is_ballot()) {
            Some(voter) => voters.contains(&voter) && here.contains(&op.id),
            None => one.ops.contains(&op.id),
        };
        spec::deliverable(&all.iter().filter(has).cloned().collect::<Vec<_>>())
    }

    /// No voter who keeps to the rules signs two ballots under one number, whatever crashed in
    /// between.
    fn signed_twice(&self, ops: &[SpecOp]) -> Option<Violation> {
        let mut signed = BTreeSet::new();
        ops.iter().find_map(|op| match *op {
            SpecOp::Ballot { voter, seq, .. } => {
                let is_honest = self.honest_voters.iter().any(|of| of.contains(&voter));
                let twice = !signed.insert((voter, seq)) && is_honest;
                twice.then_some(Violation::SignedTwice { voter, seq })
            }
            _ => None,
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
