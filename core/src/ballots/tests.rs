use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::branch::{Branch, LOG, MAX_DEPTH, PRECINCT};
use super::fingerprint::{self, EMPTY, Item};
use super::testing::{Poll, room_for};
use super::tree::{Placed, Tree};
use super::{BallotStore, Inserted, Return};
use crate::crdt::register::Register;
use crate::ids::{OpId, VoterKey};
use crate::poll::choice::Choice;
use crate::poll::close::Status;
use crate::poll::log::MAX_SET_STATUS;
use crate::poll::method::Method;
use crate::poll::op::VerifiedOp;
use crate::poll::register::CastBallot;
use crate::poll::verdict::{Removed, Verdict};

/// A poll and ops of all sorts: many voters, changed votes, double signatures, revocations, bars, unknown
/// kinds.
static OPS: LazyLock<(Poll, Vec<VerifiedOp>)> = LazyLock::new(|| {
    let poll = Poll::new();
    let mut ops: Vec<_> = (0..180)
        .map(|voter| poll.ballot(voter, 0, 1 + (voter % 7) as u8))
        .collect();
    for voter in 0..30 {
        ops.push(poll.ballot(voter, 1, 1));
        ops.extend((1..=voter as u8 % 5).map(|marks| poll.ballot(voter, 1, 1 + marks)));
    }
    let revocations: Vec<_> = (0..25)
        .map(|index| {
            let ballot = &ops[index * 8];
            poll.revoke(index as u32, ballot.author(), ballot.id())
        })
        .collect();
    // Of voters with revoked, with spoiled and with other ballots, and of one who never voted.
    let bars: Vec<_> = (0..8)
        .map(|index| poll.bar(20 + index, poll.ballot(index * 27, 0, 1).author()))
        .collect();
    ops.extend(revocations);
    ops.extend(bars);
    ops.extend((0..20).map(|number| poll.unknown(number)));
    (poll, ops)
});

fn subsets() -> impl Strategy<Value = Vec<VerifiedOp>> {
    let all = &OPS.1;
    subsequence((0..all.len()).collect::<Vec<_>>(), 0..=all.len())
        .prop_shuffle()
        .prop_map(|picked| picked.into_iter().map(|index| all[index].clone()).collect())
}

fn items(store: &BallotStore, section: u8) -> Vec<Item> {
    let mut items: Vec<_> = match section {
        LOG => store
            .log()
            .range(OpId([0; 32])..=OpId([0xff; 32]))
            .map(|op| Item {
                place: op.id().head(),
                owner: op.id().0,
                id: op.id(),
            })
            .collect(),
        _ => store
            .registers()
            .flat_map(|(voter, register)| {
                register
                    .entries()
                    .iter()
                    .map(move |ballot| (voter, ballot.id))
            })
            .map(|(voter, id)| Item {
                place: crate::ids::Place::of(store.poll(), *voter).0,
                owner: voter.0,
                id,
            })
            .collect(),
    };
    items.sort_unstable();
    items
}

fn under(items: &[Item], branch: Branch) -> Vec<Item> {
    items
        .iter()
        .copied()
        .filter(|item| branch.places().contains(&item.place))
        .collect()
}

