//! What replicas of the product say of single ops, against what is so: that an op is on their disk,
//! and how many others have it.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ids::{OpId, ReplicaId};
use election_core::replica::Replica;

use crate::check::Violation;

/// Who ever delivered what: a member, and how often it had crashed by then, because a page that is
/// loaded again is another replica.
#[derive(Debug, Default)]
pub struct Holders {
    crashes: BTreeMap<usize, u32>,
    of: BTreeMap<OpId, BTreeSet<(usize, u32)>>,
    /// How many audits of each precinct were ever begun.
    audits: BTreeMap<usize, usize>,
}

impl Holders {
    /// That member delivered that op.
    pub fn delivered(&mut self, member: usize, op: OpId) {
        let crashes = self.crashes.get(&member).copied().unwrap_or(0);
        self.of.entry(op).or_default().insert((member, crashes));
    }

    /// That member is another replica from now on.
    pub fn crashed(&mut self, member: usize) {
        *self.crashes.entry(member).or_default() += 1;
    }

    /// Somebody counts that precinct besides, and holds what it holds as another replica.
    pub fn audited(&mut self, precinct: usize) {
        *self.audits.entry(precinct).or_default() += 1;
    }

    /// The first of these ops of that member of which its replica says that more others have it
    /// than ever had it. To be asked only where nobody lies.
    pub fn violation<'a>(
        &self,
        (member, precinct): (usize, usize),
        replica: &Replica,
        made: impl IntoIterator<Item = &'a OpId>,
    ) -> Option<Violation> {
        made.into_iter().find_map(|op| {
            let claimed = replica.seen_by(*op);
            let all = self.of.get(op).into_iter().flatten();
            let holders = all.filter(|(holder, _)| *holder != member).count();
            let holders = holders + self.audits.get(&precinct).copied().unwrap_or(0);
            (claimed > holders).then(|| Violation::SeenByNobody {
                replica: replica.id(),
                op: *op,
                claimed,
                holders,
            })
        })
    }
}

/// The first op that a replica holds and its disk does not.
pub fn not_saved(
    replica: ReplicaId,
    held: &BTreeSet<OpId>,
    saved: &BTreeSet<OpId>,
) -> Option<Violation> {
    let op = *held.difference(saved).next()?;
    Some(Violation::NotSaved { replica, op })
}
