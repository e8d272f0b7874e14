//! What a board takes in, what it shows of it, and that boards agree.

use std::sync::OnceLock;

use ed25519_zebra::SigningKey;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::claim::{self, Claim, SignedClaim};
use super::dispute::{BadDispute, Dispute, SignedDispute};
use super::grade::Grade;
use super::precincts::Board;
use super::statement::{MAX_BALLOTS, PrecinctState, Rules, Statement};
use super::summary::Summary;
use super::testing::*;
use crate::ballots::returns::Return;
use crate::ids::PrecinctId;
use crate::wire::bytes::Reader;
use crate::wire::envelope::voter_key;

fn refusal(bytes: &[u8]) -> String {
    SignedClaim::decode(bytes, &poll().rules)
        .unwrap_err()
        .to_string()
}

#[test]
fn claims_and_disputes_round_trip_and_no_changed_byte_is_taken_for_another_meaning() {
    let rules = &poll().rules;
    let claim = signed(&statement(HERE, 300), 0..3);
    let bytes = bytes_of(|writer| claim.encode(writer));
    let read = SignedClaim::decode(&bytes, rules).unwrap();
    assert_eq!(read.verify().unwrap(), claim);
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1 << (at % 8);
        let verified = SignedClaim::decode(&other, rules)
            .ok()
            .and_then(SignedClaim::verify);
        assert!(verified.is_none(), "byte {at}");
        assert!(SignedClaim::decode(&bytes[..at], rules).is_err());
    }
    for voters in [3, 30] {
        let dispute = dispute(1, claim.statement(), voters);
        assert_eq!(dispute.quarters().is_some(), voters > 16);
        let bytes = bytes_of(|writer| dispute.encode(writer));
        let read = SignedDispute::decode(&bytes, rules).unwrap();
        assert_eq!(read.verify().unwrap(), dispute);
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1 << (at % 8);
            let verified = SignedDispute::decode(&other, rules)
                .ok()
                .and_then(SignedDispute::verify);
            assert!(verified.is_none(), "byte {at}");
            assert!(SignedDispute::decode(&bytes[..at], rules).is_err());
        }
    }
}

#[test]
fn what_cannot_be_claimed_is_refused_with_a_reason() {
    let rules = &poll().rules;
    let text = statement(HERE, 9);
    let with = |signers: &[&SigningKey]| {
        bytes_of(|writer| {
            text.encode(writer);
            writer.varint(signers.len() as u64);
            for signer in signers {
                writer.put(&voter_key(signer).0);
                writer.put(&[0; 64]);
            }
        })
    };
    let mut sorted: Vec<_> = (0..17).map(|number| member(HERE, number)).collect();
    sorted.sort_by_key(|signer| voter_key(signer));
    assert!(SignedClaim::decode(&with(&sorted[..16]), rules).is_ok());
    assert!(refusal(&with(&sorted)).contains("the attestations of a claim is 17"));
    assert!(refusal(&with(&[])).contains("nobody signed"));
    assert!(refusal(&with(&[sorted[0], sorted[0]])).contains("each once"));
    assert!(refusal(&with(&[sorted[1], sorted[0]])).contains("ascending"));
    assert!(refusal(&with(&[member(THERE, 0)])).contains("another precinct"));
    assert!(Claim::sign(member(THERE, 0), rules, text.clone()).is_err());

    let more = Rules {
        precincts: 9,
        ..*rules
    };
    let nowhere = state(PrecinctId(PRECINCTS), 9);
    assert!(Statement::new(rules, nowhere.clone()).is_err());
    let nowhere = Statement::new(&more, nowhere).unwrap();
    assert!(refusal(&bytes_of(|writer| nowhere.encode(writer))).contains("a precinct is 3"));

    let more = Rules {
        options: 4,
        ..*rules
    };
    let mut four = state(HERE, 9);
    four.total.counts = [9, 0, 0, 0].into();
    assert!(Statement::new(rules, four.clone()).is_err());
    let four = Statement::new(&more, four).unwrap();
    let bytes = bytes_of(|writer| {
        four.encode(writer);
        writer.put(&with(&[sorted[0]])[bytes_of(|writer| text.encode(writer)).len()..]);
    });
    refusal(&bytes);

    let with = |change: fn(&mut PrecinctState)| {
        let mut state = state(HERE, 9);
        change(&mut state);
        Statement::new(rules, state)
    };
    assert!(with(|_| ()).is_ok());
    assert!(with(|state| state.total.counts[0] = 8).is_err());
    assert!(with(|state| state.total.counts = [u64::MAX, 10, 0].into()).is_err());
    assert!(with(|state| state.total.ballots = 8).is_err());
    assert!(with(|state| state.total.revoked = 1).is_err());
    assert!(with(|state| state.total.spoiled = u64::MAX).is_err());
    assert!(with(|state| state.total.ballots = MAX_BALLOTS + 1).is_err());
    assert!(with(|state| state.fingerprint = [0; 32]).is_err());
    assert!(with(|state| state.log_entries = 1).is_err());
}