fn plain_total(store: &BallotStore) -> Return {
    let mut total = Return::empty(store.genesis().options().len());
    for (voter, register) in store.registers() {
        for ballot in register.entries() {
            total.ballots += 1;
            match Verdict::of(voter, ballot, register, store.log().removed()) {
                Verdict::Counted => {
                    total.counted += 1;
                    ballot
                        .choice
                        .marked()
                        .for_each(|option| total.counts[option] += 1);
                }
                Verdict::Revoked { .. } => total.revoked += 1,
                Verdict::Barred { .. } | Verdict::Spoiled { .. } | Verdict::Replaced { .. } => {}
            }
        }
        total.spoiled += u64::from(register.top().len() == 2);
    }
    total
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_tree_agrees_with_the_definition(ops in subsets(), folds: bool, place: u64) {
        let mut store = OPS.0.store();
        for (index, op) in ops.iter().enumerate() {
            store.insert(op.clone());
            if folds && index % 40 == 0 {
                store.fold();
            }
        }
        for section in [LOG, PRECINCT] {
            let items = items(&store, section);
            let around = (0..=MAX_DEPTH).map(|depth| Branch::around(section, depth, place));
            for branch in Branch::root(section).below(3).chain(around) {
                let under = under(&items, branch);
                prop_assert_eq!(store.branch_fingerprint(branch), fingerprint::of(branch, &under));
                prop_assert_eq!(store.ops_under(branch), under.len() as u64);
                prop_assert_eq!(
                    store.is_leaf(branch),
                    branch.depth() == MAX_DEPTH || !fingerprint::exceeds_a_leaf(&under)
                );
                let walked: Vec<_> = store.walk(branch, None).map(|step| step.id).collect();
                prop_assert_eq!(walked.len(), under.len());
                prop_assert!(under.iter().all(|item| walked.contains(&item.id)));
            }
        }
        prop_assert_eq!(store.len(), store.ops().count() as u64);
        let plain = plain_total(&store);
        prop_assert_eq!(store.total(), &plain);
        prop_assert!(plain.ballots >= plain.counted + plain.revoked);
        prop_assert!(plain.ballots >= plain.counted + 2 * plain.spoiled);
    }

    #[test]
    fn order_and_duplicates_do_not_matter(ops in subsets(), seed: u64) {
        let mut shuffled = ops.clone();
        shuffled.sort_by_key(|op| op.id().head() ^ seed);
        shuffled.extend(ops.iter().take(20).cloned());
        let (mut one, mut other) = (OPS.0.store_of(&ops), OPS.0.store_of(&shuffled));
        prop_assert_eq!(one.digest(), other.digest());
        prop_assert_eq!(one.root(), other.root());
        prop_assert_eq!(one.total(), other.total());
        prop_assert!(one.ops().eq(other.ops()));
        prop_assert!(ops.iter().all(|op| one.holds(op.claim())));
    }

    #[test]
    fn the_state_hash_is_equal_only_when_the_sets_are(a in subsets(), b in subsets()) {
        let (mut one, mut other) = (OPS.0.store_of(&a), OPS.0.store_of(&b));
        let same = one.ops().eq(other.ops());
        prop_assert_eq!(one.root() == other.root(), same);
        if let Some(op) = b.iter().find(|op| !one.holds(op.claim())) {
            let before = one.root();
            prop_assert_eq!(one.insert(op.clone()), Inserted::Added);
            prop_assert_ne!(one.root(), before);
        }
    }

    #[test]
    fn returns_of_disjoint_branches_add_up(ops in subsets(), cut: u64) {
        let mut store = OPS.0.store_of(&ops);
        let sum = |registers: &mut dyn Iterator<Item = (&VoterKey, &Register<CastBallot>)>| {
            let mut sum = Return::empty(3);
            registers.for_each(|(voter, register)| sum.add_register(voter, register, store.log().removed()));
            sum
        };
        let place = |voter: &VoterKey| crate::ids::Place::of(store.poll(), *voter).0;
        let mut low = sum(&mut store.registers().filter(|(voter, _)| place(voter) < cut));
        let high = sum(&mut store.registers().filter(|(voter, _)| place(voter) >= cut));
        low.add(&high);
        prop_assert_eq!(store.total(), &low);
    }

    #[test]
    fn a_walk_can_be_left_and_taken_up(ops in subsets(), stop in 1..50_usize) {
        let store = OPS.0.store_of(&ops);
        for section in [LOG, PRECINCT] {
            let whole: Vec<_> = store.walk(Branch::root(section), None).map(|step| step.id).collect();
            let (mut parts, mut after) = (Vec::new(), None);
            while parts.len() < whole.len() {
                for step in store.walk(Branch::root(section), after).take(stop) {
                    parts.push(step.id);
                    after = Some(step.position);
                }
            }
            prop_assert_eq!(&parts, &whole);
        }
    }

    #[test]
    fn places_that_share_many_bits_are_told_apart(
        places in proptest::collection::vec((0..40_u64, 0..6_u8), 0..120),
        shift in 0..=58_u32,
    ) {
        let mut tree = Tree::new(PRECINCT, 2);
        let mut items = Vec::new();
        for (index, (place, voter)) in places.into_iter().enumerate() {
            let (place, voter) = (place << shift, VoterKey([voter; 32]));
            let ballot = ballot(index as u32, index as u8);
            items.push(Item { place, owner: voter.0, id: ballot.id });
            prop_assert_eq!(tree.insert(place, voter, ballot), Placed::Added);
        }
        items.sort_unstable();
        tree.fold(&Removed::default());
        for depth in 0..=MAX_DEPTH {
            for place in [0, 1 << shift, 17 << shift, u64::MAX] {
                let branch = Branch::around(PRECINCT, depth, place);
                prop_assert_eq!(tree.fingerprint(branch), fingerprint::of(branch, &under(&items, branch)));
            }
        }
    }
}

