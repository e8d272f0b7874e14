//! All that is said of one precinct, and what of it is shown: a join.
//!
//! Three things are said: that members signed a statement (a claim), that a member disputes one,
//! and that the chair struck a return. Each is a small contest of its own, and taking it in is
//! joining it.
//!
//! ```text
//! claims     for each member the newest statement that they signed, by statement; of one the 16
//!            smallest keys
//! disputes   a set
//! strikes    a set
//! ```
//!
//! So what is held follows from what was heard, whatever the order, and however often. It says
//! nothing of what counts: a dispute is *taken back* while its member signs what it disputes, and a
//! struck claim stands last and is not shown; both are worked out from what is held.
//!
//! That is exact as long as its caps are not reached: 4 claims stood by at once, 16 members who
//! sign one, 4 who dispute one, and 16 disputes of what nobody signs. Beyond them what ranks lowest
//! goes, and may be wanted again once others are disputed or struck; then it is offered again by
//! whoever holds it, and boards become equal by telling each other.

use core::cmp::Reverse;
use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::claim::Claim;
use super::dispute::Dispute;
use super::grade::Grade;
use super::statement::{ReturnId, StateId, Statement};
use crate::crdt::Join;
use crate::ids::VoterKey;
use crate::sorted::SortedMap;

/// The most claims that are kept of one precinct.
pub(crate) const MAX_CLAIMS: usize = 4;
/// The most disputes of one state. One is as good as many.
pub(crate) const MAX_DISPUTES: usize = 4;
/// The most disputes of states that are not claimed. Keys are free in a poll with an open link, and
/// so are disputes of what was never said.
pub(crate) const MAX_LOOSE: usize = 16;

/// See the [module](self).
#[derive(Debug, Clone, Default)]
pub(crate) struct Contest {
    /// By rank, the one to show first.
    claims: Vec<Claim>,
    /// How many of them are not struck: they come first.
    valid: usize,
    disputes: SortedMap<(StateId, VoterKey), Dispute>,
    strikes: BTreeSet<ReturnId>,
    /// The states that were claimed for long enough to be disputed by whoever knows better, and
    /// were not since. This tab's own, and no part of what is joined.
    stood: Vec<StateId>,
    digest: [u8; 16],
    /// Claims that had to go for others, and disputes.
    dropped: (u64, u64),
}

/// What is said in both. Of two disputes by one member of one state either will do.
impl PartialEq for Contest {
    fn eq(&self, other: &Self) -> bool {
        let disputes = |of: &Self| of.disputes.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        self.claims == other.claims
            && self.strikes == other.strikes
            && disputes(self) == disputes(other)
    }
}

impl Eq for Contest {}

impl From<Claim> for Contest {
    fn from(claim: Claim) -> Self {
        Self {
            claims: vec![claim],
            valid: 1,
            ..Self::default()
        }
    }
}

impl From<Dispute> for Contest {
    fn from(dispute: Dispute) -> Self {
        let mut said = Self::default();
        said.disputes.insert(key(&dispute), dispute);
        said
    }
}

impl From<ReturnId> for Contest {
    fn from(struck: ReturnId) -> Self {
        Self {
            strikes: [struck].into(),
            ..Self::default()
        }
    }
}

impl Join for Contest {
    fn join(&mut self, other: &Self) -> bool {
        let mut news = false;
        for struck in &other.strikes {
            news |= self.strikes.insert(*struck);
        }
        if news {
            self.settle();
        }
        for dispute in other.disputes.values() {
            news |= self.dispute(dispute);
        }
        for claim in &other.claims {
            news |= self.claim(claim);
        }
        news
    }

    fn delta_since(&self, known: &Self) -> Self {
        let mut delta = Self {
            strikes: self.strikes.difference(&known.strikes).copied().collect(),
            ..Self::default()
        };
        for (key, dispute) in self.disputes.iter() {
            if !known.covers_dispute(dispute) {
                delta.disputes.insert(*key, dispute.clone());
            }
        }
        for claim in &self.claims {
            let mut news = claim.clone();
            news.take_out(|key| known.covers(claim.statement(), key));
            if !news.attestations().as_slice().is_empty() {
                delta.claims.push(news);
            }
        }
        delta.settle();
        delta
    }
}

