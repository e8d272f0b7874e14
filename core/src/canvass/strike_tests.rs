//! What boards make of strikes, whenever they come.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::board::Board;
use super::board_testing::*;
use super::branch::{Branch, LOG};
use super::grade::Grade;
use super::state::{Canvass, Inserted};
use super::statement::{PrecinctState, Statement};
use super::testing::key;
use crate::ids::{OpId, PrecinctId, ReturnId};
use crate::poll::log::LogLink;
use crate::poll::op::{Op, VerifiedOp};
use crate::poll::strike::StrikeReturn;
use crate::wire::envelope::sign;

#[test]
fn what_came_after_a_struck_return_is_shown_where_that_never_came() {
    let lie = claim(THERE, 1_000, 0..2);
    let truth = claim(THERE, 3, 2..4);
    let later = signed(&statement(HERE, 10, &[(THERE, 1_000)]), 0..2);
    let strike =
        |board: &mut Board| board.strike(THERE, lie.statement().return_id(poll().rules.poll));
    let mut there = board();
    for claim in [&lie, &later, &truth] {
        there.claim(claim.clone());
    }
    strike(&mut there);
    // A newcomer, to whom nobody tells what is struck, whether it hears of the strike or of the claims first.
    for first in [true, false] {
        let mut newcomer = board();
        if first {
            strike(&mut newcomer);
        }
        newcomer.claim(later.clone());
        newcomer.claim(truth.clone());
        if !first {
            assert_eq!(shown(&newcomer, HERE), None);
            strike(&mut newcomer);
        }
        assert_eq!(newcomer.total(), there.total());
        assert_eq!(newcomer.digest(), there.digest());
        assert_eq!(shown(&newcomer, HERE), Some((10, Grade::Attested(2))));
    }
}

/// An entry that follows another and strikes a return.
fn entry(prev: Option<(u32, OpId)>) -> VerifiedOp {
    let strike = StrikeReturn {
        link: LogLink {
            index: prev.map_or(0, |(index, _)| index + 1),
            prev: prev.map(|(_, id)| id),
        },
        precinct: THERE,
        return_id: ReturnId([1; 32]),
        reason: "false".to_owned(),
    };
    let op = Op::StrikeReturn(Box::new(strike));
    sign(&key(0), poll().rules.poll, op)
}

#[test]
fn a_strike_is_an_entry_of_the_log_like_any_other() {
    let mut canvass = canvass(HERE, 3);
    let version = |canvass: &mut Canvass| {
        let said = PrecinctState::of(canvass).unwrap();
        let statement = Statement::new(&poll().rules, said, Vec::new()).unwrap();
        (
            statement.version(),
            statement.log_entries,
            statement.log_head,
        )
    };
    let first = entry(None);
    let second = entry(Some((0, first.id())));
    let third = entry(Some((1, second.id())));
    canvass.limit_room(9, 2);
    for (op, at) in [(&first, 1), (&second, 2)] {
        assert_eq!(canvass.insert(op.clone()), Inserted::Added);
        assert_eq!(canvass.insert(op.clone()), Inserted::Known);
        assert_eq!(version(&mut canvass), (3 + at, at as u32, op.id()));
    }
    assert!(canvass.holds(&third));
    assert_eq!(canvass.insert(third), Inserted::Full);
    let walked = canvass.walk(Branch::root(LOG), None).map(|step| step.id);
    assert_eq!(walked.collect::<Vec<_>>(), [first.id(), second.id()]);
}

/// Claims and disputes, and strikes of some that are disputed, some that are not, and one that nobody claimed.
fn with_strikes() -> &'static Vec<News> {
    static ALL: OnceLock<Vec<News>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = news(5);
        let claims: Vec<_> = all
            .iter()
            .filter_map(|one| match one {
                News::Claim(claim) => Some(claim.statement().clone()),
                _ => None,
            })
            .collect();
        // Four claims a statement: the oldest and the newest of one precinct, and one of the other.
        for struck in [&claims[1], &claims[17], &claims[30]] {
            all.push(News::Strike(
                struck.precinct,
                struck.return_id(poll().rules.poll),
            ));
        }
        let nobodys = statement(THERE, 77, &[]);
        all.push(News::Strike(THERE, nobodys.return_id(poll().rules.poll)));
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A member that signed what is struck stands by what it signed before only where the strike came first.
    #[test]
    fn boards_with_the_same_strikes_are_equal_once_they_told_each_other(
        one in Just(with_strikes().clone()).prop_shuffle(),
        other in Just(with_strikes().clone()).prop_shuffle(),
    ) {
        let (mut one, mut other) = (board_of(&one), board_of(&other));
        let mut turns = 0_u16;
        while one.digest() != other.digest() {
            tell(&one.clone(), &mut other, PrecinctId(turns % PRECINCTS));
            tell(&other, &mut one, PrecinctId(turns % PRECINCTS));
            turns += 1;
            prop_assert!(turns <= 4, "they do not become equal");
        }
        prop_assert_eq!(one.total(), other.total());
        let struck: usize = one.total().parts.iter().map(|part| part.struck).sum();
        prop_assert_eq!(struck, 4);
    }
}
