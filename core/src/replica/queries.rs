//! What a replica can be asked.

use crate::ballots::returns::Return;
use crate::ids::{OpId, PollId, PrecinctId, ReplicaId, VoterKey};
use crate::poll::close::Status;
use crate::poll::genesis::Genesis;
use crate::poll::log::Log;
use crate::poll::op::{Op, VerifiedOp};
use crate::poll::register::CastBallot;
use crate::poll::verdict::Verdict;
use crate::wire::envelope::voter_key;

use super::view::{Explanation, HeldBack, LinkMisfit, OwnVote, PeerView, Stage, Stats};
use super::{OwnOp, Replica};

impl Replica {
    /// This replica's name among others; another one after every start.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.room.replica()
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

    /// Whether this replica holds the chair's key. False until the genesis is here, which says who
    /// that is.
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
        self.open.as_ref().map(|open| open.state.store.genesis())
    }

    /// What all delivered ballots add up to. Costs what changed since it was asked last.
    pub fn tally(&mut self) -> Option<Return> {
        self.open
            .as_mut()
            .map(|open| open.state.store.total().clone())
    }

    /// The root of the set of delivered ops: equal in replicas that hold the same; zeros without a
    /// genesis.
    pub fn state_hash(&mut self) -> [u8; 32] {
        self.open
            .as_mut()
            .map_or([0; 32], |open| open.state.store.root())
    }

    /// How many ops are delivered, the genesis not counted.
    #[must_use]
    pub fn ops(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.state.store.len())
    }

    /// What the version of a statement of its precinct would be: see
    /// [`BallotStore::version`](crate::ballots::BallotStore::version).
    #[must_use]
    pub fn version(&self) -> u64 {
        let open = self.open.as_ref();
        open.map_or(0, |open| open.state.store.version())
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
                verdict: None,
            });
        }
        let store = &self.open.as_ref()?.state.store;
        let register = store.register(&self.voter_key)?;
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
            verdict: Some(Verdict::of(
                &self.voter_key,
                ballot,
                register,
                store.log().removed(),
            )),
        })
    }

    /// Whether a ballot of that voter is held.
    #[must_use]
    pub fn has_voted(&self, voter: &VoterKey) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.state.store.register(voter).is_some())
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
        if op.0 == self.poll.0 {
            return Explanation::Genesis;
        }
        let mut held_back = open.delivery.held_back();
        if let Some((_, missing)) = held_back.find(|(arrival, _)| arrival.op.id() == op) {
            let waits_for = *missing;
            return Explanation::HeldBack { waits_for };
        }
        let Some(op) = open.state.store.find(op) else {
            return Explanation::NotHere;
        };
        let ballot = self.ballot(&op.author(), op.id());
        let verdict = ballot.map(|(_, verdict)| verdict);
        let reason = verdict.and_then(|verdict| self.reason(verdict));
        Explanation::Held {
            verdict,
            reason: reason.map(str::to_owned),
            op,
        }
    }

    /// The chair's reason, where an entry of the log decides that verdict.
    #[must_use]
    pub fn reason(&self, verdict: Verdict) -> Option<&str> {
        let log = self.open.as_ref()?.state.store.log();
        log.get(verdict.entry()?)?.reason()
    }

    /// That ballot of that voter, and whether it counts: one look-up, where [`Self::ballots`] goes
    /// through all.
    #[must_use]
    pub fn ballot(&self, voter: &VoterKey, id: OpId) -> Option<(&CastBallot, Verdict)> {
        let store = &self.open.as_ref()?.state.store;
        let register = store.register(voter)?;
        let ballot = register.entries().iter().find(|ballot| ballot.id == id)?;
        let verdict = Verdict::of(voter, ballot, register, store.log().removed());
        Some((ballot, verdict))
    }

    /// Whose that ballot is. Looks through all ballots.
    pub(super) fn find_ballot(&self, ballot: OpId) -> Option<VoterKey> {
        let store = &self.open.as_ref()?.state.store;
        let (voter, _) = store.find_ballot(ballot)?;
        Some(voter)
    }

    /// Whether the poll takes ballots, as the chair's log says; open until that is here.
    #[must_use]
    pub fn status(&self) -> Status {
        let open = self.open.as_ref();
        open.map_or(Status::Open, |open| open.state.store.log().status())
    }

    /// How often the chair's log changed.
    pub(super) fn log_changes(&self) -> u64 {
        let open = self.open.as_ref();
        open.map_or(0, |open| open.state.store.log().changes())
    }

    /// Every ballot held, with its voter and whether it counts, voters in the order of the tree.
    pub fn ballots(&self) -> impl Iterator<Item = (VoterKey, &CastBallot, Verdict)> {
        let store = self.open.as_ref().map(|open| &open.state.store);
        store.into_iter().flat_map(|store| {
            store.registers().flat_map(move |(voter, register)| {
                register.entries().iter().map(move |ballot| {
                    let verdict = Verdict::of(voter, ballot, register, store.log().removed());
                    (*voter, ballot, verdict)
                })
            })
        })
    }

    /// The entries of the chair's log, in its order.
    pub fn log(&self) -> impl Iterator<Item = &VerifiedOp> {
        let log = self.open.as_ref().map(|open| open.state.store.log());
        log.into_iter().flat_map(Log::entries)
    }

    /// How many ops are held that need a newer version of this program.
    #[must_use]
    pub fn unknown_ops(&self) -> usize {
        let open = self.open.as_ref();
        open.map_or(0, |open| open.state.store.log().unknown())
    }

    /// Whether there is no room for another voter. Replicas past that may differ for good.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.state.store.is_full())
    }

    /// How many connections the room has, this one included; `None` without a connection.
    #[must_use]
    pub fn room(&self) -> Option<u32> {
        self.room.size()
    }

    /// The other replicas, as far as they were heard of on this connection.
    #[must_use]
    pub fn peers(&mut self) -> Vec<PeerView> {
        let ours = self.digest();
        let changed_at = self.changed_at;
        let lag = self.timing.absence.lag;
        self.room
            .peers
            .iter()
            .map(|(replica, peer)| PeerView {
                replica,
                received: peer.received,
                agrees: peer.digest == ours,
                differs: peer.digest != ours
                    && peer
                        .differs_since
                        .is_some_and(|since| peer.received - since.max(changed_at) >= lag),
                ops: peer.digest.ops,
                syncing: self.sync.is_syncing(peer.handle),
            })
            .collect()
    }

    /// What was counted since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let traffic = self.room.traffic;
        Stats {
            frames_out: traffic.frames_out,
            bytes_out: traffic.bytes_out,
            frames_in: traffic.frames_in,
            bytes_in: traffic.bytes_in,
            unsealed: traffic.unsealed,
            malformed: traffic.malformed,
            muted: traffic.muted,
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
                waits_for: *missing,
            })
            .collect()
    }

    /// How far a comparison or a newcomer's stream has come: ops received, of how many.
    #[must_use]
    pub fn syncing(&self) -> Option<(u64, u64)> {
        self.syncing
    }
}
