//! The dispute: a member of a precinct signs that its ballots give something else than was stated.
//!
//! ```text
//! version 2 | disputed state 32 | own statement
//! 0, or 1 and for each quarter of the precinct, in order: its return | its fingerprint 32
//! voter's key 32 | Ed25519 signature 64, over DOMAIN, the poll's id and all before the key
//! ```
//!
//! The quarters are the proof: they add up to what the disputer states, and hash to its
//! fingerprint, so whoever fetches the precinct's ballots sees, quarter by quarter, who is right. A
//! precinct of at most [`LEAF`] voters is not divided, and has no quarters to show.

use ed25519_zebra::{Signature, SigningKey, VerificationKeyBytes, batch};
use rand_core::CryptoRng;

use super::claim::NotAMember;
use super::statement::{
    PrecinctState, Rules, StateId, Statement, check_return, decode_return, encode_return,
};
use crate::ballots::branch::{Branch, PRECINCT};
use crate::ballots::fingerprint::{self, EMPTY, Fingerprint, LEAF};
use crate::ballots::returns::Return;
use crate::ballots::store::BallotStore;
use crate::ids::{PollId, VoterKey};
use crate::wire::bytes::{DecodeError, Reader, Writer};
use crate::wire::envelope::{self, voter_key};

/// What a dispute signs starts with this.
pub(crate) const DOMAIN: &[u8] = b"election-voter/dispute/1";
const VERSION: u8 = 2;

/// What one of the four quarters of a precinct adds up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quarter {
    /// Its return.
    pub(crate) total: Return,
    /// Its fingerprint.
    pub(crate) fingerprint: Fingerprint,
}

/// A dispute whose layout, caps and rules are checked, and whose signature is not.
#[derive(Debug, Clone)]
pub struct SignedDispute {
    inner: Dispute,
    poll: PollId,
}

/// A dispute that is wholly checked: signed by a voter of the precinct, and its proof holds
/// together. That makes it well-formed, not true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    disputed: StateId,
    own: Statement,
    quarters: Option<Box<[Quarter; 4]>>,
    by: VoterKey,
    signature: [u8; 64],
}

/// Why a dispute cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDispute {
    /// By a voter of another precinct.
    #[error(transparent)]
    NotAMember(#[from] NotAMember),
    /// What is to be disputed is what this replica holds, or it does not hold the precinct.
    #[error("nothing here contradicts what was stated of that precinct")]
    NothingToDispute,
}

impl SignedDispute {
    /// Reads one dispute off the front of `reader`.
    ///
    /// # Errors
    /// [`DecodeError`]: cut short, over a cap, not the only encoding of itself, or against the
    /// rules.
    pub(crate) fn read(reader: &mut Reader<'_>, rules: &Rules) -> Result<Self, DecodeError> {
        if reader.byte()? != VERSION {
            return Err(DecodeError::Invalid(
                "a dispute of a version that is not known here",
            ));
        }
        let disputed = StateId(reader.array()?);
        let own = Statement::read(reader, rules)?;
        let quarters = match reader.byte()? {
            0 => None,
            1 => {
                let mut quarter = || -> Result<Quarter, DecodeError> {
                    Ok(Quarter {
                        total: decode_return(reader, rules)?,
                        fingerprint: reader.array()?,
                    })
                };
                Some(Box::new([quarter()?, quarter()?, quarter()?, quarter()?]))
            }
            _ => return Err(DecodeError::Invalid("a dispute has a proof or has none")),
        };
        let inner = Dispute {
            disputed,
            own,
            quarters,
            by: VoterKey(reader.array()?),
            signature: reader.array()?,
        };
        inner.check(rules)?;
        Ok(Self {
            inner,
            poll: rules.poll,
        })
    }

    /// Reads exactly one dispute.
    ///
    /// # Errors
    /// As [`SignedDispute::read`], and for bytes that are left over.
    pub fn decode(bytes: &[u8], rules: &Rules) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let dispute = Self::read(&mut reader, rules)?;
        reader.end()?;
        Ok(dispute)
    }

    /// What it would be, for deciding whether it is worth a check of its signature.
    pub(super) fn unchecked(&self) -> &Dispute {
        &self.inner
    }

    /// Checks the signature; `None` when it is wrong.
    #[must_use]
    pub fn verify(self) -> Option<Dispute> {
        let right = self.batch_item().verify_single().is_ok();
        right.then_some(self.inner)
    }

    fn batch_item(&self) -> batch::Item {
        let key = VerificationKeyBytes::from(self.inner.by.0);
        let signature = Signature::from(self.inner.signature);
        batch::Item::from((key, signature, &self.inner.message(self.poll)))
    }
}

