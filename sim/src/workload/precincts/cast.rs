//! Who is in a run, and who votes when.

use std::rc::Rc;

use election_core::board::{Claim, Rules, Statement};
use election_core::ids::PrecinctId;
use election_core::poll::method::Method;
use election_core::poll::op::{Op, VerifiedOp};
use election_core::poll::precincts::Precincts;
use election_core::time::Millis;
use election_core::wire::bytes::Writer;

use super::Settings;
use super::model::{CROWD_REPLICAS, Model};
use crate::check::spec::SpecOp;
use crate::process::Room;
use crate::product::disk;
use crate::product::electorate::Electorate;
use crate::product::poll::Poll;
use crate::product::tab::Tab;
use crate::random::Random;
use crate::world::{Clock, World};

/// The options of the poll.
pub const OPTIONS: usize = 3;
/// The span in which everybody votes.
pub const MINUTE: Millis = Millis(60_000);
/// The precinct that is run whole.
pub const WHOLE: PrecinctId = PrecinctId(0);
/// How many other members attest what a tab states that stands for its precinct: so many would be
/// in the council.
pub const OTHER_SPEAKERS: usize = 7;
/// Ballots that come to a replica without a tab are gathered for that long.
const TOGETHER: Millis = Millis(1_000);
/// The same in a crowd, where gossip gathers for that long.
const TICK: Millis = Millis(50);
/// The most bytes of ballots in one frame.
const BATCH: usize = 48 * 1024;

/// Something that is to happen.
#[derive(Debug, Clone)]
pub enum Act {
    /// A tab's person votes for that option.
    Vote {
        /// Which tab.
        tab: usize,
        /// For what, counted from 0.
        option: usize,
    },
    /// Ballots of voters without a tab come to a tab by gossip.
    Ballots {
        /// To which.
        tab: usize,
        /// How many.
        count: u64,
        /// All of them, one after the other.
        bytes: Vec<u8>,
    },
    /// A claim of a member without a tab comes to a few of the council.
    Claim(Vec<u8>),
}

/// Makes the poll.
pub fn poll(settings: &Settings, random: &mut Random) -> Rc<Poll> {
    let precincts = match settings.precincts {
        1 => Precincts::One,
        many => Precincts::Automatic(many),
    };
    match Poll::of_precincts(OPTIONS, Method::Single, 3, precincts, random) {
        Ok(poll) => Rc::new(poll),
        Err(bad) => unreachable!("the command line asks for polls that can be: {bad}"),
    }
}

/// Puts the tabs into the world. Gives the number of those that are measured, which come first, and
/// what will happen.
pub fn fill(
    world: &mut World<Tab>,
    model: Model,
    electorate: &Electorate,
    random: &mut Random,
    ops: &mut Vec<SpecOp>,
    progress: &mut dyn FnMut(u64),
) -> (usize, Vec<(Millis, Act)>) {
    let mut acts = Vec::new();
    let mut signed = 0;
    match model {
        Model::Tabs => {
            for precinct in precincts(electorate) {
                whole(world, electorate, precinct, random, &mut acts);
            }
            (world.len(), acts)
        }
        Model::WholePrecinct => {
            whole(world, electorate, WHOLE, random, &mut acts);
            let measured = world.len();
            for precinct in precincts(electorate).filter(|precinct| *precinct != WHOLE) {
                let voters = electorate.of(precinct);
                let Some(speaker) = voters.first() else {
                    continue;
                };
                let tab = enter(world, electorate, *speaker, random);
                // Precincts do not keep step with each other.
                let offset = random.below(TOGETHER.0);
                let due = |at: u64| at / TOGETHER.0 * TOGETHER.0 + offset;
                let ballots = votes(electorate, voters, random, ops);
                let ballots = ballots.into_iter().map(|(at, op)| (due(at), tab, op));
                gather(ballots.collect(), &mut acts);
                signed += voters.len() as u64;
                progress(signed);
            }
            (measured, acts)
        }
        Model::Crowd => {
            let room = PrecinctId(0);
            let voters = electorate.of(room);
            for voter in voters.iter().take(CROWD_REPLICAS) {
                enter(world, electorate, *voter, random);
            }
            world.set_crowd(Room(room.0), (voters.len() - world.len()) as u32);
            for some in voters.chunks(1_000) {
                let ballots = votes(electorate, some, random, ops);
                let ballots = ballots.into_iter().map(|(at, op)| {
                    let tab = random.below(CROWD_REPLICAS as u64) as usize;
                    (at / TICK.0 * TICK.0, tab, op)
                });
                gather(ballots.collect(), &mut acts);
                signed += some.len() as u64;
                progress(signed);
            }
            (world.len(), acts)
        }
    }
}