#[test]
fn a_bad_signature_costs_its_own_claim_only() {
    let rules = &poll().rules;
    let good = claim(HERE, 5, 0..4);
    let mut forged = bytes_of(|writer| claim(HERE, 6, 0..4).encode(writer));
    *forged.last_mut().unwrap() ^= 1;
    let read = |bytes: &[u8]| SignedClaim::decode(bytes, rules).unwrap();
    assert!(read(&forged).verify().is_none());
    let good_bytes = bytes_of(|writer| good.encode(writer));
    let claims = [&good_bytes, &forged, &good_bytes].map(|bytes| read(bytes));
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (verified, bad) = claim::verify_all(claims.into(), &mut random);
    assert_eq!((verified, bad), (vec![good.clone(), good], 1));
}

#[test]
fn a_total_is_no_better_than_its_worst_part_and_says_what_is_missing() {
    let mut board = board();
    assert_eq!(board.total().grade, None);
    board.fold(held(HERE, 20));
    board.claim(claim(THERE, 7, 0..3));
    assert_eq!(
        after_a_while(&board).total().grade,
        Some(Grade::Attested(3))
    );
    assert_eq!(board.total().missing().collect::<Vec<_>>(), [PrecinctId(2)]);
    board.claim(claim(PrecinctId(2), 5, [0]));
    let canvassed = board.total();
    assert_eq!(canvassed.grade, Some(Grade::Claimed));
    assert_eq!(
        (canvassed.total.ballots, canvassed.missing().count()),
        (32, 0)
    );
    board.claim(claim(PrecinctId(2), 5, [1]));
    assert_eq!(
        after_a_while(&board).total().grade,
        Some(Grade::Attested(2))
    );
}

#[test]
fn what_several_sign_is_attested_only_when_it_has_stood() {
    let mut board = board();
    let grade = |board: &Board| board.total().grade;
    board.claim(claim(HERE, 7, [0]));
    // One alone cannot wait for others to sign it when it has stood.
    assert_eq!(board.yet_to_stand(HERE).count(), 0);
    let state = statement(HERE, 7).state();
    board.stand(HERE, state);
    board.claim(claim(HERE, 7, 1..5));
    assert_eq!(grade(&board), Some(Grade::Claimed));
    assert_eq!(board.yet_to_stand(HERE).collect::<Vec<_>>(), [state]);
    board.stand(HERE, state);
    assert_eq!(grade(&board), Some(Grade::Attested(5)));
    assert_eq!(board.yet_to_stand(HERE).count(), 0);
    // What is new has to stand again.
    board.claim(claim(HERE, 8, 0..5));
    assert_eq!(grade(&board), Some(Grade::Claimed));
    assert_eq!(board.yet_to_stand(HERE).count(), 1);
}

#[test]
fn a_member_who_signs_a_state_takes_back_that_they_disputed_it() {
    let mut board = board();
    board.claim(claim(HERE, 8, 1..3));
    let later = statement(HERE, 8);
    board.dispute(dispute(0, &later, 3));
    assert_eq!(shown(&board, HERE), Some((8, Grade::Claimed)));
    assert_eq!(board.disputes(HERE, later.state()).count(), 1);
    board.claim(claim(HERE, 8, [0]));
    assert_eq!(shown(&board, HERE), Some((8, Grade::Attested(3))));
    assert_eq!(board.disputes(HERE, later.state()).count(), 0);
}

