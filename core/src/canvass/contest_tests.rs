//! What somebody with many keys of one precinct could make of the few claims and disputes that are kept.

use ed25519_zebra::SigningKey;

use super::board::{Board, Taken};
use super::board_testing::*;
use super::claim::Claim;
use super::grade::Grade;
use super::statement::Statement;
use crate::wire::envelope::voter_key;

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
    let lie = statement(HERE, 30, &[]);
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
        assert!(
            !late.dispute(dispute(*by, &lie, 18)),
            "it is taken back already"
        );
    }
    assert!(late.dispute(meant));
    assert!(is_disputed(&late, &lie));
    assert_eq!(early.digest(), late.digest());
}

#[test]
fn what_was_disputed_has_to_stand_again() {
    let lie = statement(HERE, 30, &[]);
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
    assert_eq!(board.claim(both.clone()), Taken::News);
    // Otherwise each of the two would be news after the other, for ever.
    for _ in 0..2 {
        assert_eq!(board.claim(late.clone()), Taken::Nothing);
        assert_eq!(board.claim(both.clone()), Taken::Nothing);
    }
    assert_eq!(board.claims(HERE)[0], both);
    assert!(board.counters().crowded_out > 0);
}
