//! The ops of one precinct, or of a poll without precincts, each in its place, with what they add
//! up to.

use std::collections::{BTreeMap, BTreeSet};

use super::branch::{Branch, LOG, PRECINCT};
use super::capacity::Capacity;
use super::fingerprint::{self, Fingerprint, Item, LEAF};
use super::returns::Return;
use super::tree::{Placed, Tree};
use crate::ids::{OpId, Place, PollId, PrecinctId, VoterKey};
use crate::poll::genesis::Genesis;
use crate::poll::kind::Concern;
use crate::poll::log::{Log, Logged};
use crate::poll::op::{Op, SignedOp, VerifiedGenesis, VerifiedOp};
use crate::poll::register::{CastBallot, VoterRegister};
use crate::wire::envelope::Claim;
use crate::wire::frame::Digest;

/// One poll's ops as one replica holds them: the chair's log, and all ballots or those of one
/// precinct.
#[derive(Debug, Clone)]
pub struct BallotStore {
    genesis: VerifiedGenesis,
    poll: PollId,
    /// `None`: all of the poll's ballots.
    precinct: Option<PrecinctId>,
    tree: Tree,
    log: Log,
    /// What was worked out of the log's branches since it changed.
    log_parts: BTreeMap<Branch, LogPart>,
    /// The entries of the log that concern the precinct.
    concerning: BTreeSet<OpId>,
    /// Their fingerprint, if it was worked out since there were more.
    concerning_fingerprint: Option<Fingerprint>,
}

/// Log branches down to this depth are worked out once for each change of the log. Below it few ops
/// are left.
const LOG_PARTS_DEPTH: u8 = 5;

#[derive(Debug, Clone, Copy)]
struct LogPart {
    fingerprint: Fingerprint,
    ops: u64,
}

/// What became of an op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is held now. It may have taken the place of another.
    Added,
    /// It was held already.
    Known,
    /// It is not held, and no replica that holds what this one holds would: two ballots of its
    /// voter and seq, or as many ops of unknown kinds as are kept, have smaller ids; or as many
    /// entries of the chair's log as are kept come before it.
    Dominated,
    /// It is not held: there is no room for another voter.
    Full,
    /// It is not held: it is a ballot of a voter of another precinct.
    Foreign,
}

impl BallotStore {
    /// A poll with no ops yet, for the ballots of all its voters.
    #[must_use]
    pub fn new(genesis: VerifiedGenesis) -> Self {
        Self::holding(genesis, None)
    }

    /// A poll with no ops yet, for the ballots of one precinct's voters. A precinct that the poll
    /// does not have is one without voters.
    #[must_use]
    pub fn of_precinct(genesis: VerifiedGenesis, precinct: PrecinctId) -> Self {
        Self::holding(genesis, Some(precinct))
    }

    fn holding(genesis: VerifiedGenesis, precinct: Option<PrecinctId>) -> Self {
        Self {
            poll: genesis.id().into(),
            precinct,
            tree: Tree::new(PRECINCT, genesis.options().len()),
            log: Log::default(),
            log_parts: BTreeMap::new(),
            concerning: BTreeSet::new(),
            concerning_fingerprint: None,
            genesis,
        }
    }

    /// The poll's definition.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The op that defines the poll.
    #[must_use]
    pub(crate) fn genesis_op(&self) -> &VerifiedGenesis {
        &self.genesis
    }

    /// Which poll this is.
    #[must_use]
    pub fn poll(&self) -> PollId {
        self.poll
    }

    /// Whose ballots it is for; `None`: all voters'.
    #[must_use]
    pub(crate) fn precinct(&self) -> Option<PrecinctId> {
        self.precinct
    }

    /// Whether a voter who stands there is of another precinct: their ballots are not kept here.
    #[must_use]
    pub(crate) fn is_foreign(&self, voter: Place) -> bool {
        self.register_place(voter).is_none()
    }

    /// Where in the tree the register of a voter who stands there is; `None` for a voter of another
    /// precinct.
    fn register_place(&self, voter: Place) -> Option<u64> {
        let Some(precinct) = self.precinct else {
            return Some(voter.0);
        };
        let precincts = self.genesis.precincts().count();
        (voter.precinct(precincts) == precinct).then(|| voter.within(precincts).0)
    }

    pub(super) fn register_at(&self, place: Place, voter: &VoterKey) -> Option<&VoterRegister> {
        self.tree.register(self.register_place(place)?, voter)
    }

