//! Whether the product's replicas agree at the end: one set of ops, one state hash, one tally.

use std::collections::{BTreeMap, BTreeSet};

use election_core::ballots::returns::Return;
use election_core::ids::{OpId, ReplicaId};
use election_core::time::Millis;

use super::Violation;

/// What a live replica holds at the end of a run.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// Whose.
    pub replica: ReplicaId,
    /// The ids of its ops.
    pub ops: &'a BTreeSet<OpId>,
    /// Its state hash.
    pub root: [u8; 32],
    /// The result that it shows.
    pub tally: &'a Return,
}

/// The first thing that the replicas do not agree about. `after`: how long they had to agree.
///
/// `owed` are the ops that must not be gone, each with the live replica that made it or had it. A
/// ballot whose author signed two others with smaller ids under the same seq is owed to nobody: all
/// drop it.
#[must_use]
pub fn violation(
    replicas: &[Held<'_>],
    owed: &BTreeMap<OpId, ReplicaId>,
    after: Millis,
) -> Option<Violation> {
    let lost = held_by_nobody(replicas, owed);
    if lost.is_some() {
        return lost;
    }
    let (first, others) = replicas.split_first()?;
    others.iter().find_map(|other| {
        let lacks = |lacking: &Held<'_>, holding: &Held<'_>| {
            let op = holding.ops.difference(lacking.ops).next()?;
            Some(Violation::NotConverged {
                replica: lacking.replica,
                other: holding.replica,
                op: *op,
                after,
            })
        };
        lacks(other, first)
            .or_else(|| lacks(first, other))
            .or_else(|| two_hashes(other, first))
            .or_else(|| two_tallies(other, first))
    })
}

/// The first op that is owed and gone.
#[must_use]
pub fn held_by_nobody(
    replicas: &[Held<'_>],
    owed: &BTreeMap<OpId, ReplicaId>,
) -> Option<Violation> {
    let is_held = |op: &OpId| replicas.iter().any(|held| held.ops.contains(op));
    let (op, holder) = owed.iter().find(|(op, _)| !is_held(op))?;
    let (op, holder) = (*op, *holder);
    Some(Violation::HeldByNobody { op, holder })
}

fn two_hashes(one: &Held<'_>, other: &Held<'_>) -> Option<Violation> {
    (one.root != other.root).then_some(Violation::StateDiffers {
        replica: one.replica,
        other: other.replica,
        ops: one.ops.len(),
    })
}

fn two_tallies(one: &Held<'_>, other: &Held<'_>) -> Option<Violation> {
    let (figure, is, expected) = first_difference(&figures(one.tally), &figures(other.tally))?;
    Some(Violation::TallyDiffers {
        replica: one.replica,
        other: other.replica,
        figure,
        is,
        expected,
    })
}

/// Every figure of a return, with its name.
pub(super) fn figures(tally: &Return) -> BTreeMap<String, u64> {
    let counts = tally.counts.iter().enumerate();
    let counts = counts.map(|(option, count)| (format!("the count of option {option}"), *count));
    let rest = [
        ("ballots held", tally.ballots),
        ("ballots counted", tally.counted),
        ("ballots revoked", tally.revoked),
        ("spoiled registers", tally.spoiled),
    ];
    let rest = rest.map(|(name, value)| (name.to_owned(), value));
    counts.chain(rest).collect()
}

/// The first figure that is different, with both values. What only one side has is 0 on the other.
pub(super) fn first_difference(
    is: &BTreeMap<String, u64>,
    expected: &BTreeMap<String, u64>,
) -> Option<(String, u64, u64)> {
    let value =
        |figures: &BTreeMap<String, u64>, name: &str| figures.get(name).copied().unwrap_or(0);
    let mut both = is.keys().chain(expected.keys());
    let name = both.find(|name| value(is, name) != value(expected, name))?;
    Some((name.clone(), value(is, name), value(expected, name)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::replica;
    use super::*;

    const AFTER: Millis = Millis(1_000);

    struct Replica {
        ops: BTreeSet<OpId>,
        root: [u8; 32],
        tally: Return,
    }

    fn op(number: u8) -> OpId {
        OpId([number; 32])
    }

    fn with_ops(ops: &[u8]) -> Replica {
        Replica {
            ops: ops.iter().map(|number| op(*number)).collect(),
            root: [0; 32],
            tally: Return::empty(2),
        }
    }

    fn found(replicas: &[Replica], owed: &[u8]) -> Option<Violation> {
        let held: Vec<_> = (1..)
            .zip(replicas)
            .map(|(number, held)| Held {
                replica: replica(number),
                ops: &held.ops,
                root: held.root,
                tally: &held.tally,
            })
            .collect();
        let owed = owed
            .iter()
            .map(|number| (op(*number), replica(7)))
            .collect();
        violation(&held, &owed, AFTER)
    }

    #[test]
    fn replicas_that_agree_pass() {
        assert_eq!(found(&[], &[]), None);
        assert_eq!(found(&[with_ops(&[1, 2])], &[1]), None);
        assert_eq!(found(&[with_ops(&[1]), with_ops(&[1])], &[]), None);
    }

    #[test]
    fn an_op_that_nobody_has_is_lost_and_one_that_somebody_lacks_is_late() {
        let lost = |number| Violation::HeldByNobody {
            op: op(number),
            holder: replica(7),
        };
        let replicas = [with_ops(&[1]), with_ops(&[1, 2])];
        assert_eq!(found(&replicas, &[3]), Some(lost(3)));
        assert_eq!(
            found(&[], &[1]),
            Some(lost(1)),
            "nobody is left with a poll"
        );
        let late = Violation::NotConverged {
            replica: replica(1),
            other: replica(2),
            op: op(2),
            after: AFTER,
        };
        assert_eq!(found(&replicas, &[2]), Some(late));
        let turned = found(&[with_ops(&[1, 2]), with_ops(&[1])], &[]);
        let Some(Violation::NotConverged { replica: who, .. }) = turned else {
            unreachable!("2 lacks an op")
        };
        assert_eq!(who, replica(2));
    }

    #[test]
    fn one_set_has_one_hash_and_one_tally() {
        let mut other = with_ops(&[1]);
        other.root = [9; 32];
        let differs = found(&[with_ops(&[1]), other], &[]);
        assert_eq!(differs.map(|found| found.kind()), Some("state-differs"));
        let mut other = with_ops(&[1]);
        other.tally.counts[1] = 4;
        let differs = Violation::TallyDiffers {
            replica: replica(2),
            other: replica(1),
            figure: "the count of option 1".to_owned(),
            is: 4,
            expected: 0,
        };
        assert_eq!(found(&[with_ops(&[1]), other], &[]), Some(differs));
    }
}
