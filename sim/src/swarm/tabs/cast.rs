//! Who takes part in a run of tabs.

use std::rc::Rc;

use election_core::ids::PrecinctId;
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::time::Millis;
use election_core::wire::envelope::sign;

use crate::product::attacker::Attacker;
use crate::product::attacker::mischief::Mischief;
use crate::product::disk;
use crate::product::member::Member;
use crate::product::poll::Poll;
use crate::product::tab::Tab;
use crate::random::Random;
use crate::swarm::draw::OPTIONS;
use crate::swarm::plan::{Manner, Plan, Strangers, Subject};
use crate::world::{Clock, World};

/// The voters who voted before the run have numbers from there on.
const SETTLED: u64 = 1_000;
/// The first voter that a member may have is its number, and each further one so much higher.
const LOTS: usize = 100_000;
/// The strangers' voters have numbers from there on.
const STRANGERS: u64 = 10_000;

/// Puts everybody into the world, the strangers last.
pub(super) fn populate(
    plan: &Plan,
    poll: &Rc<Poll>,
    voters: &[u64],
    world: &mut World<Member>,
    random: &mut Random,
) {
    let Subject::Product {
        chairs, settled, ..
    } = plan.subject
    else {
        return;
    };
    let honest = plan.honest();
    for (member, clock) in plan.clocks.iter().enumerate() {
        let disk = disk::Settings {
            slowest_write: [0, 5, 2_000][random.below(3) as usize],
            ..disk::Settings::default()
        };
        let voter = voters[member];
        let process = if member >= honest {
            Member::Attacker(Box::new(Attacker::new(poll.clone(), voter, random)))
        } else if member == 0 {
            let mut tab = Tab::chair(poll.clone(), voter, disk, random, Millis(0));
            tab.begin_with((0..settled).filter_map(|n| ballot(poll, n)), Millis(0));
            Member::Tab(Box::new(tab))
        } else if member < chairs {
            let tab = Tab::second_chair(poll.clone(), voter, disk, random);
            Member::Tab(Box::new(tab))
        } else {
            let tab = Tab::newcomer(poll.clone(), voter, disk, random);
            Member::Tab(Box::new(tab))
        };
        let process = match process {
            Member::Tab(mut tab) if plan.newer.contains(&member) => {
                tab.is_newer(random);
                Member::Tab(tab)
            }
            process => process,
        };
        world.add(process, *clock);
    }
    if let Some(Strangers { manner, count }) = plan.strangers {
        for number in 0..count {
            let stranger = stranger(manner, poll.clone(), STRANGERS + number as u64, random);
            world.add(Member::Attacker(Box::new(stranger)), Clock::default());
        }
    }
}

fn stranger(manner: Manner, poll: Rc<Poll>, voter: u64, random: &mut Random) -> Attacker {
    let mut stranger = Attacker::new(poll, voter, random);
    let (repertoire, frames): (&[Mischief], u32) = match manner {
        Manner::Silent => (&[], 0),
        Manner::OpenSessions => (&[Mischief::OpenAndGoSilent], u32::MAX),
        Manner::Forge => (&[Mischief::ForgeSignature], u32::MAX),
        Manner::SendOrphans => (&[Mischief::Orphan], u32::MAX),
    };
    stranger.specialise(repertoire);
    stranger.limit(frames);
    if matches!(manner, Manner::OpenSessions | Manner::Forge) {
        stranger.comes_anew();
    }
    stranger
}

/// The voter of that member, who is of the member's precinct.
pub(super) fn voter(plan: &Plan, poll: &Poll, member: usize) -> u64 {
    let belongs = |voter: &u64| usize::from(poll.precinct_of(*voter).0) == plan.precinct(member);
    let mut draws = (member as u64..).step_by(LOTS);
    draws.find(belongs).unwrap_or(member as u64)
}

/// The ballot of the voter of that number among those who voted before the run.
fn ballot(poll: &Poll, number: usize) -> Option<VerifiedOp> {
    let genesis = poll.genesis();
    let choice = Choice::new(&[number % OPTIONS], genesis.method(), OPTIONS).ok()?;
    let voter = SETTLED + number as u64;
    if poll.precinct_of(voter) != PrecinctId(0) {
        return None; // The chair does not hold it.
    }
    let key = poll.voter(voter);
    let ballot = Ballot::new(None, choice, genesis);
    Some(sign(&key, poll.id(), Op::Ballot(ballot)))
}