    /// Puts in an op of this poll. The order of delivery is the caller's matter. O(log n); nothing
    /// is counted or hashed before the next [`BallotStore::fold`].
    pub fn insert(&mut self, op: VerifiedOp) -> Inserted {
        if let Op::Ballot(ballot) = &*op {
            let (id, voter) = (op.id(), op.author());
            let Some(place) = self.register_place(op.place()) else {
                return Inserted::Foreign;
            };
            let (seq, choice) = (ballot.seq, ballot.choice);
            let (_, bytes) = op.into_parts();
            return match self.tree.insert(
                place,
                voter,
                CastBallot {
                    id,
                    seq,
                    choice,
                    bytes,
                },
            ) {
                Placed::Added => Inserted::Added,
                Placed::Known => Inserted::Known,
                Placed::Dominated => Inserted::Dominated,
                Placed::Full => Inserted::Full,
            };
        }
        let (id, concern) = (op.id(), op.concern());
        let dropped = match self.log.insert(op) {
            Logged::Known => return Inserted::Known,
            Logged::Full => return Inserted::Dominated,
            Logged::Added(dropped) => dropped,
        };
        self.log_parts.clear();
        if self.bears_on(concern) {
            self.concerning.insert(id);
            self.concerning_fingerprint = None;
        }
        if let Some(dropped) = dropped
            && self.bears_on(dropped.concern())
        {
            self.concerning.remove(&dropped.id());
            self.concerning_fingerprint = None;
        }
        Inserted::Added
    }

    /// Whether an entry of the log that comes or goes concerns the precinct. What it says of a voter
    /// is worked out anew; of a ballot that is not here when that comes.
    fn bears_on(&mut self, concern: Option<Concern>) -> bool {
        match concern {
            Some(Concern::Voter(voter)) => {
                let place = self.register_place(Place::of(self.poll, voter));
                if let Some(place) = place {
                    self.tree.touch(place);
                }
                self.precinct.is_some() && place.is_some()
            }
            Some(Concern::Precinct(precinct)) => self.precinct == Some(precinct),
            None => false,
        }
    }

    /// Whether [`BallotStore::insert`] would leave everything as it is, so that the op's signature
    /// needs no check: the op is known, dominated or foreign, or there is no room for it. Once
    /// true, always true. O(log n).
    #[must_use]
    pub fn holds(&self, op: &Claim<Op>) -> bool {
        match &**op {
            Op::Ballot(ballot) => match self.register_at(op.place(), &op.author()) {
                Some(register) => register.covers(ballot.seq, op.id()),
                None => self.tree.is_full() || self.is_foreign(op.place()),
            },
            Op::Unknown { .. } => self.log.covers_unknown(op.id()),
            _ => self.log.get(op.id()).is_some() || !self.log.may_keep(op),
        }
    }

    /// From now on, holds no more than that.
    pub(crate) fn limit_room(&mut self, room: &Capacity) {
        self.tree.limit_room(room.registers);
        self.log.limit_room(room.entries, room.unknown);
    }

    /// Whether that voter's register holds the ballot of that seq and id, or would never hold it.
    /// Once true, always true. `place` is where the voter stands in the poll. O(log n).
    #[must_use]
    pub(crate) fn covers(&self, place: Place, voter: &VoterKey, seq: u32, id: OpId) -> bool {
        self.register_at(place, voter)
            .is_some_and(|register| register.covers(seq, id))
    }

    /// The voter's register, if a ballot of theirs is held. O(log n).
    #[must_use]
    pub fn register(&self, voter: &VoterKey) -> Option<&VoterRegister> {
        self.register_at(Place::of(self.poll, *voter), voter)
    }

    /// All registers by place.
    pub(crate) fn registers(&self) -> impl Iterator<Item = (&VoterKey, &VoterRegister)> {
        self.tree
            .slots(0..=u64::MAX)
            .map(|slot| (&slot.voter, &slot.register))
    }

    /// The ballot of that id, and whose it is. Looks through all of them, O(n): for people who ask,
    /// not for every ballot that comes in.
    #[must_use]
    pub(crate) fn find_ballot(&self, id: OpId) -> Option<(VoterKey, &CastBallot)> {
        let mut ballots = self
            .registers()
            .flat_map(|(voter, register)| register.entries().iter().map(|b| (*voter, b)));
        ballots.find(|(_, ballot)| ballot.id == id)
    }

    /// The op of that id. Looks through all ballots, as [`Self::find_ballot`] does.
    #[must_use]
    pub(crate) fn find(&self, id: OpId) -> Option<VerifiedOp> {
        if let Some(op) = self.log.get(id) {
            return Some(op.clone());
        }
        let (_, ballot) = self.find_ballot(id)?;
        let op = SignedOp::decode(&ballot.bytes, self.poll, &self.genesis).ok()?;
        Some(op.checked_before_it_was_stored())
    }

