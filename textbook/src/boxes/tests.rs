//! Small elections, and what each box makes of them.

use proptest::prelude::*;

use election_core::ids::{OpId, ReplicaId, VoterKey};
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::method::Method;

use super::*;
use crate::crdt::laws::laws_of;

const CHAIR: VoterKey = VoterKey([0; 32]);
const ANN: VoterKey = VoterKey([1; 32]);
const BEN: VoterKey = VoterKey([2; 32]);
const RED: usize = 0;
const BLUE: usize = 1;

fn genesis() -> Genesis {
    Genesis::new(CHAIR, "Which?", &["red", "blue"], Method::Single, 9).unwrap()
}

fn slip(voter: VoterKey, seq: u32, option: usize) -> Slip {
    Slip {
        voter,
        seq,
        // Stands for the hash of all the rest.
        id: OpId([voter.0[0] * 16 + seq as u8 * 2 + option as u8; 32]),
        choice: Choice::new(&[option], Method::Single, 2).unwrap(),
    }
}

fn revocation(by: VoterKey, slip: Slip) -> Revocation {
    Revocation {
        by,
        entry: OpId([200; 32]),
        slip,
    }
}

/// A step of an election that two replicas hold.
#[derive(Debug, Clone)]
enum Step {
    /// A ballot comes to that replica.
    Cast(usize, Slip),
    /// Someone wishes at that replica that the ballot should not count.
    Revoke(usize, VoterKey, Slip),
    /// The replicas tell each other all.
    Meet,
}
use Step::{Cast, Meet, Revoke};

/// What became of an election: (red, blue), and the first refusal to revoke.
type Outcome = ((i128, i128), Option<CannotRevoke>);

const fn counts(red: i128, blue: i128) -> Outcome {
    ((red, blue), None)
}

const fn only_grows(red: i128, blue: i128) -> Outcome {
    ((red, blue), Some(CannotRevoke::OnlyGrows))
}

const fn not_the_chair(red: i128, blue: i128) -> Outcome {
    ((red, blue), Some(CannotRevoke::NotTheChair))
}

const fn not_here(red: i128, blue: i128) -> Outcome {
    ((red, blue), Some(CannotRevoke::NotHere))
}

/// Runs the steps at two replicas, which meet in the end: joined either way, they must show the
/// same.
fn run<B: BallotBox>(steps: &[Step]) -> Outcome {
    let mut replicas = [B::new(&genesis()), B::new(&genesis())];
    let mut refusal = None;
    for step in steps.iter().chain([&Meet]) {
        match step {
            Cast(at, slip) => {
                replicas[*at].cast(ReplicaId(*at as u64), slip);
            }
            Revoke(at, by, slip) => {
                let revoked = replicas[*at].revoke(ReplicaId(*at as u64), &revocation(*by, *slip));
                refusal = refusal.or(revoked.err());
            }
            Meet => {
                let [left, right] = &mut replicas;
                let before = left.clone();
                left.join(&right.delta_since(&before));
                right.join(&before);
            }
        }
    }
    let [left, right] = replicas.map(|replica| replica.count());
    assert_eq!(left, right, "joined either way");
    ((left[RED], left[BLUE]), refusal)
}

struct Election {
    what: &'static str,
    steps: Vec<Step>,
    g_counter: Outcome,
    pn_counter: Outcome,
    g_set: Outcome,
    two_phase_set: Outcome,
    register: Outcome,
}

