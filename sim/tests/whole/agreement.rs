//! What a tab says of the others in its room: they agree two seconds after the last op, in rooms up
//! to a hundred; whoever merely lags is in no dispute with it, and whoever goes on holding
//! something else is.

use crate::hall::{Hall, P};
use election_core::ids::ReplicaId;
use election_core::wire::frame::{Digest, FrameWriter, Head};
use election_sim::process::Room;

/// A room of so many tabs that have known each other for a while, in which twenty votes were cast
/// within a second.
fn after_some_votes(size: usize, seed: u64) -> Hall {
    let mut hall = Hall::empty(seed, 1);
    for tab in 0..size {
        hall.add(P[0]);
        hall.connect(tab);
    }
    hall.run(20_000);
    for vote in 0..20 {
        hall.vote(vote % size, vote / size % 3).unwrap();
        hall.run(37);
    }
    hall
}

/// How many others agree with each tab, and how many hold something else.
fn shown(hall: &mut Hall) -> Vec<(usize, usize)> {
    let tabs = 0..hall.world.len();
    tabs.map(|tab| {
        let peers = hall.replica_mut(tab).peers();
        let number = |is: &dyn Fn(usize) -> bool| (0..peers.len()).filter(|at| is(*at)).count();
        (
            number(&|at| peers[at].agrees),
            number(&|at| peers[at].differs),
        )
    })
    .collect()
}

#[test]
fn agreement_shows_within_two_seconds_and_what_lags_is_no_dispute() {
    for (size, seeds) in [(2, 5), (3, 5), (10, 5), (30, 2), (100, 1)] {
        for seed in 0..seeds {
            let mut hall = after_some_votes(size, seed);
            for quarter in 0..40 {
                let shown = shown(&mut hall);
                let after = quarter * 250;
                for (tab, (agree, differ)) in shown.into_iter().enumerate() {
                    let at = format!("tab {tab} of {size}, seed {seed}, {after} ms later");
                    assert_eq!(differ, 0, "{at}");
                    assert!(after < 2_000 || agree >= 3.min(size - 1), "{agree}: {at}");
                }
                hall.run(250);
            }
        }
    }
}

#[test]
fn who_goes_on_holding_something_else_is_in_dispute_until_it_is_heard_to_agree() {
    let mut hall = after_some_votes(3, 1);
    let digest = Digest {
        root: [7; 16],
        ops: 3,
    };
    let head = Head {
        replica: ReplicaId(9),
        digest,
    };
    let frame = FrameWriter::new(head).into_bytes();
    let sealed = hall.sealed(Room(0), &frame);
    let stranger = hall.stranger(P[0]);
    let mut since = None;
    for second in 0..12 {
        hall.put_from(0, Room(0), stranger, sealed.clone());
        let (_, differ) = shown(&mut hall)[0];
        match since {
            None if differ == 1 => since = Some(second),
            None => assert_eq!(differ, 0),
            Some(_) => assert_eq!(differ, 1),
        }
        hall.run(1_000);
    }
    assert!(since.is_some_and(|since| since < 6), "{since:?}");
}
