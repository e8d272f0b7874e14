//! The claims about one precinct, and which of them is shown.

use core::cmp::Reverse;

use sha2::{Digest, Sha256};

use super::claim::Claim;
use super::dispute::Dispute;
use super::disputes::Disputes;
use super::grade::Grade;
use super::statement::{StateId, StatementId};
use crate::ids::{PrecinctId, VoterKey};
use crate::sorted::SortedMap;

/// The most claims that are kept of one precinct.
pub const MAX_CLAIMS: usize = 4;

/// See the [module](self).
#[derive(Debug, Clone, Default)]
pub(super) struct Contest {
    /// By rank, the one to show first.
    claims: Vec<Claim>,
    /// The states that were claimed for long enough to be disputed by whoever knows better, and were not since.
    stood: Vec<StateId>,
    /// The highest version that was ever delivered.
    reached: u64,
    digest: [u8; 16],
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    /// It changed what is held.
    News,
    /// All of it was held.
    Known,
    /// All who signed it have signed something newer that is held.
    Older,
    /// As many claims as are kept rank higher.
    CrowdedOut,
}

impl Contest {
    /// Takes in a claim. A member stands by the newest statement that it signed: older claims lose it.
    pub fn insert(&mut self, mut claim: Claim, disputes: &Disputes) -> Placed {
        let statement = claim.statement().clone();
        self.reach(statement.version());
        let mut newer = Vec::new();
        for held in &self.claims {
            if held.statement().is_newer_than(&statement) {
                newer.extend(held.attestations().as_slice().iter().map(|held| held.key()));
            }
        }
        claim.take_out(|key| newer.contains(&key));
        if claim.attestations().as_slice().is_empty() {
            return Placed::Older;
        }
        let before = self.clone();
        let mut news = false;
        for held in &mut self.claims {
            if statement.is_newer_than(held.statement()) {
                news |= held.take_out(|key| claim.attestations().contains(key));
            }
        }
        self.claims
            .retain(|held| !held.attestations().as_slice().is_empty());
        let id = statement.id();
        match self
            .claims
            .iter_mut()
            .find(|held| held.statement().id() == id)
        {
            Some(held) => news |= held.unite(&claim),
            None => {
                // One at a time: most precincts have one claim most of the time.
                self.claims.reserve_exact(1);
                self.claims.push(claim);
                news = true;
            }
        }
        self.order(statement.precinct, disputes);
        if !self.holds(id) {
            // What finds no room takes no signature from what does: else each would be news after the other, for ever.
            *self = before;
            Placed::CrowdedOut
        } else if news {
            Placed::News
        } else {
            Placed::Known
        }
    }

    /// Puts the claims in their order again, since what is disputed or signed changed.
    pub fn order(&mut self, precinct: PrecinctId, disputes: &Disputes) {
        let disputed: Vec<StateId> = self
            .claims
            .iter()
            .map(|claim| claim.statement().state())
            .filter(|state| self.disputes(precinct, *state, disputes).next().is_some())
            .collect();
        let mut ranked = SortedMap::default();
        for claim in self.claims.drain(..) {
            let statement = claim.statement();
            let undisputed = !disputed.contains(&statement.state());
            let many = claim.attestations().as_slice().len() > 1;
            let rank = (undisputed, statement.version(), many);
            ranked.insert((Reverse(rank), statement.id()), claim);
        }
        self.claims.extend(ranked.into_values().take(MAX_CLAIMS));
        // There are thousands of these, and nearly always one claim is left.
        self.claims.shrink_to_fit();
        let claims = &self.claims;
        self.stood.retain(|state| {
            let signed = claims.iter().any(|claim| may_stand(claim, *state));
            signed && !disputed.contains(state)
        });
        self.digest = self.work_out_digest(precinct, disputes);
    }

