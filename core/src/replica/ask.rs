//! What a replica can be asked.

use crate::broadcast::Delivery;
use crate::canvass::returns::Return;
use crate::ids::{OpId, PollId, PrecinctId, ReplicaId, VoterKey};
use crate::poll::genesis::Genesis;
use crate::poll::log::Log;
use crate::poll::op::Op;
use crate::poll::register::{CastBallot, Standing, standing};
use crate::poll::revocation::RevokeBallot;
use crate::poll::strike::StrikeReturn;
use crate::time::Millis;
use crate::wire::envelope::voter_key;

use super::view::{Explanation, HeldBack, LinkMisfit, OwnVote, PeerView, Stage, Stats};
use super::{OwnOp, Replica};

/// For so long others may lag behind what came last, in rooms of a hundred, before that is called a difference.
const LAG: Millis = Millis(3_000);

impl Replica {
    /// This replica's name among others; another one after every start.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.id
    }

    /// The poll.
    #[must_use]
    pub fn poll(&self) -> PollId {
        self.poll
    }

    /// Who this replica votes as.
    #[must_use]
    pub fn voter(&self) -> VoterKey {
        self.voter_key
    }

    /// Which precinct this is a replica of; `None` for a poll without precincts.
    #[must_use]
    pub fn precinct(&self) -> Option<PrecinctId> {
        self.precinct.map(|(_, precinct)| precinct)
    }

    /// Why the poll does not open although its genesis came, if so.
    #[must_use]
    pub fn misfit(&self) -> Option<LinkMisfit> {
        self.misfit
    }

    /// Whether this replica holds the chair's key. False until the genesis is here, which says who that is.
    #[must_use]
    pub fn is_chair(&self) -> bool {
        let chair = self.genesis().map(Genesis::chair);
        self.chair
            .as_ref()
            .is_some_and(|key| chair == Some(voter_key(key)))
    }

    /// The poll's definition; `None` until it came.
    #[must_use]
    pub fn genesis(&self) -> Option<&Genesis> {
        self.open.as_ref().map(|open| open.state.canvass.genesis())
    }

    /// What all delivered ballots add up to. Costs what changed since it was asked last.
    pub fn tally(&mut self) -> Option<Return> {
        self.open
            .as_mut()
            .map(|open| open.state.canvass.total().clone())
    }

    /// The root of the set of delivered ops: equal in replicas that hold the same; zeros without a genesis.
    pub fn state_hash(&mut self) -> [u8; 32] {
        self.open
            .as_mut()
            .map_or([0; 32], |open| open.state.canvass.root())
    }

    /// How many ops are delivered, the genesis not counted.
    #[must_use]
    pub fn ops(&self) -> u64 {
        self.open
            .as_ref()
            .map_or(0, |open| open.state.canvass.len())
    }

    /// This replica's own vote, if its voter has one here.
    #[must_use]
    pub fn own_vote(&self) -> Option<OwnVote> {
        if let Some(op) = &self.saving
            && let Op::Ballot(ballot) = &**op
        {
            let (seq, choice) = (ballot.seq, ballot.choice);
            return Some(OwnVote {
                ballot: op.id(),
                seq,
                choice,
                stage: Stage::Saving,
                standing: None,
            });
        }
        let canvass = &self.open.as_ref()?.state.canvass;
        let register = canvass.register(&self.voter_key)?;
        let ballot = register.top().first()?;
        let stage = match self.own.iter().find(|own| own.rumor.id == ballot.id) {
            Some(own) if !own.sent => Stage::Saved,
            Some(own) if own.reach() == 0 => Stage::Sent,
            Some(own) => Stage::SeenBy(own.reach()),
            None => Stage::Saved,
        };
        Some(OwnVote {
            ballot: ballot.id,
            seq: ballot.seq,
            choice: ballot.choice,
            stage,
            standing: standing(
                &self.voter_key,
                register,
                canvass.log().revocations(),
                ballot.id,
            ),
        })
    }

    /// Whether a ballot of that voter is held.
    #[must_use]
    pub fn has_voted(&self, voter: &VoterKey) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.state.canvass.register(voter).is_some())
    }

    /// How many others say that they have an op that was made here lately.
    #[must_use]
    pub fn seen_by(&self, op: OpId) -> usize {
        self.own
            .iter()
            .find(|own| own.rumor.id == op)
            .map_or(0, OwnOp::reach)
    }

    pub(super) fn latest_ballot(&self) -> Option<&OwnOp> {
        let vote = self.own_vote()?;
        self.own.iter().find(|own| own.rumor.id == vote.ballot)
    }

    /// Why that op counts or does not. For people: it looks through all ballots.
    #[must_use]
    pub fn explain(&self, op: OpId) -> Explanation {
        let Some(open) = &self.open else {
            return Explanation::NotHere;
        };
        let canvass = &open.state.canvass;
        if op.0 == self.poll.0 {
            return Explanation::Genesis;
        }
        if let Some((_, missing)) = open
            .delivery
            .held_back()
            .find(|(arrival, _)| arrival.op.id() == op)
        {
            return Explanation::HeldBack {
                waits_for: missing.to_string(),
            };
        }
        if let Some(held) = canvass.log().get(op) {
            return match &**held {
                Op::RevokeBallot(revocation) => Explanation::Revocation {
                    ballot: revocation.ballot,
                    voter: revocation.voter,
                    reason: revocation.reason.clone(),
                },
                Op::StrikeReturn(strike) => Explanation::Strike {
                    precinct: strike.precinct,
                    return_id: strike.return_id,
                    reason: strike.reason.clone(),
                },
                _ => Explanation::NeedsNewerVersion,
            };
        }
        let ballot = canvass.find_ballot(op).and_then(|(voter, ballot)| {
            let register = canvass.register(&voter)?;
            let standing = standing(&voter, register, canvass.log().revocations(), op)?;
            Some((voter, ballot, standing))
        });
        match ballot {
            Some((voter, ballot, standing)) => Explanation::Ballot {
                voter,
                seq: ballot.seq,
                choice: ballot.choice,
                standing,
                reason: canvass
                    .log()
                    .revocation_of(voter, op)
                    .map(|(_, revocation)| revocation.reason.clone()),
            },
            None => Explanation::NotHere,
        }
    }

    /// That ballot of that voter, and whether it counts: one look-up, where [`Self::ballots`] goes through all.
    #[must_use]
    pub fn ballot(&self, voter: &VoterKey, id: OpId) -> Option<(&CastBallot, Standing)> {
        let canvass = &self.open.as_ref()?.state.canvass;
        let register = canvass.register(voter)?;
        let ballot = register.entries().iter().find(|ballot| ballot.id == id)?;
        let standing = standing(voter, register, canvass.log().revocations(), id)?;
        Some((ballot, standing))
    }

    /// Whose that ballot is, and its seq. Looks through all ballots.
    pub(super) fn find_ballot(&self, ballot: OpId) -> Option<(VoterKey, u32)> {
        let canvass = &self.open.as_ref()?.state.canvass;
        let (voter, cast) = canvass.find_ballot(ballot)?;
        Some((voter, cast.seq))
    }

    /// How many entries of the chair's log are held, with those of unknown kinds.
    pub(super) fn log_len(&self) -> usize {
        let open = self.open.as_ref();
        open.map_or(0, |open| open.state.canvass.log().len())
    }

    /// Every ballot held, with its voter and whether it counts, voters in the order of the tree.
    pub fn ballots(&self) -> impl Iterator<Item = (VoterKey, &CastBallot, Standing)> {
        let canvass = self.open.as_ref().map(|open| &open.state.canvass);
        canvass.into_iter().flat_map(|canvass| {
            canvass.registers().flat_map(move |(voter, register)| {
                register.entries().iter().filter_map(move |ballot| {
                    let standing =
                        standing(voter, register, canvass.log().revocations(), ballot.id)?;
                    Some((*voter, ballot, standing))
                })
            })
        })
    }

    /// The chair's revocations, in the order of the log.
    pub fn revocations(&self) -> impl Iterator<Item = (OpId, &RevokeBallot)> {
        let log = self.open.as_ref().map(|open| open.state.canvass.log());
        log.into_iter().flat_map(|log| {
            log.chain().filter_map(|op| match &**op {
                Op::RevokeBallot(revocation) => Some((op.id(), &**revocation)),
                _ => None,
            })
        })
    }

    /// The returns that the chair struck, in the order of the log.
    pub fn strikes(&self) -> impl Iterator<Item = (OpId, &StrikeReturn)> {
        let log = self.open.as_ref().map(|open| open.state.canvass.log());
        log.into_iter().flat_map(Log::strikes)
    }

    /// Whether the chair's key was used in two places at once.
    #[must_use]
    pub fn log_forked(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.state.canvass.log().forked())
    }

    /// How many ops are held that need a newer version of this program.
    #[must_use]
    pub fn unknown_ops(&self) -> usize {
        self.open
            .as_ref()
            .map_or(0, |open| open.state.canvass.log().unknown())
    }

    /// Whether there is no room for another voter or another entry of the chair's log. Replicas past that may differ for
    /// good.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.state.canvass.is_full())
    }

    /// How many connections the room has, this one included; `None` without a connection.
    #[must_use]
    pub fn room(&self) -> Option<u32> {
        self.room
    }

    /// The other replicas, as far as they were heard of on this connection.
    #[must_use]
    pub fn peers(&mut self) -> Vec<PeerView> {
        let ours = self.digest();
        let changed_at = self.rhythm.changed_at;
        self.peers
            .iter()
            .map(|(replica, peer)| PeerView {
                replica,
                heard: peer.heard,
                agrees: peer.digest == ours,
                differs: peer.digest != ours
                    && peer
                        .differs_since
                        .is_some_and(|since| peer.heard - since.max(changed_at) >= LAG),
                ops: peer.digest.ops,
                syncing: self.sync.is_syncing(peer.handle),
            })
            .collect()
    }

    /// What was counted since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            full: self.open.as_ref().map_or(0, |open| open.state.full),
            held_dropped: self.stats.held_dropped
                + self.open.as_ref().map_or(0, |open| open.delivery.dropped()),
            gossip_dropped: self.gossip.dropped(),
            ..self.stats
        }
    }

    /// The ops that are held back, oldest first, each with what it waits for.
    #[must_use]
    pub fn held_back(&self) -> Vec<HeldBack> {
        let Some(open) = &self.open else {
            return Vec::new();
        };
        open.delivery
            .held_back()
            .map(|(arrival, missing)| HeldBack {
                id: arrival.op.id(),
                waits_for: missing.to_string(),
            })
            .collect()
    }

    /// How far a comparison or a newcomer's stream has come: ops received, of how many.
    #[must_use]
    pub fn syncing(&self) -> Option<(u64, u64)> {
        self.syncing
    }
}