fn elections() -> Vec<Election> {
    let (ann_red, ann_blue) = (slip(ANN, 0, RED), slip(ANN, 0, BLUE));
    let (then_red, then_blue) = (slip(ANN, 1, RED), slip(ANN, 1, BLUE));
    let ben_blue = slip(BEN, 0, BLUE);
    vec![
        Election {
            what: "Ann votes",
            steps: vec![Cast(0, ann_red)],
            g_counter: counts(1, 0),
            pn_counter: counts(1, 0),
            g_set: counts(1, 0),
            two_phase_set: counts(1, 0),
            register: counts(1, 0),
        },
        Election {
            what: "Ann and Ben vote at the same time, in two places",
            steps: vec![Cast(0, ann_red), Cast(1, ben_blue)],
            g_counter: counts(1, 1),
            pn_counter: counts(1, 1),
            g_set: counts(1, 1),
            two_phase_set: counts(1, 1),
            register: counts(1, 1),
        },
        Election {
            what: "Ann's one ballot is heard twice in one place",
            steps: vec![Cast(0, ann_red), Cast(0, ann_red)],
            g_counter: counts(2, 0),
            pn_counter: counts(2, 0),
            g_set: counts(1, 0),
            two_phase_set: counts(1, 0),
            register: counts(1, 0),
        },
        Election {
            what: "Ann's one ballot is heard in two places",
            steps: vec![Cast(0, ann_red), Cast(1, ann_red)],
            g_counter: counts(2, 0),
            pn_counter: counts(2, 0),
            g_set: counts(1, 0),
            two_phase_set: counts(1, 0),
            register: counts(1, 0),
        },
        Election {
            what: "Ann changes her vote",
            steps: vec![Cast(0, ann_red), Cast(0, then_blue)],
            g_counter: counts(1, 1),
            pn_counter: counts(1, 1),
            g_set: counts(1, 1),
            two_phase_set: counts(1, 1),
            register: counts(0, 1),
        },
        Election {
            what: "Ann changes her vote, and the second ballot comes first",
            steps: vec![Cast(0, then_blue), Meet, Cast(1, ann_red)],
            g_counter: counts(1, 1),
            pn_counter: counts(1, 1),
            g_set: counts(1, 1),
            two_phase_set: counts(1, 1),
            register: counts(0, 1),
        },
        Election {
            what: "Ann changes her vote, and the chair removes the first ballot for her",
            steps: vec![
                Cast(0, ann_red),
                Cast(0, then_blue),
                Revoke(0, CHAIR, ann_red),
            ],
            g_counter: only_grows(1, 1),
            pn_counter: counts(0, 1),
            g_set: only_grows(1, 1),
            two_phase_set: counts(0, 1),
            register: counts(0, 1),
        },
        Election {
            what: "Ann votes twice: two ballots under one number, in two places",
            steps: vec![Cast(0, ann_red), Cast(1, ann_blue)],
            g_counter: counts(1, 1),
            pn_counter: counts(1, 1),
            g_set: counts(1, 1),
            two_phase_set: counts(1, 1),
            register: counts(0, 0),
        },
        Election {
            what: "Ann votes twice, and heals it with a third ballot of a higher number",
            steps: vec![Cast(0, ann_red), Cast(1, ann_blue), Meet, Cast(0, then_red)],
            g_counter: counts(2, 1),
            pn_counter: counts(2, 1),
            g_set: counts(2, 1),
            two_phase_set: counts(2, 1),
            register: counts(1, 0),
        },
        Election {
            what: "the chair revokes Ann's ballot",
            steps: vec![Cast(0, ann_red), Revoke(0, CHAIR, ann_red)],
            g_counter: only_grows(1, 0),
            pn_counter: counts(0, 0),
            g_set: only_grows(1, 0),
            two_phase_set: counts(0, 0),
            register: counts(0, 0),
        },
        Election {
            what: "the chair revokes Ann's ballot in two tabs at once",
            steps: vec![
                Cast(0, ann_red),
                Meet,
                Revoke(0, CHAIR, ann_red),
                Revoke(1, CHAIR, ann_red),
            ],
            g_counter: only_grows(1, 0),
            pn_counter: counts(-1, 0),
            g_set: only_grows(1, 0),
            two_phase_set: counts(0, 0),
            register: counts(0, 0),
        },
        Election {
            what: "Ben, who is not the chair, revokes Ann's ballot",
            steps: vec![Cast(0, ann_red), Revoke(0, BEN, ann_red)],
            g_counter: only_grows(1, 0),
            pn_counter: counts(0, 0),
            g_set: only_grows(1, 0),
            two_phase_set: not_the_chair(1, 0),
            register: not_the_chair(1, 0),
        },
        Election {
            what: "the chair revokes a ballot that nobody cast",
            steps: vec![Revoke(0, CHAIR, ann_red)],
            g_counter: only_grows(0, 0),
            pn_counter: counts(-1, 0),
            g_set: only_grows(0, 0),
            two_phase_set: not_here(0, 0),
            register: counts(0, 0),
        },
        Election {
            what: "the chair revokes Ann's ballot, and says that it is Ben's",
            steps: vec![
                Cast(0, ann_red),
                Revoke(
                    0,
                    CHAIR,
                    Slip {
                        voter: BEN,
                        ..ann_red
                    },
                ),
            ],
            g_counter: only_grows(1, 0),
            pn_counter: counts(0, 0),
            g_set: only_grows(1, 0),
            two_phase_set: not_here(1, 0),
            register: counts(1, 0),
        },
        Election {
            what: "the revocation comes before the ballot",
            steps: vec![Revoke(0, CHAIR, ann_red), Meet, Cast(1, ann_red)],
            g_counter: only_grows(1, 0),
            pn_counter: counts(0, 0),
            g_set: only_grows(1, 0),
            two_phase_set: not_here(1, 0),
            register: counts(0, 0),
        },
        Election {
            what: "a revoked ballot is heard once more",
            steps: vec![
                Cast(0, ann_red),
                Revoke(0, CHAIR, ann_red),
                Cast(1, ann_red),
            ],
            g_counter: only_grows(2, 0),
            pn_counter: counts(1, 0),
            g_set: only_grows(1, 0),
            two_phase_set: counts(0, 0),
            register: counts(0, 0),
        },
        Election {
            what: "Ann changes her vote, and the chair revokes what she changed it to",
            steps: vec![
                Cast(0, ann_red),
                Cast(0, then_blue),
                Revoke(0, CHAIR, then_blue),
            ],
            g_counter: only_grows(1, 1),
            pn_counter: counts(1, 0),
            g_set: only_grows(1, 1),
            two_phase_set: counts(1, 0),
            register: counts(0, 0),
        },
        Election {
            what: "Ann changes her vote while the chair, elsewhere, revokes the ballot that she gave up",
            steps: vec![
                Cast(0, ann_red),
                Meet,
                Cast(0, then_blue),
                Revoke(1, CHAIR, ann_red),
            ],
            g_counter: only_grows(1, 1),
            pn_counter: counts(0, 1),
            g_set: only_grows(1, 1),
            two_phase_set: counts(0, 1),
            register: counts(0, 1),
        },
    ]
}

