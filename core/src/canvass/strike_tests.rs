//! What boards make of strikes, whenever they come.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::board::Board;
use super::board_testing::*;
use super::grade::Grade;
use crate::ids::PrecinctId;

#[test]
fn what_came_after_a_struck_state_is_shown_where_that_never_came() {
    let lie = claim(THERE, 1_000, 0..2);
    let truth = claim(THERE, 3, 2..4);
    let later = signed(&statement(HERE, 10, &[(THERE, 1_000)]), 0..2);
    let strike = |board: &mut Board| board.strike(THERE, lie.statement().state());
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
            all.push(News::Strike(struck.precinct, struck.state()));
        }
        let nobodys = statement(THERE, 77, &[]);
        all.push(News::Strike(THERE, nobodys.state()));
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