impl Contest {
    /// A member stands by the newest statement that they signed: older claims lose them.
    fn claim(&mut self, claim: &Claim) -> bool {
        let statement = claim.statement();
        let mut claim = claim.clone();
        claim.take_out(|key| self.covers(statement, key));
        if claim.attestations().as_slice().is_empty() {
            return false;
        }
        let before = (self.claims.clone(), self.stood.clone());
        for held in &mut self.claims {
            if statement.is_newer_than(held.statement()) {
                held.take_out(|key| claim.attestations().contains(key));
            }
        }
        self.claims
            .retain(|held| !held.attestations().as_slice().is_empty());
        let state = statement.state();
        let mut claims = self.claims.iter_mut();
        match claims.find(|held| held.statement().state() == state) {
            Some(held) => {
                held.unite(&claim);
            }
            None => {
                // One at a time: most precincts have one claim most of the time.
                self.claims.reserve_exact(1);
                self.claims.push(claim);
            }
        }
        self.settle();
        let kept = self.claims_state(state);
        if !kept {
            // What finds no room takes no signature from what does: else each would be news after
            // the other, for ever.
            (self.claims, self.stood) = before;
            self.settle();
        }
        kept
    }

    fn dispute(&mut self, dispute: &Dispute) -> bool {
        let key = key(dispute);
        if self.covers_dispute(dispute) {
            return false;
        }
        self.disputes.insert(key, dispute.clone());
        self.settle();
        self.disputes.contains_key(&key)
    }

    /// Whether a member's signature under a statement would change nothing, since it is held, or a
    /// newer one of theirs.
    pub(crate) fn covers(&self, statement: &Statement, member: VoterKey) -> bool {
        self.claims.iter().any(|held| {
            let attestations = held.attestations();
            if held.statement().state() == statement.state() {
                attestations.covers(member)
            } else {
                held.statement().is_newer_than(statement) && attestations.contains(member)
            }
        })
    }

    /// Whether a dispute would change nothing: it is held, or as many are that stay rather than it.
    pub(crate) fn covers_dispute(&self, dispute: &Dispute) -> bool {
        let (state, by) = key(dispute);
        let rank = |by| (self.signs(state, by), by);
        let stay = self
            .disputes_held(state)
            .filter(|held| rank(held.by()) < rank(by));
        self.disputes.contains_key(&(state, by)) || stay.count() >= MAX_DISPUTES
    }

    /// Puts everything in its order, and lets go of what there is no room for.
    fn settle(&mut self) {
        let mut ranked = SortedMap::default();
        for claim in core::mem::take(&mut self.claims) {
            let statement = claim.statement();
            let (state, version) = (statement.state(), statement.version());
            let struck = self.strikes.contains(&statement.return_id());
            let mut against = self.disputes_held(state);
            let disputed = against.any(|held| !claim.attestations().contains(held.by()));
            let alone = claim.attestations().as_slice().len() < 2;
            ranked.insert((struck, disputed, Reverse(version), alone, state), claim);
        }
        self.dropped.0 += ranked.len().saturating_sub(MAX_CLAIMS) as u64;
        let kept = ranked.iter().take(MAX_CLAIMS);
        self.valid = kept.filter(|(rank, _)| !rank.0).count();
        self.claims.extend(ranked.into_values().take(MAX_CLAIMS));
        // There are thousands of these, and nearly always one claim is left.
        self.claims.shrink_to_fit();
        self.trim_disputes();
        let mut stood = core::mem::take(&mut self.stood);
        stood.retain(|state| self.may_stand(*state));
        self.stood = stood;
        self.digest = self.work_out_digest();
    }

    /// Of one state those stay that are not taken back, and smaller keys before larger ones.
    fn trim_disputes(&mut self) {
        let keys: Vec<_> = self.disputes.iter().map(|(key, _)| *key).collect();
        let mut gone = Vec::new();
        for of_state in keys.chunk_by(|one, next| one.0 == next.0) {
            let mut ranked = of_state.to_vec();
            ranked.sort_by_key(|(state, by)| (self.signs(*state, *by), *by));
            gone.extend(ranked.into_iter().skip(MAX_DISPUTES));
        }
        let loose = keys
            .into_iter()
            .filter(|(state, _)| !self.claims_state(*state));
        gone.extend(loose.skip(MAX_LOOSE));
        for key in gone {
            self.dropped.1 += u64::from(self.disputes.remove(&key).is_some());
        }
    }

    /// The claims that are not struck, by rank: not disputed before disputed, then the higher
    /// version, then signed by more than one member before by one, then the smaller hash.
    pub(crate) fn claims(&self) -> &[Claim] {
        &self.claims[..self.valid]
    }

