//! The claim: a statement with the members of its precinct who signed it.
//!
//! ```text
//! statement | attestations varint, 1 to 16
//! for each, ascending by key: voter's key 32 | Ed25519 signature 64
//! ```
//!
//! Each signature is over [`DOMAIN`], the poll's id and the statement's bytes, and is checked under
//! the rules of ZIP
//! 215. An attestation is one only if its key's precinct is the statement's.

use core::fmt;

use ed25519_zebra::{Signature, SigningKey, VerificationKeyBytes, batch};
use rand_core::CryptoRng;

use super::statement::{Rules, Statement};
use crate::crdt::Join;
use crate::ids::{PollId, VoterKey};
use crate::sorted::SortedMap;
use crate::wire::bytes::{DecodeError, Reader, Writer};
use crate::wire::envelope::{self, voter_key};

/// What an attestation signs starts with this.
pub(crate) const DOMAIN: &[u8] = b"election-voter/return/1";
/// The most attestations of a claim.
pub(crate) const MAX_ATTESTATIONS: usize = 16;

/// A member's signature under a statement.
#[derive(Clone, Copy)]
pub struct Attestation {
    key: VoterKey,
    signature: [u8; 64],
}

impl Attestation {
    /// Who signed.
    #[must_use]
    pub fn key(&self) -> VoterKey {
        self.key
    }
}

/// One message has many valid signatures of one key, and which of them is here means nothing.
impl PartialEq for Attestation {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Attestation {}

impl fmt::Debug for Attestation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attestation({:?})", self.key)
    }
}

/// Who signed one and the same statement: of all who did, the [`MAX_ATTESTATIONS`] with the
/// smallest keys, so that all replicas keep the same ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attestations(Box<[Attestation]>);

impl Attestations {
    /// All of them, ascending by key.
    #[must_use]
    pub fn as_slice(&self) -> &[Attestation] {
        &self.0
    }

    /// Whether that member is among them.
    #[must_use]
    pub fn contains(&self, key: VoterKey) -> bool {
        self.0.binary_search_by_key(&key, |held| held.key).is_ok()
    }

    /// Whether joining that member's would change nothing. Once true of a statement, true for ever.
    #[must_use]
    pub(crate) fn covers(&self, key: VoterKey) -> bool {
        let beyond = |last: &Attestation| self.0.len() == MAX_ATTESTATIONS && last.key < key;
        self.contains(key) || self.0.last().is_some_and(beyond)
    }

    /// Takes out those of some members; true when there were any.
    pub(super) fn take_out(&mut self, gone: impl Fn(VoterKey) -> bool) -> bool {
        let before = self.0.len();
        if self.0.iter().any(|held| gone(held.key)) {
            self.0 = self
                .0
                .iter()
                .filter(|held| !gone(held.key))
                .copied()
                .collect();
        }
        self.0.len() < before
    }
}

impl Join for Attestations {
    fn join(&mut self, other: &Self) -> bool {
        let news = other.delta_since(self);
        if news.0.is_empty() {
            return false;
        }
        let mut all = SortedMap::default();
        for held in self.0.iter().chain(&*news.0) {
            all.insert(held.key, *held);
        }
        self.0 = all.values().copied().take(MAX_ATTESTATIONS).collect();
        true
    }

    fn delta_since(&self, known: &Self) -> Self {
        let lacks = |held: &&Attestation| !known.covers(held.key);
        Self(self.0.iter().filter(lacks).copied().collect())
    }
}

/// A claim whose layout, caps and rules are checked, and whose signatures are not.
#[derive(Debug, Clone)]
pub struct SignedClaim {
    inner: Claim,
    poll: PollId,
}

/// A statement and at least one attestation, all of them checked. Only [`SignedClaim::verify`],
/// [`verify_all`], [`verify_until_wrong`] and [`Claim::sign`] make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    statement: Statement,
    attestations: Attestations,
}

/// The key that is to sign belongs to another precinct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("only a voter of the precinct can sign what is said of it")]
pub struct NotAMember;

impl SignedClaim {
    /// Reads one claim off the front of `reader`.
    ///
    /// # Errors
    /// [`DecodeError`]: cut short, over a cap, not the only encoding of itself, or against the
    /// rules.
    pub(crate) fn read(reader: &mut Reader<'_>, rules: &Rules) -> Result<Self, DecodeError> {
        let statement = Statement::read(reader, rules)?;
        let count = reader.length("the attestations of a claim", MAX_ATTESTATIONS)?;
        let mut held: Vec<Attestation> = Vec::with_capacity(count);
        for _ in 0..count {
            let key = VoterKey(reader.array()?);
            if held.last().is_some_and(|last| last.key >= key) {
                return Err(DecodeError::Invalid(
                    "a claim's attestations are not ascending by key, each once",
                ));
            }
            let signature = reader.array()?;
            held.push(Attestation { key, signature });
        }
        if held.is_empty() {
            return Err(DecodeError::Invalid("nobody signed the claim"));
        }
        let member = |held: &Attestation| rules.precinct_of(held.key) == statement.precinct;
        if !held.iter().all(member) {
            return Err(DecodeError::Invalid(
                "a voter of another precinct signed the claim",
            ));
        }
        let attestations = Attestations(held.into());
        Ok(Self {
            inner: Claim {
                statement,
                attestations,
            },
            poll: rules.poll,
        })
    }