fn enter(
    world: &mut World<Tab>,
    electorate: &Electorate,
    voter: u64,
    random: &mut Random,
) -> usize {
    let tab = electorate.tab(voter, false, disk::Settings::NONE, random);
    world.add(tab, Clock::default())
}

fn precincts(electorate: &Electorate) -> impl Iterator<Item = PrecinctId> + use<> {
    (0..electorate.precincts()).map(PrecinctId)
}

/// A tab for every voter of a precinct, and a time at which they vote.
fn whole(
    world: &mut World<Tab>,
    electorate: &Electorate,
    precinct: PrecinctId,
    random: &mut Random,
    acts: &mut Vec<(Millis, Act)>,
) {
    for voter in electorate.of(precinct) {
        let tab = enter(world, electorate, *voter, random);
        let option = random.below(OPTIONS as u64) as usize;
        acts.push((Millis(random.below(MINUTE.0)), Act::Vote { tab, option }));
    }
}

/// A signed ballot of each of them, with its time, and what the specification makes of it.
fn votes(
    electorate: &Electorate,
    voters: &[u64],
    random: &mut Random,
    ops: &mut Vec<SpecOp>,
) -> Vec<(u64, VerifiedOp)> {
    let sign = |voter: &u64| {
        let option = random.below(OPTIONS as u64) as usize;
        let Ok(signed) = electorate.ballot(*voter, option) else {
            unreachable!("the poll has as many options");
        };
        if let Op::Ballot(ballot) = &*signed {
            ops.push(SpecOp::Ballot {
                voter: signed.author(),
                seq: ballot.seq,
                id: signed.id(),
                choice: ballot.choice,
            });
        }
        (random.below(MINUTE.0), signed)
    };
    voters.iter().map(sign).collect()
}

/// Those that come to one tab at one time, together, as far as they fit.
fn gather(mut ballots: Vec<(u64, usize, VerifiedOp)>, acts: &mut Vec<(Millis, Act)>) {
    ballots.sort_by_key(|(at, tab, _)| (*at, *tab));
    for together in ballots.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
        let (at, to) = (Millis(together[0].0), together[0].1);
        let mut full = Vec::new();
        let mut held = 0;
        let mut flush = |bytes: &mut Vec<u8>, count: &mut u64| {
            let (bytes, count) = (std::mem::take(bytes), std::mem::take(count));
            let act = Act::Ballots {
                tab: to,
                count,
                bytes,
            };
            acts.push((at, act));
        };
        for (.., op) in together {
            if full.len() + op.bytes().len() > BATCH {
                flush(&mut full, &mut held);
            }
            full.extend_from_slice(op.bytes());
            held += 1;
        }
        flush(&mut full, &mut held);
    }
}

/// What the other members of a precinct who would be in the council sign, once one has stated what
/// they hold.
pub fn attest(
    electorate: &Electorate,
    precinct: PrecinctId,
    statement: &Statement,
) -> Vec<Vec<u8>> {
    let rules = Rules::of(electorate.poll().genesis());
    let others = electorate.of(precinct).iter().skip(1).take(OTHER_SPEAKERS);
    let claims = others.filter_map(|voter| {
        let key = electorate.poll().voter(*voter);
        Claim::sign(&key, &rules, statement.clone()).ok()
    });
    let encode = |claim: Claim| {
        let mut writer = Writer::new();
        claim.encode(&mut writer);
        writer.into_bytes()
    };
    claims.map(encode).collect()
}