#[test]
fn what_each_box_makes_of_an_election() {
    for election in elections() {
        let (what, steps) = (election.what, &election.steps);
        assert_eq!(
            run::<GCounterBox>(steps),
            election.g_counter,
            "G-counter: {what}"
        );
        assert_eq!(
            run::<PnCounterBox>(steps),
            election.pn_counter,
            "PN-counter: {what}"
        );
        assert_eq!(run::<GSetBox>(steps), election.g_set, "G-set: {what}");
        assert_eq!(
            run::<TwoPhaseSetBox>(steps),
            election.two_phase_set,
            "2P-set: {what}"
        );
        assert_eq!(
            run::<RegisterBox>(steps),
            election.register,
            "register: {what}"
        );
    }
}

/// Anything that one replica can come to hold.
fn histories<B: BallotBox + core::fmt::Debug>() -> impl Strategy<Value = B> {
    let step = (0..2_u64, 0..3_u8, 0..3_u32, 0..2_usize, any::<bool>());
    proptest::collection::vec(step, 0..12).prop_map(|steps| {
        let mut out = B::new(&genesis());
        for (at, voter, seq, option, cast) in steps {
            let slip = slip(VoterKey([voter; 32]), seq, option);
            if cast {
                out.cast(ReplicaId(at), &slip);
            } else {
                let by = VoterKey([voter / 2; 32]);
                let _ = out.revoke(ReplicaId(at), &revocation(by, slip));
            }
        }
        out
    })
}

mod g_counter_laws {
    use super::*;
    laws_of!(histories::<GCounterBox>());
}

mod pn_counter_laws {
    use super::*;
    laws_of!(histories::<PnCounterBox>());
}

mod g_set_laws {
    use super::*;
    laws_of!(histories::<GSetBox>());
}

mod two_phase_set_laws {
    use super::*;
    laws_of!(histories::<TwoPhaseSetBox>());
}

mod register_laws {
    use super::*;
    laws_of!(histories::<RegisterBox>());
}

/// Casts and the chair's revocations, in some order, and the same ones in another.
fn two_orders() -> impl Strategy<Value = (Vec<Step>, Vec<Step>)> {
    let step =
        (0..3_u8, 0..3_u32, 0..2_usize, any::<bool>()).prop_map(|(voter, seq, option, cast)| {
            let slip = slip(VoterKey([voter; 32]), seq, option);
            if cast {
                Cast(0, slip)
            } else {
                Revoke(0, CHAIR, slip)
            }
        });
    let steps = proptest::collection::vec(step, 0..16);
    steps.prop_flat_map(|steps| (Just(steps.clone()), Just(steps).prop_shuffle()))
}

proptest! {
    #[test]
    fn a_register_box_depends_on_nothing_but_what_is_in_it(
        (steps, mut shuffled) in two_orders(),
        places in proptest::collection::vec(0..2_usize, 16),
    ) {
        for (step, place) in shuffled.iter_mut().zip(places) {
            if let Cast(at, _) | Revoke(at, _, _) = step {
                *at = place;
            }
        }
        prop_assert_eq!(run::<RegisterBox>(&steps), run::<RegisterBox>(&shuffled));
    }

    #[test]
    fn a_g_set_box_counts_each_ballot_once_wherever_it_came((steps, shuffled) in two_orders()) {
        let casts = |steps: Vec<Step>| -> Vec<_> {
            steps.into_iter().filter(|step| matches!(step, Cast(..))).collect()
        };
        let mut twice = casts(shuffled);
        twice.extend(twice.clone().into_iter().map(|step| match step {
            Cast(_, slip) => Cast(1, slip),
            other => other,
        }));
        prop_assert_eq!(run::<GSetBox>(&casts(steps)), run::<GSetBox>(&twice));
    }
}