#[test]
fn what_all_signers_moved_on_from_is_not_kept() {
    let mut board = board();
    assert!(board.claim(claim(HERE, 5, 0..3)));
    assert!(!board.claim(claim(HERE, 5, 1..2)));
    assert!(board.claim(claim(HERE, 9, 0..3)));
    assert_eq!(board.claims(HERE).len(), 1);
    assert!(!board.claim(claim(HERE, 5, 0..3)));
    assert_eq!(board.counters(), Default::default());
    let bytes = bytes_of(|writer| claim(HERE, 5, 0..4).encode(writer));
    let read = |bytes| SignedClaim::decode(bytes, &poll().rules).unwrap();
    let news = board.news_of(read(&bytes)).unwrap().verify().unwrap();
    assert_eq!(news, claim(HERE, 5, [3]), "the others signed a newer one");
    // Whoever signed only that one stands by it, and is not shown.
    assert!(board.claim(news));
    assert!(board.news_of(read(&bytes)).is_none());
    assert_eq!(shown(&board, HERE), Some((9, Grade::Attested(3))));
}

#[test]
fn an_inflated_return_is_no_more_than_claimed_once_one_member_disputes_it() {
    let mut board = board();
    board.claim(claim(HERE, 1_000_000, 20..36));
    assert_eq!(shown(&board, HERE), Some((1_000_000, Grade::Attested(16))));
    let lie = statement(HERE, 1_000_000);
    assert!(board.dispute(dispute(0, &lie, 30)));
    assert_eq!(shown(&board, HERE), Some((1_000_000, Grade::Claimed)));
    // Nor when it is said again.
    board.claim(signed(&lie, 10..36));
    assert_eq!(shown(&board, HERE).unwrap().1, Grade::Claimed);
    board.claim(signed(&held(HERE, 30), 0..2));
    assert_eq!(shown(&board, HERE), Some((30, Grade::Attested(2))));
}

#[test]
fn a_false_dispute_takes_the_grade_and_folding_gives_the_truth() {
    let mut board = board();
    let truth = held(HERE, 30);
    board.claim(signed(&truth, 0..5));
    board.dispute(dispute(9, &truth, 29));
    assert_eq!(shown(&board, HERE), Some((30, Grade::Claimed)));
    board.fold(truth.clone());
    let part = board.total().parts[0].shown.clone().unwrap();
    assert_eq!(
        (part.grade, part.attestations, part.disputes),
        (Grade::Folded, 5, 1)
    );
    board.unfold(HERE);
    assert_eq!(shown(&board, HERE), Some((30, Grade::Claimed)));
    let own = Dispute::sign(
        member(HERE, 0),
        &poll().rules,
        truth.state(),
        &mut store(HERE, 30),
    );
    assert_eq!(own.unwrap_err(), BadDispute::NothingToDispute);
}

#[test]
fn a_struck_return_counts_nothing_whatever_signs_it() {
    let mut board = board();
    let bad = held(HERE, 20);
    board.claim(signed(&bad, 0..9));
    board.strike(HERE, bad.return_id());
    assert_eq!(board.total().total, Return::empty(3));
    assert_eq!(board.total().parts[0].struck, 1);
    board.claim(signed(&bad, 0..16));
    board.fold(bad);
    assert_eq!(shown(&board, HERE), None);
    assert!(board.claims(HERE).is_empty());
    board.fold(held(HERE, 21));
    assert_eq!(shown(&board, HERE), Some((21, Grade::Folded)));
}