fn ballot(seq: u32, id: u8) -> CastBallot {
    CastBallot {
        id: OpId([id; 32]),
        seq,
        choice: Choice::new(&[1], Method::Single, 2).unwrap(),
        bytes: [].into(),
    }
}

#[test]
fn the_empty_poll_has_the_empty_fingerprints() {
    let mut store = Poll::new().store();
    assert_eq!(store.root(), fingerprint::root(&[EMPTY, EMPTY]));
    assert_eq!(store.digest().ops, 0);
    assert!(store.is_empty());
    assert_eq!(*store.total(), Return::empty(3));
}

#[test]
fn the_third_of_a_seq_pushes_out_the_largest_id() {
    let poll = Poll::new();
    let mut ops: Vec<_> = (1..=7).map(|marks| poll.ballot(0, 0, marks)).collect();
    ops.sort_by_key(|op| std::cmp::Reverse(op.id()));
    let mut store = poll.store();
    for op in &ops {
        assert_eq!(store.insert(op.clone()), Inserted::Added);
    }
    assert_eq!(store.len(), 2);
    assert_eq!(store.insert(ops[0].clone()), Inserted::Dominated);
    assert_eq!(store.insert(ops[6].clone()), Inserted::Known);
    assert_eq!(store.root(), poll.store_of(&ops[5..]).root());
    assert_eq!(store.total().spoiled, 1);
}

#[test]
fn a_revocation_changes_a_total_that_was_worked_out_already() {
    let poll = Poll::new();
    let ballot = poll.ballot(3, 0, 2);
    let mut store = poll.store_of(
        (0..100)
            .map(|voter| poll.ballot(voter, 0, 2))
            .collect::<Vec<_>>()
            .iter(),
    );
    assert_eq!((store.total().counted, store.total().counts[1]), (100, 100));
    let hash = store.root();
    assert_eq!(
        store.insert(poll.revoke(0, ballot.author(), ballot.id())),
        Inserted::Added
    );
    assert_ne!(store.root(), hash);
    assert_eq!(
        (
            store.total().counted,
            store.total().counts[1],
            store.total().revoked
        ),
        (99, 99, 1)
    );
    store.insert(poll.ballot(3, 1, 4));
    assert_eq!(
        (
            store.total().counted,
            store.total().counts[2],
            store.total().revoked
        ),
        (100, 1, 1)
    );
}

#[test]
fn a_revocation_affects_a_ballot_of_the_voter_whom_it_names_and_of_no_other() {
    let poll = Poll::new();
    let (ballot, other) = (poll.ballot(3, 0, 2), poll.ballot(4, 0, 2));
    let revocation = poll.revoke(0, other.author(), ballot.id());
    let mut before = poll.store_of([&revocation, &ballot, &other]);
    let mut after = poll.store_of([&ballot, &other]);
    assert_eq!(after.total().counted, 2);
    after.insert(revocation);
    assert_eq!(
        (after.root(), after.total()),
        (before.root(), before.total())
    );
    let total = after.total();
    assert_eq!((total.counted, total.revoked), (2, 0));
}

#[test]
fn a_bar_takes_out_all_that_its_voter_signed_or_will_sign() {
    let poll = Poll::new();
    let (first, second) = (poll.ballot(3, 0, 2), poll.ballot(3, 1, 2));
    let twins = [1, 2].map(|marks| poll.ballot(4, 0, marks));
    let other = poll.ballot(5, 0, 2);
    let bars = [&first, &twins[0]].map(|ballot| poll.bar(0, ballot.author()));
    let revocation = poll.revoke(1, first.author(), first.id());
    let mut all = vec![&first, &second, &other, &revocation];
    all.extend(twins.iter().chain(&bars));
    let mut seen = Vec::new();
    for _ in 0..all.len() {
        all.rotate_left(1);
        let mut store = poll.store();
        for op in &all {
            store.insert((*op).clone());
            store.fold();
        }
        let verdict = |op: &VerifiedOp| {
            let register = store.register(&op.author()).unwrap();
            let mut entries = register.entries().iter();
            let ballot = entries.find(|ballot| ballot.id == op.id()).unwrap();
            Verdict::of(&op.author(), ballot, register, store.log().removed())
        };
        let by = bars.each_ref().map(VerifiedOp::id);
        assert_eq!(
            verdict(&first),
            Verdict::Revoked {
                by: revocation.id()
            }
        );
        assert_eq!(verdict(&second), Verdict::Barred { by: by[0] });
        for twin in &twins {
            assert_eq!(verdict(twin), Verdict::Barred { by: by[1] });
        }
        assert_eq!(verdict(&other), Verdict::Counted);
        let total = store.total().clone();
        assert_eq!(
            (total.ballots, total.counted, &*total.counts),
            (5, 1, &[0, 1, 0][..])
        );
        assert_eq!((total.revoked, total.spoiled), (1, 1));
        seen.push((store.root(), total));
    }
    assert!(seen.iter().all(|one| *one == seen[0]));
}

