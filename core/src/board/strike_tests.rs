//! What boards make of strikes, whenever they come.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::statement::{PrecinctState, Statement};
use super::testing::*;
use crate::ballots::branch::{Branch, LOG};
use crate::ballots::fingerprint;
use crate::ballots::store::{BallotStore, Inserted};
use crate::ballots::testing::{key, room_for};
use crate::ids::{PrecinctId, ReturnId};
use crate::poll::op::{Op, VerifiedOp};
use crate::poll::strike::StrikeReturn;
use crate::wire::envelope::sign;

/// The entry of that place, which strikes a return of precinct `THERE`.
fn entry(index: u32) -> VerifiedOp {
    let strike = StrikeReturn {
        index,
        precinct: THERE,
        return_id: ReturnId([1; 32]),
        reason: "false".to_owned(),
    };
    let op = Op::StrikeReturn(Box::new(strike));
    sign(&key(0), poll().rules.poll, op)
}

#[test]
fn a_strike_is_an_entry_of_the_log_and_concerns_its_precinct_alone() {
    let (mut here, mut there) = (store(HERE, 3), store(THERE, 3));
    let before = held(HERE, 3);
    let said = |store: &mut BallotStore| {
        let version = store.version();
        let said = PrecinctState::of(store).unwrap();
        let statement = Statement::new(&poll().rules, said).unwrap();
        assert_eq!(statement.version(), version);
        statement
    };
    let [first, second, third] = [0, 1, 2].map(entry);
    let mut ids = [first.id(), second.id()];
    for store in [&mut here, &mut there] {
        store.limit_room(&room_for(9, 2));
        for op in [&first, &second] {
            assert_eq!(store.insert(op.clone()), Inserted::Added);
            assert_eq!(store.insert(op.clone()), Inserted::Known);
        }
        assert!(store.holds(third.claim()));
        assert_eq!(store.insert(third.clone()), Inserted::Dominated);
        let walked = store.walk(Branch::root(LOG), None).map(|step| step.id);
        assert_eq!(walked.collect::<Vec<_>>(), ids);
    }
    assert_eq!(said(&mut here), before);
    ids.sort_unstable();
    let there = said(&mut there);
    assert_eq!((there.version(), there.log_entries), (5, 2));
    assert_eq!(there.log_fingerprint, fingerprint::leaf(ids.iter()));
    assert_eq!(there.return_id(), held(THERE, 3).return_id());
}

/// Claims and disputes, and strikes of some that are disputed, some that are not, and one that
/// nobody claimed.
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
            all.push(News::Strike(struck.precinct, struck.return_id()));
        }
        let nobodys = statement(THERE, 77);
        all.push(News::Strike(THERE, nobodys.return_id()));
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Of one precinct there are more claims than are kept.
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