#[test]
fn lies_of_huge_versions_do_not_push_out_the_truth_for_good() {
    let mut board = board();
    let truth = signed(&held(HERE, 30), 0..2);
    board.claim(truth.clone());
    for lie in 0..6 {
        board.claim(claim(
            HERE,
            1_000_000 + lie,
            [20 + 2 * lie as usize, 21 + 2 * lie as usize],
        ));
    }
    assert_eq!(board.claims(HERE).len(), 4);
    assert!(
        board
            .claims(HERE)
            .iter()
            .all(|claim| claim.statement().version() > 30)
    );
    for lie in 0..6 {
        board.dispute(dispute(0, &statement(HERE, 1_000_000 + lie), 30));
    }
    assert!(board.claim(truth));
    assert_eq!(shown(&board, HERE), Some((30, Grade::Attested(2))));
    for lie in 0..6 {
        board.claim(claim(HERE, 1_000_000 + lie, 20..36));
        assert_eq!(shown(&board, HERE), Some((30, Grade::Attested(2))));
    }
}

fn few() -> &'static Vec<News> {
    static FEW: OnceLock<Vec<News>> = OnceLock::new();
    FEW.get_or_init(|| {
        let mut all = news(3);
        let claims: Vec<_> = all
            .iter()
            .filter_map(|one| match one {
                News::Claim(claim) => Some(claim.statement().clone()),
                _ => None,
            })
            .collect();
        // By members who sign them, or newer ones; and of what several sign, and what nobody does.
        for (disputed, by) in [(&claims[0], 1), (&claims[4], 0), (&claims[9], 2)] {
            all.push(News::Dispute(dispute(by, disputed, 18)));
        }
        for struck in [&claims[8], &statement(THERE, 77)] {
            all.push(News::Strike(struck.precinct, struck.return_id()));
        }
        all
    })
}

fn many() -> &'static Vec<News> {
    static MANY: OnceLock<Vec<News>> = OnceLock::new();
    MANY.get_or_init(|| news(9))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn boards_that_took_in_the_same_are_equal_whatever_the_order(
        one in Just(few().clone()).prop_shuffle(),
        other in Just(few().clone()).prop_shuffle(),
        again in 0..20_usize,
    ) {
        let (one, mut other) = (board_of(&one), [other.clone(), other[..again].to_vec()].concat());
        other.rotate_left(again);
        let other = board_of(&other);
        prop_assert_eq!(one.digest(), other.digest());
        prop_assert_eq!(one.total(), other.total());
    }

    #[test]
    fn boards_that_told_each_other_are_equal_even_when_claims_were_crowded_out(
        one in Just(many().clone()).prop_shuffle(),
        other in Just(many().clone()).prop_shuffle(),
        share in 0..20_usize,
    ) {
        let (mut one, mut other) = (board_of(&one[share..]), board_of(&other[..other.len() - share]));
        let mut turns = 0_u16;
        while one.digest() != other.digest() {
            tell(&one.clone(), &mut other, PrecinctId(turns % PRECINCTS));
            tell(&other, &mut one, PrecinctId(turns % PRECINCTS));
            turns += 1;
            prop_assert!(turns <= 4, "they do not become equal");
        }
        prop_assert_eq!(one.total(), other.total());
    }

    #[test]
    fn returns_of_all_precincts_add_up_to_the_total(voters in proptest::collection::vec(0..40_usize, 3)) {
        let mut board = board();
        let mut counts = [0; 3];
        for (precinct, voters) in (0..).map(PrecinctId).zip(&voters) {
            (0..*voters).for_each(|number| counts[number % 3] += 1);
            board.claim(signed(&held(precinct, *voters), 0..2));
        }
        let canvassed = after_a_while(&board).total();
        prop_assert_eq!(&*canvassed.total.counts, &counts[..]);
        prop_assert_eq!(canvassed.total.counted, voters.iter().sum::<usize>() as u64);
        prop_assert_eq!(canvassed.grade, Some(Grade::Attested(2)));
    }

    #[test]
    fn no_bytes_break_a_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let rules = &poll().rules;
        prop_assert!(SignedClaim::decode(&bytes, rules).is_err());
        prop_assert!(SignedDispute::decode(&bytes, rules).is_err());
        if let Ok(summary) = Summary::read(&mut Reader::new(&bytes), rules) {
            let written = bytes_of(|writer| summary.encode(writer));
            prop_assert_eq!(&bytes[..written.len()], &written[..]);
        }
    }
}
