//! What somebody with many keys of one precinct could make of the few claims and disputes that are
//! kept.

use std::sync::OnceLock;

use ed25519_zebra::SigningKey;
use proptest::prelude::*;

use super::claim::Claim;
use super::contest::{Contest, MAX_CLAIMS, MAX_DISPUTES, MAX_LOOSE};
use super::grade::Grade;
use super::precincts::Board;
use super::statement::Statement;
use super::testing::*;
use crate::crdt::{Join, laws::laws_of};
use crate::wire::envelope::voter_key;

/// All that four members may say of four statements, of which each two have one version, and that
/// the chair may strike: as much as there is always room for.
fn all_said() -> &'static Vec<Contest> {
    static ALL: OnceLock<Vec<Contest>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = Vec::new();
        for number in 0..MAX_CLAIMS as u64 {
            let mut said = state(HERE, 20 + number / 2);
            said.fingerprint = [number as u8 + 1; 32];
            let statement = Statement::new(&poll().rules, said).unwrap();
            for member in 0..MAX_DISPUTES {
                all.push(Contest::from(signed(&statement, [member])));
                all.push(Contest::from(dispute(member, &statement, 18)));
            }
            all.push(Contest::from(statement.return_id()));
        }
        const { assert!(MAX_CLAIMS * MAX_DISPUTES <= MAX_LOOSE) };
        all
    })
}

fn contests() -> impl Strategy<Value = Contest> {
    let all = all_said();
    let some = proptest::sample::subsequence((0..all.len()).collect::<Vec<_>>(), 0..=all.len());
    some.prop_shuffle().prop_map(|some| {
        let mut contest = Contest::default();
        for one in some {
            contest.join(&all[one]);
        }
        contest
    })
}

laws_of!(contests());

proptest! {
    #[test]
    fn contests_that_hold_the_same_have_one_digest_and_show_the_same(
        said in Just((0..all_said().len()).collect::<Vec<_>>()).prop_shuffle(),
        length in 0..=all_said().len(),
    ) {
        let joined = |said: &mut dyn Iterator<Item = &usize>| {
            said.fold(Contest::default(), |mut all, one| {
                all.join(&all_said()[*one]);
                all
            })
        };
        let (one, other) = (joined(&mut said[..length].iter()), joined(&mut said[..length].iter().rev()));
        prop_assert_eq!(one.digest(), other.digest());
        prop_assert_eq!(one.claims(), other.claims());
        prop_assert_eq!(one.dropped(), (0, 0));
        for claim in one.claims() {
            let state = claim.statement().state();
            let disputes = |of: &Contest| of.disputes(state).map(|held| held.by()).collect::<Vec<_>>();
            prop_assert_eq!(disputes(&one), disputes(&other));
        }
    }
}

/// The numbers of the members, ascending by key.
fn ascending() -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..40).collect();
    let key = |number: &usize| -> &SigningKey { member(HERE, *number) };
    numbers.sort_by_key(|number| voter_key(key(number)));
    numbers
}

fn is_disputed(board: &Board, lie: &Statement) -> bool {
    board.disputes(HERE, lie.state()).next().is_some()
}

#[test]
fn disputes_that_were_taken_back_leave_room_for_those_that_are_meant() {
    let numbers = ascending();
    let (few, honest) = (&numbers[..4], numbers[39]);
    let all = || numbers[..5].iter().copied();
    let lie = statement(HERE, 30);
    let meant = dispute(honest, &lie, 18);
    let mut early = board();
    early.claim(signed(&lie, [numbers[4]]));
    early.dispute(meant.clone());
    for by in few {
        early.dispute(dispute(*by, &lie, 18));
    }
    early.claim(signed(&lie, all()));
    // Whoever disputed it finds that nobody does any more, and disputes it again.
    assert!(!is_disputed(&early, &lie));
    assert!(early.dispute(meant.clone()));
    assert_eq!(shown(&early, HERE), Some((30, Grade::Claimed)));

    let mut late = board();
    late.claim(signed(&lie, all()));
    for by in few {
        late.dispute(dispute(*by, &lie, 18));
    }
    assert!(!is_disputed(&late, &lie), "they take it back themselves");
    assert!(late.dispute(meant));
    assert!(is_disputed(&late, &lie));
    assert_eq!(early.digest(), late.digest());
}

#[test]
fn a_member_who_moves_on_does_not_stand_by_what_they_signed_nor_by_taking_back() {
    let mut board = board();
    let lie = statement(HERE, 30);
    board.dispute(dispute(2, &lie, 18));
    board.claim(signed(&lie, 0..3));
    assert!(!is_disputed(&board, &lie));
    board.claim(claim(HERE, 31, [2]));
    assert!(is_disputed(&board, &lie));
}

#[test]
fn what_was_disputed_has_to_stand_again() {
    let lie = statement(HERE, 30);
    let mut board = board();
    board.claim(signed(&lie, [0, 1]));
    board.stand(HERE, lie.state());
    assert_eq!(board.total().grade, Some(Grade::Attested(2)));
    board.dispute(dispute(2, &lie, 18));
    board.claim(signed(&lie, [2]));
    assert!(!is_disputed(&board, &lie));
    assert_eq!(board.total().grade, Some(Grade::Claimed));
    assert_eq!(board.yet_to_stand(HERE).collect::<Vec<_>>(), [lie.state()]);
}

#[test]
fn a_claim_that_finds_no_room_takes_no_signature_from_another() {
    let mut board = board();
    let both: Claim = claim(HERE, 5, [0, 1]);
    let late: Claim = claim(HERE, 6, [0]);
    for claim in [
        claim(HERE, 10, [2]),
        claim(HERE, 11, [3]),
        claim(HERE, 12, [4]),
        late.clone(),
    ] {
        board.dispute(dispute(9, claim.statement(), 18));
        if claim != late {
            board.claim(claim);
        }
    }
    assert!(board.claim(both.clone()));
    // Otherwise each of the two would be news after the other, for ever.
    for _ in 0..2 {
        assert!(!board.claim(late.clone()));
        assert!(!board.claim(both.clone()));
    }
    assert_eq!(board.claims(HERE)[0], both);
    assert!(board.counters().crowded_out > 0);
}
