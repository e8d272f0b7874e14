//! What replicas hold of a poll that has little room. Those that are full may hold different
//! voters for good; all else they must agree about.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ballots::capacity::Capacity;
use election_core::ids::{OpId, ReplicaId, VoterKey};
use election_core::replica::Replica;
use election_core::time::Millis;

use super::Judge;
use crate::check::Violation;
use crate::product::member::Member;
use crate::swarm::mark::Mark;
use crate::world::World;

/// What one replica holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub voters: BTreeMap<VoterKey, BTreeSet<OpId>>,
    pub log: BTreeSet<OpId>,
}

impl Kept {
    pub fn of(replica: &Replica) -> Self {
        let mut voters: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (voter, ballot, _) in replica.ballots() {
            voters.entry(voter).or_default().insert(ballot.id);
        }
        let log = super::log(replica).collect();
        Self { voters, log }
    }

    fn is_full(&self, room: &Capacity) -> bool {
        self.voters.len() >= room.registers
    }

    /// An op that the other holds, and that this one lacks though it has room for it.
    fn lacks(&self, other: &Self, room: &Capacity) -> Option<OpId> {
        let are_full = self.is_full(room) && other.is_full(room);
        for (voter, ballots) in &other.voters {
            let missing = match self.voters.get(voter) {
                Some(own) => ballots.difference(own).next(),
                None if are_full => None,
                None => ballots.first(),
            };
            if missing.is_some() {
                return missing.copied();
            }
        }
        other.log.difference(&self.log).next().copied()
    }
}

impl Judge<'_> {
    /// What the living members of a precinct hold.
    fn kept(&self, world: &World<Member>, precinct: usize) -> Vec<(ReplicaId, Kept)> {
        let all = self.living_tabs(world);
        let here = all.filter(|(member, _)| self.plan.precinct(*member) == precinct);
        let kept = here.map(|(_, tab)| (tab.replica().id(), Kept::of(tab.replica())));
        kept.collect()
    }

    /// The first thing that a living member of a precinct lacks, which it had so long to get.
    pub(super) fn lacking(
        &self,
        world: &World<Member>,
        precinct: usize,
        after: Millis,
    ) -> Option<Violation> {
        violation(&self.kept(world, precinct), &self.plan.capacity, after)
    }

    /// Whether all have the same of the chair's log.
    pub(super) fn logs_agree(&self, world: &World<Member>) -> bool {
        let all = self.living_tabs(world);
        let logs: BTreeSet<Vec<_>> = all
            .map(|(_, tab)| super::log(tab.replica()).collect())
            .collect();
        logs.len() <= 1
    }

    /// Whether others can show what the members of that precinct hold: these hold the same, and all
    /// have one log.
    pub(super) fn is_of_one_mind(&self, world: &World<Member>, precinct: usize) -> bool {
        if !self.plan.is_tight() {
            return true;
        }
        let kept = self.kept(world, precinct).into_iter();
        // Whoever counts it besides shows what it has room for.
        let audits = self
            .living_tabs(world)
            .flat_map(|(_, tab)| tab.tab().audits());
        let audits = audits.filter(|audit| usize::from(audit.precinct().0) == precinct);
        let audited = audits.map(|audit| Kept::of(audit.replica()));
        let kept: Vec<Kept> = kept.map(|(_, kept)| kept).chain(audited).collect();
        self.logs_agree(world) && kept.windows(2).all(|two| two[0] == two[1])
    }

    /// Notes whether there was no room for all voters.
    pub(super) fn look_at_room(&mut self, world: &World<Member>) {
        if !self.plan.is_tight() {
            return;
        }
        let mut precincts = 0..usize::from(self.plan.precincts());
        let differs = |precinct| {
            let kept = self.kept(world, precinct);
            let voters: BTreeSet<Vec<_>> = kept
                .iter()
                .map(|(_, kept)| kept.voters.keys().collect())
                .collect();
            voters.len() > 1
        };
        if precincts.any(differs) {
            self.marks.insert(Mark::FullOfVoters);
        }
    }
}

/// The first thing that one of them lacks, which had so long to get it.
pub(super) fn violation(
    all: &[(ReplicaId, Kept)],
    room: &Capacity,
    after: Millis,
) -> Option<Violation> {
    let mut pairs = all
        .iter()
        .flat_map(|one| all.iter().map(move |other| (one, other)));
    pairs.find_map(|((replica, kept), (other, others))| {
        let op = kept.lacks(others, room)?;
        let (replica, other) = (*replica, *other);
        Some(Violation::NotConverged {
            replica,
            other,
            op,
            after,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(voters: &[(u8, &[u8])], log: &[u8]) -> Kept {
        let ops = |ops: &[u8]| ops.iter().map(|op| OpId([*op; 32])).collect();
        let voter = |(voter, ballots): &(u8, &[u8])| (VoterKey([*voter; 32]), ops(ballots));
        Kept {
            voters: voters.iter().map(voter).collect(),
            log: ops(log),
        }
    }

    fn agree(one: &Kept, other: &Kept) -> bool {
        let room = Capacity {
            registers: 2,
            entries: 2,
            ..Capacity::default()
        };
        let all = [(ReplicaId(1), one.clone()), (ReplicaId(2), other.clone())];
        violation(&all, &room, Millis(1)).is_none()
    }

    #[test]
    fn only_who_is_full_may_lack_what_there_is_no_room_for() {
        let full = kept(&[(1, &[1]), (2, &[2])], &[8, 9]);
        assert!(agree(&full, &full));
        let others = kept(&[(1, &[1]), (3, &[3])], &[8, 9]);
        assert!(agree(&full, &others));
        let not_full = [
            kept(&[(1, &[1])], &[8, 9]),
            kept(&[(1, &[1]), (2, &[2])], &[8]),
            kept(&[(1, &[1]), (2, &[2])], &[8, 7]),
        ];
        assert!(not_full.iter().all(|other| !agree(&full, other)));
        // Whoever is in may vote again.
        assert!(!agree(&full, &kept(&[(1, &[1, 4]), (3, &[3])], &[8, 9])));
    }
}