    /// All claims by rank, the struck ones last.
    pub(crate) fn all_claims(&self) -> &[Claim] {
        &self.claims
    }

    /// Whether the chair struck that.
    pub(crate) fn is_struck(&self, statement: &Statement) -> bool {
        self.strikes.contains(&statement.return_id())
    }

    /// Forgets other strikes than those; true when there were any.
    pub(super) fn keep_strikes(&mut self, is_kept: impl Fn(ReturnId) -> bool) -> bool {
        let before = self.strikes.len();
        self.strikes.retain(|struck| is_kept(*struck));
        let forgot = self.strikes.len() < before;
        if forgot {
            self.settle();
        }
        forgot
    }

    /// How many returns the chair struck.
    pub(crate) fn struck(&self) -> usize {
        self.strikes.len()
    }

    /// The disputes of a state, but for those of members who sign it: they found it right in the
    /// end.
    pub(crate) fn disputes(&self, state: StateId) -> impl Iterator<Item = &Dispute> {
        self.disputes_held(state)
            .filter(move |dispute| !self.signs(state, dispute.by()))
    }

    /// The disputes of a state, ascending by voter, those that were taken back among them.
    pub(crate) fn disputes_held(&self, state: StateId) -> impl Iterator<Item = &Dispute> {
        let (first, last) = (VoterKey([0; 32]), VoterKey([0xff; 32]));
        let held = self.disputes.range((state, first)..=(state, last));
        held.map(|(_, dispute)| dispute)
    }

    fn claim_of(&self, state: StateId) -> Option<&Claim> {
        let mut claims = self.claims.iter();
        claims.find(|claim| claim.statement().state() == state)
    }

    fn claims_state(&self, state: StateId) -> bool {
        self.claim_of(state).is_some()
    }

    fn signs(&self, state: StateId, member: VoterKey) -> bool {
        let claim = self.claim_of(state);
        claim.is_some_and(|claim| claim.attestations().contains(member))
    }

    /// Takes note that a state was claimed by several for long enough, without a dispute that came
    /// here.
    pub(crate) fn stand(&mut self, state: StateId) {
        if self.may_stand(state) && !self.stood.contains(&state) {
            self.stood.reserve_exact(1);
            self.stood.push(state);
        }
    }

    /// The states that several claim and nobody disputes, and of which [`Contest::stand`] was not
    /// said.
    pub(crate) fn yet_to_stand(&self) -> impl Iterator<Item = StateId> {
        let states = self.claims().iter().map(|claim| claim.statement().state());
        states.filter(|state| self.may_stand(*state) && !self.stood.contains(state))
    }

    /// One alone is never more than a claim, and is not disputed for that.
    fn may_stand(&self, state: StateId) -> bool {
        let claim = self.claim_of(state);
        claim.is_some_and(|claim| claim.attestations().as_slice().len() > 1)
            && self.disputes(state).next().is_none()
    }

    /// The grade of a claim held here, were it shown.
    pub(crate) fn grade(&self, claim: &Claim) -> Grade {
        let stood = self.stood.contains(&claim.statement().state());
        Grade::of_claim(claim.attestations().as_slice().len(), stood)
    }

    /// How many claims had to go for others, and how many disputes.
    pub(crate) fn dropped(&self) -> (u64, u64) {
        self.dropped
    }

    /// A hash of the claims, who signed them, and who disputes them; zeros without claims.
    pub(crate) fn digest(&self) -> [u8; 16] {
        self.digest
    }

    fn work_out_digest(&self) -> [u8; 16] {
        let mut digest = [0; 16];
        if self.claims.is_empty() {
            return digest;
        }
        let mut hash = Sha256::new();
        for claim in &self.claims {
            let signers = claim.attestations().as_slice();
            let state = claim.statement().state();
            hash.update(state.0);
            hash.update([signers.len() as u8]);
            signers.iter().for_each(|held| hash.update(held.key().0));
            for dispute in self.disputes(state) {
                // Longer by one byte, so that it is no signer of the next claim.
                hash.update([0xff]);
                hash.update(dispute.by().0);
            }
        }
        digest.copy_from_slice(&hash.finalize()[..16]);
        digest
    }
}

fn key(dispute: &Dispute) -> (StateId, VoterKey) {
    (dispute.disputed(), dispute.by())
}