    /// Reads exactly one claim.
    ///
    /// # Errors
    /// As [`SignedClaim::read`], and for bytes that are left over.
    pub fn decode(bytes: &[u8], rules: &Rules) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let claim = Self::read(&mut reader, rules)?;
        reader.end()?;
        Ok(claim)
    }

    /// What it would be, for deciding whether it is worth a check of its signatures.
    pub(super) fn unchecked(&self) -> &Claim {
        &self.inner
    }

    /// Takes out the attestations of some members.
    pub(super) fn take_out(&mut self, gone: impl Fn(VoterKey) -> bool) {
        self.inner.take_out(gone);
    }

    /// Checks its signatures; `None` when one is wrong. Nobody honest passes such a claim on, so
    /// that the whole of it goes.
    #[must_use]
    pub fn verify(self) -> Option<Claim> {
        let right = |item: batch::Item| item.verify_single().is_ok();
        self.batch_items()
            .into_iter()
            .all(right)
            .then_some(self.inner)
    }

    fn batch_items(&self) -> Vec<batch::Item> {
        let message = message(self.poll, &self.inner.statement);
        let item = |held: &Attestation| {
            let key = VerificationKeyBytes::from(held.key.0);
            batch::Item::from((key, Signature::from(held.signature), &message))
        };
        self.inner.attestations.0.iter().map(item).collect()
    }
}

/// Verifies the signatures of many claims of one's own store together. The good claims come back in
/// the order given, with the number of bad ones. `random` must be unpredictable to those who sign.
pub(crate) fn verify_all(
    claims: Vec<SignedClaim>,
    random: &mut impl CryptoRng,
) -> (Vec<Claim>, usize) {
    let items: Vec<_> = claims.iter().flat_map(SignedClaim::batch_items).collect();
    let mut right = envelope::check_all(&items, random).into_iter();
    let mut bad = 0;
    let mut good = Vec::with_capacity(claims.len());
    for claim in claims {
        let of_claim = claim.inner.attestations.0.len();
        // All are taken, whatever the first of them says: the next claim's come after them.
        if right
            .by_ref()
            .take(of_claim)
            .fold(true, |all, one| all & one)
        {
            good.push(claim.inner);
        } else {
            bad += 1;
        }
    }
    (good, bad)
}

/// Verifies what one sender sent, up to the first claim with a wrong signature: those before it,
/// and whether there is one.
pub(crate) fn verify_until_wrong(
    mut claims: Vec<SignedClaim>,
    random: &mut impl CryptoRng,
) -> (Vec<Claim>, bool) {
    let items: Vec<_> = claims.iter().flat_map(SignedClaim::batch_items).collect();
    let mut right = envelope::right_until_wrong(&items, random);
    let is_wrong = right < items.len();
    let whole = claims.iter().take_while(|claim| {
        let left = right.checked_sub(claim.inner.attestations.0.len());
        right = left.unwrap_or(0);
        left.is_some()
    });
    let whole = whole.count();
    claims.truncate(whole);
    let good = claims.into_iter().map(|claim| claim.inner);
    (good.collect(), is_wrong)
}

impl Claim {
    /// Signs a statement as one member of its precinct: to propose it, or to attest what another
    /// proposed.
    ///
    /// # Errors
    /// [`NotAMember`].
    pub fn sign(key: &SigningKey, rules: &Rules, statement: Statement) -> Result<Self, NotAMember> {
        let voter = voter_key(key);
        if rules.precinct_of(voter) != statement.precinct {
            return Err(NotAMember);
        }
        let signature = key.sign(&message(rules.poll, &statement)).to_bytes();
        let attestation = Attestation {
            key: voter,
            signature,
        };
        Ok(Self {
            statement,
            attestations: Attestations([attestation].into()),
        })
    }

    /// What is claimed.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Who signed it.
    #[must_use]
    pub fn attestations(&self) -> &Attestations {
        &self.attestations
    }

    /// Appends its bytes.
    pub fn encode(&self, writer: &mut Writer) {
        self.statement.encode(writer);
        writer.varint(self.attestations.0.len() as u64);
        for held in &self.attestations.0 {
            writer.put(&held.key.0);
            writer.put(&held.signature);
        }
    }

    /// Takes in who signed the same statement there; true when that is news. Another statement's
    /// signers mean nothing here.
    pub fn unite(&mut self, other: &Self) -> bool {
        self.statement.state() == other.statement.state()
            && self.attestations.join(&other.attestations)
    }

    /// Takes out the attestations of some members; true when there were any. Whoever does it drops
    /// a claim that nobody signs any more.
    pub(super) fn take_out(&mut self, gone: impl Fn(VoterKey) -> bool) -> bool {
        self.attestations.take_out(gone)
    }
}

fn message(poll: PollId, statement: &Statement) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.put(DOMAIN);
    writer.put(&poll.0);
    statement.encode(&mut writer);
    writer.into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crdt::laws::laws_of;

    fn attestations(keys: impl IntoIterator<Item = u8>) -> Attestations {
        let mut all = Attestations::default();
        for key in keys {
            let (key, signature) = (VoterKey([key; 32]), [0; 64]);
            all.join(&Attestations([Attestation { key, signature }].into()));
        }
        all
    }

    fn states() -> impl Strategy<Value = Attestations> {
        proptest::collection::vec(0..40_u8, 0..24).prop_map(attestations)
    }

    laws_of!(states());

    #[test]
    fn a_claim_keeps_the_signatures_of_the_smallest_keys() {
        let all = attestations((0..40).rev());
        assert_eq!(all, attestations(0..16));
        assert!(all.covers(VoterKey([30; 32])) && !all.contains(VoterKey([30; 32])));
    }
}