#[test]
fn the_highest_index_says_whether_the_poll_is_open_and_of_equals_one_that_closes_it() {
    let poll = Poll::new();
    let (open, closed) = (Status::Open, Status::Closed);
    let first = poll.set_status(closed, 3, &[]);
    let second = poll.set_status(open, 4, &[&first]);
    let other = poll.set_status(closed, 4, &[&first]);
    let third = poll.set_status(open, 9, &[&second, &other]);
    let status = |ops: &[&VerifiedOp]| {
        let store = poll.store_of(ops.iter().copied());
        (store.log().status(), store.log().tips())
    };
    let ids = |ops: &[&VerifiedOp]| {
        let mut ids: Vec<_> = ops.iter().map(|op| op.id()).collect();
        ids.sort_unstable();
        ids.into_boxed_slice()
    };
    assert_eq!(status(&[]), (open, ids(&[])));
    assert_eq!(status(&[&first]), (closed, ids(&[&first])));
    assert_eq!(status(&[&first, &second]), (open, ids(&[&second])));
    let both = (closed, ids(&[&second, &other]));
    assert_eq!(status(&[&first, &second, &other]), both);
    assert_eq!(status(&[&first, &other, &second]), both);
    let all = [&first, &second, &other, &third];
    assert_eq!(status(&all), (open, ids(&[&third])));

    // Whose index is not above those that it waits for is no entry, and nor is what waits for it.
    let equal = poll.set_status(closed, 9, &[&third]);
    let mut store = poll.store_of(all);
    assert!(store.holds(equal.claim()));
    assert_eq!(store.insert(equal.clone()), Inserted::Dominated);
    let after_it = poll.set_status(closed, 10, &[&equal]);
    assert_eq!(store.log().missing_of(after_it.claim()), Some(equal.id()));
}

#[test]
fn of_entries_that_close_and_open_the_first_are_kept_and_the_others_keep_their_room() {
    let poll = Poll::new();
    let ballot = poll.ballot(1, 0, 1);
    let mut chain: Vec<VerifiedOp> = Vec::new();
    for index in 0..MAX_SET_STATUS as u32 {
        let status = [Status::Closed, Status::Open][index as usize % 2];
        let after: Vec<_> = chain.last().into_iter().collect();
        chain.push(poll.set_status(status, 2 * index, &after));
    }
    let revocation = poll.revoke(1, ballot.author(), ballot.id());
    let mut store = poll.store_of(chain.iter().chain([&ballot, &revocation]));
    assert_eq!(store.total().revoked, 1);
    assert_eq!(store.log().set_status(), MAX_SET_STATUS);
    let last = chain.last().unwrap();
    let beyond = poll.set_status(Status::Closed, 10_000, &[last]);
    assert!(store.holds(beyond.claim()));
    assert_eq!(store.insert(beyond), Inserted::Dominated);
    let root = store.root();
    // One that comes before the last takes its place, and nothing else's.
    let early = poll.set_status(Status::Closed, 1, &[&chain[0]]);
    assert_eq!(store.insert(early.clone()), Inserted::Added);
    assert!(store.log().get(last.id()).is_none() && store.log().get(early.id()).is_some());
    assert!(store.holds(last.claim()) && store.root() != root);
    assert_eq!(store.total().revoked, 1);
    let other_way = poll.store_of(
        [&chain[0], &early, &revocation, &ballot]
            .into_iter()
            .chain(&chain[1..]),
    );
    assert!(store.log().entries().eq(other_way.log().entries()));
}