/// Verifies many disputes of one's own store together. The good ones come back in the order given,
/// with the number of bad ones. `random` must be unpredictable to those who sign.
pub(crate) fn verify_all(
    disputes: Vec<SignedDispute>,
    random: &mut impl CryptoRng,
) -> (Vec<Dispute>, usize) {
    let items: Vec<_> = disputes.iter().map(SignedDispute::batch_item).collect();
    let right = envelope::check_all(&items, random);
    let bad = right.iter().filter(|right| !**right).count();
    let good = disputes.into_iter().zip(right);
    let good = good.filter_map(|(dispute, right)| right.then_some(dispute.inner));
    (good.collect(), bad)
}

/// Verifies what one sender sent, up to the first wrong signature: those before it, and whether
/// there is one.
pub(crate) fn verify_until_wrong(
    mut disputes: Vec<SignedDispute>,
    random: &mut impl CryptoRng,
) -> (Vec<Dispute>, bool) {
    let items: Vec<_> = disputes.iter().map(SignedDispute::batch_item).collect();
    let right = envelope::right_until_wrong(&items, random);
    let is_wrong = right < disputes.len();
    disputes.truncate(right);
    let good = disputes.into_iter().map(|dispute| dispute.inner);
    (good.collect(), is_wrong)
}

impl Dispute {
    /// Disputes a state of the precinct that this replica holds, with what it holds as the proof.
    ///
    /// # Errors
    /// [`BadDispute`].
    pub fn sign(
        key: &SigningKey,
        rules: &Rules,
        disputed: StateId,
        store: &mut BallotStore,
    ) -> Result<Self, BadDispute> {
        let own = PrecinctState::of(store)
            .and_then(|state| Statement::new(rules, state).ok())
            .ok_or(BadDispute::NothingToDispute)?;
        let root = Branch::root(PRECINCT);
        let divided = !store.is_leaf(root);
        let mut quarter = |quarter| Quarter {
            total: store.branch_return(root.child(quarter)),
            fingerprint: store.branch_fingerprint(root.child(quarter)),
        };
        let quarters = divided.then(|| Box::new([0, 1, 2, 3].map(&mut quarter)));
        let mut dispute = Self {
            disputed,
            own,
            quarters,
            by: voter_key(key),
            signature: [0; 64],
        };
        if rules.precinct_of(dispute.by) != dispute.own.precinct {
            return Err(NotAMember.into());
        }
        dispute
            .check(rules)
            .map_err(|_| BadDispute::NothingToDispute)?;
        dispute.signature = key.sign(&dispute.message(rules.poll)).to_bytes();
        Ok(dispute)
    }

    fn check(&self, rules: &Rules) -> Result<(), DecodeError> {
        let fault = if rules.precinct_of(self.by) != self.own.precinct {
            "a voter of another precinct signed the dispute"
        } else if self.disputed == self.own.state() {
            "a dispute states what it disputes"
        } else if !self.proves(rules) {
            "a dispute's proof does not add up to its own statement"
        } else {
            return Ok(());
        };
        Err(DecodeError::Invalid(fault))
    }

    fn proves(&self, rules: &Rules) -> bool {
        let total = &self.own.total;
        let Some(quarters) = &self.quarters else {
            return total.counted + total.spoiled <= LEAF as u64;
        };
        let possible = |quarter: &Quarter| {
            check_return(&quarter.total, rules).is_ok()
                && (quarter.total.ballots == 0) == (quarter.fingerprint == EMPTY)
        };
        // Only then can they be added up without overflow.
        if !quarters.iter().all(possible) {
            return false;
        }
        let mut sum = Return::empty(rules.options);
        quarters.iter().for_each(|quarter| sum.add(&quarter.total));
        let fingerprints = [0, 1, 2, 3].map(|at: usize| quarters[at].fingerprint);
        sum == *total && fingerprint::inner(fingerprints) == self.own.fingerprint
    }

    /// What it disputes, of its own statement's precinct.
    #[must_use]
    pub(crate) fn disputed(&self) -> StateId {
        self.disputed
    }

    /// What the disputer holds instead.
    #[must_use]
    pub(crate) fn own(&self) -> &Statement {
        &self.own
    }

    /// What the precinct's quarters add up to; `None` of a precinct that is not divided.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn quarters(&self) -> Option<&[Quarter; 4]> {
        self.quarters.as_deref()
    }

    /// Who disputes it.
    #[must_use]
    pub fn by(&self) -> VoterKey {
        self.by
    }

    /// Appends its bytes.
    pub fn encode(&self, writer: &mut Writer) {
        self.encode_unsigned(writer);
        writer.put(&self.by.0);
        writer.put(&self.signature);
    }

    fn encode_unsigned(&self, writer: &mut Writer) {
        writer.byte(VERSION);
        writer.put(&self.disputed.0);
        self.own.encode(writer);
        writer.byte(u8::from(self.quarters.is_some()));
        for quarter in self.quarters.iter().flat_map(|quarters| quarters.iter()) {
            encode_return(&quarter.total, writer);
            writer.put(&quarter.fingerprint);
        }
    }

    fn message(&self, poll: PollId) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.put(DOMAIN);
        writer.put(&poll.0);
        self.encode_unsigned(&mut writer);
        writer.into_bytes()
    }
}