    /// The chair's ops, and those of unknown kinds.
    #[must_use]
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// How many voters have a ballot here.
    #[must_use]
    pub(crate) fn voters(&self) -> usize {
        self.tree.registers()
    }

    /// How many ops are held, the genesis not counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.tree.ballots() + self.log.len() as u64
    }

    /// The version of a statement of the precinct: the ballots held, and the entries of the chair's
    /// log that concern it. Without precincts, the ballots alone.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.tree.ballots() + self.concerning.len() as u64
    }

    /// How many entries of the chair's log concern the precinct, and their fingerprint as one leaf.
    /// O(of these), once for each that comes.
    pub(crate) fn concerning(&mut self) -> (u32, Fingerprint) {
        let entries = &self.concerning;
        let fingerprint = self
            .concerning_fingerprint
            .get_or_insert_with(|| fingerprint::leaf(entries.iter()));
        (entries.len() as u32, *fingerprint)
    }

    /// Whether there is no op besides the genesis.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Works out what changed since the last time. Once a tick is often enough; what asks for
    /// totals or fingerprints does it too.
    pub fn fold(&mut self) {
        self.tree.fold(self.log.removed());
    }

    /// What all ballots add up to.
    pub fn total(&mut self) -> &Return {
        self.fold();
        self.tree.total()
    }

    /// The state hash: equal on two replicas exactly when they hold the same ops.
    pub fn root(&mut self) -> [u8; 32] {
        fingerprint::root(
            &[Branch::root(LOG), Branch::root(PRECINCT)]
                .map(|section| self.branch_fingerprint(section)),
        )
    }

    /// What goes into every frame.
    pub(crate) fn digest(&mut self) -> Digest {
        let mut root = [0; 16];
        root.copy_from_slice(&self.root()[..16]);
        Digest {
            root,
            ops: self.len(),
        }
    }

    /// The fingerprint of any branch. O(log n) in the precinct; in the log's section O(ops under
    /// it), once for each change of the log unless the branch is deep.
    pub fn branch_fingerprint(&mut self, branch: Branch) -> Fingerprint {
        self.fold();
        match branch.section() {
            PRECINCT => self.tree.fingerprint(branch),
            _ => self.log_part(branch).fingerprint,
        }
    }

    /// What the ballots under a branch add up to; nothing in the log's section. It costs as much as
    /// [`BallotStore::branch_fingerprint`].
    pub fn branch_return(&mut self, branch: Branch) -> Return {
        self.fold();
        match branch.section() {
            PRECINCT => self.tree.branch_total(branch, self.log.removed()),
            _ => Return::empty(self.genesis.options().len()),
        }
    }

    /// How many ops stand under a branch. It costs as much as [`BallotStore::branch_fingerprint`].
    pub fn ops_under(&mut self, branch: Branch) -> u64 {
        self.fold();
        match branch.section() {
            PRECINCT => self.tree.ballots_under(branch),
            _ => self.log_part(branch).ops,
        }
    }

    /// Whether the branch is a leaf by the definition of [`fingerprint`].
    #[must_use]
    pub fn is_leaf(&self, branch: Branch) -> bool {
        branch.depth() == super::branch::MAX_DEPTH
            || match branch.section() {
                PRECINCT => self.tree.slots(branch.places()).take(LEAF + 1).count() <= LEAF,
                _ => self.log.range(ids_in(branch)).take(LEAF + 1).count() <= LEAF,
            }
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    fn log_part(&mut self, branch: Branch) -> LogPart {
        if let Some(part) = self.log_parts.get(&branch) {
            return *part;
        }
        let items = self.log_items(branch);
        let part = LogPart {
            fingerprint: fingerprint::of(branch, &items),
            ops: items.len() as u64,
        };
        if branch.depth() <= LOG_PARTS_DEPTH {
            self.log_parts.insert(branch, part);
        }
        part
    }

    fn log_items(&self, branch: Branch) -> Vec<Item> {
        let item = |op: &VerifiedOp| {
            #[cfg(test)]
            super::testing::visit();
            Item {
                place: op.id().head(),
                owner: op.id().0,
                id: op.id(),
            }
        };
        self.log.range(ids_in(branch)).map(item).collect()
    }
}

/// The ids whose first eight bytes are a place of that branch.
pub(super) fn ids_in(branch: Branch) -> core::ops::RangeInclusive<OpId> {
    let (first, last) = branch.places().into_inner();
    let (mut low, mut high) = ([0; 32], [0xff; 32]);
    low[..8].copy_from_slice(&first.to_be_bytes());
    high[..8].copy_from_slice(&last.to_be_bytes());
    OpId(low)..=OpId(high)
}