    /// Takes out the claims that are struck, and says of which states they were.
    pub fn strike(
        &mut self,
        precinct: PrecinctId,
        struck: impl Fn(&Claim) -> bool,
        disputes: &Disputes,
    ) -> Vec<StateId> {
        let gone = self.claims.iter().filter(|claim| struck(claim));
        let states = gone.map(|claim| claim.statement().state()).collect();
        self.claims.retain(|claim| !struck(claim));
        self.order(precinct, disputes);
        states
    }

    /// Takes note that a state was claimed by several for long enough, without a dispute that came here.
    pub fn stand(&mut self, state: StateId) {
        let signed = self.claims.iter().any(|claim| may_stand(claim, state));
        if signed && !self.stood.contains(&state) {
            self.stood.reserve_exact(1);
            self.stood.push(state);
        }
    }

    /// Whether [`Contest::stand`] was said of a state that several have signed, and nobody disputed, ever since.
    pub fn has_stood(&self, state: StateId) -> bool {
        self.stood.contains(&state)
    }

    /// Knows that this version was delivered.
    pub fn reach(&mut self, version: u64) {
        self.reached = self.reached.max(version);
    }

    /// The highest version that was ever delivered; 0 for none.
    pub fn reached(&self) -> u64 {
        self.reached
    }

    /// The claims, by rank.
    pub fn claims(&self) -> &[Claim] {
        &self.claims
    }

    /// Whether a claim of that statement is held.
    pub fn holds(&self, id: StatementId) -> bool {
        self.claims.iter().any(|claim| claim.statement().id() == id)
    }

    /// Whether a claim of that state is held.
    pub fn claims_state(&self, state: StateId) -> bool {
        let mut states = self.claims.iter().map(|claim| claim.statement().state());
        states.any(|claimed| claimed == state)
    }

    /// The disputes of a state, but for those of members who have signed it since: they found it right in the end.
    pub fn disputes<'a>(
        &'a self,
        precinct: PrecinctId,
        state: StateId,
        disputes: &'a Disputes,
    ) -> impl Iterator<Item = &'a Dispute> {
        let all = disputes.of(precinct, state);
        all.filter(move |dispute| !self.signs(state, dispute.by()))
    }

    /// Whether a member signs a claim of that state that is held.
    pub fn signs(&self, state: StateId, member: VoterKey) -> bool {
        let mut claims = self.claims.iter();
        claims.any(|claim| {
            claim.statement().state() == state && claim.attestations().contains(member)
        })
    }

    /// The grade of a claim held here, were it shown.
    pub fn grade(&self, claim: &Claim, disputes: &Disputes) -> Grade {
        let statement = claim.statement();
        let (precinct, state) = (statement.precinct, statement.state());
        let mut against = self.disputes(precinct, state, disputes);
        let undisputed = self.has_stood(state) && against.next().is_none();
        Grade::of_claim(claim.attestations().as_slice().len(), undisputed)
    }

    /// A hash of the claims, who signed them, and who disputes them; zeros without claims.
    pub fn digest(&self) -> [u8; 16] {
        self.digest
    }

    fn work_out_digest(&self, precinct: PrecinctId, disputes: &Disputes) -> [u8; 16] {
        let mut digest = [0; 16];
        if self.claims.is_empty() {
            return digest;
        }
        let mut hash = Sha256::new();
        for claim in &self.claims {
            let signers = claim.attestations().as_slice();
            hash.update(claim.statement().id().0);
            hash.update([signers.len() as u8]);
            signers.iter().for_each(|held| hash.update(held.key().0));
            for dispute in self.disputes(precinct, claim.statement().state(), disputes) {
                // Longer by one byte, so that it is no signer of the next claim.
                hash.update([0xff]);
                hash.update(dispute.by().0);
            }
        }
        digest.copy_from_slice(&hash.finalize()[..16]);
        digest
    }
}

/// Whether that is what several claim: one alone is never more than a claim, and is not disputed for that.
pub(super) fn may_stand(claim: &Claim, state: StateId) -> bool {
    claim.attestations().as_slice().len() > 1 && claim.statement().state() == state
}