#[test]
fn of_more_entries_than_are_kept_the_first_stay_in_whatever_order_they_come() {
    let poll = Poll::new();
    let ballots: Vec<_> = (0..3).map(|voter| poll.ballot(voter, 0, 1)).collect();
    let of = |index, voter: usize| poll.revoke(index, ballots[voter].author(), ballots[voter].id());
    let mut entries = vec![of(9, 0), of(4, 1), of(0, 1), of(4, 2), of(65_535, 0)];
    entries.sort_by_key(|op| (op.index(), op.id()));
    let mut seen = Vec::new();
    for turn in 0..entries.len() {
        let mut store = poll.store_of(&ballots);
        store.limit_room(&room_for(9, 2));
        entries.rotate_left(1);
        let backwards = entries.iter().rev().filter(|_| turn % 2 == 0);
        for op in backwards.chain(&entries) {
            let held = store.holds(op.claim());
            let inserted = store.insert(op.clone());
            assert_eq!(held, inserted != Inserted::Added);
            store.fold();
        }
        let kept: Vec<_> = store.log().entries().filter_map(|op| op.index()).collect();
        assert_eq!(kept, [0, 4]);
        assert_eq!(store.log().next_index(), None);
        seen.push((store.root(), store.total().clone()));
    }
    let (_, total) = &seen[0];
    assert_eq!((total.counted + total.revoked, total.ballots), (3, 3));
    assert!(seen.iter().all(|one| *one == seen[0]));
}

#[test]
fn what_an_entry_said_that_had_to_go_another_may_still_say() {
    let poll = Poll::new();
    let ballot = poll.ballot(1, 0, 1);
    let of = |index| poll.revoke(index, ballot.author(), ballot.id());
    let nobody = |index| poll.revoke(index, ballot.author(), OpId([index as u8; 32]));
    let bar = |index| poll.bar(index, ballot.author());
    let mut store = poll.store_of([&ballot]);
    store.limit_room(&room_for(9, 3));
    for (op, revoked) in [
        (of(7), 1),
        (of(8), 1),
        (nobody(1), 1),
        (nobody(2), 1),
        (nobody(3), 0),
    ] {
        assert_eq!(store.insert(op), Inserted::Added);
        assert_eq!(store.total().revoked, revoked);
    }
    let mut store = poll.store_of([&ballot]);
    store.limit_room(&room_for(9, 3));
    for (op, counted) in [
        (bar(7), 0),
        (bar(8), 0),
        (nobody(1), 0),
        (nobody(2), 0),
        (nobody(3), 1),
    ] {
        assert_eq!(store.insert(op), Inserted::Added);
        assert_eq!(store.total().counted, counted);
    }
}

#[test]
fn ballots_are_found_by_voter_and_by_id() {
    let (poll, ops) = &*OPS;
    let store = poll.store_of(ops);
    let wanted = &ops[100];
    let (voter, ballot) = store.find_ballot(wanted.id()).unwrap();
    assert_eq!((voter, &*ballot.bytes), (wanted.author(), wanted.bytes()));
    assert!(store.register(&voter).unwrap().entries().contains(ballot));
    assert!(store.covers(wanted.place(), &voter, 0, wanted.id()));
    assert!(!store.covers(wanted.place(), &voter, 1, wanted.id()));
    assert_eq!(store.find_ballot(OpId([0; 32])), None);
    assert_eq!(store.voters(), 180);
}

/// Otherwise each session would bring it again, to be verified again.
#[test]
fn what_there_is_no_room_for_is_dropped_before_its_signature_is_checked() {
    let poll = Poll::new();
    let ballots: Vec<_> = (0..3).map(|voter| poll.ballot(voter, 0, 1)).collect();
    let of = |index: u32| &ballots[index as usize];
    let entries = [0, 1].map(|index| poll.revoke(index, of(index).author(), of(index).id()));
    let mut store = poll.store();
    store.limit_room(&room_for(2, 1));
    store.insert(ballots[0].clone());
    assert!(!store.is_full() && !store.holds(ballots[2].claim()));
    store.insert(ballots[1].clone());
    assert!(store.is_full() && store.holds(ballots[2].claim()) && !store.holds(entries[1].claim()));
    assert_eq!(store.insert(ballots[2].clone()), Inserted::Full);
    // Who has a register already may vote again, and ops of unknown kinds give way to each other.
    assert!(!store.holds(poll.ballot(0, 1, 2).claim()) && !store.holds(poll.unknown(1).claim()));
    store.limit_room(&room_for(3, 1));
    assert!(!store.is_full());
    store.insert(entries[0].clone());
    assert!(!store.is_full() && !store.holds(ballots[2].claim()));
    assert!(store.holds(entries[1].claim()));
    assert_eq!(store.insert(entries[1].clone()), Inserted::Dominated);
    assert!(!store.covers(ballots[2].place(), &ballots[2].author(), 0, ballots[2].id()));
}
