//! When things have settled: who is in reach agrees, nothing comes any more, and what is claimed of
//! precincts is attested.

use std::time::Duration;

use election_core::board::Grade;
use election_core::ids::PrecinctId;
use election_core::replica::Replica;
use election_core::replica::council::Council;
use tokio::time::Instant;

use super::Session;
use super::waits::is_alone;
use crate::error::Failure;
use crate::precinct::listed;

/// In a poll with precincts nothing has to stand still for longer: what one waits for beyond that
/// is for claims to be attested.
const STILL: Duration = Duration::from_secs(2);
/// What is due at about one time is looked at together.
const TOGETHER: Duration = Duration::from_millis(500);

impl Session {
    /// Waits until this tab agrees with what it hears of, and nothing changed for `settle`, in a
    /// poll with precincts for [`STILL`] at the most: in its precinct, or in the poll's one room,
    /// with all others; of the other precincts, with one other tab. After `wait` besides, it is
    /// left at what is here, and that is said.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    pub async fn settle(&mut self, settle: Duration, wait: Duration) -> Result<(), Failure> {
        let still = match self.precinct() {
            Some(_) => settle.min(STILL),
            None => settle,
        };
        let limit = Instant::now() + wait + still;
        let mut before = self.picture();
        let mut since = Instant::now();
        loop {
            let now = Instant::now();
            let quiet_at = since.max(self.board_changed) + still;
            if now >= quiet_at && before.agrees() {
                return Ok(());
            }
            if now >= limit {
                self.say_what_differs(&before, wait + still);
                return Ok(());
            }
            let until = if before.agrees() { quiet_at } else { limit };
            self.turn(until.min(limit)).await?;
            let after = self.picture();
            if after != before {
                (before, since) = (after, Instant::now());
            }
        }
    }

    /// How many replicas of the poll's room, or of this precinct's, hold the same ballots.
    pub fn agreement(&mut self) -> Agreement {
        agreement(self.replica())
    }

    fn picture(&mut self) -> Picture {
        let knows = self.tab.council().is_none_or(knows_what_others_know);
        Picture {
            knows,
            ..picture(self.replica())
        }
    }

    fn say_what_differs(&mut self, picture: &Picture, waited: Duration) {
        let there = match self.precinct() {
            Some(precinct) => format!(" in {}", listed(&[precinct], self.precincts())),
            None => String::new(),
        };
        if !picture.in_step {
            match self.agreement() {
                Agreement { replicas: 1, .. } => eprintln!(
                    "no other replica{there} agreed with this one within {waited:?}: the ballots that are here are shown"
                ),
                Agreement { replicas, agreeing } => eprintln!(
                    "of {replicas} replicas{there} in reach, this one among them, {agreeing} agreed within {waited:?}: the ballots \
                     that are here are shown, and others may count other ones"
                ),
            }
        }
        if !picture.knows {
            eprintln!(
                "no other replica agreed within {waited:?} on what the other precincts return: what came here is shown"
            );
        }
        if picture.agrees() {
            eprintln!("votes kept coming for {waited:?}: this is what is here now");
        }
    }

    /// Waits until what is claimed of precincts is attested, as far as it can be before that time:
    /// signed by several, and not disputed until it has stood for long enough. Of which precincts
    /// it may be attested later is said; `counted` are of no interest.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    pub async fn stand(
        &mut self,
        settle: Duration,
        since: Instant,
        counted: &[PrecinctId],
    ) -> Result<(), Failure> {
        let limit = since + settle;
        loop {
            let standing = self.standing(counted);
            let soonest = standing.iter().map(|(_, at)| *at).min();
            let Some(soonest) = soonest.filter(|at| *at <= limit) else {
                self.say_what_stands(&standing, since);
                return Ok(());
            };
            let looked = Instant::now();
            let next_look = soonest.max(looked + TOGETHER);
            while Instant::now() < next_look && self.board_changed <= looked {
                self.turn(next_look).await?;
            }
        }
    }

    /// The precincts that are claimed, and will be attested if nobody disputes that, with when.
    fn standing(&self, counted: &[PrecinctId]) -> Vec<(PrecinctId, Instant)> {
        let Some((council, board)) = self.tab.council().zip(self.board()) else {
            return Vec::new();
        };
        let parts = board.total().parts.into_iter();
        let claimed = parts.filter(|part| {
            let shown = part.shown.as_ref();
            let claimed = shown.is_some_and(|shown| shown.grade == Grade::Claimed);
            claimed && !counted.contains(&part.precinct)
        });
        claimed
            .filter_map(|part| {
                let at = council.attested_at(part.precinct)?;
                Some((part.precinct, self.clock.instant(at)))
            })
            .collect()
    }

    fn say_what_stands(&self, standing: &[(PrecinctId, Instant)], since: Instant) {
        let Some(last) = standing.iter().map(|(_, at)| *at).max() else {
            return;
        };
        let precincts: Vec<_> = standing.iter().map(|(precinct, _)| *precinct).collect();
        let precincts = listed(&precincts, self.precincts());
        // The next run waits from the start, and may hear of it some seconds later.
        let settle = (last - since).as_secs().next_multiple_of(10) + 10;
        eprintln!(
            "several signed what is claimed of {precincts}; it is attested once it has stood undisputed: --settle {settle}s \
             waits for that"
        );
    }
}

/// Whether another tab knows the same of all precincts, or there is no other.
fn knows_what_others_know(council: &Council) -> bool {
    council.agrees() || council.room() == Some(1)
}

/// What must stand still for a result to be called settled.
#[derive(PartialEq, Eq)]
struct Picture {
    ops: u64,
    /// Whether all others in the room hold the same ballots, or nobody is there.
    in_step: bool,
    /// Whether another knows the same of the other precincts, or nobody is there.
    knows: bool,
}

impl Picture {
    fn agrees(&self) -> bool {
        self.in_step && self.knows
    }
}

fn picture(replica: &mut Replica) -> Picture {
    let Agreement { replicas, agreeing } = agreement(replica);
    let peers = replica.peers();
    let in_step = is_alone(replica)
        || agreeing == replicas
            && peers.iter().any(|peer| peer.agrees)
            && !peers.iter().any(|peer| peer.syncing);
    Picture {
        ops: replica.ops(),
        in_step,
        knows: true,
    }
}

/// How many replicas of a room hold the same ballots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// As many as were heard of, this one among them.
    pub replicas: usize,
    /// Those that hold the same as this one, itself among them.
    pub agreeing: usize,
}

fn agreement(replica: &mut Replica) -> Agreement {
    let peers = replica.peers();
    let agreeing = peers.iter().filter(|peer| peer.agrees).count();
    // Who has left with an older state is remembered for a while: as many as are in the room now
    // will do.
    let others = replica
        .room()
        .map_or(usize::MAX, |room| room.saturating_sub(1) as usize)
        .min(peers.len());
    Agreement {
        replicas: others + 1,
        agreeing: agreeing.min(others) + 1,
    }
}
